namespace MigrationConformance.Core;

/// <summary>do_swap_page, and read_swap_cache_async, which swapoff uses too.</summary>
/// <remarks>Kernel: mm/memory.c do_swap_page(), mm/swap_state.c read_swap_cache_async().</remarks>
internal static class SwapFaults
{
    public static int Lookup(Machine m, ref KernelTask t, int self)
    {
        if (Locks.WaitsForTree(m, ref t, self, MappingId.Swapper))
            return Actor.Blocked;
        if (!Actor.Lookup(m, ref t, MappingId.Swapper, t.Entry.Value))
            return (int)FaultStep.SwapRead;
        Lru.MarkPageAccessed(m, t.Page);
        return (int)FaultStep.SwapLock;
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
