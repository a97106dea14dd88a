namespace MigrationConformance.Core;

/// <summary>The tags of a slot say what the page's flags say.</summary>
internal static class TagsAgree
{
    public const string Name = "tags agree with flags";

    public static Violation? Check(Machine m, Survey survey)
    {
        for (int mapping = 0; mapping < m.Mappings.Count; mapping++)
        {
            ref RadixRoot root = ref m.Mappings[mapping].PageTree;
            var items = new TreeCursor(m, root);
            while (items.Next())
            {
                ref Page p = ref m.Pages[items.Item];
                bool writeback = RadixTree.TagGet(m, root, items.Index, PagecacheTag.Writeback);
                if (writeback != p.Has(PageFlags.Writeback))
                    return Wrong("WRITEBACK", "PG_writeback", mapping, items.Index, items.Item, writeback);
                // PG_dirty says more than the tag in swapper_space, where add_to_swap sets it alone; the tag says more than
                // PG_dirty in a file, where a synchronous writepage leaves it.
                bool dirty = RadixTree.TagGet(m, root, items.Index, PagecacheTag.Dirty);
                bool wrong = mapping > 0 ? p.Has(PageFlags.Dirty) && !dirty : dirty && !p.Has(PageFlags.Dirty) && !OnItsWay(m, items.Item);
                if (wrong)
                    return Wrong("DIRTY", "PG_dirty", mapping, items.Index, items.Item, dirty);
            }
        }
        return null;
    }

    // From step 11 to 15 the slot's tag is still the old page's; and before its writepage a page is not dirty any more.
    private static bool OnItsWay(Machine m, int page)
    {
        foreach (ref KernelTask t in m.Tasks.Rows)
        {
            if (t.Newpage.Value == page && StepOrder.IsBetween(t, MigrationStep.DropTreeReference, MigrationStep.TransferDirty))
                return true;
            bool writes = StepOrder.IsAt(t, MigrationStep.Writepage) || (TaskLocals.Reclaims(t) && t.Step == (int)ReclaimStep.Writepage);
            if (t.Page.Value == page && writes)
                return true;
        }
        return false;
    }

    private static Violation Wrong(string tag, string flag, int mapping, ulong index, int page, bool on) =>
        new(Name, $"{new MappingId(mapping)} at {index} {(on ? "has" : "lacks")} the tag {tag}, page {page} {(on ? "lacks" : "has")} {flag}", new Pfn(page));
}
