namespace MigrationConformance.Core;

/// <summary>Taking pages off the LRU for migration, and giving them back.</summary>
/// <remarks>Kernel: mm/vmscan.c. The caller has seen that lru_lock is free.</remarks>
public static class LruIsolation
{
    /// <summary>isolate_lru_page(): takes a page off its LRU list, with a reference. PG_active is kept.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="page">A page whose count is at least 1.</param>
    /// <returns>1 when it was isolated, 0 when it was not on the LRU (a pagevec may still hold it).</returns>
    /// <remarks>Kernel: mm/vmscan.c isolate_lru_page(). Step: A1. Locks: lru_lock.</remarks>
    public static int IsolateLruPage(Machine m, Pfn page)
    {
        ref Page p = ref m.Pages[page.Value];
        if (!p.TestClear(PageFlags.Lru))
            return 0;
        PageRefs.GetPage(m, page);
        if (p.Has(PageFlags.Active))
            Lru.DelPageFromActiveList(m, page);
        else
            Lru.DelPageFromInactiveList(m, page);
        return 1;
    }

    /// <summary>move_to_lru(): unlinks a page and queues it for the list that PG_active names; the isolation's reference goes.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="cpu">The CPU that runs.</param>
    /// <param name="page">A page on a private list.</param>
    /// <remarks>Kernel: mm/vmscan.c move_to_lru(). Step: B20, A4. Locks: lru_lock when the pagevec fills.</remarks>
    public static void MoveToLru(Machine m, int cpu, Pfn page)
    {
        PageList.Del(m, page);
        if (m.Pages[page.Value].TestClear(PageFlags.Active))
            Lru.LruCacheAddActive(m, cpu, page);
        else
            Lru.LruCacheAdd(m, cpu, page);
        PageRefs.PutPage(m, page);
    }

    /// <summary>putback_lru_pages(): gives every page of a list back, first to last.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="cpu">The CPU that runs.</param>
    /// <param name="list">The list; it is empty afterwards.</param>
    /// <returns>How many pages there were.</returns>
    /// <remarks>Kernel: mm/vmscan.c putback_lru_pages(). Step: A4. The documentation calls it putback_to_lru_pages().</remarks>
    public static int PutbackLruPages(Machine m, int cpu, ListId list)
    {
        int count = 0;
        for (Pfn page = PageList.First(m, list); !page.IsNone; page = PageList.First(m, list), count++)
            MoveToLru(m, cpu, page);
        return count;
    }

    /// <summary>isolate_lru_pages(): takes pages from the tail of an LRU list for reclaim.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="source">An active or inactive list. Its counter is the caller's to lower by the answer.</param>
    /// <param name="destination">A private list.</param>
    /// <param name="nrToScan">The most pages to look at.</param>
    /// <returns>How many were taken. A page that is being freed goes back to the head of its list.</returns>
    /// <exception cref="KernelBugException">A page on the list has no PG_lru.</exception>
    /// <remarks>Kernel: mm/vmscan.c isolate_lru_pages(). Locks: lru_lock.</remarks>
    public static int IsolateLruPages(Machine m, ListId source, ListId destination, int nrToScan)
    {
        int taken = 0;
        for (int scanned = 0; scanned < nrToScan && !PageList.IsEmpty(m, source); scanned++)
        {
            Pfn page = PageList.Last(m, source);
            if (!m.Pages[page.Value].TestClear(PageFlags.Lru))
                KernelBugException.Throw(BugCheck.IsolateLruPagesNotLru, page);
            PageList.Del(m, page);
            if (PageRefs.GetPageTestone(m, page))
            {
                PageRefs.PutPageNoFree(m, page);
                m.Pages[page.Value].Set(PageFlags.Lru);
                PageList.Add(m, page, source);
                continue;
            }
            PageList.Add(m, page, destination);
            taken++;
        }
        return taken;
    }
}
