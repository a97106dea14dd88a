namespace MigrationConformance.Core;

/// <summary>A migration has the lock of a new page only while it has that of the old one, which it takes first and drops last.</summary>
internal static class LocksAreTakenInOrder
{
    public const string Name = "locks are taken in order";

    public static Violation? Check(Machine m, Survey survey)
    {
        for (int task = 0; task < m.Tasks.Count; task++)
        {
            ref KernelTask t = ref m.Tasks[task];
            // A writepage that fails has unlocked the old page, and handle_write_error locks it once more.
            if (t.Kind == TaskKind.Migration && t.HoldsNewpageLock != 0 && t.HoldsPageLock == 0 && t.Step != (int)MigrationStep.HandleWriteError)
                return new Violation(Name, $"task {task} has the lock of the new page {t.Newpage.Value} and not that of page {t.Page.Value}", t.Newpage);
        }
        return null;
    }
}
