namespace MigrationConformance.Specs;

/// <summary>A scenario run to its end, and what became of it.</summary>
internal sealed class Outcome
{
    private readonly MigrationResult result;

    private Outcome(MigrationResult result) => this.result = result;

    public Machine Machine => result.Run.Machine;

    public MigrationResult Result => result;

    public ref Page Page(int pfn) => ref Machine.Pages[pfn];

    public static Outcome Of(Scenario scenario)
    {
        var watching = default(Watching);
        var outcome = new Outcome(MigrationRun.Run(ScenarioBuilder.Build(scenario), ref watching));
        AssertSameUnwatched(scenario, outcome);
        return outcome;
    }

    /// <summary>Asserts the return, the passes made and the four lists, first to last.</summary>
    public Outcome Returned(int value, int passes, int[] from, int[] to, int[] moved, int[] failed)
    {
        Assert.That(result.End, Is.EqualTo(StepResult.Finished), Machine.Dump());
        Assert.That((result.Task.Result, result.Passes), Is.EqualTo((value, passes)), "(return, passes)");
        Assert.That(Pages(result.Run.From), Is.EqualTo(from), "from");
        Assert.That(result.Run.To.IsNone ? [] : Pages(result.Run.To), Is.EqualTo(to), "to");
        Assert.That(Pages(result.Run.Moved), Is.EqualTo(moved), "moved");
        Assert.That(Pages(result.Run.Failed), Is.EqualTo(failed), "failed");
        return this;
    }

    /// <summary>Asserts how the last attempt of a page of <c>from</c> ended.</summary>
    public Outcome Ended(int page, PageFate fate, BackOutReason reason, int pass)
    {
        PageOutcome outcome = result.Pages.Single(one => one.Page.Value == page);
        Assert.That((outcome.Fate, outcome.Reason, outcome.Pass), Is.EqualTo((fate, reason, pass)));
        return this;
    }

    /// <summary>Asserts that the one page 0 went to page 1 in a pass, and that the call returned 0.</summary>
    public Outcome Migrated(int pass) =>
        Returned(0, pass + 1, from: [], to: [], moved: [0], failed: []).Ended(0, PageFate.Migrated, BackOutReason.None, pass);

    /// <summary>Asserts that the one page 0 was retried to the last pass and backed out there for a reason.</summary>
    public Outcome NeverMigrated(BackOutReason reason) =>
        Returned(1, 11, from: [0], to: [1], moved: [], failed: []).Ended(0, PageFate.Retry, reason, 10);

    /// <summary>Asserts the kernel BUG that stopped the run.</summary>
    public Outcome HitBug(BugCheck check, int page, int pass)
    {
        Assert.That(result.End, Is.EqualTo(StepResult.Bug), Machine.Dump());
        Assert.That((Machine.Bug.Check, Machine.Bug.Page.Value, result.Task.Pass), Is.EqualTo((check, page, pass)));
        return this;
    }

    /// <summary>Asserts what the run waits for, for ever.</summary>
    public Outcome Blocked(WaitKind kind, int number, int pass)
    {
        Assert.That(result.End, Is.EqualTo(StepResult.Blocked), Machine.Dump());
        Assert.That((result.Task.WaitsFor, result.Task.WaitsForNumber, result.Task.Pass), Is.EqualTo((kind, number, pass)));
        return this;
    }

    // A run that nobody watches takes a shorter way through the engine, which must lead to the same machine.
    private static void AssertSameUnwatched(Scenario scenario, Outcome outcome)
    {
        if (scenario.Before.Count + scenario.After.Count > 0)
            return;
        ScenarioMachine unwatched = ScenarioBuilder.Build(scenario);
        MigratePages.Run(unwatched.Machine, unwatched.Migration);
        Assert.That(unwatched.Machine.Equals(outcome.Machine), Is.True, "a run that nobody watches ends in another machine");
    }

    private int[] Pages(ListId list) => [.. PageList.Walk(Machine, list).Select(page => page.Value)];

    private readonly struct Watching : IMigrationObserver
    {
        public void Before(Machine m, TaskId task, MigrationStep step)
        {
        }

        public void After(Machine m, TaskId task, MigrationStep step) => Witness.Saw(step, m, m.Tasks[task.Value]);
    }
}
