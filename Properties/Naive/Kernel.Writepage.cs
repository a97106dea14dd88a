namespace MigrationConformance.Properties.Naive;

/// <summary>The writepage methods of files.</summary>
internal sealed partial class Kernel
{
    private enum WritepageResult
    {
        Ok,
        Activate,
        IoError,
        NoMemory,
    }

    private WritepageResult Writepage(Page page, Mapping mapping)
    {
        switch (mapping.Writepage)
        {
            case WritepageMethod.Swap:
                return SwapWritepage(page);
            case WritepageMethod.Tmpfs:
                return ShmemWritepage(page, mapping);
            case WritepageMethod.Asynchronous or WritepageMethod.AsynchronousFailing:
                {
                    List<Buffer> written = [.. (page.Buffers ?? []).Where(buffer => buffer.Dirty && !buffer.Locked)];
                    foreach (Buffer buffer in written)
                    {
                        buffer.Dirty = false;
                        buffer.LockedByWrite = true;
                    }

                    Submit(page, mapping, mapping.Writepage == WritepageMethod.AsynchronousFailing, written);
                    UnlockPage(page);
                    return WritepageResult.Ok;
                }

            case WritepageMethod.Synchronous:
                foreach (Buffer buffer in (page.Buffers ?? []).Where(buffer => !buffer.Locked))
                {
                    buffer.Dirty = false;
                }

                Store(mapping, page.Index, page.Contents);
                UnlockPage(page);
                return WritepageResult.Ok;
            case WritepageMethod.Failing:
                UnlockPage(page);
                return WritepageResult.IoError;
            case WritepageMethod.Activate:
                SetPageDirty(page);
                return WritepageResult.Activate;
            default:
                throw new InvalidOperationException("a mapping without writepage is never asked to write");
        }
    }

    /// <summary>tmpfs "writes" a page by moving it to the swap cache and noting the slot in the inode.</summary>
    private WritepageResult ShmemWritepage(Page page, Mapping mapping)
    {
        BugIf(!page.Has(Flag.Locked), "ShmemWritepagePageNotLocked", "shmem_writepage", page);
        BugIf(page.IsMapped, "ShmemWritepagePageMapped", "shmem_writepage", page);
        if (!mapping.SegmentLocked && GetSwapPage() is { } slot)
        {
            if (AddToSwapCacheAt(page, slot))
            {
                RemoveFromPageCache(page);
                PutPage(page);
                SwapDuplicate(slot);
                page.Set(Flag.Dirty);
                mapping.Swapped[page.Index] = slot;
                mapping.OnShmemSwaplist = true;
                UnlockPage(page);
                return WritepageResult.Ok;
            }

            SwapFree(slot);
        }

        SetPageDirty(page);
        return WritepageResult.Activate;
    }
}
