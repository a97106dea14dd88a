namespace MigrationConformance.Properties.Naive;

/// <summary>Writing a dirty page out.</summary>
internal sealed partial class Kernel
{
    private enum PageoutResult
    {
        Keep,
        Activate,
        Success,
        Clean,
    }

    /// <summary>Writes a dirty page out.</summary>
    /// <returns>What became of it; unless it is clean, also why the attempt ends, in migrate_pages' words.</returns>
    private (PageoutResult Result, string Reason) Pageout(Page page, Mapping? mapping, string step)
    {
        At(step);
        if (!IsPageCacheFreeable(page))
        {
            return (PageoutResult.Keep, "PageoutNotFreeable");
        }

        if (mapping is null)
        {
            if (page.Has(Flag.Private) && TryToFreeBuffers(page))
            {
                page.Clear(Flag.Dirty);
                return (PageoutResult.Clean, "");
            }

            return (PageoutResult.Keep, "PageoutDirtyNoMapping");
        }

        if (mapping.Writepage == WritepageMethod.Absent)
        {
            return (PageoutResult.Activate, "PageoutNoWritepage");
        }

        if (!ClearPageDirtyForIo(page))
        {
            return (PageoutResult.Clean, "");
        }

        At("Writepage");
        page.Set(Flag.Reclaim);
        WritepageResult result = Writepage(page, mapping);
        if (result is WritepageResult.IoError or WritepageResult.NoMemory)
        {
            At("HandleWriteError");
            LockPage(page);
            if (PageMapping(page) == mapping)
            {
                mapping.Eio = true;
            }

            UnlockPage(page);
        }

        if (result == WritepageResult.Activate)
        {
            page.Clear(Flag.Reclaim);
            return (PageoutResult.Activate, "PageoutActivate");
        }

        if (!page.Has(Flag.Writeback))
        {
            page.Clear(Flag.Reclaim);
        }

        return (PageoutResult.Success, "PageoutSuccess");
    }
}
