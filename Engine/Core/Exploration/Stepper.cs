namespace MigrationConformance.Core;

/// <summary>Takes a migration to a chosen step and leaves it there.</summary>
public static class Stepper
{
    /// <summary>Runs a migration until it stands before a step.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="task">The migration.</param>
    /// <param name="step">The step to stop at. A migration that stands before it already does not move.</param>
    /// <param name="pass">Only in this pass, 0 to 10; −1 for any.</param>
    /// <param name="page">Only for this page; none for any.</param>
    /// <returns>True when it stands there; false when it returned, blocked or hit a BUG first.</returns>
    public static bool RunUntilBefore(Machine m, TaskId task, MigrationStep step, int pass = -1, Pfn? page = null)
    {
        while (true)
        {
            ref KernelTask t = ref m.Tasks[task.Value];
            bool here = t.Step == (int)step && (pass < 0 || t.Pass == pass) && (page is not Pfn wanted || t.Page == wanted);
            if (here)
                return true;
            if (MigratePages.Advance(m, task) != StepResult.Ran)
                return false;
        }
    }
}
