using CsCheck;
using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>A machine as CsCheck's Spec wants its states: immutable from outside, with value equality.</summary>
public sealed class State(Machine machine, Survey survey) : IEquatable<State>
{
    public Machine Machine { get; } = machine;

    public Survey Survey { get; } = survey;

    public bool Equals(State? other) => other is not null && Machine.Equals(other.Machine);

    public override bool Equals(object? obj) => Equals(obj as State);

    public override int GetHashCode() => Machine.GetHashCode();

    /// <summary>The state after a step of a task, or null when the task cannot go on.</summary>
    public State? After(int task)
    {
        var next = new Machine(Machine);
        StepResult result = Tasks.Advance(next, new TaskId(task));
        if (result is StepResult.Finished or StepResult.Blocked || Machine.Bug.Check != BugCheck.None)
            return null;
        StateSpace.Settle(next);
        return new State(next, Survey);
    }
}

/// <summary>CsCheck's Spec over a small machine: an action per task, a rule per step, every invariant.</summary>
public static class MigrationSpec
{
    public static Spec<State> Of(Machine start)
    {
        var survey = new Survey(start);
        Spec<State> spec = Spec.From(new State(start, survey));
        for (int task = 0; task < start.Tasks.Count; task++)
        {
            int mine = task;
            spec = spec.Action($"task {mine}", s => s.After(mine) is not null, s => s.After(mine)!);
        }
        foreach (StepRule rule in StepRules.All)
        {
            spec = spec.Rule(rule.Id, rule.Quote, "task 0",
                (before, after) => before.Machine.Tasks[0].Step == (int)rule.Step,
                (before, after) => rule.Then(new Moved(before.Machine, after.Machine, 0)));
        }
        return spec.Invariant("INVARIANTS", "Every invariant holds after every step.", s => InvariantList.Check(s.Machine, s.Survey) is null)
            .Terminal(s => s.Machine.Tasks.Rows.ToArray().All(t => TaskLocals.IsFinished(t)));
    }
}
