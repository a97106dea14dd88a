namespace MigrationConformance.Core;

/// <summary>What the tests at the head of pageout decide.</summary>
public enum PageoutStart
{
    /// <summary>PAGE_KEEP: something besides isolation, tree and buffers holds the page.</summary>
    NotFreeable,

    /// <summary>PAGE_KEEP: the page has no mapping, and no buffers that can be freed.</summary>
    NoMapping,

    /// <summary>PAGE_CLEAN: the page had no mapping, and its clean buffers are gone.</summary>
    CleanWithoutMapping,

    /// <summary>PAGE_ACTIVATE: the mapping has no writepage method.</summary>
    NoWritepage,

    /// <summary>PAGE_CLEAN: PG_dirty was not set any more.</summary>
    Clean,

    /// <summary>PG_dirty is cleared: writepage is to be called.</summary>
    Write,
}

/// <summary>pageout: writes a dirty page out. The task calls its parts one after the other, a step each.</summary>
/// <remarks>
/// Kernel: mm/vmscan.c pageout(), is_page_cache_freeable(). A queue is never congested here: a migration sets
/// PF_SWAPWRITE, with which may_write_to_queue() lets everything pass.
/// </remarks>
public static class Pageout
{
    /// <summary>is_page_cache_freeable(): only isolation and tree hold the page, buffers aside. A mapped page is not.</summary>
    /// <param name="p">The page.</param>
    /// <returns>page_count − (PG_private ? 1 : 0) == 2.</returns>
    /// <remarks>Kernel: mm/vmscan.c is_page_cache_freeable().</remarks>
    public static bool IsPageCacheFreeable(in Page p) => p.Count - (p.Has(PageFlags.Private) ? 1 : 0) == 2;

    /// <summary>pageout() up to the call of writepage.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="page">A locked page.</param>
    /// <param name="mapping">Its mapping, or none.</param>
    /// <returns>What is decided; only <see cref="PageoutStart.Write"/> goes on.</returns>
    public static PageoutStart Start(Machine m, Pfn page, MappingId mapping)
    {
        ref Page p = ref m.Pages[page.Value];
        if (!IsPageCacheFreeable(p))
            return PageoutStart.NotFreeable;
        if (mapping.IsNone)
        {
            if (!p.Has(PageFlags.Private) || !Buffers.TryToFreeBuffers(m, page))
                return PageoutStart.NoMapping;
            p.Clear(PageFlags.Dirty);
            return PageoutStart.CleanWithoutMapping;
        }
        ref AddressSpace space = ref m.Mappings[mapping.Value];
        if (space.Kind == MappingKind.Regular && space.Writepage == WritepageMode.Absent)
            return PageoutStart.NoWritepage;
        return Dirty.ClearPageDirtyForIo(m, page) ? PageoutStart.Write : PageoutStart.Clean;
    }

    /// <summary>Whether the call of writepage would wait for a lock.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="t">The task, with its page; it is marked as waiting.</param>
    /// <param name="self">The task's number + 1.</param>
    /// <param name="mapping">The page's mapping.</param>
    /// <returns>True when it would.</returns>
    public static bool WritepageWaits(Machine m, ref KernelTask t, int self, MappingId mapping) => m.Mappings[mapping.Value].Kind switch
    {
        MappingKind.Swapper => SwapWritepage.Waits(m, ref t, self),
        MappingKind.Tmpfs => Shmem.WritepageWaits(m, ref t, self, mapping),
        _ => FileWritepage.Waits(m, ref t, self, mapping),
    };

    /// <summary>PG_reclaim is set, and the mapping's writepage method called.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="page">A locked page whose PG_dirty was cleared.</param>
    /// <param name="mapping">Its mapping.</param>
    /// <returns>0 (the page is unlocked), a negative error (unlocked), or AOP_WRITEPAGE_ACTIVATE (locked).</returns>
    public static int Writepage(Machine m, Pfn page, MappingId mapping)
    {
        m.Pages[page.Value].Set(PageFlags.Reclaim);
        return m.Mappings[mapping.Value].Kind switch
        {
            MappingKind.Swapper => SwapWritepage.Writepage(m, page),
            MappingKind.Tmpfs => Shmem.Writepage(m, page),
            _ => FileWritepage.Writepage(m, page, mapping),
        };
    }

    /// <summary>What pageout does after writepage returned: PG_reclaim goes unless the write is still under way.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="page">The page.</param>
    /// <param name="result">What writepage returned, errors handled already.</param>
    /// <returns>True for PAGE_ACTIVATE (the page is still locked), false for PAGE_SUCCESS (it is unlocked).</returns>
    public static bool AfterWritepage(Machine m, Pfn page, int result)
    {
        ref Page p = ref m.Pages[page.Value];
        if (result == FileWritepage.AopWritepageActivate)
        {
            p.Clear(PageFlags.Reclaim);
            return true;
        }
        if (!p.Has(PageFlags.Writeback))
            p.Clear(PageFlags.Reclaim);
        return false;
    }

    /// <summary>handle_write_error(): locks the page again to record the error in its mapping, if it is still the same.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="page">The page, unlocked by writepage.</param>
    /// <param name="mapping">The mapping it had.</param>
    /// <param name="error">What writepage returned, negative.</param>
    /// <returns>False when somebody else holds the page lock, and the caller must wait.</returns>
    /// <remarks>Kernel: mm/vmscan.c handle_write_error(). The engine's writepage methods never answer −ENOSPC.</remarks>
    public static bool HandleWriteError(Machine m, Pfn page, MappingId mapping, int error)
    {
        if (!PageLock.LockPage(m, page))
            return false;
        if (m.Pages[page.Value].PageMapping == mapping)
            m.Mappings[mapping.Value].Flags |= error == -Errno.ENOSPC ? MappingFlags.AsEnospc : MappingFlags.AsEio;
        PageLock.UnlockPage(m, page);
        return true;
    }

    /// <summary>remove_mapping(): takes a page that nobody else uses out of its tree. The caller keeps the only reference.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="mapping">The page's mapping, or none.</param>
    /// <param name="page">A locked page.</param>
    /// <returns>None when it did; else why not.</returns>
    /// <remarks>Kernel: mm/vmscan.c remove_mapping(). Locks: tree_lock, then swap_lock.</remarks>
    public static BackOutReason RemoveMapping(Machine m, MappingId mapping, Pfn page)
    {
        ref Page p = ref m.Pages[page.Value];
        if (mapping.IsNone)
            return BackOutReason.SwapPageNoMapping;
        if (p.Count != 2)
            return BackOutReason.SwapPageReferencesRemain;
        if (p.Has(PageFlags.Dirty))
            return BackOutReason.SwapPageDirty;
        if (p.Has(PageFlags.SwapCache))
        {
            SwpEntry entry = p.SwapEntry;
            SwapState.DeleteFromSwapCacheLocked(m, page);
            SwapFile.SwapFree(m, entry);
        }
        else
            Filemap.RemoveFromPageCacheLocked(m, page);
        PageRefs.PutPageNoFree(m, page);
        return BackOutReason.None;
    }

    /// <summary>Whether remove_mapping() would wait: for tree_lock, and for swap_lock once a swap cache page can go.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="t">The task, with its page and mapping; it is marked as waiting.</param>
    /// <param name="self">The task's number + 1.</param>
    /// <returns>True when it would.</returns>
    public static bool RemoveMappingWaits(Machine m, ref KernelTask t, int self)
    {
        ref Page p = ref m.Pages[t.Page.Value];
        if (t.Mapping.IsNone)
            return false;
        return Locks.WaitsForTree(m, ref t, self, t.Mapping)
            || (p.Has(PageFlags.SwapCache) && p.Count == 2 && !p.Has(PageFlags.Dirty) && Locks.WaitsForSwap(m, ref t, self));
    }
}
