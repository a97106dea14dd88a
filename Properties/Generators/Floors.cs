using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>
/// How often each outcome and each meeting must occur, of ten thousand pages or runs: half of what it does over many seeds, 10 where that
/// would be less. The floors of classes of states stand beside the classes.
/// </summary>
internal static class Floors
{
    /// <summary>Of ten thousand pages, when the migration is alone.</summary>
    public static readonly (string Class, int Floor)[] Alone =
    [
        ("end: Blocked", 82), ("end: Bug", 150), ("end: Finished", 1670), ("later level, reason: MigratepageFails", 60),
        ("later level, reason: StillMappedBeforeWriting", 24), ("later level, reason: VmLocked", 80), ("later level, reason: VmLockedBeforeWriting", 16),
        ("outcome: Failed", 51), ("outcome: Freed", 240), ("outcome: Migrated", 950), ("outcome: NotIsolated", 33), ("outcome: NotReached", 330), ("outcome: Retry", 1390),
        ("outcome: SwappedOut", 390), ("outcome: UnderWay", 230), ("reason: BuffersBusy", 840), ("reason: NoMapping", 1660), ("reason: NoSwapCacheMemory", 12),
        ("reason: NoSwapSlot", 38), ("reason: PageFreed", 240), ("reason: PageLocked", 720), ("reason: PageoutActivate", 290), ("reason: PageoutNoWritepage", 160),
        ("reason: PageoutNotFreeable", 6110), ("reason: PageoutSuccess", 320), ("reason: ReferencesBeforeUnmap", 1120), ("reason: StillMapped", 570),
        ("reason: SwapPageActivate", 160), ("reason: SwapPageBuffersBusy", 1320), ("reason: SwapPageBuffersDropped", 10), ("reason: SwapPageDirtyNoMapping", 54),
        ("reason: SwapPageNoMapping", 49), ("reason: SwapPageNoWritepage", 100), ("reason: SwapPageNotFreeable", 540), ("reason: SwapPageReferencesRemain", 290),
        ("reason: SwapPageStillMapped", 760), ("reason: SwapPageSuccess", 340), ("reason: SwappedOut", 390), ("reason: ToEmpty", 130), ("reason: UnderWriteback", 98),
    ];

    /// <summary>Of ten thousand runs, with one to three actors.</summary>
    public static readonly (string Class, int Floor)[] Interleaved =
    [
        ("actor: BufferUser", 300), ("actor: Exit", 420), ("actor: Fault", 1430), ("actor: FindGetPage", 380), ("actor: FindLockPage", 380), ("actor: Fork", 570),
        ("actor: GetUserPages", 600), ("actor: InvalidateInodePages2", 260), ("actor: InvalidateMappingPages", 250), ("actor: Isolation", 220), ("actor: Kswapd", 1000),
        ("actor: LruAddDrain", 100), ("actor: Mlock", 670), ("actor: Mremap", 380), ("actor: Msync", 280), ("actor: Munmap", 550), ("actor: Swapoff", 420),
        ("actor: Truncate", 380), ("actor: WritebackEnd", 100), ("actor: WritebackStart", 370), ("actor: WritebackWait", 310), ("actors: 1", 1650), ("actors: 2", 1670),
        ("actors: 3", 1670), ("end: Finished", 4500), ("end: Starved", 170), ("end: known BUG", 320), ("outcome of the second migration: moved", 54),
        ("outcome of the second migration: not moved", 92), ("outcome: moved", 3050), ("reason: BuffersBusy", 400), ("reason: NoMapping", 460),
        ("reason: NoSwapCacheMemory", 10), ("reason: NoSwapSlot", 150), ("reason: PageFreed", 570), ("reason: PageLocked", 580), ("reason: PageoutActivate", 69),
        ("reason: PageoutNoWritepage", 43), ("reason: PageoutNotFreeable", 1420), ("reason: PageoutSuccess", 520), ("reason: ReferencesBeforeUnmap", 560),
        ("reason: ReferencesRemain", 300), ("reason: StillMapped", 300), ("reason: SwapPageActivate", 24), ("reason: SwapPageBuffersBusy", 330),
        ("reason: SwapPageBuffersDropped", 10), ("reason: SwapPageDirtyNoMapping", 10), ("reason: SwapPageNoMapping", 10), ("reason: SwapPageNoWritepage", 17),
        ("reason: SwapPageNotFreeable", 79), ("reason: SwapPageReferencesRemain", 44), ("reason: SwapPageStillMapped", 220), ("reason: SwapPageSuccess", 180),
        ("reason: SwappedOut", 240), ("reason: ToEmpty", 170), ("reason: UnderWriteback", 190), ("struck in I0", 1930), ("struck in I1", 1200), ("struck in I2", 480),
        ("struck in I3", 790), ("struck in I4", 1050), ("struck in I5", 490), ("struck in I6", 630), ("struck in I7", 440), ("struck in I8", 2190),
        ("waits: AnonVmaLock", 10), ("waits: ImmapLock", 10), ("waits: MmapSem", 330), ("waits: PageLock", 660), ("waits: PageTableLock", 16), ("waits: PrivateLock", 10),
        ("waits: SwapLock", 10), ("waits: TreeLock", 610), ("waits: Writeback", 66),
        // Of a process only the first entry that becomes a swap entry needs it, and others hold it in 1 of 80 machines.
        ("waits: MmlistLock", 3), ("waits: BufferLock", 1), ("waits: LruLock", 10),
        // Each boundary of documented steps in 3 of 100 runs.
        ("struck before AddToSwap", 300), ("struck before AddToSwapCache", 300), ("struck before CheckCount", 300), ("struck before CheckMapping", 300),
        ("struck before CheckPageMapping", 290), ("struck before CheckReferences", 300), ("struck before CheckSlot", 300), ("struck before CheckUnmapped", 300),
        ("struck before ClearOldPage", 300), ("struck before CopyContents", 300), ("struck before CopyFlags", 300), ("struck before DropLocks", 300),
        ("struck before DropTreeLock", 300), ("struck before DropTreeReference", 300), ("struck before EndNewPageWriteback", 300), ("struck before EstablishNewPage", 300),
        ("struck before LockPage", 480), ("struck before MoveToLru", 300), ("struck before Pageout", 100), ("struck before PrepareNewPage", 300),
        ("struck before RemoveFromSwap", 300), ("struck before SwitchSlot", 300), ("struck before TakeTreeLock", 300), ("struck before TransferDirty", 82),
        ("struck before TryToUnmap", 300), ("struck before WaitOnWriteback", 300),
    ];

    /// <summary>Of ten thousand runs, with one to three actors: each actor of the matrix in each interval.</summary>
    public static readonly (string Class, int Floor)[] Meetings =
    [
        // In I0 to I8.
        .. Row(TaskKind.Fault, 470, 250, 55, 190, 260, 94, 130, 75, 470),
        .. Row(TaskKind.FindGetPage, 130, 54, 13, 28, 63, 25, 45, 17, 110),
        .. Row(TaskKind.FindLockPage, 150, 50, 13, 34, 72, 26, 46, 24, 150),
        .. Row(TaskKind.GetUserPages, 170, 130, 27, 66, 130, 48, 78, 40, 270),
        .. Row(TaskKind.Truncate, 160, 62, 14, 36, 76, 28, 48, 18, 190),
        .. Row(TaskKind.InvalidateMappingPages, 72, 37, 12, 30, 64, 22, 29, 15, 110),
        .. Row(TaskKind.InvalidateInodePages2, 100, 45, 15, 33, 68, 27, 36, 23, 130),
        .. Row(TaskKind.Munmap, 150, 110, 22, 51, 120, 41, 57, 33, 180),
        .. Row(TaskKind.Exit, 120, 100, 25, 56, 110, 40, 61, 33, 270),
        .. Row(TaskKind.Fork, 170, 120, 28, 56, 110, 32, 57, 28, 190),
        .. Row(TaskKind.Mlock, 110, 100, 200, 85, 140, 43, 70, 34, 210),
        .. Row(TaskKind.WritebackStart, 120, 43, 10, 25, 57, 23, 30, 17, 93),
        .. Row(TaskKind.WritebackWait, 64, 31, 12, 35, 69, 31, 29, 16, 72),
        .. Row(TaskKind.Swapoff, 160, 120, 18, 51, 100, 40, 64, 33, 240),
        .. Row(TaskKind.BufferUser, 71, 35, 10, 33, 68, 29, 32, 18, 83),
        .. Row(TaskKind.Kswapd, 510, 160, 26, 49, 100, 28, 53, 25, 230),
        .. Row(TaskKind.Mremap, 93, 71, 14, 47, 96, 29, 45, 23, 140),
        .. Row(TaskKind.Msync, 65, 33, 11, 26, 55, 13, 25, 17, 56),
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

    /// <summary>States that no generator draws.</summary>
    public static readonly (string State, string Why)[] NotDrawn =
    [
        ("PG_slab or PG_compound", "such a page is on no LRU list, so that nobody can isolate it"),
        ("PG_reserved on from", "nor is a reserved page; the scan of a system call passes it by, and there it is drawn"),
        ("PG_reclaim without PG_writeback", "who sets it starts a write or clears it under the same page lock; a page with it cannot be freed"),
        ("a mapped page that is not uptodate", "no fault maps one; swapoff does after a failed read, and so drawn runs come to it"),
        ("a tmpfs page that is not uptodate", "shmem_getpage fills it before others can find it unlocked"),
        ("anonymous memory that nothing maps and no slot backs", "its last reference went with its last entry"),
        ("a tmpfs page under writeback in its file", "shmem_writepage moves it to the swap cache first"),
        ("buffers of a swap cache or tmpfs page", "neither mapping has any"),
        ("a buffer locked for a write in flight at the start", "the format has locks of others only; writes of this run lock buffers"),
        ("a buffer whose page's mapping has set_page_dirty without buffers", "a dirty page could then lose its dirt with its clean buffers; such a file's pages have none"),
        ("a dirty slot user that is not shown", "memory that a process has written is no other one's"),
        ("a new page that is locked, uptodate or in use", "what a caller puts on to comes from the allocator"),
        ("an lru_lock that others hold for ever, and a caller that drains or isolates", "it never comes to the call, so that there is no run; Specs have it"),
        ("a second swap device", "there is one"),
        ("an index close to 2^64", "no VMA can cover it; 2^32 crosses a node of every fan-out"),
        ("a VMA without VM_READ", "nothing here looks at it"),
        ("a queue that is congested", "PF_SWAPWRITE lets a migration write all the same; not modelled"),
        ("a swap token, a storage key", "not modelled"),
    ];

    private static IEnumerable<(string, int)> Row(TaskKind kind, params int[] floors) => floors.Select((floor, i) => ($"meets {(Interval)i}: {kind}", floor));
}
