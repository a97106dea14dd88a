using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.IO;
using System.Linq;
using MigrationConformance.Core;

namespace MigrationConformance.Cli;

/// <summary>The verb <c>explain</c>: the story of one page.</summary>
internal static class ExplainVerb
{
    private const string After =
        """
        Examples:
          migration-conformance explain machine.json --page 12
          migration-conformance explain machine.json --page 12 --patch before
          migration-conformance migrate machine.json --pages     to find a page to ask about

        Tells who holds the page, then each step that works on it, what the step changes, and why the page left.
        Passes that repeat the one before are told once.
        """;

    /// <summary>Makes the verb.</summary>
    /// <returns>The verb with its options and help.</returns>
    public static Command Make()
    {
        Argument<string> file = new("FILE") { Description = "A scenario; - is standard input." };
        Option<string> page = new("--page") { Description = "The number of the page, from 0.", HelpName = "N", Required = true };
        Option<PatchLevel?> patch = PatchOption.Make();
        Command verb = new("explain", "Tell the story of one page of a scenario, step by step.") { file, page, patch };
        HelpWithExamples.Add(verb, After);
        verb.SetAction(parsed => Run(ScenarioInput.PathOf(parsed.GetRequiredValue(file)), parsed.GetRequiredValue(page), parsed.GetValue(patch)));
        return verb;
    }

    /// <summary>Runs a scenario and tells the story of a page.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="run">The machine; the run changes it.</param>
    /// <param name="page">The page.</param>
    /// <returns>How the run ended.</returns>
    public static MigrationResult Tell(TextWriter output, ScenarioMachine run, Pfn page)
    {
        Machine m = run.Machine;
        Holders holders = new(run);
        WatchedEntries entries = new(run, page);
        output.WriteLine($"{page}: {new PageLabels(run).Of(page)}");
        Indented(output, holders.Describe(page, entries));
        Story story = new(m, page, entries, holders.NameOf);
        StoryObserver observer = new(story);
        MigrationResult result = MigrationRun.Run(run, ref observer);
        if (story.Passes.Count == 0)
            output.WriteLine(result.Call is null ? "\nmigrate_pages does not touch it" : "\nthe call does not touch it");
        foreach ((string passes, List<StoryEvent> events) in story.Grouped())
        {
            output.WriteLine($"\n{passes}");
            foreach (StoryEvent what in events)
                output.WriteLine($"  {Words.Of(what.Step),-42} {what.Text}".TrimEnd());
        }
        output.WriteLine($"\nat the end: {Ending(result, page)}");
        Indented(output, holders.Describe(page, entries));
        return result;
    }

    private static int Run(string path, string number, PatchLevel? patch)
    {
        if (!int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int page))
            throw new UserError($"--page {number}: expected the number of a page, from 0");
        Scenario scenario = ScenarioInput.Read(path);
        if (patch is { } level)
            scenario = scenario with { Patch = level };
        ScenarioMachine run = ScenarioInput.Build(path, scenario);
        if (page >= run.Machine.Pages.Count)
            throw new UserError($"--page {number}: expected a page of the scenario, 0 to {run.Machine.Pages.Count - 1}");
        using TextOutput output = TextOutput.Standard();
        MigrationResult result = Tell(output.Plain, run, new Pfn(page));
        return result.End == StepResult.Finished ? ExitCode.Fine : ExitCode.Finding;
    }

    private static void Indented(TextWriter output, IEnumerable<string> lines)
    {
        foreach (string line in lines)
            output.WriteLine($"  {line}");
    }

    private static string Ending(MigrationResult result, Pfn page)
    {
        string outcome = result.Call is null ? "not on from" : "not isolated";
        foreach (PageOutcome each in result.Pages)
        {
            if (each.Page == page)
                outcome = Words.Of(each.Fate) + (each.Newpage.IsNone ? "" : $" to {each.Newpage}") + (each.Reason == BackOutReason.None ? "" : $": {Words.Of(each.Reason)}");
        }
        return Summary.Finding(result) is { } finding ? $"{outcome}; {finding}" : outcome;
    }
}
