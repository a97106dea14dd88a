namespace MigrationConformance.Core;

/// <summary>page_count is the number of holders that the ledger names.</summary>
internal static class PageCountIsItsHolders
{
    public const string Name = "page count is its holders";

    public static Violation? Check(Machine m, Survey survey)
    {
        for (int page = 0; page < m.Pages.Count; page++)
        {
            if (m.Pages[page].Count != survey.Units[page])
                return new Violation(Name, $"page {page}: {Ledger.Describe(m, new Pfn(page))}", new Pfn(page));
        }
        return null;
    }
}
