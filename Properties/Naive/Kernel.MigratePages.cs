namespace MigrationConformance.Properties.Naive;

/// <summary>migrate_pages: the passes, and one attempt at one page.</summary>
internal sealed partial class Kernel
{
    private const int EAGAIN = -11;
    private const int ENOMEM = -12;
    private const int LastPass = 10;

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
}
