namespace MigrationConformance.Core;

/// <summary>A task whose next step can sleep holds no spin lock.</summary>
internal static class NobodySleepsUnderASpinLock
{
    public const string Name = "nobody sleeps under a spin lock";

    public static Violation? Check(Machine m, Survey survey)
    {
        for (int task = 0; task < m.Tasks.Count; task++)
        {
            ref KernelTask t = ref m.Tasks[task];
            if (MaySleep(t) && SpinLocksHeld.By(m, task, out WaitKind kind, out int number) > 0)
                return new Violation(Name, $"task {task} can sleep at {Tasks.StepName(t)} and holds {kind} {number}", t.Page);
        }
        return null;
    }

    // lock_page, wait_on_page_writeback, a filesystem's writepage, GFP_KERNEL, lock_buffer, mmap_sem.
    private static bool MaySleep(in KernelTask t) => t.Kind switch
    {
        TaskKind.Migration => (MigrationStep)t.Step switch
        {
            MigrationStep.LockPage => t.Pass > MigratePages.LastTryPass,
            MigrationStep.WaitOnWriteback => t.Pass > 0,
            MigrationStep.AddToSwapCache or MigrationStep.PrepareNewPage or MigrationStep.Writepage or MigrationStep.HandleWriteError
                or MigrationStep.ReleaseBuffers or MigrationStep.SwapPageReleaseBuffers or MigrationStep.LockBuffers => true,
            _ => t.Step == (int)PolicyStep.TakeMmapSem,
        },
        TaskKind.Fault or TaskKind.GetUserPages or TaskKind.Mlock => (FaultStep)t.Step
            is FaultStep.SwapLock or FaultStep.FileLock or FaultStep.SetDirtyLock or FaultStep.WpCopy or FaultStep.FileCopy or FaultStep.SwapReadEnds or FaultStep.FileReadEnds,
        TaskKind.FindGetPage or TaskKind.FindLockPage => t.Step == (int)ReaderStep.Lock,
        TaskKind.Truncate or TaskKind.InvalidateInodePages2 or TaskKind.InvalidateMappingPages => (TruncateStep)t.Step
            is TruncateStep.Lock or TruncateStep.Wait or TruncateStep.DiscardBuffer or TruncateStep.PartialLock or TruncateStep.PartialWait or TruncateStep.PartialCut,
        TaskKind.WritebackStart => (WritebackStep)t.Step is WritebackStep.Lock or WritebackStep.Writepage,
        _ => false,
    };
}
