using System.IO;
using System.Linq;
using MigrationConformance.Core;

namespace MigrationConformance.Cli.Compare;

/// <summary>A comparison as Markdown: for a description of a patch, or a review of it.</summary>
internal static class ComparisonMarkdown
{
    /// <summary>Writes a comparison.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="report">The comparison.</param>
    public static void Write(TextWriter output, ComparisonReport report)
    {
        output.Write($"# What changes between {report.Levels}\n\n{report.Headline}.\n\n");
        output.Write($"Compared: {report.Machines}.\n");
        if (report.LeavesOut != "")
            output.Write($"Left out: {report.LeavesOut}.\n");
        if (report.Claims.NothingBecause is { } why)
            output.Write($"\nNo difference is meant: {why}\n");
        if (report.Groups.Count > 0)
        {
            output.Write("\n| pages | what ends differently | claimed by |\n|---:|---|---|\n");
            foreach (DifferenceGroup group in report.Groups)
                output.Write($"| {group.Count:N0} | {group.Title} | {(group.Claim is { } claim ? claim.Id : "**unclaimed**")} |\n");
        }
        if (report.Unseen.Count > 0)
            output.Write($"\nClaims that nothing was seen of: {string.Join(", ", report.Unseen.Select(claim => claim.Id))}.\n");
        foreach (DifferenceGroup group in report.Groups)
            Group(output, report, group);
    }

    private static void Group(TextWriter output, ComparisonReport report, DifferenceGroup group)
    {
        GroupStory story = new(report.Comparison, group);
        output.Write($"\n## {char.ToUpperInvariant(group.Title[0])}{group.Title[1..]}\n\n");
        output.Write(group.Claim is { } claim ? $"{ComparisonReport.Number(group.Count, "page")}, claimed by {claim.Id}: {claim.Says}\n" : $"{ComparisonReport.Number(group.Count, "page")}, **unclaimed**.\n");
        if (ComparisonWords.Facts(group.Always) is { Length: > 0 } always)
            output.Write($"Always: {always}.\n");
        if (group.With.Count > 0)
            output.Write($"With: {string.Join("; ", group.With)}.\n");
        output.Write("\n| pages | difference |\n|---:|---|\n");
        foreach ((EndDifference difference, long count) in group.Differences)
            output.Write($"| {count:N0} | {ComparisonWords.Text(difference)} |\n");
        output.Write($"\nThe smallest machine{(story.Note == "" ? "" : $": {story.Note}")}\n");
        if (story.Scenario is { } scenario)
            output.Write($"\n```json\n{ScenarioWriter.ToText(scenario).Trim()}\n```\n");
        Level(output, report.Comparison.Before, story.Before);
        Level(output, report.Comparison.After, story.After);
    }

    private static void Level(TextWriter output, PatchLevel level, LevelStory story)
    {
        if (story.Sentences.Count == 0)
            return;
        output.Write($"\nAt `{PatchSet.Word(level)}`:\n\n");
        foreach (string sentence in story.Sentences)
            output.Write($"- {sentence}\n");
    }
}
