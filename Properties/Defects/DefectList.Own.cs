using MigrationConformance.Core;
using Step = MigrationConformance.Core.MigrationStep;

namespace MigrationConformance.Properties;

// Defects that no list has: one for each rule and invariant to which the others leave nothing.
public static partial class DefectList
{
    private static Defect[] OurOwn =>
    [
        At("H01", "mapcount is its entries", Stages.FileClean, Step.TryToUnmap, (b, m, ref t) => Old(m, t).Mapcount = Old(b, t).Mapcount),
        At("H02", "free swap is counted", Stages.Anon, Step.AddToSwap, (b, m, ref t) => m.Swap.NrSwapPages = b.Swap.NrSwapPages),
        At("H03", "tags agree with flags", Stages.FileDirtyEntry, Step.TransferDirty, (b, m, ref t) =>
            RadixTree.TagClear(m, ref m.Mappings[t.Mapping.Value].PageTree, SmallMachines.Index, PagecacheTag.Dirty)),
        At("H04", "buffers belong to their page", Stage.Of(PageKind.FileWithBuffers), Step.ReleaseBuffers, (b, m, ref t) =>
        {
            Old(m, t).Set(PageFlags.Private);
            Old(m, t).Count = Old(b, t).Count;
        }),
        AtAction("H05", "buffer counts are their users", Stage.Of(PageKind.FileWithBuffers, SmallActor.BufferUser), Actor, "PutBh", (b, m, ref t) =>
            m.Buffers[b.Tasks[1].Local0 - 1].Count++),
        AtAction("H06", "rmap finds every entry", Stage.Of(PageKind.FileClean, SmallActor.ReadFault), Actor, "FileInstall", (b, m, ref t) =>
        {
            int row = PageTables.Find(m, t.Mm, t.Address);
            (m.Ptes[row + 1], m.Ptes[row]) = (m.Ptes[row], Pte.Zero);
        }),
        AtAction("H32", "shared memory is read-only", Stages.AnonDirtyEntry.And(new ActorSpec(TaskKind.Fork)), Actor, "Copy", (b, m, ref t) =>
        {
            for (int row = 0; row < b.Ptes.Count; row++)
                m.Ptes[row] = b.Ptes[row].IsWrite ? m.Ptes[row].MkWrite() : m.Ptes[row];
        }),
        AtAction("H33", "no data is lost", Stage.Of(PageKind.AnonCleanInSwapCache, SmallActor.Fork), Actor, "Copy", (b, m, ref t) =>
        {
            for (int row = b.Ptes.Count; row < m.Ptes.Count; row++)
                (m.Ptes[row], m.SwapMap[3]) = (Pte.Zero, b.SwapMap[3]);
        }),
        AtAction("H34", "tasks that are over hold nothing", Stages.FileLookedUp, Actor, "Put", (b, m, ref t) =>
        {
            (t.Page, t.Local1) = (b.Tasks[1].Page, 1);
            Old(m, t).Count++;
        }),
        Otherwise("H35", "LOCK-TREE", Stage.Of(PageKind.FileClean, SmallActor.Truncate).Locked(ScenarioLockKind.Tree),
            new IgnoresALock((Machine m) => ref m.Mappings[MappingId.Swapper.Value + 1].TreeLock)),
        Otherwise("H36", "LOCK-IMMAP", Stage.Of(PageKind.FileClean, SmallActor.Munmap).Locked(ScenarioLockKind.Immap),
            new IgnoresALock((Machine m) => ref m.Mappings[MappingId.Swapper.Value + 1].ImmapLock)),
        Otherwise("H37", "LOCK-ANON", Stage.Of(PageKind.AnonNotInSwapCache, SmallActor.Munmap).Locked(ScenarioLockKind.AnonVma),
            new IgnoresALock((Machine m) => ref m.AnonVmas[0].Lock)),
        Otherwise("H38", "LOCK-PTE", Stage.Of(PageKind.FileClean, SmallActor.Munmap).Locked(ScenarioLockKind.PageTable),
            new IgnoresALock((Machine m) => ref m.Mms[0].PageTableLock)),
        Otherwise("H39", "LOCK-LRU", Stage.Of(PageKind.FileClean, SmallActor.LruAddDrain).Locked(ScenarioLockKind.Lru),
            new IgnoresALock((Machine m) => ref m.Zones[0].LruLock)),
        Otherwise("H42", "LOCK-SWAP", Stages.BesideSwappedOut(SmallActor.Exit).Locked(ScenarioLockKind.Swap),
            new IgnoresALock((Machine m) => ref m.Globals.SwapLock)),
        Otherwise("H43", "LOCK-MMLIST", Stages.BesideSwappedOut(SmallActor.Fork).Locked(ScenarioLockKind.Mmlist),
            new IgnoresALock((Machine m) => ref m.Globals.MmlistLock)),
        At("H07", "to is used only by migrations", Stages.FileLocked, Step.FinishPage, (b, m, ref t) =>
        {
            Pfn lost = PageList.Last(m, t.To);
            PageList.Del(m, lost);
            PageRefs.PutPage(m, lost);
        }),
        At("H08", "moved pages are at rest", Stages.FileMlocked, Step.FinishPage, (b, m, ref t) => PageList.Move(m, b.Tasks[0].Page, t.Moved)),
        At("H09", "freed pages are unreferenced", Stages.AnonSwapCache, Step.BeginPass, (b, m, ref t) => m.Pages[m.Pages.Count - 2].Mapping = MappingPtr.Anon(new AnonVmaId(0))),
        At("H10", "dirty is not lost", Stages.FileDirtyEntry, Step.DropLocks, (b, m, ref t) => Dirty.TestClearPageDirty(m, t.Newpage)),
        At("H11", "STEP-1", Stages.FileLocked, Step.LockPage, (b, m, ref t) => t.Rc = t.Reason == BackOutReason.PageLocked ? -Errno.ENOMEM : t.Rc),
        At("H12", "STEP-8", Stages.FileClean, Step.CheckSlot, (b, m, ref t) =>
            (t.Step, t.Reason, t.Rc, TreeLock(m, t)) = ((int)Step.DropLocks, BackOutReason.SlotChanged, Again, 0)),
        At("H13", "STEP-11", Stages.FileClean, Step.SwitchSlot, (b, m, ref t) =>
            RadixTree.TagSet(m, ref m.Mappings[t.Mapping.Value].PageTree, SmallMachines.Index, PagecacheTag.Dirty)),
        At("H14", "STEP-14", Stages.FileClean, Step.CopyContents, (b, m, ref t) => Old(m, t).Contents = 0),
        At("H15", "STEP-17", Stages.FileClean, Step.EndNewPageWriteback, (b, m, ref t) => New(m, t).Set(PageFlags.Referenced)),
        At("H16", "STEP-18", Stages.AnonSwapCache, Step.RemoveFromSwap, (b, m, ref t) =>
            Rmap.UnusePte(m, t.Newpage, m.Vmas[0], 0x10002000, New(m, t).SwapEntry)),
        At("H17", "STEP-19", Stages.FileHeld, Step.DropLocks, (b, m, ref t) => t.Rc = t.Rc == Again ? -Errno.ENOMEM : t.Rc),
        At("H18", "STEP-20", Stages.FileFlagged, Step.MoveToLru, (b, m, ref t) => ToInactivePagevec(m)),
        At("H19", "ORDER", Stages.FileClean, Step.Begin, (b, m, ref t) => t.Step = (int)Step.ChoosePage),
        AtCall("H26", "CALL-ISOLATES", Stages.Call, PolicyStep.CheckEntry, (b, m, ref t) =>
        {
            if (Isolated(b, m) is { IsNone: false } page)
                m.Pages[page.Value].Clear(PageFlags.Active);
        }),
        AtCall("H27", "CALL-CHECKED", Stages.Call, PolicyStep.CheckArguments, (b, m, ref t) => (t.Step, t.Result) = ((int)PolicyStep.Finished, 1)),
        AtSteps("H28", "CALL-RETURNS", Stages.Call, (b, m, ref t) =>
        {
            if (StepOf(b) == Step.Finished)
                m.Pages[2].Set(PageFlags.Referenced);
        }),
        AtCall("H29", "CALL-GIVES-BACK", Stages.Call, PolicyStep.PutBackMoved, (b, m, ref t) => ToActivePagevec(m)),
        AtCall("H30", "CALL-GIVES-BACK-FAILED", Stages.CallThatFails.Scenario(s => s with { Patch = PatchSet.Default }), PolicyStep.PutBackFailed, (b, m, ref t) => ToInactivePagevec(m)),
        AtCall("H31", "CALL-ORDER", Stages.CallThatFails, PolicyStep.SpliceFailed, (b, m, ref t) => t.Step = (int)PolicyStep.ReleaseMmapSem),
    ];

    private static void ToInactivePagevec(Machine m) => Pour(ref m.Pagevecs[0].LruAddActive, ref m.Pagevecs[0].LruAdd);

    private static void ToActivePagevec(Machine m) => Pour(ref m.Pagevecs[0].LruAdd, ref m.Pagevecs[0].LruAddActive);

    private static void Pour(ref Pagevec from, ref Pagevec to)
    {
        for (int i = 0; i < from.Nr; i++)
            (to.Pages[to.Nr++], from.Pages[i]) = (from.Pages[i], 0);
        from.Nr = 0;
    }
}
