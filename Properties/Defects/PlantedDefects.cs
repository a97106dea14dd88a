using CsCheck;
using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>
/// Each planted defect is caught by the rule that is named with it, in a search of every interleaving of a small machine, and
/// by no crash of the harness. CsCheck's Faults plants the faults; a variant is a spec of its own.
/// </summary>
[TestFixture]
public sealed class PlantedDefects
{
    private const int MostStates = 100_000;

    // Faults of one machine share its spec.
    private static IEnumerable<TestCaseData> Groups => DefectList.All.Where(defect => defect.Plant is not null)
        .GroupBy(defect => defect.On, StageComparer.Instance)
        .Select(group => new TestCaseData(group.Key, group.ToArray()).SetArgDisplayNames(string.Join(" ", group.Select(defect => defect.Id))));

    private static IEnumerable<Defect> Variants => DefectList.All.Where(defect => defect.Variant is not null);

    [TestCaseSource(nameof(Groups))]
    public void Faults_are_caught_by_their_rules(Stage on, Defect[] defects)
    {
        Close(on);
        Spec<State> spec = SpecOf(on);
        foreach (Defect defect in defects)
        {
            spec = spec.Fault(defect.Id, defect.Action!, (before, after) => defect.Strikes(before.Machine, defect.Task),
                (before, after) => Planted(defect, before, after));
        }

        SpecFaultsReport report = spec.Faults(maxStates: MostStates, throwOnUncaught: false);

        Assert.That(report.Inconclusive, Is.Empty);
        Assert.That(defects.Select(defect => $"{defect.Id}, {defect.What}: {report.CaughtBy(defect.Id)}"),
            Is.EqualTo(defects.Select(defect => $"{defect.Id}, {defect.What}: {defect.Rule}")));
    }

    [TestCaseSource(nameof(Variants))]
    public void Variants_are_caught_by_their_rules(Defect defect)
    {
        if (!defect.InTheCode)
            Close(defect.On);
        SpecOf(defect.On, defect.Variant).Exhaustive(out SpecViolation<State>? violation, maxStates: MostStates);

        Assert.That(violation?.Id, Is.EqualTo(defect.Rule).Or.EqualTo(MigrationSpec.RuleOf(defect.Rule, 1)), $"{defect.Id}, {defect.What}: {violation?.Detail}");
    }

    [TestCaseSource(typeof(DefectList), nameof(DefectList.Survivors))]
    public void Survivors_are_at_work_and_change_nothing_that_matters(Defect defect)
    {
        int atWork = 0;
        Spec<State> spec = SpecOf(defect.On).Fault(defect.Id, defect.Action!, (before, after) => defect.Strikes(before.Machine, defect.Task), (before, after) =>
        {
            State planted = Planted(defect, before, after);
            atWork += planted.Equals(after) ? 0 : 1;
            return planted;
        });

        SpecFaultsReport report = spec.Faults(maxStates: MostStates, throwOnUncaught: false);

        Assert.That(report.Results.Single().Outcome, Is.EqualTo(FaultOutcome.NotDetected), $"{defect.Id}: {report.CaughtBy(defect.Id)}");
        Assert.That(atWork, Is.Positive);
    }

    [Test]
    public void Every_defect_of_the_catalogue_is_planted_or_survives_or_it_is_said_why_it_is_not_planted()
    {
        string[] known = [.. DefectList.All.Concat(DefectList.Survivors).SelectMany(defect => defect.Ids), .. NotPlanted.All.Select(entry => entry.Id)];

        Assert.That(known, Is.Unique);
        Assert.That(known, Is.EquivalentTo(Catalogue.All.Select(entry => entry.Id)));
    }

    [Test]
    public void Every_rule_and_every_invariant_catches_a_defect_or_it_is_said_why_not()
    {
        string[] all = [.. InvariantList.All.ToArray().Select(entry => entry.Name), .. StepRules.All.ToArray().Select(rule => rule.Id)];
        string[] catches = [.. DefectList.All.Select(defect => defect.Rule)];

        Assert.That(string.Join("; ", all.Except(catches)), Is.EqualTo(string.Join("; ", CatchNothing.Keys)));
    }

    /// <summary>Rules that no planted defect is left to, with the reason.</summary>
    private static readonly Dictionary<string, string> CatchNothing = new()
    {
        ["calls leave no page behind"] = "CALL-GIVES-BACK, CALL-SPLICES or CALL-ORDER, a step earlier",
        ["STEP-12"] = "the ledger finds it first",
        ["STEP-13"] = "spin locks have owners",
        ["STEP-16"] = "old pages are empty",
        ["CALL-FREES"] = "the ledger finds it first",
        ["CALL-ENDS"] = "calls leave no page behind",
    };

    /// <summary>The spec of a machine, with the requirements that it makes.</summary>
    public static Spec<State> SpecOf(Stage on, IStepper? variant = null)
    {
        Spec<State> spec = MigrationSpec.Of(on.Run.Build().Machine, variant);
        // Who waits for a lock that others never give back is not stuck by anybody's fault.
        if (on.Run.Scenario.Locks.Count == 0)
            spec = spec.Invariant("ALL-END", "Somebody can always go on until everybody is done.", s => s.IsOver || AnyCan(s) || s.Machine.Bug.Check != BugCheck.None);
        return on.AllMove
            ? spec.Invariant("ALL-MOVED", "When nothing stands in the way for good, migrate_pages has moved every page when it returns.",
                s => !s.IsOver || (PageList.IsEmpty(s.Machine, s.Machine.Tasks[0].From) && PageList.IsEmpty(s.Machine, s.Machine.Tasks[0].Failed)))
            : spec;
    }

    // The right engine breaks nothing: else no rule could be said to catch the wrong line.
    private static void Close(Stage on)
    {
        SpecReport<State> report = SpecOf(on).Exhaustive(out SpecViolation<State>? violation, maxStates: MostStates);
        if (violation is not null)
        {
            Interleaved run = on.Run with { Schedule = [.. violation.Trace.Steps.Select(step => step.Action[5] - '0')] };
            throw new BrokenRule(Failure.OfRules(run) is null ? $"{violation.Id}: {violation.Detail}" : Report.Text(run, Failure.OfRules, default(EngineStepper)));
        }
        Assert.That(report.Closed, Is.True);
    }

    private static bool AnyCan(State s)
    {
        for (int task = 0; task < s.Machine.Tasks.Count; task++)
        {
            if (s.Can(task))
                return true;
        }
        return false;
    }

    private static State Planted(Defect defect, State before, State after)
    {
        var m = new Machine(after.Machine);
        defect.Change(before.Machine, m, defect.Task);
        StateSpace.Settle(m);
        return after.With(m);
    }

    private sealed class StageComparer : IEqualityComparer<Stage>
    {
        public static readonly StageComparer Instance = new();

        public bool Equals(Stage? one, Stage? other) => ReferenceEquals(one, other);

        public int GetHashCode(Stage stage) => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(stage);
    }
}
