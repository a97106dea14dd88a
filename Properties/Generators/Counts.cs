using CsCheck;
using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>Counts over fixed draws of each generator: what they reach, and how often.</summary>
internal static class Counts
{
    private const int Runs = 4_000;

    /// <summary>Migrations alone: classes of pages, outcomes and reasons, of all pages.</summary>
    public static Tally Pages(Gen<MachineDraw> gen, uint stream)
    {
        var tally = new Tally("pages");
        int run = 0;
        foreach (MachineDraw draw in FixedDraws.Of(gen, stream, Runs))
        {
            Scenario scenario = Drawn.Scenario(draw);
            tally.Of += draw.Pages.Length;
            for (int page = 0; page < draw.Pages.Length; page++)
            {
                var view = new PageView(scenario, page);
                foreach ((string name, _, _) in PageClasses.All.Where(c => c.Is(view)))
                    tally.Count($"state: {name}");
            }
            var watch = new Reasons(tally, "");
            MigrationResult result = MigrationRun.Run(ScenarioBuilder.Build(scenario), ref watch);
            // Ways out that later levels bring: the same machines again, half of them at the last level, the others at the levels in turn.
            var later = new Reasons(tally, "later level, ");
            MigrationRun.Run(ScenarioBuilder.Build(scenario with { Patch = run++ % 2 == 0 ? PatchSet.Last : (PatchLevel)(run / 2 % ((int)PatchSet.Last + 1)) }), ref later);
            foreach (PageOutcome outcome in result.Pages)
                tally.Count($"outcome: {outcome.Fate}");
            tally.Count($"end: {result.End}");
        }
        return tally;
    }

    /// <summary>Classes of machines.</summary>
    public static Tally Machines(Gen<MachineDraw> gen, uint stream)
    {
        var tally = new Tally("machines");
        foreach (MachineDraw draw in FixedDraws.Of(gen, stream, Runs))
        {
            Scenario scenario = Drawn.Scenario(draw);
            tally.Of++;
            Machine m = ScenarioBuilder.Build(scenario).Machine;
            foreach ((string name, _, _) in MachineClasses.All.Where(c => c.Is(scenario, m)))
                tally.Count(name);
        }
        return tally;
    }

    /// <summary>Calls alone: which, and how they end.</summary>
    public static Tally Calls(Gen<Scenario> gen, uint stream)
    {
        var tally = new Tally("calls");
        foreach (Scenario scenario in FixedDraws.Of(gen, stream, 2 * Runs))
        {
            tally.Of++;
            var view = new CallView(scenario, MigrationRun.Run(ScenarioBuilder.Build(scenario)));
            foreach ((string name, _, _) in CallClasses.All.Where(c => c.Is(view)))
                tally.Count(name);
        }
        return tally;
    }

    /// <summary>Migrations with one to three actors: how many, which, what they meet, how it ends, of all runs; and the steps that actors took.</summary>
    public static (Tally Tally, SortedSet<string> Steps) Interleaved(Gen<Interleaved> gen, uint stream)
    {
        var taken = new SortedSet<string>(StringComparer.Ordinal);
        var tally = new Tally("runs");
        foreach (Interleaved run in FixedDraws.Of(gen, stream, Runs))
        {
            tally.Of++;
            tally.Count($"actors: {run.Actors.Count}");
            foreach (TaskKind kind in run.Actors.Select(actor => actor.Kind).Distinct())
                tally.Count($"actor: {kind}");
            var watch = new Struck(taken);
            // What is drawn is counted, not what is right: rules are for others to check.
            Machine m = run.Build().Machine;
            (InterleavingEnd end, _, _) = Interleaving.Run(m, null, run.Schedule.AsSpan(), watch);
            tally.Count(m.Bug.Check != BugCheck.None ? "end: known BUG" : $"end: {end}");
            foreach (string name in watch.Seen)
                tally.Count(name);
        }
        return (tally, taken);
    }

    /// <summary>Rows of the table of outcomes, of all pages; each page of a row ends as the row says.</summary>
    public static Tally Rows(Gen<MachineDraw> gen, uint stream)
    {
        var tally = new Tally("pages");
        foreach (MachineDraw draw in FixedDraws.Of(gen, stream, Runs))
        {
            Scenario scenario = Drawn.Scenario(draw);
            tally.Of += draw.Pages.Length;
            for (int page = 0; page < draw.Pages.Length; page++)
            {
                CheckRows(tally, OutcomeRows.Alone(scenario, page, swapsOut: false), page);
                CheckRows(tally, OutcomeRows.Alone(scenario, page, swapsOut: true), page);
            }
        }
        return tally;
    }

    private static void CheckRows(Tally tally, Scenario scenario, int page)
    {
        var view = new PageView(scenario, page);
        OutcomeRow[] rows = [.. OutcomeRows.All.Where(row => row.SwapsOut == scenario.To.IsSwapOut && row.Applies(view))];
        if (rows.Length == 0)
            return;
        ScenarioMachine run = ScenarioBuilder.Build(scenario);
        MigrationResult result = MigrationRun.Run(run);
        foreach (OutcomeRow row in rows)
        {
            tally.Count(row.Name);
            if (!row.Ends(view, run.Machine, result.End, result.Pages[0]))
                throw new BrokenRule($"\"{row.Name}\": page {page} ended with {result.End}, {result.Pages[0]} in\n{ScenarioWriter.ToText(scenario)}");
        }
    }

    private readonly struct Reasons(Tally tally, string prefix) : IMigrationObserver
    {
        public void Before(Machine m, TaskId task, MigrationStep step)
        {
        }

        public void After(Machine m, TaskId task, MigrationStep step)
        {
            BackOutReason reason = m.Tasks[task.Value].Reason;
            bool ended = step == MigrationStep.FinishPage || (step == MigrationStep.ChoosePage && reason == BackOutReason.ToEmpty);
            if (ended && reason != BackOutReason.None)
                tally.Count($"{prefix}reason: {reason}");
        }
    }
}
