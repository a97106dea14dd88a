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
                // Not for swapper_space: add_to_swap sets PG_dirty without the tag. A tag without the flag is what a
                // synchronous writepage leaves; and a locked page can be half way from one page to the other.
                bool dirty = RadixTree.TagGet(m, root, items.Index, PagecacheTag.Dirty);
                if (mapping > 0 && p.Has(PageFlags.Dirty) && !dirty && !p.Has(PageFlags.Locked))
                    return Wrong("DIRTY", "PG_dirty", mapping, items.Index, items.Item, dirty);
            }
        }
        return null;
    }

    private static Violation Wrong(string tag, string flag, int mapping, ulong index, int page, bool on) =>
        new(Name, $"{new MappingId(mapping)} at {index} {(on ? "has" : "lacks")} the tag {tag}, page {page} {(on ? "lacks" : "has")} {flag}", new Pfn(page));
}
