namespace MigrationConformance.Core;

/// <summary>The part of try_to_unmap_file that sweeps non-linear VMAs, cluster by cluster, one cluster a step.</summary>
/// <remarks>
/// Kernel: mm/rmap.c try_to_unmap_file(), try_to_unmap_cluster(). In a non-linear VMA a page can sit anywhere, so
/// the sweep unmaps whatever old entries it meets, not only those of the page. Deviation from what ignore_refs
/// promises: it is not handed down, so a young entry is made old and stays, also during migration.
/// </remarks>
public static class TryToUnmapNonlinear
{
    /// <summary>CLUSTER_SIZE: 32 pages, in bytes.</summary>
    public const ulong ClusterSize = 32 * Machine.PageSize;

    /// <summary>Starts the sweep after the linear VMAs did not do.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="t">The task; a file with non-linear VMAs that are all locked answers Fail.</param>
    /// <returns>False when there is nothing to sweep, and the walk is over.</returns>
    internal static bool Begin(Machine m, ref KernelTask t)
    {
        ref AddressSpace mapping = ref m.Mappings[m.Pages[t.Page.Value].Mapping.Mapping.Value];
        if (mapping.ImmapNonlinear < 0)
            return false;
        t.MaxNlCursor = 0;
        t.MaxNlSize = 0;
        for (int vma = mapping.ImmapNonlinear; vma >= 0; vma = m.Vmas[vma].SharedNext)
        {
            ref VmArea area = ref m.Vmas[vma];
            if (area.Has(VmFlags.Locked))
                continue;
            t.MaxNlCursor = Math.Max(t.MaxNlCursor, area.Cursor);
            t.MaxNlSize = Math.Max(t.MaxNlSize, area.End - area.Start);
        }
        if (t.MaxNlSize == 0)
        {
            t.UnmapResult = (int)SwapResult.Fail;
            return false;
        }
        t.UnmapMapcount = m.Pages[t.Page.Value].Mapcount;
        if (t.UnmapMapcount == 0)
            return false;
        t.MaxNlSize = (t.MaxNlSize + ClusterSize - 1) & ~(ClusterSize - 1);
        if (t.MaxNlCursor == 0)
            t.MaxNlCursor = ClusterSize;
        t.UnmapPhase = TryToUnmap.Nonlinear;
        EnterVma(m, ref t, mapping.ImmapNonlinear);
        return true;
    }

    /// <summary>Sweeps the next cluster, or finds that there is none.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="t">The task.</param>
    /// <param name="self">The task's number + 1.</param>
    /// <returns>Whether the walk goes on.</returns>
    /// <exception cref="KernelBugException">An entry maps an anonymous page.</exception>
    internal static UnmapProgress Step(Machine m, ref KernelTask t, int self)
    {
        if (!SeekCluster(m, ref t))
        {
            ResetCursors(m, t);
            return TryToUnmap.End(m, ref t);
        }
        ref VmArea vma = ref m.Vmas[t.UnmapVma];
        if (ClusterWaits(m, ref t, self, vma))
            return UnmapProgress.Blocked;
        UnmapCluster(m, ref t, vma);
        t.Cursor += ClusterSize;
        vma.Cursor = t.Cursor;
        return t.UnmapMapcount <= 0 ? TryToUnmap.End(m, ref t) : UnmapProgress.More;
    }

    /// <summary>Moves on to the next VMA, and to the next round, until there is a cluster to sweep.</summary>
    private static bool SeekCluster(Machine m, ref KernelTask t)
    {
        while (true)
        {
            if (t.UnmapVma < 0)
            {
                t.MaxNlCursor += ClusterSize;
                if (t.MaxNlCursor > t.MaxNlSize)
                    return false;
                EnterVma(m, ref t, m.Mappings[m.Pages[t.Page.Value].Mapping.Mapping.Value].ImmapNonlinear);
                continue;
            }
            ref VmArea vma = ref m.Vmas[t.UnmapVma];
            if (t.Cursor < t.MaxNlCursor && t.Cursor < vma.End - vma.Start)
                return true;
            vma.Cursor = t.MaxNlCursor;
            EnterVma(m, ref t, vma.SharedNext);
        }
    }

    /// <summary>Takes the first VMA from here on that is not locked, and its cursor.</summary>
    private static void EnterVma(Machine m, ref KernelTask t, int vma)
    {
        while (vma >= 0 && m.Vmas[vma].Has(VmFlags.Locked))
            vma = m.Vmas[vma].SharedNext;
        t.UnmapVma = vma;
        t.Cursor = vma >= 0 ? m.Vmas[vma].Cursor : 0;
    }

    private static void ResetCursors(Machine m, in KernelTask t)
    {
        int vma = m.Mappings[m.Pages[t.Page.Value].Mapping.Mapping.Value].ImmapNonlinear;
        for (; vma >= 0; vma = m.Vmas[vma].SharedNext)
            m.Vmas[vma].Cursor = 0;
    }

    /// <summary>try_to_unmap_cluster(): the aligned window around the cursor, clipped to the VMA.</summary>
    private static void UnmapCluster(Machine m, ref KernelTask t, in VmArea vma)
    {
        (ulong address, ulong end) = Window(t, vma);
        if (!HasPageTables(m, vma.Mm, address, end))
            return;
        ref Mm mm = ref m.Mms[vma.Mm.Value];
        mm.HiwaterRss = Math.Max(mm.HiwaterRss, mm.FileRss + mm.AnonRss);
        for (; address < end; address += Machine.PageSize)
        {
            int row = PageTables.Find(m, vma.Mm, address);
            if (row < 0 || !m.Ptes[row].IsPresent)
                continue;
            Pte pteval = m.Ptes[row];
            Pfn page = pteval.Page;
            if (m.Pages[page.Value].IsAnon)
                KernelBugException.Throw(BugCheck.TryToUnmapClusterAnonPage, page);
            if (pteval.IsYoung)
            {
                m.Ptes[row] = pteval.MkOld();
                continue;
            }
            Pgoff index = m.Pages[page.Value].Index;
            m.Ptes[row] = index == vma.LinearPageIndex(address) ? Pte.Zero : Pte.File(index);
            if (pteval.IsDirty)
                Dirty.SetPageDirty(m, page);
            Rmap.PageRemoveRmap(m, page);
            PageRefs.PutPage(m, page);
            mm.FileRss--;
            t.UnmapMapcount--;
        }
    }

    private static bool ClusterWaits(Machine m, ref KernelTask t, int self, in VmArea vma)
    {
        (ulong address, ulong end) = Window(t, vma);
        if (!HasPageTables(m, vma.Mm, address, end))
            return false;
        if (Locks.Busy(m.Mms[vma.Mm.Value].PageTableLock, self))
        {
            t.Block(WaitKind.PageTableLock, vma.Mm.Value);
            return true;
        }
        for (; address < end; address += Machine.PageSize)
        {
            Pte pte = PageTables.Get(m, vma.Mm, address);
            if (pte.IsPresent && !pte.IsYoung && pte.IsDirty && Locks.WaitsForSetPageDirty(m, ref t, self, pte.Page))
                return true;
        }
        return false;
    }

    /// <summary>Whether there are page tables for a window. A window without any entry counts as one without page tables.</summary>
    private static bool HasPageTables(Machine m, MmId mm, ulong address, ulong end)
    {
        while (address < end && PageTables.Get(m, mm, address).IsNone)
            address += Machine.PageSize;
        return address < end;
    }

    private static (ulong Address, ulong End) Window(in KernelTask t, in VmArea vma)
    {
        ulong address = (vma.Start + t.Cursor) & ~(ClusterSize - 1);
        return (Math.Max(address, vma.Start), Math.Min(address + ClusterSize, vma.End));
    }
}
