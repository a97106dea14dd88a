namespace MigrationConformance.Properties.Naive;

/// <summary>The page cache: mappings, dirty and writeback accounting, writing, buffers.</summary>
internal sealed partial class Kernel
{
    private Mapping? PageMapping(Page page) => page.Has(Flag.SwapCache) ? _world.Swapper : page.Owner as Mapping;

    private static ulong PageIndex(Page page) => page.Has(Flag.SwapCache) ? page.Private : page.Index;

    private static bool IsPageCacheFreeable(Page page) => page.Count - (page.Has(Flag.Private) ? 1 : 0) == 2;

    private static void TagDirty(Mapping mapping, Page page)
    {
        BugIf(mapping.TaggingHitsEmptySlot(PageIndex(page)), "RadixTreeTagSetEmptySlot", "radix_tree_tag_set", page);
        if (mapping.Tree.ContainsKey(PageIndex(page)))
        {
            mapping.DirtyTag.Add(PageIndex(page));
        }
    }

    private void SetPageDirty(Page page)
    {
        Mapping? mapping = PageMapping(page);
        if (mapping is null)
        {
            page.Set(Flag.Dirty);
        }
        else if (mapping.SetPageDirtyWithBuffers)
        {
            SetPageDirtyBuffers(page, mapping);
        }
        else
        {
            SetPageDirtyNobuffers(page, mapping);
        }
    }

    private void SetPageDirtyNobuffers(Page page, Mapping mapping)
    {
        if (page.TestAndSet(Flag.Dirty))
        {
            return;
        }

        NeedTree(mapping);
        CountDirty(mapping);
        TagDirty(mapping, page);
        if (!mapping.IsSwapper)
        {
            mapping.InodeDirty = true;
        }
    }

    private void SetPageDirtyBuffers(Page page, Mapping mapping)
    {
        Need("private", mapping.Number);
        if (page.Has(Flag.Private))
        {
            foreach (Buffer buffer in page.Buffers ?? [])
            {
                buffer.Dirty = true;
            }
        }

        if (page.TestAndSet(Flag.Dirty))
        {
            return;
        }

        NeedTree(mapping);
        if (page.Owner is not null)
        {
            CountDirty(mapping);
            TagDirty(mapping, page);
        }

        mapping.InodeDirty = true;
    }

    private void CountDirty(Mapping mapping) => _world.NrDirty += mapping.AccountsDirty ? 1 : 0;

    private void UncountDirty(Mapping mapping) => _world.NrDirty -= mapping.AccountsDirty ? 1 : 0;

    /// <summary>Clears PG_dirty and leaves the tag to what comes next.</summary>
    private bool ClearPageDirtyForIo(Page page)
    {
        if (!page.TestAndClear(Flag.Dirty))
        {
            return false;
        }

        if (PageMapping(page) is { } mapping)
        {
            UncountDirty(mapping);
        }

        return true;
    }

    /// <summary>Clears PG_dirty together with the tag.</summary>
    private void ClearPageDirty(Page page)
    {
        if (PageMapping(page) is not { } mapping)
        {
            page.Clear(Flag.Dirty);
            return;
        }

        NeedTree(mapping);
        if (page.TestAndClear(Flag.Dirty))
        {
            mapping.DirtyTag.Remove(PageIndex(page));
            UncountDirty(mapping);
        }
    }

    private void SetPageWriteback(Page page)
    {
        Mapping? mapping = PageMapping(page);
        if (mapping is not null)
        {
            NeedTree(mapping);
        }

        bool was = page.TestAndSet(Flag.Writeback);
        if (mapping is null)
        {
            return;
        }

        ulong index = PageIndex(page);
        if (!was)
        {
            BugIf(mapping.TaggingHitsEmptySlot(index), "RadixTreeTagSetEmptySlot", "radix_tree_tag_set", page);
            if (mapping.Tree.ContainsKey(index))
            {
                mapping.WritebackTag.Add(index);
            }
        }

        if (!page.Has(Flag.Dirty))
        {
            mapping.DirtyTag.Remove(index);
        }
    }

    private void EndPageWriteback(Page page)
    {
        if (page.TestAndClear(Flag.Reclaim))
        {
            RotateReclaimablePage(page);
        }

        // Rotating would clear the bit itself, under another lock; the outcome is the same.
        BugIf(!page.TestAndClear(Flag.Writeback), "EndPageWritebackNotSet", "end_page_writeback", page);
        if (PageMapping(page) is { } mapping)
        {
            NeedTree(mapping);
            mapping.WritebackTag.Remove(PageIndex(page));
        }
    }

    /// <summary>Hands the contents that the page has now to the device.</summary>
    private void Submit(Page page, Mapping target, bool fails, IEnumerable<Buffer> buffers)
    {
        SetPageWriteback(page);
        page.Write = new Write
        {
            Until = target.Completes,
            Fails = fails,
            Contents = page.Contents,
            Target = target,
            Index = PageIndex(page),
        };
        page.Write.Buffers.AddRange(buffers);
    }

    /// <summary>A write completes.</summary>
    private void EndWrite(Page page)
    {
        Write write = page.Write!;
        page.Write = null;
        if (write.Fails)
        {
            page.Set(Flag.Error);
        }
        else if (write.Target is { } target)
        {
            Store(target, write.Index, write.Contents);
        }

        foreach (Buffer buffer in write.Buffers)
        {
            buffer.LockedByWrite = false;
        }

        EndPageWriteback(page);
    }

    private void Store(Mapping target, ulong index, ulong contents)
    {
        if (target.IsSwapper)
        {
            _world.Slots[(int)index].Contents = contents;
        }
        else
        {
            target.Blocks[index] = contents;
        }
    }

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

    private void RemoveFromPageCache(Page page)
    {
        BugIf(!page.Has(Flag.Locked), "RemoveFromPageCachePageNotLocked", "remove_from_page_cache", page);
        var mapping = (Mapping)page.Owner!;
        NeedTree(mapping);
        mapping.Delete(page.Index);
        page.Owner = null;
    }

    private bool TryToReleasePage(Page page)
    {
        BugIf(!page.Has(Flag.Locked), "TryToReleasePageNotLocked", "try_to_release_page", page);
        if (page.Has(Flag.Writeback))
        {
            return false;
        }

        return page.Owner is Mapping { Releasepage: ReleasepageMethod.Refuses } ? false : TryToFreeBuffers(page);
    }

    private bool TryToFreeBuffers(Page page)
    {
        BugIf(!page.Has(Flag.Locked), "TryToFreeBuffersPageNotLocked", "try_to_free_buffers", page);
        if (page.Has(Flag.Writeback))
        {
            return false;
        }

        if (page.Owner is not Mapping mapping)
        {
            return DropBuffers(page, null);
        }

        Need("private", mapping.Number);
        if (!DropBuffers(page, mapping))
        {
            return false;
        }

        ClearPageDirty(page);
        return true;
    }

    private bool DropBuffers(Page page, Mapping? mapping)
    {
        BugIf(page.Buffers is null, "PageBuffersBadPointer", "page_buffers", page);
        foreach (Buffer buffer in page.Buffers!)
        {
            if (buffer.WriteEio && mapping is not null)
            {
                mapping.Eio = true;
            }

            if (buffer.Busy)
            {
                return false;
            }
        }

        page.Buffers = null;
        page.Clear(Flag.Private);
        page.Private = 0;
        PutPage(page);
        return true;
    }
}
