using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>How an illegality is made, always of page 0, and the invariant that must report it.</summary>
/// <param name="Kind">Which.</param>
/// <param name="Invariant">The invariant whose rule it breaks.</param>
/// <param name="Shape">Makes a drawn machine one in which it can be: what page 0 must be, and the rest as drawn.</param>
/// <param name="Say">Says it in the scenario; null when a scenario cannot.</param>
/// <param name="Break">Breaks the built machine; null when the scenario says it.</param>
internal sealed record IllegalCase(
    Illegality Kind, string Invariant, Func<MachineDraw, MachineDraw> Shape, Func<Scenario, Scenario>? Say = null, Action<ScenarioMachine>? Break = null);

/// <summary>All of them.</summary>
internal static class IllegalCases
{
    private const string Count = "page count is its holders", Mapcount = "mapcount is its entries", Slots = "slots and pages agree", Tags = "tags agree with flags",
        Trees = "radix trees are well formed", Lists = "each page is on one list", SwapMap = "swap_map is its users", FreeSwap = "free swap is counted",
        Mmlist = "mmlist knows swapped processes", Rss = "rss is its present entries", PageLocks = "page locks have owners", SpinLocks = "spin locks have owners",
        Buffers = "buffers belong to their page", BufferCounts = "buffer counts are their users", BufferLocks = "buffer locks have owners",
        Rmap = "rmap finds every entry", Shared = "shared memory is read-only", Counters = "counters are sums", Freed = "freed pages are unreferenced", Dirt = "dirty is not lost";

    /// <summary>In the order of <see cref="Illegality"/>.</summary>
    public static readonly IllegalCase[] All =
    [
        new(Illegality.CountTooHigh, Count, Shapes.AnyPage, s => Raw(s, raw => raw with { Count = CountOf(s) + 1 })),
        new(Illegality.CountTooLow, Count, Shapes.AnyPage, s => Raw(s, raw => raw with { Count = CountOf(s) - 1 })),
        new(Illegality.PrivateWithoutReference, Count, Shapes.Buffers, s => Raw(s, raw => raw with { Count = CountOf(s) - 1 })),
        new(Illegality.MapcountTooHigh, Mapcount, Shapes.AnyPage, s => Raw(s, raw => raw with { Mapcount = s.Pages[0].Ptes.Count + 1 })),
        new(Illegality.MapcountTooLow, Mapcount, Shapes.Mapped, s => Raw(s, raw => raw with { Mapcount = s.Pages[0].Ptes.Count - 1 })),
        new(Illegality.MappingNullInTree, Slots, Shapes.OfFile, s => Raw(s, raw => raw with { Mapping = new ScenarioMapping() })),
        new(Illegality.MappingOfAnotherFile, Slots, Shapes.OfFile, s => Raw(s, raw => raw with { Mapping = new ScenarioMapping(File: 1 - s.Pages[0].File!.Value) })),
        new(Illegality.MappingOfAnotherAnonVma, Rmap, Shapes.Memory, s => Raw(s, raw => raw with { Mapping = new ScenarioMapping(AnonVma: 1 - s.Pages[0].AnonVma!.Value) })),
        new(Illegality.PrivateOfAnotherSlot, Slots, Shapes.Cached, s => Raw(s, raw => raw with { Private = OtherSlot(s) })),
        new(Illegality.IndexOfAnotherSlot, Slots, Shapes.OfFile, Break: run => run.Machine.Pages[0].Index = new Pgoff(run.Machine.Pages[0].Index.Value + 1)),
        new(Illegality.SlotHoldsAnotherPage, Slots, Shapes.OfFile, SaySlotHoldsAnotherPage),
        new(Illegality.SwapCacheWithoutSlot, Slots, Shapes.OfFile, Break: run => run.Machine.Pages[0].Set(PageFlags.SwapCache)),
        new(Illegality.NrpagesTooHigh, Slots, Shapes.OfFile, Break: run =>
        {
            run.Machine.Mappings[1].Nrpages++;
            run.Machine.Globals.NrPagecache++;
        }),
        new(Illegality.DirtyTagWithoutFlag, Tags, Shapes.Cached, s => OfPage(s, page => page with { DirtyTag = true })),
        new(Illegality.DirtyFlagWithoutTag, Tags, Shapes.Dirty, s => OfPage(s, page => page with { DirtyTag = false })),
        new(Illegality.WritebackTagWithoutFlag, Tags, Shapes.OfFile, Break: run => Tag(run.Machine, PagecacheTag.Writeback)),
        new(Illegality.WritebackFlagWithoutTag, Tags, Shapes.OfFile, Break: run =>
        {
            run.Machine.Pages[0].Set(PageFlags.Writeback);
            run.Machine.Globals.NrWriteback++;
        }),
        new(Illegality.TreeNodeMiscounted, Trees, Shapes.OfFile, Break: run => Top(run.Machine).Count++),
        new(Illegality.TreeTagWithoutItem, Trees, Shapes.OfFile, Break: run => Top(run.Machine).WritebackTags |= 1UL << EmptySlot(run.Machine)),
        new(Illegality.LruOnIsolatedPage, Lists, Shapes.OfFile, Break: run => run.Machine.Pages[0].Set(PageFlags.Lru)),
        new(Illegality.OnLruWithoutFlag, Lists, Shapes.OnLru, Break: run => run.Machine.Pages[0].Clear(PageFlags.Lru)),
        new(Illegality.ActiveOnWrongList, Lists, Shapes.OnLru, Break: run => run.Machine.Pages[0].Flags ^= PageFlags.Active),
        new(Illegality.OnListAndInPagevec, Lists, Shapes.OnLru, Break: run =>
        {
            ref Pagevec pagevec = ref run.Machine.Pagevecs[0].LruAdd;
            pagevec.Pages[pagevec.Nr++] = 0;
            run.Machine.Pages[0].Count++;
        }),
        new(Illegality.OnListOfAnotherZone, Lists, draw => Shapes.OnLru(draw) with { Zones = 2 }, Break: run => run.Machine.Pages[0].Zone = 1 - run.Machine.Pages[0].Zone),
        new(Illegality.ListMiscounted, Lists, Shapes.AnyPage, Break: run => run.Machine.Zones[0].NrInactive++),
        new(Illegality.BrokenLink, Lists, Shapes.OnLru, Break: run => run.Machine.Pages[0].Prev = run.Machine.Pages[0].Prev == ~0 ? ~1 : ~0),
        new(Illegality.SwapMapTooLow, SwapMap, Shapes.Cached, s => s with
        {
            Illegal = true,
            Swap = s.Swap with { Map = [new ScenarioSlotUse(s.Pages[0].SwapCache, Count: s.Pages[0].SwapPtes.Count)] },
        }),
        new(Illegality.FreeSwapMiscounted, FreeSwap, Shapes.AnyPage, Break: run => run.Machine.Swap.NrSwapPages++),
        new(Illegality.LowestFreeTooHigh, FreeSwap, draw => draw with { FirstSlot = 2, Swap = draw.Swap with { Bad = 0 } }, Break: run => run.Machine.Swap.LowestFree = 2),
        new(Illegality.MissingFromMmlist, Mmlist, draw => Shapes.Cached(draw) with { SwappedOut = 1 }, s => s with
        {
            Illegal = true,
            Processes = s.Processes!.With(0, s.Processes![0] with { OnMmlist = false }),
        }),
        new(Illegality.AnonRssTooHigh, Rss, Shapes.AnyPage, Break: run => run.Machine.Mms[0].AnonRss++),
        new(Illegality.FileRssTooLow, Rss, Shapes.AnyPage, Break: run => run.Machine.Mms[0].FileRss--),
        new(Illegality.LockedByNobody, PageLocks, Shapes.OfFile, Break: run => run.Machine.Pages[0].Set(PageFlags.Locked)),
        new(Illegality.LockHeldButClear, PageLocks, draw => Shapes.Page(Shapes.OfFile(draw), page => page with { Locked = 3 }), Break: run => run.Machine.Pages[0].Clear(PageFlags.Locked)),
        new(Illegality.TreeLockOfNobody, SpinLocks, draw => Shapes.OfFile(draw) with { Lock = null }, Break: run => run.Machine.Mappings[1].TreeLock = 1),
        new(Illegality.RingOfAnotherPage, Buffers, Shapes.TwoWithBuffers, Break: run => run.Machine.Buffers[0].ThisPage = Other(run.Machine)),
        new(Illegality.BufferOfAnotherPage, Buffers, Shapes.TwoWithBuffers, Break: run => run.Machine.Buffers[0].Page = new Pfn(1)),
        new(Illegality.BufferCountTooHigh, BufferCounts, Shapes.Buffers, Break: run => run.Machine.Buffers[0].Count++),
        new(Illegality.BufferLockedByNobody, BufferLocks, Shapes.Buffers, Break: run => run.Machine.Buffers[0].State |= BufferFlags.Lock),
        new(Illegality.EntryAtAnotherAddress, Rmap, Shapes.Mapped, s => Entry(s, pte => pte with { Address = FreeAddress(s, pte.Vma!.Value) })),
        new(Illegality.EntryInAnotherVma, Rmap, Shapes.Mapped, s => Entry(s, pte => ElsewhereMapped(s, pte))),
        new(Illegality.SharedAndWritable, Shared, Shapes.SharedMemory, s => Entry(s, pte => pte with { Write = true })),
        new(Illegality.NrMappedTooHigh, Counters, Shapes.AnyPage, Break: run => run.Machine.Globals.NrMapped++),
        new(Illegality.NrDirtyTooLow, Counters, Shapes.AnyPage, Break: run => run.Machine.Globals.NrDirty--),
        new(Illegality.NrWritebackTooHigh, Counters, Shapes.AnyPage, Break: run => run.Machine.Globals.NrWriteback++),
        new(Illegality.NrPagecacheTooLow, Counters, Shapes.AnyPage, Break: run => run.Machine.Globals.NrPagecache--),
        new(Illegality.FreePageWithMapping, Freed, Shapes.AnyPage, SayFreePageWithMapping),
        new(Illegality.DirtLost, Dirt, Shapes.Clean, s => s with
        {
            Files = s.Files!.With(s.Pages[0].File!.Value, s.Files![s.Pages[0].File!.Value] with { Blocks = [new ScenarioBlock(s.Pages[0].Index, 99)] }),
        }),
    ];

    private static Scenario OfPage(Scenario s, Func<ScenarioPage, ScenarioPage> change) => s with { Illegal = true, Pages = s.Pages.With(0, change(s.Pages[0])) };

    private static Scenario Raw(Scenario s, Func<ScenarioRawPage, ScenarioRawPage> change) => OfPage(s, page => page with { Raw = change(new ScenarioRawPage()) });

    private static Scenario Entry(Scenario s, Func<ScenarioPte, ScenarioPte> change) => OfPage(s, page => page with { Ptes = page.Ptes.With(0, change(page.Ptes[0])) });

    private static int CountOf(Scenario s) => ScenarioBuilder.Build(s).Machine.Pages[0].Count;

    // A second page that says the same place of the tree, and gets it, being the later one.
    private static Scenario SaySlotHoldsAnotherPage(Scenario s) => s with
    {
        Illegal = true,
        Pages = s.Pages.With(s.Pages.Count - 1, new ScenarioPage { File = s.Pages[0].File, Index = s.Pages[0].Index, List = PagePlace.Lru }),
    };

    private static ulong OtherSlot(Scenario s) => (ulong)(s.Pages[0].SwapCache > 1 ? s.Pages[0].SwapCache - 1 : 2);

    // The last address of the VMA: no page lies there.
    private static ulong FreeAddress(Scenario s, int vma) => s.Vmas![vma].Start + ((s.Vmas[vma].Pages - 1) << 12);

    // The VMA of the second file, or else of the first, in the same process, at its end.
    private static ScenarioPte ElsewhereMapped(Scenario s, ScenarioPte pte)
    {
        ScenarioVma mine = s.Vmas![pte.Vma!.Value];
        int other = Array.FindIndex([.. s.Vmas], vma => vma.Process == mine.Process && vma.File is { } file && file != mine.File && file < DrawnAreas.RegularFiles);
        return pte with { Vma = other, Address = FreeAddress(s, other) };
    }

    private static void Tag(Machine m, PagecacheTag tag) => RadixTree.TagSet(m, ref m.Mappings[m.Pages[0].PageMapping.Value].PageTree, m.Pages[0].PageIndex, tag);

    private static ref RadixNode Top(Machine m) => ref m.Nodes[m.Mappings[m.Pages[0].PageMapping.Value].PageTree.Rnode - 1];

    private static int EmptySlot(Machine m)
    {
        int first = (m.Mappings[m.Pages[0].PageMapping.Value].PageTree.Rnode - 1) * m.FanOut, slot = 0;
        while (m.Slots[first + slot] != 0)
            slot++;
        return slot;
    }

    private static BhId Other(Machine m) => m.Pages[1].FirstBuffer;

    private static Scenario SayFreePageWithMapping(Scenario s)
    {
        int free = Array.FindIndex([.. s.Pages], page => page.List == PagePlace.Free);
        return s with { Illegal = true, Pages = s.Pages.With(free, s.Pages[free] with { Raw = new ScenarioRawPage { Mapping = new ScenarioMapping(AnonVma: 0) } }) };
    }
}
