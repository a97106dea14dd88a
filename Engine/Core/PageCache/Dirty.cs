namespace MigrationConformance.Core;

/// <summary>PG_dirty, the DIRTY tag, nr_dirty and the inode's dirty mark.</summary>
/// <remarks>Kernel: mm/page-writeback.c, fs/buffer.c. The caller has seen that the locks a function takes are free: <see cref="Locks"/>.</remarks>
public static class Dirty
{
    /// <summary>set_page_dirty(): through the mapping's method; a page without mapping only gets the bit.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="page">The page.</param>
    /// <remarks>Kernel: mm/page-writeback.c set_page_dirty(). Locks: private_lock or none, then tree_lock.</remarks>
    public static void SetPageDirty(Machine m, Pfn page)
    {
        ref Page p = ref m.Pages[page.Value];
        MappingId mapping = p.PageMapping;
        if (mapping.IsNone)
            p.Set(PageFlags.Dirty);
        else if (m.Mappings[mapping.Value].Has(MappingFlags.SetPageDirtyNobuffers))
            SetPageDirtyNobuffers(m, page);
        else
            SetPageDirtyBuffers(m, page);
    }

    /// <summary>__set_page_dirty_nobuffers(): swapper_space's method, and that of filesystems without buffers.</summary>
    private static void SetPageDirtyNobuffers(Machine m, Pfn page)
    {
        ref Page p = ref m.Pages[page.Value];
        if (!p.TestSet(PageFlags.Dirty))
            AccountDirtied(m, page, p.PageMapping);
    }

    /// <summary>__set_page_dirty_buffers(): every buffer becomes dirty with the page.</summary>
    private static void SetPageDirtyBuffers(Machine m, Pfn page)
    {
        ref Page p = ref m.Pages[page.Value];
        if (p.Has(PageFlags.Private))
        {
            foreach (BhId bh in new BufferRing(m, p))
                m.Buffers[bh.Value].State |= BufferFlags.Dirty;
        }
        if (!p.TestSet(PageFlags.Dirty))
            AccountDirtied(m, page, p.Mapping.Mapping);
    }

    private static void AccountDirtied(Machine m, Pfn page, MappingId mapping)
    {
        ref AddressSpace space = ref m.Mappings[mapping.Value];
        if (space.Has(MappingFlags.AccountsDirty))
            m.Globals.NrDirty++;
        RadixTree.TagSet(m, ref space.PageTree, m.Pages[page.Value].PageIndex, PagecacheTag.Dirty);
        if (space.HasHost)
            space.Flags |= MappingFlags.InodeDirty;
    }

    /// <summary>clear_page_dirty_for_io(): clears PG_dirty and leaves the DIRTY tag to the write that follows.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="page">The page.</param>
    /// <returns>Whether PG_dirty was set.</returns>
    /// <remarks>Kernel: mm/page-writeback.c clear_page_dirty_for_io(). Locks: none.</remarks>
    public static bool ClearPageDirtyForIo(Machine m, Pfn page)
    {
        ref Page p = ref m.Pages[page.Value];
        if (!p.TestClear(PageFlags.Dirty))
            return false;
        MappingId mapping = p.PageMapping;
        if (!mapping.IsNone && m.Mappings[mapping.Value].Has(MappingFlags.AccountsDirty))
            m.Globals.NrDirty--;
        return true;
    }

    /// <summary>test_clear_page_dirty(): clears PG_dirty and the DIRTY tag.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="page">The page.</param>
    /// <returns>Whether PG_dirty was set.</returns>
    /// <remarks>Kernel: mm/page-writeback.c test_clear_page_dirty(). Locks: tree_lock.</remarks>
    public static bool TestClearPageDirty(Machine m, Pfn page)
    {
        if (!ClearPageDirtyForIo(m, page))
            return false;
        ref Page p = ref m.Pages[page.Value];
        MappingId mapping = p.PageMapping;
        if (!mapping.IsNone)
            RadixTree.TagClear(m, ref m.Mappings[mapping.Value].PageTree, p.PageIndex, PagecacheTag.Dirty);
        return true;
    }
}
