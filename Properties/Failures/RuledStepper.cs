using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>Steps with the rule of each step of a migration checked over the machines before and after; once one is broken nobody goes on.</summary>
public sealed class RuledStepper<TStepper>(Machine start, TStepper stepper) : IStepper
    where TStepper : IStepper
{
    private readonly Machine before = new(start);
    private TStepper inner = stepper;

    /// <summary>The first rule that was broken.</summary>
    public StepRule? Broken { get; private set; }

    /// <summary>The page at work when it was.</summary>
    public Pfn Page { get; private set; } = Pfn.None;

    /// <inheritdoc/>
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
            string where = $"task {task.Value}, {before.Tasks[task.Value].Kind} at {Tasks.StepName(before.Tasks[task.Value])}";
            Broken = new StepRule("ENGINE", $"{where}: {crash.Message.Split('\n')[0]}", MigrationStep.None, _ => false);
            Page = before.Tasks[task.Value].Page;
            return StepResult.Finished;
        }
        if (result == StepResult.Ran)
            (Broken, Page) = (StepRules.Broken(before, m, task.Value), before.Tasks[task.Value].Page);
        return result;
    }
}
