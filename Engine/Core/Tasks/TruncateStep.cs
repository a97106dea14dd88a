namespace MigrationConformance.Core;

/// <summary>Where a truncation or an invalidation stands.</summary>
internal enum TruncateStep
{
    /// <summary>Shrinks i_size; an invalidation starts its sweep.</summary>
    Begin = 0,

    /// <summary>unmap_mapping_range: raises truncate_count.</summary>
    RaiseCount,

    /// <summary>unmap_mapping_range: zaps one entry of the range.</summary>
    Unmap,

    /// <summary>The gather's flush: drops the zapped entry's reference.</summary>
    Flush,

    /// <summary>Sweep 1, and invalidate_mapping_pages: looks the next page up.</summary>
    TryLookup,

    /// <summary>Sweep 1: trylock, and skip what is locked or under writeback.</summary>
    Try,

    /// <summary>Sweep 2, and invalidate_inode_pages2: looks the next page up.</summary>
    Lookup,

    /// <summary>Sweep 2: lock_page.</summary>
    Lock,

    /// <summary>Sweep 2: wait_on_page_writeback.</summary>
    Wait,

    /// <summary>invalidate_inode_pages2, while the page is mapped: unmap_mapping_range raises truncate_count.</summary>
    UnmapPage,

    /// <summary>unmap_mapping_range of the page at work: zaps one entry of it, and flushes.</summary>
    ZapPage,

    /// <summary>invalidate_inode_pages2: test_clear_page_dirty.</summary>
    ClearDirty,

    /// <summary>invalidatepage: locks, cleans and unmaps one buffer.</summary>
    DiscardBuffer,

    /// <summary>try_to_release_page. What it answers is of no meaning to a truncation.</summary>
    ReleaseBuffers,

    /// <summary>truncate_complete_page or invalidate_complete_page: takes the page out of the file.</summary>
    Remove,

    /// <summary>invalidate_inode_pages2 could not: a page that was dirty is dirty again.</summary>
    Redirty,

    /// <summary>unlock_page.</summary>
    Unlock,

    /// <summary>pagevec_release: drains this CPU's LRU pagevecs and drops the lookup's reference.</summary>
    Release,

    /// <summary>Between the sweeps: find_lock_page of the page whose tail goes.</summary>
    PartialLookup,

    /// <summary>find_lock_page sleeps for the lock of that page.</summary>
    PartialLock,

    /// <summary>find_lock_page takes tree_lock again: is it still the page?</summary>
    PartialVerify,

    /// <summary>wait_on_page_writeback of that page.</summary>
    PartialWait,

    /// <summary>truncate_partial_page: discards one buffer of the tail; after the last one the page is let go.</summary>
    PartialCut,

    /// <summary>shmem_truncate: one entry of the swap vector goes, with its slot.</summary>
    FreeSwap,
}
