namespace MigrationConformance.Core;

/// <summary>The buffers of a page, and their release.</summary>
/// <remarks>Kernel: fs/buffer.c.</remarks>
public static class Buffers
{
    /// <summary>Attaches a ring of new buffers to a page: create_empty_buffers(). PG_private takes one reference.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="page">A page without buffers.</param>
    /// <param name="states">The state of each buffer, at least one.</param>
    /// <returns>The first buffer of the ring.</returns>
    public static BhId AttachPageBuffers(Machine m, Pfn page, ReadOnlySpan<BufferFlags> states)
    {
        Span<int> ring = states.Length <= 64 ? stackalloc int[states.Length] : new int[states.Length];
        for (int i = 0, row = 0; i < states.Length; i++, row++)
        {
            while (row < m.Buffers.Count && m.Buffers[row].InUse != 0)
                row++;
            if (row == m.Buffers.Count)
                m.Buffers.AddZeroed(1);
            m.Buffers[row] = new BufferHead { Page = page, State = states[i], InUse = 1 };
            ring[i] = row;
        }
        for (int i = 0; i < ring.Length; i++)
            m.Buffers[ring[i]].ThisPage = new BhId(ring[(i + 1) % ring.Length]);
        ref Page p = ref m.Pages[page.Value];
        p.Set(PageFlags.Private);
        p.Private = (ulong)ring[0] + 1;
        PageRefs.GetPage(m, page);
        return new BhId(ring[0]);
    }

    /// <summary>buffer_busy(): used, dirty or locked.</summary>
    /// <param name="bh">The buffer.</param>
    /// <returns>True when it cannot be dropped.</returns>
    public static bool BufferBusy(in BufferHead bh) =>
        bh.Count != 0 || (bh.State & (BufferFlags.Dirty | BufferFlags.Lock)) != 0;

    /// <summary>lock_buffer(): takes BH_Lock. Waiting ends a hold of others that a wait ends.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="bh">The buffer.</param>
    /// <returns>True when the lock was taken; false when the caller must wait.</returns>
    public static bool LockBuffer(Machine m, BhId bh)
    {
        ref BufferHead buffer = ref m.Buffers[bh.Value];
        if ((buffer.State & BufferFlags.Lock) != 0 && !Others.EndBufferLock(m, buffer.Page, bh))
            return false;
        buffer.State |= BufferFlags.Lock;
        return true;
    }

    /// <summary>set_bh_page(): a buffer's data sits in another page from now on, at the same offset.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="bh">The buffer.</param>
    /// <param name="page">The page.</param>
    public static void SetBhPage(Machine m, BhId bh, Pfn page)
    {
        Others.BufferMoves(m, m.Buffers[bh.Value].Page, bh, page);
        m.Buffers[bh.Value].Page = page;
    }

    /// <summary>try_to_release_page(): the mapping's releasepage method, or try_to_free_buffers().</summary>
    /// <param name="m">The machine.</param>
    /// <param name="page">A locked page.</param>
    /// <returns>Whether the buffers are gone.</returns>
    /// <exception cref="KernelBugException">The page is not locked.</exception>
    /// <remarks>Kernel: fs/buffer.c try_to_release_page(). Locks: private_lock, tree_lock.</remarks>
    public static bool TryToReleasePage(Machine m, Pfn page)
    {
        ref Page p = ref m.Pages[page.Value];
        if (!p.Has(PageFlags.Locked))
            KernelBugException.Throw(BugCheck.TryToReleasePageNotLocked, page);
        if (p.Has(PageFlags.Writeback))
            return false;
        bool refuses = FileOf(p) is { IsNone: false } file && m.Mappings[file.Value].Releasepage == ReleasepageMode.Refuses;
        return !refuses && TryToFreeBuffers(m, page);
    }

    /// <summary>Whether try_to_release_page() would wait: for private_lock, and for tree_lock once the buffers can go.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="t">The task, with its page; it is marked as waiting.</param>
    /// <param name="self">The task's number + 1.</param>
    /// <returns>True when it would.</returns>
    public static bool ReleaseWaits(Machine m, ref KernelTask t, int self)
    {
        ref Page p = ref m.Pages[t.Page.Value];
        MappingId file = FileOf(p);
        if (p.Has(PageFlags.Writeback) || file.IsNone || m.Mappings[file.Value].Releasepage == ReleasepageMode.Refuses)
            return false;
        return Locks.WaitsForPrivate(m, ref t, self, file)
            || (CanDrop(m, p) && Locks.WaitsForTree(m, ref t, self, p.PageMapping));
    }

    private static bool CanDrop(Machine m, in Page p)
    {
        foreach (BhId bh in new BufferRing(m, p))
        {
            if (BufferBusy(m.Buffers[bh.Value]))
                return false;
        }
        return true;
    }

    /// <summary>try_to_free_buffers(): drops all buffers or none; a page whose buffers are all clean becomes clean.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="page">A locked page.</param>
    /// <returns>Whether the buffers are gone.</returns>
    /// <exception cref="KernelBugException">The page is not locked.</exception>
    /// <remarks>Kernel: fs/buffer.c try_to_free_buffers(). Locks: private_lock, tree_lock.</remarks>
    public static bool TryToFreeBuffers(Machine m, Pfn page)
    {
        ref Page p = ref m.Pages[page.Value];
        if (!p.Has(PageFlags.Locked))
            KernelBugException.Throw(BugCheck.TryToFreeBuffersPageNotLocked, page);
        if (p.Has(PageFlags.Writeback))
            return false;
        bool mapped = !p.Mapping.IsNull;
        if (!DropBuffers(m, page))
            return false;
        if (mapped)
            Dirty.TestClearPageDirty(m, page);
        return true;
    }

    /// <summary>drop_buffers(): a busy buffer keeps them all; write errors seen on the way are recorded in the mapping.</summary>
    private static bool DropBuffers(Machine m, Pfn page)
    {
        ref Page p = ref m.Pages[page.Value];
        foreach (BhId bh in new BufferRing(m, p))
        {
            ref BufferHead buffer = ref m.Buffers[bh.Value];
            if ((buffer.State & BufferFlags.WriteEio) != 0 && FileOf(p) is { IsNone: false } file)
                m.Mappings[file.Value].Flags |= MappingFlags.AsEio;
            if (BufferBusy(buffer))
                return false;
        }
        foreach (BhId bh in new BufferRing(m, p))
            m.Buffers[bh.Value] = default;
        p.Clear(PageFlags.Private);
        p.Private = 0;
        PageRefs.PutPage(m, page);
        return true;
    }

    private static MappingId FileOf(in Page p) => p.Mapping.IsAnon ? MappingId.None : p.Mapping.Mapping;
}
