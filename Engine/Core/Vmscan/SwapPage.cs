namespace MigrationConformance.Core;

/// <summary>swap_page: swaps one page out instead of migrating it. The page comes locked and leaves unlocked, on every way out.</summary>
/// <remarks>
/// Kernel: mm/vmscan.c swap_page(). Used for every page before the patch and when there is no <c>to</c>, and as the
/// fallback for pages whose buffers do not go away. At the patch it does not ignore references (ignore_refs 0).
/// </remarks>
internal static class SwapPage
{
    /// <summary>Unmaps the page, one entry a step.</summary>
    public static StepResult Unmap(Machine m, ref KernelTask t, int self)
    {
        ref Page p = ref m.Pages[t.Page.Value];
        if (t.UnmapPhase == TryToUnmap.Idle)
        {
            t.Mapping = p.PageMapping;
            t.UnmapResult = (int)SwapResult.Success;
        }
        if (t.UnmapPhase != TryToUnmap.Idle || (p.IsMapped && !t.Mapping.IsNone))
        {
            switch (TryToUnmap.Step(m, ref t, self, ignoreRefs: false))
            {
                case UnmapProgress.Blocked:
                    return StepResult.Blocked;
                case UnmapProgress.More:
                    return StepResult.Ran;
            }
        }
        if (t.UnmapResult != (int)SwapResult.Success)
            return UnlockRetry(m, ref t, BackOutReason.SwapPageStillMapped);
        t.Step = (int)(p.Has(PageFlags.Dirty) ? MigrationStep.SwapPagePageout : AfterPageout(p));
        return StepResult.Ran;
    }

    /// <summary>Starts the write of a dirty page.</summary>
    public static StepResult StartPageout(Machine m, ref KernelTask t, int self)
    {
        ref Page p = ref m.Pages[t.Page.Value];
        if (t.Mapping.IsNone && p.Has(PageFlags.Private) && Locks.WaitsForTree(m, ref t, self, p.PageMapping))
            return StepResult.Blocked;
        switch (Pageout.Start(m, t.Page, t.Mapping))
        {
            case PageoutStart.NotFreeable:
                return UnlockRetry(m, ref t, BackOutReason.SwapPageNotFreeable);
            case PageoutStart.NoMapping:
                return UnlockRetry(m, ref t, BackOutReason.SwapPageDirtyNoMapping);
            case PageoutStart.NoWritepage:
                return UnlockRetry(m, ref t, BackOutReason.SwapPageNoWritepage);
            case PageoutStart.Write:
                t.Step = (int)MigrationStep.Writepage;
                return StepResult.Ran;
            default:
                t.Step = (int)AfterPageout(p);
                return StepResult.Ran;
        }
    }

    /// <summary>Releases the buffers.</summary>
    public static StepResult ReleaseBuffers(Machine m, ref KernelTask t, int self)
    {
        ref Page p = ref m.Pages[t.Page.Value];
        if (Locks.WaitsForPrivate(m, ref t, self, t.Mapping) || Locks.WaitsForTree(m, ref t, self, t.Mapping))
            return StepResult.Blocked;
        if (!Buffers.TryToReleasePage(m, t.Page))
            return UnlockRetry(m, ref t, BackOutReason.SwapPageBuffersBusy);
        if (t.Mapping.IsNone && p.Count == 1)
            return UnlockRetry(m, ref t, BackOutReason.SwapPageBuffersDropped);
        t.Step = (int)MigrationStep.SwapPageRemoveMapping;
        return StepResult.Ran;
    }

    /// <summary>Takes the page out of its tree.</summary>
    public static StepResult RemoveMapping(Machine m, ref KernelTask t, int self)
    {
        if (Locks.WaitsForTree(m, ref t, self, t.Mapping)
            || (m.Pages[t.Page.Value].Has(PageFlags.SwapCache) && Locks.WaitsForSwap(m, ref t, self)))
            return StepResult.Blocked;
        BackOutReason reason = Pageout.RemoveMapping(m, t.Mapping, t.Page);
        if (reason != BackOutReason.None)
            return UnlockRetry(m, ref t, reason);
        PageLock.UnlockPage(m, t.Page);
        t.HoldsPageLock = 0;
        return Leave(ref t, BackOutReason.SwappedOut, 0);
    }

    /// <summary>Leaves swap_page with −EAGAIN, the page unlocked.</summary>
    public static StepResult UnlockRetry(Machine m, ref KernelTask t, BackOutReason reason)
    {
        PageLock.UnlockPage(m, t.Page);
        t.HoldsPageLock = 0;
        return Leave(ref t, reason, -Errno.EAGAIN);
    }

    private static StepResult Leave(ref KernelTask t, BackOutReason reason, int rc)
    {
        t.Reason = reason;
        t.ReasonStep = t.Step;
        t.Rc = rc;
        t.Step = (int)MigrationStep.FinishPage;
        return StepResult.Ran;
    }

    private static MigrationStep AfterPageout(in Page p) =>
        p.Has(PageFlags.Private) ? MigrationStep.SwapPageReleaseBuffers : MigrationStep.SwapPageRemoveMapping;
}
