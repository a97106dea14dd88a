using MigrationConformance.Core;
using Step = MigrationConformance.Core.MigrationStep;

namespace MigrationConformance.Properties;

// What the caller does around the call, the passes, and steps 1 to 4.
public static partial class DefectList
{
    private static Defect[] AroundTheCall =>
    [
        AtCall("M01", "page count is its holders", Stages.Call, PolicyStep.CheckEntry, (b, m, ref t) =>
        {
            if (Isolated(b, m) is { IsNone: false } page)
                m.Pages[page.Value].Count--;
        }),
        AtCall("M03", "each page is on one list", Stages.Call, PolicyStep.CheckEntry, (b, m, ref t) =>
        {
            if (Isolated(b, m) is { IsNone: false } page && m.Pages[page.Value].Has(PageFlags.Active))
                (m.Zones[0].NrActive, m.Zones[0].NrInactive) = (b.Zones[0].NrActive, b.Zones[0].NrInactive - 1);
        }),
        Otherwise("M05 D10", "lists partition the input", Stages.CallAndKswapd, new IsolatesWithoutHolding()),
        AtCall("M07", "CALL-GIVES-BACK-REST", Stages.CallThatFails, PolicyStep.PutBackRest, (b, m, ref t) => ToInactivePagevec(m)),
        AtCall("D25", "CALL-ALLOCATES", Stages.Call, PolicyStep.AllocateNewPage, (b, m, ref t) => PageList.Move(m, PageList.Last(m, t.To), t.To)),
        AtCall("D26", "CALL-ALLOCATES", Stages.Call, PolicyStep.AllocateNewPage, (b, m, ref t) =>
            t.Step = t.Step == (int)PolicyStep.AllocateNewPage ? (int)Step.Begin : t.Step),
        AtCall("D30", "CALL-SPLICES", Stages.CallThatFails, PolicyStep.SpliceFailed, (b, m, ref t) =>
        {
            foreach (Pfn page in PageList.Walk(b, t.Failed))
                PageList.Move(m, page, t.Failed);
        }),
        AtCall("D39", "CALL-DRAINS", Stages.CallWithPagevec, PolicyStep.DrainPagevecs, (b, m, ref t) =>
        {
            KernelTask now = t;
            PolicyCall call = m.PolicyCalls[0];
            m.CopyFrom(b);
            (m.Tasks[0], m.PolicyCalls[0]) = (now, call);
        }),
        At("D09", "page count is its holders", Stages.FileClean, Step.MoveToLru, (b, m, ref t) => New(m, t).Count--),
        At("M11", "CHOOSE-PAGE", Stages.FileDirty, Step.ChoosePage, (b, m, ref t) =>
        {
            if (!t.Page.IsNone && Old(m, t).Count == 2 && t.Step == (int)Step.LockPage)
                (t.Step, t.Reason, t.Rc) = ((int)Step.FinishPage, BackOutReason.PageFreed, 0);
        }),
        At("M13", "CHOOSE-PAGE", Stages.Freed, Step.ChoosePage, (b, m, ref t) =>
            t.Rc = t.Reason == BackOutReason.PageFreed && t.Step == (int)Step.FinishPage ? -Errno.ENOMEM : t.Rc),
        At("D24", "CHOOSE-PAGE", Stages.Freed, Step.ChoosePage, (b, m, ref t) =>
        {
            if (t.Reason == BackOutReason.PageFreed)
                PageList.Move(m, PageList.Last(m, t.To), t.To);
        }),
        At("M15", "CHOOSE-PAGE", Stages.OneNewForTwo, Step.ChoosePage, (b, m, ref t) =>
        {
            if (t.Reason == BackOutReason.ToEmpty)
                (t.Step, t.Reason) = ((int)Step.LockPage, BackOutReason.None);
        }),
        At("M147", "PAGE-DONE", Stages.AnonWithoutSwap, Step.FinishPage, (b, m, ref t) =>
        {
            if (t.Rc == -Errno.ENOMEM)
                PageList.Move(m, b.Tasks[0].Page, t.From);
        }),
        At("M149", "PASS-STARTS", Stages.FileLocked, Step.BeginPass, (b, m, ref t) => t.Retry = b.Tasks[0].Retry),
        At("M151 D56", "result counts the rest", Stages.FileMlocked, Step.FinishPass, (b, m, ref t) =>
            t.Result = t.Step == (int)Step.Finished ? t.NrFailed : t.Result),
        At("D57", "result counts the rest", Stages.FileMlocked, Step.FinishPass, (b, m, ref t) =>
            t.Result -= t.Step == (int)Step.Finished && t.Result > 0 ? 1 : 0),
        At("A03", "result counts the rest", Stages.OneNewForTwo, Step.FinishPass, (b, m, ref t) =>
            t.Result += t.Step == (int)Step.Finished && t.Reason == BackOutReason.ToEmpty ? 3 : 0),
        At("A04", "PASS-ENDS", Stages.FileMlocked, Step.FinishPass, (b, m, ref t) =>
        {
            if (t.Step == (int)Step.BeginPass && t.Pass == 10)
                (t.Step, t.Result, t.PfSwapwrite) = ((int)Step.Finished, t.NrFailed + t.Retry, 0);
        }),
    ];

    // The page that the step has taken off the LRU, or none.
    private static Pfn Isolated(Machine b, Machine m)
    {
        for (int page = 0; page < m.Pages.Count; page++)
        {
            if (b.Pages[page].Has(PageFlags.Lru) && !m.Pages[page].Has(PageFlags.Lru))
                return new Pfn(page);
        }
        return Pfn.None;
    }

    private static Defect[] Steps1To4 =>
    [
        Otherwise("M09", "ALL-END", Stages.FileLocked, new WaitsInPass0()),
        At("M17", "STEP-2", Stages.FileUnderWriteback, Step.WaitOnWriteback, (b, m, ref t) =>
        {
            if (t.Reason != BackOutReason.UnderWriteback)
                return;
            Old(m, t).Set(PageFlags.Locked);
            while (m.Holds.Count > 0 && m.Holds[0].Kind == HoldKind.Writeback)
                Others.BeginPass(m, m.Holds[0].Until);
            (t.Step, t.Reason, t.Rc, t.HoldsPageLock) = ((int)Step.PrepareNewPage, BackOutReason.None, 0, 1);
        }),
        At("M19", "page locks have owners", Stages.FileUnderWriteback, Step.WaitOnWriteback, (b, m, ref t) =>
        {
            if (t.Reason == BackOutReason.UnderWriteback)
                Old(m, t).Set(PageFlags.Locked);
        }),
        At("M21", "STEP-2", Stages.AnonSwapCache, Step.WaitOnWriteback, (b, m, ref t) =>
            t.Step = t.Step == (int)Step.PrepareNewPage && Old(m, t).Has(PageFlags.SwapCache) ? (int)Step.AddToSwap : t.Step),
        At("M23", "STEP-3-SLOT", Stages.AnonWithoutSwap, Step.AddToSwap, (b, m, ref t) => t.Rc = t.Reason == BackOutReason.NoSwapSlot ? Again : t.Rc),
        At("D27", "STEP-3-SLOT", Stages.AnonWithoutSwap, Step.AddToSwap, (b, m, ref t) => t.Rc = 0),
        At("M25", "STEP-3", Stages.Anon, Step.AddToSwapCache, (b, m, ref t) => Old(m, t).Clear(PageFlags.Dirty)),
        At("M27", "no data is lost", Stages.AnonDirtyEntry.And(new ActorSpec(TaskKind.Fault, Address: 0x10002000)), Step.CheckCount, (b, m, ref t) =>
        {
            if (t.Reason == BackOutReason.ReferencesRemain)
                SwapState.DeleteFromSwapCache(m, t.Page);
        }),
        At("M29 A12", "new pages are untouched", Stages.FileClean, Step.PrepareNewPage, (b, m, ref t) => New(m, t).Set(PageFlags.Uptodate)),
        At("M31", "lists partition the input", Stages.FileClean, Step.PrepareNewPage, (b, m, ref t) => PageList.Move(m, t.Newpage, t.From)),
        AtSteps("M33", "locks are taken in order", Stages.FileClean, (b, m, ref t) =>
        {
            if (StepOf(b) != Step.ChoosePage || t.Step != (int)Step.LockPage)
                return;
            t.Newpage = PageList.Last(m, t.To);
            New(m, t).Set(PageFlags.Locked);
            t.HoldsNewpageLock = 1;
        }),
        At("H25", "STEP-4", Stages.TwoPages, Step.PrepareNewPage, (b, m, ref t) =>
        {
            New(m, t).Clear(PageFlags.Locked);
            t.Newpage = PageList.First(m, t.To);
            New(m, t).Set(PageFlags.Locked);
        }),
        At("D35", "new pages are untouched", Stages.AnonSwapCache, Step.TakeTreeLock, (b, m, ref t) => New(m, t).Mapping = Old(m, t).Mapping),
        At("D47", "new pages are untouched", Stages.FileClean, Step.PrepareNewPage, (b, m, ref t) => New(m, t).Mapping = new MappingPtr(7)),
        At("D06", "PAGE-MAPPING", Stages.HeldWithoutMapping, Step.CheckPageMapping, (b, m, ref t) =>
        {
            if (t.Reason == BackOutReason.NoMapping)
                (t.Step, t.Reason, t.Rc) = ((int)Step.CheckReferences, BackOutReason.None, 0);
        }),
        At("D21", "PAGE-MAPPING", Stages.FileDirty, Step.CheckPageMapping, (b, m, ref t) =>
            t.Step = t.Step == (int)Step.Pageout ? (int)Step.CheckReferences : t.Step),
        At("D37", "page count is its holders", Stages.FileBuffersBusy, Step.Begin, (b, m, ref t) =>
        {
            ref Page p = ref m.Pages[PageList.First(m, t.From).Value];
            p.Count -= p.Has(PageFlags.Private) ? 1 : 0;
        }),
        At("D22", "page locks have owners", Stages.FileDirty.And(Stages.Reader(locks: true)), Step.FinishPage, (b, m, ref t) =>
        {
            if (t.Reason == BackOutReason.PageoutSuccess)
                Old(m, t).Clear(PageFlags.Locked);
        }),
        At("M137", "page locks have owners", Stages.FileDirty, Step.Writepage, (b, m, ref t) =>
        {
            if (t.Reason == BackOutReason.PageoutSuccess)
                New(m, t).Set(PageFlags.Locked);
        }),
        At("M153", "BUFFERS", Stages.FileBuffersBusy, Step.ReleaseBuffers, (b, m, ref t) =>
        {
            if (t.Reason == BackOutReason.BuffersBusy && t.Pass == 4)
                (t.Step, t.Reason, t.Rc) = ((int)Step.SwapFallback, BackOutReason.None, 0);
        }),
    ];
}
