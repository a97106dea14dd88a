using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>What broke in a run: the rule, the sentence, the page, and the steps that were made until then.</summary>
public sealed record Broken(string Rule, string Sentence, Pfn Page, int[] Made, Machine Machine);

/// <summary>Runs an interleaved run with every invariant, and the rule of each step of a migration, at every step.</summary>
public static class Checked
{
    /// <summary>Runs it.</summary>
    /// <returns>What broke, or null; the number of steps; how it ended.</returns>
    public static (Broken? Broken, int Steps, InterleavingEnd End, ScenarioMachine Run) Run<TStepper>(Interleaved interleaved, TStepper stepper)
        where TStepper : IStepper
    {
        ScenarioMachine run = interleaved.Build();
        Machine m = run.Machine;
        var survey = new Survey(m);
        var made = new List<int>();
        var ruled = new RuledStepper<TStepper>(m, stepper);
        if (InvariantList.Check(m, survey) is { } atStart)
            return (new Broken($"at the start: {atStart.Invariant}", atStart.Text, atStart.Page, [], m), 0, InterleavingEnd.Violated, run);
        (InterleavingEnd end, Violation? violation, int steps) = Interleaving.Run(m, survey, interleaved.Schedule.AsSpan(), ruled, made);
        Broken? broken = end switch
        {
            InterleavingEnd.Violated when IsKnownBug(m) => null,
            InterleavingEnd.Violated => new Broken(violation!.Invariant, violation.Text, violation.Page, [.. made], m),
            _ when ruled.Broken is { } rule => new Broken(rule.Id, rule.Quote, ruled.Page, [.. made], m),
            InterleavingEnd.Deadlock => new Broken("no deadlock", WaitGraph.Cycle(m)!, Pfn.None, [.. made], m),
            InterleavingEnd.Endless => new Broken("every run ends", $"{steps} steps and no end", Pfn.None, [.. made], m),
            _ => null,
        };
        return (broken, steps, end, run);
    }

    /// <summary>Runs it with the engine's own steps.</summary>
    public static (Broken? Broken, int Steps, InterleavingEnd End, ScenarioMachine Run) Run(Interleaved interleaved) =>
        Run(interleaved, default(EngineStepper));

    /// <summary>
    /// The patch's latent crash: try_to_unmap of a swap cache page without mapping, as tmpfs and readahead leave it.
    /// Any other BUG is a failure.
    /// </summary>
    public static bool IsKnownBug(Machine m) =>
        m.Bug.Check == BugCheck.TryToUnmapFileNullMapping
        && m.Pages[m.Bug.Page.Value].Mapping.IsNull && m.Pages[m.Bug.Page.Value].Has(PageFlags.SwapCache);
}
