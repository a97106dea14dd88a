using CsCheck;
using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>A machine as CsCheck's Spec wants its states: immutable from outside, with value equality.</summary>
public sealed class State(Machine machine, Survey survey, IStepper stepper) : IEquatable<State>
{
    private readonly State?[] next = new State?[machine.Tasks.Count];
    private Violation? violation;
    private bool checkedOnce;

    public Machine Machine { get; } = machine;

    public Survey Survey { get; } = survey;

    /// <summary>The first invariant that does not hold.</summary>
    public Violation? Violation
    {
        get
        {
            if (!checkedOnce)
                (violation, checkedOnce) = (InvariantList.Check(Machine, Survey), true);
            return violation;
        }
    }

    /// <summary>Whether every task is over.</summary>
    public bool IsOver
    {
        get
        {
            foreach (ref KernelTask t in Machine.Tasks.Rows)
            {
                if (!TaskLocals.IsFinished(t))
                    return false;
            }
            return true;
        }
    }

    /// <summary>Where each task stands, and what is broken: a step of a counterexample.</summary>
    public override string ToString() => string.Join("; ", Machine.Tasks.Rows.ToArray().Select(t => Tasks.StepName(t))) + (Violation is { } wrong ? $" – {wrong}" : "");

    public bool Equals(State? other) => other is not null && Machine.Equals(other.Machine);

    public override bool Equals(object? obj) => Equals(obj as State);

    public override int GetHashCode() => Machine.GetHashCode();

    /// <summary>Another machine in the same run.</summary>
    public State With(Machine other) => new(other, Survey, stepper);

    /// <summary>Whether a task can make a step.</summary>
    public bool Can(int task)
    {
        if (next[task] is not null)
            return true;
        var after = new Machine(Machine);
        StepResult result = stepper.Advance(after, new TaskId(task));
        if (result is StepResult.Finished or StepResult.Blocked || Machine.Bug.Check != BugCheck.None)
            return false;
        StateSpace.Settle(after);
        next[task] = With(after);
        return true;
    }

    /// <summary>The state after a step of a task that can make one. It is made once and not kept.</summary>
    public State After(int task)
    {
        if (!Can(task))
            throw new InvalidOperationException($"task {task} cannot go on");
        State after = next[task]!;
        next[task] = null;
        return after;
    }
}

/// <summary>CsCheck's Spec over a small machine: an action per task, a rule per step, every invariant by its name.</summary>
public static class MigrationSpec
{
    /// <summary>The action of a task.</summary>
    public static string Action(int task) => $"task {task}";

    /// <summary>The name of a rule for the steps of a task: a rule of CsCheck's is about one action.</summary>
    public static string RuleOf(string rule, int task) => task == 0 ? rule : $"{rule}, {Action(task)}";

    /// <summary>A spec whose steps are the engine's, or those of a variant of it.</summary>
    public static Spec<State> Of(Machine start, IStepper? variant = null)
    {
        Spec<State> spec = Spec.From(new State(start, new Survey(start), variant ?? default(EngineStepper)));
        for (int task = 0; task < start.Tasks.Count; task++)
        {
            int mine = task;
            spec = spec.Action(Action(mine), s => s.Can(mine), s => s.After(mine));
        }
        // The invariants first, in their order: a defect is told by the sharpest.
        foreach ((string name, _) in InvariantList.All)
        {
            string mine = name;
            spec = spec.Invariant(mine, $"{mine}, after every step.", s => s.Violation?.Rule != mine);
        }
        foreach (StepRule rule in StepRules.All.ToArray())
        {
            for (int task = 0; task < (rule.OfEveryTask is null ? 1 : start.Tasks.Count); task++)
            {
                int mine = task;
                spec = spec.Rule(RuleOf(rule.Id, mine), rule.Quote, Action(mine),
                    (before, after) => rule.IsAbout(before.Machine, mine),
                    (before, after) => rule.Then(new Transition(before.Machine, after.Machine, mine)));
            }
        }
        return spec.Terminal(s => s.IsOver);
    }
}
