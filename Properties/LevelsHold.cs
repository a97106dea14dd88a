using CsCheck;
using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>Every invariant, and the rule of each step, holds at every patch level with one to three actors between the steps.</summary>
[TestFixture]
public sealed class LevelsHold
{
    private static readonly Gen<Interleaved> AtAnyLevel = Gen.Select(ActorGen.Interleaved, MachineGen.Level,
        (run, level) => run with { Scenario = run.Scenario with { Patch = level } });

    [Exercises("remove_from_swap", "remove_vma_swap", "unuse_vma", "unuse_pte", "buffer_migrate_page", "get_bh", "put_bh", "set_bh_page", "unlock_buffer", "fail_migrate_page")]
    [Test]
    public void At_every_step_of_every_level_with_actors_between()
    {
        (long runs, long steps) = Property.HoldsRules(AtAnyLevel, 10_000);

        Assert.That(Knobs.IsShort || steps > 40 * runs, $"{steps} steps in {runs} runs");
    }

    /// <summary>The shorter way of a run that nobody watches makes the same steps at every level.</summary>
    [Test]
    public void A_run_that_nobody_watches_ends_in_the_same_machine() =>
        Property.Holds(MachineGen.ScenariosAtAnyLevel, 3_000, "a run that nobody watches ends in the same machine", scenario =>
        {
            ScenarioMachine unwatched = ScenarioBuilder.Build(scenario), stepped = ScenarioBuilder.Build(scenario);
            StepResult end = MigratePages.Run(unwatched.Machine, unwatched.Migration);
            StepResult last = StepResult.Ran;
            while (last == StepResult.Ran)
                last = MigratePages.Advance(stepped.Machine, stepped.Migration);
            return end == last && unwatched.Machine.Equals(stepped.Machine);
        });
}
