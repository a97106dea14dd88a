namespace MigrationConformance.Core;

/// <summary>swap_page: swaps one page out instead of migrating it. The page comes locked and leaves unlocked, on every way out.</summary>
/// <remarks>
/// Kernel: mm/vmscan.c swap_page(). Used for every page before the patch and when there is no <c>to</c>, and as the
/// fallback for pages whose buffers do not go away. At the patch it does not ignore references (ignore_refs 0).
/// Each method makes one step and returns the one that comes next, or None when it has to wait.
/// </remarks>
internal static class SwapPage
{
    /// <summary>Unmaps the page, one entry a step.</summary>
    public static MigrationStep Unmap(Machine m, ref KernelTask t, int self)
    {
        ref Page p = ref m.Pages[t.Page.Value];
        if (t.UnmapPhase == TryToUnmap.Idle)
        {
            t.Mapping = p.PageMapping;
            t.UnmapResult = (int)SwapResult.Success;
        }
        if (t.UnmapPhase != TryToUnmap.Idle || (p.IsMapped && !t.Mapping.IsNone))
        {
            switch (TryToUnmap.Step(m, ref t, self, PatchSet.SwapPageIgnoresReferences(m)))
            {
                case UnmapProgress.Blocked:
                    return MigrationStep.None;
                case UnmapProgress.More:
                    return MigrationStep.SwapPageUnmap;
            }
        }
        if (t.UnmapResult != (int)SwapResult.Success)
            return UnlockRetry(m, ref t, BackOutReason.SwapPageStillMapped);
        return p.Has(PageFlags.Dirty) ? MigrationStep.SwapPagePageout : AfterPageout(p);
    }

    /// <summary>Starts the write of a dirty page.</summary>
    public static MigrationStep StartPageout(Machine m, ref KernelTask t)
    {
        ref Page p = ref m.Pages[t.Page.Value];
        switch (Pageout.Start(m, t.Page, t.Mapping))
        {
            case PageoutStart.NotFreeable:
                return UnlockRetry(m, ref t, BackOutReason.SwapPageNotFreeable);
            case PageoutStart.NoMapping:
                return UnlockRetry(m, ref t, BackOutReason.SwapPageDirtyNoMapping);
            case PageoutStart.NoWritepage:
                return UnlockRetry(m, ref t, BackOutReason.SwapPageNoWritepage);
            case PageoutStart.Write:
                return MigrationStep.Writepage;
            default:
                return AfterPageout(p);
        }
    }

    /// <summary>Releases the buffers.</summary>
    public static MigrationStep ReleaseBuffers(Machine m, ref KernelTask t, int self)
    {
        ref Page p = ref m.Pages[t.Page.Value];
        if (Buffers.ReleaseWaits(m, ref t, self))
            return MigrationStep.None;
        if (!Buffers.TryToReleasePage(m, t.Page))
            return UnlockRetry(m, ref t, BackOutReason.SwapPageBuffersBusy);
        if (t.Mapping.IsNone && p.Count == 1)
            return UnlockRetry(m, ref t, BackOutReason.SwapPageBuffersDropped);
        return MigrationStep.SwapPageRemoveMapping;
    }

    /// <summary>Takes the page out of its tree.</summary>
    public static MigrationStep RemoveMapping(Machine m, ref KernelTask t, int self)
    {
        if (Pageout.RemoveMappingWaits(m, ref t, self))
            return MigrationStep.None;
        BackOutReason reason = Pageout.RemoveMapping(m, t.Mapping, t.Page);
        if (reason != BackOutReason.None)
            return UnlockRetry(m, ref t, reason);
        PageLock.UnlockPage(m, t.Page);
        t.HoldsPageLock = 0;
        return Leave(ref t, BackOutReason.SwappedOut, 0);
    }

    /// <summary>Leaves swap_page with −EAGAIN, the page unlocked.</summary>
    public static MigrationStep UnlockRetry(Machine m, ref KernelTask t, BackOutReason reason)
    {
        PageLock.UnlockPage(m, t.Page);
        t.HoldsPageLock = 0;
        return Leave(ref t, reason, -Errno.EAGAIN);
    }

    private static MigrationStep Leave(ref KernelTask t, BackOutReason reason, int rc)
    {
        t.Reason = reason;
        t.ReasonStep = t.Step;
        t.Rc = rc;
        return MigrationStep.FinishPage;
    }

    private static MigrationStep AfterPageout(in Page p) =>
        p.Has(PageFlags.Private) ? MigrationStep.SwapPageReleaseBuffers : MigrationStep.SwapPageRemoveMapping;
}
