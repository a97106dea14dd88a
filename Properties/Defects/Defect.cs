using CsCheck;
using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>
/// A planted defect: what a wrong line of the kernel would have done, as a change of the machine after a step of the right
/// one (a fault); or, where the wrong line makes a step possible or impossible, as another way to make steps (a variant).
/// </summary>
public sealed class Defect
{
    /// <summary>The ids of the catalogue that it stands for; the first one names it.</summary>
    public required string[] Ids { get; init; }

    /// <summary>The rule or invariant that must catch it.</summary>
    public required string Rule { get; init; }

    /// <summary>What it is planted on.</summary>
    public required Stage On { get; init; }

    /// <summary>The action after which the machine is changed, or null for a variant.</summary>
    public string? Action { get; init; }

    /// <summary>The name of the step after which it is changed; empty for every step of the action.</summary>
    public string Step { get; init; } = "";

    /// <summary>What the wrong line does.</summary>
    public PlantDefect? Plant { get; init; }

    /// <summary>Makes the steps instead of the engine.</summary>
    public IStepper? Variant { get; init; }

    /// <summary>The engine has it as the kernel had it: nothing is planted, and the search finds it all the same.</summary>
    public bool InTheCode { get; init; }

    public string Id => Ids[0];

    public string What => Catalogue.Of(Id).Title;

    public override string ToString() => Id;

    /// <summary>Whether the step between two machines is one that the wrong line makes.</summary>
    public bool Strikes(Machine before, int task) => Step.Length == 0 || Tasks.StepName(before.Tasks[task]) == Step;

    /// <summary>Changes a machine after a step; what it runs into by that is a kernel BUG like any other.</summary>
    public void Change(Machine before, Machine m, int task)
    {
        ref KernelTask t = ref m.Tasks[task];
        try
        {
            Plant!(before, m, ref t);
        }
        catch (KernelBugException bug)
        {
            m.Bug = new BugRecord { Check = bug.Check, Page = bug.Page, Task = new TaskId(task), Step = before.Tasks[task].Step };
        }
    }

    /// <summary>The number of the task whose action it is.</summary>
    public int Task => Action is { } action && action.StartsWith("task ", StringComparison.Ordinal) ? action[5] - '0' : 0;
}

/// <summary>Changes a machine in which a task has just made a step.</summary>
public delegate void PlantDefect(Machine before, Machine m, ref KernelTask t);

/// <summary>The engine's steps with a fault in them: the same as CsCheck's Fault, for a run that is to be shown.</summary>
public sealed class FaultyStepper(Defect defect) : IStepper
{
    private readonly Machine before = new();

    public StepResult Advance(Machine m, TaskId task)
    {
        before.CopyFrom(m);
        StepResult result = Tasks.Advance(m, task);
        if (result == StepResult.Ran && task.Value == defect.Task && defect.Strikes(before, task.Value))
            defect.Change(before, m, task.Value);
        return result;
    }
}
