using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>The machines that defects are planted on, by name.</summary>
public static class Stages
{
    private const ulong Address = 0x10000000 + (SmallMachines.Index << Machine.PageShift);

    public static readonly Stage FileClean = Stage.Of(PageKind.FileClean).Moves;
    public static readonly Stage FileDirty = Stage.Of(PageKind.FileDirty).Moves;
    public static readonly Stage FileMlocked = Stage.Of(PageKind.FileMlocked);
    public static readonly Stage AnonSwapCache = Stage.Of(PageKind.AnonCleanInSwapCache).Moves;
    public static readonly Stage Anon = Stage.Of(PageKind.AnonNotInSwapCache);
    public static readonly Stage AnonShared = Stage.Of(PageKind.AnonShared).Moves;

    /// <summary>A clean page that somebody looks up.</summary>
    public static readonly Stage FileLookedUp = Stage.Of(PageKind.FileClean, SmallActor.FindGetPage);

    /// <summary>A clean page whose flags that move are all set.</summary>
    public static readonly Stage FileFlagged = FileClean.Page(page => page with
    {
        Flags = PageFlags.Uptodate | PageFlags.Error | PageFlags.Referenced | PageFlags.Active | PageFlags.Checked | PageFlags.MappedToDisk,
    });

    /// <summary>A page that is dirty in its entry only: file and page differ.</summary>
    public static readonly Stage FileDirtyEntry = FileClean
        .Page(page => page with { Ptes = [page.Ptes[0] with { Young = true, Dirty = true, Write = true }] })
        .Scenario(s => s with { Files = [s.Files![0] with { Blocks = [new ScenarioBlock(SmallMachines.Index, 702)] }] });

    /// <summary>The same of anonymous memory: page and slot differ.</summary>
    public static readonly Stage AnonDirtyEntry = AnonSwapCache
        .Page(page => page with { Ptes = [page.Ptes[0] with { Dirty = true, Write = true }] })
        .Scenario(s => s with { Swap = s.Swap with { Contents = [new ScenarioSlotContents(3, 903)] } });

    /// <summary>Step 18 at work.</summary>
    public static readonly Stage Restored = AnonSwapCache.Scenario(s => s with { Patch = PatchLevel.EntriesRestored });

    /// <summary>The same with an entry in each of two processes.</summary>
    public static readonly Stage RestoredShared = AnonShared.Scenario(s => s with { Patch = PatchLevel.EntriesRestored });

    /// <summary>The same where the second process has the swap entry of another page at that address.</summary>
    public static readonly Stage RestoredBesideAnotherEntry = RestoredShared
        .Page(page => page with { Ptes = [page.Ptes[0]] })
        .Scenario(s => s with { Vmas = [s.Vmas![0], s.Vmas![1] with { Entries = [new ScenarioEntry(Address, 4)] }] });

    /// <summary>A page, the entry of another one in a slot, and somebody who acts on both.</summary>
    public static Stage BesideSwappedOut(SmallActor actor) => Stage.Of(PageKind.FileClean, actor)
        .Scenario(s => s with { Vmas = [s.Vmas![0], new ScenarioVma { Process = 0, Start = 0x10004000, Pages = 1, AnonVma = 0, Entries = [new ScenarioEntry(0x10004000, 4)] }] });

    /// <summary>A page that moves with its buffers.</summary>
    public static readonly Stage MovesBuffers = Stage.Of(PageKind.FileWithBuffers).Scenario(s => s with { Patch = PatchLevel.MigratepageMethod }).Moves;

    /// <summary>A page without a method that is dirty in its entry only, where it is unmapped before it is written.</summary>
    public static readonly Stage Unmapped = FileDirtyEntry.Scenario(s => s with
    {
        Patch = PatchLevel.UnmappedBeforeWritten,
        Files = [s.Files![0] with { Migratepage = MigratepageMode.Absent }],
    });

    /// <summary>A page whose mapping refuses to have it moved.</summary>
    public static readonly Stage Refuses = Stage.Of(PageKind.FileClean).Scenario(s => s with
    {
        Patch = PatchLevel.MigratepageMethod,
        Files = [s.Files![0] with { Migratepage = MigratepageMode.FailMigratePage }],
    });

    /// <summary>A page that only its isolation holds, and a second new page.</summary>
    public static readonly Stage Freed = FileClean.Page(_ => new ScenarioPage { List = PagePlace.Isolated })
        .Scenario(s => s with { To = ScenarioTo.Frames(2) });

    /// <summary>A truncated page that somebody still holds, until pass 2.</summary>
    public static readonly Stage HeldWithoutMapping = FileClean.Page(_ => new ScenarioPage { List = PagePlace.Isolated, References = [2] });

    /// <summary>A page that somebody holds until pass 2.</summary>
    public static readonly Stage FileHeld = FileClean.Page(page => page with { References = [2] });

    /// <summary>A page that somebody has locked until pass 2.</summary>
    public static readonly Stage FileLocked = FileClean.Page(page => page with { Locked = 2 });

    /// <summary>A page that is being written until pass 2.</summary>
    public static readonly Stage FileUnderWriteback = FileDirty.Page(page => page with
    {
        Flags = PageFlags.Uptodate,
        Writeback = new ScenarioWriteback { Until = 2 },
    });

    /// <summary>A page whose first buffer is in use until pass 6.</summary>
    public static readonly Stage FileBuffersBusy = Stage.Of(PageKind.FileWithBuffers).Page(page => page with
    {
        Buffers = [page.Buffers[0] with { Users = [6] }, page.Buffers[1]],
    });

    /// <summary>A dirty page of tmpfs that nobody maps.</summary>
    public static readonly Stage TmpfsDirty = new(new Interleaved(new Scenario
    {
        FanOut = 8,
        Files = [new ScenarioFile { Kind = MappingKind.Tmpfs }],
        Pages = [new ScenarioPage { File = 0, Index = 2, Flags = PageFlags.Uptodate | PageFlags.Dirty }],
        Swap = new ScenarioSwap { Slots = 5 },
    }, [], []));

    /// <summary>No swap slot is free.</summary>
    public static readonly Stage AnonWithoutSwap = Anon.Scenario(s => s with { Swap = s.Swap with { Slots = 0 } });

    /// <summary>One page of a VM_LOCKED VMA, to be swapped out.</summary>
    public static readonly Stage SwapOutMlocked = FileMlocked.Scenario(s => s with { To = ScenarioTo.SwapOut });

    /// <summary>One clean page, to be swapped out.</summary>
    public static readonly Stage SwapOut = Stage.Of(PageKind.FileClean).Scenario(s => s with { To = ScenarioTo.SwapOut });

    /// <summary>Two pages from, one page to.</summary>
    public static readonly Stage OneNewForTwo = Stage.Of(PageKind.FileClean).Scenario(s => s with
    {
        Pages = [s.Pages[0], new ScenarioPage { File = 0, Index = 1, Flags = PageFlags.Uptodate, List = PagePlace.Isolated }, .. s.Pages.AsSpan()[1..]],
        To = ScenarioTo.Frames(1),
    });

    /// <summary>Two pages from, two pages to.</summary>
    public static readonly Stage TwoPages = OneNewForTwo.Scenario(s => s with { To = ScenarioTo.Frames(2) }).Moves;

    /// <summary>migrate_pages(2) for a process of two file pages on the LRU of node 0, one of them active; node 1 has free frames.</summary>
    public static readonly Stage Call = new(new Interleaved(new Scenario
    {
        Patch = PatchLevel.ChunkedAllocation,
        FanOut = 8,
        Zones = 2,
        Files = [new ScenarioFile { Size = 4 }],
        Processes = [ScenarioProcess.Default],
        Vmas = [new ScenarioVma { Process = 0, Start = 0x10000000, Pages = 4, File = 0, Flags = VmFlags.Read | VmFlags.Write | VmFlags.Shared | VmFlags.MayShare }],
        Pages = [OnLru(1, PagePlace.Lru), OnLru(2, PagePlace.Lru, PageFlags.Active), new ScenarioPage { List = PagePlace.Free, Zone = 1 }, new ScenarioPage { List = PagePlace.Free, Zone = 1 }],
        Swap = new ScenarioSwap { Slots = 5 },
        Call = new ScenarioCall { Kind = PolicyCallKind.MigratePages, From = [0], To = [1] },
    }, [], []));

    /// <summary>The same at the patch itself, where the pages are swapped out; the first one still waits in a pagevec.</summary>
    public static readonly Stage CallWithPagevec = Call.Page(_ => OnLru(1, PagePlace.LruAdd)).Scenario(s => s with { Patch = PatchSet.Default });

    /// <summary>The same for an active anonymous page without swap, which fails for good, at the level that brings the call.</summary>
    public static readonly Stage CallThatFails = Call.Scenario(s => s with
    {
        Patch = PatchLevel.PolicyLayer,
        Files = [],
        Vmas = [s.Vmas![0] with { File = null, AnonVma = 0, Flags = VmFlags.Read | VmFlags.Write }],
        Pages = [OnLru(2, PagePlace.Lru, PageFlags.Active) with { File = null, AnonVma = 0 }, s.Pages[2]],
        Swap = s.Swap with { Slots = 0 },
    });

    /// <summary>The same at the patch itself for one page that kswapd takes away meanwhile.</summary>
    public static readonly Stage CallAndKswapd = Call.Scenario(s => s with { Patch = PatchSet.Default, Pages = [s.Pages[0], s.Pages[2]] }).And(new ActorSpec(TaskKind.Kswapd));

    /// <summary>A read fault on a swap entry, and a swapoff that takes the page out of the swap cache.</summary>
    public static Stage FaultAndSwapoff(PatchLevel level) =>
        Stage.Of(PageKind.AnonCleanInSwapCache, SmallActor.ReadFault, SmallActor.Swapoff).Scenario(s => s with { Patch = level });

    /// <summary>Waits for the page lock, reads, and may come again.</summary>
    public static ActorSpec Reader(bool locks = false) =>
        new(locks ? TaskKind.FindLockPage : TaskKind.FindGetPage, Index: SmallMachines.Index);

    private static ScenarioPage OnLru(ulong index, PagePlace place, PageFlags flags = PageFlags.None) => new()
    {
        File = 0,
        Index = index,
        Flags = PageFlags.Uptodate | flags,
        Ptes = [new ScenarioPte { Vma = 0, Address = 0x10000000 + (index << Machine.PageShift) }],
        List = place,
    };
}
