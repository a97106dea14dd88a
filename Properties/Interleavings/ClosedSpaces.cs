using System.Text;
using CsCheck;
using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>Every interleaving of a migration with one actor: the spaces close, and nothing in them breaks a rule.</summary>
[TestFixture]
public sealed class ClosedSpaces
{
    /// <summary>Rules that these spaces cannot trigger: those of steps that only later levels have.</summary>
    private static readonly string[] NeverTriggered = ClosedLevels.OfLaterLevels;

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

    private static SearchReport Search(Machine machine, int[]? triggered)
    {
        (SearchReport report, string? broken) = Explore(machine, triggered, 1_000_000);
        Assert.That(Wrong(report, broken), Is.Null);
        return report;
    }

    /// <summary>Searches a space, and tells the rule that a step of it broke.</summary>
    internal static (SearchReport Report, string? Broken) Explore(Machine machine, int[]? triggered, int mostStates)
    {
        var rules = new RuleVisitor(triggered);
        SearchReport report = StateSpace.Search(machine, default(EngineStepper), ref rules, mostStates, Checked.IsKnownBug);
        return (report, rules.Broken);
    }

    /// <summary>What is wrong with a space, or null.</summary>
    internal static string? Wrong(SearchReport report, string? broken) =>
        broken ?? (report.Violation is { } violation ? $"{violation} after {string.Join(',', report.Schedule)}"
            : report.Deadlock is { } deadlock ? $"{deadlock} after {string.Join(',', report.Schedule)}"
            : report.Starved > 0 ? $"{report.Starved} ends that wait for nobody here"
            : report.Closed ? null : $"not closed with {report.States} states");

    internal static string Line(string name, SearchReport report) =>
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

        Assert.That(report.Closed, Is.True, $"{report.States} states");
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
