namespace MigrationConformance.Core;

/// <summary>Swap slots: their allocation and their counts.</summary>
/// <remarks>Kernel: mm/swapfile.c. The caller has seen that swap_lock is free.</remarks>
public static class SwapFile
{
    /// <summary>get_swap_page(): takes a free slot, with a count of 1. The engine takes the lowest free one.</summary>
    /// <param name="m">The machine.</param>
    /// <returns>The entry, or none when no slot is free or the device is not writable.</returns>
    /// <remarks>
    /// Kernel: mm/swapfile.c get_swap_page(). Locks: swap_lock. Deviation: a free slot at which a page sits, as only an illegal
    /// machine has one, is passed over; add_to_swap() would be given it again and again, without end.
    /// </remarks>
    public static SwpEntry GetSwapPage(Machine m)
    {
        if (m.Swap.NrSwapPages <= 0 || m.Swap.WriteOk == 0)
            return default;
        int slot = m.Swap.LowestFree;
        while (slot < m.SwapMap.Count && (m.SwapMap[slot] != 0 || IsOccupied(m, slot)))
            slot++;
        m.Swap.LowestFree = slot;
        if (slot == m.SwapMap.Count)
            return default;
        m.SwapMap[slot] = 1;
        m.Swap.NrSwapPages--;
        m.Swap.LowestFree = slot + 1;
        return new SwpEntry((ulong)slot);
    }

    private static bool IsOccupied(Machine m, int slot) => RadixTree.Lookup(m, m.Mappings[MappingId.Swapper.Value].PageTree, (ulong)slot) >= 0;

    /// <summary>swap_duplicate(): one user more of a slot that is in use.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="entry">The entry.</param>
    /// <returns>False when the slot is free, bad, or does not exist.</returns>
    /// <remarks>Kernel: mm/swapfile.c swap_duplicate(). Locks: swap_lock.</remarks>
    public static bool SwapDuplicate(Machine m, SwpEntry entry)
    {
        if (!InRange(m, entry))
            return false;
        ref ushort count = ref m.SwapMap[(int)entry.Value];
        if (count == 0 || count > SwapArea.MapMax)
            return false;
        if (count < SwapArea.MapMax)
            count++;
        return true;
    }

    /// <summary>swap_free(): one user less; at 0 the slot is free. A count at its maximum stays there.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="entry">The entry; one that is not in use changes nothing.</param>
    /// <returns>The count that is left.</returns>
    /// <remarks>Kernel: mm/swapfile.c swap_free(), swap_entry_free(). Locks: swap_lock.</remarks>
    public static int SwapFree(Machine m, SwpEntry entry)
    {
        if (!InRange(m, entry))
            return 0;
        ref ushort count = ref m.SwapMap[(int)entry.Value];
        if (count == 0 || count >= SwapArea.MapMax)
            return count;
        if (--count == 0)
        {
            m.Swap.NrSwapPages++;
            m.Swap.LowestFree = Math.Min(m.Swap.LowestFree, (int)entry.Value);
        }
        return count;
    }

    /// <summary>The swap_map count of an entry.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="entry">The entry.</param>
    /// <returns>The count; 0 for an entry outside the area.</returns>
    public static int SwapCount(Machine m, SwpEntry entry) => InRange(m, entry) ? m.SwapMap[(int)entry.Value] : 0;

    /// <summary>vm_swap_full(): more than half of the slots are in use.</summary>
    /// <param name="m">The machine.</param>
    /// <returns>True when they are.</returns>
    /// <remarks>Kernel: include/linux/swap.h vm_swap_full().</remarks>
    public static bool VmSwapFull(Machine m) => m.Swap.NrSwapPages * 2 < m.SwapMap.Count - 1;

    /// <summary>can_share_swap_page(): whether the asking process is the only user of a page and of its slot.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="page">A locked page.</param>
    /// <returns>True when it is.</returns>
    /// <exception cref="KernelBugException">The page is not locked.</exception>
    public static bool CanShareSwapPage(Machine m, Pfn page)
    {
        ref Page p = ref m.Pages[page.Value];
        if (!p.Has(PageFlags.Locked))
            KernelBugException.Throw(BugCheck.CanShareSwapPageNotLocked, page);
        int count = p.Mapcount;
        if (count <= 1 && p.Has(PageFlags.SwapCache))
            count += SwapCount(m, p.SwapEntry) - 1;
        return count == 1;
    }

    /// <summary>remove_exclusive_swap_page(): takes a page out of the swap cache when nothing else uses its slot.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="page">A locked page without buffers.</param>
    /// <returns>True when it did; the page is dirty then, and its count one lower.</returns>
    /// <exception cref="KernelBugException">The page has PG_private or is not locked.</exception>
    /// <remarks>Kernel: mm/swapfile.c remove_exclusive_swap_page(). Locks: swap_lock, then swapper_space's tree_lock.</remarks>
    public static bool RemoveExclusiveSwapPage(Machine m, Pfn page)
    {
        ref Page p = ref m.Pages[page.Value];
        if (p.Has(PageFlags.Private))
            KernelBugException.Throw(BugCheck.RemoveExclusiveSwapPagePrivate, page);
        if (!p.Has(PageFlags.Locked))
            KernelBugException.Throw(BugCheck.RemoveExclusiveSwapPageNotLocked, page);
        if (!p.Has(PageFlags.SwapCache) || p.Has(PageFlags.Writeback) || p.Count != 2)
            return false;
        SwpEntry entry = p.SwapEntry;
        if (SwapCount(m, entry) != 1)
            return false;
        SwapState.DeleteFromSwapCacheLocked(m, page);
        p.Set(PageFlags.Dirty);
        SwapFree(m, entry);
        PageRefs.PutPage(m, page);
        return true;
    }

    /// <summary>Whether remove_exclusive_swap_page() would wait for a lock; it takes none for a page that others hold too.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="t">The task; it is marked as waiting.</param>
    /// <param name="self">The task's number + 1.</param>
    /// <param name="page">The page.</param>
    /// <param name="leaving">Users of its slot that go before it is asked.</param>
    /// <returns>True when it would: for swap_lock, and for the tree_lock when only the cache uses the slot.</returns>
    internal static bool RemoveExclusiveSwapPageWaits(Machine m, ref KernelTask t, int self, Pfn page, int leaving = 0)
    {
        ref Page p = ref m.Pages[page.Value];
        if (!p.Has(PageFlags.SwapCache) || p.Has(PageFlags.Writeback) || p.Count != 2)
            return false;
        return Locks.WaitsForSwap(m, ref t, self)
            || (SwapCount(m, p.SwapEntry) - leaving == 1 && Locks.WaitsForTree(m, ref t, self, MappingId.Swapper));
    }

    /// <summary>Whether can_share_swap_page() would wait for swap_lock: it asks for the slot's count when at most one entry maps the page.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="t">The task; it is marked as waiting.</param>
    /// <param name="self">The task's number + 1.</param>
    /// <param name="page">The page.</param>
    /// <returns>True when it would.</returns>
    internal static bool CanShareSwapPageWaits(Machine m, ref KernelTask t, int self, Pfn page)
    {
        ref Page p = ref m.Pages[page.Value];
        return p.Mapcount <= 1 && p.Has(PageFlags.SwapCache) && Locks.WaitsForSwap(m, ref t, self);
    }

    private static bool InRange(Machine m, SwpEntry entry) => entry.Value > 0 && entry.Value < (ulong)m.SwapMap.Count;
}
