using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>
/// The first of all small runs, in one fixed order, that breaks a rule: machines of one page and no actor, of two pages, then
/// every interleaving of one actor, then of two of the failing run's. Shrinking alone ends where nothing more can be taken away from the run that
/// happened to fail; this does not depend on it, so the same defect is always told by the same run.
/// </summary>
public static class Smallest
{
    // Beyond two features, or two actors on one page, a search would take longer than anybody waits for a message.
    private const int MostFeatures = 2, MostFeaturesOfCalls = 3, MostStates = 60_000, MostStatesOfPairs = 120_000;

    /// <summary>The first run that fails when nobody acts beside the migration.</summary>
    /// <param name="kind">The <see cref="Failure.Kind"/>.</param>
    /// <param name="level">The level.</param>
    /// <param name="call">Whether a system call collects the pages.</param>
    /// <param name="check">Finds out what is wrong with a run.</param>
    /// <returns>The run, or null when no machine of the enumeration fails in that way.</returns>
    public static Interleaved? Alone(string kind, PatchLevel level, bool call, RunCheck check)
    {
        for (int features = 0; features <= (call ? MostFeaturesOfCalls : MostFeatures); features++)
        {
            var enumeration = new Enumeration(features);
            for (int chunk = 0; chunk < enumeration.Chunks; chunk++)
            {
                if (enumeration.MakesCall(chunk) != call)
                    continue;
                foreach (EnumeratedMachine machine in enumeration.Walk(chunk).Where(machine => machine.Features == features))
                {
                    var run = new Interleaved(machine.Built.Scenario with { Patch = level }, [], []);
                    if (Shrinker.Fails(run, kind, check))
                        return run;
                }
            }
        }
        return null;
    }

    /// <summary>The shortest schedule, of the first kind of page and actor for which there is one.</summary>
    /// <param name="kind">The <see cref="Failure.Kind"/>.</param>
    /// <param name="level">The level.</param>
    /// <param name="among">The kinds of two actors that are tried together; empty tries every actor alone.</param>
    /// <param name="check">Finds out what is wrong with a run.</param>
    /// <param name="stepper">Makes the steps of the check.</param>
    /// <returns>The run, or null when no interleaving breaks the rule.</returns>
    public static Interleaved? Between(string kind, PatchLevel level, IReadOnlyList<TaskKind> among, RunCheck check, IStepper stepper)
    {
        foreach (PageKind page in Enum.GetValues<PageKind>())
        {
            SmallActor[] possible = [.. Enum.GetValues<SmallActor>().Where(actor => SmallMachines.Possible(page, actor))];
            SmallActor[] chosen = [.. possible.Where(actor => among.Contains(SmallMachines.Actor(actor).Kind))];
            SmallActor[][] choices = among.Count == 0
                ? [.. possible.Select(actor => new[] { actor })]
                : [.. from first in chosen from second in chosen where first <= second select new[] { first, second }];
            foreach (SmallActor[] choice in choices)
            {
                var start = new Interleaved(SmallMachines.Scenario(page) with { Patch = level }, [.. choice.Select(SmallMachines.Actor)], []);
                if (ShortestSchedule(start, kind, stepper, among.Count == 0 ? MostStates : MostStatesOfPairs) is { } schedule
                    && start with { Schedule = [.. schedule] } is var run && Shrinker.Fails(run, kind, check))
                    return run;
            }
        }
        return null;
    }

    private static int[]? ShortestSchedule(Interleaved start, string kind, IStepper stepper, int mostStates)
    {
        // Which BUG it is, the search does not ask.
        string rule = kind.Split(": ")[0];
        var nothing = default(NoVisitor);
        SearchReport report = StateSpace.Search(start.Build().Machine, stepper, ref nothing, mostStates, NoBug.IsKnown, rule);
        bool found = report.Violation is not null || (report.Deadlock is not null && rule == CheckedRun.NoDeadlock);
        return found ? report.Schedule : null;
    }
}
