using CsCheck;
using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>Each planted defect is caught by the rule that is named with it, and by no crash of the harness.</summary>
[TestFixture]
public sealed class PlantedDefects
{
    // Small machines first, alone and with a look-up at each step; then drawn ones, always the same.
    private static readonly Interleaved[] Corpus =
    [
        .. Enum.GetValues<PageKind>().Select(kind => new Interleaved(SmallMachines.Scenario(kind), [], [])),
        .. Enumerable.Range(5, 14).Select(step => Struck(PageKind.FileClean, SmallActor.FindGetPage, step)),
        .. Enumerable.Range(5, 14).Select(step => Struck(PageKind.AnonCleanInSwapCache, SmallActor.ReadFault, step)),
        .. Enumerable.Range(0, 400).Select(i => MachineGen.Interleaved.Generate(new PCG(7, (ulong)i), null!, out _)),
    ];

    // The actor's first two steps come after that many of the migration, the rest when it is over.
    private static Interleaved Struck(PageKind kind, SmallActor actor, int step) => new(
        SmallMachines.Scenario(kind), [SmallMachines.Actor(actor)], [.. Enumerable.Repeat(0, step), 1, 1, .. Enumerable.Repeat(0, 300)]);

    private static readonly Defect[] Planted = DefectList.All;

    [TestCaseSource(nameof(Planted))]
    public void Is_caught_by_its_rule(Defect defect)
    {
        (string? caughtBy, string? sentence) = Hunt(defect);

        Assert.That(caughtBy, Is.EqualTo(defect.Rule), $"{defect.Id}, {defect.What}: {sentence}");
    }

    [Test]
    public void Without_a_defect_no_rule_catches_anything() =>
        Assert.That(Hunt(null).CaughtBy, Is.Null);

    [Test]
    public void Names_are_unique_and_every_rule_exists()
    {
        string[] rules = [.. InvariantList.All.ToArray().Select(entry => entry.Name), .. StepRules.All.Select(rule => rule.Id)];

        Assert.That(Planted.Select(defect => defect.Id).Concat(DefectList.NotPlanted.Select(entry => entry.Id)), Is.Unique);
        Assert.That(Planted.Select(defect => defect.Rule).Distinct(), Is.SubsetOf(rules));
    }

    private static (string? CaughtBy, string? Sentence) Hunt(Defect? defect)
    {
        foreach (Interleaved run in Corpus)
        {
            Machine m = run.Build().Machine;
            var stepper = new DefectiveStepper(defect, new Survey(m));
            Interleaving.Run(m, null, run.Schedule.AsSpan(), stepper);
            if (stepper.CaughtBy is not null)
                return (stepper.CaughtBy, stepper.Sentence);
        }
        return (null, "not caught");
    }
}
