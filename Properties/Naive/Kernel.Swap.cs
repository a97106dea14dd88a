namespace MigrationConformance.Properties.Naive;

/// <summary>Swap slots and the swap cache.</summary>
internal sealed partial class Kernel
{
    /// <summary>The lowest free slot, now with one user.</summary>
    private ulong? GetSwapPage()
    {
        Need("swap");
        if (!_world.SwapWritable)
        {
            return null;
        }

        for (int slot = 1; slot < _world.Slots.Count; slot++)
        {
            if (_world.Slots[slot].Count == 0)
            {
                _world.Slots[slot].Count = 1;
                return (ulong)slot;
            }
        }

        return null;
    }

    /// <summary>nr_swap_pages is positive: it counts free slots, also of a device that hands none out.</summary>
    private bool HasFreeSwapSlot() => _world.Slots.Skip(1).Any(slot => slot.Count == 0);

    /// <summary>The slot of an entry, or nothing when the entry is not one that is in use.</summary>
    private SwapSlot? SwapInfoGet(ulong slot)
    {
        Need("swap");
        return slot > 0 && slot < (ulong)_world.Slots.Count && _world.Slots[(int)slot].Count != 0
            ? _world.Slots[(int)slot]
            : null;
    }

    private void SwapDuplicate(ulong entry)
    {
        if (SwapInfoGet(entry) is not { } slot)
        {
            return;
        }

        if (slot.Count < SwapSlot.Max - 1)
        {
            slot.Count++;
        }
        else if (slot.Count <= SwapSlot.Max)
        {
            slot.Count = SwapSlot.Max;
        }
    }

    private void SwapFree(ulong entry)
    {
        if (SwapInfoGet(entry) is { Count: < SwapSlot.Max } slot)
        {
            slot.Count--;
        }
    }

    /// <summary>__add_to_swap_cache; the page is locked by the caller already.</summary>
    /// <returns>False when there is no memory for the tree.</returns>
    private bool AddToSwapCacheAt(Page page, ulong slot)
    {
        BugIf(page.Has(Flag.SwapCache), "AddToSwapCacheAlreadySwapCache", "__add_to_swap_cache", page);
        BugIf(page.Has(Flag.Private), "AddToSwapCachePrivate", "__add_to_swap_cache", page);
        if (_world.RadixPreloadFails)
        {
            return false;
        }

        NeedTree(_world.Swapper);
        _world.Swapper.Insert(slot, page);
        page.Count++;
        page.Set(Flag.Locked);
        page.Set(Flag.SwapCache);
        page.Private = slot;
        return true;
    }

    /// <summary>An anonymous page gets a slot and enters the swap cache, dirty in name but without a tag.</summary>
    /// <returns>Null, or why it did not.</returns>
    private string? AddToSwap(Page page)
    {
        At("AddToSwap");
        BugIf(!page.Has(Flag.Locked), "AddToSwapPageNotLocked", "add_to_swap", page);
        if (GetSwapPage() is not { } slot)
        {
            return "NoSwapSlot";
        }

        At("AddToSwapCache");
        if (!AddToSwapCacheAt(page, slot))
        {
            SwapFree(slot);
            return "NoSwapCacheMemory";
        }

        page.Set(Flag.Uptodate);
        page.Set(Flag.Dirty);
        return null;
    }

    private void DeleteFromSwapCacheLocked(Page page)
    {
        const string function = "__delete_from_swap_cache";
        BugIf(!page.Has(Flag.Locked), "DeleteFromSwapCachePageNotLocked", function, page);
        BugIf(!page.Has(Flag.SwapCache), "DeleteFromSwapCacheNotSwapCache", function, page);
        BugIf(page.Has(Flag.Writeback), "DeleteFromSwapCacheWriteback", function, page);
        BugIf(page.Has(Flag.Private), "DeleteFromSwapCachePrivate", function, page);
        _world.Swapper.Delete(page.Private);
        page.Private = 0;
        page.Clear(Flag.SwapCache);
    }

    /// <summary>Takes a page out of the swap cache when the cache is the only user of its slot.</summary>
    private bool RemoveExclusiveSwapPage(Page page)
    {
        const string function = "remove_exclusive_swap_page";
        BugIf(page.Has(Flag.Private), "RemoveExclusiveSwapPagePrivate", function, page);
        BugIf(!page.Has(Flag.Locked), "RemoveExclusiveSwapPageNotLocked", function, page);
        if (!page.Has(Flag.SwapCache) || page.Has(Flag.Writeback) || page.Count != 2)
        {
            return false;
        }

        ulong entry = page.Private;
        if (SwapInfoGet(entry) is not { Count: 1 })
        {
            return false;
        }

        NeedTree(_world.Swapper);
        DeleteFromSwapCacheLocked(page);
        page.Set(Flag.Dirty);
        SwapFree(entry);
        PutPage(page);
        return true;
    }

    private WritepageResult SwapWritepage(Page page)
    {
        if (RemoveExclusiveSwapPage(page))
        {
            UnlockPage(page);
            return WritepageResult.Ok;
        }

        if (_world.SwapWrite == "noMemory")
        {
            SetPageDirty(page);
            UnlockPage(page);
            return WritepageResult.NoMemory;
        }

        Submit(page, _world.Swapper, _world.SwapWrite == "asynchronousFailing", []);
        UnlockPage(page);
        return WritepageResult.Ok;
    }
}
