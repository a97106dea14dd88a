namespace MigrationConformance.Core;

/// <summary>Somebody who holds references of a page.</summary>
/// <param name="Who">In words.</param>
/// <param name="References">How many, at least 1.</param>
public readonly record struct PageHolder(string Who, int References);

/// <summary>Finds out who holds the references of a page, by looking where each of them is recorded.</summary>
public static class PageHolders
{
    // More entries than this are only counted; naming each would need a walk over all of them at every step.
    private const int EntriesToName = 1 << 16;

    /// <summary>The holders of a page.</summary>
    /// <param name="view">The machine.</param>
    /// <param name="page">The page.</param>
    /// <returns>Tree, entries, buffers, isolation, pagevecs, the migration itself and others, in this order.</returns>
    public static IReadOnlyList<PageHolder> Of(MachineView view, Pfn page)
    {
        Machine m = view.Machine;
        Page p = m.Pages[page.Value];
        var holders = new List<PageHolder>();
        if (p.PageMapping is { IsNone: false } mapping && RadixTree.Lookup(m, m.Mappings[mapping.Value].PageTree, p.PageIndex) == page.Value)
            holders.Add(new($"tree of {MachineView.Mapping(mapping)} at {RenderWords.Hex(p.PageIndex)}", 1));
        AddEntries(holders, m, page);
        if (p.Has(PageFlags.Private))
            holders.Add(new("buffers", 1));
        AddList(holders, view, page);
        AddMigration(holders, view, page);
        AddOthers(holders, m, page);
        return holders;
    }

    private static void AddEntries(List<PageHolder> holders, Machine m, Pfn page)
    {
        int mapcount = m.Pages[page.Value].Mapcount;
        if (m.Ptes.Count > EntriesToName)
        {
            if (mapcount > 0)
                holders.Add(new("page table entries", mapcount));
            return;
        }
        for (int mm = 0; mm < m.Mms.Count; mm++)
        {
            foreach ((ulong address, Pte pte) in PageTables.Entries(m, new MmId(mm)))
            {
                if (pte.IsPresent && pte.Page == page)
                    holders.Add(new(FormattableString.Invariant($"process {mm} at 0x{address:x}"), 1));
            }
        }
    }

    // Being on an LRU list holds no reference; being off it for the migration holds one, and so does a pagevec.
    private static void AddList(List<PageHolder> holders, MachineView view, Pfn page)
    {
        string list = view.ListOf(page);
        bool pagevec = list.StartsWith("lru_add", StringComparison.Ordinal);
        if (list == "to")
            holders.Add(new("allocation", 1));
        else if (pagevec)
            holders.Add(new($"pagevec {list}", 1));
        else if (list is "from" or "moved" or "failed" or "others")
            holders.Add(new("isolation", 1));
    }

    // Between two steps the tree's reference exists before the slot does, or after it is gone.
    private static void AddMigration(List<PageHolder> holders, MachineView view, Pfn page)
    {
        if (view.Migration.Value < 0)
            return;
        ref KernelTask t = ref view.Machine.Tasks[view.Migration.Value];
        if (t.Step == (int)MigrationStep.SwitchSlot && t.Newpage == page)
            holders.Add(new("migration for step 11", 1));
        if (t.Step == (int)MigrationStep.DropTreeReference && t.Page == page)
            holders.Add(new("migration until step 12", 1));
    }

    private static void AddOthers(List<PageHolder> holders, Machine m, Pfn page)
    {
        int row = RadixTree.Lookup(m, m.Globals.HoldsOfPage, (ulong)page.Value);
        for (; row >= 0; row = m.Holds[row].Next)
        {
            if (m.Holds[row].Kind == HoldKind.Reference)
                holders.Add(new($"others until {RenderWords.UntilWhen(m.Holds[row].Until)}", 1));
        }
    }
}
