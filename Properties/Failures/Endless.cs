using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>What is told of a run that does not end because one of its steps loops for ever: as much of a report as can be made of it.</summary>
/// <remarks>Nothing can stop such a step, so each try is made by a thread that is given up; shrinking would leave hundreds behind.</remarks>
public static class Endless
{
    /// <summary>What is broken, in words.</summary>
    public const string Rule = "every step ends";

    /// <summary>The message: the step, the run up to it, the ledger, the command.</summary>
    /// <param name="failing">The run that did not end.</param>
    /// <param name="stepper">Makes the steps.</param>
    /// <param name="patience">How long one run is waited for.</param>
    public static string Text(Interleaved failing, IStepper stepper, TimeSpan patience)
    {
        Interleaved run = SmallestOf(failing, stepper, patience) ?? failing;
        var recorder = new Recorder(stepper);
        Failure? otherwise = null;
        bool ends = Ends(() => otherwise = Failure.Of(CheckedRun.Of(run, recorder)), patience);
        if (ends || recorder.Before is not { } m)
            return Report.Stored(otherwise ?? Failure.Of(Rule, "A run does not end, but its steps do: it is what a property does with it beside them.")!, run);
        KernelTask t = m.Tasks[recorder.Task];
        var violation = new Violation(Rule, $"{StepRules.Where(t, recorder.Task)} does not. The replay shows the steps before, and must be stopped.", t.Page);
        return Report.Stored(new Failure(violation, m), run.Actors.Count == 0 ? run : run with { Schedule = [.. recorder.Made] });
    }

    /// <summary>The first small machine whose migration does not end when nobody disturbs it: one thread tries them all, and stays at that one.</summary>
    private static Interleaved? SmallestOf(Interleaved failing, IStepper stepper, TimeSpan patience)
    {
        Interleaved? tried = null, last = null;
        Failure? Try(Interleaved run)
        {
            Volatile.Write(ref tried, run);
            CheckedRun.Of(run, stepper);
            return null;
        }
        var thread = new Thread(() => Smallest.Alone(Rule, failing.Scenario.Patch, failing.Scenario.Call is not null, Try)) { IsBackground = true };
        thread.Start();
        while (!thread.Join(patience))
        {
            Interleaved? now = Volatile.Read(ref tried);
            if (now is not null && ReferenceEquals(now, last))
                return now;
            last = now;
        }
        return null;
    }

    private static bool Ends(Action run, TimeSpan patience)
    {
        var thread = new Thread(() =>
        {
            try
            {
                run();
            }
            catch (ScenarioException)
            {
                // There is no such machine: it does not run at all.
            }
        })
        { IsBackground = true };
        thread.Start();
        return thread.Join(patience);
    }

    /// <summary>Remembers the machine before the step that is being made.</summary>
    private sealed class Recorder(IStepper inner) : IStepper
    {
        public List<int> Made { get; } = [];

        public Machine? Before { get; private set; }

        public int Task { get; private set; }

        public StepResult Advance(Machine m, TaskId task)
        {
            (Before, Task) = (new Machine(m), task.Value);
            StepResult result = inner.Advance(m, task);
            if (result == StepResult.Ran)
                Made.Add(task.Value);
            return result;
        }
    }
}
