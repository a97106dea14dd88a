namespace MigrationConformance.Core;

/// <summary>Why a page left the current attempt without having been migrated: one value for each way out.</summary>
/// <remarks>
/// Kernel: mm/vmscan.c migrate_pages(), swap_page(), migrate_page_remove_references(). Except where it says
/// otherwise the attempt returns −EAGAIN, and the page stays on <c>from</c> for another pass.
/// </remarks>
public enum BackOutReason
{
    /// <summary>It did not back out: it was migrated, or the attempt is still under way.</summary>
    None = 0,

    /// <summary>Only the isolation holds the page: it was freed by its users. It goes to <c>moved</c>, rc 0, and takes no new page.</summary>
    PageFreed,

    /// <summary><c>to</c> is empty: the pass ends at this page, which is not counted.</summary>
    ToEmpty,

    /// <summary>Step 1: somebody else holds the page lock, and the pass only tries (passes 0 to 2).</summary>
    PageLocked,

    /// <summary>Step 2: the page is under writeback in pass 0.</summary>
    UnderWriteback,

    /// <summary>Step 3: no free swap slot. Permanent: −ENOMEM, the page goes to <c>failed</c>.</summary>
    NoSwapSlot,

    /// <summary>Step 3: no memory for the swap cache's tree. Permanent: −ENOMEM, the page goes to <c>failed</c>.</summary>
    NoSwapCacheMemory,

    /// <summary>After step 4: the page has no mapping; truncation took it, and somebody still holds it.</summary>
    NoMapping,

    /// <summary>pageout: PAGE_KEEP, since something besides isolation, tree and buffers holds the dirty page: a page table entry is enough.</summary>
    PageoutNotFreeable,

    /// <summary>pageout: PAGE_ACTIVATE, since the mapping has no writepage method.</summary>
    PageoutNoWritepage,

    /// <summary>pageout: PAGE_ACTIVATE, answered by the writepage method.</summary>
    PageoutActivate,

    /// <summary>pageout: PAGE_SUCCESS; writepage took the page and unlocked it.</summary>
    PageoutSuccess,

    /// <summary>Buffers could not be released in passes 0 to 4.</summary>
    BuffersBusy,

    /// <summary>Before step 5: the page has no mapping any more.</summary>
    MappingGoneBeforeUnmap,

    /// <summary>Before step 5: mapcount + nr_refs differs from the count; entries are untouched.</summary>
    ReferencesBeforeUnmap,

    /// <summary>After step 5: entries remain.</summary>
    StillMapped,

    /// <summary>Step 7: under the tree lock the count differs from nr_refs; entries are gone.</summary>
    ReferencesRemain,

    /// <summary>Step 8: the slot does not hold the page.</summary>
    SlotChanged,

    /// <summary>Step 9: under the tree lock the page has no mapping.</summary>
    MappingGone,

    /// <summary>swap_page did its work: the page left its tree. It goes to <c>moved</c>, rc 0, and takes no new page.</summary>
    SwappedOut,

    /// <summary>swap_page: try_to_unmap did not succeed.</summary>
    SwapPageStillMapped,

    /// <summary>swap_page: pageout answered PAGE_KEEP, since something besides isolation, tree and buffers holds the page.</summary>
    SwapPageNotFreeable,

    /// <summary>swap_page: pageout answered PAGE_KEEP, since the page has no mapping and no buffers that can be freed.</summary>
    SwapPageDirtyNoMapping,

    /// <summary>swap_page: pageout answered PAGE_ACTIVATE, since the mapping has no writepage method.</summary>
    SwapPageNoWritepage,

    /// <summary>swap_page: pageout answered PAGE_ACTIVATE, from the writepage method.</summary>
    SwapPageActivate,

    /// <summary>swap_page: pageout answered PAGE_SUCCESS; writepage took the page and unlocked it.</summary>
    SwapPageSuccess,

    /// <summary>swap_page: buffers could not be released.</summary>
    SwapPageBuffersBusy,

    /// <summary>swap_page: without mapping, the release of the buffers dropped the last other reference; the next pass finds the page freed.</summary>
    SwapPageBuffersDropped,

    /// <summary>swap_page: remove_mapping refused, since the page has no mapping.</summary>
    SwapPageNoMapping,

    /// <summary>swap_page: remove_mapping refused, since the count is not 2.</summary>
    SwapPageReferencesRemain,

    /// <summary>swap_page: remove_mapping refused, since the page is dirty.</summary>
    SwapPageDirty,

    /// <summary>The mapping's migratepage method is fail_migrate_page. Permanent: −EIO, the page goes to <c>failed</c>.</summary>
    MigratepageFails,

    /// <summary>buffer_migrate_page: page->mapping is NULL.</summary>
    BufferMigrateNoMapping,

    /// <summary>After step 5: try_to_unmap answered SWAP_FAIL, since a VMA is VM_LOCKED. Permanent: −EPERM, the page goes to <c>failed</c>.</summary>
    VmLocked,

    /// <summary>Before a page without a method is written: as <see cref="VmLocked"/>. Permanent: −EPERM.</summary>
    VmLockedBeforeWriting,

    /// <summary>Before a page without a method is written: entries remain.</summary>
    StillMappedBeforeWriting,
}
