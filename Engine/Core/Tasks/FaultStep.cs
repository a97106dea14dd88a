namespace MigrationConformance.Core;

/// <summary>Where an access, a get_user_pages or an mlock stands.</summary>
internal enum FaultStep
{
    /// <summary>The access, if the entry allows it; else takes mmap_sem and chooses. A present entry is changed under the page table lock.</summary>
    HandlePteFault = 0,

    /// <summary>mlock: takes mmap_sem for writing, and sets VM_LOCKED.</summary>
    SetLocked,

    /// <summary>get_user_pages: follow_page, with mmap_sem taken before the first one.</summary>
    FollowPage,

    /// <summary>do_swap_page: looks the entry up in the swap cache.</summary>
    SwapLookup,

    /// <summary>swapin_readahead: the next slot of the entry's cluster that somebody uses.</summary>
    SwapReadahead,

    /// <summary>read_swap_cache_async: allocates a page and adds it.</summary>
    SwapRead,

    /// <summary>The read of the swap device completes.</summary>
    SwapReadEnds,

    /// <summary>do_swap_page: there is no page; the entry is compared under the page table lock.</summary>
    SwapReadFailed,

    /// <summary>do_swap_page: lock_page.</summary>
    SwapLock,

    /// <summary>do_swap_page: is the page still in the swap cache?</summary>
    SwapRecheck,

    /// <summary>do_swap_page: installs the entry.</summary>
    SwapInstall,

    /// <summary>do_wp_page: allocates and copies.</summary>
    WpCopy,

    /// <summary>do_wp_page: installs the copy.</summary>
    WpInstall,

    /// <summary>filemap_nopage: find_get_page, and a look at PG_uptodate.</summary>
    FileLookup,

    /// <summary>filemap_nopage: the page is missing, reads it.</summary>
    FileRead,

    /// <summary>The read of the file completes.</summary>
    FileReadEnds,

    /// <summary>filemap_nopage: lock_page on a page that is not uptodate.</summary>
    FileLock,

    /// <summary>do_no_page: copies for a private write.</summary>
    FileCopy,

    /// <summary>do_no_page: installs the entry.</summary>
    FileInstall,

    /// <summary>do_anonymous_page: installs a zeroed page.</summary>
    AnonInstall,

    /// <summary>shmem_getpage: the file's swap vector, then the swap cache.</summary>
    ShmemLookup,

    /// <summary>shmem_swapin: allocates a page and adds it to the swap cache.</summary>
    ShmemRead,

    /// <summary>The read of the swap device completes.</summary>
    ShmemReadEnds,

    /// <summary>shmem_getpage: tries the lock of the swap cache page, and looks at PG_swapcache once more.</summary>
    ShmemTryLock,

    /// <summary>shmem_getpage: wait_on_page_locked, then everything again.</summary>
    ShmemWaitLock,

    /// <summary>shmem_getpage: wait_on_page_writeback, then everything again.</summary>
    ShmemWaitWriteback,

    /// <summary>move_from_swap_cache.</summary>
    ShmemMove,

    /// <summary>The user's store, once the entry allows it.</summary>
    Store,

    /// <summary>get_user_pages returned: the pin is held.</summary>
    Pinned,

    /// <summary>set_page_dirty_lock of a pinned page.</summary>
    SetDirtyLock,

    /// <summary>put_page of a pinned page.</summary>
    Unpin,
}
