namespace MigrationConformance.Properties.Naive;

/// <summary>PG_writeback, and writes in flight.</summary>
internal sealed partial class Kernel
{
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
            OfMigration = true,
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
}
