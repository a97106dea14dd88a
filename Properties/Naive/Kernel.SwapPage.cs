namespace MigrationConformance.Properties.Naive;

/// <summary>swap_page: out of memory instead of to another page.</summary>
internal sealed partial class Kernel
{
    /// <summary>Puts the page out of memory; it is unlocked afterwards in any case.</summary>
    private int SwapPage(Page page)
    {
        Mapping? mapping = PageMapping(page);
        At("SwapPageUnmap");
        if (page.IsMapped && mapping is not null
            && TryToUnmap(page, _world.Level >= Level.SwapPageIgnoresReferences, "SwapPageUnmap") != SwapResult.Success)
        {
            UnlockPage(page);
            return Leave("SwapPageStillMapped", EAGAIN);
        }

        if (page.Has(Flag.Dirty))
        {
            (PageoutResult result, string reason) = Pageout(page, mapping, "SwapPagePageout");
            if (result is PageoutResult.Keep or PageoutResult.Activate)
            {
                UnlockPage(page);
            }

            if (result != PageoutResult.Clean)
            {
                return Leave(reason.Replace("Pageout", "SwapPage"), EAGAIN);
            }
        }

        if (page.Has(Flag.Private))
        {
            At("SwapPageReleaseBuffers");
            if (!TryToReleasePage(page))
            {
                UnlockPage(page);
                return Leave("SwapPageBuffersBusy", EAGAIN);
            }

            if (mapping is null && page.Count == 1)
            {
                UnlockPage(page);
                return Leave("SwapPageBuffersDropped", EAGAIN);
            }
        }

        At("SwapPageRemoveMapping");
        string? refusal = RemoveMapping(page, mapping);
        UnlockPage(page);
        return refusal is null ? Leave("SwappedOut", 0) : Leave(refusal, EAGAIN);
    }

    /// <summary>Takes a clean page that nobody else uses out of its tree.</summary>
    /// <returns>Null, or why it refused.</returns>
    private string? RemoveMapping(Page page, Mapping? mapping)
    {
        if (mapping is null)
        {
            return "SwapPageNoMapping";
        }

        NeedTree(mapping);
        if (page.Count != 2)
        {
            return "SwapPageReferencesRemain";
        }

        if (page.Has(Flag.Dirty))
        {
            return "SwapPageDirty";
        }

        if (page.Has(Flag.SwapCache))
        {
            ulong entry = page.Private;
            DeleteFromSwapCacheLocked(page);
            SwapFree(entry);
        }
        else
        {
            mapping.Delete(page.Index);
            page.Owner = null;
        }

        page.Count--;
        return null;
    }
}
