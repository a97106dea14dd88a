namespace MigrationConformance.Core;

/// <summary>vmtruncate, invalidate_mapping_pages and invalidate_inode_pages2.</summary>
/// <remarks>
/// Kernel: mm/memory.c vmtruncate(), unmap_mapping_range(), mm/shmem.c shmem_truncate_range(), fs/buffer.c block_invalidatepage().
/// Kernel: mm/truncate.c truncate_inode_pages_range(), truncate_complete_page(), truncate_partial_page().
/// Kernel: mm/truncate.c invalidate_mapping_pages(), invalidate_complete_page(), invalidate_inode_pages2(). <see cref="KernelTask.Address"/> is the first page that goes,
/// <see cref="KernelTask.MaxNlCursor"/> the sweep's cursor, <see cref="KernelTask.Cursor"/> the buffer's place in its ring,
/// <see cref="KernelTask.NrFailed"/> 1 while a page was dirty that invalidate_inode_pages2 works on.
/// Deviation: a lookup's pagevec holds one page. i_mmap_lock is looked for with each entry and not kept between two of them, where
/// the kernel may drop it after some. Every file has block_invalidatepage. A page whose tail goes keeps its one value, which stands
/// for what remains; the tail begins behind the first buffer.
/// </remarks>
internal static partial class Truncation
{
    public static int Step(Machine m, ref KernelTask t, int self) => (TruncateStep)t.Step switch
    {
        TruncateStep.Begin => Begin(m, ref t),
        TruncateStep.RaiseCount => RaiseCount(m, ref t, self, (int)TruncateStep.Unmap),
        TruncateStep.Unmap => Unmap(m, ref t, self),
        TruncateStep.Flush => Flush(m, ref t, self),
        TruncateStep.TryLookup => TryLookup(m, ref t, self),
        TruncateStep.Try => Try(m, ref t),
        TruncateStep.Lookup => Lookup(m, ref t, self),
        TruncateStep.Lock => Lock(m, ref t),
        TruncateStep.Wait => Actor.WritebackWaits(m, ref t, self) ? Actor.Blocked
            : t.Kind == TaskKind.Truncate ? TruncateCompletePage(m, t) : (int)TruncateStep.UnmapPage,
        TruncateStep.UnmapPage => UnmapPage(m, ref t, self),
        TruncateStep.ZapPage => ZapPage(m, ref t, self),
        TruncateStep.ClearDirty => ClearDirty(m, ref t, self),
        TruncateStep.DiscardBuffer => DiscardBuffer(m, ref t, self),
        TruncateStep.ReleaseBuffers => ReleaseBuffers(m, ref t, self),
        TruncateStep.Remove => Remove(m, ref t, self),
        TruncateStep.Redirty => Redirty(m, ref t, self),
        TruncateStep.Unlock => Unlock(m, ref t),
        TruncateStep.Release => Release(m, ref t),
        TruncateStep.PartialLookup => PartialLookup(m, ref t, self),
        TruncateStep.PartialLock => Actor.LockWaits(m, ref t) ? Actor.Blocked : (int)TruncateStep.PartialVerify,
        TruncateStep.PartialVerify => PartialVerify(m, ref t, self),
        TruncateStep.PartialWait => PartialWait(m, ref t, self),
        TruncateStep.PartialCut => PartialCut(m, ref t, self),
        TruncateStep.FreeSwap => FreeSwap(m, ref t, self),
        _ => throw new EngineFault(m, $"a truncation stands at step {t.Step}"),
    };

    private static int Begin(Machine m, ref KernelTask t)
    {
        t.MaxNlCursor = t.Address;
        if (t.Kind != TaskKind.Truncate)
            return t.Kind == TaskKind.InvalidateMappingPages ? (int)TruncateStep.TryLookup : (int)TruncateStep.Lookup;
        ref AddressSpace space = ref m.Mappings[t.Mapping.Value];
        space.SizePages = Math.Min(space.SizePages, t.Address);
        return (int)TruncateStep.RaiseCount;
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

    private static int Try(Machine m, ref KernelTask t)
    {
        ref Page p = ref m.Pages[t.Page.Value];
        t.MaxNlCursor = p.Index.Value + 1;
        if (!Actor.TryLock(m, ref t))
            return (int)TruncateStep.Release;
        if (p.Has(PageFlags.Writeback))
            return (int)TruncateStep.Unlock;
        if (t.Kind == TaskKind.Truncate)
            return TruncateCompletePage(m, t);
        return p.Has(PageFlags.Dirty) || p.IsMapped ? (int)TruncateStep.Unlock : InvalidateCompletePage(m, t);
    }

    private static int Lookup(Machine m, ref KernelTask t, int self)
    {
        t.Retry = 1;
        if (Locks.WaitsForTree(m, ref t, self, t.Mapping))
            return Actor.Blocked;
        if (Actor.Lookup(m, ref t, t.Mapping, t.MaxNlCursor, orLater: true))
            return (int)TruncateStep.Lock;
        if (t.Kind != TaskKind.Truncate)
            return Actor.Finished;
        // Until a sweep from the first page on finds nothing.
        bool again = t.MaxNlCursor != t.Address;
        t.MaxNlCursor = t.Address;
        return again ? (int)TruncateStep.Lookup : SwapRow(m, t) >= 0 ? (int)TruncateStep.FreeSwap : Actor.Finished;
    }

    private static int Lock(Machine m, ref KernelTask t)
    {
        if (Actor.LockWaits(m, ref t))
            return Actor.Blocked;
        t.MaxNlCursor = m.Pages[t.Page.Value].Index.Value + 1;
        bool skips = t.Kind != TaskKind.Truncate && !Ours(m, t);
        return (int)(skips ? TruncateStep.Unlock : TruncateStep.Wait);
    }

    private static bool Ours(Machine m, in KernelTask t) => m.Pages[t.Page.Value].Mapping == MappingPtr.File(t.Mapping);

    private static int ClearDirty(Machine m, ref KernelTask t, int self)
    {
        if (Locks.WaitsForTree(m, ref t, self, t.Mapping))
            return Actor.Blocked;
        t.NrFailed = Dirty.TestClearPageDirty(m, t.Page) ? 1 : 0;
        return InvalidateCompletePage(m, t);
    }

    // The page is locked: neither its mapping nor whether it has buffers changes from here on, but by this task.
    private static int TruncateCompletePage(Machine m, in KernelTask t) => (int)(!Ours(m, t) ? TruncateStep.Unlock
        : m.Pages[t.Page.Value].Has(PageFlags.Private) ? TruncateStep.DiscardBuffer : TruncateStep.Remove);

    private static int InvalidateCompletePage(Machine m, in KernelTask t) => (int)(!Ours(m, t) ? TruncateStep.Unlock
        : m.Pages[t.Page.Value].Has(PageFlags.Private) ? TruncateStep.ReleaseBuffers : TruncateStep.Remove);

    private static int DiscardBuffer(Machine m, ref KernelTask t, int self)
    {
        if (DiscardWaits(m, ref t, self))
            return Actor.Blocked;
        return (int)(t.Cursor != 0 ? TruncateStep.DiscardBuffer : TruncateStep.ReleaseBuffers);
    }

    // Discards the buffer at the cursor, which is 0 again after the last one.
    private static bool DiscardWaits(Machine m, ref KernelTask t, int self)
    {
        ref Page p = ref m.Pages[t.Page.Value];
        ulong at = 0;
        foreach (BhId bh in new BufferRing(m, p))
        {
            if (at++ < t.Cursor)
                continue;
            if (Actor.BufferLockWaits(m, ref t, self, bh))
                return true;
            ref BufferHead buffer = ref m.Buffers[bh.Value];
            buffer.State &= ~(BufferFlags.Dirty | BufferFlags.Mapped | BufferFlags.Lock);
            t.Cursor = buffer.ThisPage == p.FirstBuffer ? 0 : at;
            return false;
        }
        t.Cursor = 0;
        return false;
    }

    private static int ReleaseBuffers(Machine m, ref KernelTask t, int self)
    {
        if (Buffers.ReleaseWaits(m, ref t, self))
            return Actor.Blocked;
        // Buffers in use stay on a truncated page, without mapping.
        return Buffers.TryToReleasePage(m, t.Page) || t.Kind == TaskKind.Truncate ? (int)TruncateStep.Remove : Fails(ref t);
    }

    private static int Remove(Machine m, ref KernelTask t, int self)
    {
        if (Locks.WaitsForTree(m, ref t, self, t.Mapping))
            return Actor.Blocked;
        ref Page p = ref m.Pages[t.Page.Value];
        if (t.Kind == TaskKind.Truncate)
        {
            Dirty.TestClearPageDirty(m, t.Page);
            p.Clear(PageFlags.MappedToDisk);
        }
        else if (p.Has(PageFlags.Dirty))
            return Fails(ref t);
        p.Clear(PageFlags.Uptodate);
        Filemap.RemoveFromPageCache(m, t.Page);
        PageRefs.PutPage(m, t.Page);
        return (int)TruncateStep.Unlock;
    }

    private static int Fails(ref KernelTask t)
    {
        if (t.Kind == TaskKind.InvalidateInodePages2)
            t.Result = -Errno.EIO;
        return (int)(t.NrFailed != 0 ? TruncateStep.Redirty : TruncateStep.Unlock);
    }

    private static int Redirty(Machine m, ref KernelTask t, int self)
    {
        if (Locks.WaitsForSetPageDirty(m, ref t, self, t.Page))
            return Actor.Blocked;
        Dirty.SetPageDirty(m, t.Page);
        return (int)TruncateStep.Unlock;
    }

    private static int Unlock(Machine m, ref KernelTask t)
    {
        t.NrFailed = 0;
        Actor.Unlock(m, ref t);
        return (int)TruncateStep.Release;
    }

    private static int Release(Machine m, ref KernelTask t)
    {
        Actor.PagevecRelease(m, ref t);
        return (int)(t.Retry != 0 ? TruncateStep.Lookup : TruncateStep.TryLookup);
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

    // A page that swapoff has brought back meanwhile goes with the sweep that follows.
    private static int FreeSwap(Machine m, ref KernelTask t, int self)
    {
        int row = SwapRow(m, t);
        if (row < 0)
            return (int)TruncateStep.Lookup;
        ShmemSwapEntry gone = m.ShmemSwap[row];
        if (Zap.FreeSwapAndCacheWaits(m, ref t, self, gone.Entry))
            return Actor.Blocked;
        Shmem.Forget(m, t.Mapping, gone.Index, gone.Entry);
        Zap.FreeSwapAndCache(m, gone.Entry);
        return (int)TruncateStep.Lookup;
    }
}
