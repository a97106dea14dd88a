namespace MigrationConformance.Core;

/// <summary>Where a migration stands: the step that it makes next.</summary>
/// <remarks>
/// Values 1 to 20 are the documented steps by their number. The rest are control points of the code that the
/// documentation has no number for. Under the tree lock the code tests 9, 7, 8, in this order.
/// </remarks>
public enum MigrationStep
{
    /// <summary>The task has not begun.</summary>
    None = 0,

    /// <summary>Step 1: lock the page; passes 0 to 2 only try.</summary>
    LockPage = 1,

    /// <summary>Step 2: make sure that writeback is complete; pass 0 does not wait.</summary>
    WaitOnWriteback = 2,

    /// <summary>Step 3: an anonymous page gets a swap entry.</summary>
    AddToSwap = 3,

    /// <summary>Step 4: take the new page from the tail of <c>to</c> and lock it.</summary>
    PrepareNewPage = 4,

    /// <summary>Step 5: drop page table references, or turn them into swap entries; one entry a step.</summary>
    TryToUnmap = 5,

    /// <summary>Step 6: take the tree lock.</summary>
    TakeTreeLock = 6,

    /// <summary>Step 7: back out if references remain.</summary>
    CheckCount = 7,

    /// <summary>Step 8: back out if the tree does not contain the page.</summary>
    CheckSlot = 8,

    /// <summary>Step 9: back out if the mapping is gone.</summary>
    CheckMapping = 9,

    /// <summary>Step 10: give the new page its reference, index, mapping and swap entry.</summary>
    EstablishNewPage = 10,

    /// <summary>Step 11: the slot points to the new page.</summary>
    SwitchSlot = 11,

    /// <summary>Step 12: drop the tree's reference to the old page.</summary>
    DropTreeReference = 12,

    /// <summary>Step 13: drop the tree lock.</summary>
    DropTreeLock = 13,

    /// <summary>Step 14: copy the contents.</summary>
    CopyContents = 14,

    /// <summary>Step 15: copy the remaining flags; the transfer of PG_dirty follows as <see cref="TransferDirty"/>.</summary>
    CopyFlags = 15,

    /// <summary>Step 16: clear the old page.</summary>
    ClearOldPage = 16,

    /// <summary>Step 17: end writeback that was queued on the new page; dead code at every level.</summary>
    EndNewPageWriteback = 17,

    /// <summary>Step 18: restore page table entries from swap entries; without code before <see cref="PatchLevel.RemoveFromSwap"/>, without effect before <see cref="PatchLevel.EntriesRestored"/>.</summary>
    RemoveFromSwap = 18,

    /// <summary>Step 19: drop the locks of the new and the old page; back-outs come here too.</summary>
    DropLocks = 19,

    /// <summary>Step 20: the new page goes to the LRU.</summary>
    MoveToLru = 20,

    /// <summary>migrate_pages is entered: PF_SWAPWRITE is remembered and set.</summary>
    Begin = 32,

    /// <summary>A pass begins: what others hold until this pass ends, and the walk starts at the head of <c>from</c>.</summary>
    BeginPass = 33,

    /// <summary>The next page of <c>from</c>: freed pages are done at once, and an empty <c>to</c> ends the pass.</summary>
    ChoosePage = 34,

    /// <summary>Second half of step 3: the page enters the swap cache under its new entry.</summary>
    AddToSwapCache = 35,

    /// <summary>No <c>to</c>: the page goes to swap_page.</summary>
    SwapInstead = 36,

    /// <summary>Between steps 4 and 5: back out if the page has no mapping.</summary>
    CheckPageMapping = 37,

    /// <summary>Between steps 4 and 5: a dirty page is written out first; pageout up to the clearing of PG_dirty.</summary>
    Pageout = 38,

    /// <summary>pageout: the call of writepage, and what follows it.</summary>
    Writepage = 39,

    /// <summary>pageout: writepage failed; the page is locked to record the error in its mapping.</summary>
    HandleWriteError = 40,

    /// <summary>Between steps 4 and 5: buffers are released.</summary>
    ReleaseBuffers = 41,

    /// <summary>Between steps 4 and 5: back out if the count shows another user, with the entries untouched.</summary>
    CheckReferences = 42,

    /// <summary>Between steps 5 and 6: back out if entries remain.</summary>
    CheckUnmapped = 43,

    /// <summary>Second half of step 15: PG_dirty moves to the new page, with tags and accounting.</summary>
    TransferDirty = 44,

    /// <summary>Buffers could not be released: later passes swap the page out instead.</summary>
    SwapFallback = 45,

    /// <summary>swap_page: unmap the page, without ignoring references.</summary>
    SwapPageUnmap = 46,

    /// <summary>swap_page: write a dirty page out.</summary>
    SwapPagePageout = 47,

    /// <summary>swap_page: release buffers.</summary>
    SwapPageReleaseBuffers = 48,

    /// <summary>swap_page: take the page out of its tree.</summary>
    SwapPageRemoveMapping = 49,

    /// <summary>The page is done with for this pass: it goes to <c>moved</c> or <c>failed</c>, or stays.</summary>
    FinishPage = 50,

    /// <summary>The pass is over: another one, or the end.</summary>
    FinishPass = 51,

    /// <summary>migrate_pages has returned.</summary>
    Finished = 52,

    /// <summary>Step 18, from <see cref="PatchLevel.RemoveFromSwap"/>: under the lock of the anon_vma each swap entry becomes present again; one entry a step.</summary>
    RestoreEntries = 53,

    /// <summary>Step 18, from <see cref="PatchLevel.RemoveFromSwap"/>: the new page leaves the swap cache.</summary>
    DeleteFromSwapCache = 54,

    /// <summary>Between steps 4 and 5, from <see cref="PatchLevel.MigratepageMethod"/>: the mapping's own method is called.</summary>
    Migratepage = 55,

    /// <summary>buffer_migrate_page, after step 13: each buffer is used and locked; one buffer a step, which may sleep with the new page in the tree.</summary>
    LockBuffers = 56,

    /// <summary>buffer_migrate_page: private and its reference move from the old page to the new one.</summary>
    MoveBuffers = 57,

    /// <summary>buffer_migrate_page: each buffer comes to sit in the new page; one buffer a step.</summary>
    SetBufferPages = 58,

    /// <summary>buffer_migrate_page: the new page gets PG_private. The copy, steps 14 to 17, follows.</summary>
    SetPagePrivate = 59,

    /// <summary>buffer_migrate_page, after step 17: each buffer is unlocked and let go; one buffer a step.</summary>
    UnlockBuffers = 60,

    /// <summary>Between steps 4 and 5, from <see cref="PatchLevel.UnmappedBeforeWritten"/>, for a mapping without a method: the page is unmapped, so that PG_dirty is up to date; one entry a step.</summary>
    UnmapBeforeWriting = 61,

    /// <summary>After <see cref="UnmapBeforeWriting"/>: back out if entries remain.</summary>
    CheckUnmappedBeforeWriting = 62,
}
