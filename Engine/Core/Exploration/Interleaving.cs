namespace MigrationConformance.Core;

/// <summary>How an interleaved run ended.</summary>
public enum InterleavingEnd
{
    /// <summary>Every task is over.</summary>
    Finished,

    /// <summary>Some tasks wait for others outside the machine, for ever.</summary>
    Starved,

    /// <summary>Tasks wait for each other.</summary>
    Deadlock,

    /// <summary>A rule does not hold.</summary>
    Violated,

    /// <summary>The latent crash of the patch, which is none of the engine's mistakes.</summary>
    KnownBug,

    /// <summary>More steps were made than any run needs.</summary>
    Endless,
}

/// <summary>Makes the next step of a task; the engine's own is <see cref="EngineStepper"/>.</summary>
public interface IStepper
{
    /// <summary>One atomic step.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="task">The task.</param>
    /// <returns>What the step did.</returns>
    StepResult Advance(Machine m, TaskId task);
}

/// <summary>The engine's steps.</summary>
public readonly struct EngineStepper : IStepper
{
    /// <inheritdoc/>
    public StepResult Advance(Machine m, TaskId task) => Tasks.Advance(m, task);
}

/// <summary>Runs the tasks of a machine in the order of a schedule, and checks every invariant after every step.</summary>
/// <remarks>
/// A schedule is a list of task numbers, one a step. A choice that cannot be made (finished, blocked, no such task)
/// is skipped; when the list is used up, the tasks run in turn, each until it blocks. So every list is a schedule, and
/// a shorter one still is.
/// </remarks>
public static class Interleaving
{
    /// <summary>No run of a small machine needs more steps.</summary>
    public const int MostSteps = 20_000;

    /// <summary>Runs a machine.</summary>
    /// <typeparam name="TStepper">Who makes the steps.</typeparam>
    /// <param name="m">The machine; it is changed.</param>
    /// <param name="survey">How it began; null checks nothing.</param>
    /// <param name="schedule">Task numbers.</param>
    /// <param name="stepper">Who makes the steps.</param>
    /// <param name="made">Receives the task of each step that was made; may be null.</param>
    /// <returns>How it ended, the violation if one was found, and the number of steps.</returns>
    public static (InterleavingEnd End, Violation? Violation, int Steps) Run<TStepper>(
        Machine m, Survey? survey, ReadOnlySpan<int> schedule, TStepper stepper, List<int>? made = null)
        where TStepper : IStepper
    {
        int steps = 0;
        foreach (int task in schedule)
        {
            if ((uint)task >= (uint)m.Tasks.Count)
                continue;
            if (Make(m, survey, new TaskId(task), ref stepper, made, ref steps, out Violation? violation) && violation is not null)
                return (InterleavingEnd.Violated, violation, steps);
        }
        return Finish(m, survey, ref stepper, made, steps);
    }

    // The rest, each task in turn until it blocks.
    private static (InterleavingEnd, Violation?, int) Finish<TStepper>(Machine m, Survey? survey, ref TStepper stepper, List<int>? made, int steps)
        where TStepper : IStepper
    {
        for (bool moved = true; moved;)
        {
            moved = false;
            for (int task = 0; task < m.Tasks.Count; task++)
            {
                while (Make(m, survey, new TaskId(task), ref stepper, made, ref steps, out Violation? violation))
                {
                    if (violation is not null)
                        return (InterleavingEnd.Violated, violation, steps);
                    if (steps > MostSteps)
                        return (InterleavingEnd.Endless, null, steps);
                    moved = true;
                }
            }
        }
        foreach (ref KernelTask t in m.Tasks.Rows)
        {
            if (!TaskLocals.IsFinished(t))
                return (WaitGraph.Cycle(m) is null ? InterleavingEnd.Starved : InterleavingEnd.Deadlock, null, steps);
        }
        return (InterleavingEnd.Finished, null, steps);
    }

    private static bool Make<TStepper>(Machine m, Survey? survey, TaskId task, ref TStepper stepper, List<int>? made, ref int steps, out Violation? violation)
        where TStepper : IStepper
    {
        violation = null;
        StepResult result = stepper.Advance(m, task);
        if (result == StepResult.Bug && (survey is null || m.Bug.Check == BugCheck.None))
            return false;
        if (result is StepResult.Finished or StepResult.Blocked)
            return false;
        steps++;
        made?.Add(task.Value);
        violation = survey is null ? null : InvariantList.Check(m, survey);
        return true;
    }
}
