using CsCheck;
using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>Generators of whole machines around the pages: files, VMAs, processes, swap, lists, and the caller.</summary>
public static class MachineGen
{
    /// <summary>A migratepage method: mostly that of the kind, which takes buffers along.</summary>
    public static readonly Gen<MigratepageMode?> Migratepage = Gen.Frequency<MigratepageMode?>(
        (5, null), (4, MigratepageMode.Absent), (1, MigratepageMode.MigratePage), (1, MigratepageMode.BufferMigratePage), (1, MigratepageMode.FailMigratePage));

    /// <summary>A file.</summary>
    public static readonly Gen<FileDraw> File = Gen.Select(
        Gen.Frequency((6, WritepageMode.Asynchronous), (2, WritepageMode.Synchronous), (1, WritepageMode.Failing), (1, WritepageMode.AsynchronousFailing),
            (2, WritepageMode.Activate), (2, WritepageMode.Absent)),
        Gen.Frequency((6, ReleasepageMode.Absent), (2, ReleasepageMode.FreesBuffers), (1, ReleasepageMode.Refuses)),
        Migratepage, Gen.Bool, PageGen.Ends, Gen.Int[0, 4],
        Gen.Select(Gen.Int[0, 7], Gen.Frequency((7, Gen.Const(MappingFlags.None)), (1, Gen.Int[0, 7].Select(Marks)))), Gen.Int[0, 7],
        (writepage, releasepage, migratepage, accounts, completes, locked, more, size) => new FileDraw(
            writepage, releasepage, migratepage, accounts, more.Item1 == 0 ? true : null, completes, locked == 0, more.Item2, size == 0));

    /// <summary>What one process has mapped of one owner: mostly one ordinary VMA that covers everything.</summary>
    public static readonly Gen<VmaDraw> Vma = Gen.Select(
        Gen.Select(Gen.Int[0, 5], Gen.Int[0, 7], Gen.Int[0, 2], Gen.Int[0, 9], Gen.Int[0, 11], Gen.Int[0, 19]),
        Gen.Select(Gen.Int[0, 3], Gen.OneOf(0, 0, 0, 1, 30), Gen.Frequency((6, Gen.Const(Cover.All)), (1, Gen.Const(Cover.BehindFirst)), (1, Gen.Const(Cover.BeforeLast)))),
        Gen.Select(Gen.Int[0, 5], Gen.Int[0, 4], Gen.Int[0, 2], Gen.Int[0, 3], Gen.OneOf(0, 0, 1, 2), Gen.Int[0, 2]),
        (flags, where, more) => new VmaDraw(
            Shared: flags.Item1 < 3, MayShare: flags.Item1 == 3, Locked: flags.Item2 == 0, LockedPart: flags.Item3, Nonlinear: flags.Item4 == 0,
            ReadOnly: flags.Item5 == 0, Reserved: flags.Item6 == 0, where.Item1, where.Item2, where.Item3,
            Split: more.Item1 == 0, Second: more.Item2 == 0, Place: more.Item3, Long: more.Item4 == 0, Cursor: more.Item5, FileEntries: more.Item6));

    /// <summary>The swap device: mostly roomy, sometimes full, absent, read-only or failing.</summary>
    public static readonly Gen<SwapDraw> Swap = Gen.Select(
        Gen.Frequency((6, Gen.Const(-1)), (2, Gen.Int[0, 2])), Gen.Int[0, 14],
        Gen.Frequency((8, Gen.Const(SwapWriteMode.Asynchronous)), (1, Gen.Const(SwapWriteMode.AsynchronousFailing)), (1, Gen.Const(SwapWriteMode.NoMemory))),
        PageGen.Ends, Gen.Int[0, 29], Gen.Frequency((15, Gen.Const(0)), (2, Gen.Const(1)), (1, Gen.Const((int)SwapArea.MapMax))), Gen.Frequency((5, Gen.Const(0)), (1, Gen.Int[1, 2])),
        (slots, writable, write, completes, memory, users, bad) => new SwapDraw(slots, writable != 0, write, completes, memory == 0, users, bad));

    /// <summary>A process.</summary>
    public static readonly Gen<ProcessDraw> Process = Gen.Select(Gen.OneOf(0, 0, 0, 1, 50), Gen.Int[0, 5], (hiwater, listed) => new ProcessDraw(hiwater, listed == 0));

    /// <summary>The offset of an owner's first page: 0, low, shortly before the border of a tree's node for each fan-out, or far.</summary>
    public static readonly Gen<ulong> Base = Gen.Frequency(
        (6, Gen.Const(0UL)), (6, Gen.ULong[1, 7]), (1, Before(8)), (1, Before(16)), (2, Before(64)), (1, Before(4096)), (1, Before(1UL << 32)));

    /// <summary>The first slot that is used; rarely far up, since a machine with thousands of slots is slow.</summary>
    public static readonly Gen<int> FirstSlot = Gen.Frequency(
        (40, Gen.Int[1, 5]), (4, Gen.Int[6, 8]), (4, Gen.Int[62, 64]), (1, Gen.Int[4093, 4096]));

    /// <summary>The caller: mostly one whose pages are isolated already.</summary>
    public static readonly Gen<CallerDraw> Caller = Gen.Select(
        Gen.OneOf(0, 0, 0, 1, 2), Gen.Int[0, 7],
        Gen.Frequency<CallerAction[]>((8, Gen.Const(Actions())), (1, Gen.Const(Actions(CallerAction.Drain))), (1, Gen.Const(Actions(CallerAction.Isolate))),
            (1, Gen.Const(Actions(CallerAction.Drain, CallerAction.Isolate)))),
        Gen.Frequency<CallerAction[]>((4, Gen.Const(Actions())), (1, Gen.Const(Actions(CallerAction.Drain))), (2, Gen.Const(Actions(CallerAction.Putback))),
            (2, Gen.Const(Actions(CallerAction.Putback, CallerAction.Drain)))),
        Gen.Select(Gen.Int[0, 2], PageGen.Stale, (zone, stale) => new NewPageDraw(zone, stale)).Array[4],
        (order, leaves, before, after, fresh) => new CallerDraw(order, leaves == 0, before, after, fresh));

    /// <summary>A lock that others hold for ever, mostly none; more often those that few pages need.</summary>
    public static readonly Gen<ScenarioLock?> Lock = Gen.Frequency((12, Gen.Const((ScenarioLock?)null)), (1, Gen.Frequency(
        (1, LockOf(ScenarioLockKind.Tree, ScenarioLock.Swapper, 2)), (1, LockOf(ScenarioLockKind.Immap, 0, 2)), (3, LockOf(ScenarioLockKind.Private, 0, 1)),
        (2, LockOf(ScenarioLockKind.AnonVma, 0, 1)), (1, LockOf(ScenarioLockKind.PageTable, 0, 0)), (1, LockOf(ScenarioLockKind.MmapSem, 0, 0)),
        (1, LockOf(ScenarioLockKind.Swap, 0, 0)), (2, LockOf(ScenarioLockKind.Mmlist, 0, 0)), (2, LockOf(ScenarioLockKind.Lru, 0, 2)))));

    /// <summary>Mostly one to four pages; rarely so many that a pagevec fills and drains.</summary>
    public static readonly Gen<PageDraw[]> Pages = Gen.Frequency((99, PageGen.Page.Array[1, 4]), (1, PageGen.Page.Array[14, 20]));

    /// <summary>A whole machine, with three files of which the last is tmpfs.</summary>
    public static readonly Gen<MachineDraw> Machine = Gen.Select(
        Pages, File.Array[3], Vma.Array[15], Swap, Process.Array[1, 3],
        Gen.Select(Gen.Frequency((10, Gen.Const(-1)), (4, Gen.Int[0, 3]), (4, Gen.Const(-2)), (2, Gen.Const(-3))), Caller),
        Gen.Select(Base.Array[5], FirstSlot, Gen.Frequency((3, Gen.Const(8)), (1, Gen.Const(16)), (1, Gen.Const(64))), Gen.Frequency((3, Gen.Const(0)), (1, Gen.Const(1)))),
        Gen.Select(Gen.OneOf(1, 1, 1, 2, 3), Gen.OneOf(1, 1, 2), Lock),
        (pages, files, vmas, swap, processes, caller, first, room) => new MachineDraw(
            pages, files, vmas, swap, processes, caller.Item1, first.Item1, first.Item2, first.Item3, first.Item4, room.Item1, room.Item2, room.Item3, caller.Item2));

    /// <summary>A patch level, each as often as any other.</summary>
    public static readonly Gen<PatchLevel> Level = Gen.Enum<PatchLevel>();

    /// <summary>A scenario.</summary>
    public static readonly Gen<Scenario> Scenarios = Machine.Select(Drawn.Scenario);

    /// <summary>A scenario, half of them at the patch itself, a quarter at the last level, a quarter at any.</summary>
    public static readonly Gen<Scenario> ScenariosAtAnyLevel = Gen.Select(Scenarios,
        Gen.Frequency((2, Gen.Const(PatchLevel.V9)), (1, Gen.Const(PatchSet.Last)), (1, Level)), (scenario, level) => scenario with { Patch = level });

    private static Gen<ulong> Before(ulong border) => Gen.ULong[border - 3, border];

    private static Gen<ScenarioLock?> LockOf(ScenarioLockKind kind, int first, int last) => Gen.Int[first, last].Select(number => (ScenarioLock?)new ScenarioLock(kind, number));

    private static CallerAction[] Actions(params CallerAction[] actions) => actions;

    private static MappingFlags Marks(int bits) =>
        ((bits & 1) != 0 ? MappingFlags.AsEio : 0) | ((bits & 2) != 0 ? MappingFlags.AsEnospc : 0) | ((bits & 4) != 0 ? MappingFlags.InodeDirty : 0);
}
