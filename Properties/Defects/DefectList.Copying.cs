using MigrationConformance.Core;
using Step = MigrationConformance.Core.MigrationStep;

namespace MigrationConformance.Properties;

// Steps 14 to 20, and swap_page.
public static partial class DefectList
{
    private static Defect[] Steps14To17 =>
    [
        At("M93", "no data is lost", Stages.FileClean, Step.CopyContents, (b, m, ref t) =>
            (New(m, t).Contents, Old(m, t).Contents) = (New(b, t).Contents, New(b, t).Contents)),
        At("M95", "no data is lost", Stages.FileClean, Step.CopyContents, (b, m, ref t) => New(m, t).Contents &= ~0xffUL),
        AtSteps("M97", "no data is lost", Stages.FileClean, (b, m, ref t) =>
        {
            if (StepOf(b) == Step.CopyContents)
                New(m, t).Contents = New(b, t).Contents;
            else if (StepOf(b) == Step.DropLocks)
                New(m, t).Contents = Old(m, t).Contents;
        }),
        At("M99", "STEP-15", Stages.FileFlagged, Step.CopyFlags, (b, m, ref t) => New(m, t).Clear(PageFlags.Error)),
        At("M101", "STEP-15", Stages.FileFlagged, Step.CopyFlags, (b, m, ref t) => New(m, t).Clear(PageFlags.Uptodate)),
        At("M103", "STEP-15", Stages.FileFlagged, Step.CopyFlags, (b, m, ref t) => New(m, t).Clear(PageFlags.Checked)),
        At("D48", "STEP-15", Stages.FileFlagged, Step.CopyFlags, (b, m, ref t) => New(m, t).Set(PageFlags.Arch1)),
        At("M109", "each page is on one list", Stages.FileFlagged, Step.CopyFlags, (b, m, ref t) => New(m, t).Set(PageFlags.Lru)),
        At("M117", "counters are sums", Stages.FileDirtyEntry, Step.CopyFlags, (b, m, ref t) =>
        {
            if (t.Step == (int)Step.TransferDirty)
                Old(m, t).Mapping = MappingPtr.Null;
        }),
        At("M105", "STEP-15-DIRTY", Stages.FileDirtyEntry, Step.TransferDirty, (b, m, ref t) => Dirty.TestClearPageDirty(m, t.Newpage)),
        At("M107 D36", "counters are sums", Stages.FileDirtyEntry, Step.TransferDirty, (b, m, ref t) => m.Globals.NrDirty--),
        At("M111", "slots and pages agree", Stages.AnonSwapCache, Step.ClearOldPage, (b, m, ref t) => Old(m, t).Set(PageFlags.SwapCache)),
        At("M113", "old pages are empty", Stages.FileFlagged, Step.ClearOldPage, (b, m, ref t) => Old(m, t).Set(PageFlags.Private)),
        At("M115", "old pages are empty", Stages.AnonSwapCache, Step.ClearOldPage, (b, m, ref t) => Old(m, t).Mapping = Old(b, t).Mapping),
        At("D45", "old pages are empty", Stages.AnonSwapCache, Step.ClearOldPage, (b, m, ref t) => Old(m, t).Private = Old(b, t).Private),
        At("M119", "no kernel BUG", Stages.FileClean, Step.EndNewPageWriteback, (b, m, ref t) => Writeback.EndPageWriteback(m, t.Newpage)),
    ];

    private static Defect[] Steps19And20 =>
    [
        At("M135", "page locks have owners", Stages.FileClean, Step.DropLocks, (b, m, ref t) => New(m, t).Set(PageFlags.Locked)),
        At("D59", "page locks have owners", Stages.TwoPages, Step.MoveToLru, (b, m, ref t) =>
        {
            if (!t.Page2.IsNone)
                m.Pages[t.Page2.Value].Set(PageFlags.Locked);
        }),
        At("M141", "new pages are untouched", Stages.FileClean, Step.MoveToLru, (b, m, ref t) =>
        {
            KernelTask now = t;
            m.CopyFrom(b);
            m.Tasks[0] = now;
        }),
        At("M143", "page count is its holders", Stages.FileClean, Step.MoveToLru, (b, m, ref t) => New(m, t).Count++),
        At("M145", "each page is on one list", Stages.FileClean, Step.MoveToLru, (b, m, ref t) => New(m, t).Set(PageFlags.Active)),
    ];

    private static Defect[] SwapPages =>
    [
        At("M139 D07", "no kernel BUG", Stages.SwapOutMlocked, Step.SwapPageUnmap, (b, m, ref t) =>
        {
            if (t.Reason == BackOutReason.SwapPageStillMapped)
                PageLock.UnlockPage(m, t.Page);
        }),
        At("D08", "no kernel BUG", Stages.SwapOut, Step.SwapPageRemoveMapping, (b, m, ref t) =>
        {
            if (t.Reason != BackOutReason.SwappedOut)
                return;
            PageRefs.PutPage(m, t.Page);
            PageRefs.PutPage(m, t.Page);
        }),
    ];
}
