namespace MigrationConformance.Core;

/// <summary>buffer_migrate_page: moves a page together with its buffers. What it does beside migrate_page.</summary>
/// <remarks>
/// Kernel: fs/buffer.c buffer_migrate_page(), from <see cref="PatchLevel.MigratepageMethod"/>. References are removed as in
/// migrate_page, with nr_refs 3; then the buffers are locked and moved, one a step; then the copy. No spin lock is held:
/// lock_buffer() sleeps. What keeps the ring is the lock of the old page, and of the new one once it is there.
/// Deviation: private_lock, which __find_get_block() relies on, is not taken, and neither is b_count looked at.
/// </remarks>
internal static class BufferMigratePage
{
    /// <summary>nr_refs: the isolation, the tree, and the buffers.</summary>
    public const int NrRefs = 3;

    /// <summary>get_bh() and lock_buffer() on the next buffer of the old page. The new page is in the tree by now; its readers sleep on its lock.</summary>
    public static MigrationStep LockBuffer(Machine m, ref KernelTask t, in Page p)
    {
        bool gets = t.Local1 == 0;
        if (gets)
        {
            if (t.Local0 == 0)
                t.Local0 = p.FirstBuffer.Value + 1;
            m.Buffers[t.Local0 - 1].Count++;
            t.Local1 = 1;
        }
        if (!Buffers.LockBuffer(m, new BhId(t.Local0 - 1)))
        {
            t.Block(WaitKind.BufferLock, t.Local0 - 1);
            return gets ? MigrationStep.LockBuffers : MigrationStep.None;
        }
        t.Local1 = 0;
        return Next(m, ref t, p.FirstBuffer) ? MigrationStep.LockBuffers : MigrationStep.MoveBuffers;
    }

    /// <summary>The ring leaves the old page: its pointer, and the reference that stands for it.</summary>
    public static MigrationStep MoveBuffers(Machine m, ref KernelTask t, ref Page p, ref Page n)
    {
        p.Clear(PageFlags.Private);
        n.Private = p.Private;
        p.Private = 0;
        PageRefs.PutPage(m, t.Page);
        PageRefs.GetPage(m, t.Newpage);
        t.Local0 = n.FirstBuffer.Value + 1;
        return MigrationStep.SetBufferPages;
    }

    /// <summary>set_bh_page() on the next buffer.</summary>
    public static MigrationStep SetBufferPage(Machine m, ref KernelTask t, in Page n)
    {
        Buffers.SetBhPage(m, new BhId(t.Local0 - 1), t.Newpage);
        return Next(m, ref t, n.FirstBuffer) ? MigrationStep.SetBufferPages : MigrationStep.SetPagePrivate;
    }

    /// <summary>Whoever finds the new page finds its buffers now.</summary>
    public static MigrationStep SetPagePrivate(ref Page n)
    {
        n.Set(PageFlags.Private);
        return MigrationStep.CopyContents;
    }

    /// <summary>After the copy, from the first buffer on.</summary>
    public static MigrationStep StartUnlocking(ref KernelTask t, in Page n)
    {
        t.Local0 = n.FirstBuffer.Value + 1;
        return MigrationStep.UnlockBuffers;
    }

    /// <summary>unlock_buffer() and put_bh() on the next buffer.</summary>
    public static MigrationStep UnlockBuffer(Machine m, ref KernelTask t, in Page n)
    {
        ref BufferHead buffer = ref m.Buffers[t.Local0 - 1];
        buffer.State &= ~BufferFlags.Lock;
        buffer.Count--;
        return Next(m, ref t, n.FirstBuffer) ? MigrationStep.UnlockBuffers : MigrationStep.DropLocks;
    }

    /// <summary>Goes on round the ring; false, and no buffer at work, when it is closed.</summary>
    private static bool Next(Machine m, ref KernelTask t, BhId first)
    {
        BhId next = m.Buffers[t.Local0 - 1].ThisPage;
        t.Local0 = next == first ? 0 : next.Value + 1;
        return next != first;
    }
}
