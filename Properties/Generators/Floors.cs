using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>How often each class must occur, of ten thousand pages or runs: half of what it does over many seeds, for rare ones a quarter or once.</summary>
internal static class Floors
{
    /// <summary>Of ten thousand pages, when the migration is alone.</summary>
    public static readonly (string Class, int Floor)[] Alone =
    [
        ("end: Blocked", 70), ("end: Bug", 120), ("end: Finished", 1800),
        ("later level, reason: MigratepageFails", 20), ("later level, reason: VmLocked", 40), ("later level, reason: VmLockedBeforeWriting", 2),
        ("later level, reason: StillMappedBeforeWriting", 1),
        ("outcome: Failed", 59), ("outcome: Freed", 140), ("outcome: Migrated", 960), ("outcome: NotReached", 250), ("outcome: Retry", 1500),
        ("outcome: SwappedOut", 400), ("outcome: UnderWay", 190),
        ("reason: BuffersBusy", 670), ("reason: NoMapping", 1110), ("reason: NoSwapCacheMemory", 14), ("reason: NoSwapSlot", 44),
        ("reason: PageFreed", 140), ("reason: PageLocked", 610), ("reason: PageoutActivate", 64), ("reason: PageoutNoWritepage", 55),
        ("reason: PageoutNotFreeable", 7490), ("reason: PageoutSuccess", 93), ("reason: ReferencesBeforeUnmap", 2540), ("reason: StillMapped", 940),
        ("reason: SwapPageActivate", 110), ("reason: SwapPageBuffersBusy", 970), ("reason: SwapPageBuffersDropped", 4),
        ("reason: SwapPageDirtyNoMapping", 24), ("reason: SwapPageNoMapping", 78), ("reason: SwapPageNoWritepage", 100),
        ("reason: SwapPageNotFreeable", 530), ("reason: SwapPageReferencesRemain", 480), ("reason: SwapPageStillMapped", 1030),
        ("reason: SwapPageSuccess", 340), ("reason: SwappedOut", 400), ("reason: ToEmpty", 130), ("reason: UnderWriteback", 160),
        ("state: a buffer in use", 280), ("state: a dirty buffer", 390), ("state: a slot with a user that is not shown", 500),
        ("state: anonymous, clean in swap cache", 990), ("state: anonymous, dirty in swap cache", 330), ("state: anonymous, not in swap cache", 770),
        ("state: buffers without mapping", 110), ("state: dirty entry", 890), ("state: dirty entry, clean page", 670),
        ("state: extra references", 1490), ("state: extra references for ever", 220), ("state: fewer new pages than pages", 520),
        ("state: file with buffers", 830), ("state: file, clean, mapped", 950), ("state: file, clean, unmapped", 240),
        ("state: file, dirty, count 2 but for buffers", 51), ("state: file, dirty, mapped", 310), ("state: file, dirty, unmapped", 75),
        ("state: file, index not 0", 1870), ("state: file, not uptodate", 5), ("state: in a VM_LOCKED VMA", 440), ("state: in a non-linear VMA", 200),
        ("state: in a pagevec", 420), ("state: locked by others", 400), ("state: mapped by two or more", 1630), ("state: no memory for trees", 140),
        ("state: no new pages at all: swap out", 1000), ("state: on the LRU", 1050), ("state: slot differs from index, neither 0", 1610),
        ("state: something lives in slots only", 1220), ("state: swap cache without mapping", 260), ("state: swap entries and present entries", 250),
        ("state: swap nearly full", 1250), ("state: swap not writable", 320), ("state: tmpfs, clean", 390), ("state: tmpfs, dirty", 130),
        ("state: tmpfs, in the swap cache", 260), ("state: two or more new pages", 2110), ("state: under writeback", 320),
        ("state: without owner", 260), ("state: young entry", 1930),
    ];

    /// <summary>Of ten thousand runs, with one to three actors.</summary>
    public static readonly (string Class, int Floor)[] Interleaved =
    [
        ("actor: BufferUser", 280), ("actor: Exit", 280), ("actor: Fault", 1110), ("actor: FindGetPage", 570), ("actor: FindLockPage", 550),
        ("actor: Fork", 540), ("actor: GetUserPages", 540), ("actor: InvalidateInodePages2", 270), ("actor: InvalidateMappingPages", 290),
        ("actor: Isolation", 570), ("actor: Kswapd", 810), ("actor: LruAddDrain", 290), ("actor: Mlock", 270), ("actor: Mremap", 280),
        ("actor: Msync", 280), ("actor: Munmap", 570), ("actor: Swapoff", 280), ("actor: Truncate", 580), ("actor: WritebackEnd", 280),
        ("actor: WritebackStart", 550), ("actor: WritebackWait", 280),
        ("actors: 1", 1680), ("actors: 2", 1650), ("actors: 3", 1650),
        ("end: Finished", 4440), ("end: Starved", 190), ("end: known BUG", 350),
        ("outcome of the second migration: moved", 160), ("outcome of the second migration: not moved", 250),
        ("outcome: moved", 1770),
        ("reason: BuffersBusy", 370), ("reason: NoMapping", 320), ("reason: NoSwapCacheMemory", 31), ("reason: NoSwapSlot", 160),
        ("reason: PageFreed", 410), ("reason: PageLocked", 620), ("reason: PageoutActivate", 9), ("reason: PageoutNoWritepage", 10),
        ("reason: PageoutNotFreeable", 1520), ("reason: PageoutSuccess", 170), ("reason: ReferencesBeforeUnmap", 880),
        ("reason: ReferencesRemain", 9), ("reason: StillMapped", 300), ("reason: SwapPageActivate", 33), ("reason: SwapPageBuffersBusy", 350),
        ("reason: SwapPageBuffersDropped", 11), ("reason: SwapPageDirtyNoMapping", 2), ("reason: SwapPageNoMapping", 33),
        ("reason: SwapPageNoWritepage", 32), ("reason: SwapPageNotFreeable", 200), ("reason: SwapPageReferencesRemain", 180),
        ("reason: SwapPageStillMapped", 690), ("reason: SwapPageSuccess", 420), ("reason: SwappedOut", 620), ("reason: ToEmpty", 310),
        ("reason: UnderWriteback", 390),
        ("strikes: at AddToSwap", 53), ("strikes: at AddToSwapCache", 47), ("strikes: at CheckCount", 64), ("strikes: at CheckMapping", 62),
        ("strikes: at CheckPageMapping", 330), ("strikes: at CheckReferences", 140), ("strikes: at CheckSlot", 56), ("strikes: at CheckUnmapped", 73),
        ("strikes: at ClearOldPage", 57), ("strikes: at CopyContents", 58), ("strikes: at CopyFlags", 69), ("strikes: at DropLocks", 290),
        ("strikes: at DropTreeLock", 48), ("strikes: at DropTreeReference", 58), ("strikes: at EndNewPageWriteback", 62),
        ("strikes: at EstablishNewPage", 57), ("strikes: at Pageout", 120), ("strikes: at PrepareNewPage", 340), ("strikes: at ReleaseBuffers", 36),
        ("strikes: at RemoveFromSwap", 56), ("strikes: at SwapInstead", 110), ("strikes: at SwapPagePageout", 12),
        ("strikes: at SwapPageReleaseBuffers", 2), ("strikes: at SwapPageRemoveMapping", 35), ("strikes: at SwapPageUnmap", 130),
        ("strikes: at SwitchSlot", 56), ("strikes: at TakeTreeLock", 59), ("strikes: at TransferDirty", 2), ("strikes: at TryToUnmap", 120),
        ("strikes: at WaitOnWriteback", 540), ("strikes: at Writepage", 12),
        ("waits: MmapSem", 160), ("waits: PageLock", 290), ("waits: PageTableLock", 8), ("waits: TreeLock", 77), ("waits: Writeback", 110),
    ];

    /// <summary>What drawn runs do not reach.</summary>
    public static readonly (BackOutReason Reason, string Why)[] OutOfReach =
    [
        (BackOutReason.MappingGoneBeforeUnmap, "between two steps under the page lock nobody takes a mapping"),
        (BackOutReason.SlotChanged, "nobody changes the slot of a page whose lock is held"),
        (BackOutReason.MappingGone, "as MappingGoneBeforeUnmap"),
        (BackOutReason.BufferMigrateNoMapping, "as MappingGoneBeforeUnmap"),
        (BackOutReason.MigratepageFails, "not at this level: counted among the reasons at later levels"),
        (BackOutReason.VmLocked, "as MigratepageFails"),
        (BackOutReason.VmLockedBeforeWriting, "as MigratepageFails"),
        (BackOutReason.StillMappedBeforeWriting, "as MigratepageFails"),
        (BackOutReason.SwapPageDirty, "needs a write fault and a munmap, one after the other, between the last two steps of swap_page: too rare to draw, Specs have it"),
    ];

    /// <summary>What a migration alone cannot reach besides.</summary>
    public static readonly (BackOutReason Reason, string Why)[] OutOfReachAlone =
    [
        .. OutOfReach,
        (BackOutReason.ReferencesRemain, "needs an actor between steps 5 and 7"),
    ];
}
