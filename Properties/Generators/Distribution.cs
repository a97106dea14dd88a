using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>The generators reach every class of state, every outcome, and every kind of actor at every step, each at least as often as its floor says.</summary>
[TestFixture]
public sealed class Distribution
{
    private static readonly Lazy<(Tally Tally, SortedSet<string> Steps)> Between = new(() => Counts.Interleaved(ActorGen.Interleaved, 5));

    [Test]
    public void Reaches_every_class_of_page_and_every_way_out()
    {
        Tally tally = Counts.Pages(MachineGen.Machine, 3);

        tally.AssertFloors([.. PageClasses.All.Select(c => ($"state: {c.Name}", c.Floor)), .. Floors.Alone]);
        AssertEveryReason(tally, Floors.Alone, Floors.OutOfReachAlone);
        Assert.That(Enum.GetNames<PageFate>().Select(fate => $"outcome: {fate}").Except(Floors.Alone.Select(floor => floor.Class)), Is.Empty, "outcomes without a floor");
    }

    [Test]
    public void Reaches_every_class_of_machine() => Counts.Machines(MachineGen.Machine, 3).AssertFloors([.. MachineClasses.All.Select(c => (c.Name, c.Floor))]);

    [Test]
    public void Reaches_every_kind_of_call_and_every_way_it_ends() => Counts.Calls(CallGen.Scenarios, 7).AssertFloors([.. CallClasses.All.Select(c => (c.Name, c.Floor))]);

    [Test]
    public void Reaches_every_actor_at_every_step_and_every_outcome_between_them()
    {
        Tally tally = Between.Value.Tally;

        tally.AssertFloors([.. Floors.Interleaved, .. Floors.Meetings]);
        AssertEveryReason(tally, Floors.Interleaved, Floors.OutOfReach);
        string[] wanted =
        [
            .. ActorGen.Boundaries.Select(boundary => $"struck before {boundary.Step}"), .. Enum.GetNames<Interval>().Select(interval => $"struck in {interval}"),
            .. Enum.GetValues<TaskKind>().Where(kind => kind is not (TaskKind.None or TaskKind.Migration or TaskKind.Reclaim)).Select(kind => $"actor: {kind}"),
        ];
        Assert.That(wanted.Except(Floors.Interleaved.Select(floor => floor.Class)), Is.Empty, "without a floor");
    }

    /// <summary>The actors are not there for show: over fixed runs, each step of each kind of actor is taken.</summary>
    [Test]
    public void Drawn_actors_take_every_step_of_theirs()
    {
        string[] enums =
        [
            "FaultStep", "ReaderStep", "TruncateStep", "MunmapStep", "ForkStep", "WritebackStep", "KswapdStep", "ReclaimStep", "SwapoffStep", "BufferStep",
            "MremapStep", "IsolationStep", "MsyncStep",
        ];
        string[] all = [.. enums.SelectMany(name => Enum.GetNames(typeof(Machine).Assembly.GetType($"{typeof(Machine).Namespace}.{name}", throwOnError: true)!)
            .Where(step => step is not ("None" or "Finished")).Select(step => $"{name}.{step}"))];
        Assert.That(all, Has.Length.GreaterThan(80));
        Assert.That(all.Except(Between.Value.Steps), Is.Empty);
    }

    private static void AssertEveryReason(Tally tally, (string Class, int Floor)[] floors, (BackOutReason Reason, string Why)[] outOfReach)
    {
        string[] reasons = [.. Enum.GetValues<BackOutReason>().Where(reason => reason != BackOutReason.None && outOfReach.All(entry => entry.Reason != reason)).Select(reason => $"reason: {reason}")];
        Assert.That(reasons.Except(floors.Select(floor => floor.Class)), Is.Empty, "reachable reasons without a floor");
        Assert.That(tally.Names.Where(name => name.StartsWith("reason", StringComparison.Ordinal)).Except(reasons), Is.Empty, "reasons that were thought out of reach");
    }
}
