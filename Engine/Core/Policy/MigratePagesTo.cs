namespace MigrationConformance.Core;

/// <summary>migrate_pages_to(): new pages in chunks, migrate_pages with them, and what is left over.</summary>
/// <remarks>
/// Kernel: mm/mempolicy.c migrate_pages_to(); before the policy layer swap_pages(), which calls migrate_pages without <c>to</c>.
/// <c>to</c> is used from its tail. So within a chunk the last page that was allocated goes to the first of pagelist.
/// </remarks>
internal static class MigratePagesTo
{
    /// <summary>MIGRATE_CHUNK_SIZE. A chunk ends when it has more pages than this, that is, with one more.</summary>
    public const int MigrateChunkSize = 256;

    /// <summary>Pagelist has pages: they are swapped out, or get new pages.</summary>
    public static PolicyStep Begin(Machine m, in KernelTask t, ref PolicyCall c)
    {
        c.Offset = 0;
        return PatchSet.AllocatesNewPages(m) ? NextChunk(m, t, ref c) : Call(ref c);
    }

    private static PolicyStep NextChunk(Machine m, in KernelTask t, ref PolicyCall c)
    {
        c.NrPages = 0;
        c.At = PageList.First(m, t.From);
        return PolicyStep.AllocateNewPage;
    }

    /// <summary>One new page, for the page of pagelist at hand. Deviation: with the stray semicolon the first one ends the chunk.</summary>
    /// <remarks>Kernel: mm/mempolicy.c migrate_pages_to(). Step: A2.</remarks>
    public static PolicyStep AllocateNewPage(Machine m, in KernelTask t, ref PolicyCall c)
    {
        Pfn page = c.Kind == PolicyCallKind.Mbind
            ? NodeAllocator.AllocPage(m, m.Creds[c.Caller.Value], Mbind.NodesFor(m, c, out int first), first)
            : NodeAllocator.AllocPage(m, m.Creds[c.Caller.Value], NodeMask.Online(m), c.Dest);
        if (page.IsNone)
        {
            c.Err = -Errno.ENOMEM;
            c.At = Pfn.None;
            return PolicyStep.FreeNewPage;
        }
        if (PatchSet.ListsPagesInOrder(m))
        {
            PageList.AddTail(m, page, c.NewList);
            c.Offset += Machine.PageSize;
        }
        else
            PageList.Add(m, page, c.NewList);
        c.NrPages++;
        c.At = PageList.Next(m, c.At);
        bool full = c.At.IsNone || c.NrPages > MigrateChunkSize || !PatchSet.AllocatesChunks(m);
        return full ? Call(ref c) : PolicyStep.AllocateNewPage;
    }

    private static PolicyStep Call(ref PolicyCall c)
    {
        c.At = Pfn.None;
        c.NrCalls++;
        return PolicyCalls.MigratePagesBegins;
    }

    /// <summary>migrate_pages has returned: its locals are fresh again for the next call, and both of its lists are the caller's to empty.</summary>
    public static PolicyStep Returned(Machine m, ref KernelTask t, ref PolicyCall c)
    {
        c.NrFailedBefore += t.NrFailed;
        if (!PatchSet.AllocatesNewPages(m))
            c.Busy = t.Result;
        t.Pass = 0;
        t.Retry = 0;
        t.NrFailed = 0;
        t.Rc = 0;
        t.Reason = BackOutReason.None;
        t.ReasonStep = 0;
        t.Page = Pfn.None;
        t.Page2 = Pfn.None;
        t.Newpage = Pfn.None;
        t.Mapping = MappingId.None;
        return PatchSet.AllocatesNewPages(m) ? PolicyStep.PutBackMoved : PolicyStep.PutBackFailed;
    }

    /// <summary>putback_lru_pages(): the first page of a list goes back to the LRU.</summary>
    /// <returns>The same step again, or <paramref name="next"/> when the list is empty.</returns>
    /// <remarks>Kernel: mm/vmscan.c putback_lru_pages(), move_to_lru(). Step: A4. Locks: lru_lock when the pagevec fills.</remarks>
    public static PolicyStep PutBack(Machine m, ref KernelTask t, ref PolicyCall c, int self, ListId list, PolicyStep next)
    {
        Pfn page = PageList.First(m, list);
        if (page.IsNone)
            return next;
        bool active = m.Pages[page.Value].Has(PageFlags.Active);
        if (Lru.NextAddDrains(m, t.Cpu, active) && MigratePages.LruLockBusy(m, ref t, self, page, active))
            return PolicyCalls.Blocked;
        LruIsolation.MoveToLru(m, t.Cpu, page);
        c.NrPutBack++;
        return PageList.IsEmpty(m, list) ? next : (PolicyStep)t.Step;
    }

    /// <summary>Another chunk follows when all new pages are used and old ones remain.</summary>
    public static PolicyStep PutBackMoved(Machine m, ref KernelTask t, ref PolicyCall c, int self)
    {
        PolicyStep next = PutBack(m, ref t, ref c, self, t.Moved, PolicyStep.FreeNewPage);
        if (next != PolicyStep.FreeNewPage)
            return next;
        if (!PatchSet.AllocatesNewPages(m))
            return PolicyStep.PutBackRest;
        return PageList.IsEmpty(m, c.NewList) && !PageList.IsEmpty(m, t.From) ? NextChunk(m, t, ref c) : PolicyStep.FreeNewPage;
    }

    /// <summary>A new page that nothing moved to is freed.</summary>
    /// <remarks>Kernel: mm/mempolicy.c migrate_pages_to().</remarks>
    public static PolicyStep FreeNewPage(Machine m, in PolicyCall c)
    {
        Pfn page = PageList.First(m, c.NewList);
        if (page.IsNone)
            return PolicyStep.SpliceFailed;
        PageList.Del(m, page);
        PageRefs.PutPage(m, page);
        return PolicyStep.FreeNewPage;
    }

    /// <summary>list_splice(): what failed for good comes in front of what was not moved; both are counted, and given back by the caller.</summary>
    /// <remarks>Kernel: mm/mempolicy.c migrate_pages_to().</remarks>
    public static PolicyStep SpliceFailed(Machine m, in KernelTask t, ref PolicyCall c)
    {
        for (Pfn page = PageList.Last(m, t.Failed); !page.IsNone; page = PageList.Last(m, t.Failed))
            PageList.Move(m, page, t.From);
        c.NrFailedBefore = 0;
        if (c.Err == 0)
        {
            for (Pfn page = PageList.First(m, t.From); !page.IsNone; page = PageList.Next(m, page))
                c.Busy++;
        }
        else if (c.Kind == PolicyCallKind.Mbind)
        {
            // do_mbind keeps the answer as its number of pages that failed, of which it only asks whether it is 0.
            (c.Busy, c.Err) = (c.Err, 0);
        }
        return PolicyStep.PutBackRest;
    }
}
