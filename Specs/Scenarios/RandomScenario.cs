using MigrationConformance.Core;

namespace MigrationConformance.Scenarios;

/// <summary>Scenarios that say anything that can be said; few of them make a machine.</summary>
internal static class RandomScenario
{
    /// <summary>Every member of the format at once, none with its default.</summary>
    public static Scenario Everything { get; } = new()
    {
        Title = "every member",
        Patch = PatchLevel.Before,
        Illegal = true,
        FanOut = 8,
        Zones = 3,
        Cpus = 2,
        Swap = new()
        {
            Slots = 40,
            Writable = false,
            Write = SwapWriteMode.NoMemory,
            Completes = 4,
            RadixPreloadFails = true,
            Map = [new(1, Users: 2), new(2, Bad: true), new(3, Count: 7)],
            Contents = [new(9, 11)],
        },
        Files =
        [
            new()
            {
                Name = "data",
                Writepage = WritepageMode.Activate,
                Releasepage = ReleasepageMode.Refuses,
                Migratepage = MigratepageMode.FailMigratePage,
                SetPageDirtyNobuffers = true,
                AccountsDirty = false,
                Completes = Until.Never,
                Size = 100,
                Flags = MappingFlags.AsEio | MappingFlags.AsEnospc | MappingFlags.InodeDirty,
                TruncateCount = 3,
                Blocks = [new(4, 5)],
            },
            new() { Kind = MappingKind.Tmpfs, SegmentLocked = true, Swapped = [new(6, 12)] },
        ],
        Processes = [new() { Name = "one", HiwaterRss = 8, OnMmlist = true }],
        Vmas =
        [
            new()
            {
                Process = 0,
                Start = 0x10000000,
                Pages = 64,
                File = 0,
                AnonVma = 1,
                Pgoff = 2,
                Flags = VmFlags.Read | VmFlags.MayShare | VmFlags.Nonlinear,
                Cursor = 0x20000,
                Entries = [new(0x10001000, 13), new(0x10002000, 0, 9)],
            },
        ],
        Pages =
        [
            new()
            {
                Repeat = 2,
                File = 0,
                Index = 7,
                SwapCache = 20,
                Flags = PageFlags.Dirty | PageFlags.Uncached,
                Contents = ulong.MaxValue - 9,
                Zone = 2,
                Ptes = [new() { Vma = 0, Address = 0x10003000, Young = true, Dirty = true, Write = false }],
                SwapPtes = [new(0, 0x10007000)],
                Buffers = [new() { Uptodate = false, Mapped = false, Dirty = true, WriteEio = true, Associated = true, Users = [1], Locked = 2 }],
                References = [0, Until.Waited, Until.Never],
                Locked = 3,
                Writeback = new() { Until = 5, Fails = true, Contents = 6 },
                List = PagePlace.LruAddActive,
                Cpu = 1,
                DirtyTag = false,
                Raw = new() { Count = 1, Mapcount = 2, Private = 3, Mapping = new(AnonVma: 1) },
            },
            new() { AnonVma = 0, MappedBy = 1, SwapCache = 30, SwappedBy = 1, Raw = new() { Mapping = new ScenarioMapping() } },
            new() { List = PagePlace.New },
        ],
        From = [0, 2],
        To = ScenarioTo.List([3]),
        Before = [CallerAction.Drain, CallerAction.Isolate],
        After = [CallerAction.Putback, CallerAction.Drain],
        Locks = [new(ScenarioLockKind.Tree, ScenarioLock.Swapper), new(ScenarioLockKind.Lru, 2), new(ScenarioLockKind.Swap)],
        Call = new()
        {
            Kind = PolicyCallKind.Mbind,
            Process = 1,
            Start = 0x10003000,
            Pages = 5,
            Policy = MpolMode.Interleave,
            Nodes = [0, 63],
            Flags = MpolFlags.MoveAll | MpolFlags.Strict,
        },
    };

    /// <summary>A scenario of a few random members.</summary>
    public static Scenario Make(Random random) => new()
    {
        Title = Maybe(random, $"seed\t\"é\" {random.Next()}"),
        Patch = (PatchLevel)random.Next(2),
        Illegal = random.Next(2) == 0,
        FanOut = 1 << new[] { 3, 4, 6 }[random.Next(3)],
        Zones = random.Next(1, 4),
        Cpus = random.Next(1, 4),
        Swap = random.Next(2) == 0 ? ScenarioSwap.Default : Swap(random),
        Files = random.Next(2) == 0 ? null : List(random, File),
        Processes = random.Next(2) == 0 ? null : List(random, r => new ScenarioProcess
        {
            HiwaterRss = r.Next(3),
            OnMmlist = Bool(r),
            Name = Maybe(r, "p"),
            Uid = r.Next(2) == 0 ? null : r.Next(3),
            Euid = r.Next(2) == 0 ? null : r.Next(3),
            Suid = r.Next(2) == 0 ? null : r.Next(3),
            CapSysNice = Bool(r),
            Mems = r.Next(2) == 0 ? null : List(r, node => node.Next(NodeMask.MaxNodes)),
        }),
        Vmas = random.Next(2) == 0 ? null : List(random, Vma),
        Pages = List(random, Page),
        From = random.Next(2) == 0 ? null : List(random, r => r.Next(9)),
        To = new[] { ScenarioTo.AsManyAsFrom, ScenarioTo.SwapOut, ScenarioTo.Frames(random.Next(4)), ScenarioTo.List(List(random, r => r.Next(9))) }[random.Next(4)],
        Before = List(random, r => (CallerAction)r.Next(2)),
        After = List(random, r => r.Next(2) == 0 ? CallerAction.Drain : CallerAction.Putback),
        Locks = List(random, r => new ScenarioLock((ScenarioLockKind)r.Next(7), r.Next(3))),
        Call = random.Next(3) switch { 0 => null, 1 => MigratePages(random), _ => Mbind(random) },
    };

    private static ScenarioCall MigratePages(Random random) => new()
    {
        Kind = PolicyCallKind.MigratePages,
        Process = random.Next(3) == 0 ? null : random.Next(3),
        Caller = random.Next(2) == 0 ? null : random.Next(3),
        From = List(random, r => r.Next(NodeMask.MaxNodes)),
        To = List(random, r => r.Next(NodeMask.MaxNodes)),
    };

    private static ScenarioCall Mbind(Random random) => new()
    {
        Kind = PolicyCallKind.Mbind,
        Process = random.Next(3),
        Start = random.Next(2) == 0 ? null : (ulong)random.Next(9) << 12,
        Pages = random.Next(2) == 0 ? null : (ulong)random.Next(9),
        Policy = (MpolMode)random.Next(2, 4),
        Nodes = List(random, r => r.Next(NodeMask.MaxNodes)),
        Flags = (MpolFlags)random.Next(8),
    };

    private static ScenarioSwap Swap(Random random) => new()
    {
        Slots = random.Next(2) == 0 ? null : random.Next(100),
        Writable = random.Next(2) == 0,
        Write = (SwapWriteMode)random.Next(3),
        Completes = Moment(random),
        RadixPreloadFails = random.Next(2) == 0,
        Map = List(random, r => new ScenarioSlotUse(r.Next(1, 99), r.Next(3))),
        Contents = List(random, r => new ScenarioSlotContents(r.Next(1, 99), Number(r))),
    };

    private static ScenarioFile File(Random random) => new()
    {
        Name = Maybe(random, "f"),
        Kind = (MappingKind)random.Next(1, 3),
        Writepage = random.Next(2) == 0 ? null : (WritepageMode)random.Next(6),
        Releasepage = (ReleasepageMode)random.Next(3),
        Migratepage = random.Next(2) == 0 ? null : (MigratepageMode)random.Next(4),
        SetPageDirtyNobuffers = Bool(random),
        AccountsDirty = Bool(random),
        Completes = Moment(random),
        Size = random.Next(2) == 0 ? null : Number(random),
        Flags = MappingFlags.AsEio | (random.Next(2) == 0 ? 0 : MappingFlags.InodeDirty),
        SegmentLocked = random.Next(2) == 0,
        TruncateCount = random.Next(3),
        Blocks = List(random, r => new ScenarioBlock(Number(r), Number(r))),
        Swapped = List(random, r => new ScenarioSwapped(Number(r), r.Next(1, 99))),
    };

    private static ScenarioVma Vma(Random random) => new()
    {
        Process = random.Next(3),
        Start = (ulong)random.Next(9) << 20,
        Pages = (ulong)random.Next(1, 99),
        File = random.Next(2) == 0 ? null : random.Next(3),
        AnonVma = random.Next(2) == 0 ? null : random.Next(3),
        Pgoff = Number(random),
        Flags = (VmFlags)random.Next(128),
        Cursor = (ulong)random.Next(3) << 12,
        Entries = List(random, r => r.Next(2) == 0 ? new ScenarioEntry(4096, r.Next(1, 9)) : new ScenarioEntry(8192, 0, (ulong)r.Next(9))),
    };

    private static ScenarioPage Page(Random random) => new()
    {
        Repeat = random.Next(1, 3),
        File = random.Next(2) == 0 ? null : random.Next(3),
        AnonVma = random.Next(2) == 0 ? null : random.Next(3),
        Index = Number(random),
        SwapCache = random.Next(3),
        Flags = random.Next(2) == 0 ? null : (PageFlags)random.Next(1 << 20) & (PageFlags.All ^ PageFlags.Locked ^ PageFlags.Lru ^ PageFlags.Private ^ PageFlags.Writeback ^ PageFlags.SwapCache),
        Contents = random.Next(2) == 0 ? null : Number(random),
        Zone = random.Next(3),
        MappedBy = random.Next(3),
        Ptes = List(random, r => new ScenarioPte { Vma = r.Next(2) == 0 ? null : r.Next(3), Address = r.Next(2) == 0 ? null : 4096, Young = r.Next(2) == 0, Dirty = r.Next(2) == 0, Write = r.Next(2) == 0 }),
        SwapPtes = List(random, r => new ScenarioSwapPte(r.Next(2) == 0 ? null : r.Next(3), r.Next(2) == 0 ? null : 8192)),
        Buffers = List(random, r => new ScenarioBuffer { Dirty = r.Next(2) == 0, Users = List(r, Moment), Locked = r.Next(2) == 0 ? null : Moment(r) }),
        References = List(random, Moment),
        Locked = random.Next(2) == 0 ? null : Moment(random),
        Writeback = random.Next(2) == 0 ? null : new ScenarioWriteback { Until = Moment(random), Fails = random.Next(2) == 0, Contents = random.Next(2) == 0 ? null : Number(random) },
        List = random.Next(2) == 0 ? null : (PagePlace)random.Next(7),
        Cpu = random.Next(3),
        DirtyTag = Bool(random),
        Raw = random.Next(2) == 0 ? null : new ScenarioRawPage { Count = random.Next(2) == 0 ? null : random.Next(9), Private = random.Next(2) == 0 ? null : Number(random) },
    };

    private static ValueList<T> List<T>(Random random, Func<Random, T> item) =>
        [.. Enumerable.Range(0, random.Next(3)).Select(_ => item(random))];

    private static bool? Bool(Random random) => random.Next(3) switch { 0 => null, 1 => false, _ => true };

    private static string? Maybe(Random random, string text) => random.Next(2) == 0 ? null : text;

    private static int Moment(Random random) => random.Next(13) switch { 11 => Until.Waited, 12 => Until.Never, var pass => pass };

    private static ulong Number(Random random) => random.Next(4) switch { 0 => 0, 1 => ulong.MaxValue, 2 => (ulong)random.Next(100), _ => (ulong)random.NextInt64() };
}
