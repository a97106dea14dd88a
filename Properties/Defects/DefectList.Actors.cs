using MigrationConformance.Core;

namespace MigrationConformance.Properties;

// What others do wrong beside the migration, and what the code itself does.
public static partial class DefectList
{
    private const string Actor = "task 1";

    private static Defect[] OfActors =>
    [
        AtAction("D31", "swap_map is its users", Stage.Of(PageKind.AnonCleanInSwapCache, SmallActor.Fork), Actor, "Copy", (b, m, ref t) =>
        {
            for (int slot = 1; slot < m.SwapMap.Count; slot++)
                m.SwapMap[slot] = b.SwapMap[slot];
        }),
        AtAction("D34", "readers read their data", Stages.FileDirtyEntry.And(Stages.Reader()), Actor, "CheckUptodate", (b, m, ref t) =>
        {
            ref Page p = ref m.Pages[t.Page.Value];
            if (p.Has(PageFlags.Uptodate))
                return;
            p.Contents = BackingStore.Read(m, t.Mapping, t.Address);
            (t.Cursor, t.Local0) = (p.Contents, t.Local0 | HasRead);
        }),
        AtAction("D41", "tasks hold what they work on", Stage.Of(PageKind.AnonCleanInSwapCache, SmallActor.ReadFault), Actor, "SwapLookup", (b, m, ref t) => LetGo(m, ref t)),
        AtAction("D51", "tasks hold what they work on", Stage.Of(PageKind.AnonCleanInSwapCache, SmallActor.PinForWriting), Actor, "FollowPage", (b, m, ref t) => LetGo(m, ref t)),
        Otherwise("D61", "old pages are empty", Stage.Of(PageKind.FileClean, SmallActor.FindGetPage), new LooksUpWithoutTreeLock()),
        new() { Ids = ["D32", "A01"], Rule = "no kernel BUG", On = Stages.TmpfsDirty, Variant = default(EngineStepper), InTheCode = true },
        AtAction("M167", "page count is its holders", Stage.Of(PageKind.AnonCleanInSwapCache, SmallActor.ReadFault), Actor, "", (b, m, ref t) =>
        {
            // The crafted half: nobody takes a page out of the swap cache while another one has it locked.
            if (Tasks.StepName(b.Tasks[1]) == "SwapLock")
                SwapState.DeleteFromSwapCache(m, t.Page);
            else if (Tasks.StepName(b.Tasks[1]) == "SwapRecheck" && t.Page.IsNone)
                m.Pages[b.Tasks[1].Page.Value].Count++;
        }),
    ];

    /// <summary>
    /// Defects that no rule can catch, and for which the search shows it: it closes, the wrong line at work, and nothing is
    /// broken. In both the reference of the fault keeps the page from moving while step 7 is right; what else takes a page out
    /// of the swap cache has changed its entries before, which do_swap_page compares in the end.
    /// </summary>
    public static readonly Defect[] Survivors =
    [
        AtAction("M165", "", Stages.FaultAndSwapoff(PatchSet.Default), Actor, "SwapRecheck", (b, m, ref t) =>
        {
            if (Tasks.StepName(t) == "SwapInstall")
                return;
            m.CopyFrom(b);
            t.Step = StepOf("SwapInstall", t);
        }),
        AtAction("M169 D20", "", Stages.FaultAndSwapoff(PatchLevel.FaultStartsAgain), Actor, "SwapRecheck", (b, m, ref t) =>
        {
            if (Tasks.StepName(t) == "HandlePteFault")
                (t.Step, t.Entry) = (StepOf("SwapLookup", t), b.Tasks[1].Entry);
        }),
    ];

    private static int StepOf(string name, KernelTask t)
    {
        for (t.Step = 0; Tasks.StepName(t) != name;)
            t.Step++;
        return t.Step;
    }

    // Actor.HasRead, which is the engine's own.
    private const int HasRead = 8;

    private static void LetGo(Machine m, ref KernelTask t)
    {
        if (t.Page.IsNone || t.Local1 == 0)
            return;
        t.Local1 = 0;
        PageRefs.PutPage(m, t.Page);
    }
}
