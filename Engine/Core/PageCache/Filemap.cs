namespace MigrationConformance.Core;

/// <summary>Adding pages to and removing them from a file's page cache, and looking them up.</summary>
/// <remarks>Kernel: mm/filemap.c. The caller has seen that the mapping's tree_lock is free.</remarks>
public static class Filemap
{
    /// <summary>add_to_page_cache(): the tree takes a reference, and the page is locked.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="page">A page without mapping.</param>
    /// <param name="mapping">The file.</param>
    /// <param name="index">Offset in the file.</param>
    /// <returns>0; −EEXIST when the index is taken; −ENOMEM when radix_tree_preload fails.</returns>
    /// <remarks>Kernel: mm/filemap.c add_to_page_cache(). Locks: tree_lock.</remarks>
    public static int AddToPageCache(Machine m, Pfn page, MappingId mapping, Pgoff index)
    {
        if (m.Swap.RadixPreloadFails != 0)
            return -Errno.ENOMEM;
        ref AddressSpace space = ref m.Mappings[mapping.Value];
        int error = RadixTree.Insert(m, ref space.PageTree, index.Value, page.Value);
        if (error != 0)
            return error;
        PageRefs.GetPage(m, page);
        ref Page p = ref m.Pages[page.Value];
        p.Set(PageFlags.Locked);
        p.Mapping = MappingPtr.File(mapping);
        p.Index = index;
        space.Nrpages++;
        m.Globals.NrPagecache++;
        return 0;
    }

    /// <summary>__remove_from_page_cache(): the page loses its mapping; its reference to the tree is the caller's to drop.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="page">A locked page of a file.</param>
    /// <remarks>Kernel: mm/filemap.c __remove_from_page_cache(). Locks: tree_lock.</remarks>
    public static void RemoveFromPageCacheLocked(Machine m, Pfn page)
    {
        ref Page p = ref m.Pages[page.Value];
        ref AddressSpace space = ref m.Mappings[p.Mapping.Mapping.Value];
        RadixTree.Delete(m, ref space.PageTree, p.Index.Value);
        p.Mapping = MappingPtr.Null;
        space.Nrpages--;
        m.Globals.NrPagecache--;
    }

    /// <summary>remove_from_page_cache().</summary>
    /// <param name="m">The machine.</param>
    /// <param name="page">A locked page of a file.</param>
    /// <exception cref="KernelBugException">The page is not locked.</exception>
    public static void RemoveFromPageCache(Machine m, Pfn page)
    {
        if (!m.Pages[page.Value].Has(PageFlags.Locked))
            KernelBugException.Throw(BugCheck.RemoveFromPageCachePageNotLocked, page);
        RemoveFromPageCacheLocked(m, page);
    }

    /// <summary>find_get_page(): looks a page up and takes a reference.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="mapping">The mapping.</param>
    /// <param name="index">The index in its tree.</param>
    /// <returns>The page, or none.</returns>
    /// <remarks>Kernel: mm/filemap.c find_get_page(). Locks: tree_lock, read side.</remarks>
    public static Pfn FindGetPage(Machine m, MappingId mapping, ulong index)
    {
        int item = RadixTree.Lookup(m, m.Mappings[mapping.Value].PageTree, index);
        if (item < 0)
            return Pfn.None;
        PageRefs.GetPage(m, new Pfn(item));
        return new Pfn(item);
    }
}
