namespace MigrationConformance.Core;

/// <summary>No page on moved is mapped, locked by its migration, or on an LRU list.</summary>
internal static class MovedPagesAreAtRest
{
    public const string Name = "moved pages are at rest";

    public static Violation? Check(Machine m, Survey survey)
    {
        foreach (ref KernelTask t in m.Tasks.Rows)
        {
            if (t.Kind != TaskKind.Migration)
                continue;
            for (int page = m.Lists[t.Moved.Value].Next; page >= 0; page = m.Pages[page].Next)
            {
                ref Page p = ref m.Pages[page];
                if (p.Mapcount != 0 || p.Has(PageFlags.Lru) || !p.PageMapping.IsNone)
                    return new Violation(Name, $"page {page} is on moved with mapcount {p.Mapcount}, mapping {p.PageMapping}, flags {p.Flags}", new Pfn(page));
            }
        }
        return null;
    }
}
