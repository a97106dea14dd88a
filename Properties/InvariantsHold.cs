using CsCheck;
using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>Every invariant holds at every step: of a migration alone, and with one to three actors between its steps.</summary>
[TestFixture]
public sealed class InvariantsHold
{
    [Test]
    public void At_every_step_of_a_migration_alone()
    {
        (long runs, long steps) = Report.Sample(MachineGen.Scenarios.Select(scenario => new Interleaved(scenario, [], [])), 6_000);

        Assert.That(steps, Is.GreaterThan(30 * runs));
    }

    [Test]
    public void At_every_step_with_one_to_three_actors_between()
    {
        (long runs, long steps) = Report.Sample(MachineGen.Interleaved, 14_000);

        // Migrations that end at once would make the property empty.
        Assert.That(steps, Is.GreaterThan(60 * runs));
    }
}
