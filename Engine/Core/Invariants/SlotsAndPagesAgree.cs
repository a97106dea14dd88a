namespace MigrationConformance.Core;

/// <summary>A tree's slot holds a page that says so: mapping and index of page cache, entry of swap cache; and the other way round.</summary>
internal static class SlotsAndPagesAgree
{
    public const string Name = "slots and pages agree";

    public static Violation? Check(Machine m, Survey survey)
    {
        for (int mapping = 0; mapping < m.Mappings.Count; mapping++)
        {
            int pages = 0;
            var items = new TreeCursor(m, m.Mappings[mapping].PageTree);
            while (items.Next())
            {
                pages++;
                if (WrongItem(m, new MappingId(mapping), items.Index, items.Item) is { } wrong)
                    return wrong;
            }
            if (pages != m.Mappings[mapping].Nrpages)
                return new Violation(Name, $"{new MappingId(mapping)} has {pages} pages, nrpages is {m.Mappings[mapping].Nrpages}", Pfn.None);
        }
        for (int page = 0; page < m.Pages.Count; page++)
        {
            MappingId mapping = m.Pages[page].PageMapping;
            if (mapping.IsNone || Between(m, page))
                continue;
            if (mapping.Value < 0 || mapping.Value >= m.Mappings.Count)
                return new Violation(Name, $"page {page} claims {mapping}, which does not exist", new Pfn(page));
            ulong index = m.Pages[page].PageIndex;
            if (RadixTree.Lookup(m, m.Mappings[mapping.Value].PageTree, index) != page)
                return new Violation(Name, $"page {page} claims {mapping} at {index}, which does not hold it", new Pfn(page));
        }
        return null;
    }

    private static Violation? WrongItem(Machine m, MappingId mapping, ulong index, int page)
    {
        if (page < 0 || page >= m.Pages.Count)
            return new Violation(Name, $"{mapping} at {index} holds page {page}, which does not exist", Pfn.None);
        ref Page p = ref m.Pages[page];
        return p.PageMapping == mapping && p.PageIndex == index
            ? null
            : new Violation(Name, $"{mapping} at {index} holds page {page}, which claims {p.PageMapping} at {p.PageIndex}", new Pfn(page));
    }

    // From step 10 to 11 the new page claims the slot that the old one has, from 11 to 16 the old one the new one's.
    private static bool Between(Machine m, int page)
    {
        foreach (ref KernelTask t in m.Tasks.Rows)
        {
            if (t.Newpage.Value == page && StepOrder.IsAt(t, MigrationStep.SwitchSlot))
                return true;
            if (t.Page.Value == page && StepOrder.IsBetween(t, MigrationStep.DropTreeReference, MigrationStep.ClearOldPage))
                return true;
        }
        return false;
    }
}
