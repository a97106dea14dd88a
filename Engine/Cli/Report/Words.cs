using MigrationConformance.Core;

namespace MigrationConformance.Cli;

/// <summary>What the engine's names mean, in the words of somebody who knows the kernel.</summary>
internal static class Words
{
    /// <summary>What became of a page.</summary>
    /// <param name="fate">The engine's name.</param>
    /// <returns>A few words.</returns>
    public static string Of(PageFate fate) => fate switch
    {
        PageFate.Migrated => "migrated",
        PageFate.Freed => "freed by its users",
        PageFate.SwappedOut => "swapped out",
        PageFate.Retry => "left, -EAGAIN",
        PageFate.Failed => "failed for good",
        PageFate.NotReached => "not reached",
        PageFate.UnderWay => "under way",
        PageFate.NotIsolated => "could not be isolated",
        _ => $"{fate}",
    };

    /// <summary>A step, with its documented number where it has one.</summary>
    /// <param name="step">The step, or a policy step by its number.</param>
    /// <returns>A few words.</returns>
    public static string Of(MigrationStep step)
    {
        int number = (int)step;
        if (number >= (int)PolicyStep.CheckArguments)
            return $" - {NameOf((PolicyStep)number)}";
        return number is >= 1 and <= 20 ? $"{number,2} {NameOf(step)}" : $" - {NameOf(step)}";
    }

    /// <summary>Why an attempt ended as it did.</summary>
    /// <param name="reason">The engine's name.</param>
    /// <returns>A clause without a full stop; empty for a page that migrated.</returns>
    public static string Of(BackOutReason reason) => reason switch
    {
        BackOutReason.None => "",
        BackOutReason.PageFreed => "only the isolation held it: nothing to migrate",
        BackOutReason.ToEmpty => "to is empty",
        BackOutReason.PageLocked => "others hold the page lock, and passes 0 to 2 only try",
        BackOutReason.UnderWriteback => "under writeback, and pass 0 does not wait",
        BackOutReason.NoSwapSlot => "no free swap slot (-ENOMEM)",
        BackOutReason.NoSwapCacheMemory => "no memory for the swap cache (-ENOMEM)",
        BackOutReason.NoMapping => "no mapping: truncated, and still held",
        BackOutReason.PageoutNotFreeable => "dirty, and pageout keeps a page that is mapped or held by others",
        BackOutReason.PageoutNoWritepage => "dirty, and its mapping has no writepage",
        BackOutReason.PageoutActivate => "dirty, and writepage answered AOP_WRITEPAGE_ACTIVATE",
        BackOutReason.PageoutSuccess => "dirty: writepage took it; clean for the next pass",
        BackOutReason.BuffersBusy => "its buffers are in use",
        BackOutReason.MappingGoneBeforeUnmap => "the mapping went away before the page was unmapped",
        BackOutReason.ReferencesBeforeUnmap => "page_count is not mapcount + 2: others hold it; entries untouched",
        BackOutReason.StillMapped => "entries remain: VM_LOCKED, or not found",
        BackOutReason.ReferencesRemain => "page_count is not 2 under tree_lock: others hold it; entries gone",
        BackOutReason.SlotChanged => "the tree's slot holds another page",
        BackOutReason.MappingGone => "the mapping went away under tree_lock",
        BackOutReason.SwappedOut => "swap_page took it out of its tree",
        BackOutReason.SwapPageStillMapped => "swap_page: still mapped after try_to_unmap",
        BackOutReason.SwapPageNotFreeable => "swap_page: dirty, and pageout keeps a page that others hold",
        BackOutReason.SwapPageDirtyNoMapping => "swap_page: dirty, without mapping, buffers in use",
        BackOutReason.SwapPageNoWritepage => "swap_page: dirty, and its mapping has no writepage",
        BackOutReason.SwapPageActivate => "swap_page: writepage answered AOP_WRITEPAGE_ACTIVATE",
        BackOutReason.SwapPageSuccess => "swap_page: writepage took it; clean for the next pass",
        BackOutReason.SwapPageBuffersBusy => "swap_page: its buffers are in use",
        BackOutReason.SwapPageBuffersDropped => "swap_page: its buffers were the last reference; freed in the next pass",
        BackOutReason.SwapPageNoMapping => "swap_page: no mapping to remove it from",
        BackOutReason.SwapPageReferencesRemain => "swap_page: page_count is not 2: others hold it",
        BackOutReason.MigratepageFails => "its mapping's pages must not move: fail_migrate_page (-EIO)",
        BackOutReason.BufferMigrateNoMapping => "buffer_migrate_page: no mapping",
        BackOutReason.VmLocked => "a VM_LOCKED VMA maps it: try_to_unmap failed (-EPERM)",
        BackOutReason.VmLockedBeforeWriting => "a VM_LOCKED VMA maps it, before it could be written (-EPERM)",
        BackOutReason.StillMappedBeforeWriting => "entries remain, before it could be written",
        BackOutReason.SwapPageDirty => "swap_page: dirty again when it was to be removed",
        _ => $"{reason}",
    };

    /// <summary>What a blocked task waits for.</summary>
    /// <param name="kind">What.</param>
    /// <param name="number">Which one.</param>
    /// <returns>A noun phrase.</returns>
    public static string Of(WaitKind kind, int number) => kind switch
    {
        WaitKind.PageLock => $"the lock of page {number}",
        WaitKind.Writeback => $"the end of writeback of page {number}",
        WaitKind.TreeLock => $"the tree_lock of {new MappingId(number)}",
        WaitKind.ImmapLock => $"the i_mmap_lock of {new MappingId(number)}",
        WaitKind.PrivateLock => $"the private_lock of {new MappingId(number)}",
        WaitKind.AnonVmaLock => $"the lock of anon_vma {number}",
        WaitKind.PageTableLock => $"the page_table_lock of process {number}",
        WaitKind.MmapSem => $"the mmap_sem of process {number}",
        WaitKind.SwapLock => "the swap_lock",
        WaitKind.MmlistLock => "the mmlist_lock",
        WaitKind.LruLock => $"the lru_lock of zone {number}",
        WaitKind.BufferLock => $"the lock of buffer {number}",
        _ => "nothing",
    };

    /// <summary>When something that others hold ends.</summary>
    /// <param name="until">A pass, or a value of <see cref="Until"/>.</param>
    /// <returns>A few words.</returns>
    public static string OfUntil(int until) => until switch
    {
        Until.Waited => "until somebody waits for it",
        Until.Never => "for ever",
        _ => $"until pass {until}",
    };

    private static string NameOf(PolicyStep step) => step switch
    {
        PolicyStep.CheckArguments => "check arguments and permissions",
        PolicyStep.TakeMmapSem => "take mmap_sem",
        PolicyStep.ChooseNodes => "choose the nodes",
        PolicyStep.DrainPagevecs => "drain the pagevecs of a CPU",
        PolicyStep.CheckEntry => "check_range: look at an entry",
        PolicyStep.AllocateNewPage => "allocate a new page",
        PolicyStep.PutBackFailed => "give back what failed",
        PolicyStep.PutBackMoved => "give back what moved",
        PolicyStep.FreeNewPage => "free a new page that is left over",
        PolicyStep.SpliceFailed => "splice failed to pagelist",
        PolicyStep.PutBackRest => "give back what stayed",
        PolicyStep.ReleaseMmapSem => "drop mmap_sem",
        PolicyStep.Finished => "the call returns",
        _ => $"{step}",
    };

    private static string NameOf(MigrationStep step) => step switch
    {
        MigrationStep.LockPage => "lock the page",
        MigrationStep.WaitOnWriteback => "wait for writeback",
        MigrationStep.AddToSwap => "get a swap slot",
        MigrationStep.PrepareNewPage => "take and lock the new page",
        MigrationStep.TryToUnmap => "try_to_unmap",
        MigrationStep.TakeTreeLock => "take tree_lock",
        MigrationStep.CheckCount => "check page_count",
        MigrationStep.CheckSlot => "check the tree's slot",
        MigrationStep.CheckMapping => "check page_mapping",
        MigrationStep.EstablishNewPage => "establish the new page",
        MigrationStep.SwitchSlot => "switch the tree's slot",
        MigrationStep.DropTreeReference => "drop the tree's reference",
        MigrationStep.DropTreeLock => "drop tree_lock",
        MigrationStep.CopyContents => "copy the contents",
        MigrationStep.CopyFlags => "copy the flags",
        MigrationStep.ClearOldPage => "clear the old page",
        MigrationStep.EndNewPageWriteback => "end writeback of the new page",
        MigrationStep.RemoveFromSwap => "remove from swap (no code at v9)",
        MigrationStep.DropLocks => "drop the page locks",
        MigrationStep.MoveToLru => "move the new page to the LRU",
        MigrationStep.Begin => "enter migrate_pages",
        MigrationStep.BeginPass => "begin a pass",
        MigrationStep.ChoosePage => "choose the page",
        MigrationStep.AddToSwapCache => "add to the swap cache (second half of 3)",
        MigrationStep.SwapInstead => "swap_page instead",
        MigrationStep.CheckPageMapping => "check page_mapping (before 5)",
        MigrationStep.Pageout => "pageout (before 5)",
        MigrationStep.Writepage => "writepage",
        MigrationStep.HandleWriteError => "handle_write_error",
        MigrationStep.ReleaseBuffers => "release buffers (before 5)",
        MigrationStep.CheckReferences => "check the references (before 5)",
        MigrationStep.CheckUnmapped => "check the mapcount (after 5)",
        MigrationStep.TransferDirty => "transfer PG_dirty (second half of 15)",
        MigrationStep.SwapFallback => "fall back to swap_page",
        MigrationStep.SwapPageUnmap => "swap_page: try_to_unmap",
        MigrationStep.SwapPagePageout => "swap_page: pageout",
        MigrationStep.SwapPageReleaseBuffers => "swap_page: release buffers",
        MigrationStep.SwapPageRemoveMapping => "swap_page: remove_mapping",
        MigrationStep.FinishPage => "done with the page",
        MigrationStep.FinishPass => "end of the pass",
        MigrationStep.RestoreEntries => "restore the entries (of 18)",
        MigrationStep.DeleteFromSwapCache => "delete from the swap cache (end of 18)",
        MigrationStep.Migratepage => "call a_ops->migratepage (before 5)",
        MigrationStep.LockBuffers => "buffer_migrate_page: lock the buffers",
        MigrationStep.MoveBuffers => "buffer_migrate_page: move the ring",
        MigrationStep.SetBufferPages => "buffer_migrate_page: set the buffers' page",
        MigrationStep.SetPagePrivate => "buffer_migrate_page: set PG_private",
        MigrationStep.UnlockBuffers => "buffer_migrate_page: unlock the buffers",
        MigrationStep.UnmapBeforeWriting => "try_to_unmap, before writing (before 5)",
        MigrationStep.CheckUnmappedBeforeWriting => "check the mapcount, before writing (before 5)",
        MigrationStep.Finished => "return",
        MigrationStep.None => "",
        _ => $"{step}",
    };
}
