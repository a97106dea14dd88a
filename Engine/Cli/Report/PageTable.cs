using System.IO;
using MigrationConformance.Core;

namespace MigrationConformance.Cli;

/// <summary>What became of each page: one a line, in the order of <c>from</c>, in columns.</summary>
internal static class PageTable
{
    private const string Columns = "{0,9}  {1,-22}  {2,9}  {3,4}  {4,-42}  {5,-34}  {6}";

    /// <summary>Prints the pages of a run.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="result">The run.</param>
    public static void Print(TextWriter output, MigrationResult result)
    {
        PageLabels labels = new(result.Run);
        Line(output, "page", "outcome", "new page", "pass", "at step", "what", "why");
        foreach (PageOutcome page in result.Pages)
        {
            Line(output,
                $"{page.Page.Value}",
                Words.Of(page.Fate),
                page.Newpage.IsNone ? "" : $"{page.Newpage.Value}",
                page.Attempted ? $"{page.Pass}" : "",
                Words.Of(page.Step),
                labels.Of(page.Page),
                Words.Of(page.Reason));
        }
    }

    private static void Line(TextWriter output, params object[] cells) => output.WriteLine(string.Format(Columns, cells).TrimEnd());
}
