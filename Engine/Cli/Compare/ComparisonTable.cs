using System.Linq;
using MigrationConformance.Core;
using Spectre.Console;

namespace MigrationConformance.Cli.Compare;

/// <summary>A comparison on the terminal: a table of groups, and the stories of those that nobody claims.</summary>
internal static class ComparisonTable
{
    private const int MostStories = 5;

    /// <summary>Prints a comparison.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="report">The comparison.</param>
    public static void Print(TextOutput output, ComparisonReport report)
    {
        output.WriteLine(report.Headline, new Style(decoration: Decoration.Bold));
        output.WriteLine($"compared: {report.Machines}", Style.Plain);
        if (report.LeavesOut != "")
            output.WriteLine($"left out: {report.LeavesOut}", Style.Plain);
        if (report.Claims.NothingBecause is { } why)
            output.WriteLine($"no difference is meant: {why}", Style.Plain);
        if (report.Groups.Count > 0)
            output.Write(TableOf(report));
        if (report.Unseen.Count > 0)
            output.WriteLine($"claims that nothing was seen of: {string.Join(", ", report.Unseen.Select(claim => claim.Id))}", Style.Plain);
        Stories(output, report);
    }

    private static Table TableOf(ComparisonReport report)
    {
        Table table = new() { Border = TableBorder.Simple };
        table.AddColumn(new TableColumn("pages").RightAligned());
        table.AddColumn("what ends differently");
        table.AddColumn("claimed by");
        table.AddColumn("always true of them");
        foreach (DifferenceGroup group in report.Groups)
        {
            table.AddRow(
                new Text($"{group.Count:N0}"),
                new Text(group.Title),
                new Text(group.Claim?.Id ?? "UNCLAIMED", group.Claim is null ? new Style(Color.Maroon) : Style.Plain),
                new Text(ComparisonWords.Facts(group.Always) + (group.With.Count > 0 ? $"; with {string.Join(", ", group.With)}" : "")));
        }
        return table;
    }

    private static void Stories(TextOutput output, ComparisonReport report)
    {
        foreach (DifferenceGroup group in report.Unclaimed.Take(MostStories))
        {
            GroupStory story = new(report.Comparison, group);
            output.WriteLine($"unclaimed: {group.Title}", new Style(Color.Maroon));
            output.Plain.WriteLine($"  {string.Join("; ", group.Smallest.Differences.Select(ComparisonWords.Text))}");
            if (story.Note != "")
                output.Plain.WriteLine($"  {story.Note}");
            if (story.Scenario is { } scenario)
                output.Plain.WriteLine($"  {ScenarioWriter.ToText(scenario).Trim()}");
            Level(output, report.Comparison.Before, story.Before);
            Level(output, report.Comparison.After, story.After);
        }
        int more = report.Unclaimed.Count() - MostStories;
        if (more > 0)
            output.Plain.WriteLine($"and {more} unclaimed groups more; --html, --markdown and --json have all of them");
    }

    private static void Level(TextOutput output, PatchLevel level, LevelStory story)
    {
        foreach (string sentence in story.Sentences)
            output.Plain.WriteLine($"  {PatchSet.Word(level)}: {sentence}");
    }
}
