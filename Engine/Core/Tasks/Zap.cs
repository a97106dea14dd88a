namespace MigrationConformance.Core;

/// <summary>What one entry's zap did.</summary>
internal enum ZapResult
{
    /// <summary>A lock is busy.</summary>
    Blocked,

    /// <summary>The entry is gone; the page's reference is the gather's.</summary>
    Gathered,

    /// <summary>The entry is gone; it named no page.</summary>
    Gone,
}

/// <summary>zap_pte_range for one entry, and what the gather does after the flush.</summary>
/// <remarks>Kernel: mm/memory.c zap_pte_range(), mm/swapfile.c free_swap_and_cache(), mm/swap_state.c free_page_and_swap_cache().</remarks>
internal static class Zap
{
    /// <summary>Zaps the entry at an address.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="t">The task; gets the page.</param>
    /// <param name="self">The task's number + 1.</param>
    /// <param name="mm">The process.</param>
    /// <param name="address">The address, where an entry is.</param>
    /// <param name="keepsOffset">unmap_mapping_range: the entry of a non-linear VMA becomes a file entry, so that the address still says what it maps.</param>
    /// <returns>What was done.</returns>
    public static ZapResult One(Machine m, ref KernelTask t, int self, MmId mm, ulong address, bool keepsOffset = false)
    {
        if (Locks.Busy(m.Mms[mm.Value].PageTableLock, self))
        {
            t.Block(WaitKind.PageTableLock, mm.Value);
            return ZapResult.Blocked;
        }
        ref Pte entry = ref m.Ptes[PageTables.Find(m, mm, address)];
        Pte pte = entry;
        if (pte.IsPresent)
        {
            bool anon = m.Pages[pte.Page.Value].IsAnon;
            if (!anon && pte.IsDirty && Locks.WaitsForSetPageDirty(m, ref t, self, pte.Page))
                return ZapResult.Blocked;
            entry = keepsOffset ? Behind(m, mm, address, m.Pages[pte.Page.Value]) : Pte.Zero;
            Present(m, ref t, pte, mm, anon);
            return ZapResult.Gathered;
        }
        if (pte.IsSwap && FreeSwapAndCacheWaits(m, ref t, self, pte.SwapEntry))
            return ZapResult.Blocked;
        entry = Pte.Zero;
        if (pte.IsSwap)
            FreeSwapAndCache(m, pte.SwapEntry);
        return ZapResult.Gone;
    }

    private static Pte Behind(Machine m, MmId mm, ulong address, in Page p)
    {
        int vma = Actor.FindVma(m, mm, address);
        bool elsewhere = vma >= 0 && m.Vmas[vma].Has(VmFlags.Nonlinear) && !p.IsAnon && m.Vmas[vma].LinearPageIndex(address) != p.Index;
        return elsewhere ? Pte.File(p.Index) : Pte.Zero;
    }

    private static void Present(Machine m, ref KernelTask t, Pte pte, MmId mm, bool anon)
    {
        ref Mm row = ref m.Mms[mm.Value];
        row.HiwaterRss = Math.Max(row.HiwaterRss, row.AnonRss + row.FileRss);
        if (anon)
            row.AnonRss--;
        else
        {
            if (pte.IsDirty)
                Dirty.SetPageDirty(m, pte.Page);
            if (pte.IsYoung)
                Lru.MarkPageAccessed(m, pte.Page);
            row.FileRss--;
        }
        Rmap.PageRemoveRmap(m, pte.Page);
        t.Page = pte.Page;
        t.Local1 = 1;
    }

    /// <summary>Whether free_swap_and_cache would wait: for swap_lock; for the tree_lock only when the cache is the one user that is left.</summary>
    public static bool FreeSwapAndCacheWaits(Machine m, ref KernelTask t, int self, SwpEntry entry) => Locks.WaitsForSwap(m, ref t, self)
        || (SwapFile.SwapCount(m, entry) == 2 && Locks.WaitsForTree(m, ref t, self, MappingId.Swapper));

    /// <summary>free_swap_and_cache: one user of the slot less; a page that only the cache uses goes, if its lock is free.</summary>
    public static void FreeSwapAndCache(Machine m, SwpEntry entry)
    {
        if (SwapFile.SwapFree(m, entry) != 1)
            return;
        int item = RadixTree.Lookup(m, m.Mappings[MappingId.Swapper.Value].PageTree, entry.Value);
        // find_trylock_page: a page that migration holds locked is left to reclaim.
        if (item < 0 || !PageLock.TryLock(m, new Pfn(item)))
            return;
        ref Page p = ref m.Pages[item];
        if (p.Has(PageFlags.Private))
            KernelBugException.Throw(BugCheck.FreeSwapAndCachePrivate, new Pfn(item));
        PageRefs.GetPage(m, new Pfn(item));
        if (!p.Has(PageFlags.Writeback) && (p.Count == 2 || SwapFile.VmSwapFull(m)))
        {
            SwapState.DeleteFromSwapCache(m, new Pfn(item));
            p.Set(PageFlags.Dirty);
        }
        PageLock.UnlockPage(m, new Pfn(item));
        PageRefs.PutPage(m, new Pfn(item));
    }

    /// <summary>After the flush: free_page_and_swap_cache; the reference is the caller's to drop.</summary>
    public static bool FlushWaits(Machine m, ref KernelTask t, int self, Pfn page)
    {
        ref Page p = ref m.Pages[page.Value];
        // free_swap_cache only tries the page lock: a page that migration holds is put at once, whatever else is locked.
        if (!p.Has(PageFlags.SwapCache) || p.Has(PageFlags.Locked))
            return false;
        if (SwapFile.RemoveExclusiveSwapPageWaits(m, ref t, self, page))
            return true;
        PageLock.TryLock(m, page);
        SwapFile.RemoveExclusiveSwapPage(m, page);
        PageLock.UnlockPage(m, page);
        return false;
    }
}
