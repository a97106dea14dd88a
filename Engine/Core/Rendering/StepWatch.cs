using System.Globalization;

namespace MigrationConformance.Core;

/// <summary>Renders the machine before and after each step, and turns the differences into the lines of a trace.</summary>
internal sealed class StepWatch(MachineView view)
{
    private readonly PassBlocks passes = new();
    private readonly MachineChanges changes = new(view);
    private BackOutReason reasonBefore;

    /// <summary>Hands the steps of a run to a watch.</summary>
    internal struct Observer : IMigrationObserver
    {
        public StepWatch Watch;

        public readonly void Before(Machine m, TaskId task, MigrationStep step) => Watch.Before(m.Tasks[task.Value]);

        public readonly void After(Machine m, TaskId task, MigrationStep step) => Watch.After(m.Tasks[task.Value], step);
    }

    /// <inheritdoc/>
    public override string ToString() => passes.ToString();

    private void Before(in KernelTask t)
    {
        reasonBefore = t.Reason;
        changes.Remember();
    }

    private void After(in KernelTask t, MigrationStep step)
    {
        if (t.Call != 0 && ((int)step >= (int)PolicyStep.CheckArguments || step is MigrationStep.Begin or MigrationStep.Finished))
        {
            string name = step switch { MigrationStep.Begin => "migrate_pages", MigrationStep.Finished => "returned", _ => PolicyCalls.StepName((int)step) };
            passes.Part($"- {name}", changes.Since());
            return;
        }
        if (step is MigrationStep.Begin or MigrationStep.FinishPass || (step == MigrationStep.ChoosePage && t.Page.IsNone))
            return;
        string changed = changes.Since();
        if (step == MigrationStep.BeginPass)
            passes.Begin(t.Pass, changed);
        else if (step == MigrationStep.ChoosePage)
            passes.Line(1, view.Page(t.Page) + Said("", t, changed));
        else
            passes.Line(2, Name(step) + Said(step == MigrationStep.FinishPage ? "rc " + PassBlocks.Rc(t.Rc) : "", t, changed));
    }

    private static string Name(MigrationStep step) =>
        (step <= MigrationStep.MoveToLru ? ((int)step).ToString(CultureInfo.InvariantCulture) : "-") + $" {step}";

    // The reason stands with the step that gave it.
    private string Said(string answer, in KernelTask t, string changed)
    {
        string why = t.Reason != BackOutReason.None && reasonBefore != t.Reason ? $"leaves {t.Reason}" : "";
        string[] parts = Array.FindAll([why, answer, changed], part => part.Length > 0);
        return parts.Length == 0 ? "" : ": " + string.Join(", ", parts);
    }
}
