namespace MigrationConformance.Properties.Naive;

/// <summary>PG_dirty with its tag and its accounting.</summary>
internal sealed partial class Kernel
{
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
}
