namespace MigrationConformance.Core;

/// <summary>Where a swapoff stands.</summary>
internal enum SwapoffStep
{
    /// <summary>Clears SWP_WRITEOK.</summary>
    ClearWriteOk = 0,

    /// <summary>Chooses the next used slot.</summary>
    ChooseSlot,

    /// <summary>read_swap_cache_async: finds the slot's page or reads it.</summary>
    ReadPage,

    /// <summary>The read completes.</summary>
    ReadEnds,

    /// <summary>wait_on_page_locked.</summary>
    AwaitUnlock,

    /// <summary>wait_on_page_writeback, without the lock.</summary>
    AwaitWriteback,

    /// <summary>lock_page.</summary>
    Lock,

    /// <summary>Is the page still in the swap cache? Then waits for its writeback.</summary>
    Recheck,

    /// <summary>shmem_unuse: the page goes back to the tmpfs file whose vector has the slot.</summary>
    UnuseShmem,

    /// <summary>unuse_pte: replaces one swap entry by the page.</summary>
    UnusePte,

    /// <summary>Waits, with the page unlocked, for an mmap_sem that is held for writing.</summary>
    WaitForMmapSem,

    /// <summary>lock_page once mmap_sem was free; whether the page is in the swap cache is not looked at again.</summary>
    LockAgain,

    /// <summary>Somebody still uses the slot and the page is dirty: swap_writepage.</summary>
    WriteOut,

    /// <summary>lock_page after the write was submitted.</summary>
    Relock,

    /// <summary>wait_on_page_writeback of that write.</summary>
    WaitForWrite,

    /// <summary>Takes the page out of the swap cache.</summary>
    Delete,
}

/// <summary>swapoff: try_to_unuse.</summary>
/// <remarks>
/// Kernel: mm/swapfile.c try_to_unuse(), mm/shmem.c shmem_unuse(). Deviation: one sweep over the slots, where the kernel
/// sweeps until none is used; a slot with users that the machine does not show, one whose count is saturated, and one that
/// cannot be read for lack of memory stay in use. mmap_sem is looked for with each entry and not kept between two of them, an
/// exit is waited for, and nr_swap_pages goes on counting what is free.
/// </remarks>
internal static class Swapoffs
{
    public static int Step(Machine m, ref KernelTask t, int self) => (SwapoffStep)t.Step switch
    {
        SwapoffStep.ClearWriteOk => ClearWriteOk(m, ref t, self),
        SwapoffStep.ChooseSlot => ChooseSlot(m, ref t),
        SwapoffStep.ReadPage => ReadPage(m, ref t, self),
        SwapoffStep.ReadEnds => SwapFaults.ReadEnds(m, ref t, (int)SwapoffStep.AwaitUnlock),
        SwapoffStep.AwaitUnlock => Actor.UnlockWaits(m, ref t) ? Actor.Blocked : (int)SwapoffStep.AwaitWriteback,
        SwapoffStep.AwaitWriteback => Actor.WritebackWaits(m, ref t, self) ? Actor.Blocked : (int)SwapoffStep.Lock,
        SwapoffStep.Lock => Actor.LockWaits(m, ref t) ? Actor.Blocked : (int)SwapoffStep.Recheck,
        SwapoffStep.Recheck => Recheck(m, ref t, self),
        SwapoffStep.UnuseShmem => UnuseShmem(m, ref t, self),
        SwapoffStep.UnusePte => UnusePte(m, ref t, self),
        SwapoffStep.WaitForMmapSem => Locks.Busy(m.Mms[t.Mm.Value].MmapSem, self)
            ? Actor.Wait(ref t, WaitKind.MmapSem, t.Mm.Value) : (int)SwapoffStep.LockAgain,
        SwapoffStep.LockAgain => Actor.LockWaits(m, ref t) ? Actor.Blocked : (int)SwapoffStep.UnusePte,
        SwapoffStep.WriteOut => WriteOut(m, ref t, self),
        SwapoffStep.Relock => Actor.LockWaits(m, ref t) ? Actor.Blocked : (int)SwapoffStep.WaitForWrite,
        SwapoffStep.WaitForWrite => Actor.WritebackWaits(m, ref t, self) ? Actor.Blocked : (int)SwapoffStep.Delete,
        SwapoffStep.Delete => Delete(m, ref t, self),
        _ => throw new EngineFault(m, $"a swapoff stands at step {t.Step}"),
    };

    private static int ClearWriteOk(Machine m, ref KernelTask t, int self)
    {
        if (Locks.WaitsForSwap(m, ref t, self))
            return Actor.Blocked;
        m.Swap.WriteOk = 0;
        t.Entry = default;
        return (int)SwapoffStep.ChooseSlot;
    }

    private static int ChooseSlot(Machine m, ref KernelTask t)
    {
        int slot = (int)t.Entry.Value + 1;
        while (slot < m.SwapMap.Count && (m.SwapMap[slot] == 0 || m.SwapMap[slot] >= SwapArea.MapMax))
            slot++;
        t.Entry = new SwpEntry((ulong)slot);
        t.Retry = 0;
        return slot == m.SwapMap.Count ? Actor.Finished : (int)SwapoffStep.ReadPage;
    }

    private static int ReadPage(Machine m, ref KernelTask t, int self)
    {
        if (Locks.WaitsForTree(m, ref t, self, MappingId.Swapper))
            return Actor.Blocked;
        if (Actor.Lookup(m, ref t, MappingId.Swapper, t.Entry.Value))
            return (int)SwapoffStep.AwaitUnlock;
        if (Locks.WaitsForSwap(m, ref t, self))
            return Actor.Blocked;
        return SwapFaults.ReadSwapCacheAsync(m, ref t) == 0 ? (int)SwapoffStep.ReadEnds : (int)SwapoffStep.ChooseSlot;
    }

    private static int Recheck(Machine m, ref KernelTask t, int self)
    {
        if (PatchSet.ChecksSwapCacheAgain(m) && !m.Pages[t.Page.Value].Has(PageFlags.SwapCache))
        {
            Actor.UnlockAndPut(m, ref t);
            return (int)SwapoffStep.ReadPage;
        }
        return Actor.WritebackWaits(m, ref t, self) ? Actor.Blocked : (int)SwapoffStep.UnuseShmem;
    }

    private static int UnusePte(Machine m, ref KernelTask t, int self)
    {
        // mmlist_lock guards the walk from process to process, which goes on while somebody besides the cache uses the slot.
        if (SwapFile.SwapCount(m, t.Entry) > 1 && Locks.WaitsForMmlist(m, ref t, self))
            return Actor.Blocked;
        for (int mm = m.Globals.MmlistHead; mm >= 0; mm = m.Mms[mm].MmlistNext)
        {
            if (!FindEntry(m, new MmId(mm), t.Entry, out int vma, out ulong address))
                continue;
            t.Mm = new MmId(mm);
            if (Locks.Busy(m.Mms[mm].MmapSem, self))
            {
                Actor.Unlock(m, ref t);
                return (int)SwapoffStep.WaitForMmapSem;
            }
            if (Actor.PageTableWaits(m, ref t, self) || Locks.WaitsForSwap(m, ref t, self))
                return Actor.Blocked;
            Rmap.UnusePte(m, t.Page, m.Vmas[vma], address, t.Entry);
            return (int)SwapoffStep.UnusePte;
        }
        ref Page p = ref m.Pages[t.Page.Value];
        bool stillUsed = SwapFile.SwapCount(m, t.Entry) > 1 && p.Has(PageFlags.Dirty) && p.Has(PageFlags.SwapCache) && t.Retry == 0;
        return (int)(stillUsed ? SwapoffStep.WriteOut : SwapoffStep.Delete);
    }

    // The count goes down even when the page stays, and up again at the end: here it stays then, and Retry remembers it.
    private static int UnuseShmem(Machine m, ref KernelTask t, int self)
    {
        foreach (ref ShmemSwapEntry row in m.ShmemSwap.Rows)
        {
            if (row.Entry != t.Entry)
                continue;
            var file = new MappingId((int)row.Mapping);
            if (Actor.SwapWaits(m, ref t, self) || Locks.WaitsForTree(m, ref t, self, file))
                return Actor.Blocked;
            t.Retry = 1;
            if (Shmem.MoveFromSwapCache(m, t.Page, file, new Pgoff(row.Index), t.Entry) == 0)
                SwapFile.SwapFree(m, t.Entry);
            break;
        }
        return (int)SwapoffStep.UnusePte;
    }

    // PG_dirty is not cleared first; it is set again at the end anyway.
    private static int WriteOut(Machine m, ref KernelTask t, int self)
    {
        if (SwapWritepage.Waits(m, ref t, self))
            return Actor.Blocked;
        SwapWritepage.Writepage(m, t.Page);
        t.HoldsPageLock = 0;
        return (int)SwapoffStep.Relock;
    }

    private static int Delete(Machine m, ref KernelTask t, int self)
    {
        ref Page p = ref m.Pages[t.Page.Value];
        bool deletes = p.Has(PageFlags.SwapCache) && t.Retry == 0;
        if (deletes && Actor.SwapWaits(m, ref t, self))
            return Actor.Blocked;
        if (deletes)
            SwapState.DeleteFromSwapCache(m, t.Page);
        p.Set(PageFlags.Dirty);
        Actor.UnlockAndPut(m, ref t);
        return (int)SwapoffStep.ChooseSlot;
    }

    private static bool FindEntry(Machine m, MmId mm, SwpEntry entry, out int vma, out ulong address)
    {
        address = 0;
        for (vma = 0; vma < m.Vmas.Count; vma++)
        {
            ref VmArea area = ref m.Vmas[vma];
            if (area.InUse == 0 || area.Mm != mm)
                continue;
            for (ulong from = area.Start; PageTables.Next(m, mm, from, area.End, out address, out Pte pte); from = address + Machine.PageSize)
            {
                if (pte.IsSwap && pte.SwapEntry == entry)
                    return true;
            }
        }
        return false;
    }
}
