namespace MigrationConformance.Core;

/// <summary>check_range(): collects the pages of a range that lie on the wrong nodes.</summary>
/// <remarks>
/// Kernel: mm/mempolicy.c check_range(), check_pte_range(), migrate_page_add(). mmap_sem is held throughout, so the VMAs stay; each
/// entry is looked at, and its page isolated, while the page table lock keeps the page mapped: isolation takes no other
/// reference before its own.
/// </remarks>
internal static class CheckRange
{
    /// <summary>The walk begins: pagevecs are drained first if pages may be isolated, and swap may be required.</summary>
    /// <remarks>
    /// Deviation: the fix that requires swap has its test in check_range, and the caller inside migrate_pages(2) drops what that
    /// function returns, so that only mbind(2) would tell. Here both calls do, as the fix says it means.
    /// </remarks>
    public static PolicyStep Begin(Machine m, ref PolicyCall c, ulong start, ulong end)
    {
        (c.Start, c.End, c.Address) = (start, end, start);
        (c.Vma, c.Prev, c.First, c.DrainCpu) = (VmaId.None, VmaId.None, VmaId.None, 0);
        if ((c.Flags & (MpolFlags.Move | MpolFlags.MoveAll)) == 0)
            return PolicyStep.CheckEntry;
        if (PatchSet.RequiresSwap(m) && m.Swap.NrSwapPages <= 0)
        {
            c.Err = -Errno.ENODEV;
            return PolicyStep.ReleaseMmapSem;
        }
        return PolicyStep.DrainPagevecs;
    }

    /// <summary>lru_add_drain_all(): the kernel runs this on every CPU and waits for all; one CPU a step, in their order.</summary>
    /// <remarks>Kernel: mm/swap.c lru_add_drain_all(), lru_add_drain(). Locks: lru_lock of each page's zone.</remarks>
    public static PolicyStep DrainPagevecs(Machine m, ref KernelTask t, ref PolicyCall c, int self)
    {
        ref CpuPagevecs pagevecs = ref m.Pagevecs[c.DrainCpu];
        if (Waits(m, ref t, self, ref pagevecs.LruAdd) || Waits(m, ref t, self, ref pagevecs.LruAddActive))
            return PolicyCalls.Blocked;
        Lru.LruAddDrain(m, c.DrainCpu);
        return ++c.DrainCpu < m.Pagevecs.Count ? PolicyStep.DrainPagevecs : PolicyStep.CheckEntry;
    }

    /// <summary>check_pte_range(): one present entry. A page that is reserved, or that lies where it may, is left alone.</summary>
    /// <remarks>
    /// Kernel: mm/mempolicy.c check_pte_range(). Locks: page_table_lock, lru_lock. The VMAs are told apart before it: a hole is found, and the
    /// end of the range, without page_table_lock.
    /// </remarks>
    public static PolicyStep CheckEntry(Machine m, ref KernelTask t, ref PolicyCall c, int self)
    {
        PolicyCall next = c;
        if (!FindEntry(m, ref next, out Pte pte))
        {
            c = next;
            return End(m, t, ref c);
        }
        if (Locks.Busy(m.Mms[c.Mm.Value].PageTableLock, self))
        {
            t.Block(WaitKind.PageTableLock, c.Mm.Value);
            return PolicyCalls.Blocked;
        }
        ref Page p = ref m.Pages[pte.Page.Value];
        bool wrong = !p.Has(PageFlags.Reserved) && next.Nodes.Has(p.Zone) != (next.Kind == PolicyCallKind.Mbind);
        bool collects = (next.Flags & (MpolFlags.Move | MpolFlags.MoveAll)) != 0;
        if (wrong && collects && !MigratePageAdd(m, ref t, ref next, self, pte.Page))
            return PolicyCalls.Blocked;
        next.Address += Machine.PageSize;
        c = next;
        if (!wrong || collects)
            return PolicyStep.CheckEntry;
        c.Err = -Errno.EIO;
        return PolicyStep.ReleaseMmapSem;
    }

    /// <summary>migrate_page_add(): isolates a page that nobody else maps, or any page with MPOL_MF_MOVE_ALL.</summary>
    /// <returns>False when the task has to wait for lru_lock.</returns>
    /// <remarks>Kernel: mm/mempolicy.c migrate_page_add(). Step: A1.</remarks>
    private static bool MigratePageAdd(Machine m, ref KernelTask t, ref PolicyCall c, int self, Pfn page)
    {
        ref Page p = ref m.Pages[page.Value];
        bool takes = (c.Flags & MpolFlags.MoveAll) != 0 || p.Mapcount == 1;
        if (takes && p.Has(PageFlags.Lru) && Waits(m, ref t, self, p.Zone))
            return false;
        c.NrFound++;
        if (!takes)
            c.NrShared++;
        else if (LruIsolation.IsolateLruPage(m, page) != 1)
            c.NrNotOnLru++;
        else
        {
            c.NrIsolated++;
            if (PatchSet.ListsPagesInOrder(m))
                PageList.AddTail(m, page, t.From);
            else
                PageList.Add(m, page, t.From);
        }
        return true;
    }

    // Pages that were isolated before a hole was met go back at once.
    private static PolicyStep End(Machine m, in KernelTask t, ref PolicyCall c)
    {
        if (PageList.IsEmpty(m, t.From))
            return c.Err < 0 ? PolicyStep.ReleaseMmapSem : PolicyCalls.AfterRange(m, c);
        return c.Err < 0 ? PolicyStep.PutBackRest : MigratePagesTo.Begin(m, t, ref c);
    }

    // Goes on to the next present entry of the range; false at its end, and at a hole, which is an error for mbind.
    private static bool FindEntry(Machine m, ref PolicyCall c, out Pte pte)
    {
        pte = default;
        while (!c.Vma.IsNone || NextVma(m, ref c))
        {
            ref VmArea vma = ref m.Vmas[c.Vma.Value];
            ulong end = Math.Min(vma.End, c.End);
            if (Searches(c, vma) && PageTables.NextPresent(m, c.Mm, Math.Max(c.Address, vma.Start), end, out c.Address, out pte))
                return true;
            (c.Prev, c.Vma, c.Address) = (c.Vma, VmaId.None, vma.End);
        }
        return false;
    }

    // MPOL_MF_STRICT looks at every VMA; without it those are left out whose pages cannot move.
    private static bool Searches(in PolicyCall c, in VmArea vma) =>
        (c.Flags & MpolFlags.Strict) != 0
        || ((c.Flags & (MpolFlags.Move | MpolFlags.MoveAll)) != 0 && !vma.Has(VmFlags.Locked | VmFlags.Reserved));

    /// <summary>The next VMA by address. For mbind a hole between two, or behind the last one, is −EFAULT; one in front of the first is not noticed.</summary>
    private static bool NextVma(Machine m, ref PolicyCall c)
    {
        VmaId vma = VmaAfter(m, c.Mm, c.Address);
        bool strict = c.Kind == PolicyCallKind.Mbind;
        if (vma.IsNone || m.Vmas[vma.Value].Start >= c.End)
        {
            if (strict && vma.IsNone && c.Prev.IsNone)
                c.Err = -Errno.EFAULT;
            if (c.First.IsNone)
                c.First = vma;
            return false;
        }
        ref VmArea area = ref m.Vmas[vma.Value];
        bool holeBehind = area.End < c.End && VmaAfter(m, c.Mm, area.End).IsNone;
        bool holeBefore = !c.Prev.IsNone && m.Vmas[c.Prev.Value].End < area.Start;
        if (strict && (holeBehind || holeBefore))
        {
            c.Err = -Errno.EFAULT;
            return false;
        }
        c.Vma = vma;
        if (c.First.IsNone)
            c.First = vma;
        return true;
    }

    /// <summary>find_vma(): the VMA of a process with the lowest addresses that ends behind an address.</summary>
    /// <remarks>Kernel: mm/mmap.c find_vma().</remarks>
    private static VmaId VmaAfter(Machine m, MmId mm, ulong address)
    {
        VmaId found = VmaId.None;
        for (int vma = 0; vma < m.Vmas.Count; vma++)
        {
            ref VmArea area = ref m.Vmas[vma];
            if (area.InUse == 1 && area.Mm == mm && area.End > address && (found.IsNone || area.Start < m.Vmas[found.Value].Start))
                found = new VmaId(vma);
        }
        return found;
    }

    private static bool Waits(Machine m, ref KernelTask t, int self, ref Pagevec pagevec)
    {
        foreach (int page in pagevec.Pages[..pagevec.Nr])
        {
            if (Waits(m, ref t, self, m.Pages[page].Zone))
                return true;
        }
        return false;
    }

    private static bool Waits(Machine m, ref KernelTask t, int self, int zone)
    {
        if (!Locks.Busy(m.Zones[zone].LruLock, self))
            return false;
        t.Block(WaitKind.LruLock, zone);
        return true;
    }
}
