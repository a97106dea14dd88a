using CsCheck;
using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>Generators of page states and machines, from primitives up: valid by construction, edges weighted.</summary>
public static class MachineGen
{
    /// <summary>When something that others hold ends.</summary>
    public static readonly Gen<int> Ends = Gen.Frequency(
        (4, Gen.Int[0, 4]), (2, Gen.Int[5, 10]), (2, Gen.Const(Until.Waited)), (1, Gen.Const(Until.Never)));

    /// <summary>Mostly nothing (−1), else when it ends.</summary>
    public static readonly Gen<int> Rarely = Gen.Frequency((9, Gen.Const(-1)), (1, Ends));

    /// <summary>What one process has of a page: 0 nothing, 1 an old clean entry, 2 young, 3 dirty, 4 young and dirty, 5 a swap entry.</summary>
    public static readonly Gen<int> Entry = Gen.Frequency(
        (4, Gen.Const(0)), (4, Gen.Const(1)), (3, Gen.Const(2)), (2, Gen.Const(3)), (2, Gen.Const(4)), (3, Gen.Const(5)));

    private static readonly PageFlags[] CarriedFlags =
        [PageFlags.Error, PageFlags.Referenced, PageFlags.Active, PageFlags.Checked, PageFlags.MappedToDisk, PageFlags.Arch1];

    /// <summary>Any set of the flags that say nothing about ownership.</summary>
    public static readonly Gen<PageFlags> Flags = Gen.Int[0, (1 << CarriedFlags.Length) - 1].Select(bits =>
    {
        var flags = PageFlags.None;
        for (int i = 0; i < CarriedFlags.Length; i++)
            flags |= (bits >> i & 1) != 0 ? CarriedFlags[i] : PageFlags.None;
        return flags;
    });

    /// <summary>A buffer.</summary>
    public static readonly Gen<BufferDraw> Buffer = Gen.Select(Gen.Int[0, 5], Rarely, Rarely, (dirty, user, locked) => new BufferDraw(dirty == 0, user, locked));

    /// <summary>No buffers, one, or a whole ring.</summary>
    public static readonly Gen<BufferDraw[]> Buffers = Gen.Frequency(
        (6, Gen.Const(Array.Empty<BufferDraw>())), (3, Buffer.Array[1]), (2, Buffer.Array[4]));

    /// <summary>Where a page is: mostly isolated.</summary>
    public static readonly Gen<PagePlace> Place = Gen.Frequency(
        (8, Gen.Const(PagePlace.Isolated)), (2, Gen.Const(PagePlace.Lru)), (1, Gen.OneOf(Gen.Const(PagePlace.LruAdd), Gen.Const(PagePlace.LruAddActive))));

    /// <summary>The class of a page.</summary>
    public static readonly Gen<PageClass> Class = Gen.Frequency(
        (6, Gen.Const(PageClass.File)), (2, Gen.Const(PageClass.Tmpfs)), (3, Gen.Const(PageClass.Anon)),
        (5, Gen.Const(PageClass.AnonSwapCache)), (1, Gen.Const(PageClass.Readahead)), (1, Gen.Const(PageClass.TmpfsSwapped)), (1, Gen.Const(PageClass.Ownerless)));

    /// <summary>A page.</summary>
    public static readonly Gen<PageDraw> Page = Gen.Select(
        Gen.Select(Class, Gen.Int[0, 1], Gen.Int[0, 1], Entry.Array[3]),
        Gen.Select(Flags, Gen.Int[0, 3], Gen.Int[0, 9], Buffers),
        Gen.Select(Gen.Frequency((7, Gen.Const(Array.Empty<int>())), (2, Ends.Array[1]), (1, Ends.Array[2])), Rarely, Rarely, Place),
        (who, state, held) => new PageDraw(
            who.Item1, who.Item2, who.Item3, who.Item4,
            state.Item1, state.Item2 == 0, state.Item3 != 0, state.Item4,
            held.Item1, held.Item2, held.Item3, held.Item4));

    /// <summary>A migratepage method: mostly that of the kind, which takes buffers along.</summary>
    public static readonly Gen<MigratepageMode?> Migratepage = Gen.Frequency(
        (5, Gen.Const((MigratepageMode?)null)), (4, Gen.Const((MigratepageMode?)MigratepageMode.Absent)), (1, Gen.Const((MigratepageMode?)MigratepageMode.MigratePage)),
        (1, Gen.Const((MigratepageMode?)MigratepageMode.BufferMigratePage)), (1, Gen.Const((MigratepageMode?)MigratepageMode.FailMigratePage)));

    /// <summary>A file.</summary>
    public static readonly Gen<FileDraw> File = Gen.Select(
        Gen.Frequency((6, Gen.Const(WritepageMode.Asynchronous)), (2, Gen.Const(WritepageMode.Synchronous)), (1, Gen.Const(WritepageMode.Failing)),
            (1, Gen.Const(WritepageMode.AsynchronousFailing)), (1, Gen.Const(WritepageMode.Activate)), (2, Gen.Const(WritepageMode.Absent))),
        Gen.Frequency((6, Gen.Const(ReleasepageMode.Absent)), (2, Gen.Const(ReleasepageMode.FreesBuffers)), (1, Gen.Const(ReleasepageMode.Refuses))),
        Migratepage, Gen.Bool, Ends, Gen.Int[0, 4],
        (writepage, releasepage, migratepage, accounts, completes, locked) => new FileDraw(writepage, releasepage, migratepage, accounts, completes, locked == 0));

    /// <summary>A VMA.</summary>
    public static readonly Gen<VmaDraw> Vma = Gen.Select(Gen.Bool, Gen.Int[0, 11], Gen.Int[0, 11], (shared, locked, nonlinear) =>
        new VmaDraw(shared, locked == 0, nonlinear == 0));

    /// <summary>The swap device: mostly roomy, sometimes full, absent, read-only or failing.</summary>
    public static readonly Gen<SwapDraw> Swap = Gen.Select(
        Gen.Frequency((6, Gen.Const(-1)), (2, Gen.Int[0, 2])), Gen.Int[0, 14],
        Gen.Frequency((8, Gen.Const(SwapWriteMode.Asynchronous)), (1, Gen.Const(SwapWriteMode.AsynchronousFailing)), (1, Gen.Const(SwapWriteMode.NoMemory))),
        Ends, Gen.Select(Gen.Int[0, 29], Gen.Int[0, 5]), (slots, writable, write, completes, more) => new SwapDraw(slots, writable != 0, write, completes, more.Item1 == 0, more.Item2 == 0));

    /// <summary>A whole machine: 1 to 4 pages, 1 to 3 processes, three files of which the last is tmpfs.</summary>
    public static readonly Gen<MachineDraw> Machine = Gen.Select(
        Page.Array[1, 4], File.Array[3], Vma.Array[15], Swap,
        Gen.Int[1, 3], Gen.Frequency((6, Gen.Const(-1)), (2, Gen.Int[0, 3]), (2, Gen.Const(-2))),
        Gen.Select(Gen.Int[0, 7], Gen.Int[1, 5], Gen.Frequency((3, Gen.Const(0)), (1, Gen.Const(1)))), Gen.Frequency((3, Gen.Const(8)), (1, Gen.Const(16)), (1, Gen.Const(64))),
        (pages, files, vmas, swap, processes, to, first, fanOut) =>
            new MachineDraw(pages, files, vmas, swap, processes, to, first.Item1, first.Item2, fanOut, first.Item3));

    /// <summary>A patch level, each as often as any other.</summary>
    public static readonly Gen<PatchLevel> Level = Gen.Enum<PatchLevel>();

    /// <summary>A scenario.</summary>
    public static readonly Gen<Scenario> Scenarios = Machine.Select(Drawn.Scenario);

    /// <summary>A scenario, half of them at the patch itself, a quarter at the last level, a quarter at any.</summary>
    public static readonly Gen<Scenario> ScenariosAtAnyLevel = Gen.Select(Scenarios,
        Gen.Frequency((2, Gen.Const(PatchLevel.V9)), (1, Gen.Const(PatchSet.Last)), (1, Level)), (scenario, level) => scenario with { Patch = level });

    /// <summary>An actor that aims at the pages of a drawn machine: kind, page, process, write, variant.</summary>
    public static readonly Gen<(TaskKind Kind, int Page, int Process, bool Write, bool Variant)> Actor = Gen.Select(
        Gen.Frequency(
            (4, Gen.Const(TaskKind.Fault)), (2, Gen.Const(TaskKind.GetUserPages)), (1, Gen.Const(TaskKind.Mlock)),
            (2, Gen.Const(TaskKind.FindGetPage)), (2, Gen.Const(TaskKind.FindLockPage)), (2, Gen.Const(TaskKind.Truncate)),
            (1, Gen.Const(TaskKind.InvalidateMappingPages)), (1, Gen.Const(TaskKind.InvalidateInodePages2)), (2, Gen.Const(TaskKind.Munmap)),
            (2, Gen.Const(TaskKind.Fork)), (2, Gen.Const(TaskKind.WritebackStart)), (1, Gen.Const(TaskKind.WritebackEnd)),
            (3, Gen.Const(TaskKind.Kswapd)), (1, Gen.Const(TaskKind.Swapoff)), (1, Gen.Const(TaskKind.BufferUser)), (1, Gen.Const(TaskKind.LruAddDrain)),
            (1, Gen.Const(TaskKind.Exit)), (1, Gen.Const(TaskKind.Mremap)), (2, Gen.Const(TaskKind.Isolation)),
            (1, Gen.Const(TaskKind.WritebackWait)), (1, Gen.Const(TaskKind.Msync))),
        Gen.Int[0, 3], Gen.Int[0, 2], Gen.Bool, Gen.Bool);

    /// <summary>A schedule for up to four tasks: runs of one task, mostly short.</summary>
    public static readonly Gen<int[]> Turns = Gen.Select(Gen.Int[0, 3], Gen.Frequency((3, Gen.Int[1, 3]), (1, Gen.Int[4, 20])))
        .Array[0, 24].Select(runs => runs.SelectMany(run => Enumerable.Repeat(run.Item1, run.Item2)).ToArray());

    /// <summary>A schedule that takes the migration some way into an attempt, where others strike, again and again.</summary>
    public static readonly Gen<int[]> Strikes = Gen.Select(
            Gen.Int[3, 32], Gen.Select(Gen.Int[1, 3], Gen.Frequency((3, Gen.Int[1, 2]), (2, Gen.Int[3, 8])), Gen.Int[0, 4]).Array[1, 8])
        .Select((first, strikes) => Enumerable.Repeat(0, first)
            .Concat(strikes.SelectMany(strike => Enumerable.Repeat(strike.Item1, strike.Item2).Concat(Enumerable.Repeat(0, strike.Item3)))).ToArray());

    /// <summary>A schedule.</summary>
    public static readonly Gen<int[]> Schedule = Gen.Frequency((1, Turns), (2, Strikes));

    /// <summary>A machine with one to three actors and a schedule.</summary>
    public static readonly Gen<Interleaved> Interleaved = Gen.Select(Machine, Actor.Array[1, 3], Schedule, Gen.Int[0, 9], (machine, actors, schedule, reclaims) =>
    {
        if (reclaims == 0)
            (machine, actors[0].Kind) = (Reclaimable(machine), TaskKind.Kswapd);
        return new Interleaved(Drawn.Scenario(machine), [.. actors.Select(actor => Drawn.Actor(machine, actor))], [.. schedule]);
    });

    /// <summary>The same machine with a first page that kswapd can take: of a file, unused, on the inactive list.</summary>
    public static MachineDraw Reclaimable(MachineDraw draw) => draw with
    {
        Pages =
        [
            draw.Pages[0] with
            {
                Class = PageClass.File, Entries = [0, 0, 0], References = [], Locked = -1, Writeback = -1, Place = PagePlace.Lru,
                Flags = draw.Pages[0].Flags & ~(PageFlags.Active | PageFlags.Referenced),
            },
            .. draw.Pages[1..],
        ],
    };
}
