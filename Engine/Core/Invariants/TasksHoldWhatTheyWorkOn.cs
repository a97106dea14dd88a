namespace MigrationConformance.Core;

/// <summary>A page that a task has at hand is held by that task, above all while it sleeps on the page's lock.</summary>
internal static class TasksHoldWhatTheyWorkOn
{
    public const string Name = "tasks hold what they work on";

    public static Violation? Check(Machine m, Survey survey)
    {
        for (int task = 0; task < m.Tasks.Count; task++)
        {
            ref KernelTask t = ref m.Tasks[task];
            // A migration's page is held by its isolation, a reclaim's by the list it came from.
            bool local = t.Kind is not (TaskKind.None or TaskKind.Migration) && !TaskLocals.Reclaims(t) && !TaskLocals.IsFinished(t);
            if (local && !t.Page.IsNone && TaskLocals.References(t) == 0)
                return new Violation(Name, $"task {task} ({t.Kind} at {Tasks.StepName(t)}) works on page {t.Page.Value} and holds no reference: {Ledger.Describe(m, t.Page)}", t.Page);
        }
        return null;
    }
}
