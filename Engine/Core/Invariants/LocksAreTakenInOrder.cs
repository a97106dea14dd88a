namespace MigrationConformance.Core;

/// <summary>
/// mmap_sem comes before page locks, the lock of the old page before that of the new one, both before spin locks; and of
/// those nobody keeps two from one step to the next.
/// </summary>
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
            if (TakesMmapSem(t) && (t.HoldsPageLock != 0 || t.HoldsNewpageLock != 0))
                return new Violation(Name, $"task {task} takes mmap_sem at {Tasks.StepName(t)} with the lock of page {t.Page.Value}", t.Page);
            if (SpinLocksHeld.By(m, task, out WaitKind kind, out int number) > 1)
                return new Violation(Name, $"task {task} keeps {kind} {number} and another spin lock at {Tasks.StepName(t)}", t.Page);
        }
        return null;
    }

    private static bool TakesMmapSem(in KernelTask t) => t.Kind switch
    {
        TaskKind.Fault or TaskKind.GetUserPages => (FaultStep)t.Step is FaultStep.HandlePteFault or FaultStep.FollowPage && Faults.TakesMmapSem(t),
        TaskKind.Mlock => t.Step == (int)FaultStep.SetLocked,
        TaskKind.Migration => t.Step == (int)PolicyStep.TakeMmapSem,
        TaskKind.Swapoff => t.Step == (int)SwapoffStep.WaitForMmapSem,
        _ => false,
    };
}
