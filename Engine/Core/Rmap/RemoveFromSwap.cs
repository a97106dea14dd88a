namespace MigrationConformance.Core;

/// <summary>remove_from_swap: turns the swap entries of a page into present ones again, one entry a step; the caller then takes the page out of the swap cache.</summary>
/// <remarks>
/// Kernel: mm/rmap.c remove_from_swap(), mm/swapfile.c remove_vma_swap(), unuse_vma(). Step: B18. The page is
/// <see cref="KernelTask.Newpage"/>, locked. The lock of its anon_vma is held from <see cref="Start"/> to the end of the walk.
/// Deviation: as merged it never did anything, since page_lock_anon_vma() refuses a page that nothing maps, and
/// nothing maps the new page here. The fix takes the anon_vma from page->mapping and relies on its caller to hold
/// an mmap_sem that keeps it alive; here an anon_vma whose VMAs are gone stays as an empty list.
/// </remarks>
public static class RemoveFromSwap
{
    /// <summary>Takes the lock of the page's anon_vma, if there is anything to do.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="t">The task.</param>
    /// <param name="self">The task's number + 1.</param>
    /// <returns>Done when the page is not anonymous, not in the swap cache, or its anon_vma is not found.</returns>
    public static UnmapProgress Start(Machine m, ref KernelTask t, int self)
    {
        ref Page n = ref m.Pages[t.Newpage.Value];
        if (!n.IsAnon || !n.Has(PageFlags.SwapCache))
            return UnmapProgress.Done;
        if (!n.IsMapped && !PatchSet.FindsAnonVmaOfUnmappedPages(m))
            return UnmapProgress.Done;
        ref AnonVma anonVma = ref m.AnonVmas[n.Mapping.AnonVma.Value];
        if (Locks.Busy(anonVma.Lock, self))
            return Wait(ref t, WaitKind.AnonVmaLock, n.Mapping.AnonVma.Value);
        anonVma.Lock = self;
        t.UnmapVma = anonVma.Head;
        return UnmapProgress.More;
    }

    /// <summary>Restores the next entry; when there is none, drops the lock.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="t">The task.</param>
    /// <param name="self">The task's number + 1.</param>
    /// <returns>Done at the end of the walk.</returns>
    public static UnmapProgress Step(Machine m, ref KernelTask t, int self)
    {
        ref Page n = ref m.Pages[t.Newpage.Value];
        int start = t.UnmapVma;
        while (t.UnmapVma >= 0)
        {
            ref VmArea vma = ref m.Vmas[t.UnmapVma];
            int row = Rmap.VmaAddress(vma, n.Index, out ulong address) ? PageTables.Find(m, vma.Mm, address) : -1;
            // The page table lock is taken before the entry is looked at, also where it turns out to be another one.
            if (row >= 0 && EntryWaits(m, ref t, self, vma.Mm, m.Ptes[row] == Pte.Swap(n.SwapEntry)))
            {
                t.UnmapVma = start;
                return UnmapProgress.Blocked;
            }
            t.UnmapVma = vma.AnonNext;
            if (row >= 0 && m.Ptes[row] == Pte.Swap(n.SwapEntry))
            {
                Rmap.UnusePte(m, t.Newpage, vma, address, n.SwapEntry);
                return UnmapProgress.More;
            }
        }
        m.AnonVmas[n.Mapping.AnonVma.Value].Lock = 0;
        return UnmapProgress.Done;
    }

    /// <summary>unuse_pte() takes swap_lock to free a user of the slot, and lru_lock to activate the page, which it finds off the LRU.</summary>
    private static bool EntryWaits(Machine m, ref KernelTask t, int self, MmId mm, bool same)
    {
        if (Locks.Busy(m.Mms[mm.Value].PageTableLock, self))
            return Wait(ref t, WaitKind.PageTableLock, mm.Value) == UnmapProgress.Blocked;
        if (!same)
            return false;
        int zone = m.Pages[t.Newpage.Value].Zone;
        return Locks.WaitsForSwap(m, ref t, self)
            || (Locks.Busy(m.Zones[zone].LruLock, self) && Wait(ref t, WaitKind.LruLock, zone) == UnmapProgress.Blocked);
    }

    private static UnmapProgress Wait(ref KernelTask t, WaitKind kind, int number)
    {
        t.Block(kind, number);
        return UnmapProgress.Blocked;
    }
}
