namespace MigrationConformance.Core;

/// <summary>do_swap_page, and read_swap_cache_async, which swapoff uses too.</summary>
/// <remarks>
/// Kernel: mm/memory.c do_swap_page(), swapin_readahead(), mm/swap_state.c read_swap_cache_async(). Deviation: what is read
/// ahead is there at once; its pages stay in the swap cache without mapping, as the kernel's do until somebody maps them.
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
        return NextAhead(m, ref t, error == -Errno.ENOMEM ? Cluster * (own.Value + 1) : t.MaxNlCursor + 1);
    }

    public static int Read(Machine m, ref KernelTask t, int self)
    {
        if (Actor.SwapWaits(m, ref t, self))
            return Actor.Blocked;
        int error = ReadSwapCacheAsync(m, ref t);
        return error == 0 ? (int)FaultStep.SwapReadEnds
            : error == -Errno.EEXIST ? (int)FaultStep.SwapLookup
            : error == -Errno.ENOENT ? (int)FaultStep.HandlePteFault
            : Faults.End(ref t);
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
        return PatchSet.FaultStartsAgain(m) ? TakeAgain(ref t) : (int)FaultStep.SwapLookup;
    }

    /// <summary>The fault ends without having done anything, and the access takes it again, with the entry read anew. Only get_user_pages keeps mmap_sem.</summary>
    private static int TakeAgain(ref KernelTask t)
    {
        if (t.Kind == TaskKind.Fault)
            t.Pass = 0;
        return (int)FaultStep.HandlePteFault;
    }

    public static int Install(Machine m, ref KernelTask t, int self)
    {
        if (Actor.PageTableWaits(m, ref t, self) || Actor.SwapWaits(m, ref t, self))
            return Actor.Blocked;
        ref Page p = ref m.Pages[t.Page.Value];
        bool changed = PageTables.Get(m, t.Mm, t.Address) != t.OrigPte;
        if (changed || !p.Has(PageFlags.Uptodate))
        {
            Actor.UnlockAndPut(m, ref t);
            return changed ? Again(ref t) : Faults.End(ref t);
        }
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
        return Again(ref t);
    }

    /// <summary>A minor fault: what needs more than a present entry looks again.</summary>
    public static int Again(ref KernelTask t) =>
        Faults.Writes(t) || t.Kind == TaskKind.GetUserPages ? (int)FaultStep.HandlePteFault : Faults.AfterFault(ref t);
}
