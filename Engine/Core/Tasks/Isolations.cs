namespace MigrationConformance.Core;

/// <summary>Where the caller of a second migration stands.</summary>
internal enum IsolationStep
{
    /// <summary>lru_add_drain_all: what waits in pagevecs can be isolated then.</summary>
    Drain = 0,

    /// <summary>isolate_lru_page of the next frame that is on an LRU list.</summary>
    Isolate,
}

/// <summary>
/// The caller of a second migration: isolates up to <see cref="MostPages"/> pages of the LRU, lowest frame first, and becomes
/// their migration, to new pages of its own. <see cref="KernelTask.Address"/> is how many it has.
/// </summary>
/// <remarks>
/// Kernel: mm/vmscan.c isolate_lru_page(), mm/swap.c lru_add_drain_all(). Pages that another migration has isolated are not on
/// the LRU, so the two never have a page in common; they meet at its new pages. Deviation: the kernel's callers come by page tables,
/// with the page table lock held and the page mapped; this one comes by frame numbers.
/// </remarks>
internal static class Isolations
{
    public const int MostPages = 2;

    public static int Step(Machine m, ref KernelTask t) => (IsolationStep)t.Step switch
    {
        IsolationStep.Drain => Drain(m),
        IsolationStep.Isolate => Isolate(m, ref t),
        _ => throw new EngineFault(m, $"an isolation stands at step {t.Step}"),
    };

    private static int Drain(Machine m)
    {
        Lru.LruAddDrainAll(m);
        return (int)IsolationStep.Isolate;
    }

    private static int Isolate(Machine m, ref KernelTask t)
    {
        for (; t.Address < MostPages && t.Cursor < (ulong)m.Pages.Count; t.Cursor++)
        {
            int page = (int)t.Cursor;
            // Anonymous pages that were never mapped and freed ones are of no interest to a caller, who comes by page tables.
            if (!m.Pages[page].Has(PageFlags.Lru) || LruIsolation.IsolateLruPage(m, new Pfn(page)) == 0)
                continue;
            PageList.AddTail(m, new Pfn(page), t.From);
            t.Address++;
            t.Cursor++;
            return (int)IsolationStep.Isolate;
        }
        if (t.Address == 0)
            return Actor.Finished;
        t.Cursor = 0;
        t.Kind = TaskKind.Migration;
        return (int)MigrationStep.Begin;
    }
}
