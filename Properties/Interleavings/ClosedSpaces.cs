using System.Text;
using CsCheck;
using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>Every interleaving of a migration with one actor, and with chosen pairs: the spaces close, and nothing in them breaks a rule.</summary>
[TestFixture]
public sealed class ClosedSpaces
{
    /// <summary>Rules that these spaces cannot trigger, with the reason.</summary>
    private static readonly string[] NeverTriggered =
    [
        "METHOD", "BUFFER-LOCKED", "BUFFERS-MOVE", "BUFFER-SET", "BUFFERS-SET", "BUFFER-UNLOCKED", "STEP-18-ENTRY", "STEP-18-CACHE",
        "A1-DRAIN", "A1", "A2", "A4",
    ];

    private static readonly (PageKind Kind, SmallActor First, SmallActor Second)[] Pairs =
    [
        (PageKind.FileClean, SmallActor.FindGetPage, SmallActor.InvalidateMappingPages),
        (PageKind.FileClean, SmallActor.ReadFault, SmallActor.Munmap),
        (PageKind.FileDirty, SmallActor.WritebackStart, SmallActor.WritebackEnd),
        (PageKind.FileDirty, SmallActor.FindLockPage, SmallActor.Sync),
        (PageKind.FileWithBuffers, SmallActor.BufferUser, SmallActor.FindGetPage),
        (PageKind.AnonCleanInSwapCache, SmallActor.ReadFault, SmallActor.LruAddDrain),
        (PageKind.AnonCleanInSwapCache, SmallActor.Munmap, SmallActor.Swapoff),
        (PageKind.AnonShared, SmallActor.ReadFault, SmallActor.Fork),
    ];

    [Test]
    public void Of_one_actor_close_and_have_the_pinned_size()
    {
        var text = new StringBuilder();
        int[] triggered = new int[StepRules.All.Length];
        foreach (PageKind kind in Enum.GetValues<PageKind>())
        {
            foreach (SmallActor actor in Enum.GetValues<SmallActor>().Where(actor => SmallMachines.Possible(kind, actor)))
                text.Append(Line($"{kind} + {actor}", Search(SmallMachines.Build(kind, actor), triggered)));
        }

        string[] never = [.. StepRules.All.Where((rule, i) => triggered[i] == 0).Select(rule => rule.Id)];
        Assert.That(never, Is.EqualTo(NeverTriggered), "rules that no step triggered");
        Approved.Check("Interleavings/ClosedSpaces.approved.txt", text.ToString());
    }

    [Test]
    public void Of_two_actors_close_and_have_the_pinned_size()
    {
        var text = new StringBuilder();
        foreach ((PageKind kind, SmallActor first, SmallActor second) in Pairs)
            text.Append(Line($"{kind} + {first} + {second}", Search(SmallMachines.Build(kind, first, second), null)));

        Approved.Check("Interleavings/ClosedSpacesOfPairs.approved.txt", text.ToString());
    }

    private static SearchReport Search(Machine machine, int[]? triggered)
    {
        var rules = new RuleVisitor(triggered);
        SearchReport report = StateSpace.Search(machine, default(EngineStepper), ref rules, 1_000_000, Checked.IsKnownBug);
        Assert.That(rules.Broken, Is.Null);
        Assert.That(report.Violation, Is.Null, string.Join(',', report.Schedule));
        Assert.That(report.Deadlock, Is.Null, string.Join(',', report.Schedule));
        Assert.That(report.Starved, Is.Zero);
        Assert.That(report.Closed, Is.True);
        return report;
    }

    private static string Line(string name, SearchReport report) =>
        $"{name}: {report.States} states, {report.Transitions} transitions, {report.Ends} ends\n";

    [TestCase(PageKind.FileClean, SmallActor.FindGetPage)]
    [TestCase(PageKind.AnonCleanInSwapCache, SmallActor.ReadFault)]
    [TestCase(PageKind.FileDirty, SmallActor.ReadFault)]
    [TestCase(PageKind.FileWithBuffers, SmallActor.BufferUser)]
    [TestCase(PageKind.AnonNotInSwapCache, SmallActor.Fork)]
    public void CsCheck_finds_the_same_space_and_breaks_no_rule(PageKind kind, SmallActor actor)
    {
        Machine start = SmallMachines.Build(kind, actor);
        SearchReport own = StateSpace.Search(start);

        var report = MigrationSpec.Of(start).Exhaustive(maxStates: 100_000);

        Assert.That(report.Closed, Is.True);
        Assert.That((report.States, (long)report.Transitions), Is.EqualTo((own.States, own.Transitions)));
        Assert.That(own.Closed, Is.True);
    }

    private struct RuleVisitor(int[]? triggered) : IStateVisitor
    {
        public string? Broken;

        public bool Step(Machine before, Machine after, int task)
        {
            if (Broken is null && StepRules.Broken(before, after, task, triggered) is { } rule)
                Broken = $"{rule.Id}: {rule.Quote}";
            return true;
        }

        public readonly void End(Machine m)
        {
        }
    }
}
