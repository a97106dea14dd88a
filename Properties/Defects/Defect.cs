using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>A planted defect: what a wrong line of the kernel would have done, as a change of the machine after a step.</summary>
/// <param name="Id">The mutation or defect it stands for.</param>
/// <param name="What">What is wrong, in a few words.</param>
/// <param name="Rule">The rule or invariant that must catch it.</param>
/// <param name="Step">The step after which the machine is changed.</param>
/// <param name="Plant">Changes the machine; the machine before the step is given.</param>
public sealed record Defect(string Id, string What, string Rule, MigrationStep Step, PlantDefect Plant)
{
    /// <inheritdoc/>
    public override string ToString() => Id;
}

/// <summary>Changes a machine in which a migration has just made a step.</summary>
public delegate void PlantDefect(Machine before, Machine m, ref KernelTask t);

/// <summary>The engine's steps, with a defect planted and every rule checked after each.</summary>
public sealed class DefectiveStepper(Defect? defect, Survey survey) : IStepper
{
    private readonly Machine before = new(survey.Start);

    /// <summary>The rule that caught it.</summary>
    public string? CaughtBy { get; private set; }

    /// <summary>What the rule said.</summary>
    public string? Sentence { get; private set; }

    /// <inheritdoc/>
    public StepResult Advance(Machine m, TaskId task)
    {
        if (CaughtBy is not null)
            return StepResult.Finished;
        before.CopyFrom(m);
        StepResult result = Tasks.Advance(m, task);
        if (result is not (StepResult.Ran or StepResult.Bug))
            return result;
        if (result == StepResult.Ran)
            Plant(m, task);
        Catch(m, task);
        return result;
    }

    private void Plant(Machine m, TaskId task)
    {
        ref KernelTask t = ref m.Tasks[task.Value];
        if (defect is null || t.Kind != TaskKind.Migration || before.Tasks[task.Value].Step != (int)defect.Step)
            return;
        try
        {
            defect.Plant(before, m, ref t);
        }
        catch (KernelBugException bug)
        {
            m.Bug = new BugRecord { Check = bug.Check, Page = bug.Page, Task = task, Step = t.Step };
        }
    }

    private void Catch(Machine m, TaskId task)
    {
        if (m.Bug.Check != BugCheck.None && Checked.IsKnownBug(m))
            return;
        if (InvariantList.Check(m, survey) is { } violation)
            (CaughtBy, Sentence) = (violation.Invariant, violation.Text);
        else if (StepRules.Broken(before, m, task.Value) is { } rule)
            (CaughtBy, Sentence) = (rule.Id, rule.Quote);
    }
}
