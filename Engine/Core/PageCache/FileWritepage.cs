namespace MigrationConformance.Core;

/// <summary>The writepage method of a modelled filesystem.</summary>
/// <remarks>Kernel: the contract of a_ops->writepage as pageout() relies on it; fs/buffer.c block_write_full_page() for the buffers.</remarks>
public static class FileWritepage
{
    /// <summary>AOP_WRITEPAGE_ACTIVATE: the page was not written and is still locked.</summary>
    public const int AopWritepageActivate = 0x80000;

    /// <summary>Writes a page as the file's <see cref="WritepageMode"/> says.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="page">A locked page whose PG_dirty was just cleared; it is unlocked unless the answer is AOP_WRITEPAGE_ACTIVATE.</param>
    /// <param name="file">Its file, which has a writepage method.</param>
    /// <returns>0, −EIO, or <see cref="AopWritepageActivate"/>.</returns>
    public static int Writepage(Machine m, Pfn page, MappingId file)
    {
        ref AddressSpace space = ref m.Mappings[file.Value];
        switch (space.Writepage)
        {
            case WritepageMode.Asynchronous:
            case WritepageMode.AsynchronousFailing:
                CleanBuffers(m, page, BufferFlags.Lock | BufferFlags.AsyncWrite);
                Writeback.TestSetPageWriteback(m, page);
                PageLock.UnlockPage(m, page);
                Others.SubmitWrite(m, page, space.WritesComplete, space.Writepage == WritepageMode.AsynchronousFailing);
                return 0;
            case WritepageMode.Synchronous:
                CleanBuffers(m, page, BufferFlags.None);
                BackingStore.Write(m, file, m.Pages[page.Value].Index.Value, m.Pages[page.Value].Contents);
                PageLock.UnlockPage(m, page);
                return 0;
            case WritepageMode.Failing:
                PageLock.UnlockPage(m, page);
                return -Errno.EIO;
            case WritepageMode.Activate:
                Dirty.SetPageDirty(m, page);
                return AopWritepageActivate;
            default:
                throw new EngineFault(m, $"writepage of {file}, which has no such method");
        }
    }

    /// <summary>Whether the method would wait for a lock.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="t">The task, with its page; it is marked as waiting.</param>
    /// <param name="self">The task's number + 1.</param>
    /// <param name="file">The page's file.</param>
    /// <returns>True when it would.</returns>
    public static bool Waits(Machine m, ref KernelTask t, int self, MappingId file) => m.Mappings[file.Value].Writepage switch
    {
        WritepageMode.Asynchronous or WritepageMode.AsynchronousFailing => Locks.WaitsForTree(m, ref t, self, file),
        WritepageMode.Activate => Locks.WaitsForSetPageDirty(m, ref t, self, t.Page),
        _ => false,
    };

    /// <summary>The dirty buffers that nobody else has locked become part of the write.</summary>
    private static void CleanBuffers(Machine m, Pfn page, BufferFlags during)
    {
        ref Page p = ref m.Pages[page.Value];
        if (!p.Has(PageFlags.Private))
            return;
        foreach (BhId bh in new BufferRing(m, p))
        {
            ref BufferHead buffer = ref m.Buffers[bh.Value];
            if ((buffer.State & (BufferFlags.Dirty | BufferFlags.Lock)) == BufferFlags.Dirty)
                buffer.State = (buffer.State & ~BufferFlags.Dirty) | during;
        }
    }
}
