namespace MigrationConformance.Core;

/// <summary>Nothing names a page whose count is 0, and it has no state that a free page must not have.</summary>
internal static class FreedPagesAreUnreferenced
{
    public const string Name = "freed pages are unreferenced";

    public static Violation? Check(Machine m, Survey survey)
    {
        const PageFlags Owned = PageFlags.Lru | PageFlags.Private | PageFlags.Locked | PageFlags.SwapCache | PageFlags.Writeback;
        for (int page = 0; page < m.Pages.Count; page++)
        {
            ref Page p = ref m.Pages[page];
            if (p.Count < 0)
                return new Violation(Name, $"page {page}: {Ledger.Describe(m, new Pfn(page))}", new Pfn(page));
            if (p.Count == 0 && (p.Mapcount != 0 || !p.Mapping.IsNull || p.Has(Owned) || p.Next != ListHead.Unlinked))
                return new Violation(Name, $"page {page} is free with mapcount {p.Mapcount}, mapping {p.Mapping}, flags {p.Flags}", new Pfn(page));
        }
        return null;
    }
}
