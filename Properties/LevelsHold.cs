using CsCheck;
using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>Every invariant, and the rule of each step, holds at every patch level with one to three actors between the steps.</summary>
[TestFixture]
public sealed class LevelsHold
{
    private static readonly Gen<Interleaved> AtAnyLevel = Gen.Select(MachineGen.Interleaved, MachineGen.Level,
        (run, level) => run with { Scenario = run.Scenario with { Patch = level } });

    [Exercises("remove_from_swap", "remove_vma_swap", "unuse_vma", "unuse_pte", "buffer_migrate_page", "get_bh", "put_bh", "set_bh_page", "unlock_buffer", "fail_migrate_page")]
    [Test]
    public void At_every_step_of_every_level_with_actors_between()
    {
        (long runs, long steps) = Report.Sample(AtAnyLevel, 10_000);

        Assert.That(steps, Is.GreaterThan(40 * runs));
    }
}
