namespace MigrationConformance.Core;

/// <summary>Writing swap cache pages to the swap device.</summary>
/// <remarks>Kernel: mm/page_io.c.</remarks>
public static class SwapWritepage
{
    /// <summary>swap_writepage(): a page that only the swap cache knows leaves it without I/O; another one is submitted.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="page">A locked swap cache page whose PG_dirty was just cleared. It is unlocked in every case.</param>
    /// <returns>0; −ENOMEM when there is no memory for the write, and the page is dirty again.</returns>
    /// <remarks>Kernel: mm/page_io.c swap_writepage(). Locks: swap_lock, swapper_space's tree_lock.</remarks>
    public static int Writepage(Machine m, Pfn page)
    {
        if (SwapFile.RemoveExclusiveSwapPage(m, page))
        {
            PageLock.UnlockPage(m, page);
            return 0;
        }
        var mode = (SwapWriteMode)m.Swap.WriteMode;
        if (mode == SwapWriteMode.NoMemory)
        {
            Dirty.SetPageDirty(m, page);
            PageLock.UnlockPage(m, page);
            return -Errno.ENOMEM;
        }
        Writeback.TestSetPageWriteback(m, page);
        PageLock.UnlockPage(m, page);
        Others.SubmitWrite(m, page, m.Swap.WritesComplete, mode == SwapWriteMode.AsynchronousFailing);
        return 0;
    }

    /// <summary>Whether the method would wait for a lock: swap_lock only when the page may leave the swap cache.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="t">The task, with its page; it is marked as waiting.</param>
    /// <param name="self">The task's number + 1.</param>
    /// <returns>True when it would.</returns>
    public static bool Waits(Machine m, ref KernelTask t, int self) =>
        (m.Pages[t.Page.Value].Count == 2 && Locks.WaitsForSwap(m, ref t, self))
        || Locks.WaitsForTree(m, ref t, self, MappingId.Swapper);
}
