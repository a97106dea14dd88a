using System.Runtime.CompilerServices;

namespace MigrationConformance.Core;

/// <summary>migrate_pages: moves the pages of a list to the pages of another one, in at most eleven passes.</summary>
/// <remarks>
/// Kernel: mm/vmscan.c migrate_pages(). The function is a task that makes one atomic step a call and can be left
/// before any of them. This file has the driver and the steps of migrate_pages itself, in the code's order; those
/// of migrate_page are in <see cref="MigratePage"/>, those of swap_page in SwapPage.
/// Deviation: the patch's comments speak of 10 attempts and of two passes that skip locked pages. The code makes
/// up to 11 passes (0 to 10), skips locked pages in passes 0, 1 and 2, and does not wait for writeback in pass 0.
/// </remarks>
public static class MigratePages
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
    public static KernelTask NewTask(ListId from, ListId to, ListId moved, ListId failed, int cpu = 0) => new()
    {
        Kind = TaskKind.Migration,
        Step = (int)MigrationStep.Begin,
        Cpu = cpu,
        From = from,
        To = to,
        Moved = moved,
        Failed = failed,
        Page = Pfn.None,
        Page2 = Pfn.None,
        Newpage = Pfn.None,
        Mapping = MappingId.None,
        Vma = VmaId.None,
        UnmapVma = -1,
        RadixPointer = RadixTree.NullSlot,
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
        if ((next = CheckPageMapping(ref t, ref p)) != MigrationStep.CheckReferences)
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
        MigrationStep.CheckPageMapping => CheckPageMapping(ref t, ref Old(m, t)),
        MigrationStep.Pageout => StartPageout(m, ref t),
        MigrationStep.Writepage => Writepage(m, ref t, self),
        MigrationStep.HandleWriteError => HandleWriteError(m, ref t),
        MigrationStep.ReleaseBuffers => ReleaseBuffers(m, ref t, self),
        MigrationStep.SwapFallback => SwapFallback(m, ref t),
        MigrationStep.CheckReferences => MigratePage.CheckReferences(ref t, ref Old(m, t)),
        MigrationStep.TryToUnmap => MigratePage.Unmap(m, ref t, self),
        MigrationStep.CheckUnmapped => MigratePage.CheckUnmapped(ref t, ref Old(m, t)),
        MigrationStep.TakeTreeLock => MigratePage.TakeTreeLock(m, ref t, ref Old(m, t), self),
        MigrationStep.CheckMapping => MigratePage.CheckMapping(m, ref t, ref Old(m, t)),
        MigrationStep.CheckCount => MigratePage.CheckCount(m, ref t, ref Old(m, t)),
        MigrationStep.CheckSlot => MigratePage.CheckSlot(m, ref t),
        MigrationStep.EstablishNewPage => MigratePage.EstablishNewPage(ref Old(m, t), ref New(m, t)),
        MigrationStep.SwitchSlot => MigratePage.SwitchSlot(m, ref t),
        MigrationStep.DropTreeReference => MigratePage.DropTreeReference(ref Old(m, t)),
        MigrationStep.DropTreeLock => MigratePage.DropTreeLock(m, ref t),
        MigrationStep.CopyContents => MigratePage.CopyContents(ref Old(m, t), ref New(m, t)),
        MigrationStep.CopyFlags => MigratePage.CopyFlags(ref Old(m, t), ref New(m, t)),
        MigrationStep.TransferDirty => MigratePage.TransferDirty(m, ref t, self),
        MigrationStep.ClearOldPage => MigratePage.ClearOldPage(ref Old(m, t)),
        MigrationStep.EndNewPageWriteback => MigratePage.EndNewPageWriteback(m, ref t, ref New(m, t), self),
        MigrationStep.RemoveFromSwap => MigratePage.RemoveFromSwap(),
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

    private static MigrationStep Begin(ref KernelTask t)
    {
        t.SwapwriteSetHere = 1 - t.PfSwapwrite;
        t.PfSwapwrite = 1;
        return MigrationStep.BeginPass;
    }

    private static MigrationStep BeginPass(Machine m, ref KernelTask t, int self)
    {
        if (Others.BeginPassWaits(m, ref t, self))
            return MigrationStep.None;
        Others.BeginPass(m, t.Pass);
        t.Retry = 0;
        t.Page2 = PageList.First(m, t.From);
        return MigrationStep.ChoosePage;
    }

    /// <summary>Takes the next page. A freed page is done at once, even when <c>to</c> is empty; else an empty <c>to</c> ends the pass.</summary>
    private static MigrationStep ChoosePage(Machine m, ref KernelTask t)
    {
        t.Page = t.Page2;
        t.Newpage = Pfn.None;
        if (t.Page.IsNone)
            return MigrationStep.FinishPass;
        ref Page p = ref m.Pages[t.Page.Value];
        t.Page2 = p.Next >= 0 ? new Pfn(p.Next) : Pfn.None;
        t.Reason = BackOutReason.None;
        t.Rc = 0;
        if (p.Count == 1)
            return Leave(ref t, BackOutReason.PageFreed, 0);
        if (m.Globals.Patch >= PatchLevel.V9 && !t.To.IsNone && PageList.IsEmpty(m, t.To))
        {
            t.Reason = BackOutReason.ToEmpty;
            t.ReasonStep = t.Step;
            return MigrationStep.FinishPass;
        }
        return MigrationStep.LockPage;
    }

    /// <summary>Step 1. Deviation: the comment says that the first two passes skip locked pages; the code skips in three.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static MigrationStep LockPage(Machine m, ref KernelTask t, ref Page p)
    {
        if (t.Pass <= LastTryPass)
        {
            if (p.TestSet(PageFlags.Locked))
                return Leave(ref t, BackOutReason.PageLocked, -Errno.EAGAIN);
        }
        else if (!PageLock.LockPage(m, t.Page))
            return Wait(ref t, WaitKind.PageLock, t.Page.Value);
        t.HoldsPageLock = 1;
        return MigrationStep.WaitOnWriteback;
    }

    /// <summary>Step 2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static MigrationStep WaitOnWriteback(Machine m, ref KernelTask t, ref Page p, int self)
    {
        if (p.Has(PageFlags.Writeback))
        {
            if (t.Pass == 0)
                return UnlockAndLeave(m, ref t, BackOutReason.UnderWriteback, -Errno.EAGAIN);
            if (Others.WriteWaits(m, ref t, self, t.Page))
                return MigrationStep.None;
            if (!Others.EndWriteback(m, t.Page))
                return Wait(ref t, WaitKind.Writeback, t.Page.Value);
        }
        if (p.IsAnon && !p.Has(PageFlags.SwapCache))
            return MigrationStep.AddToSwap;
        return AfterSwapEntry(m, t);
    }

    /// <summary>Step 3, first half: the slot.</summary>
    private static MigrationStep AddToSwap(Machine m, ref KernelTask t, int self)
    {
        if (!m.Pages[t.Page.Value].Has(PageFlags.Locked))
            KernelBugException.Throw(BugCheck.AddToSwapPageNotLocked, t.Page);
        if (Locks.WaitsForSwap(m, ref t, self))
            return MigrationStep.None;
        t.Entry = SwapFile.GetSwapPage(m);
        return t.Entry.IsNone
            ? UnlockAndLeave(m, ref t, BackOutReason.NoSwapSlot, -Errno.ENOMEM)
            : MigrationStep.AddToSwapCache;
    }

    /// <summary>Step 3, second half: the swap cache. Somebody else's page at the entry makes it look for another slot.</summary>
    private static MigrationStep AddToSwapCache(Machine m, ref KernelTask t, int self)
    {
        if (SwapState.AddToSwapCacheWaits(m, ref t, self))
            return MigrationStep.None;
        int error = SwapState.AddToSwapCacheLocked(m, t.Page, t.Entry);
        if (error != 0)
            SwapFile.SwapFree(m, t.Entry);
        t.Entry = default;
        if (error == -Errno.EEXIST)
            return MigrationStep.AddToSwap;
        if (error != 0)
            return UnlockAndLeave(m, ref t, BackOutReason.NoSwapCacheMemory, -Errno.ENOMEM);
        SwapState.MarkAddedToSwap(m, t.Page);
        return AfterSwapEntry(m, t);
    }

    private static MigrationStep AfterSwapEntry(Machine m, in KernelTask t) =>
        m.Globals.Patch == PatchLevel.Before || t.To.IsNone ? MigrationStep.SwapInstead : MigrationStep.PrepareNewPage;

    /// <summary>Step 4. Deviation: the documentation says that the new page is set to not uptodate; no code does, it comes so.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static MigrationStep PrepareNewPage(Machine m, ref KernelTask t)
    {
        Pfn newpage = PageList.Last(m, t.To);
        if (m.Pages[newpage.Value].TestSet(PageFlags.Locked) && !PageLock.LockPage(m, newpage))
            return Wait(ref t, WaitKind.PageLock, newpage.Value);
        t.Newpage = newpage;
        t.HoldsNewpageLock = 1;
        return MigrationStep.CheckPageMapping;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static MigrationStep CheckPageMapping(ref KernelTask t, ref Page p)
    {
        t.Mapping = p.PageMapping;
        if (t.Mapping.IsNone)
            return BackOut(ref t, BackOutReason.NoMapping);
        return p.Has(PageFlags.Dirty) ? MigrationStep.Pageout : AfterPageout(p);
    }

    /// <summary>A dirty page is written first. Mapped dirty pages never pass: each entry holds a reference, and nothing unmaps them before.</summary>
    private static MigrationStep StartPageout(Machine m, ref KernelTask t)
    {
        switch (Pageout.Start(m, t.Page, t.Mapping))
        {
            case PageoutStart.NotFreeable:
                return BackOut(ref t, BackOutReason.PageoutNotFreeable);
            case PageoutStart.NoWritepage:
                return BackOut(ref t, BackOutReason.PageoutNoWritepage);
            case PageoutStart.Write:
                return MigrationStep.Writepage;
            default:
                return AfterPageout(m.Pages[t.Page.Value]);
        }
    }

    /// <summary>The write, for migrate_pages itself (a new page is at hand) and for swap_page (none is).</summary>
    private static MigrationStep Writepage(Machine m, ref KernelTask t, int self)
    {
        if (Pageout.WritepageWaits(m, ref t, self, t.Mapping))
            return MigrationStep.None;
        int result = Pageout.Writepage(m, t.Page, t.Mapping);
        if (result < 0)
        {
            t.HoldsPageLock = 0;
            t.Rc = result;
            return MigrationStep.HandleWriteError;
        }
        if (!Pageout.AfterWritepage(m, t.Page, result))
            return PageoutSuccess(m, ref t);
        return t.Newpage.IsNone
            ? SwapPage.UnlockRetry(m, ref t, BackOutReason.SwapPageActivate)
            : BackOut(ref t, BackOutReason.PageoutActivate);
    }

    private static MigrationStep HandleWriteError(Machine m, ref KernelTask t)
    {
        if (!Pageout.HandleWriteError(m, t.Page, t.Mapping, t.Rc))
            return Wait(ref t, WaitKind.PageLock, t.Page.Value);
        Pageout.AfterWritepage(m, t.Page, 0);
        return PageoutSuccess(m, ref t);
    }

    /// <summary>PAGE_SUCCESS: writepage unlocked the page, so only the new page is left to unlock.</summary>
    private static MigrationStep PageoutSuccess(Machine m, ref KernelTask t)
    {
        t.HoldsPageLock = 0;
        if (t.Newpage.IsNone)
            return Leave(ref t, BackOutReason.SwapPageSuccess, -Errno.EAGAIN);
        PageLock.UnlockPage(m, t.Newpage);
        t.HoldsNewpageLock = 0;
        return Leave(ref t, BackOutReason.PageoutSuccess, -Errno.EAGAIN);
    }

    private static MigrationStep AfterPageout(in Page p) =>
        p.Has(PageFlags.Private) ? MigrationStep.ReleaseBuffers : MigrationStep.CheckReferences;

    /// <summary>Buffers go for good here, even if migrate_page backs out afterwards.</summary>
    private static MigrationStep ReleaseBuffers(Machine m, ref KernelTask t, int self)
    {
        if (Buffers.ReleaseWaits(m, ref t, self))
            return MigrationStep.None;
        if (Buffers.TryToReleasePage(m, t.Page))
            return MigrationStep.CheckReferences;
        return t.Pass > LastPassWithoutFallback
            ? MigrationStep.SwapFallback
            : BackOut(ref t, BackOutReason.BuffersBusy);
    }

    /// <summary>The new page stays on <c>to</c>; swap_page unlocks the old one.</summary>
    private static MigrationStep SwapFallback(Machine m, ref KernelTask t)
    {
        PageLock.UnlockPage(m, t.Newpage);
        t.HoldsNewpageLock = 0;
        t.Newpage = Pfn.None;
        return MigrationStep.SwapPageUnmap;
    }

    /// <summary>Step 19, for a migrated page and for one that backs out: the new page first, then the old one.</summary>
    private static MigrationStep DropLocks(Machine m, ref KernelTask t)
    {
        PageLock.UnlockPage(m, t.Newpage);
        t.HoldsNewpageLock = 0;
        PageLock.UnlockPage(m, t.Page);
        t.HoldsPageLock = 0;
        return t.Rc == 0 ? MigrationStep.MoveToLru : MigrationStep.FinishPage;
    }

    /// <summary>Step 20.</summary>
    private static MigrationStep MoveToLru(Machine m, ref KernelTask t, ref Page n, int self)
    {
        if (Lru.NextAddDrains(m, t.Cpu, n.Has(PageFlags.Active)) && LruLockBusy(m, ref t, self, n.Has(PageFlags.Active)))
            return MigrationStep.None;
        LruIsolation.MoveToLru(m, t.Cpu, t.Newpage);
        return MigrationStep.FinishPage;
    }

    /// <summary>The drain of a full pagevec takes the lru_lock of each page's zone.</summary>
    private static bool LruLockBusy(Machine m, ref KernelTask t, int self, bool active)
    {
        ref CpuPagevecs pagevecs = ref m.Pagevecs[t.Cpu];
        ref Pagevec pagevec = ref active ? ref pagevecs.LruAddActive : ref pagevecs.LruAdd;
        int zone = m.Pages[t.Newpage.Value].Zone;
        bool busy = Locks.Busy(m.Zones[zone].LruLock, self);
        for (int i = 0; i < pagevec.Nr && !busy; i++)
        {
            zone = m.Pages[pagevec.Pages[i]].Zone;
            busy = Locks.Busy(m.Zones[zone].LruLock, self);
        }
        if (busy)
            t.Block(WaitKind.LruLock, zone);
        return busy;
    }

    /// <summary>−EAGAIN leaves the page where it is; another error sends it to <c>failed</c>; 0 to <c>moved</c>. Both lists grow at their head.</summary>
    private static MigrationStep FinishPage(Machine m, ref KernelTask t)
    {
        if (t.Rc == -Errno.EAGAIN)
            t.Retry++;
        else if (t.Rc < 0)
        {
            PageList.Move(m, t.Page, t.Failed);
            t.NrFailed++;
        }
        else
            PageList.Move(m, t.Page, t.Moved);
        return MigrationStep.ChoosePage;
    }

    /// <summary>The limit is tested with the pass before it is raised, so pass 10 is still made.</summary>
    private static MigrationStep FinishPass(ref KernelTask t)
    {
        if (t.Retry > 0 && t.Pass < LastPass)
        {
            t.Pass++;
            return MigrationStep.BeginPass;
        }
        if (t.SwapwriteSetHere != 0)
            t.PfSwapwrite = 0;
        t.Result = t.NrFailed + t.Retry;
        return MigrationStep.Finished;
    }

    /// <summary>Backs out of an attempt that holds both page locks: −EAGAIN, by way of step 19.</summary>
    internal static MigrationStep BackOut(ref KernelTask t, BackOutReason reason)
    {
        t.Reason = reason;
        t.ReasonStep = t.Step;
        t.Rc = -Errno.EAGAIN;
        return MigrationStep.DropLocks;
    }

    private static MigrationStep Wait(ref KernelTask t, WaitKind kind, int number)
    {
        t.Block(kind, number);
        return MigrationStep.None;
    }

    private static MigrationStep UnlockAndLeave(Machine m, ref KernelTask t, BackOutReason reason, int rc)
    {
        PageLock.UnlockPage(m, t.Page);
        t.HoldsPageLock = 0;
        return Leave(ref t, reason, rc);
    }

    private static MigrationStep Leave(ref KernelTask t, BackOutReason reason, int rc)
    {
        t.Reason = reason;
        t.ReasonStep = t.Step;
        t.Rc = rc;
        return MigrationStep.FinishPage;
    }
}
