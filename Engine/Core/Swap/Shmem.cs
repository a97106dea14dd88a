namespace MigrationConformance.Core;

/// <summary>tmpfs: its pages go to the swap cache, and its swap vectors remember where.</summary>
/// <remarks>Kernel: mm/shmem.c.</remarks>
public static class Shmem
{
    /// <summary>shmem_writepage(): moves the page from the file's tree to the swap cache. Its mapping is NULL afterwards, its index stays.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="page">A locked, unmapped page of a tmpfs file whose PG_dirty was just cleared.</param>
    /// <returns>0, the page unlocked; AOP_WRITEPAGE_ACTIVATE, the page dirty and locked, when the segment is locked or swap has no room.</returns>
    /// <exception cref="KernelBugException">The page is not locked, or is mapped, or has PG_private.</exception>
    /// <remarks>Kernel: mm/shmem.c shmem_writepage(). Locks: swap_lock, both tree_locks.</remarks>
    public static int Writepage(Machine m, Pfn page)
    {
        ref Page p = ref m.Pages[page.Value];
        if (!p.Has(PageFlags.Locked))
            KernelBugException.Throw(BugCheck.ShmemWritepagePageNotLocked, page);
        if (p.IsMapped)
            KernelBugException.Throw(BugCheck.ShmemWritepagePageMapped, page);
        MappingId file = p.Mapping.Mapping;
        ref AddressSpace space = ref m.Mappings[file.Value];
        SwpEntry entry = space.Has(MappingFlags.SegmentLocked) ? default : SwapFile.GetSwapPage(m);
        if (entry.IsNone || !MoveToSwapCache(m, page, entry))
        {
            Dirty.SetPageDirty(m, page);
            return FileWritepage.AopWritepageActivate;
        }
        Remember(m, file, p.Index, entry);
        space.Flags |= MappingFlags.OnShmemSwaplist;
        PageLock.UnlockPage(m, page);
        return 0;
    }

    /// <summary>Whether the method would wait for a lock.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="t">The task, with its page; it is marked as waiting.</param>
    /// <param name="self">The task's number + 1.</param>
    /// <param name="file">The page's file.</param>
    /// <returns>True when it would.</returns>
    public static bool WritepageWaits(Machine m, ref KernelTask t, int self, MappingId file)
    {
        if (m.Mappings[file.Value].Has(MappingFlags.SegmentLocked))
            return Locks.WaitsForSetPageDirty(m, ref t, self, t.Page);
        if (Locks.WaitsForSwap(m, ref t, self))
            return true;
        // Without a slot, or memory for the tree, the page only becomes dirty again.
        return m.Swap.NrSwapPages <= 0 || m.Swap.WriteOk == 0 || m.Swap.RadixPreloadFails != 0
            ? Locks.WaitsForSetPageDirty(m, ref t, self, t.Page)
            : Locks.WaitsForTree(m, ref t, self, MappingId.Swapper) || Locks.WaitsForTree(m, ref t, self, file);
    }

    /// <summary>move_to_swap_cache(): into one tree, out of the other, one user more of the slot for the swap vector.</summary>
    /// <returns>False when there was no memory; the slot is free again then.</returns>
    private static bool MoveToSwapCache(Machine m, Pfn page, SwpEntry entry)
    {
        if (SwapState.AddToSwapCacheLocked(m, page, entry) != 0)
        {
            SwapFile.SwapFree(m, entry);
            return false;
        }
        Filemap.RemoveFromPageCache(m, page);
        PageRefs.PutPage(m, page);
        SwapFile.SwapDuplicate(m, entry);
        m.Pages[page.Value].Set(PageFlags.Dirty);
        return true;
    }

    /// <summary>shmem_swp_entry(): where a page of a file lives in swap.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="file">The file.</param>
    /// <param name="index">Offset in the file.</param>
    /// <returns>Its entry, or none.</returns>
    public static SwpEntry SwapEntryAt(Machine m, MappingId file, ulong index)
    {
        foreach (ref ShmemSwapEntry row in m.ShmemSwap.Rows)
        {
            if (row.Mapping == file.Value && row.Index == index)
                return row.Entry;
        }
        return default;
    }

    /// <summary>move_from_swap_cache(): out of the swap cache, into the file's tree, dirty; the swap vector forgets the entry, whose user is the caller's to drop.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="page">A locked page of the swap cache.</param>
    /// <param name="file">The file.</param>
    /// <param name="index">Offset in the file.</param>
    /// <param name="entry">The page's entry.</param>
    /// <returns>0; −EEXIST when the file has a page there; −ENOMEM.</returns>
    /// <exception cref="KernelBugException">The page is not in the swap cache.</exception>
    /// <remarks>Kernel: mm/swap_state.c move_from_swap_cache(). Locks: both tree_locks, swap_lock.</remarks>
    public static int MoveFromSwapCache(Machine m, Pfn page, MappingId file, Pgoff index, SwpEntry entry)
    {
        int error = Filemap.AddToPageCache(m, page, file, index);
        if (error != 0)
            return error;
        SwapState.DeleteFromSwapCache(m, page);
        m.Pages[page.Value].Clear(PageFlags.Dirty);
        Dirty.SetPageDirty(m, page);
        Forget(m, file, index.Value, entry);
        return 0;
    }

    /// <summary>shmem_swp_set() with nothing: the swap vector forgets an entry.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="file">The file.</param>
    /// <param name="index">Offset in the file.</param>
    /// <param name="entry">The entry.</param>
    public static void Forget(Machine m, MappingId file, ulong index, SwpEntry entry)
    {
        for (int row = 0; row < m.ShmemSwap.Count; row++)
        {
            if (m.ShmemSwap[row].Mapping != file.Value || m.ShmemSwap[row].Index != index || m.ShmemSwap[row].Entry != entry)
                continue;
            m.ShmemSwap.Rows[(row + 1)..].CopyTo(m.ShmemSwap.Rows[row..]);
            m.ShmemSwap.Count--;
            return;
        }
    }

    private static void Remember(Machine m, MappingId file, Pgoff index, SwpEntry entry)
    {
        int row = 0;
        while (row < m.ShmemSwap.Count && Before(m.ShmemSwap[row], file, index))
            row++;
        m.ShmemSwap.AddZeroed(1);
        m.ShmemSwap.Rows[row..^1].CopyTo(m.ShmemSwap.Rows[(row + 1)..]);
        m.ShmemSwap[row] = new ShmemSwapEntry { Mapping = file.Value, Index = index.Value, Entry = entry };
    }

    private static bool Before(in ShmemSwapEntry row, MappingId file, Pgoff index) =>
        row.Mapping != file.Value ? row.Mapping < file.Value : row.Index < index.Value;
}
