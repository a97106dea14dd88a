using CsCheck;
using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>A start state with one contradiction: the invariant that is meant reports it before the first step, and the engine comes to an end all the same.</summary>
[TestFixture]
public sealed class IllegalStates
{
    private const int MostSteps = 20_000;

    [Test]
    public void Each_illegality_has_its_case() =>
        Assert.That(IllegalCases.All.Select(illegal => illegal.Kind), Is.EqualTo(Enum.GetValues<Illegality>()));

    [Test]
    public void Each_is_reported_by_its_invariant_before_the_first_step() =>
        IllegalGen.Runs.Sample(run =>
        {
            Machine m = run.Build().Machine;
            Violation? violation = InvariantList.Check(m, new Survey(m));
            string wanted = IllegalCases.All[(int)run.Kind].Invariant;
            if (violation?.Rule != wanted)
                throw new BrokenRule($"{run.Kind} is to be reported by \"{wanted}\", found: {violation?.ToString() ?? "nothing"}");
        }, iter: Knobs.Iterations(4_000), threads: 1, print: Text);

    /// <summary>Without the contradiction nothing is reported: it is the only one.</summary>
    [Test]
    public void Without_it_the_machine_is_legal() =>
        Gen.Select(MachineGen.Machine, Gen.Enum<Illegality>()).Sample((draw, kind) =>
        {
            Machine m = ScenarioBuilder.Build(Drawn.Scenario(IllegalCases.All[(int)kind].Shape(draw with { Caller = CallerDraw.Plain, Lock = null }))).Machine;
            return InvariantList.Check(m, new Survey(m)) is null;
        }, iter: Knobs.Iterations(2_000), threads: 1, print: drawn => $"{drawn.Item2}");

    [Test]
    public void The_engine_returns_blocks_or_hits_a_kernel_BUG_and_nothing_else()
    {
        IllegalGen.Runs.Sample(run =>
        {
            ScenarioMachine built = run.Build();
            var nothing = default(NoObserver);
            StepResult end = MigratePages.Run(built.Machine, built.Migration, ref nothing, MostSteps);
            if (end == StepResult.Ran)
                throw new BrokenRule($"{run.Kind}: {MostSteps} steps and no end");
        }, iter: Knobs.Iterations(4_000), threads: 1, print: Text);
    }

    [Test]
    public void Each_is_drawn_and_the_engine_ends_in_every_way()
    {
        var tally = new Tally("illegal machines");
        foreach (IllegalRun run in FixedDraws.Of(IllegalGen.Runs, 13, 8_000))
        {
            tally.Of++;
            ScenarioMachine built = run.Build();
            var nothing = default(NoObserver);
            StepResult end = MigratePages.Run(built.Machine, built.Migration, ref nothing, MostSteps);
            tally.Count($"{run.Kind}");
            tally.Count($"end: {end}");
            tally.Count(IllegalCases.All[(int)run.Kind].Say is null ? "only in the machine" : "said by the scenario");
        }

        tally.AssertFloors(
        [
            .. Enum.GetNames<Illegality>().Select(kind => (kind, 100)),
            ("end: Finished", 4000), ("end: Blocked", 100), ("end: Bug", 100), ("only in the machine", 2500), ("said by the scenario", 1800),
        ]);
    }

    private static string Text(IllegalRun run) => $"{run.Kind}\n{ScenarioWriter.ToText(run.Scenario)}";
}
