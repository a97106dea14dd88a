namespace MigrationConformance.Properties.Naive;

/// <summary>Which tree a page belongs to, and how it leaves that of a file.</summary>
internal sealed partial class Kernel
{
    private Mapping? PageMapping(Page page) => page.Has(Flag.SwapCache) ? _world.Swapper : page.Owner as Mapping;

    private static ulong PageIndex(Page page) => page.Has(Flag.SwapCache) ? page.Private : page.Index;

    private static bool IsPageCacheFreeable(Page page) => page.Count - (page.Has(Flag.Private) ? 1 : 0) == 2;

    private void RemoveFromPageCache(Page page)
    {
        BugIf(!page.Has(Flag.Locked), "RemoveFromPageCachePageNotLocked", "remove_from_page_cache", page);
        var mapping = (Mapping)page.Owner!;
        NeedTree(mapping);
        mapping.Delete(page.Index);
        page.Owner = null;
    }
}
