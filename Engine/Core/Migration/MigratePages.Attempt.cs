using System.Runtime.CompilerServices;

namespace MigrationConformance.Core;

// One attempt at one page, from its lock to its release: steps 1 to 4, what the code does between steps 4 and 5,
// and steps 19 and 20.
public static partial class MigratePages
{
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
        int error = SwapState.AddToSwapWithSlot(m, t.Page, t.Entry);
        t.Entry = default;
        if (error == -Errno.EEXIST)
            return MigrationStep.AddToSwap;
        if (error != 0)
            return UnlockAndLeave(m, ref t, BackOutReason.NoSwapCacheMemory, -Errno.ENOMEM);
        return AfterSwapEntry(m, t);
    }

    private static MigrationStep AfterSwapEntry(Machine m, in KernelTask t) =>
        t.To.IsNone || !PatchSet.MovesDirectly(m) ? MigrationStep.SwapInstead : MigrationStep.PrepareNewPage;

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
    private static MigrationStep CheckPageMapping(Machine m, ref KernelTask t, ref Page p)
    {
        t.Mapping = p.PageMapping;
        if (t.Mapping.IsNone)
            return BackOut(ref t, BackOutReason.NoMapping);
        return PatchSet.CallsMigratepageMethods(m) ? ByMethod(m, ref t, ref p) : WriteFirst(ref t, ref p);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static MigrationStep WriteFirst(ref KernelTask t, ref Page p) =>
        p.Has(PageFlags.Dirty) ? MigrationStep.Pageout : AfterPageout(ref t, p);

    /// <summary>A dirty page is written first. At the patch mapped dirty pages never pass: each entry holds a reference, and nothing unmaps them before.</summary>
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
                return AfterPageout(ref t, m.Pages[t.Page.Value]);
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static MigrationStep AfterPageout(ref KernelTask t, in Page p) =>
        p.Has(PageFlags.Private) ? MigrationStep.ReleaseBuffers : CallMigratePage(ref t);

    /// <summary>The call of migrate_page, without buffers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static MigrationStep CallMigratePage(ref KernelTask t)
    {
        t.NrRefs = MigratePage.NrRefs;
        return MigrationStep.CheckReferences;
    }

    /// <summary>Buffers go for good here, even if migrate_page backs out afterwards.</summary>
    private static MigrationStep ReleaseBuffers(Machine m, ref KernelTask t, int self)
    {
        if (Buffers.ReleaseWaits(m, ref t, self))
            return MigrationStep.None;
        if (Buffers.TryToReleasePage(m, t.Page))
            return CallMigratePage(ref t);
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
        if (Lru.NextAddDrains(m, t.Cpu, n.Has(PageFlags.Active)) && LruLockBusy(m, ref t, self, t.Newpage, n.Has(PageFlags.Active)))
            return MigrationStep.None;
        LruIsolation.MoveToLru(m, t.Cpu, t.Newpage);
        return MigrationStep.FinishPage;
    }

    /// <summary>The drain of a pagevec that a page fills takes the lru_lock of each page's zone.</summary>
    internal static bool LruLockBusy(Machine m, ref KernelTask t, int self, Pfn page, bool active)
    {
        ref CpuPagevecs pagevecs = ref m.Pagevecs[t.Cpu];
        ref Pagevec pagevec = ref active ? ref pagevecs.LruAddActive : ref pagevecs.LruAdd;
        int zone = m.Pages[page.Value].Zone;
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

    /// <summary>Backs out of an attempt that holds both page locks, by way of step 19: −EAGAIN, or for good.</summary>
    internal static MigrationStep BackOut(ref KernelTask t, BackOutReason reason, int rc = -Errno.EAGAIN)
    {
        t.Reason = reason;
        t.ReasonStep = t.Step;
        t.Rc = rc;
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
