namespace MigrationConformance.Core;

/// <summary>PG_writeback and the WRITEBACK tag.</summary>
/// <remarks>Kernel: mm/page-writeback.c, mm/filemap.c. The caller has seen that the mapping's tree_lock is free.</remarks>
public static class Writeback
{
    /// <summary>test_set_page_writeback(): also brings the DIRTY tag back in step with PG_dirty.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="page">The page.</param>
    /// <returns>Whether PG_writeback was set before.</returns>
    public static bool TestSetPageWriteback(Machine m, Pfn page)
    {
        ref Page p = ref m.Pages[page.Value];
        MappingId mapping = p.PageMapping;
        bool old = p.TestSet(PageFlags.Writeback);
        if (!old)
            m.Globals.NrWriteback++;
        if (mapping.IsNone)
            return old;
        ref RadixRoot tree = ref m.Mappings[mapping.Value].PageTree;
        if (!old)
            RadixTree.TagSet(m, ref tree, p.PageIndex, PagecacheTag.Writeback);
        if (!p.Has(PageFlags.Dirty))
            RadixTree.TagClear(m, ref tree, p.PageIndex, PagecacheTag.Dirty);
        return old;
    }

    /// <summary>test_clear_page_writeback().</summary>
    /// <param name="m">The machine.</param>
    /// <param name="page">The page.</param>
    /// <returns>Whether PG_writeback was set before.</returns>
    public static bool TestClearPageWriteback(Machine m, Pfn page)
    {
        ref Page p = ref m.Pages[page.Value];
        if (!p.TestClear(PageFlags.Writeback))
            return false;
        m.Globals.NrWriteback--;
        MappingId mapping = p.PageMapping;
        if (!mapping.IsNone)
            RadixTree.TagClear(m, ref m.Mappings[mapping.Value].PageTree, p.PageIndex, PagecacheTag.Writeback);
        return true;
    }

    /// <summary>end_page_writeback(): rotates a page that has PG_reclaim, clears PG_writeback, wakes who waits.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="page">The page.</param>
    /// <exception cref="KernelBugException">PG_writeback is not set.</exception>
    public static void EndPageWriteback(Machine m, Pfn page)
    {
        bool reclaim = m.Pages[page.Value].TestClear(PageFlags.Reclaim);
        if (reclaim && Lru.RotateReclaimablePage(m, page) == 0)
            return;
        if (!TestClearPageWriteback(m, page))
            KernelBugException.Throw(BugCheck.EndPageWritebackNotSet, page);
    }
}
