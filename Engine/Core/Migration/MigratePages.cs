using System.Runtime.CompilerServices;

namespace MigrationConformance.Core;

/// <summary>migrate_pages: moves the pages of a list to the pages of another one, in at most eleven passes.</summary>
/// <remarks>
/// Kernel: mm/vmscan.c migrate_pages(). The function is a task that makes one atomic step a call and can be left
/// before any of them. This file has the driver; MigratePages.Passes.cs and MigratePages.Attempt.cs have the steps of
/// migrate_pages itself, in the code's order; those of migrate_page are in MigratePage, those of swap_page in SwapPage; MigratePages.Methods.cs has what 5/5 and later fixes put between steps 4 and 5.
/// Deviation: the patch's comments speak of 10 attempts and of two passes that skip locked pages. The code makes
/// up to 11 passes (0 to 10), skips locked pages in passes 0, 1 and 2, and does not wait for writeback in pass 0.
/// </remarks>
public static partial class MigratePages
{
    /// <summary>The last pass: it is the eleventh.</summary>
    public const int LastPass = 10;

    /// <summary>The last pass that skips a locked page instead of waiting for it.</summary>
    public const int LastTryPass = 2;

    /// <summary>The last pass that only retries a page with busy buffers; later ones swap it out.</summary>
    public const int LastPassWithoutFallback = 4;

    /// <summary>Makes a task that stands before the first step of migrate_pages.</summary>
    /// <param name="from">The pages to move, isolated.</param>
    /// <param name="to">The new pages, or none to swap pages out.</param>
    /// <param name="moved">Receives the old pages that are done.</param>
    /// <param name="failed">Receives the pages that failed for good.</param>
    /// <param name="cpu">The CPU it runs on.</param>
    /// <returns>The row to add to the machine's tasks.</returns>
    public static KernelTask NewTask(ListId from, ListId to, ListId moved, ListId failed, int cpu = 0) =>
        KernelTask.New(TaskKind.Migration, cpu) with
        {
            Step = (int)MigrationStep.Begin,
            From = from,
            To = to,
            Moved = moved,
            Failed = failed,
        };

    /// <summary>Makes one step of a migration.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="task">The migration.</param>
    /// <returns>What happened. Only <see cref="StepResult.Ran"/> and <see cref="StepResult.Bug"/> change the machine.</returns>
    public static StepResult Advance(Machine m, TaskId task)
    {
        var nothing = default(NoObserver);
        return Run(m, task, ref nothing, steps: 1);
    }

    /// <summary>Runs a migration until it returns, blocks or hits a kernel BUG.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="task">The migration.</param>
    /// <returns>Blocked, Finished or Bug.</returns>
    public static StepResult Run(Machine m, TaskId task)
    {
        var nothing = default(NoObserver);
        return Run(m, task, ref nothing);
    }

    /// <summary>Runs a migration and shows each step to an observer.</summary>
    /// <typeparam name="TObserver">The observer; a struct, so that one that does nothing costs nothing.</typeparam>
    /// <param name="m">The machine.</param>
    /// <param name="task">The migration.</param>
    /// <param name="observer">Is told before and after each step.</param>
    /// <param name="steps">The most steps to make.</param>
    /// <returns>Ran when <paramref name="steps"/> were made; else Blocked, Finished or Bug.</returns>
    public static StepResult Run<TObserver>(Machine m, TaskId task, ref TObserver observer, long steps = long.MaxValue)
        where TObserver : struct, IMigrationObserver
    {
        if (m.Bug.Check != BugCheck.None)
            return StepResult.Bug;
        m.Tasks[task.Value].WaitsFor = WaitKind.None;
        try
        {
            return Loop(m, task, ref observer, steps);
        }
        catch (KernelBugException bug)
        {
            m.NoteBug(bug, task);
            return StepResult.Bug;
        }
    }

    private static StepResult Loop<TObserver>(Machine m, TaskId task, ref TObserver observer, long steps)
        where TObserver : struct, IMigrationObserver
    {
        ref KernelTask t = ref m.Tasks[task.Value];
        int self = task.Value + 1;
        bool unseen = typeof(TObserver) == typeof(NoObserver) && steps == long.MaxValue;
        for (; steps > 0; steps--)
        {
            var step = (MigrationStep)t.Step;
            if (step == MigrationStep.Finished)
                return StepResult.Finished;
            observer.Before(m, task, step);
            MigrationStep next = unseen && step == MigrationStep.ChoosePage
                ? StraightOn(m, ref t, self)
                : Step(m, ref t, self, step);
            if (next == MigrationStep.None)
                return StepResult.Blocked;
            t.Step = (int)next;
            observer.After(m, task, step);
        }
        return StepResult.Ran;
    }

    /// <summary>
    /// Takes a page from the choice to its end as long as nothing out of the ordinary happens: the same steps in the
    /// same order, without going back to the loop after each. Only a run that nobody watches comes here.
    /// </summary>
    /// <returns>The step that comes next, or None when the task has to wait at its current step.</returns>
    private static MigrationStep StraightOn(Machine m, ref KernelTask t, int self)
    {
        MigrationStep next = ChoosePage(m, ref t);
        if (next != MigrationStep.LockPage)
            return next;
        t.Step = (int)MigrationStep.LockPage;
        ref Page p = ref Old(m, t);
        if ((next = LockPage(m, ref t, ref p)) != MigrationStep.WaitOnWriteback)
            return next;
        t.Step = (int)MigrationStep.WaitOnWriteback;
        if ((next = WaitOnWriteback(m, ref t, ref p, self)) != MigrationStep.PrepareNewPage)
            return next;
        t.Step = (int)MigrationStep.PrepareNewPage;
        if ((next = PrepareNewPage(m, ref t)) != MigrationStep.CheckPageMapping)
            return next;
        t.Step = (int)MigrationStep.CheckPageMapping;
        if ((next = CheckPageMapping(m, ref t, ref p)) == MigrationStep.Migratepage)
        {
            t.Step = (int)MigrationStep.Migratepage;
            next = Migratepage(m, ref t, ref p);
        }
        if (next != MigrationStep.CheckReferences)
            return next;
        t.Step = (int)MigrationStep.CheckReferences;
        if ((next = MigratePage.StraightOn(m, ref t, self, ref p, ref New(m, t))) != MigrationStep.DropLocks)
            return next;
        t.Step = (int)MigrationStep.DropLocks;
        if ((next = DropLocks(m, ref t)) != MigrationStep.MoveToLru)
            return next;
        t.Step = (int)MigrationStep.MoveToLru;
        if ((next = MoveToLru(m, ref t, ref New(m, t), self)) != MigrationStep.FinishPage)
            return next;
        t.Step = (int)MigrationStep.FinishPage;
        return FinishPage(m, ref t);
    }

    /// <summary>Makes one step.</summary>
    /// <returns>The step that comes next, or None when the task has to wait.</returns>
    private static MigrationStep Step(Machine m, ref KernelTask t, int self, MigrationStep step) => step switch
    {
        MigrationStep.Begin => Begin(ref t),
        MigrationStep.BeginPass => BeginPass(m, ref t, self),
        MigrationStep.ChoosePage => ChoosePage(m, ref t),
        MigrationStep.LockPage => LockPage(m, ref t, ref Old(m, t)),
        MigrationStep.WaitOnWriteback => WaitOnWriteback(m, ref t, ref Old(m, t), self),
        MigrationStep.AddToSwap => AddToSwap(m, ref t, self),
        MigrationStep.AddToSwapCache => AddToSwapCache(m, ref t, self),
        MigrationStep.SwapInstead => MigrationStep.SwapPageUnmap,
        MigrationStep.PrepareNewPage => PrepareNewPage(m, ref t),
        MigrationStep.CheckPageMapping => CheckPageMapping(m, ref t, ref Old(m, t)),
        MigrationStep.Migratepage => Migratepage(m, ref t, ref Old(m, t)),
        MigrationStep.UnmapBeforeWriting => UnmapBeforeWriting(m, ref t, self),
        MigrationStep.CheckUnmappedBeforeWriting => CheckUnmappedBeforeWriting(ref t, ref Old(m, t)),
        MigrationStep.Pageout => StartPageout(m, ref t),
        MigrationStep.Writepage => Writepage(m, ref t, self),
        MigrationStep.HandleWriteError => HandleWriteError(m, ref t),
        MigrationStep.ReleaseBuffers => ReleaseBuffers(m, ref t, self),
        MigrationStep.SwapFallback => SwapFallback(m, ref t),
        MigrationStep.CheckReferences => MigratePage.CheckReferences(ref t, ref Old(m, t)),
        MigrationStep.TryToUnmap => MigratePage.Unmap(m, ref t, self),
        MigrationStep.CheckUnmapped => MigratePage.CheckUnmapped(m, ref t, ref Old(m, t)),
        MigrationStep.TakeTreeLock => MigratePage.TakeTreeLock(m, ref t, ref Old(m, t), self),
        MigrationStep.CheckMapping => MigratePage.CheckMapping(m, ref t, ref Old(m, t)),
        MigrationStep.CheckCount => MigratePage.CheckCount(m, ref t, ref Old(m, t)),
        MigrationStep.CheckSlot => MigratePage.CheckSlot(m, ref t),
        MigrationStep.EstablishNewPage => MigratePage.EstablishNewPage(ref Old(m, t), ref New(m, t)),
        MigrationStep.SwitchSlot => MigratePage.SwitchSlot(m, ref t),
        MigrationStep.DropTreeReference => MigratePage.DropTreeReference(ref Old(m, t)),
        MigrationStep.DropTreeLock => MigratePage.DropTreeLock(m, ref t),
        MigrationStep.LockBuffers => BufferMigratePage.LockBuffer(m, ref t, Old(m, t)),
        MigrationStep.MoveBuffers => BufferMigratePage.MoveBuffers(m, ref t, ref Old(m, t), ref New(m, t)),
        MigrationStep.SetBufferPages => BufferMigratePage.SetBufferPage(m, ref t, New(m, t)),
        MigrationStep.SetPagePrivate => BufferMigratePage.SetPagePrivate(ref New(m, t)),
        MigrationStep.CopyContents => MigratePage.CopyContents(ref Old(m, t), ref New(m, t)),
        MigrationStep.CopyFlags => MigratePage.CopyFlags(ref Old(m, t), ref New(m, t)),
        MigrationStep.TransferDirty => MigratePage.TransferDirty(m, ref t, self),
        MigrationStep.ClearOldPage => MigratePage.ClearOldPage(ref Old(m, t)),
        MigrationStep.EndNewPageWriteback => MigratePage.EndNewPageWriteback(m, ref t, ref New(m, t), self),
        MigrationStep.RemoveFromSwap => MigratePage.RemoveFromSwap(m, ref t, self),
        MigrationStep.RestoreEntries => MigratePage.RestoreEntries(m, ref t, self),
        MigrationStep.DeleteFromSwapCache => MigratePage.DeleteFromSwapCache(m, ref t, self),
        MigrationStep.UnlockBuffers => BufferMigratePage.UnlockBuffer(m, ref t, New(m, t)),
        MigrationStep.DropLocks => DropLocks(m, ref t),
        MigrationStep.MoveToLru => MoveToLru(m, ref t, ref New(m, t), self),
        MigrationStep.SwapPageUnmap => SwapPage.Unmap(m, ref t, self),
        MigrationStep.SwapPagePageout => SwapPage.StartPageout(m, ref t),
        MigrationStep.SwapPageReleaseBuffers => SwapPage.ReleaseBuffers(m, ref t, self),
        MigrationStep.SwapPageRemoveMapping => SwapPage.RemoveMapping(m, ref t, self),
        MigrationStep.FinishPage => FinishPage(m, ref t),
        MigrationStep.FinishPass => FinishPass(ref t),
        _ => throw new EngineFault(m, $"a migration stands at step {t.Step}"),
    };

    private static ref Page Old(Machine m, in KernelTask t) => ref m.Pages[t.Page.Value];

    private static ref Page New(Machine m, in KernelTask t) => ref m.Pages[t.Newpage.Value];
}
