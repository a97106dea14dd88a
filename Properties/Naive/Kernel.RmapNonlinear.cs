namespace MigrationConformance.Properties.Naive;

/// <summary>Taking page table entries of non-linear VMAs away, a window at a time.</summary>
internal sealed partial class Kernel
{
    private const ulong ClusterSize = 32 * Vma.PageSize;

    /// <summary>The second half of try_to_unmap_file.</summary>
    /// <param name="result">What the walk of the linear VMAs answered.</param>
    private SwapResult WalkNonlinear(Page page, Mapping mapping, SwapResult result, string step)
    {
        List<Vma> nonlinear = [.. _world.Vmas.Where(vma => vma.File == mapping && vma.Nonlinear)];
        if (nonlinear.Count == 0)
        {
            return result;
        }

        List<Vma> open = [.. nonlinear.Where(vma => !vma.Locked)];
        if (open.Count == 0)
        {
            return SwapResult.Fail;
        }

        ulong maxCursor = open.Max(vma => vma.Cursor);
        ulong maxSize = open.Max(vma => vma.Length);
        int mapcount = page.Mapcount;
        if (mapcount == 0)
        {
            return result;
        }

        maxSize = (maxSize + ClusterSize - 1) / ClusterSize * ClusterSize;
        maxCursor = maxCursor == 0 ? ClusterSize : maxCursor;
        do
        {
            foreach (Vma vma in open)
            {
                ulong cursor = vma.Cursor;
                while (cursor < maxCursor && cursor < vma.Length)
                {
                    TryToUnmapCluster(cursor, ref mapcount, vma, step);
                    cursor += ClusterSize;
                    vma.Cursor = cursor;
                    if (mapcount <= 0)
                    {
                        return result;
                    }
                }

                vma.Cursor = maxCursor;
            }

            maxCursor += ClusterSize;
        }
        while (maxCursor <= maxSize);

        foreach (Vma vma in nonlinear)
        {
            vma.Cursor = 0;
        }

        return result;
    }

    /// <summary>Takes away what a window of 32 pages of a non-linear VMA maps and what was not used lately.</summary>
    private void TryToUnmapCluster(ulong cursor, ref int mapcount, Vma vma, string step)
    {
        ulong first = (vma.Start + cursor) / ClusterSize * ClusterSize;
        ulong end = Math.Min(first + ClusterSize, vma.End);
        first = Math.Max(first, vma.Start);
        List<ulong> addresses = [.. vma.Mm.Entries.Keys.Where(address => address >= first && address < end)];

        // No entry at all stands for a page table that is absent.
        if (addresses.Count == 0)
        {
            return;
        }

        At(step);
        Need("pageTable", vma.Mm.Number);
        UpdateHiwaterRss(vma.Mm);
        foreach (ulong address in addresses)
        {
            Pte pte = vma.Mm.Entries[address];
            if (pte.Kind != PteKind.Present)
            {
                continue;
            }

            Page mapped = pte.Page!;
            BugIf(mapped.IsAnon, "TryToUnmapClusterAnonPage", "try_to_unmap_cluster", mapped);
            if (pte.Young)
            {
                pte.Young = false;
                continue;
            }

            vma.Mm.Entries.Remove(address);
            if (mapped.Index != vma.Pgoff + (address - vma.Start) / Vma.PageSize)
            {
                vma.Mm.Entries.Add(address, new Pte { Kind = PteKind.File, Value = mapped.Index });
            }

            if (pte.Dirty)
            {
                SetPageDirty(mapped);
            }

            PageRemoveRmap(mapped);
            PutPage(mapped);
            vma.Mm.FileRss--;
            mapcount--;
        }
    }
}
