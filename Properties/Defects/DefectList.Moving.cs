using MigrationConformance.Core;
using Step = MigrationConformance.Core.MigrationStep;

namespace MigrationConformance.Properties;

// Steps 5 to 13: taking a page away from all others, and the switch.
public static partial class DefectList
{
    // An entry that the step has just turned from present to a swap entry or to nothing.
    private static bool Went(Machine b, Machine m, int row) => b.Ptes[row].IsPresent && !m.Ptes[row].IsPresent;

    private static Defect[] Step5 =>
    [
        At("D03", "BEFORE-5", Stages.FileClean, Step.CheckReferences, (b, m, ref t) => t.Step = t.Step == (int)Step.TryToUnmap ? (int)Step.TakeTreeLock : t.Step),
        At("M49", "BEFORE-5", Stages.FileHeld, Step.CheckReferences, (b, m, ref t) =>
        {
            if (t.Reason == BackOutReason.ReferencesBeforeUnmap)
                (t.Step, t.Reason, t.Rc) = ((int)Step.TryToUnmap, BackOutReason.None, 0);
        }),
        At("M35", "STEP-5", Stages.FileMlocked, Step.TryToUnmap, (b, m, ref t) =>
        {
            int row = Rmap.PageCheckAddress(m, t.Page, new MmId(0), 0x10002000);
            if (row < 0)
                return;
            m.Ptes[row] = Pte.Zero;
            m.Mms[0].FileRss--;
            Rmap.PageRemoveRmap(m, t.Page);
            PageRefs.PutPage(m, t.Page);
        }),
        At("M37", "STEP-5-ALL", Stages.AnonShared, Step.TryToUnmap, (b, m, ref t) => EndWalk(m, ref t)),
        At("D11", "STEP-5-ALL", Stages.FileDirtyEntry, Step.TryToUnmap, (b, m, ref t) => Undo(b, m, ref t, young: true)),
        At("P1", "STEP-5-ALL", Stages.FileClean, Step.TryToUnmap, (b, m, ref t) => Undo(b, m, ref t, young: false)),
        At("D44 A07", "STEP-5", Stages.FileDirtyEntry, Step.TryToUnmap, (b, m, ref t) =>
        {
            for (int row = 0; row < m.Ptes.Count; row++)
                Old(m, t).Set(Went(b, m, row) && b.Ptes[row].IsYoung ? PageFlags.Referenced : PageFlags.None);
        }),
        At("M39", "swap_map is its users", Stages.AnonSwapCache, Step.TryToUnmap, (b, m, ref t) =>
        {
            for (int row = 0; row < m.Ptes.Count; row++)
                m.Ptes[row] = Went(b, m, row) ? Pte.Swap(new SwpEntry(Old(m, t).Index.Value)) : m.Ptes[row];
        }),
        At("M41", "swap_map is its users", Stages.AnonSwapCache, Step.TryToUnmap, (b, m, ref t) =>
        {
            for (int row = 0; row < m.Ptes.Count; row++)
                m.Ptes[row] = Went(b, m, row) ? Pte.Zero : m.Ptes[row];
        }),
        At("D43", "STEP-5", Stages.FileDirtyEntry, Step.TryToUnmap, (b, m, ref t) =>
        {
            if (!Old(b, t).Has(PageFlags.Dirty) && Old(m, t).Has(PageFlags.Dirty))
                Dirty.TestClearPageDirty(m, t.Page);
        }),
        Otherwise("M43", "STEP-5", Stage.Of(PageKind.FileClean, SmallActor.WriteFault), new SamplesDirtyFirst()),
        At("M45", "page count is its holders", Stages.FileClean, Step.TryToUnmap, (b, m, ref t) => Old(m, t).Count += Old(m, t).Count < Old(b, t).Count ? 1 : 0),
        At("D29", "rss is its present entries", Stages.FileClean, Step.TryToUnmap, (b, m, ref t) => m.Mms[0].FileRss = b.Mms[0].FileRss),
        At("M47", "mmlist knows swapped processes", Stages.AnonSwapCache, Step.TryToUnmap, (b, m, ref t) =>
            (m.Globals.MmlistHead, m.Mms[0].MmlistNext) = (b.Globals.MmlistHead, b.Mms[0].MmlistNext)),
        At("M51 D12", "AFTER-5", Stages.FileMlocked, Step.CheckUnmapped, (b, m, ref t) => t.Rc = t.Reason == BackOutReason.StillMapped ? -Errno.ENOMEM : t.Rc),
        At("A10", "AFTER-5", Stages.FileMlocked, Step.CheckUnmapped, (b, m, ref t) =>
        {
            if (t.Reason == BackOutReason.StillMapped)
                (t.Step, t.Reason, t.Rc) = ((int)Step.TakeTreeLock, BackOutReason.None, 0);
        }),
    ];

    private static Defect[] Steps6To9 =>
    [
        At("M55 M53 D02", "spin locks have owners", Stages.FileClean, Step.TakeTreeLock, (b, m, ref t) => TreeLock(m, t) = 0),
        At("D05", "STEP-6", Stages.AnonSwapCache.Scenario(s => s with { Files = [new ScenarioFile()] }), Step.TakeTreeLock, (b, m, ref t) =>
        {
            TreeLock(m, t) = 0;
            t.Mapping = new MappingId(1);
            TreeLock(m, t) = 1;
        }),
        At("M65 D46", "STEP-6", Stages.AnonSwapCache, Step.TakeTreeLock, (b, m, ref t) =>
            t.RadixPointer = RadixTree.LookupSlot(m, m.Mappings[t.Mapping.Value].PageTree, Old(m, t).Index.Value)),
        AtSteps("M67", "STEP-9", Stages.FileClean, (b, m, ref t) =>
        {
            TruncateWithoutPageLock(b, m, ref t);
            if (t.Reason == BackOutReason.MappingGone)
                (t.Step, t.Reason, t.Rc, TreeLock(m, t)) = ((int)Step.CheckCount, BackOutReason.None, 0, 1);
        }),
        AtSteps("M69", "STEP-9", Stages.FileClean, (b, m, ref t) =>
        {
            TruncateWithoutPageLock(b, m, ref t);
            t.Rc = t.Reason == BackOutReason.MappingGone ? -Errno.ENOMEM : t.Rc;
        }),
        At("M57 D01", "STEP-7", Stages.FileLookedUp, Step.CheckCount, (b, m, ref t) =>
        {
            if (t.Reason != BackOutReason.ReferencesRemain)
                return;
            (t.Step, t.Reason, t.Rc, TreeLock(m, t)) = ((int)Step.CheckSlot, BackOutReason.None, 0, TreeLock(b, t));
            t.RadixPointer = b.Tasks[0].RadixPointer;
        }),
        At("M61", "STEP-7", Stage.Of(PageKind.FileClean, SmallActor.ReadFault), Step.CheckCount, (b, m, ref t) =>
        {
            // Equivalent while nobody maps the page between steps 5 and 7; a fault does.
            if (t.Reason == BackOutReason.ReferencesRemain && Old(m, t).Mapcount + 2 == Old(m, t).Count)
                (t.Step, t.Reason, t.Rc, TreeLock(m, t), t.RadixPointer) = ((int)Step.CheckSlot, BackOutReason.None, 0, TreeLock(b, t), b.Tasks[0].RadixPointer);
        }),
        At("M59", "STEP-7", Stages.FileClean, Step.CheckCount, (b, m, ref t) =>
        {
            if (t.Step == (int)Step.CheckSlot)
                (t.Step, t.Reason, t.Rc, TreeLock(m, t)) = ((int)Step.DropLocks, BackOutReason.ReferencesRemain, Again, 0);
        }),
        At("M63", "new pages carry the state", Stages.FileLookedUp, Step.CheckCount, (b, m, ref t) => t.Rc = t.Reason == BackOutReason.ReferencesRemain ? 0 : t.Rc),
        At("M89", "page count is its holders", Stages.FileLookedUp, Step.CheckCount, (b, m, ref t) => Old(m, t).Count -= t.Reason == BackOutReason.ReferencesRemain ? 1 : 0),
        At("M91", "spin locks have owners", Stages.FileClean, Step.CheckSlot, (b, m, ref t) => TreeLock(m, t) = 0),
        AtSteps("A06", "STEP-9", Stages.FileClean, (b, m, ref t) =>
        {
            if (StepOf(b) == Step.CheckMapping && t.Step == (int)Step.CheckCount)
                t.Step = (int)Step.CheckSlot;
        }),
    ];

    private static Defect[] Steps10To13 =>
    [
        At("M71", "STEP-10", Stages.FileClean, Step.EstablishNewPage, (b, m, ref t) => New(m, t).Index = New(b, t).Index),
        At("D04", "STEP-10", Stages.AnonSwapCache, Step.EstablishNewPage, (b, m, ref t) => New(m, t).Index = new Pgoff(Old(m, t).PageIndex)),
        At("M73", "STEP-10", Stages.FileClean, Step.EstablishNewPage, (b, m, ref t) => New(m, t).Mapping = MappingPtr.Null),
        At("M75", "STEP-10", Stages.AnonSwapCache, Step.EstablishNewPage, (b, m, ref t) => New(m, t).Clear(PageFlags.SwapCache)),
        At("M77", "STEP-10", Stages.AnonSwapCache, Step.EstablishNewPage, (b, m, ref t) => New(m, t).Private = Old(m, t).Index.Value),
        At("M79", "page count is its holders", Stages.FileClean, Step.EstablishNewPage, (b, m, ref t) => New(m, t).Count++),
        AtSteps("M81", "STEP-10", Stages.FileClean, (b, m, ref t) =>
        {
            if (StepOf(b) == Step.EstablishNewPage)
                (New(m, t).Mapping, New(m, t).Index) = (MappingPtr.Null, default);
            else if (StepOf(b) == Step.DropTreeLock)
                (New(m, t).Mapping, New(m, t).Index) = (Old(m, t).Mapping, Old(m, t).Index);
        }),
        At("M83", "radix trees are well formed", Stages.FileClean, Step.SwitchSlot, (b, m, ref t) =>
        {
            m.Slots[t.RadixPointer] = b.Slots[t.RadixPointer];
            m.Slots[t.RadixPointer ^ 1] = t.Newpage.Value + 1;
        }),
        AtSteps("M85", "slots and pages agree", Stages.FileClean, (b, m, ref t) =>
        {
            if (StepOf(b) == Step.SwitchSlot)
                m.Slots[t.RadixPointer] = b.Slots[t.RadixPointer];
            else if (StepOf(b) == Step.DropTreeLock)
                m.Slots[b.Tasks[0].RadixPointer] = t.Newpage.Value + 1;
        }),
        At("M87", "page count is its holders", Stages.FileClean, Step.DropTreeReference, (b, m, ref t) => Old(m, t).Count--),
    ];

    // The walk over the VMAs ends as if nothing were left to look at.
    private static void EndWalk(Machine m, ref KernelTask t)
    {
        if (t.UnmapPhase == TryToUnmap.Idle)
            return;
        m.AnonVmas[Old(m, t).Mapping.AnonVma.Value].Lock = 0;
        (t.UnmapPhase, t.Step) = (TryToUnmap.Idle, (int)Step.CheckUnmapped);
    }

    // The entry stays where it was, and the walk gives up; for a young one only, or for any.
    private static void Undo(Machine b, Machine m, ref KernelTask t, bool young)
    {
        int stays = -1;
        for (int row = 0; row < m.Ptes.Count; row++)
            stays = Went(b, m, row) && (b.Ptes[row].IsYoung || !young) ? row : stays;
        if (stays < 0)
            return;
        KernelTask now = t;
        m.CopyFrom(b);
        m.Ptes[stays] = m.Ptes[stays].MkOld();
        m.Tasks[0] = now with { UnmapResult = (int)SwapResult.Fail, UnmapPhase = TryToUnmap.Idle, Step = (int)Step.CheckUnmapped };
    }

    // The crafted state of steps 8 and 9: a page leaves its file under the tree lock, although another one has locked it.
    private static void TruncateWithoutPageLock(Machine b, Machine m, ref KernelTask t)
    {
        if (StepOf(b) != Step.CheckUnmapped || t.Step != (int)Step.TakeTreeLock)
            return;
        Filemap.RemoveFromPageCache(m, t.Page);
        PageRefs.PutPage(m, t.Page);
    }
}
