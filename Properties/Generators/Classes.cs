using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>The classes of state that a drawn page belongs to.</summary>
internal static class Classes
{
    /// <summary>Counts a page in each of its classes.</summary>
    public static void Of(Distribution.Tally tally, Scenario scenario, ScenarioPage page, PageClass drawn)
    {
        bool dirty = (page.Flags & PageFlags.Dirty) != 0, mapped = page.Ptes.Count > 0;
        bool tmpfs = page.File == 2;
        int from = scenario.Pages.Count(p => p.List == PagePlace.Isolated);
        void If(bool condition, string state)
        {
            if (condition)
                tally.Count($"state: {state}");
        }

        If(page.File is { } && !tmpfs, $"file, {(dirty ? "dirty" : "clean")}, {(mapped ? "mapped" : "unmapped")}");
        If(page.File is { } && !tmpfs && dirty && !mapped && page.References.Count == 0, "file, dirty, count 2 but for buffers");
        If(page.Buffers.Count > 0, "file with buffers");
        If(page.Buffers.Any(buffer => buffer.Dirty), "a dirty buffer");
        If(page.Buffers.Any(buffer => buffer.Users.Count > 0 || buffer.Locked is { }), "a buffer in use");
        If(page.Buffers.Count > 0 && page.File is null, "buffers without mapping");
        If(page.File is { } && (page.Flags & PageFlags.Uptodate) == 0, "file, not uptodate");
        If(page.File is { } && page.Index != 0, "file, index not 0");
        If(tmpfs, $"tmpfs, {(dirty ? "dirty" : "clean")}");
        If(drawn == PageClass.TmpfsSwapped, "tmpfs, in the swap cache");
        If(page.AnonVma is { } && page.SwapCache == 0, "anonymous, not in swap cache");
        If(page.AnonVma is { } && page.SwapCache != 0, $"anonymous, {(dirty ? "dirty" : "clean")} in swap cache");
        If(drawn == PageClass.Readahead, "swap cache without mapping");
        If(drawn == PageClass.Ownerless, "without owner");
        If(page.Ptes.Count > 1, "mapped by two or more");
        If(page.Ptes.Any(pte => pte.Young), "young entry");
        If(page.Ptes.Any(pte => pte.Dirty), "dirty entry");
        If(!dirty && page.Ptes.Any(pte => pte.Dirty), "dirty entry, clean page");
        If(mapped && page.SwapPtes.Count > 0, "swap entries and present entries");
        If(page.Locked is { }, "locked by others");
        If(page.Writeback is { }, "under writeback");
        If(page.References.Count > 0, "extra references");
        If(page.References.Any(end => end == Until.Never), "extra references for ever");
        If(page.Ptes.Any(pte => (scenario.Vmas![pte.Vma!.Value].Flags & VmFlags.Locked) != 0), "in a VM_LOCKED VMA");
        If(page.Ptes.Any(pte => (scenario.Vmas![pte.Vma!.Value].Flags & VmFlags.Nonlinear) != 0), "in a non-linear VMA");
        If(page.SwapCache != 0 && (ulong)page.SwapCache != page.Index, "slot differs from index, neither 0");
        If(page.List == PagePlace.Lru, "on the LRU");
        If(page.List is PagePlace.LruAdd or PagePlace.LruAddActive, "in a pagevec");
        If(scenario.To.IsSwapOut(), "no new pages at all: swap out");
        If(scenario.To.NewFrames is { } frames && frames < from, "fewer new pages than pages");
        If(from > 1 && scenario.To == ScenarioTo.AsManyAsFrom, "two or more new pages");
        If(scenario.Swap.Slots is { }, "swap nearly full");
        If(!scenario.Swap.Writable, "swap not writable");
        If(scenario.Swap.RadixPreloadFails, "no memory for trees");
        If(scenario.Swap.Map.Count > 0, "a slot with a user that is not shown");
        If(scenario.Vmas!.Any(vma => vma.Entries.Count > 0), "something lives in slots only");
    }

    private static bool IsSwapOut(this ScenarioTo to) => to == ScenarioTo.SwapOut;
}
