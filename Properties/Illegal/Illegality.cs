namespace MigrationConformance.Properties;

/// <summary>One way in which a start state can contradict itself. What a scenario can say comes as a scenario; the others change the built machine.</summary>
public enum Illegality
{
    /// <summary>A page's count has a unit more than it has holders.</summary>
    CountTooHigh,

    /// <summary>A page's count has a unit less.</summary>
    CountTooLow,

    /// <summary>PG_private, and nobody counted the buffers' reference.</summary>
    PrivateWithoutReference,

    /// <summary>mapcount has a unit more than there are entries.</summary>
    MapcountTooHigh,

    /// <summary>mapcount has a unit less.</summary>
    MapcountTooLow,

    /// <summary>mapping is NULL while the page is in its file's tree.</summary>
    MappingNullInTree,

    /// <summary>mapping is that of another file.</summary>
    MappingOfAnotherFile,

    /// <summary>mapping is an anon_vma that does not know the page's entries.</summary>
    MappingOfAnotherAnonVma,

    /// <summary>private is another slot than the one at which the page is in swapper_space.</summary>
    PrivateOfAnotherSlot,

    /// <summary>index is another one than that at which the page is in its file's tree.</summary>
    IndexOfAnotherSlot,

    /// <summary>The slot of the tree holds another page, which claims it too.</summary>
    SlotHoldsAnotherPage,

    /// <summary>PG_swapcache on a page of a file.</summary>
    SwapCacheWithoutSlot,

    /// <summary>nrpages counts a page more than the tree has.</summary>
    NrpagesTooHigh,

    /// <summary>DIRTY tag in swapper_space, page clean.</summary>
    DirtyTagWithoutFlag,

    /// <summary>A dirty page of a file without the DIRTY tag.</summary>
    DirtyFlagWithoutTag,

    /// <summary>WRITEBACK tag, PG_writeback clear.</summary>
    WritebackTagWithoutFlag,

    /// <summary>PG_writeback, and no WRITEBACK tag.</summary>
    WritebackFlagWithoutTag,

    /// <summary>A node of a tree counts a slot more than it has.</summary>
    TreeNodeMiscounted,

    /// <summary>A tag bit in the top node with nothing below it that has the tag.</summary>
    TreeTagWithoutItem,

    /// <summary>PG_lru on an isolated page.</summary>
    LruOnIsolatedPage,

    /// <summary>A page on an LRU list without PG_lru.</summary>
    OnLruWithoutFlag,

    /// <summary>PG_active does not say on which list the page is.</summary>
    ActiveOnWrongList,

    /// <summary>A page on an LRU list that waits in a pagevec besides, which holds it.</summary>
    OnListAndInPagevec,

    /// <summary>A page of another zone on a zone's list.</summary>
    OnListOfAnotherZone,

    /// <summary>A zone counts a page more than its list has.</summary>
    ListMiscounted,

    /// <summary>A link back does not lead to where the link forth came from.</summary>
    BrokenLink,

    /// <summary>swap_map of a slot counts one user less than it has.</summary>
    SwapMapTooLow,

    /// <summary>nr_swap_pages counts a slot that is not free.</summary>
    FreeSwapMiscounted,

    /// <summary>A free slot below lowest_free.</summary>
    LowestFreeTooHigh,

    /// <summary>A process with a swap entry that is not on the mmlist.</summary>
    MissingFromMmlist,

    /// <summary>anon_rss has a unit more than there are entries.</summary>
    AnonRssTooHigh,

    /// <summary>file_rss has a unit less.</summary>
    FileRssTooLow,

    /// <summary>PG_locked, and nobody holds the lock.</summary>
    LockedByNobody,

    /// <summary>Somebody thinks to hold the lock, and PG_locked is clear.</summary>
    LockHeldButClear,

    /// <summary>A tree_lock that a task holds which does not stand where it holds it.</summary>
    TreeLockOfNobody,

    /// <summary>The ring of buffers leads to the buffer of another page.</summary>
    RingOfAnotherPage,

    /// <summary>A buffer in the ring says that it belongs to another page.</summary>
    BufferOfAnotherPage,

    /// <summary>b_count has a unit more than the buffer has users.</summary>
    BufferCountTooHigh,

    /// <summary>BH_Lock, and nobody holds it.</summary>
    BufferLockedByNobody,

    /// <summary>An entry of a linear VMA at an address that is another page's.</summary>
    EntryAtAnotherAddress,

    /// <summary>An entry in a VMA that maps something else.</summary>
    EntryInAnotherVma,

    /// <summary>A writable entry of memory that another process has too.</summary>
    SharedAndWritable,

    /// <summary>nr_mapped is one too high.</summary>
    NrMappedTooHigh,

    /// <summary>nr_dirty is one too low.</summary>
    NrDirtyTooLow,

    /// <summary>nr_writeback is one too high.</summary>
    NrWritebackTooHigh,

    /// <summary>nr_pagecache is one too low.</summary>
    NrPagecacheTooLow,

    /// <summary>A free page that still has the mapping of its last owner.</summary>
    FreePageWithMapping,

    /// <summary>A clean page that differs from what its file stores.</summary>
    DirtLost,
}
