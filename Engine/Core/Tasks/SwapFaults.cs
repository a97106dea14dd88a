namespace MigrationConformance.Core;

/// <summary>do_swap_page, and read_swap_cache_async, which swapoff uses too.</summary>
/// <remarks>
/// Kernel: mm/memory.c do_swap_page(), swapin_readahead(), mm/swap_state.c read_swap_cache_async(). Deviation: what is read
/// ahead is there at once; its pages stay in the swap cache without mapping, as the kernel's do until somebody maps them. The
/// kernel reads the fault's own slot among them, and puts what it read from the pagevec onto the LRU at once. A read never fails.
/// </remarks>
internal static class SwapFaults
{
    /// <summary>Slots that are read together: 1 &lt;&lt; page_cluster, from a multiple of it on.</summary>
    private const ulong Cluster = 8;

    public static int Lookup(Machine m, ref KernelTask t, int self)
    {
        if (Locks.WaitsForTree(m, ref t, self, MappingId.Swapper))
            return Actor.Blocked;
        if (!Actor.Lookup(m, ref t, MappingId.Swapper, t.Entry.Value))
            return NextAhead(m, ref t, Math.Max(1, t.Entry.Value & ~(Cluster - 1)));
        Lru.MarkPageAccessed(m, t.Page);
        return (int)FaultStep.SwapLock;
    }

    // The first slot from one on that is to be read ahead; one that nobody can use ends the cluster.
    private static int NextAhead(Machine m, ref KernelTask t, ulong slot)
    {
        ulong end = Math.Min((t.Entry.Value & ~(Cluster - 1)) + Cluster, (ulong)m.SwapMap.Count);
        for (; slot < end && m.SwapMap[(int)slot] is not (0 or SwapArea.MapBad); slot++)
        {
            if (slot == t.Entry.Value || RadixTree.Lookup(m, m.Mappings[MappingId.Swapper.Value].PageTree, slot) >= 0)
                continue;
            t.MaxNlCursor = slot;
            return (int)FaultStep.SwapReadahead;
        }
        t.MaxNlCursor = 0;
        return (int)FaultStep.SwapRead;
    }

    public static int Readahead(Machine m, ref KernelTask t, int self)
    {
        if (Actor.SwapWaits(m, ref t, self))
            return Actor.Blocked;
        SwpEntry own = t.Entry;
        t.Entry = new SwpEntry(t.MaxNlCursor);
        int error = ReadSwapCacheAsync(m, ref t);
        if (error == 0)
        {
            ReadEnds(m, ref t, 0);
            Actor.Put(m, ref t);
        }
        t.Entry = own;
        // A slot without page ends the cluster: there is no memory, or nobody uses it any more.
        return NextAhead(m, ref t, error is 0 or -Errno.EEXIST ? t.MaxNlCursor + 1 : ulong.MaxValue);
    }

    public static int Read(Machine m, ref KernelTask t, int self)
    {
        if (Actor.SwapWaits(m, ref t, self))
            return Actor.Blocked;
        // Somebody else may have brought the page meanwhile, which then costs no memory.
        if (RadixTree.Lookup(m, m.Mappings[MappingId.Swapper.Value].PageTree, t.Entry.Value) >= 0)
            return (int)FaultStep.SwapLookup;
        if (ReadSwapCacheAsync(m, ref t) != 0)
            return (int)FaultStep.SwapReadFailed;
        Lru.MarkPageAccessed(m, t.Page);
        return (int)FaultStep.SwapReadEnds;
    }

    /// <summary>There is no page: without memory the fault gives up, unless its entry has changed, which can be why.</summary>
    public static int ReadFailed(Machine m, ref KernelTask t, int self)
    {
        if (Actor.PageTableWaits(m, ref t, self))
            return Actor.Blocked;
        return PageTables.Get(m, t.Mm, t.Address) == t.OrigPte ? Faults.End(m, ref t) : Faults.Again(ref t);
    }

    /// <summary>Allocates a page and adds it to the swap cache, locked for its read.</summary>
    /// <returns>0; −EEXIST when there is a page now; −ENOENT when nobody uses the entry any more; −ENOMEM.</returns>
    public static int ReadSwapCacheAsync(Machine m, ref KernelTask t)
    {
        Pfn page = Actor.AllocPage(m);
        if (page.IsNone)
            return -Errno.ENOMEM;
        int error = SwapState.AddToSwapCache(m, page, t.Entry);
        if (error != 0)
        {
            PageRefs.PutPage(m, page);
            return error;
        }
        t.Page = page;
        t.Local1 = 1;
        t.HoldsPageLock = 1;
        Lru.LruCacheAddActive(m, t.Cpu, page);
        return 0;
    }

    public static int ReadEnds(Machine m, ref KernelTask t, int next)
    {
        ref Page p = ref m.Pages[t.Page.Value];
        p.Contents = m.SwapContents[(int)t.Entry.Value];
        p.Set(PageFlags.Uptodate);
        Actor.Unlock(m, ref t);
        return next;
    }

    public static int Recheck(Machine m, ref KernelTask t)
    {
        if (!PatchSet.ChecksSwapCacheAgain(m) || (t.Local0 & Actor.NoRecheck) != 0 || m.Pages[t.Page.Value].Has(PageFlags.SwapCache))
            return (int)FaultStep.SwapInstall;
        Actor.UnlockAndPut(m, ref t);
        return PatchSet.FaultStartsAgain(m) ? Faults.Again(ref t) : (int)FaultStep.SwapLookup;
    }

    public static int Install(Machine m, ref KernelTask t, int self)
    {
        if (Actor.PageTableWaits(m, ref t, self))
            return Actor.Blocked;
        bool changed = PageTables.Get(m, t.Mm, t.Address) != t.OrigPte;
        if (changed || !m.Pages[t.Page.Value].Has(PageFlags.Uptodate))
        {
            Actor.UnlockAndPut(m, ref t);
            return changed ? Faults.Again(ref t) : Faults.End(m, ref t);
        }
        if (InstallWaits(m, ref t, self))
            return Actor.Blocked;
        m.Mms[t.Mm.Value].AnonRss++;
        Pte pte = Pte.Present(t.Page, write: false, dirty: false, young: true);
        if (Faults.Writes(t) && SwapFile.CanShareSwapPage(m, t.Page))
            pte = pte.MkDirty().MkWrite();
        PageTables.Set(m, t.Mm, t.Address, pte);
        Rmap.PageAddAnonRmap(m, t.Page, m.Vmas[t.Vma.Value], t.Address);
        t.Local1 = 0;
        SwapFile.SwapFree(m, t.Entry);
        if (SwapFile.VmSwapFull(m))
            SwapFile.RemoveExclusiveSwapPage(m, t.Page);
        Actor.UnlockAndPut(m, ref t);
        if (!Faults.Writes(t) || pte.IsWrite)
            return Faults.AfterFault(m, ref t);
        // The write is still to be served: do_wp_page, under the same page table lock.
        t.OrigPte = pte;
        return CopyFaults.WpCheck(m, ref t, ref m.Ptes[PageTables.Find(m, t.Mm, t.Address)]);
    }

    // swap_lock for the count of the slot; the tree's too when swap is full and the entry was the last user beside the cache.
    private static bool InstallWaits(Machine m, ref KernelTask t, int self) => Locks.WaitsForSwap(m, ref t, self)
        || (SwapFile.VmSwapFull(m) && SwapFile.RemoveExclusiveSwapPageWaits(m, ref t, self, t.Page, leaving: 1));
}
