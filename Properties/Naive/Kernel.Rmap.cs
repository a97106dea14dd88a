namespace MigrationConformance.Properties.Naive;

/// <summary>Taking page table entries away.</summary>
internal sealed partial class Kernel
{
    private const ulong ClusterSize = 32 * Vma.PageSize;

    private enum SwapResult
    {
        Success,
        Again,
        Fail,
    }

    /// <param name="page">The page, locked.</param>
    /// <param name="ignoreRefs">Whether an entry that was used recently is taken away as well.</param>
    /// <param name="step">The step that this unmapping is a part of; it begins anew for every entry.</param>
    private SwapResult TryToUnmap(Page page, bool ignoreRefs, string step)
    {
        BugIf(!page.Has(Flag.Locked), "TryToUnmapPageNotLocked", "try_to_unmap", page);
        SwapResult result = page.IsAnon
            ? TryToUnmapAnon(page, ignoreRefs, step)
            : TryToUnmapFile(page, ignoreRefs, step);
        return page.IsMapped ? result : SwapResult.Success;
    }

    private SwapResult TryToUnmapAnon(Page page, bool ignoreRefs, string step)
    {
        SwapResult result = SwapResult.Again;
        if (!page.IsMapped)
        {
            return result;
        }

        var anonVma = (AnonVma)page.Owner!;
        Take("anonVma", anonVma.Number);
        foreach (Vma vma in _world.Vmas.Where(vma => vma.AnonVma == anonVma))
        {
            result = TryToUnmapOne(page, vma, ignoreRefs, step);
            if (result == SwapResult.Fail || !page.IsMapped)
            {
                break;
            }
        }

        Drop("anonVma", anonVma.Number);
        return result;
    }

    private SwapResult TryToUnmapFile(Page page, bool ignoreRefs, string step)
    {
        BugIf(page.Owner is null, "TryToUnmapFileNullMapping", "try_to_unmap_file", page);
        var mapping = (Mapping)page.Owner!;
        Take("immap", mapping.Number);
        SwapResult result = WalkFile(page, mapping, ignoreRefs, step);
        Drop("immap", mapping.Number);
        return result;
    }

    private SwapResult WalkFile(Page page, Mapping mapping, bool ignoreRefs, string step)
    {
        SwapResult result = SwapResult.Again;
        foreach (Vma vma in _world.Vmas.Where(vma => vma.File == mapping && !vma.Nonlinear))
        {
            if (!vma.CoversOffset(page.Index))
            {
                continue;
            }


            result = TryToUnmapOne(page, vma, ignoreRefs, step);
            if (result == SwapResult.Fail || !page.IsMapped)
            {
                return result;
            }
        }

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

    private SwapResult TryToUnmapOne(Page page, Vma vma, bool ignoreRefs, string step)
    {
        if (!vma.CoversOffset(page.Index))
        {
            BugIf(!page.IsAnon, "VmaAddressFilePageOutside", "vma_address", page);
            return SwapResult.Again;
        }

        ulong address = vma.AddressOf(page.Index);
        if (!vma.Mm.Entries.TryGetValue(address, out Pte? pte) || pte.Kind != PteKind.Present)
        {
            return SwapResult.Again;
        }

        At(step);
        Need("pageTable", vma.Mm.Number);
        if (pte.Page != page)
        {
            return SwapResult.Again;
        }

        if (vma.Locked)
        {
            return SwapResult.Fail;
        }

        bool young = pte.Young;
        pte.Young = false;
        if (young && !ignoreRefs)
        {
            return SwapResult.Fail;
        }

        vma.Mm.Entries.Remove(address);
        if (pte.Dirty)
        {
            SetPageDirty(page);
        }

        UpdateHiwaterRss(vma.Mm);
        if (page.IsAnon)
        {
            BugIf(!page.Has(Flag.SwapCache), "TryToUnmapOneNotSwapCache", "try_to_unmap_one", page);
            SwapDuplicate(page.Private);
            if (!_world.Mmlist.Contains(vma.Mm))
            {
                Need("mmlist");
                _world.Mmlist.Insert(0, vma.Mm);
            }

            vma.Mm.Entries.Add(address, new Pte { Kind = PteKind.Swap, Value = page.Private });
            vma.Mm.AnonRss--;
        }
        else
        {
            vma.Mm.FileRss--;
        }

        PageRemoveRmap(page);
        PutPage(page);
        return SwapResult.Again;
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

    private static void UpdateHiwaterRss(Mm mm) => mm.HiwaterRss = Math.Max(mm.HiwaterRss, mm.FileRss + mm.AnonRss);

    private void PageRemoveRmap(Page page)
    {
        page.Mapcount--;
        if (page.Mapcount <= 0)
        {
            BugIf(page.Mapcount < 0, "PageRemoveRmapNegative", "page_remove_rmap", page);
            _world.NrMapped--;
        }
    }
}
