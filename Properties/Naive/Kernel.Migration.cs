namespace MigrationConformance.Properties.Naive;

/// <summary>migrate_pages and what it is made of.</summary>
internal sealed partial class Kernel
{
    private const int EAGAIN = -11;
    private const int ENOMEM = -12;
    private const int LastPass = 10;

    private enum PageoutResult
    {
        Keep,
        Activate,
        Success,
        Clean,
    }

    /// <summary>The whole of migrate_pages, in the order of the kernel's code.</summary>
    /// <returns>Pages that failed, and those of the last pass that may be retried.</returns>
    public int MigratePages()
    {
        At("Begin");
        int failed = 0;
        int retry;
        do
        {
            retry = 0;
            Pass = _world.Passes;
            _world.Passes++;
            At("BeginPass");
            EndHolds(Pass);
            foreach (Page page in _world.From.ToList())
            {
                Current = page;
                At("ChoosePage");
                bool freed = page.Count == 1;
                if (!freed && !_world.BeforePatch && _world.To is { Count: 0 })
                {
                    break;
                }

                _attempt = _world.Attempts.Single(attempt => attempt.Page == page);
                _attempt.Outcome = "underWay";
                _attempt.Pass = Pass;
                _attempt.Step = Step;
                _attempt.Reason = null;
                _attempt.Rc = null;
                Page? newpage = null;
                int rc = freed ? Leave("PageFreed", 0) : MigrateOne(page, out newpage);
                string step = Attempt.Step!;
                if (rc == EAGAIN)
                {
                    retry++;
                    _attempt.Outcome = "retry";
                }
                else if (rc < 0)
                {
                    failed++;
                    _world.From.Remove(page);
                    _world.Failed.Insert(0, page);
                    _attempt.Outcome = "failed";
                }
                else
                {
                    _attempt.Outcome = freed ? "freed" : "swappedOut";
                    if (newpage is not null)
                    {
                        _attempt.Outcome = "underWay";
                        At("MoveToLru");
                        MoveToLru(newpage, _world.To!);
                        step = Step;
                        _attempt.Outcome = "migrated";
                        _attempt.Newpage = newpage;
                    }

                    _world.From.Remove(page);
                    _world.Moved.Insert(0, page);
                }

                _attempt.Step = step;
                _attempt.Rc = rc;
                _attempt = null;
            }

            Current = null;
        }
        while (retry > 0 && Pass < LastPass);

        return failed + retry;
    }

    /// <summary>The attempt ends here, at the step that the code stands at.</summary>
    private int Leave(string reason, int rc)
    {
        Attempt.Reason = reason;
        return rc;
    }

    /// <summary>One attempt at one page.</summary>
    /// <param name="page">The page, isolated.</param>
    /// <param name="taken">The new page when it was migrated, else null.</param>
    /// <returns>0, −EAGAIN or −ENOMEM.</returns>
    private int MigrateOne(Page page, out Page? taken)
    {
        taken = null;
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

        if (_world.BeforePatch || _world.To is null)
        {
            return SwapPage(page);
        }

        At("PrepareNewPage");
        Page newpage = _world.To[^1];
        LockPage(newpage);

        At("CheckPageMapping");
        if (PageMapping(page) is not { } mapping)
        {
            UnlockPage(newpage);
            UnlockPage(page);
            return Leave("NoMapping", EAGAIN);
        }

        if (page.Has(Flag.Dirty))
        {
            (PageoutResult result, string pageoutReason) = Pageout(page, mapping, "Pageout");
            switch (result)
            {
                case PageoutResult.Keep or PageoutResult.Activate:
                    UnlockPage(newpage);
                    UnlockPage(page);
                    return Leave(pageoutReason, EAGAIN);
                case PageoutResult.Success:
                    UnlockPage(newpage);
                    return Leave(pageoutReason, EAGAIN);
            }
        }

        At("ReleaseBuffers");
        if (!page.Has(Flag.Private) || TryToReleasePage(page))
        {
            int rc = MigratePage(newpage, page);
            UnlockPage(newpage);
            UnlockPage(page);
            taken = rc == 0 ? newpage : null;
            return rc;
        }

        if (Pass > 4)
        {
            UnlockPage(newpage);
            return SwapPage(page);
        }

        UnlockPage(newpage);
        UnlockPage(page);
        return Leave("BuffersBusy", EAGAIN);
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

    /// <summary>Puts the page out of memory; it is unlocked afterwards in any case.</summary>
    private int SwapPage(Page page)
    {
        Mapping? mapping = PageMapping(page);
        At("SwapPageUnmap");
        if (page.IsMapped && mapping is not null
            && TryToUnmap(page, ignoreRefs: false, "SwapPageUnmap") != SwapResult.Success)
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

    private int MigratePage(Page newpage, Page page)
    {
        At("CheckReferences");
        BugIf(page.Has(Flag.Writeback), "MigratePageWriteback", "migrate_page", page);
        if (MigratePageRemoveReferences(newpage, page, 2) is { } reason)
        {
            return Leave(reason, EAGAIN);
        }

        MigratePageCopy(newpage, page);
        return 0;
    }

    /// <summary>Takes the entries away, and lets the new page stand in the tree for the old one.</summary>
    /// <returns>Null, or why it backed out.</returns>
    private string? MigratePageRemoveReferences(Page newpage, Page page, int refs)
    {
        if (PageMapping(page) is not { } mapping)
        {
            return "MappingGoneBeforeUnmap";
        }

        if (page.Mapcount + refs != page.Count)
        {
            return "ReferencesBeforeUnmap";
        }

        At("TryToUnmap");
        TryToUnmap(page, ignoreRefs: true, "TryToUnmap");

        At("CheckUnmapped");
        if (page.Mapcount != 0)
        {
            return "StillMapped";
        }

        At("TakeTreeLock");
        Take("tree", mapping.Number);
        string? reason = SwitchTree(newpage, page, mapping, refs);
        Drop("tree", mapping.Number);
        return reason;
    }

    private string? SwitchTree(Page newpage, Page page, Mapping mapping, int refs)
    {
        ulong index = PageIndex(page);
        At("CheckMapping");
        if (PageMapping(page) is null)
        {
            return "MappingGone";
        }

        At("CheckCount");
        if (page.Count != refs)
        {
            return "ReferencesRemain";
        }

        At("CheckSlot");
        BugIf(!mapping.HasSlot(index), "RemoveReferencesNullSlot", "migrate_page_remove_references", page);
        if (!mapping.Tree.TryGetValue(index, out Page? found) || found != page)
        {
            return "SlotChanged";
        }

        At("EstablishNewPage");
        newpage.Count++;
        newpage.Index = page.Index;
        newpage.Owner = page.Owner;
        if (page.Has(Flag.SwapCache))
        {
            newpage.Set(Flag.SwapCache);
            newpage.Private = page.Private;
        }

        At("SwitchSlot");
        mapping.Tree[index] = newpage;
        At("DropTreeReference");
        page.Count--;
        At("DropTreeLock");
        return null;
    }

    private void MigratePageCopy(Page newpage, Page page)
    {
        At("CopyContents");
        newpage.Contents = page.Contents;

        At("CopyFlags");
        const Flag copied = Flag.Error | Flag.Referenced | Flag.Uptodate | Flag.Active | Flag.Checked
            | Flag.MappedToDisk;
        newpage.Flags |= page.Flags & copied;

        At("TransferDirty");
        if (page.Has(Flag.Dirty))
        {
            ClearPageDirtyForIo(page);
            SetPageDirty(newpage);
        }

        At("ClearOldPage");
        page.Clear(Flag.SwapCache | Flag.Active | Flag.Private);
        page.Private = 0;
        page.Owner = null;

        At("EndNewPageWriteback");
        if (newpage.Has(Flag.Writeback))
        {
            EndPageWriteback(newpage);
        }
    }
}
