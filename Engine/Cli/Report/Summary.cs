using System.Collections.Generic;
using System.Linq;
using MigrationConformance.Core;
using Spectre.Console;

namespace MigrationConformance.Cli;

/// <summary>A run in one screen: the headline, and how many pages ended how, at which step and why.</summary>
internal static class Summary
{
    // The columns this wide that the table needs for one line a row.
    private const int WideTable = 170;

    /// <summary>Prints a run.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="result">The run.</param>
    public static void Print(TextOutput output, MigrationResult result)
    {
        if (result.Run.Scenario.Title is { } title)
            output.WriteLine(title, new Style(decoration: Decoration.Bold));
        if (result.Call is { } call)
        {
            foreach (string line in CallSummary.Lines(result, call, Level(result)))
                output.WriteLine(line, Style.Plain);
        }
        else
            output.WriteLine(Headline(result), Style.Plain);
        if (Finding(result) is { } finding)
            output.WriteLine(finding, new Style(Color.Maroon));
        if (result.Pages.Length > 0)
            output.Write(output.Width >= WideTable ? WideTableOf(result) : NarrowTableOf(result));
    }

    /// <summary>What a run that did not return ended in.</summary>
    /// <param name="result">The run.</param>
    /// <returns>One sentence, or null for a run that returned.</returns>
    public static string? Finding(MigrationResult result)
    {
        KernelTask task = result.Task;
        BugRecord bug = result.Run.Machine.Bug;
        return result.End switch
        {
            StepResult.Blocked => $"blocked for ever{Pass(task)} at step \"{Words.Of((MigrationStep)task.Step).Trim()}\""
                + $"{About(task.Page)}: waits for {Words.Of(task.WaitsFor, task.WaitsForNumber)}",
            StepResult.Bug => $"kernel BUG in {KernelBugChecks.Function(bug.Check)}{About(bug.Page)}: {bug.Check},"
                + $"{Pass(task)} at step \"{Words.Of((MigrationStep)bug.Step).Trim()}\"",
            _ => null,
        };
    }

    private static string Headline(MigrationResult result)
    {
        SortedDictionary<PageFate, int> fates = [];
        foreach (PageOutcome page in result.Pages)
            fates[page.Fate] = fates.GetValueOrDefault(page.Fate) + 1;
        int migrated = fates.GetValueOrDefault(PageFate.Migrated);
        int gone = fates.GetValueOrDefault(PageFate.Freed) + fates.GetValueOrDefault(PageFate.SwappedOut);
        int failed = fates.GetValueOrDefault(PageFate.Failed);
        string returned = result.End == StepResult.Finished ? $"returned {result.Task.Result:N0}" : "did not return";
        return $"migrate_pages {Level(result)}: {Pages(result.Pages.Length)} on from, {migrated:N0} migrated"
            + (gone > 0 ? $", {gone:N0} swapped out or freed" : "")
            + (failed > 0 ? $", {failed:N0} failed" : "")
            + $", {result.Pages.Length - migrated - gone - failed:N0} left; {returned} after {result.Passes} {(result.Passes == 1 ? "pass" : "passes")}";
    }

    // Around its calls of migrate_pages a system call is in no pass.
    private static string Pass(in KernelTask task) => task.Step >= (int)PolicyStep.CheckArguments ? "" : $" in pass {task.Pass}";

    private static string Level(MigrationResult result) => result.Run.Machine.Globals.Patch switch
    {
        PatchLevel.Before => "before the patch",
        PatchLevel.V9 => "at Direct Migration V9",
        PatchLevel other => $"at level {PatchSet.Word(other)}",
    };

    private static Table NewTable()
    {
        Table table = new() { Border = TableBorder.Simple };
        table.AddColumn(new TableColumn("pages").RightAligned());
        table.AddColumn("outcome");
        table.AddColumn(new TableColumn("passes").RightAligned());
        return table;
    }

    private static Table WideTableOf(MigrationResult result)
    {
        Table table = NewTable();
        table.AddColumn("at step");
        table.AddColumn("why");
        table.AddColumn("of which");
        foreach (Row row in RowsOf(result))
        {
            table.AddRow(
                new Text($"{row.Pages:N0}"),
                new Text(Words.Of(row.Fate), ColourOf(row.Fate)),
                new Text(row.PassesText),
                new Text(Words.Of(row.Step)),
                new Text(Words.Of(row.Reason)),
                new Text(row.KindsText));
        }
        return table;
    }

    // Three columns in one, one below the other.
    private static Table NarrowTableOf(MigrationResult result)
    {
        Table table = NewTable();
        table.AddColumn("at step, why, and which");
        foreach (Row row in RowsOf(result))
        {
            string why = Words.Of(row.Reason);
            table.AddRow(
                new Text($"{row.Pages:N0}"),
                new Text(Words.Of(row.Fate), ColourOf(row.Fate)),
                new Text(row.PassesText),
                new Text($"{Words.Of(row.Step)}\n{(why == "" ? "" : $"{why}\n")}{row.KindsText}"));
        }
        return table;
    }

    // Counts by outcome, step and reason: first what was migrated, then the larger counts first.
    private static List<Row> RowsOf(MigrationResult result)
    {
        Dictionary<(PageFate, MigrationStep, BackOutReason), Row> rows = [];
        PageLabels labels = new(result.Run);
        foreach (PageOutcome page in result.Pages)
        {
            (PageFate, MigrationStep, BackOutReason) key = (page.Fate, page.Step, page.Reason);
            if (!rows.TryGetValue(key, out Row? row))
                rows.Add(key, row = new Row(page.Fate, page.Step, page.Reason));
            row.Add(page.Pass, labels.KindOf(page.Page));
        }
        List<Row> sorted = [.. rows.Values];
        sorted.Sort();
        return sorted;
    }

    private static Style ColourOf(PageFate fate) => new(fate switch
    {
        PageFate.Migrated => Color.Green,
        PageFate.SwappedOut or PageFate.Freed => Color.Olive,
        PageFate.Failed or PageFate.UnderWay => Color.Maroon,
        _ => Color.Default,
    });

    private static string Pages(int number) => $"{number:N0} {(number == 1 ? "page" : "pages")}";

    private static string About(Pfn page) => page.IsNone ? "" : $", {page}";

    private sealed class Row(PageFate fate, MigrationStep step, BackOutReason reason) : System.IComparable<Row>
    {
        private readonly Dictionary<string, int> kinds = [];
        private int firstPass = int.MaxValue, lastPass = -1;

        public PageFate Fate => fate;

        public MigrationStep Step => step;

        public BackOutReason Reason => reason;

        public int Pages { get; private set; }

        /// <summary>The passes of the last attempts, or nothing when there was none.</summary>
        public string PassesText => lastPass < 0 ? "" : firstPass == lastPass ? $"{lastPass}" : $"{firstPass}-{lastPass}";

        /// <summary>How many of them are of each kind, the most first.</summary>
        public string KindsText => string.Join(", ", kinds.OrderByDescending(kind => kind.Value).ThenBy(kind => kind.Key).Select(kind => $"{kind.Value:N0} {kind.Key}"));

        public void Add(int pass, string kind)
        {
            Pages++;
            kinds[kind] = kinds.GetValueOrDefault(kind) + 1;
            firstPass = System.Math.Min(firstPass, pass);
            lastPass = System.Math.Max(lastPass, pass);
        }

        public int CompareTo(Row? other)
        {
            if (other is null)
                return 1;
            bool mine = fate == PageFate.Migrated, others = other.Fate == PageFate.Migrated;
            return mine != others ? (mine ? -1 : 1)
                : Pages != other.Pages ? other.Pages.CompareTo(Pages)
                : (fate, step, reason).CompareTo((other.Fate, other.Step, other.Reason));
        }
    }
}
