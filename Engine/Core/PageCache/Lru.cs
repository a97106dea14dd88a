namespace MigrationConformance.Core;

/// <summary>The LRU lists of the zones, and the per-CPU pagevecs in front of them.</summary>
/// <remarks>Kernel: mm/swap.c, include/linux/mm_inline.h. New pages go to the head; scanning takes from the tail.</remarks>
public static class Lru
{
    /// <summary>add_page_to_active_list().</summary>
    /// <param name="m">The machine.</param>
    /// <param name="page">A page on no list.</param>
    public static void AddPageToActiveList(Machine m, Pfn page)
    {
        ref Zone zone = ref ZoneOf(m, page);
        PageList.Add(m, page, zone.ActiveList);
        zone.NrActive++;
    }

    /// <summary>add_page_to_inactive_list().</summary>
    /// <param name="m">The machine.</param>
    /// <param name="page">A page on no list.</param>
    public static void AddPageToInactiveList(Machine m, Pfn page)
    {
        ref Zone zone = ref ZoneOf(m, page);
        PageList.Add(m, page, zone.InactiveList);
        zone.NrInactive++;
    }

    /// <summary>del_page_from_active_list().</summary>
    /// <param name="m">The machine.</param>
    /// <param name="page">A page on its zone's active list.</param>
    public static void DelPageFromActiveList(Machine m, Pfn page)
    {
        PageList.Del(m, page);
        ZoneOf(m, page).NrActive--;
    }

    /// <summary>del_page_from_inactive_list().</summary>
    /// <param name="m">The machine.</param>
    /// <param name="page">A page on its zone's inactive list.</param>
    public static void DelPageFromInactiveList(Machine m, Pfn page)
    {
        PageList.Del(m, page);
        ZoneOf(m, page).NrInactive--;
    }

    /// <summary>del_page_from_lru(): takes the page off the list that PG_active names, and clears PG_active.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="page">A page on an LRU list.</param>
    public static void DelPageFromLru(Machine m, Pfn page)
    {
        if (m.Pages[page.Value].TestClear(PageFlags.Active))
            DelPageFromActiveList(m, page);
        else
            DelPageFromInactiveList(m, page);
    }

    /// <summary>lru_cache_add(): queues the page for the inactive list. The pagevec takes a reference, and is drained when full.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="cpu">The CPU that runs.</param>
    /// <param name="page">A page that is not on the LRU.</param>
    public static void LruCacheAdd(Machine m, int cpu, Pfn page)
    {
        PageRefs.GetPage(m, page);
        if (Append(ref m.Pagevecs[cpu].LruAdd, page))
            PagevecLruAdd(m, ref m.Pagevecs[cpu].LruAdd);
    }

    /// <summary>lru_cache_add_active(): as <see cref="LruCacheAdd"/>, for the active list.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="cpu">The CPU that runs.</param>
    /// <param name="page">A page that is not on the LRU.</param>
    public static void LruCacheAddActive(Machine m, int cpu, Pfn page)
    {
        PageRefs.GetPage(m, page);
        if (Append(ref m.Pagevecs[cpu].LruAddActive, page))
            PagevecLruAddActive(m, ref m.Pagevecs[cpu].LruAddActive);
    }

    /// <summary>lru_add_drain(): empties both pagevecs of one CPU.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="cpu">The CPU.</param>
    public static void LruAddDrain(Machine m, int cpu)
    {
        PagevecLruAdd(m, ref m.Pagevecs[cpu].LruAdd);
        PagevecLruAddActive(m, ref m.Pagevecs[cpu].LruAddActive);
    }

    /// <summary>lru_add_drain_all(): empties the pagevecs of every CPU, in the order of their numbers.</summary>
    /// <param name="m">The machine.</param>
    public static void LruAddDrainAll(Machine m)
    {
        for (int cpu = 0; cpu < m.Pagevecs.Count; cpu++)
            LruAddDrain(m, cpu);
    }

    /// <summary>Whether adding one more page to a CPU's pagevec drains it, and so takes lru_lock.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="cpu">The CPU.</param>
    /// <param name="active">Which of its two pagevecs.</param>
    /// <returns>True when one more page fills it.</returns>
    public static bool NextAddDrains(Machine m, int cpu, bool active)
    {
        ref CpuPagevecs pagevecs = ref m.Pagevecs[cpu];
        return (active ? pagevecs.LruAddActive.Nr : pagevecs.LruAdd.Nr) == Pagevec.Size - 1;
    }

    /// <summary>activate_page(): moves an inactive page of the LRU to the head of the active list.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="page">Any page; one that is not on the LRU, or is active already, stays as it is.</param>
    public static void ActivatePage(Machine m, Pfn page)
    {
        ref Page p = ref m.Pages[page.Value];
        if (!p.Has(PageFlags.Lru) || p.Has(PageFlags.Active))
            return;
        DelPageFromInactiveList(m, page);
        p.Set(PageFlags.Active);
        AddPageToActiveList(m, page);
    }

    /// <summary>mark_page_accessed(): inactive, then referenced, then active. An isolated page can only become referenced.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="page">The page.</param>
    public static void MarkPageAccessed(Machine m, Pfn page)
    {
        ref Page p = ref m.Pages[page.Value];
        if (!p.Has(PageFlags.Active) && p.Has(PageFlags.Referenced) && p.Has(PageFlags.Lru))
        {
            ActivatePage(m, page);
            p.Clear(PageFlags.Referenced);
        }
        else
            p.Set(PageFlags.Referenced);
    }

    /// <summary>rotate_reclaimable_page(): a page whose writeback ends goes to the tail of the inactive list.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="page">A page under writeback that had PG_reclaim.</param>
    /// <returns>1 when it did nothing and the caller must clear PG_writeback; 0 when it moved the page and cleared it.</returns>
    /// <exception cref="KernelBugException">PG_writeback is not set.</exception>
    public static int RotateReclaimablePage(Machine m, Pfn page)
    {
        ref Page p = ref m.Pages[page.Value];
        if (p.Has(PageFlags.Locked | PageFlags.Dirty | PageFlags.Active) || !p.Has(PageFlags.Lru))
            return 1;
        PageList.Del(m, page);
        PageList.AddTail(m, page, ZoneOf(m, page).InactiveList);
        if (!Writeback.TestClearPageWriteback(m, page))
            KernelBugException.Throw(BugCheck.EndPageWritebackNotSet, page);
        return 0;
    }

    private static ref Zone ZoneOf(Machine m, Pfn page) => ref m.Zones[m.Pages[page.Value].Zone];

    /// <summary>pagevec_add(): appends, and tells whether the pagevec is full now.</summary>
    private static bool Append(ref Pagevec pagevec, Pfn page)
    {
        pagevec.Pages[pagevec.Nr++] = page.Value;
        return pagevec.Nr == Pagevec.Size;
    }

    /// <summary>__pagevec_lru_add(): puts the pages on inactive lists, then drops the pagevec's references.</summary>
    private static void PagevecLruAdd(Machine m, ref Pagevec pagevec)
    {
        foreach (int pfn in pagevec.Pages[..pagevec.Nr])
        {
            if (m.Pages[pfn].TestSet(PageFlags.Lru))
                KernelBugException.Throw(BugCheck.PagevecLruAddAlreadyLru, new Pfn(pfn));
            AddPageToInactiveList(m, new Pfn(pfn));
        }
        ReleasePages(m, ref pagevec);
    }

    /// <summary>__pagevec_lru_add_active(): puts the pages on active lists, then drops the pagevec's references.</summary>
    private static void PagevecLruAddActive(Machine m, ref Pagevec pagevec)
    {
        foreach (int pfn in pagevec.Pages[..pagevec.Nr])
        {
            ref Page p = ref m.Pages[pfn];
            if (p.TestSet(PageFlags.Lru))
                KernelBugException.Throw(BugCheck.PagevecLruAddActiveAlreadyLru, new Pfn(pfn));
            if (p.TestSet(PageFlags.Active))
                KernelBugException.Throw(BugCheck.PagevecLruAddActiveAlreadyActive, new Pfn(pfn));
            AddPageToActiveList(m, new Pfn(pfn));
        }
        ReleasePages(m, ref pagevec);
    }

    /// <summary>release_pages() of a whole pagevec; a page whose last reference this was leaves the LRU again and is freed.</summary>
    private static void ReleasePages(Machine m, ref Pagevec pagevec)
    {
        int nr = pagevec.Nr;
        pagevec.Nr = 0;
        Span<int> pages = pagevec.Pages;
        for (int i = 0; i < nr; i++)
        {
            int pfn = pages[i];
            pages[i] = 0;
            PageRefs.PutPage(m, new Pfn(pfn));
        }
    }

    /// <summary>Whether the lists of a zone are the same on two machines.</summary>
    /// <param name="m">One machine.</param>
    /// <param name="other">The other, with the same zones and pages.</param>
    /// <param name="zone">The zone.</param>
    /// <returns>True when both lists have the same pages in the same order, and the same counts of them.</returns>
    public static bool SameLists(Machine m, Machine other, int zone)
    {
        ref Zone z = ref m.Zones[zone];
        return z.NrActive == other.Zones[zone].NrActive && z.NrInactive == other.Zones[zone].NrInactive
            && SamePages(m, other, z.ActiveList) && SamePages(m, other, z.InactiveList);
    }

    private static bool SamePages(Machine m, Machine other, ListId list)
    {
        int page = m.Lists[list.Value].Next, otherPage = other.Lists[list.Value].Next;
        for (; page >= 0 && page == otherPage; (page, otherPage) = (m.Pages[page].Next, other.Pages[otherPage].Next))
        {
        }
        return page == otherPage;
    }
}
