namespace MigrationConformance.Core;

/// <summary>Where a fork stands.</summary>
internal enum ForkStep
{
    /// <summary>Takes the parent's mmap_sem for writing and makes the child.</summary>
    Begin = 0,

    /// <summary>Links a copy of each VMA, before its entries are copied.</summary>
    LinkVmas,

    /// <summary>copy_one_pte: a swap or file entry at once; of a present one, the reference.</summary>
    Copy,

    /// <summary>copy_one_pte: page_dup_rmap and the child's entry, under the same page table lock.</summary>
    CopyDup,
}

/// <summary>fork: dup_mmap of <see cref="KernelTask.Mm"/>; the child's number is in <see cref="KernelTask.NrFailed"/>.</summary>
/// <remarks>Kernel: kernel/fork.c dup_mmap(), mm/memory.c copy_page_range(), copy_one_pte().</remarks>
internal static class Forks
{
    public static int Step(Machine m, ref KernelTask t, int self) => (ForkStep)t.Step switch
    {
        ForkStep.Begin => Begin(m, ref t, self),
        ForkStep.LinkVmas => LinkVmas(m, ref t, self),
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
        return (int)ForkStep.LinkVmas;
    }

    private static int LinkVmas(Machine m, ref KernelTask t, int self)
    {
        int vmas = m.Vmas.Count;
        for (int vma = 0; vma < vmas; vma++)
        {
            ref VmArea area = ref m.Vmas[vma];
            if (area.InUse == 0 || area.Mm != t.Mm)
                continue;
            if (!area.AnonVma.IsNone && Locks.Busy(m.AnonVmas[area.AnonVma.Value].Lock, self))
                return Actor.Wait(ref t, WaitKind.AnonVmaLock, area.AnonVma.Value);
            if (!area.File.IsNone && Locks.Busy(m.Mappings[area.File.Value].ImmapLock, self))
                return Actor.Wait(ref t, WaitKind.ImmapLock, area.File.Value);
        }
        for (int vma = 0; vma < vmas; vma++)
        {
            if (m.Vmas[vma].InUse != 0 && m.Vmas[vma].Mm == t.Mm)
                m.AddVma(m.Vmas[vma] with { Mm = new MmId(t.NrFailed), Flags = m.Vmas[vma].Flags & ~VmFlags.Locked });
        }
        t.Vma = new VmaId(0);
        t.Cursor = 0;
        return (int)ForkStep.Copy;
    }

    private static int Copy(Machine m, ref KernelTask t, int self)
    {
        if (!NextEntry(m, ref t))
        {
            t.Vma = VmaId.None;
            m.Mms[t.Mm.Value].MmapSem = 0;
            return Actor.Finished;
        }
        if (Actor.PageTableWaits(m, ref t, self))
            return Actor.Blocked;
        Pte pte = PageTables.Get(m, t.Mm, t.Cursor);
        if (pte.IsPresent)
        {
            t.Page = pte.Page;
            t.Local1 = 1;
            PageRefs.GetPage(m, pte.Page);
            m.Mms[t.Mm.Value].PageTableLock = self;
            return (int)ForkStep.CopyDup;
        }
        if (pte.IsSwap)
        {
            if (Locks.WaitsForSwap(m, ref t, self))
                return Actor.Blocked;
            SwapFile.SwapDuplicate(m, pte.SwapEntry);
            TryToUnmap.AddToMmlist(m, new MmId(t.NrFailed));
        }
        PageTables.Set(m, new MmId(t.NrFailed), t.Cursor, pte);
        t.Cursor += Machine.PageSize;
        return (int)ForkStep.Copy;
    }

    private static int CopyDup(Machine m, ref KernelTask t)
    {
        var child = new MmId(t.NrFailed);
        bool shared = m.Vmas[t.Vma.Value].Has(VmFlags.Shared);
        ref Pte parents = ref m.Ptes[PageTables.Find(m, t.Mm, t.Cursor)];
        if (!shared)
            parents = parents.WrProtect();
        Pte pte = (shared ? parents.MkClean() : parents).MkOld();
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

    // Goes on to the next entry of the parent, VMA by VMA.
    private static bool NextEntry(Machine m, ref KernelTask t)
    {
        for (; t.Vma.Value < m.Vmas.Count; t.Vma = new VmaId(t.Vma.Value + 1), t.Cursor = 0)
        {
            ref VmArea area = ref m.Vmas[t.Vma.Value];
            if (area.InUse == 0 || area.Mm != t.Mm)
                continue;
            t.Cursor = Actor.NextEntry(m, t.Mm, Math.Max(t.Cursor, area.Start), area.End);
            if (t.Cursor < area.End)
                return true;
        }
        return false;
    }
}
