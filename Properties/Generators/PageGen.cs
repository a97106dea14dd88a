using CsCheck;
using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>Generators of page states, from primitives up: valid by construction, edges weighted.</summary>
public static class PageGen
{
    /// <summary>When something that others hold ends: mostly in the passes where the code changes its ways, 0 and 1, 2 and 3, 4 and 5, and 10.</summary>
    public static readonly Gen<int> Ends = Gen.Frequency(
        (5, Gen.Int[0, 5]), (1, Gen.Int[6, 9]), (1, Gen.Const(10)), (2, Gen.Const(Until.Waited)), (1, Gen.Const(Until.Never)));

    /// <summary>Mostly nothing (−1), else when it ends.</summary>
    public static readonly Gen<int> Rarely = Gen.Frequency((9, Gen.Const(-1)), (1, Ends));

    /// <summary>What one process has of a page: 0 nothing, 1 an old clean entry, 2 young, 3 dirty, 4 young and dirty, 5 a swap entry.</summary>
    public static readonly Gen<int> Entry = Gen.Frequency(
        (4, Gen.Const(0)), (4, Gen.Const(1)), (3, Gen.Const(2)), (2, Gen.Const(3)), (2, Gen.Const(4)), (3, Gen.Const(5)));

    /// <summary>What three processes have of a page: a third of all pages nobody has mapped.</summary>
    public static readonly Gen<int[]> Entries = Gen.Frequency((2, Entry.Array[3]), (1, Gen.Const(() => new int[3])));

    private static readonly PageFlags[] CarriedFlags =
        [PageFlags.Error, PageFlags.Referenced, PageFlags.Active, PageFlags.Checked, PageFlags.MappedToDisk, PageFlags.Arch1];

    /// <summary>Any set of the flags that a file, the LRU or the processor leaves on a page.</summary>
    public static readonly Gen<PageFlags> Common = SetOf(CarriedFlags);

    /// <summary>Any set of those that nothing here looks at, and nothing copies.</summary>
    public static readonly Gen<PageFlags> Strange = SetOf(PageFlags.Nosave, PageFlags.NosaveFree, PageFlags.Uncached);

    /// <summary>What an allocator can leave on a new page.</summary>
    public static readonly Gen<PageFlags> Stale = SetOf(PageFlags.Arch1, PageFlags.Nosave, PageFlags.NosaveFree, PageFlags.Uncached);

    /// <summary>Flags that say nothing about ownership; PG_reclaim is used for a page under writeback only.</summary>
    public static readonly Gen<PageFlags> Flags = Gen.Select(
        Common, Gen.Frequency((7, Gen.Const(PageFlags.None)), (1, Strange)), Gen.Frequency((2, PageFlags.None), (1, PageFlags.Reclaim)),
        (common, strange, reclaim) => common | strange | reclaim);

    /// <summary>A buffer: mostly uptodate and mapped.</summary>
    public static readonly Gen<BufferDraw> Buffer = Gen.Select(
        Gen.Int[0, 3], Rarely, Rarely, Gen.Frequency((3, Gen.Const(3)), (1, Gen.Int[0, 15])), Gen.Int[0, 7],
        (dirty, user, locked, state, error) => new BufferDraw(
            dirty == 0, user, locked, Uptodate: (state & 1) != 0, Mapped: (state & 2) != 0, Associated: (state & 12) == 4, WriteEio: error == 0));

    /// <summary>No buffers, one, or a whole ring: of two, four, or as many as a page can have.</summary>
    public static readonly Gen<BufferDraw[]> Buffers = Gen.Frequency(
        (12, Gen.Const(Array.Empty<BufferDraw>())), (6, Buffer.Array[1]), (1, Buffer.Array[2]), (4, Buffer.Array[4]), (1, Buffer.Array[8]));

    /// <summary>Where a page is: mostly isolated.</summary>
    public static readonly Gen<PagePlace> Place = Gen.Frequency(
        (8, Gen.Const(PagePlace.Isolated)), (2, Gen.Const(PagePlace.Lru)), (1, Gen.OneOf(Gen.Const(PagePlace.LruAdd), Gen.Const(PagePlace.LruAddActive))));

    /// <summary>The class of a page.</summary>
    public static readonly Gen<PageClass> Class = Gen.Frequency(
        (8, Gen.Const(PageClass.File)), (2, Gen.Const(PageClass.Tmpfs)), (3, Gen.Const(PageClass.Anon)),
        (5, Gen.Const(PageClass.AnonSwapCache)), (1, Gen.Const(PageClass.Readahead)), (1, Gen.Const(PageClass.TmpfsSwapped)), (2, Gen.Const(PageClass.Ownerless)));

    /// <summary>Where anonymous memory lives.</summary>
    public static readonly Gen<int> Anon = Gen.Frequency((6, Gen.Int[0, 1]), (2, Gen.Int[2, 3]), (1, Gen.Const(4)));

    /// <summary>How far a page has been read, and a lock: a read holds one, others do rarely.</summary>
    public static readonly Gen<(ReadState Read, int Locked)> Read = Gen.Frequency(
        (8, Rarely.Select(locked => (ReadState.Uptodate, locked))),
        (1, Rarely.Select(locked => (ReadState.NotRead, locked))),
        (1, Ends.Select(locked => (ReadState.BeingRead, locked))),
        (1, Rarely.Select(locked => (ReadState.ReadError, locked))),
        (1, Rarely.Select(locked => (ReadState.PartlyWritten, locked))));

    /// <summary>References of others.</summary>
    public static readonly Gen<int[]> References = Gen.Frequency((14, Gen.Const(Array.Empty<int>())), (4, Ends.Array[1]), (1, Ends.Array[2]), (1, Ends.Array[3]));

    /// <summary>A page in any state.</summary>
    public static readonly Gen<PageDraw> Any = Gen.Select(
        Gen.Select(Class, Gen.Int[0, 1], Anon, Gen.Frequency((9, Gen.Const(0)), (1, Gen.Int[1, 3])), Entries, Entry.Array[3]),
        Gen.Select(Flags, Gen.Int[0, 2], Read, Gen.Int[0, 11], Buffers, Gen.Enum<DirtyBuffers>()),
        Gen.Select(References, Rarely, Gen.Enum<InFlight>(), Place, Gen.Int[0, 1], Gen.Int[0, 2]),
        (who, state, held) => new PageDraw(
            who.Item1, who.Item2, who.Item3, who.Item4, who.Item5, who.Item5.All(entry => entry == 0) ? new int[3] : who.Item6,
            state.Item1, Dirty: state.Item2 == 0, state.Item3.Read, DirtyTag: state.Item4 == 0, state.Item5, state.Item6,
            held.Item1, state.Item3.Locked, held.Item2, held.Item3, held.Item4, held.Item5, held.Item6));

    /// <summary>A page of which nobody holds anything: what becomes of it is for its own state to say.</summary>
    public static readonly Gen<PageDraw> Undisturbed = Any.Select(page => page with
    {
        References = [],
        Locked = -1,
        Writeback = -1,
        Buffers = [.. page.Buffers.Select(buffer => buffer with { User = -1, Locked = -1 })],
    });

    /// <summary>Such a page with one thing in its way, or two that meet: a dirty entry and dirty buffers, a write and a reference, an entry before a locked one.</summary>
    public static readonly Gen<PageDraw> Hindered = Gen.Select(Undisturbed, Gen.OneOf(0, 1, 2, 3, 4, 5, 5, 6, 6, 7), Ends, (page, what, end) => what switch
    {
        0 => page with { References = [end] },
        1 => page with { Locked = end, Read = page.Class == PageClass.Readahead ? ReadState.BeingRead : page.Read },
        2 => page with { Writeback = end },
        3 => page with { Buffers = [new BufferDraw(Dirty: false, User: end, Locked: -1), .. page.Buffers.Take(3)] },
        4 => page with { Dirty = true, Buffers = [new BufferDraw(Dirty: false, User: -1, Locked: end), .. page.Buffers.Take(3)] },
        5 => page with { Dirty = false, Buffers = [new BufferDraw(Dirty: true, User: -1, Locked: -1), .. page.Buffers.Take(3)], Entries = [3 + (end & 1), 0, 0], Second = new int[3] },
        6 => page with { References = [end], Dirty = true, Entries = new int[3], Second = new int[3] },
        _ => page with { Dirty = false, Entries = [3, 1, 2] },
    });

    /// <summary>A page.</summary>
    public static readonly Gen<PageDraw> Page = Gen.Frequency((2, Any), (2, Undisturbed), (2, Hindered));

    private static Gen<PageFlags> SetOf(params PageFlags[] each) => Gen.Int[0, (1 << each.Length) - 1].Select(bits =>
    {
        var flags = PageFlags.None;
        for (int i = 0; i < each.Length; i++)
            flags |= (bits >> i & 1) != 0 ? each[i] : PageFlags.None;
        return flags;
    });
}
