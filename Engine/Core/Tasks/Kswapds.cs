namespace MigrationConformance.Core;

/// <summary>Steps of kswapd around those of shrink_list, whose numbers they follow.</summary>
internal enum KswapdStep
{
    /// <summary>Isolates pages from the tail of the inactive list of zone <see cref="KernelTask.Address"/>.</summary>
    Isolate = 100,

    /// <summary>Puts what is left back on the LRU.</summary>
    Putback = 101,
}

/// <summary>shrink_cache: isolates, shrinks, puts back.</summary>
/// <remarks>
/// Kernel: mm/vmscan.c shrink_cache(). Deviation: one round over the inactive list, whatever it frees; the active list is not aged.
/// </remarks>
internal static class Kswapds
{
    public static int Step(Machine m, ref KernelTask t, TaskId task)
    {
        switch (t.Step)
        {
            case (int)KswapdStep.Isolate:
                ref Zone zone = ref m.Zones[(int)t.Address];
                zone.NrInactive -= LruIsolation.IsolateLruPages(m, zone.InactiveList, t.From, (int)t.Cursor);
                return (int)ReclaimStep.ChoosePage;
            case (int)KswapdStep.Putback:
                return Putback(m, t);
            default:
                return ShrinkList.Advance(m, task) switch
                {
                    StepResult.Blocked => Actor.Blocked,
                    _ => t.Step == (int)ReclaimStep.Finished ? (int)KswapdStep.Putback : t.Step,
                };
        }
    }

    // The oldest first, from the tail, so that the pages keep their order; their references go by a pagevec_release, which drains.
    private static int Putback(Machine m, in KernelTask t)
    {
        if (PageList.IsEmpty(m, t.Moved))
            return Actor.Finished;
        while (PageList.Last(m, t.Moved) is { IsNone: false } page)
        {
            PageList.Del(m, page);
            m.Pages[page.Value].Set(PageFlags.Lru);
            if (m.Pages[page.Value].Has(PageFlags.Active))
                Lru.AddPageToActiveList(m, page);
            else
                Lru.AddPageToInactiveList(m, page);
            PageRefs.PutPage(m, page);
        }
        Lru.LruAddDrain(m, t.Cpu);
        return Actor.Finished;
    }
}
