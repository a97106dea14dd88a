namespace MigrationConformance.Core;

/// <summary>The swap cache: swapper_space's tree, from swap entry to page.</summary>
/// <remarks>Kernel: mm/swap_state.c. The caller has seen that the locks a function takes are free.</remarks>
public static class SwapState
{
    /// <summary>__add_to_swap_cache(): the tree takes a reference; the page is locked and marked. swap_map is the caller's.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="page">A page that is not in the swap cache and has no buffers.</param>
    /// <param name="entry">The entry.</param>
    /// <returns>0; −ENOMEM when radix_tree_preload fails; −EEXIST when another page sits at the entry.</returns>
    /// <exception cref="KernelBugException">The page is in the swap cache already, or has PG_private.</exception>
    /// <remarks>Kernel: mm/swap_state.c __add_to_swap_cache(). Locks: swapper_space's tree_lock.</remarks>
    public static int AddToSwapCacheLocked(Machine m, Pfn page, SwpEntry entry)
    {
        ref Page p = ref m.Pages[page.Value];
        if (p.Has(PageFlags.SwapCache))
            KernelBugException.Throw(BugCheck.AddToSwapCacheAlreadySwapCache, page);
        if (p.Has(PageFlags.Private))
            KernelBugException.Throw(BugCheck.AddToSwapCachePrivate, page);
        if (m.Swap.RadixPreloadFails != 0)
            return -Errno.ENOMEM;
        ref AddressSpace space = ref m.Mappings[MappingId.Swapper.Value];
        int error = RadixTree.Insert(m, ref space.PageTree, entry.Value, page.Value);
        if (error != 0)
            return error;
        PageRefs.GetPage(m, page);
        p.Set(PageFlags.Locked | PageFlags.SwapCache);
        p.Private = entry.Value;
        space.Nrpages++;
        m.Globals.NrPagecache++;
        return 0;
    }

    /// <summary>Whether the second half of add_to_swap() would wait: for tree_lock once memory is at hand, for swap_lock to give a slot back.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="t">The task, with its page and entry; it is marked as waiting.</param>
    /// <param name="self">The task's number + 1.</param>
    /// <returns>True when it would.</returns>
    public static bool AddToSwapCacheWaits(Machine m, ref KernelTask t, int self)
    {
        bool memory = m.Swap.RadixPreloadFails == 0;
        if (memory && Locks.WaitsForTree(m, ref t, self, MappingId.Swapper))
            return true;
        bool fails = !memory || RadixTree.Lookup(m, m.Mappings[MappingId.Swapper.Value].PageTree, t.Entry.Value) >= 0;
        return fails && Locks.WaitsForSwap(m, ref t, self);
    }

    /// <summary>__delete_from_swap_cache(): takes the page out of the tree; its reference and slot are the caller's to drop.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="page">A locked swap cache page that is not under writeback.</param>
    /// <exception cref="KernelBugException">The page is not so.</exception>
    /// <remarks>Kernel: mm/swap_state.c __delete_from_swap_cache(). Locks: swapper_space's tree_lock.</remarks>
    public static void DeleteFromSwapCacheLocked(Machine m, Pfn page)
    {
        ref Page p = ref m.Pages[page.Value];
        if (!p.Has(PageFlags.Locked))
            KernelBugException.Throw(BugCheck.DeleteFromSwapCachePageNotLocked, page);
        if (!p.Has(PageFlags.SwapCache))
            KernelBugException.Throw(BugCheck.DeleteFromSwapCacheNotSwapCache, page);
        if (p.Has(PageFlags.Writeback))
            KernelBugException.Throw(BugCheck.DeleteFromSwapCacheWriteback, page);
        if (p.Has(PageFlags.Private))
            KernelBugException.Throw(BugCheck.DeleteFromSwapCachePrivate, page);
        ref AddressSpace space = ref m.Mappings[MappingId.Swapper.Value];
        RadixTree.Delete(m, ref space.PageTree, p.Private);
        p.Private = 0;
        p.Clear(PageFlags.SwapCache);
        space.Nrpages--;
        m.Globals.NrPagecache--;
    }

    /// <summary>delete_from_swap_cache(): out of the tree, one user of the slot less, one reference less.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="page">A locked swap cache page that is not under writeback.</param>
    /// <exception cref="KernelBugException">The page is not so.</exception>
    /// <remarks>Kernel: mm/swap_state.c delete_from_swap_cache(). Locks: swapper_space's tree_lock, then swap_lock.</remarks>
    public static void DeleteFromSwapCache(Machine m, Pfn page)
    {
        SwpEntry entry = m.Pages[page.Value].SwapEntry;
        DeleteFromSwapCacheLocked(m, page);
        SwapFile.SwapFree(m, entry);
        PageRefs.PutPage(m, page);
    }

    /// <summary>add_to_swap() once it has a slot: the page enters the swap cache, uptodate and dirty (bare bits, no tag), or the slot is given back.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="page">A locked page that is not in the swap cache.</param>
    /// <param name="entry">The entry, just taken.</param>
    /// <returns>0; −ENOMEM or −EEXIST as <see cref="AddToSwapCacheLocked"/>, the slot free again.</returns>
    /// <remarks>Kernel: mm/swap_state.c add_to_swap(). Locks: as <see cref="AddToSwapCacheWaits"/> looks for.</remarks>
    public static int AddToSwapWithSlot(Machine m, Pfn page, SwpEntry entry)
    {
        int error = AddToSwapCacheLocked(m, page, entry);
        if (error == 0)
            m.Pages[page.Value].Set(PageFlags.Uptodate | PageFlags.Dirty);
        else
            SwapFile.SwapFree(m, entry);
        return error;
    }

    /// <summary>lookup_swap_cache(): the page of an entry, with a reference.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="entry">The entry.</param>
    /// <returns>The page, or none.</returns>
    /// <remarks>Kernel: mm/swap_state.c lookup_swap_cache(). Locks: swapper_space's tree_lock, read side.</remarks>
    public static Pfn LookupSwapCache(Machine m, SwpEntry entry) => Filemap.FindGetPage(m, MappingId.Swapper, entry.Value);

    /// <summary>add_to_swap_cache(): the way in of a page that is read from swap.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="page">A fresh page.</param>
    /// <param name="entry">The entry.</param>
    /// <returns>0; −ENOENT when the slot is not in use; −EEXIST or −ENOMEM as <see cref="AddToSwapCacheLocked"/>.</returns>
    /// <remarks>Kernel: mm/swap_state.c add_to_swap_cache(). Locks: swap_lock, then swapper_space's tree_lock.</remarks>
    public static int AddToSwapCache(Machine m, Pfn page, SwpEntry entry)
    {
        if (!SwapFile.SwapDuplicate(m, entry))
            return -Errno.ENOENT;
        int error = AddToSwapCacheLocked(m, page, entry);
        if (error != 0)
            SwapFile.SwapFree(m, entry);
        return error;
    }
}
