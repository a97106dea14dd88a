using System.Text;
using CsCheck;
using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>Every interleaving of a migration with one actor: the spaces close, and nothing in them breaks a rule.</summary>
[TestFixture]
public sealed class ClosedSpaces
{
    // No task keeps these locks between two of its steps: only others in a scenario do, of a drawn one or one that a defect is planted on.
    private static readonly string[] OfLocksThatOthersHold = ["LOCK-LRU", "LOCK-SWAP", "LOCK-MMLIST"];

    [Test]
    public void Of_one_actor_close_and_have_the_pinned_size()
    {
        var text = new StringBuilder();
        int[] triggered = new int[StepRules.All.Length];
        foreach (PageKind kind in Enum.GetValues<PageKind>())
        {
            foreach (SmallActor actor in Enum.GetValues<SmallActor>().Where(actor => SmallMachines.Possible(kind, actor)))
                text.Append(Line($"{kind} + {actor}", Close(SmallMachines.Run(kind, actor), triggered)));
        }

        // What is not triggered here is about steps of later levels, and of the call around migrate_pages: those spaces ask for it.
        Assert.That(NeverTriggered(triggered), Is.EqualTo([.. ClosedLevels.OfLaterLevels, .. ClosedCalls.OfCalls, .. OfLocksThatOthersHold]), "rules that no step triggered");
        Approved.Check("Interleavings/ClosedSpaces.approved.txt", text.ToString());
    }

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

    /// <summary>Searches a space, which must close with nothing broken in it.</summary>
    /// <param name="run">The machine; its schedule is empty.</param>
    /// <param name="triggered">Counts the steps that each rule is about, or null.</param>
    /// <param name="mostStates">Gives up after that many.</param>
    internal static SearchReport Close(Interleaved run, int[]? triggered, int mostStates = 1_000_000)
    {
        var rules = new Counter(triggered);
        SearchReport report = StateSpace.Search(run.Build().Machine, default(EngineStepper), ref rules, mostStates, NoBug.IsKnown);
        if (report.Violation is not null || report.Deadlock is not null)
            throw new BrokenRule(Report.Text(run with { Schedule = [.. report.Schedule] }, Failure.OfRules, default(EngineStepper)));
        if (report.Starved > 0)
            throw new BrokenRule($"{report.Starved} ends that wait for nobody here");
        return report.Closed ? report : throw new BrokenRule($"not closed with {report.States} states");
    }

    /// <summary>The rules that no step was about.</summary>
    internal static string[] NeverTriggered(int[] triggered) => [.. StepRules.All.ToArray().Where((_, i) => triggered[i] == 0).Select(rule => rule.Id)];

    internal static string Line(string name, SearchReport report) =>
        $"{name}: {report.States} states, {report.Transitions} transitions, {report.Ends} ends\n";

    private readonly struct Counter(int[]? triggered) : IStateVisitor
    {
        public bool Step(Machine before, Machine after, int task, out Violation? violation)
        {
            violation = null;
            if (triggered is not null)
                StepRules.Broken(new Transition(before, after, task), triggered);
            return true;
        }

        public void End(Machine m)
        {
        }
    }
}
