namespace MigrationConformance.Properties.Naive;

/// <summary>migrate_pages: the passes, and where each page goes after its attempt.</summary>
internal sealed partial class Kernel
{
    private const int LastPass = 10;

    /// <summary>The whole of migrate_pages, in the order of the kernel's code.</summary>
    /// <returns>Pages that failed, and those of the last pass that may be retried.</returns>
    public int MigratePages()
    {
        At("Begin");
        int failed = 0;
        for (Pass = 0; ; Pass++)
        {
            int retry = 0;
            _world.Passes++;
            At("BeginPass");
            EndHolds(Pass);
            foreach (Page page in _world.From.ToList())
            {
                Current = page;
                At("ChoosePage");
                if (page.Count != 1 && _world.Level >= Level.V9 && _world.To is { Count: 0 })
                {
                    break;
                }

                switch (TryOnce(page))
                {
                    case EAGAIN:
                        retry++;
                        break;
                    case < 0:
                        failed++;
                        break;
                }
            }

            Current = null;
            if (retry == 0 || Pass == LastPass)
            {
                return failed + retry;
            }
        }
    }

    /// <summary>An attempt at a page: it moves, fails for good, or stays for another pass.</summary>
    /// <returns>0, −EAGAIN, or what it failed with.</returns>
    private int TryOnce(Page page)
    {
        _attempt = _world.Attempts.Last(attempt => attempt.Page == page);
        _attempt.Begin(Pass, Step);
        int rc = page.Count == 1 ? Leave("PageFreed", 0) : MigrateOne(page);
        if (rc == 0)
        {
            if (_attempt.Newpage is { } newpage)
            {
                At("MoveToLru");
                MoveToLru(newpage, _world.To!);
            }

            _world.From.Remove(page);
            _world.Moved.Insert(0, page);
        }
        else
        {
            _attempt.Newpage = null;
            if (rc != EAGAIN)
            {
                _world.From.Remove(page);
                _world.Failed.Insert(0, page);
            }
        }

        _attempt.End(rc);
        _attempt = null;
        return rc;
    }

    /// <summary>The attempt ends here, at the step that the code stands at.</summary>
    private int Leave(string reason, int rc)
    {
        Attempt.Reason = reason;
        return rc;
    }
}
