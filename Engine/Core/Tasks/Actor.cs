namespace MigrationConformance.Core;

/// <summary>What the actors share: flags of their locals, allocation, small pieces of fault and unmap code.</summary>
internal static class Actor
{
    /// <summary>Step of a task that is over.</summary>
    public const int Finished = 1000;

    /// <summary>Answer of a step that cannot be made.</summary>
    public const int Blocked = -1;

    /// <summary>Bits of <see cref="KernelTask.Local0"/>: the access is a write.</summary>
    public const int Write = 1;

    /// <summary>do_swap_page without the re-check of PG_swapcache that the series' first patch adds.</summary>
    public const int NoRecheck = 2;

    /// <summary>The write was made: <see cref="KernelTask.Cursor"/> is the value.</summary>
    public const int Stored = 4;

    /// <summary>The reader has read: <see cref="KernelTask.Cursor"/> is the value.</summary>
    public const int HasRead = 8;

    /// <summary>writepages waits for writes in flight (WB_SYNC_ALL).</summary>
    public const int SyncAll = 16;

    /// <summary>The page before the first one that a truncation removes loses its tail.</summary>
    public const int Partial = 32;

    /// <summary>Waits.</summary>
    public static int Wait(ref KernelTask t, WaitKind kind, int number)
    {
        t.Block(kind, number);
        return Blocked;
    }

    /// <summary>alloc_page: the lowest free frame, with the state that the allocator gives it; none when memory is exhausted.</summary>
    public static Pfn AllocPage(Machine m)
    {
        for (int page = 0; page < m.Pages.Count; page++)
        {
            ref Page p = ref m.Pages[page];
            if (p.Count != 0 || p.Next != ListHead.Unlinked || p.Has(PageFlags.Reserved))
                continue;
            NodeAllocator.PrepNewPage(ref p);
            return new Pfn(page);
        }
        return Pfn.None;
    }

    /// <summary>Drops the references on the page at work.</summary>
    public static void Put(Machine m, ref KernelTask t)
    {
        for (; t.Local1 > 0; t.Local1--)
            PageRefs.PutPage(m, t.Page);
        t.Page = Pfn.None;
    }

    /// <summary>Unlocks the page at work.</summary>
    public static void Unlock(Machine m, ref KernelTask t)
    {
        PageLock.UnlockPage(m, t.Page);
        t.HoldsPageLock = 0;
    }

    /// <summary>Unlocks the page at work and drops its references.</summary>
    public static void UnlockAndPut(Machine m, ref KernelTask t)
    {
        Unlock(m, ref t);
        Put(m, ref t);
    }

    /// <summary>lock_page on the page at work.</summary>
    public static bool LockWaits(Machine m, ref KernelTask t)
    {
        if (!PageLock.LockPage(m, t.Page))
            return Wait(ref t, WaitKind.PageLock, t.Page.Value) == Blocked;
        t.HoldsPageLock = 1;
        return false;
    }

    /// <summary>TestSetPageLocked on the page at work.</summary>
    public static bool TryLock(Machine m, ref KernelTask t)
    {
        t.HoldsPageLock = PageLock.TryLock(m, t.Page) ? 1 : 0;
        return t.HoldsPageLock != 0;
    }

    /// <summary>wait_on_page_writeback on the page at work.</summary>
    public static bool WritebackWaits(Machine m, ref KernelTask t, int self)
    {
        if (!m.Pages[t.Page.Value].Has(PageFlags.Writeback))
            return false;
        return Others.WriteWaits(m, ref t, self, t.Page)
            || (!Others.EndWriteback(m, t.Page) && Wait(ref t, WaitKind.Writeback, t.Page.Value) == Blocked);
    }

    /// <summary>wait_on_page_locked on the page at work: its lock is not taken.</summary>
    public static bool UnlockWaits(Machine m, ref KernelTask t) =>
        m.Pages[t.Page.Value].Has(PageFlags.Locked) && !Others.EndPageLock(m, t.Page) && Wait(ref t, WaitKind.PageLock, t.Page.Value) == Blocked;

    /// <summary>lock_buffer. A buffer that is being written is let go by the end of the write.</summary>
    public static bool BufferLockWaits(Machine m, ref KernelTask t, int self, BhId bh)
    {
        ref BufferHead buffer = ref m.Buffers[bh.Value];
        if ((buffer.State & BufferFlags.AsyncWrite) != 0)
        {
            if (Others.WriteWaits(m, ref t, self, buffer.Page))
                return true;
            Others.EndWriteback(m, buffer.Page);
        }
        return !Buffers.LockBuffer(m, bh) && Wait(ref t, WaitKind.BufferLock, bh.Value) == Blocked;
    }

    /// <summary>find_lock_page, after it has slept and has tree_lock again: whether the page at work is still the one asked for.</summary>
    public static bool IsStillThere(Machine m, in KernelTask t, ulong index)
    {
        ref Page p = ref m.Pages[t.Page.Value];
        return p.Mapping == MappingPtr.File(t.Mapping) && p.Index.Value == index;
    }

    /// <summary>pagevec_release() of a look-up's pagevec, which has one page here: this CPU's LRU pagevecs are drained first.</summary>
    public static void PagevecRelease(Machine m, ref KernelTask t)
    {
        Lru.LruAddDrain(m, t.Cpu);
        Put(m, ref t);
    }

    /// <summary>find_get_page, or the first page at or after an index; the reference goes to <see cref="KernelTask.Page"/>.</summary>
    public static bool Lookup(Machine m, ref KernelTask t, MappingId mapping, ulong index, bool orLater = false, PagecacheTag? tag = null)
    {
        Span<int> item = stackalloc int[1];
        Span<ulong> at = stackalloc ulong[1];
        ref RadixRoot root = ref m.Mappings[mapping.Value].PageTree;
        int found = tag is { } wanted ? RadixTree.GangLookupTag(m, root, index, item, at, wanted) : RadixTree.GangLookup(m, root, index, item, at);
        if (found == 0 || (!orLater && at[0] != index))
            return false;
        t.Page = new Pfn(item[0]);
        t.Local1 = 1;
        PageRefs.GetPage(m, t.Page);
        return true;
    }

    /// <summary>find_vma: the VMA of a process at an address, or −1; a VMA that munmap has detached is not found.</summary>
    public static int FindVma(Machine m, MmId mm, ulong address)
    {
        for (int vma = 0; vma < m.Vmas.Count; vma++)
        {
            ref VmArea area = ref m.Vmas[vma];
            if (area.InUse == 1 && area.Mm == mm && area.Start <= address && address < area.End)
                return vma;
        }
        return -1;
    }

    /// <summary>down_read of mmap_sem; the task table says who has it for reading.</summary>
    public static bool MmapSemReadWaits(Machine m, ref KernelTask t, int self)
    {
        if (Locks.Busy(m.Mms[t.Mm.Value].MmapSem, self))
            return Wait(ref t, WaitKind.MmapSem, t.Mm.Value) == Blocked;
        t.Pass = 1;
        return false;
    }

    /// <summary>down_write of mmap_sem.</summary>
    public static bool MmapSemWriteWaits(Machine m, ref KernelTask t, int self)
    {
        bool busy = Locks.Busy(m.Mms[t.Mm.Value].MmapSem, self) || Locks.MmapSemReader(m, t.Mm) >= 0;
        return busy && Wait(ref t, WaitKind.MmapSem, t.Mm.Value) == Blocked;
    }

    /// <summary>The page table lock of the process at work.</summary>
    public static bool PageTableWaits(Machine m, ref KernelTask t, int self) =>
        Locks.Busy(m.Mms[t.Mm.Value].PageTableLock, self) && Wait(ref t, WaitKind.PageTableLock, t.Mm.Value) == Blocked;

    /// <summary>swap_lock, then swapper_space's tree lock: what freeing a slot can take.</summary>
    public static bool SwapWaits(Machine m, ref KernelTask t, int self) =>
        Locks.WaitsForSwap(m, ref t, self) || Locks.WaitsForTree(m, ref t, self, MappingId.Swapper);

    /// <summary>The first entry of a process in [from, end) that is not none; its address, or <paramref name="end"/>.</summary>
    public static ulong NextEntry(Machine m, MmId mm, ulong from, ulong end)
    {
        PageTables.Next(m, mm, from, end, out ulong address, out _);
        return address;
    }
}
