namespace MigrationConformance.Properties.Naive;

/// <summary>Taking page table entries away.</summary>
internal sealed partial class Kernel
{
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
        if (AnonVmaOfMapped(page) is not { } anonVma)
        {
            return result;
        }

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

        return WalkNonlinear(page, mapping, result, step);
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
