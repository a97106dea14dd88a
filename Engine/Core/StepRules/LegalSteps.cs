using System.Linq;
using Step = MigrationConformance.Core.MigrationStep;

namespace MigrationConformance.Core;

/// <summary>Which steps of migrate_pages may follow which, as the code of the levels has them.</summary>
internal static class LegalSteps
{
    // What lies between the swap entry and the two ways of a page.
    private static readonly Step[] Ways = [Step.PrepareNewPage, Step.SwapInstead];

    private static readonly Step[][] Table = [.. Enumerable.Range(0, (int)Enum.GetValues<Step>().Max() + 1).Select(step => After((Step)step))];

    /// <summary>Whether a step may come right after another one. The steps of a call around it, and what comes after its end, are not in the table.</summary>
    public static bool MayFollow(Step step, Step next) => step == Step.Finished || (int)step >= Table.Length || Array.IndexOf(Table[(int)step], next) >= 0;

    private static Step[] After(Step step) => step switch
    {
        Step.Begin => [Step.BeginPass],
        Step.BeginPass => [Step.ChoosePage],
        Step.ChoosePage => [Step.LockPage, Step.FinishPage, Step.FinishPass],
        Step.LockPage => [Step.WaitOnWriteback, Step.FinishPage],
        Step.WaitOnWriteback => [Step.AddToSwap, .. Ways, Step.FinishPage],
        Step.AddToSwap => [Step.AddToSwapCache, Step.FinishPage],
        Step.AddToSwapCache => [Step.AddToSwap, .. Ways, Step.FinishPage],
        Step.SwapInstead or Step.SwapFallback => [Step.SwapPageUnmap],
        Step.PrepareNewPage => [Step.CheckPageMapping],
        Step.CheckPageMapping => [Step.Migratepage, Step.UnmapBeforeWriting, Step.Pageout, Step.ReleaseBuffers, Step.CheckReferences, Step.DropLocks],
        Step.UnmapBeforeWriting => [Step.CheckUnmappedBeforeWriting],
        Step.CheckUnmappedBeforeWriting => [Step.Pageout, Step.ReleaseBuffers, Step.CheckReferences, Step.DropLocks],
        Step.Migratepage => [Step.CheckReferences, Step.DropLocks],
        Step.Pageout => [Step.Writepage, Step.ReleaseBuffers, Step.CheckReferences, Step.DropLocks],
        Step.Writepage => [Step.HandleWriteError, Step.DropLocks, Step.FinishPage],
        Step.HandleWriteError => [Step.FinishPage],
        Step.ReleaseBuffers => [Step.CheckReferences, Step.SwapFallback, Step.DropLocks],
        Step.CheckReferences => [Step.TryToUnmap, Step.DropLocks],
        Step.TryToUnmap => [Step.CheckUnmapped],
        Step.CheckUnmapped => [Step.TakeTreeLock, Step.DropLocks],
        Step.TakeTreeLock => [Step.CheckMapping],
        Step.CheckMapping => [Step.CheckCount, Step.DropLocks],
        Step.CheckCount => [Step.CheckSlot, Step.DropLocks],
        Step.CheckSlot => [Step.EstablishNewPage, Step.DropLocks],
        Step.EstablishNewPage => [Step.SwitchSlot],
        Step.SwitchSlot => [Step.DropTreeReference],
        Step.DropTreeReference => [Step.DropTreeLock],
        Step.DropTreeLock => [Step.LockBuffers, Step.CopyContents],
        Step.LockBuffers => [Step.MoveBuffers],
        Step.MoveBuffers => [Step.SetBufferPages],
        Step.SetBufferPages => [Step.SetPagePrivate],
        Step.SetPagePrivate => [Step.CopyContents],
        Step.CopyContents => [Step.CopyFlags],
        Step.CopyFlags => [Step.TransferDirty, Step.ClearOldPage],
        Step.TransferDirty => [Step.ClearOldPage],
        Step.ClearOldPage => [Step.EndNewPageWriteback],
        Step.EndNewPageWriteback => [Step.RemoveFromSwap, Step.UnlockBuffers],
        Step.UnlockBuffers => [Step.DropLocks],
        Step.RemoveFromSwap => [Step.RestoreEntries, Step.DropLocks],
        Step.RestoreEntries => [Step.DeleteFromSwapCache],
        Step.DeleteFromSwapCache => [Step.DropLocks],
        Step.DropLocks => [Step.MoveToLru, Step.FinishPage],
        Step.MoveToLru => [Step.FinishPage],
        Step.SwapPageUnmap => [Step.SwapPagePageout, Step.SwapPageReleaseBuffers, Step.SwapPageRemoveMapping, Step.FinishPage],
        Step.SwapPagePageout => [Step.Writepage, Step.SwapPageReleaseBuffers, Step.SwapPageRemoveMapping, Step.FinishPage],
        Step.SwapPageReleaseBuffers => [Step.SwapPageRemoveMapping, Step.FinishPage],
        Step.SwapPageRemoveMapping => [Step.FinishPage],
        Step.FinishPage => [Step.ChoosePage],
        Step.FinishPass => [Step.BeginPass, Step.Finished],
        _ => [],
    };
}
