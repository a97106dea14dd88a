namespace MigrationConformance.Core;

/// <summary>shmem_getpage where the file's page is not in its tree: from swap, or a page of zeroes.</summary>
/// <remarks>
/// Kernel: mm/shmem.c shmem_getpage(), shmem_swapin(), move_from_swap_cache(), in mm/swap_state.c. Deviation: the inode's info->lock
/// is left out, so that two faults can come between each other's steps where it would keep them apart; the vector is therefore
/// compared once more before it changes. Nothing is read ahead. A fault without memory for the tree gives up, where the kernel
/// waits for some and repeats.
/// </remarks>
internal static class ShmemFaults
{
    /// <summary>The swap vector, and the swap cache.</summary>
    public static int Lookup(Machine m, ref KernelTask t, int self)
    {
        MappingId file = m.Vmas[t.Vma.Value].File;
        t.Entry = Shmem.SwapEntryAt(m, file, FileFaults.Index(m, t));
        if (t.Entry.IsNone)
            return (int)FaultStep.FileLookup;
        if (Locks.WaitsForTree(m, ref t, self, MappingId.Swapper))
            return Actor.Blocked;
        return Actor.Lookup(m, ref t, MappingId.Swapper, t.Entry.Value) ? (int)FaultStep.ShmemTryLock : (int)FaultStep.ShmemRead;
    }

    /// <summary>shmem_swapin: reads the slot into the swap cache, and looks again.</summary>
    public static int Read(Machine m, ref KernelTask t, int self)
    {
        if (Actor.SwapWaits(m, ref t, self))
            return Actor.Blocked;
        MappingId file = m.Vmas[t.Vma.Value].File;
        if (RadixTree.Lookup(m, m.Mappings[MappingId.Swapper.Value].PageTree, t.Entry.Value) >= 0)
            return (int)FaultStep.FileLookup;
        if (SwapFaults.ReadSwapCacheAsync(m, ref t) == 0)
            return (int)FaultStep.ShmemReadEnds;
        // Without a page there is no memory, unless the vector has another entry now, or none.
        return Shmem.SwapEntryAt(m, file, FileFaults.Index(m, t)) == t.Entry ? Faults.End(m, ref t) : (int)FaultStep.FileLookup;
    }

    public static int ReadEnds(Machine m, ref KernelTask t)
    {
        SwapFaults.ReadEnds(m, ref t, 0);
        Actor.Put(m, ref t);
        return (int)FaultStep.FileLookup;
    }

    /// <summary>The swap cache page is only tried: info->lock is held. Then 1/5: is it still in the swap cache?</summary>
    public static int TryLock(Machine m, ref KernelTask t)
    {
        if (!Actor.TryLock(m, ref t))
            return (int)FaultStep.ShmemWaitLock;
        ref Page p = ref m.Pages[t.Page.Value];
        if (PatchSet.ChecksSwapCacheAgain(m) && !p.Has(PageFlags.SwapCache))
        {
            Actor.UnlockAndPut(m, ref t);
            return (int)FaultStep.FileLookup;
        }
        if (p.Has(PageFlags.Writeback))
            return (int)FaultStep.ShmemWaitWriteback;
        if (p.Has(PageFlags.Uptodate))
            return (int)FaultStep.ShmemMove;
        Actor.UnlockAndPut(m, ref t);
        return Faults.End(m, ref t);
    }

    /// <summary>wait_on_page_locked.</summary>
    public static int WaitLock(Machine m, ref KernelTask t)
    {
        if (Actor.UnlockWaits(m, ref t))
            return Actor.Blocked;
        Actor.Put(m, ref t);
        return (int)FaultStep.FileLookup;
    }

    public static int WaitWriteback(Machine m, ref KernelTask t, int self)
    {
        if (Actor.WritebackWaits(m, ref t, self))
            return Actor.Blocked;
        Actor.UnlockAndPut(m, ref t);
        return (int)FaultStep.FileLookup;
    }

    /// <summary>The page goes back to the file's tree; the vector forgets its slot.</summary>
    public static int Move(Machine m, ref KernelTask t, int self)
    {
        MappingId file = m.Vmas[t.Vma.Value].File;
        if (Actor.SwapWaits(m, ref t, self) || Locks.WaitsForTree(m, ref t, self, file))
            return Actor.Blocked;
        int error = Shmem.SwapEntryAt(m, file, FileFaults.Index(m, t)) == t.Entry ? Shmem.MoveFromSwapCache(m, t.Page, file, new Pgoff(FileFaults.Index(m, t)), t.Entry) : -Errno.EEXIST;
        if (error == 0)
        {
            SwapFile.SwapFree(m, t.Entry);
            Actor.Unlock(m, ref t);
            return FileFaults.HavePage(m, ref t);
        }
        Actor.UnlockAndPut(m, ref t);
        return error == -Errno.ENOMEM ? Faults.End(m, ref t) : (int)FaultStep.FileLookup;
    }

    /// <summary>A hole: a page of zeroes enters the tree, uptodate and clean.</summary>
    public static int Zero(Machine m, ref KernelTask t)
    {
        m.Pages[t.Page.Value].Contents = 0;
        m.Pages[t.Page.Value].Set(PageFlags.Uptodate);
        Actor.Unlock(m, ref t);
        return FileFaults.HavePage(m, ref t);
    }
}
