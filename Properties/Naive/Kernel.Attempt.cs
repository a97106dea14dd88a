namespace MigrationConformance.Properties.Naive;

/// <summary>One attempt of migrate_pages at one page.</summary>
internal sealed partial class Kernel
{
    /// <param name="page">The page, isolated.</param>
    /// <returns>0; −EAGAIN; or why it fails for good. The new page is unlocked again, and the attempt's only when it is 0.</returns>
    private int MigrateOne(Page page)
    {
        At("LockPage");
        if (Pass > 2)
        {
            LockPage(page);
        }
        else if (!TryLockPage(page))
        {
            return Leave("PageLocked", EAGAIN);
        }

        At("WaitOnWriteback");
        if (Pass > 0)
        {
            WaitOnPageWriteback(page);
        }
        else if (page.Has(Flag.Writeback))
        {
            UnlockPage(page);
            return Leave("UnderWriteback", EAGAIN);
        }

        if (page.IsAnon && !page.Has(Flag.SwapCache) && AddToSwap(page) is { } reason)
        {
            UnlockPage(page);
            return Leave(reason, ENOMEM);
        }

        return _world.Level < Level.V9 || _world.To is null ? SwapPage(page) : MoveOne(page, _world.To[^1]);
    }

    /// <summary>The direct way, with the page locked.</summary>
    private int MoveOne(Page page, Page newpage)
    {
        At("PrepareNewPage");
        LockPage(newpage);
        Attempt.Newpage = newpage;

        At("CheckPageMapping");
        if (PageMapping(page) is not { } mapping)
        {
            return UnlockBoth(newpage, page, Leave("NoMapping", EAGAIN));
        }

        if (_world.Level >= Level.MigratepageMethod && mapping.Migratepage != MigratepageMethod.Absent)
        {
            At("Migratepage");
            return UnlockBoth(newpage, page, Migratepage(mapping, newpage, page));
        }

        if (_world.Level >= Level.UnmappedBeforeWritten)
        {
            int rc = UnmapBeforeWriting(page);
            if (rc != 0)
            {
                return UnlockBoth(newpage, page, rc);
            }
        }

        if (page.Has(Flag.Dirty))
        {
            (PageoutResult result, string reason) = Pageout(page, mapping, "Pageout");
            switch (result)
            {
                case PageoutResult.Keep or PageoutResult.Activate:
                    return UnlockBoth(newpage, page, Leave(reason, EAGAIN));
                case PageoutResult.Success:
                    // The filesystem has unlocked the page.
                    UnlockPage(newpage);
                    return Leave(reason, EAGAIN);
            }
        }

        At("ReleaseBuffers");
        if (!page.Has(Flag.Private) || TryToReleasePage(page))
        {
            return UnlockBoth(newpage, page, MigratePage(newpage, page));
        }

        if (Pass > 4)
        {
            UnlockPage(newpage);
            Attempt.Newpage = null;
            return SwapPage(page);
        }

        return UnlockBoth(newpage, page, Leave("BuffersBusy", EAGAIN));
    }

    private static int UnlockBoth(Page newpage, Page page, int rc)
    {
        UnlockPage(newpage);
        UnlockPage(page);
        return rc;
    }

    /// <summary>The fallback's unmapping, so that PG_dirty says what the entries said.</summary>
    /// <returns>0, −EPERM or −EAGAIN.</returns>
    private int UnmapBeforeWriting(Page page)
    {
        At("UnmapBeforeWriting");
        SwapResult result = TryToUnmap(page, ignoreRefs: true, "UnmapBeforeWriting");
        At("CheckUnmappedBeforeWriting");
        if (result == SwapResult.Fail)
        {
            return Leave("VmLockedBeforeWriting", EPERM);
        }

        return page.IsMapped ? Leave("StillMappedBeforeWriting", EAGAIN) : 0;
    }
}
