namespace MigrationConformance.Core;

/// <summary>An interleaved run in which every invariant, and the rule of each step of a migration, is checked at every step.</summary>
/// <param name="End">How it ended.</param>
/// <param name="Violation">The first rule that did not hold, or null. A deadlock and a run without end are violations too; the known BUG is none.</param>
/// <param name="Made">The task of each step that was made.</param>
/// <param name="Run">The machine, at the end.</param>
public sealed record CheckedRun(InterleavingEnd End, Violation? Violation, int[] Made, ScenarioMachine Run)
{
    /// <summary>What a violation is called that stands before the first step.</summary>
    public const string AtTheStart = "at the start: ";

    /// <summary>What a deadlock is called.</summary>
    public const string NoDeadlock = "no deadlock";

    /// <summary>Runs with the engine's own steps.</summary>
    /// <param name="interleaved">The run.</param>
    /// <returns>How it went.</returns>
    /// <exception cref="ScenarioException">There is no such machine.</exception>
    public static CheckedRun Of(Interleaved interleaved) => Of(interleaved, default(EngineStepper));

    /// <summary>Runs.</summary>
    /// <typeparam name="TStepper">Who makes the steps.</typeparam>
    /// <param name="interleaved">The run.</param>
    /// <param name="stepper">Who makes the steps.</param>
    /// <returns>How it went.</returns>
    /// <exception cref="ScenarioException">There is no such machine.</exception>
    public static CheckedRun Of<TStepper>(Interleaved interleaved, TStepper stepper)
        where TStepper : IStepper
    {
        ScenarioMachine run = interleaved.Build();
        Machine m = run.Machine;
        var survey = new Survey(m);
        if (InvariantList.Check(m, survey) is { } atStart)
            return new CheckedRun(InterleavingEnd.Violated, atStart with { Rule = AtTheStart + atStart.Rule }, [], run);
        var made = new List<int>();
        var ruled = new Ruled<TStepper>(m, stepper);
        (InterleavingEnd end, Violation? violation, int steps) = Interleaving.Run(m, survey, interleaved.Schedule.AsSpan(), ruled, made);
        if (end == InterleavingEnd.Violated && NoBug.IsKnown(m))
            return new CheckedRun(InterleavingEnd.KnownBug, null, [.. made], run);
        violation ??= ruled.Broken ?? end switch
        {
            InterleavingEnd.Deadlock => new Violation(NoDeadlock, WaitGraph.Cycle(m)!, Pfn.None),
            InterleavingEnd.Endless => new Violation("every run ends", $"{steps} steps were made, and there is no end.", Pfn.None),
            _ => null,
        };
        return new CheckedRun(violation is null ? end : InterleavingEnd.Violated, violation, [.. made], run);
    }

    /// <summary>Steps with the rule of each checked over the machines before and after; once one is broken nobody goes on.</summary>
    private sealed class Ruled<TStepper>(Machine start, TStepper stepper) : IStepper
        where TStepper : IStepper
    {
        private readonly Machine before = new(start);
        private TStepper inner = stepper;

        public Violation? Broken { get; private set; }

        public StepResult Advance(Machine m, TaskId task)
        {
            if (Broken is not null)
                return StepResult.Finished;
            before.CopyFrom(m);
            StepResult result;
            try
            {
                result = inner.Advance(m, task);
            }
            catch (Exception crash) when (crash is EngineFault or IndexOutOfRangeException or OverflowException or ArgumentException or NullReferenceException)
            {
                // A step that leaves its tables says so in a sentence too, and is shrunk like any other failure.
                Broken = new Violation("ENGINE", $"{StepRules.Where(before.Tasks[task.Value], task.Value)}: {crash.Message.Split('\n')[0]}", before.Tasks[task.Value].Page);
                return StepResult.Finished;
            }
            if (result == StepResult.Ran)
                Broken = StepRules.Check(new Transition(before, m, task.Value));
            return result;
        }
    }
}
