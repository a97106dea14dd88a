namespace MigrationConformance.Core;

/// <summary>page_mapcount is the number of present page table entries.</summary>
internal static class MapcountIsItsEntries
{
    public const string Name = "mapcount is its entries";

    public static Violation? Check(Machine m, Survey survey)
    {
        for (int page = 0; page < m.Pages.Count; page++)
        {
            if (m.Pages[page].Mapcount != survey.Entries[page])
                return new Violation(Name, $"page {page}: {Ledger.DescribeMapcount(m, new Pfn(page))}", new Pfn(page));
        }
        return null;
    }
}
