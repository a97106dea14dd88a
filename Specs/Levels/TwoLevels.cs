namespace MigrationConformance.Specs;

/// <summary>One scenario at two patch levels, and a second actor in between.</summary>
internal static class TwoLevels
{
    /// <summary>Runs a scenario at both levels, and asserts exactly how the machines differ in the end, the level itself aside.</summary>
    public static void Differ(Scenario scenario, PatchLevel before, PatchLevel after, params string[] differences)
    {
        Machine was = Outcome.Of(scenario with { Patch = before }).Machine, now = Outcome.Of(scenario with { Patch = after }).Machine;
        Changes.AssertExactly(was, now, [$"global: patch {before} -> {after}", .. differences]);
    }

    /// <summary>Asserts that a scenario ends in the same machine at both levels.</summary>
    public static void Agree(Scenario scenario, PatchLevel before, PatchLevel after) => Differ(scenario, before, after);

    /// <summary>Another task comes, and makes as many steps as it can.</summary>
    public static TaskId Comes(this Attempt attempt, KernelTask actor)
    {
        TaskId task = attempt.Machine.AddTask(actor);
        attempt.GoesOn(task);
        return task;
    }

    /// <summary>Another task makes as many steps as it can; asserts how it stops.</summary>
    public static void GoesOn(this Attempt attempt, TaskId task, StepResult end = StepResult.Finished, WaitKind waitsFor = WaitKind.None)
    {
        StepResult last = StepResult.Ran;
        for (int steps = 0; last == StepResult.Ran && steps < 1000; steps++)
            last = Tasks.Advance(attempt.Machine, task);
        Assert.That((last, attempt.Machine.Tasks[task.Value].WaitsFor), Is.EqualTo((end, waitsFor)), attempt.Machine.Dump());
    }

    /// <summary>Asserts that every invariant holds, with nothing lost since the scenario began.</summary>
    public static void Sound(this Attempt attempt, Scenario begin) =>
        Assert.That(InvariantList.Check(attempt.Machine, new Survey(ScenarioBuilder.Build(begin).Machine)), Is.Null);
}
