using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>A row of the table of outcomes: what becomes of a page that is migrated alone, at the patch, with one new page and nobody else about.</summary>
/// <param name="Name">The page, in words.</param>
/// <param name="Floor">How many of ten thousand pages must be the row's.</param>
/// <param name="Applies">Whether a page is the row's.</param>
/// <param name="Ends">What the row says of it: the end of the run, and the outcome of the page.</param>
/// <param name="SwapsOut">Whether the row is about a call without new pages.</param>
internal sealed record OutcomeRow(
    string Name, int Floor, Func<PageView, bool> Applies, Func<PageView, Machine, StepResult, PageOutcome, bool> Ends, bool SwapsOut = false);

/// <summary>The rows. They are written from the table, not from the engine; a page can be in none, or in several.</summary>
internal static class OutcomeRows
{
    private const int LastPass = 10;

    /// <summary>In the order of the table.</summary>
    public static readonly OutcomeRow[] All =
    [
        new("file, clean, no or idle buffers", 580, v => v.Regular && Clean(v) && !Refused(v) && !v.AnyBuffer(PageClasses.Busy) && Walkable(v), Migrates(0)),
        new("file, clean, a dirty entry", 43, v => v.Regular && Clean(v) && !Refused(v) && !v.AnyBuffer(PageClasses.Busy) && Walkable(v) && v.Page.Ptes.Any(pte => pte.Dirty),
            (v, m, end, o) => Migrates(0)(v, m, end, o) && m.Pages[o.Newpage.Value].Has(PageFlags.Dirty)),
        new("file, dirty, unmapped, asynchronous writepage", 42, v => Written(v, WritepageMode.Asynchronous) && FileWrites(v), Migrates(1)),
        new("file, dirty, unmapped, synchronous writepage", 16, v => Written(v, WritepageMode.Synchronous), Migrates(1)),
        new("file, dirty, mapped", 120, v => v.Regular && Free(v) && v.Dirty && v.Mapped, Never(BackOutReason.PageoutNotFreeable)),
        new("file, dirty, no writepage, unmapped", 14, v => Written(v, WritepageMode.Absent), Never(BackOutReason.PageoutNoWritepage)),
        new("file, dirty, writepage answers ACTIVATE", 13, v => Written(v, WritepageMode.Activate), Never(BackOutReason.PageoutActivate)),
        new("file, clean, buffers busy for ever", 27, v => BusyFile(v) && !AnyDirtyPte(v) && v.Page.Ptes.Count(pte => pte.Young) <= 5 && HoldsOf(v).Any(IsForEver),
            Never(BackOutReason.SwapPageBuffersBusy)),
        new("file, clean, buffers busy until a pass", 25, v => BusyFile(v) && !v.AnyBuffer(buffer => buffer.Dirty) && !Refused(v) && HoldsOf(v).Max() <= 4 && !HoldsOf(v).Any(IsForEver) && Walkable(v),
            (v, m, end, o) => Migrates(HoldsOf(v).Max())(v, m, end, o)),
        new("file, clean, buffers dirty, one dirty entry", 10, v => v.Regular && Clean(v) && !Refused(v) && v.AnyBuffer(buffer => buffer.Dirty) && !v.AnyBuffer(PageClasses.Held)
                && v.Page.Ptes.Count == 1 && AnyDirtyPte(v) && Walkable(v) && v.File.SetPageDirtyNobuffers != true && FileWrites(v),
            (v, m, end, o) => Migrates(v.Page.Ptes[0].Young ? 7 : 6)(v, m, end, o)),
        new("anonymous, not in swap cache, mapped", 430, v => v.Anon && !v.Cached && Free(v) && v.Mapped && HasSlot(v), Never(BackOutReason.PageoutNotFreeable)),
        new("anonymous, not in swap cache, no slot", 57, v => v.Anon && !v.Cached && Free(v) && !HasSlot(v),
            (v, m, end, o) => end == StepResult.Finished && o is { Fate: PageFate.Failed, Pass: 0, Reason: BackOutReason.NoSwapSlot or BackOutReason.NoSwapCacheMemory }),
        new("anonymous, in swap cache, dirty, mapped", 100, v => v.Anon && v.Cached && Free(v) && v.Dirty && v.Mapped, Never(BackOutReason.PageoutNotFreeable)),
        new("anonymous, in swap cache, clean, mapped", 240, v => v.Anon && v.Cached && Free(v) && !v.Dirty && v.Mapped && Walkable(v), BecomesSwapEntries),
        new("anonymous, in swap cache, clean, unmapped", 220, v => v.Anon && v.Cached && Free(v) && !v.Dirty && !v.Mapped, Migrates(0)),
        new("anonymous, in swap cache, dirty, unmapped, slot used", 20, v => v.Anon && v.Cached && Free(v) && v.Dirty && !v.Mapped && v.SlotUsed && SwapWrites(v), Migrates(1)),
        new("anonymous, in swap cache, dirty, unmapped, slot not used", 100, v => v.Anon && v.Cached && Free(v) && v.Dirty && !v.Mapped && !v.SlotUsed, Freed(1)),
        new("tmpfs, clean", 190, v => v.Tmpfs && Clean(v) && Walkable(v), Migrates(0)),
        new("tmpfs, dirty, mapped", 52, v => v.Tmpfs && Free(v) && v.Dirty && v.Mapped, Never(BackOutReason.PageoutNotFreeable)),
        new("tmpfs, dirty, unmapped", 27, v => v.Tmpfs && Free(v) && v.Dirty && !v.Mapped && !v.File.SegmentLocked && HasSlot(v) && SwapWrites(v), Crashes(2)),
        new("tmpfs, dirty, unmapped, segment locked or no slot", 14, v => v.Tmpfs && Free(v) && v.Dirty && !v.Mapped && (v.File.SegmentLocked || !HasSlot(v)), Never(BackOutReason.PageoutActivate)),
        new("tmpfs, dirty, unmapped, no new pages", 20, v => v.Tmpfs && Free(v) && v.Dirty && !v.Mapped && !v.File.SegmentLocked && HasSlot(v) && SwapWrites(v),
            (_, _, end, o) => end == StepResult.Finished && o is { Fate: PageFate.SwappedOut, Pass: 2 }, SwapsOut: true),
        new("swap cache without mapping, clean", 270, v => v.Cached && !v.Anon && v.Page.File is null && Free(v) && !v.Dirty, Crashes(0)),
        new("swap cache without mapping, clean, an extra reference", 16, v => v.Cached && !v.Anon && v.Page.File is null && Free(v, references: true) && v.Page.References.All(IsForEver)
            && v.Page.References.Count > 0 && !v.Dirty, Never(BackOutReason.ReferencesBeforeUnmap)),
        new("no mapping, buffers that cannot go", 180, v => v.Ownerless && Free(v, buffers: true) && v.Page.Buffers.Count > 0, Never(BackOutReason.NoMapping)),
        new("in a VM_LOCKED VMA, no dirty entry", 52, v => Movable(v) && v.AnyVma(VmFlags.Locked) && !AnyDirtyPte(v) && !v.Vmas.Any(PageClasses.Nonlinear), Never(BackOutReason.StillMapped)),
        new("in a VM_LOCKED VMA, a dirty entry before it", 10, v => Movable(v) && v.AnyVma(VmFlags.Locked) && DirtyBeforeLocked(v) && !v.Vmas.Any(PageClasses.Nonlinear),
            Never(BackOutReason.PageoutNotFreeable)),
        new("an extra reference for ever", 96, v => Movable(v, references: true) && v.Page.References.Count > 0 && v.Page.References.Any(IsForEver), Never(BackOutReason.ReferencesBeforeUnmap)),
        new("in a non-linear VMA", 53, v => Movable(v) && v.Vmas.Any(PageClasses.Nonlinear),
            (_, _, end, o) => end == StepResult.Finished && (o is { Fate: PageFate.Migrated } or { Fate: PageFate.Retry, Pass: LastPass })),
        new("count 1", 130, v => v.Ownerless && Free(v) && v.Page.Buffers.Count == 0, Freed(0)),
        new("file, locked for reading", 25, v => v.Regular && Clean(v, locked: true) && !v.Uptodate && v.Page.Locked is { } end && end != Until.Never
                && v.Page.Buffers.Count == 0 && !v.Has(PageFlags.Error),
            (v, m, end, o) => Migrates(Math.Min(3, v.Page.Locked!.Value))(v, m, end, o)),
        new("file, locked for ever", 12, v => v.Regular && v.Page.Locked == Until.Never && v.Page.References.Count == 0 && v.Page.Writeback is null,
            (_, m, end, o) => end == StepResult.Blocked && o is { Fate: PageFate.UnderWay, Pass: 3, Step: MigrationStep.LockPage }),
        new("file, read error", 91, v => v.Regular && Clean(v) && !v.Uptodate && v.Has(PageFlags.Error) && !Refused(v) && !v.AnyBuffer(PageClasses.Busy),
            (v, m, end, o) => Migrates(0)(v, m, end, o) && m.Pages[o.Newpage.Value].Has(PageFlags.Error) && !m.Pages[o.Newpage.Value].Has(PageFlags.Uptodate)),
        new("file, clean, no writepage", 80, v => v.Regular && Clean(v) && !Refused(v) && !v.AnyBuffer(PageClasses.Busy) && Walkable(v) && v.File.Writepage == WritepageMode.Absent, Migrates(0)),
        new("file, dirty, unmapped, buffers busy", 13, v => v.Regular && Free(v, buffers: true) && v.Dirty && !v.Mapped && v.AnyBuffer(PageClasses.Held) && FileWrites(v),
            (v, m, end, o) => end == StepResult.Finished && (o is { Fate: PageFate.Migrated or PageFate.SwappedOut, Pass: > 0 }
                or { Fate: PageFate.Retry, Reason: BackOutReason.SwapPageBuffersBusy or BackOutReason.PageoutSuccess })),
        new("file, dirty, unmapped, a transient reference", 13, v => v.Regular && Free(v, references: true) && v.Dirty && !v.Mapped && v.Page.Buffers.Count == 0 && v.Page.References.Count == 1
                && v.Page.References[0] <= 8 && FileWrites(v),
            (v, m, end, o) => Migrates(v.Page.References[0] + 1)(v, m, end, o)),
    ];

    /// <summary>The scenario of a page alone: it is isolated, it alone is on from, and there is one new page, or none.</summary>
    public static Scenario Alone(Scenario scenario, int page, bool swapsOut) => scenario with
    {
        Patch = PatchLevel.V9,
        From = [page],
        To = swapsOut ? ScenarioTo.SwapOut : ScenarioTo.AsManyAsFrom,
        Before = [],
        After = [],
        Locks = [],
        Pages = [.. scenario.Pages.Select((p, i) => i == page ? p with { List = PagePlace.Isolated } : p.List == PagePlace.New ? p with { List = PagePlace.Free } : p)],
    };

    private static bool IsForEver(int end) => end is Until.Never or Until.Waited;

    // Nobody holds anything of the page; its buffers are another matter.
    private static bool Free(PageView v, bool references = false, bool buffers = false, bool locked = false) =>
        (references || v.Page.References.Count == 0) && (locked || v.Page.Locked is null) && v.Page.Writeback is null
        && (buffers || !v.AnyBuffer(PageClasses.Held));

    private static bool Clean(PageView v, bool locked = false) => !v.Dirty && Free(v, locked: locked);

    private static bool Refused(PageView v) => v.Page.Buffers.Count > 0 && v.File.Releasepage == ReleasepageMode.Refuses;

    // Every entry is found by the walk of its file or anon_vma, and can go.
    private static bool Walkable(PageView v) => !v.AnyVma(VmFlags.Locked) && !v.Vmas.Any(PageClasses.Nonlinear);

    // What step 5 is reached with in pass 0.
    private static bool Movable(PageView v, bool references = false) => !v.Dirty && Free(v, references) && !v.AnyBuffer(PageClasses.Busy)
        && ((v.Page.File is not null && !Refused(v)) || (v.Anon && v.Cached));

    private static bool AnyDirtyPte(PageView v) => v.Page.Ptes.Any(pte => pte.Dirty);

    // The walk takes the VMAs of an owner in the order of the scenario, and stops at the first locked one that maps the page.
    private static bool DirtyBeforeLocked(PageView v) =>
        v.Page.Ptes.OrderBy(pte => pte.Vma).TakeWhile(pte => (v.Vma(pte).Flags & VmFlags.Locked) == 0).Any(pte => pte.Dirty);

    private static bool Written(PageView v, WritepageMode mode) => v.Regular && Free(v) && v.Dirty && !v.Mapped && !Refused(v) && (v.File.Writepage ?? WritepageMode.Asynchronous) == mode;

    private static bool BusyFile(PageView v) => v.Regular && !v.Dirty && Free(v, buffers: true) && v.AnyBuffer(PageClasses.Held) && Walkable(v);

    private static IEnumerable<int> HoldsOf(PageView v) => v.Page.Buffers.SelectMany(buffer => buffer.Locked is { } locked ? [.. buffer.Users, locked] : buffer.Users.ToArray());

    private static bool HasSlot(PageView v) => v.In.Swap is { Writable: true, RadixPreloadFails: false } && ScenarioBuilder.Build(v.In).Machine.Swap.NrSwapPages > 0;

    private static bool FileWrites(PageView v) => v.File is { Writepage: WritepageMode.Asynchronous, Completes: not Until.Never };

    private static bool SwapWrites(PageView v) => v.In.Swap is { Write: SwapWriteMode.Asynchronous, Completes: not Until.Never };

    private static Func<PageView, Machine, StepResult, PageOutcome, bool> Migrates(int pass) =>
        (_, _, end, o) => end == StepResult.Finished && o.Fate == PageFate.Migrated && o.Pass == pass;

    private static Func<PageView, Machine, StepResult, PageOutcome, bool> Never(BackOutReason reason) =>
        (_, _, end, o) => end == StepResult.Finished && o.Fate == PageFate.Retry && o.Pass == LastPass && o.Reason == reason;

    private static Func<PageView, Machine, StepResult, PageOutcome, bool> Freed(int pass) =>
        (_, _, end, o) => end == StepResult.Finished && o.Fate == PageFate.Freed && o.Pass == pass;

    private static Func<PageView, Machine, StepResult, PageOutcome, bool> Crashes(int pass) =>
        (_, m, end, _) => end == StepResult.Bug && m.Bug.Check == BugCheck.TryToUnmapFileNullMapping && m.Tasks[0].Pass == pass;

    private static bool BecomesSwapEntries(PageView v, Machine m, StepResult end, PageOutcome o) => Migrates(0)(v, m, end, o)
        && v.Page.Ptes.All(pte => PageTables.Get(m, new MmId(v.Vma(pte).Process), pte.Address!.Value) == Pte.Swap(new SwpEntry((ulong)v.Page.SwapCache)));
}
