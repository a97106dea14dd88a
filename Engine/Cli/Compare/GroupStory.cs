using System.Collections.Generic;
using System.Linq;
using System.Text;
using MigrationConformance.Core;

namespace MigrationConformance.Cli.Compare;

/// <summary>The smallest machine of a group, with what each level does to its page: sentences, and the machine's text at the end.</summary>
internal sealed class GroupStory
{
    // A machine of more pages is told by the one page that the group is about, cut out of it.
    private const int MostPages = 8;

    private readonly Comparison comparison;

    /// <summary>Tells the story of a group.</summary>
    /// <param name="comparison">The levels.</param>
    /// <param name="group">The group.</param>
    public GroupStory(Comparison comparison, DifferenceGroup group)
    {
        this.comparison = comparison;
        DifferenceCase each = group.Smallest;
        Scenario = each.Smallest.Built.Scenario;
        Page = each.Page;
        if (each.Smallest.Built.Machine.Pages.Count - each.Smallest.Built.FromPages.Length > MostPages)
            CutOut(each);
        Before = Tell(comparison.Before);
        After = Tell(comparison.After);
    }

    /// <summary>The machine, or null where it is too large to be told.</summary>
    public Scenario? Scenario { get; private set; }

    /// <summary>The page that the group is about; none for a call.</summary>
    public Pfn Page { get; private set; }

    /// <summary>What is said about a machine that was cut out of a larger one; empty otherwise.</summary>
    public string Note { get; private set; } = "";

    /// <summary>What the first level does.</summary>
    public LevelStory Before { get; }

    /// <summary>What the second level does.</summary>
    public LevelStory After { get; }

    // The page alone has to end differently in the same way, or it is not the same story.
    private void CutOut(DifferenceCase each)
    {
        Note = $"{each.Page} of a machine of {each.Smallest.Built.Machine.Pages.Count:N0} page frames";
        Scenario? slice = each.Page.IsNone ? null : ScenarioSlice.Of(each.Smallest.Built, each.Page);
        if (slice is not null && SameStory(slice, each))
        {
            Note += ", cut out of it";
            Scenario = slice;
            Page = new Pfn(0);
        }
        else
            Scenario = null;
    }

    private bool SameStory(Scenario slice, DifferenceCase each)
    {
        try
        {
            LevelComparer comparer = new(comparison.Before, comparison.After);
            comparer.Compare(new EnumeratedMachine(ScenarioBuilder.Build(slice), 0, 0));
            HashSet<EndDifference> mine = [.. each.Differences.Where(Own)];
            return comparer.Comparisons[0].Cases.Any(found => mine.SetEquals(found.Differences.Where(Own)));
        }
        catch (ScenarioException)
        {
            return false;
        }
    }

    // Alone, a page may be met in another pass, and its call answers for it only.
    private static bool Own(EndDifference difference) => difference.Aspect is not (Aspect.Pass or Aspect.Result or Aspect.Mappings) and (< Aspect.Passes);

    private LevelStory Tell(PatchLevel level) => Scenario is null ? new LevelStory([], "", "") : LevelStory.Of(Scenario with { Patch = level }, Page);
}

/// <summary>What one level does to a page.</summary>
/// <param name="Sentences">A sentence a pass, and one for the end.</param>
/// <param name="Trees">The trees at the end, as text that can be drawn.</param>
/// <param name="Lists">The lists at the end, as text that can be drawn.</param>
internal sealed record LevelStory(IReadOnlyList<string> Sentences, string Trees, string Lists)
{
    /// <summary>Runs a scenario and tells what becomes of a page.</summary>
    /// <param name="scenario">The scenario, at its level.</param>
    /// <param name="page">The page; none for what becomes of all pages.</param>
    public static LevelStory Of(Scenario scenario, Pfn page)
    {
        ScenarioMachine run = ScenarioBuilder.Build(scenario);
        Pfn told = page.IsNone && run.FromPages.Length > 0 ? run.FromPages[0] : page;
        List<string> sentences = [];
        MigrationResult result;
        if (told.IsNone)
            result = MigrationRun.Run(run);
        else
        {
            Story story = new(run.Machine, told, new WatchedEntries(run, told), mapping => mapping.ToString());
            StoryObserver observer = new(story);
            result = MigrationRun.Run(run, ref observer);
            if (!page.IsNone)
                sentences.AddRange(story.Grouped().Select(pass => Sentence(pass.Passes, pass.Events)));
        }
        sentences.Add(Ending(result, page));
        MachineView view = new(run);
        return new LevelStory(sentences, TreeText.OfAll(view), ListsText.Of(view));
    }

    private static string Sentence(string passes, List<StoryEvent> events)
    {
        StringBuilder text = new(char.ToUpperInvariant(passes[0]) + passes[1..] + ": ");
        text.AppendJoin(". ", events.Where(what => what.Text != "").Select(what => $"{Words.Of(what.Step).TrimStart(' ', '-')}: {what.Text}"));
        return text.Append('.').ToString();
    }

    private static string Ending(MigrationResult result, Pfn page)
    {
        IEnumerable<string> pages = result.Pages.Where(each => page.IsNone || each.Page == page).Select(each =>
            $"{each.Page} {Words.Of(each.Fate)}" + (each.Newpage.IsNone ? "" : $" to {each.Newpage}") + (each.Reason == BackOutReason.None ? "" : $" ({Words.Of(each.Reason)})"));
        string end = Summary.Finding(result) ?? $"migrate_pages returned {result.Task.Result} after {ComparisonReport.Number(result.Passes, "pass").Replace("passs", "passes")}";
        return $"At the end: {string.Join("; ", pages)}; {end}.";
    }
}
