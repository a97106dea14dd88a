namespace MigrationConformance.Core;

/// <summary>Where a fork stands.</summary>
internal enum ForkStep
{
    /// <summary>Takes the parent's mmap_sem for writing and makes the child.</summary>
    Begin = 0,

    /// <summary>Links a copy of the next VMA, before its entries are copied.</summary>
    LinkVma,

    /// <summary>copy_one_pte: a swap or file entry at once; a present one loses its write bit, and its page gets the reference.</summary>
    Copy,

    /// <summary>copy_one_pte: page_dup_rmap and the child's entry, under the same page table lock.</summary>
    CopyDup,
}

/// <summary>fork: dup_mmap of <see cref="KernelTask.Mm"/>; the child's number is in <see cref="KernelTask.NrFailed"/>.</summary>
/// <remarks>
/// Kernel: kernel/fork.c dup_mmap(), mm/memory.c copy_page_range(), copy_one_pte(). Deviation: the entries of a file's VMA that has
/// no anon_vma are copied too, where the kernel leaves them to the child's faults. Memory for VMAs and page tables never runs out.
/// </remarks>
internal static class Forks
{
    public static int Step(Machine m, ref KernelTask t, int self) => (ForkStep)t.Step switch
    {
        ForkStep.Begin => Begin(m, ref t, self),
        ForkStep.LinkVma => LinkVma(m, ref t, self),
        ForkStep.Copy => Copy(m, ref t, self),
        ForkStep.CopyDup => CopyDup(m, ref t),
        _ => throw new EngineFault(m, $"a fork stands at step {t.Step}"),
    };

    private static int Begin(Machine m, ref KernelTask t, int self)
    {
        if (Actor.MmapSemWriteWaits(m, ref t, self))
            return Actor.Blocked;
        m.Mms[t.Mm.Value].MmapSem = self;
        t.NrFailed = m.AddMm().Value;
        t.Vma = VmaId.None;
        return (int)ForkStep.LinkVma;
    }

    private static int LinkVma(Machine m, ref KernelTask t, int self)
    {
        int next = t.Vma.Value + 1;
        while (next < m.Vmas.Count && (m.Vmas[next].InUse == 0 || m.Vmas[next].Mm != t.Mm))
            next++;
        if (next == m.Vmas.Count)
        {
            t.Vma = VmaId.None;
            m.Mms[t.Mm.Value].MmapSem = 0;
            return Actor.Finished;
        }
        if (Munmaps.RmapWaits(m, ref t, self, new VmaId(next)))
            return Actor.Blocked;
        VmArea area = m.Vmas[next];
        m.AddVma(area with { Mm = new MmId(t.NrFailed), Flags = area.Flags & ~VmFlags.Locked });
        t.Vma = new VmaId(next);
        t.Cursor = area.Start;
        return (int)ForkStep.Copy;
    }

    private static int Copy(Machine m, ref KernelTask t, int self)
    {
        ulong end = m.Vmas[t.Vma.Value].End;
        t.Cursor = Actor.NextEntry(m, t.Mm, t.Cursor, end);
        if (t.Cursor == end)
            return (int)ForkStep.LinkVma;
        if (Actor.PageTableWaits(m, ref t, self))
            return Actor.Blocked;
        ref Pte pte = ref m.Ptes[PageTables.Find(m, t.Mm, t.Cursor)];
        if (!pte.IsPresent)
            return CopyAbsent(m, ref t, self, pte);
        m.Mms[t.Mm.Value].PageTableLock = self;
        if (!m.Vmas[t.Vma.Value].Has(VmFlags.Shared))
            pte = pte.WrProtect();
        t.Page = pte.Page;
        t.Local1 = 1;
        PageRefs.GetPage(m, pte.Page);
        return (int)ForkStep.CopyDup;
    }

    // A swap entry is one user more of its slot; swapoff finds the child by the mmlist.
    private static int CopyAbsent(Machine m, ref KernelTask t, int self, Pte pte)
    {
        var child = new MmId(t.NrFailed);
        if (pte.IsSwap)
        {
            if (Locks.WaitsForSwap(m, ref t, self) || (m.Mms[child.Value].MmlistNext == Mm.NotOnMmlist && Locks.WaitsForMmlist(m, ref t, self)))
                return Actor.Blocked;
            SwapFile.SwapDuplicate(m, pte.SwapEntry);
            AddToMmlist(m, t.Mm, child);
        }
        PageTables.Set(m, child, t.Cursor, pte);
        t.Cursor += Machine.PageSize;
        return (int)ForkStep.Copy;
    }

    // Right after the parent, which is on the list since it got its first swap entry.
    private static void AddToMmlist(Machine m, MmId parent, MmId child)
    {
        if (m.Mms[child.Value].MmlistNext != Mm.NotOnMmlist)
            return;
        bool listed = m.Mms[parent.Value].MmlistNext != Mm.NotOnMmlist;
        ref int link = ref listed ? ref m.Mms[parent.Value].MmlistNext : ref m.Globals.MmlistHead;
        m.Mms[child.Value].MmlistNext = link;
        link = child.Value;
    }

    private static int CopyDup(Machine m, ref KernelTask t)
    {
        var child = new MmId(t.NrFailed);
        Pte pte = PageTables.Get(m, t.Mm, t.Cursor).MkOld();
        if (m.Vmas[t.Vma.Value].Has(VmFlags.Shared))
            pte = pte.MkClean();
        Rmap.PageDupRmap(m, t.Page);
        if (m.Pages[t.Page.Value].IsAnon)
            m.Mms[child.Value].AnonRss++;
        else
            m.Mms[child.Value].FileRss++;
        PageTables.Set(m, child, t.Cursor, pte);
        m.Mms[t.Mm.Value].PageTableLock = 0;
        t.Local1 = 0;
        t.Page = Pfn.None;
        t.Cursor += Machine.PageSize;
        return (int)ForkStep.Copy;
    }
}
