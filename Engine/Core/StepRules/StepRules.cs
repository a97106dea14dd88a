namespace MigrationConformance.Core;

/// <summary>Rules over the machines before and after a step: one for each of migrate_pages and of the call around it, and those of every task.</summary>
public static class StepRules
{
    private static readonly StepRule[] Rules = [.. MigrationRules.All, .. PolicyRules.All, .. LockRules.All];

    /// <summary>All rules: those of a migration in the order of its steps, then those of every task.</summary>
    public static ReadOnlySpan<StepRule> All => Rules;

    /// <summary>What is wrong with a step, in a sentence: the rule, and the step that it does not hold for.</summary>
    /// <param name="step">The step.</param>
    /// <returns>The violation, or null.</returns>
    public static Violation? Check(in Transition step) =>
        Broken(step) is { } rule ? new Violation(rule.Id, $"{rule.Quote} Not so after {Where(step.From, step.Task)}.", step.From.Page) : null;

    /// <summary>A step by its name, its task, and the page at work.</summary>
    /// <param name="t">The task before the step.</param>
    /// <param name="task">Its number.</param>
    /// <returns><c>CopyFlags of task 0 for page 3 in pass 1</c>.</returns>
    public static string Where(in KernelTask t, int task)
    {
        string pass = t.Kind == TaskKind.Migration ? FormattableString.Invariant($" in pass {t.Pass}") : "";
        string page = t.Page.IsNone ? "" : FormattableString.Invariant($" for page {t.Page.Value}{pass}");
        return FormattableString.Invariant($"{Tasks.StepName(t)} of task {task}{page}");
    }

    /// <summary>The first rule that a step breaks.</summary>
    /// <param name="step">The step.</param>
    /// <param name="triggered">Counts, for each rule of <see cref="All"/>, how often a step was one that it is about; or null.</param>
    /// <returns>The rule, or null: also for a step that hit a kernel BUG.</returns>
    public static StepRule? Broken(in Transition step, int[]? triggered = null)
    {
        if (step.After.Bug.Check != BugCheck.None)
            return null;
        int first = step.From.Kind == TaskKind.Migration ? 0 : Rules.Length - LockRules.All.Length;
        for (int i = first; i < Rules.Length; i++)
        {
            if (!Rules[i].IsAbout(step.Before, step.Task))
                continue;
            if (triggered is not null)
                triggered[i]++;
            if (!Rules[i].Then(step))
                return Rules[i];
        }
        return null;
    }
}
