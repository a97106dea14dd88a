namespace MigrationConformance.Core;

/// <summary>Where a truncation or an invalidation stands.</summary>
internal enum TruncateStep
{
    /// <summary>Shrinks i_size and raises truncate_count; an invalidation starts its sweep.</summary>
    Begin = 0,

    /// <summary>unmap_mapping_range: zaps one entry, of the range or of the page at work.</summary>
    Unmap,

    /// <summary>The gather's flush: drops the zapped entry's reference.</summary>
    Flush,

    /// <summary>Sweep 1, and invalidate_mapping_pages: looks the next page up.</summary>
    TryLookup,

    /// <summary>Sweep 1: trylock, and skip what is locked or under writeback.</summary>
    Try,

    /// <summary>Sweep 2, and invalidate_inode_pages2: looks the next page up.</summary>
    Lookup,

    /// <summary>Sweep 2: lock_page.</summary>
    Lock,

    /// <summary>Sweep 2: wait_on_page_writeback.</summary>
    Wait,

    /// <summary>invalidate_inode_pages2: unmaps the page at work, entry by entry.</summary>
    UnmapPage,

    /// <summary>truncate_complete_page or invalidate_complete_page.</summary>
    Complete,

    /// <summary>Unlocks and drops the lookup's reference.</summary>
    Release,

    /// <summary>Between the sweeps: find_lock_page of the page whose tail goes.</summary>
    PartialLookup,

    /// <summary>lock_page of that page, and whether it still is the page.</summary>
    PartialLock,

    /// <summary>wait_on_page_writeback of that page.</summary>
    PartialWait,

    /// <summary>truncate_partial_page: the buffers of the tail are discarded.</summary>
    PartialCut,

    /// <summary>shmem_truncate: one entry of the swap vector goes, with its slot.</summary>
    FreeSwap,
}

/// <summary>vmtruncate, invalidate_mapping_pages and invalidate_inode_pages2. Lookup pagevecs hold one page.</summary>
/// <remarks>
/// Kernel: mm/memory.c vmtruncate(), mm/truncate.c truncate_partial_page(), mm/shmem.c shmem_truncate_range().
/// <see cref="KernelTask.Address"/> is the first page that goes, <see cref="KernelTask.MaxNlCursor"/> the sweep's cursor.
/// A page whose tail goes keeps its one value, which stands for what remains.
/// </remarks>
internal static class Truncation
{
    public static int Step(Machine m, ref KernelTask t, int self) => (TruncateStep)t.Step switch
    {
        TruncateStep.Begin => Begin(m, ref t, self),
        TruncateStep.Unmap => Unmap(m, ref t, self),
        TruncateStep.Flush => Flush(m, ref t, self),
        TruncateStep.TryLookup => TryLookup(m, ref t, self),
        TruncateStep.Try => Try(m, ref t),
        TruncateStep.Lookup => Lookup(m, ref t, self),
        TruncateStep.Lock => Lock(m, ref t),
        TruncateStep.Wait => Actor.WritebackWaits(m, ref t, self) ? Actor.Blocked
            : t.Kind == TaskKind.Truncate ? (int)TruncateStep.Complete : (int)TruncateStep.UnmapPage,
        TruncateStep.UnmapPage => UnmapPage(m, ref t, self),
        TruncateStep.Complete => Complete(m, ref t, self),
        TruncateStep.Release => Release(m, ref t),
        TruncateStep.PartialLookup => PartialLookup(m, ref t, self),
        TruncateStep.PartialLock => PartialLock(m, ref t),
        TruncateStep.PartialWait => Actor.WritebackWaits(m, ref t, self) ? Actor.Blocked : (int)TruncateStep.PartialCut,
        TruncateStep.PartialCut => PartialCut(m, ref t, self),
        TruncateStep.FreeSwap => FreeSwap(m, ref t, self),
        _ => throw new EngineFault(m, $"a truncation stands at step {t.Step}"),
    };

    private static int Begin(Machine m, ref KernelTask t, int self)
    {
        t.MaxNlCursor = t.Address;
        if (t.Kind != TaskKind.Truncate)
            return t.Kind == TaskKind.InvalidateMappingPages ? (int)TruncateStep.TryLookup : (int)TruncateStep.Lookup;
        ref AddressSpace space = ref m.Mappings[t.Mapping.Value];
        if (Locks.Busy(space.ImmapLock, self))
            return Actor.Wait(ref t, WaitKind.ImmapLock, t.Mapping.Value);
        space.SizePages = Math.Min(space.SizePages, t.Address);
        space.TruncateCount++;
        return (int)TruncateStep.Unmap;
    }

    private static int Unmap(Machine m, ref KernelTask t, int self)
    {
        if (Locks.Busy(m.Mappings[t.Mapping.Value].ImmapLock, self))
            return Actor.Wait(ref t, WaitKind.ImmapLock, t.Mapping.Value);
        if (!FindEntry(m, t, Pfn.None, out MmId mm, out ulong address))
            return (int)TruncateStep.TryLookup;
        return Zap.One(m, ref t, self, mm, address, keepsOffset: true) switch
        {
            ZapResult.Blocked => Actor.Blocked,
            ZapResult.Gathered => (int)TruncateStep.Flush,
            _ => (int)TruncateStep.Unmap,
        };
    }

    private static int Flush(Machine m, ref KernelTask t, int self)
    {
        if (Zap.FlushWaits(m, ref t, self, t.Page))
            return Actor.Blocked;
        Actor.Put(m, ref t);
        return (int)TruncateStep.Unmap;
    }

    private static int TryLookup(Machine m, ref KernelTask t, int self)
    {
        if (Locks.WaitsForTree(m, ref t, self, t.Mapping))
            return Actor.Blocked;
        if (Actor.Lookup(m, ref t, t.Mapping, t.MaxNlCursor, orLater: true))
            return (int)TruncateStep.Try;
        t.MaxNlCursor = t.Address;
        return t.Kind != TaskKind.Truncate ? Actor.Finished : (int)(Partial(t) ? TruncateStep.PartialLookup : TruncateStep.Lookup);
    }

    private static bool Partial(in KernelTask t) => (t.Local0 & Actor.Partial) != 0 && t.Address > 0;

    private static int Try(Machine m, ref KernelTask t)
    {
        ref Page p = ref m.Pages[t.Page.Value];
        t.MaxNlCursor = p.Index.Value + 1;
        if (!Actor.TryLock(m, ref t))
        {
            Actor.Put(m, ref t);
            return (int)TruncateStep.TryLookup;
        }
        bool skips = p.Has(PageFlags.Writeback) || (t.Kind != TaskKind.Truncate && (p.Has(PageFlags.Dirty) || p.IsMapped));
        return skips ? (int)TruncateStep.Release : (int)TruncateStep.Complete;
    }

    private static int Lookup(Machine m, ref KernelTask t, int self)
    {
        t.Retry = 1;
        if (Locks.WaitsForTree(m, ref t, self, t.Mapping))
            return Actor.Blocked;
        if (Actor.Lookup(m, ref t, t.Mapping, t.MaxNlCursor, orLater: true))
            return (int)TruncateStep.Lock;
        return t.Kind == TaskKind.Truncate && SwapRow(m, t) >= 0 ? (int)TruncateStep.FreeSwap : Actor.Finished;
    }

    private static int PartialLookup(Machine m, ref KernelTask t, int self)
    {
        if (Locks.WaitsForTree(m, ref t, self, t.Mapping))
            return Actor.Blocked;
        return (int)(Actor.Lookup(m, ref t, t.Mapping, t.Address - 1) ? TruncateStep.PartialLock : TruncateStep.Lookup);
    }

    private static int PartialLock(Machine m, ref KernelTask t)
    {
        if (Actor.LockWaits(m, ref t))
            return Actor.Blocked;
        ref Page p = ref m.Pages[t.Page.Value];
        if (p.PageMapping == t.Mapping && p.Index.Value == t.Address - 1)
            return (int)TruncateStep.PartialWait;
        Actor.UnlockAndPut(m, ref t);
        return (int)TruncateStep.PartialLookup;
    }

    private static int PartialCut(Machine m, ref KernelTask t, int self)
    {
        if (Locks.WaitsForPrivate(m, ref t, self, t.Mapping))
            return Actor.Blocked;
        if (m.Pages[t.Page.Value].Has(PageFlags.Private))
            DiscardBuffers(m, m.Pages[t.Page.Value], fromSecond: true);
        Actor.UnlockAndPut(m, ref t);
        return (int)TruncateStep.Lookup;
    }

    // The next slot of the file at or after the first page that goes.
    private static int SwapRow(Machine m, in KernelTask t)
    {
        for (int row = 0; row < m.ShmemSwap.Count; row++)
        {
            if (m.ShmemSwap[row].Mapping == t.Mapping.Value && m.ShmemSwap[row].Index >= t.Address)
                return row;
        }
        return -1;
    }

    private static int FreeSwap(Machine m, ref KernelTask t, int self)
    {
        int row = SwapRow(m, t);
        if (row < 0)
            return (int)TruncateStep.Lookup;
        if (Actor.SwapWaits(m, ref t, self))
            return Actor.Blocked;
        ShmemSwapEntry gone = m.ShmemSwap[row];
        Shmem.Forget(m, t.Mapping, gone.Index, gone.Entry);
        Zap.FreeSwapAndCache(m, gone.Entry);
        return (int)TruncateStep.Lookup;
    }

    private static int Lock(Machine m, ref KernelTask t)
    {
        if (Actor.LockWaits(m, ref t))
            return Actor.Blocked;
        t.MaxNlCursor = m.Pages[t.Page.Value].Index.Value + 1;
        return m.Pages[t.Page.Value].PageMapping == t.Mapping ? (int)TruncateStep.Wait : (int)TruncateStep.Release;
    }

    private static int UnmapPage(Machine m, ref KernelTask t, int self)
    {
        if (!m.Pages[t.Page.Value].IsMapped)
            return (int)TruncateStep.Complete;
        if (Locks.Busy(m.Mappings[t.Mapping.Value].ImmapLock, self))
            return Actor.Wait(ref t, WaitKind.ImmapLock, t.Mapping.Value);
        if (!FindEntry(m, t, t.Page, out MmId mm, out ulong address))
            return (int)TruncateStep.Complete;
        if (Zap.One(m, ref t, self, mm, address, keepsOffset: true) == ZapResult.Blocked)
            return Actor.Blocked;
        m.Mappings[t.Mapping.Value].TruncateCount++;
        // The zapped entry's reference and the lookup's are on the same page; the gather's goes at once.
        PageRefs.PutPage(m, t.Page);
        return (int)TruncateStep.UnmapPage;
    }

    private static int Complete(Machine m, ref KernelTask t, int self)
    {
        ref Page p = ref m.Pages[t.Page.Value];
        if (p.PageMapping != t.Mapping)
            return (int)TruncateStep.Release;
        if (Locks.WaitsForPrivate(m, ref t, self, t.Mapping) || Locks.WaitsForTree(m, ref t, self, t.Mapping))
            return Actor.Blocked;
        if (t.Kind == TaskKind.Truncate)
            TruncateCompletePage(m, ref t, ref p);
        else
            InvalidateCompletePage(m, ref t, ref p);
        return (int)TruncateStep.Release;
    }

    private static void TruncateCompletePage(Machine m, ref KernelTask t, ref Page p)
    {
        if (p.Has(PageFlags.Private))
        {
            DiscardBuffers(m, p, fromSecond: false);
            Buffers.TryToReleasePage(m, t.Page);
        }
        Dirty.TestClearPageDirty(m, t.Page);
        p.Clear(PageFlags.Uptodate | PageFlags.MappedToDisk);
        Remove(m, ref t);
    }

    // A buffer that somebody has locked or uses keeps the ring, on a page without mapping.
    private static void DiscardBuffers(Machine m, in Page p, bool fromSecond)
    {
        BhId bh = p.FirstBuffer;
        do
        {
            ref BufferHead buffer = ref m.Buffers[bh.Value];
            if ((buffer.State & BufferFlags.Lock) == 0 && !(fromSecond && bh == p.FirstBuffer))
                buffer.State &= ~(BufferFlags.Dirty | BufferFlags.Mapped);
            bh = buffer.ThisPage;
        }
        while (bh != p.FirstBuffer);
    }

    private static void InvalidateCompletePage(Machine m, ref KernelTask t, ref Page p)
    {
        bool pages2 = t.Kind == TaskKind.InvalidateInodePages2;
        bool wasDirty = pages2 && Dirty.TestClearPageDirty(m, t.Page);
        bool fails = (p.Has(PageFlags.Private) && !Buffers.TryToReleasePage(m, t.Page)) || p.Has(PageFlags.Dirty);
        if (!fails)
        {
            p.Clear(PageFlags.Uptodate);
            Remove(m, ref t);
        }
        else if (wasDirty)
            Dirty.SetPageDirty(m, t.Page);
    }

    private static void Remove(Machine m, ref KernelTask t)
    {
        Filemap.RemoveFromPageCache(m, t.Page);
        PageRefs.PutPage(m, t.Page);
    }

    private static int Release(Machine m, ref KernelTask t)
    {
        Actor.UnlockAndPut(m, ref t);
        return t.Retry != 0 ? (int)TruncateStep.Lookup : (int)TruncateStep.TryLookup;
    }

    // The next entry of the file at or after the first page that goes, or the next one of a page.
    private static bool FindEntry(Machine m, in KernelTask t, Pfn page, out MmId mm, out ulong address)
    {
        ref AddressSpace space = ref m.Mappings[t.Mapping.Value];
        return Find(m, space.Immap, t.Address, page, out mm, out address)
            || Find(m, space.ImmapNonlinear, t.Address, page, out mm, out address);
    }

    private static bool Find(Machine m, int vma, ulong first, Pfn page, out MmId mm, out ulong address)
    {
        for (; vma >= 0; vma = m.Vmas[vma].SharedNext)
        {
            ref VmArea area = ref m.Vmas[vma];
            for (address = area.Start; address < area.End; address += Machine.PageSize)
            {
                Pte pte = PageTables.Get(m, area.Mm, address);
                ulong index = pte.IsFile ? pte.FileOffset.Value
                    : pte.IsPresent && !m.Pages[pte.Page.Value].IsAnon ? m.Pages[pte.Page.Value].Index.Value
                    : area.LinearPageIndex(address).Value;
                mm = area.Mm;
                // A file entry says where a non-linear VMA continues: it stays, and whoever touches it finds the end of the file.
                bool stays = pte.IsNone || (pte.IsFile && area.Has(VmFlags.Nonlinear));
                if (!stays && (page.IsNone ? index >= first : pte.IsPresent && pte.Page == page))
                    return true;
            }
        }
        mm = default;
        address = 0;
        return false;
    }
}
