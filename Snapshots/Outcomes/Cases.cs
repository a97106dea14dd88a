namespace MigrationConformance.Snapshots;

/// <summary>The page kinds and their outcomes, each a scenario of one page on a tree of fan-out 8.</summary>
/// <remarks>Names say what the page is, not what becomes of it: that is what the snapshots show.</remarks>
internal static class Cases
{
    private const PageFlags Uptodate = PageFlags.Uptodate, Dirty = PageFlags.Uptodate | PageFlags.Dirty;

    private static readonly ScenarioPage File7 = new() { File = 0, Index = 7 };
    private static readonly ScenarioPage Anon7 = new() { AnonVma = 0, Index = 7 };

    private static readonly (string Name, Scenario Scenario)[] All =
    [
        ("file-clean", Of(File7 with { MappedBy = 2, Flags = Uptodate | PageFlags.Referenced | PageFlags.Active })),
        ("file-clean-dirty-pte", Of(File7 with { Ptes = [new() { Young = true, Dirty = true }] })),
        ("file-not-uptodate", Of(File7 with { MappedBy = 1, Flags = PageFlags.Error })),
        ("file-locked-for-reading", Of(File7 with { Flags = PageFlags.None, Locked = Until.Waited })),
        ("file-under-writeback", Of(File7 with { Writeback = new() { Until = Until.Waited } })),
        ("file-pinned", Of(File7 with { MappedBy = 1, References = [Until.Never] })),
        ("file-pinned-until-pass-2", Of(File7 with { MappedBy = 1, References = [2] })),
        ("file-mlocked", Mlocked()),
        ("file-nonlinear", Nonlinear()),
        ("file-freed", Of(new ScenarioPage { List = PagePlace.Isolated })),
        ("file-dirty", Of(File7 with { Flags = Dirty })),
        ("file-dirty-mapped", Of(File7 with { Flags = Dirty, MappedBy = 1 })),
        ("file-dirty-synchronous", Of(File7 with { Flags = Dirty }, WritepageMode.Synchronous)),
        ("file-dirty-write-fails", Of(File7 with { Flags = Dirty }, WritepageMode.Failing)),
        ("file-dirty-activate", Of(File7 with { Flags = Dirty }, WritepageMode.Activate)),
        ("file-dirty-no-writepage", Of(File7 with { Flags = Dirty }, WritepageMode.Absent)),
        ("file-idle-buffers", Of(File7 with { MappedBy = 1, Buffers = [new(), new()] })),
        ("file-busy-buffers", Of(File7 with { Ptes = [new() { Young = true }], Buffers = [new() { Users = [Until.Never] }] })),
        ("file-dirty-buffers", Of(File7 with { Ptes = [new() { Dirty = true }], Buffers = [new() { Dirty = true }] })),
        ("truncated-busy-buffers", Of(new ScenarioPage { List = PagePlace.Isolated, Buffers = [new() { Users = [Until.Never] }] })),
        ("anon", Of(Anon7 with { Ptes = [new() { Young = true, Dirty = true }] })),
        ("anon-no-swap-slot", Of(Anon7 with { MappedBy = 1 }) with { Swap = new() { Slots = 0 } }),
        ("anon-swap-out", Of(Anon7 with { Ptes = [new() { Young = true, Dirty = true }] }) with { To = ScenarioTo.SwapOut }),
        ("swapcache-clean", Of(Anon7 with { SwapCache = 3, Ptes = [new() { Young = true, Dirty = true }, new()] })),
        ("swapcache-clean-unmapped", Of(Anon7 with { SwapCache = 3, SwappedBy = 2 })),
        ("swapcache-dirty", Of(Anon7 with { SwapCache = 3, MappedBy = 1, Flags = Dirty })),
        ("swapcache-dirty-unmapped", Of(Anon7 with { SwapCache = 3, SwappedBy = 1, Flags = Dirty })),
        ("swapcache-dirty-unused", Of(Anon7 with { SwapCache = 3, Flags = Dirty })),
        ("swapcache-no-mapping", Of(new ScenarioPage { SwapCache = 3, List = PagePlace.Isolated })),
        ("tmpfs-clean", Tmpfs(File7 with { MappedBy = 1 })),
        ("tmpfs-dirty", Tmpfs(File7 with { MappedBy = 1, Flags = Dirty })),
        ("tmpfs-dirty-unmapped", Tmpfs(File7 with { Flags = Dirty })),
        ("tmpfs-dirty-segment-locked", Tmpfs(File7 with { Flags = Dirty }, segmentLocked: true)),
    ];

    public static IEnumerable<string> Names => All.Select(c => c.Name);

    public static ScenarioMachine Build(string name) => ScenarioBuilder.Build(All.Single(c => c.Name == name).Scenario);

    private static Scenario Of(ScenarioPage page) => new() { FanOut = 8, Pages = [page] };

    private static Scenario Of(ScenarioPage page, WritepageMode writepage) => Of(page) with { Files = [new() { Writepage = writepage }] };

    private static Scenario Tmpfs(ScenarioPage page, bool segmentLocked = false) =>
        Of(page) with { Files = [new() { Kind = MappingKind.Tmpfs, SegmentLocked = segmentLocked }] };

    // The walk meets the plain VMA first, so its entry is gone when the locked one stops it.
    private static Scenario Mlocked() => Of(File7 with { MappedBy = 2 }) with
    {
        Vmas =
        [
            new() { Process = 0, Start = 0x10000000, Pages = 8, File = 0 },
            new() { Process = 1, Start = 0x20000000, Pages = 8, File = 0, Flags = VmFlags.Read | VmFlags.Locked },
        ],
    };

    // The page sits where its offset does not say, so only the walk over clusters finds it; a young entry costs a pass.
    private static Scenario Nonlinear() => Of(File7 with { Ptes = [new() { Vma = 0, Address = 0x10002000, Young = true }] }) with
    {
        Vmas = [new() { Process = 0, Start = 0x10000000, Pages = 8, File = 0, Flags = VmFlags.Read | VmFlags.Shared | VmFlags.Nonlinear }],
    };
}
