namespace MigrationConformance.Core;

/// <summary>A check of the kernel that stops the machine: BUG_ON, BUG, bad_page, or a NULL dereference.</summary>
/// <remarks>
/// The kernel function that makes each check is in <see cref="KernelBugChecks.Function"/>. Two checks on the path cannot
/// fire here and have no value: vma_address() of a file page outside its VMA (the walk takes only VMAs that cover the
/// page), and the change of a page's mapping inside set_page_dirty() (which is one step).
/// </remarks>
public enum BugCheck
{
    /// <summary>No bug.</summary>
    None = 0,

    /// <summary>try_to_unmap: the page is not locked.</summary>
    TryToUnmapPageNotLocked,

    /// <summary>add_to_swap: the page is not locked.</summary>
    AddToSwapPageNotLocked,

    /// <summary>can_share_swap_page: the page is not locked.</summary>
    CanShareSwapPageNotLocked,

    /// <summary>remove_exclusive_swap_page: the page is not locked.</summary>
    RemoveExclusiveSwapPageNotLocked,

    /// <summary>remove_exclusive_swap_page: the page has PG_private.</summary>
    RemoveExclusiveSwapPagePrivate,

    /// <summary>free_swap_and_cache: the page has PG_private.</summary>
    FreeSwapAndCachePrivate,

    /// <summary>try_to_free_buffers: the page is not locked.</summary>
    TryToFreeBuffersPageNotLocked,

    /// <summary>try_to_release_page: the page is not locked.</summary>
    TryToReleasePageNotLocked,

    /// <summary>page_buffers: PG_private is set but page->private leads to no buffer: a bad dereference.</summary>
    PageBuffersBadPointer,

    /// <summary>__add_to_swap_cache: the page is in the swap cache already.</summary>
    AddToSwapCacheAlreadySwapCache,

    /// <summary>__add_to_swap_cache: the page has PG_private.</summary>
    AddToSwapCachePrivate,

    /// <summary>__delete_from_swap_cache: the page is not locked.</summary>
    DeleteFromSwapCachePageNotLocked,

    /// <summary>__delete_from_swap_cache: the page is not in the swap cache.</summary>
    DeleteFromSwapCacheNotSwapCache,

    /// <summary>__delete_from_swap_cache: the page is under writeback.</summary>
    DeleteFromSwapCacheWriteback,

    /// <summary>__delete_from_swap_cache: the page has PG_private.</summary>
    DeleteFromSwapCachePrivate,

    /// <summary>remove_from_page_cache: the page is not locked.</summary>
    RemoveFromPageCachePageNotLocked,

    /// <summary>try_to_unmap_one: an anonymous page that is not in the swap cache.</summary>
    TryToUnmapOneNotSwapCache,

    /// <summary>try_to_unmap_cluster: an anonymous page in a non-linear VMA.</summary>
    TryToUnmapClusterAnonPage,

    /// <summary>try_to_unmap_file: page->mapping is NULL and is dereferenced.</summary>
    TryToUnmapFileNullMapping,

    /// <summary>page_remove_rmap: the mapcount went below 0.</summary>
    PageRemoveRmapNegative,

    /// <summary>page_add_anon_rmap: the VMA has no anon_vma.</summary>
    PageAddAnonRmapNoAnonVma,

    /// <summary>page_add_file_rmap: the page is anonymous.</summary>
    PageAddFileRmapAnonPage,

    /// <summary>unlock_page: the page is not locked.</summary>
    UnlockPageNotLocked,

    /// <summary>end_page_writeback: PG_writeback is not set.</summary>
    EndPageWritebackNotSet,

    /// <summary>migrate_page: the page is under writeback.</summary>
    MigratePageWriteback,

    /// <summary>migrate_page_remove_references: the tree has no slot at the page's index, and the slot is dereferenced.</summary>
    RemoveReferencesNullSlot,

    /// <summary>__pagevec_lru_add: PG_lru is set already.</summary>
    PagevecLruAddAlreadyLru,

    /// <summary>__pagevec_lru_add_active: PG_lru is set already.</summary>
    PagevecLruAddActiveAlreadyLru,

    /// <summary>__pagevec_lru_add_active: PG_active is set already.</summary>
    PagevecLruAddActiveAlreadyActive,

    /// <summary>isolate_lru_pages: a page on an LRU list without PG_lru.</summary>
    IsolateLruPagesNotLru,

    /// <summary>shrink_list: a page with PG_active on the list.</summary>
    ShrinkListPageActive,

    /// <summary>put_page_testzero: the count is 0 already.</summary>
    PutPageTestzeroZero,

    /// <summary>radix_tree_insert: a tag is set on the empty slot.</summary>
    RadixTreeInsertTagSet,

    /// <summary>radix_tree_tag_set: a slot on the path is empty.</summary>
    RadixTreeTagSetEmptySlot,

    /// <summary>radix_tree_gang_lookup_tag: a tagged slot is empty.</summary>
    RadixTreeGangLookupTagEmptySlot,

    /// <summary>shmem_writepage: the page is not locked.</summary>
    ShmemWritepagePageNotLocked,

    /// <summary>shmem_writepage: the page is mapped.</summary>
    ShmemWritepagePageMapped,

    /// <summary>free_hot_cold_page: bad_page() for the state of a page that is being freed.</summary>
    BadPageAtFree,
}

/// <summary>Where each <see cref="BugCheck"/> is made.</summary>
public static class KernelBugChecks
{
    /// <summary>The kernel function that makes a check.</summary>
    /// <param name="check">A check, not <see cref="BugCheck.None"/>.</param>
    /// <returns>The function's name in the kernel.</returns>
    public static string Function(BugCheck check) => check switch
    {
        BugCheck.TryToUnmapPageNotLocked => "try_to_unmap",
        BugCheck.AddToSwapPageNotLocked => "add_to_swap",
        BugCheck.CanShareSwapPageNotLocked => "can_share_swap_page",
        BugCheck.RemoveExclusiveSwapPageNotLocked or BugCheck.RemoveExclusiveSwapPagePrivate => "remove_exclusive_swap_page",
        BugCheck.FreeSwapAndCachePrivate => "free_swap_and_cache",
        BugCheck.TryToFreeBuffersPageNotLocked => "try_to_free_buffers",
        BugCheck.TryToReleasePageNotLocked => "try_to_release_page",
        BugCheck.PageBuffersBadPointer => "page_buffers",
        BugCheck.AddToSwapCacheAlreadySwapCache or BugCheck.AddToSwapCachePrivate => "__add_to_swap_cache",
        BugCheck.DeleteFromSwapCachePageNotLocked or BugCheck.DeleteFromSwapCacheNotSwapCache
            or BugCheck.DeleteFromSwapCacheWriteback or BugCheck.DeleteFromSwapCachePrivate => "__delete_from_swap_cache",
        BugCheck.RemoveFromPageCachePageNotLocked => "remove_from_page_cache",
        BugCheck.TryToUnmapOneNotSwapCache => "try_to_unmap_one",
        BugCheck.TryToUnmapClusterAnonPage => "try_to_unmap_cluster",
        BugCheck.TryToUnmapFileNullMapping => "try_to_unmap_file",
        BugCheck.PageRemoveRmapNegative => "page_remove_rmap",
        BugCheck.PageAddAnonRmapNoAnonVma => "page_add_anon_rmap",
        BugCheck.PageAddFileRmapAnonPage => "page_add_file_rmap",
        BugCheck.UnlockPageNotLocked => "unlock_page",
        BugCheck.EndPageWritebackNotSet => "end_page_writeback",
        BugCheck.MigratePageWriteback => "migrate_page",
        BugCheck.RemoveReferencesNullSlot => "migrate_page_remove_references",
        BugCheck.PagevecLruAddAlreadyLru => "__pagevec_lru_add",
        BugCheck.PagevecLruAddActiveAlreadyLru or BugCheck.PagevecLruAddActiveAlreadyActive => "__pagevec_lru_add_active",
        BugCheck.IsolateLruPagesNotLru => "isolate_lru_pages",
        BugCheck.ShrinkListPageActive => "shrink_list",
        BugCheck.PutPageTestzeroZero => "put_page_testzero",
        BugCheck.RadixTreeInsertTagSet => "radix_tree_insert",
        BugCheck.RadixTreeTagSetEmptySlot => "radix_tree_tag_set",
        BugCheck.RadixTreeGangLookupTagEmptySlot => "radix_tree_gang_lookup_tag",
        BugCheck.ShmemWritepagePageNotLocked or BugCheck.ShmemWritepagePageMapped => "shmem_writepage",
        BugCheck.BadPageAtFree => "free_hot_cold_page",
        _ => throw new ArgumentOutOfRangeException(nameof(check), check, "expected a check that has a function"),
    };
}

/// <summary>A kernel BUG that a machine ran into: an outcome of the modelled kernel, not an error of the engine.</summary>
public struct BugRecord
{
    /// <summary>The check, or <see cref="BugCheck.None"/> when the machine is well.</summary>
    public BugCheck Check;

    /// <summary>The page it is about, or none when there is no single page.</summary>
    public Pfn Page;

    /// <summary>The task that ran into it.</summary>
    public TaskId Task;

    /// <summary>The step at which the task was.</summary>
    public int Step;
}

/// <summary>Thrown by a kernel function that runs into a BUG; the task that advances turns it into <see cref="Machine.Bug"/>.</summary>
public sealed class KernelBugException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="check">The check.</param>
    /// <param name="page">The page it is about.</param>
    public KernelBugException(BugCheck check, Pfn page)
        : base($"kernel BUG in {KernelBugChecks.Function(check)}: {check}, {page}")
    {
        Check = check;
        Page = page;
    }

    /// <summary>The check.</summary>
    public BugCheck Check { get; }

    /// <summary>The page it is about.</summary>
    public Pfn Page { get; }

    /// <summary>Stops the modelled kernel.</summary>
    /// <param name="check">The check.</param>
    /// <param name="page">The page it is about.</param>
    /// <exception cref="KernelBugException">Always.</exception>
    [System.Diagnostics.CodeAnalysis.DoesNotReturn]
    public static void Throw(BugCheck check, Pfn page) => throw new KernelBugException(check, page);
}
