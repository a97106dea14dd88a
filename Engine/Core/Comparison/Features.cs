namespace MigrationConformance.Core;

/// <summary>Whose a page of an enumerated machine is.</summary>
[Flags]
internal enum SmallOwner
{
    None = 0,
    File = 1,
    Tmpfs = 2,
    Anon = 4,
    AnonInSwapCache = 8,
    SwapCache = 16,
    Unowned = 32,
    All = 63,

    Cached = File | Tmpfs,
    Anonymous = Anon | AnonInSwapCache,
    Mappable = Cached | Anonymous,
    InSwap = AnonInSwapCache | SwapCache,
}

/// <summary>What a feature says something about.</summary>
internal enum FeatureScope
{
    /// <summary>A page: it can be said of each page of a machine.</summary>
    Page,

    /// <summary>The file, the VMAs or the swap device: said once for a machine, of the owner of its first page.</summary>
    Machine,

    /// <summary>The call of migrate_pages: not where a system call makes it.</summary>
    Bare,

    /// <summary>The system call.</summary>
    Call,
}

/// <summary>Something that an enumerated machine can have beyond the plain one: one value of one dimension.</summary>
/// <param name="Apply">Puts it into a draft; the number is that of the page.</param>
/// <param name="Owners">The pages that it makes sense for.</param>
internal sealed record Feature(Action<Draft, int> Apply, SmallOwner Owners = SmallOwner.All);

/// <summary>Features that exclude each other.</summary>
/// <param name="Name">What they are about, as the enumeration's description has it.</param>
/// <param name="Scope">What they say something about.</param>
/// <param name="Values">The features, beside the plain value.</param>
internal sealed record Dimension(string Name, FeatureScope Scope, Feature[] Values);

/// <summary>All dimensions of the enumeration. Their order, and that of their values, is the order in which machines are enumerated.</summary>
internal static class Features
{
    private const int Never = Until.Never, Waited = Until.Waited;

    /// <summary>The dimensions.</summary>
    public static readonly Dimension[] Dimensions =
    [
        OfPage("PG_dirty", Each((d, p) => d.Pages[p].Flags |= PageFlags.Dirty)),
        OfPage("entries with their young and dirty bits", [.. Entries()]),
        OfPage("PG_uptodate", Each((d, p) => d.Pages[p].Flags &= ~PageFlags.Uptodate)),
        OfPage("PG_referenced", Each((d, p) => d.Pages[p].Flags |= PageFlags.Referenced)),
        OfPage("PG_active", Each((d, p) => d.Pages[p].Flags |= PageFlags.Active)),
        OfPage("one of the other page flags", [.. OtherFlags()]),
        OfPage("one or two buffers: idle, dirty, in use or locked", [.. BufferKinds()]),
        OfPage("a reference of others until a pass", [.. Untils([1, 4, 7, Never], (d, p, until) => d.Pages[p].References = [until])]),
        OfPage("the page lock until a pass", [.. Untils([1, 5, Waited, Never], (d, p, until) => d.Pages[p].Locked = until)]),
        OfPage("a write of others in flight", [.. Writes()]),
        OfPage("the DIRTY tag apart from PG_dirty", Each((d, p) => d.Pages[p].DirtyTag = true, SmallOwner.Cached | SmallOwner.InSwap)),
        OfPage("other users of the swap slot", [.. SlotUsers()]),
        OfMachine("VM_LOCKED", [.. Locked()]),
        OfMachine("a non-linear VMA", Each((d, p) => d.Nonlinear = true, SmallOwner.Cached)),
        OfMachine("writepage", [.. Writepages()]),
        OfMachine("migratepage", [.. Migratepages()]),
        OfMachine("releasepage", [.. Releasepages()]),
        OfMachine("the moment when the file's writes complete", [.. Untils([3, Never], (d, p, until) => d.File = d.File with { Completes = until }, SmallOwner.Cached)]),
        OfMachine("set_page_dirty and SHM_LOCK", Each((d, p) => d.File = d.File with { SetPageDirtyNobuffers = true }, SmallOwner.File), new((d, p) => d.File = d.File with { SegmentLocked = true }, SmallOwner.Tmpfs)),
        OfMachine("the swap device", [.. SwapDevices()]),
        new("its place before the call", FeatureScope.Bare, [Each((d, p) => d.IsolatesFirst = true)]),
        new("the list of new pages: absent, too short", FeatureScope.Bare, [Each((d, p) => d.To = ScenarioTo.SwapOut), new((d, p) => d.To = ScenarioTo.Frames(d.Pages.Count - 1))]),
        new("the pages are put back after the call", FeatureScope.Bare, [Each((d, p) => d.After = [CallerAction.Putback, CallerAction.Drain])]),
        new("which system call, with which nodes and flags", FeatureScope.Call, [.. Calls()]),
        new("free frames of the node to go to", FeatureScope.Call, [.. Frames()]),
        new("who calls", FeatureScope.Call, [.. Callers()]),
        OfMachine("a lock that others hold for ever", [.. HeldLocks()]),
    ];

    private static Dimension OfPage(string name, params Feature[] values) => new(name, FeatureScope.Page, values);

    private static Dimension OfMachine(string name, params Feature[] values) => new(name, FeatureScope.Machine, values);

    private static Feature Each(Action<Draft, int> apply, SmallOwner owners = SmallOwner.All) => new(apply, owners);

    private static IEnumerable<Feature> Untils(int[] untils, Action<Draft, int, int> apply, SmallOwner owners = SmallOwner.All)
    {
        foreach (int until in untils)
            yield return new Feature((d, p) => apply(d, p, until), owners);
    }

    // The plain page has one entry without bits; these are none, one with bits, and two with all their bits.
    private static IEnumerable<Feature> Entries()
    {
        yield return new Feature((d, p) => d.Pages[p].Ptes = [], SmallOwner.Mappable);
        for (int bits = 1; bits < 4; bits++)
        {
            ScenarioPte one = EntryOf(bits);
            yield return new Feature((d, p) => d.Pages[p].Ptes = [one], SmallOwner.Mappable);
        }
        for (int bits = 0; bits < 16; bits++)
        {
            ScenarioPte first = EntryOf(bits & 3), second = EntryOf(bits >> 2);
            yield return new Feature((d, p) => d.Pages[p].Ptes = [first, second], SmallOwner.Mappable);
        }
    }

    private static ScenarioPte EntryOf(int bits) => new() { Young = (bits & 1) != 0, Dirty = (bits & 2) != 0 };

    private static IEnumerable<Feature> OtherFlags()
    {
        PageFlags[] flags =
        [
            PageFlags.Error, PageFlags.Checked, PageFlags.Arch1, PageFlags.MappedToDisk, PageFlags.Reclaim, PageFlags.Nosave,
            PageFlags.NosaveFree, PageFlags.Uncached, PageFlags.Reserved,
        ];
        foreach (PageFlags flag in flags)
            yield return new Feature((d, p) => d.Pages[p].Flags |= flag);
    }

    private static IEnumerable<Feature> BufferKinds()
    {
        const SmallOwner owners = SmallOwner.File | SmallOwner.Unowned;
        ScenarioBuffer idle = ScenarioBuffer.Default;
        ScenarioBuffer[] busy =
        [
            idle with { Dirty = true },
            idle with { Users = [1] },
            idle with { Users = [7] },
            idle with { Users = [Never] },
            idle with { Locked = 1 },
            idle with { Locked = Never },
            idle with { WriteEio = true },
        ];
        yield return new Feature((d, p) => d.Pages[p].Buffers = [idle], owners);
        yield return new Feature((d, p) => d.Pages[p].Buffers = [idle, idle], owners);
        foreach (ScenarioBuffer kind in busy)
        {
            yield return new Feature((d, p) => d.Pages[p].Buffers = [kind], owners);
            yield return new Feature((d, p) => d.Pages[p].Buffers = [idle, kind], owners);
        }
    }

    private static IEnumerable<Feature> Writes()
    {
        const SmallOwner owners = SmallOwner.File | SmallOwner.InSwap;
        foreach (int until in (int[])[1, Waited, Never])
            yield return new Feature((d, p) => d.Pages[p].Writeback = new() { Until = until }, owners);
        yield return new Feature((d, p) => d.Pages[p].Writeback = new() { Until = Waited, Fails = true }, owners);
    }

    private static IEnumerable<Feature> SlotUsers()
    {
        yield return new Feature((d, p) => d.Pages[p].SwapEntries = 1, SmallOwner.InSwap);
        yield return new Feature((d, p) => d.Pages[p].HiddenSlotUsers = 1, SmallOwner.InSwap);
    }

    private static IEnumerable<Feature> Locked()
    {
        yield return new Feature((d, p) => d.FirstLockedVma = 0, SmallOwner.Mappable);
        yield return new Feature((d, p) => (d.FirstLockedVma, d.LeastProcesses) = (1, 2), SmallOwner.Mappable);
    }

    private static IEnumerable<Feature> Writepages()
    {
        foreach (WritepageMode mode in Enum.GetValues<WritepageMode>())
        {
            if (mode != WritepageMode.Asynchronous)
                yield return new Feature((d, p) => d.File = d.File with { Writepage = mode }, SmallOwner.File);
        }
    }

    private static IEnumerable<Feature> Migratepages()
    {
        foreach (MigratepageMode mode in (MigratepageMode[])[MigratepageMode.Absent, MigratepageMode.MigratePage, MigratepageMode.FailMigratePage])
            yield return new Feature((d, p) => d.File = d.File with { Migratepage = mode }, SmallOwner.File);
    }

    private static IEnumerable<Feature> Releasepages()
    {
        yield return new Feature((d, p) => d.File = d.File with { Releasepage = ReleasepageMode.FreesBuffers }, SmallOwner.Cached);
        yield return new Feature((d, p) => d.File = d.File with { Releasepage = ReleasepageMode.Refuses }, SmallOwner.Cached);
    }

    private static IEnumerable<Feature> SwapDevices()
    {
        Action<Draft, int>[] kinds =
        [
            (d, p) => d.SwapIsFull = true,
            (d, p) => d.Swap = d.Swap with { Writable = false },
            (d, p) => d.Swap = d.Swap with { Write = SwapWriteMode.AsynchronousFailing },
            (d, p) => d.Swap = d.Swap with { Write = SwapWriteMode.NoMemory },
            (d, p) => d.Swap = d.Swap with { RadixPreloadFails = true },
            (d, p) => d.Swap = d.Swap with { Completes = 3 },
            (d, p) => d.Swap = d.Swap with { Completes = Never },
        ];
        foreach (Action<Draft, int> kind in kinds)
            yield return new Feature(kind);
    }

    private static IEnumerable<Feature> Calls()
    {
        ScenarioCall mbind = new() { Kind = PolicyCallKind.Mbind, Nodes = [1] };
        ScenarioCall[] kinds =
        [
            mbind,
            mbind with { Flags = MpolFlags.MoveAll },
            mbind with { Flags = MpolFlags.Move | MpolFlags.Strict },
            mbind with { Flags = MpolFlags.Strict },
            mbind with { Policy = MpolMode.Interleave, Nodes = [0, 1] },
            mbind with { Nodes = [0] },
            new() { Kind = PolicyCallKind.MigratePages, From = [0], To = [0, 1] },
            new() { Kind = PolicyCallKind.MigratePages, From = [1], To = [0] },
        ];
        foreach (ScenarioCall kind in kinds)
            yield return new Feature((d, p) => d.Call = kind);
    }

    private static IEnumerable<Feature> Frames()
    {
        yield return new Feature((d, p) => d.FreeFrames = 0);
        yield return new Feature((d, p) => d.FreeFrames = 1);
    }

    private static IEnumerable<Feature> Callers()
    {
        yield return new Feature((d, p) => d.Processes = [new ScenarioProcess { Uid = 0 }]);
        yield return new Feature((d, p) => d.Processes = [new ScenarioProcess { Mems = [0] }]);
    }

    private static IEnumerable<Feature> HeldLocks()
    {
        yield return new Feature((d, p) => d.Lock = new(ScenarioLockKind.Tree, 0), SmallOwner.Cached);
        yield return new Feature((d, p) => d.Lock = new(ScenarioLockKind.Tree, ScenarioLock.Swapper));
        yield return new Feature((d, p) => d.Lock = new(ScenarioLockKind.Immap, 0), SmallOwner.Cached);
        yield return new Feature((d, p) => d.Lock = new(ScenarioLockKind.Private, 0), SmallOwner.Cached);
        yield return new Feature((d, p) => d.Lock = new(ScenarioLockKind.AnonVma, 0), SmallOwner.Anonymous);
        yield return new Feature((d, p) => d.Lock = new(ScenarioLockKind.PageTable, 0), SmallOwner.Mappable);
        yield return new Feature((d, p) => d.Lock = new(ScenarioLockKind.Lru, 0));
        yield return new Feature((d, p) => d.Lock = new(ScenarioLockKind.Swap, 0));
        yield return new Feature((d, p) => d.Lock = new(ScenarioLockKind.Mmlist, 0));
    }
}
