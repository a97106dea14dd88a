namespace MigrationConformance.Properties.Naive;

/// <summary>LRU lists, pagevecs, isolation, and the freeing of pages.</summary>
internal sealed partial class Kernel
{
    /// <summary>What the caller does before or after.</summary>
    public void Caller(IEnumerable<string> actions, string step)
    {
        foreach (string action in actions)
        {
            switch (action)
            {
                case "drain":
                    LruAddDrainAll(step);
                    break;
                case "isolate":
                    IsolateFrom(step);
                    break;
                case "putback":
                    PutbackLruPages(_world.Moved, step);
                    PutbackLruPages(_world.Failed, step);
                    PutbackLruPages(_world.From, step);
                    break;
            }
        }
    }

    private void IsolateFrom(string step)
    {
        foreach (Attempt attempt in _world.Attempts)
        {
            At(step);
            if (IsolateLruPage(attempt.Page))
            {
                _world.From.Add(attempt.Page);
            }
            else if (!_world.From.Contains(attempt.Page))
            {
                attempt.Outcome = "notIsolated";
            }
        }
    }

    private bool IsolateLruPage(Page page)
    {
        if (!page.Has(Flag.Lru))
        {
            return false;
        }

        Need("lru", page.Zone);
        page.Clear(Flag.Lru);
        page.Count++;
        Zone zone = _world.Zones[page.Zone];
        (page.Has(Flag.Active) ? zone.Active : zone.Inactive).Remove(page);
        return true;
    }

    /// <summary>Moves an inactive page of the LRU to the head of the active list.</summary>
    private void ActivatePage(Page page)
    {
        Need("lru", page.Zone);
        if (page.Has(Flag.Lru) && !page.Has(Flag.Active))
        {
            Zone zone = _world.Zones[page.Zone];
            zone.Inactive.Remove(page);
            page.Set(Flag.Active);
            zone.Active.Insert(0, page);
        }
    }

    private void PutbackLruPages(List<Page> list, string step)
    {
        foreach (Page page in list.ToList())
        {
            At(step);
            MoveToLru(page, list);
        }
    }

    /// <summary>Takes a page off a private list, queues it for the LRU, and drops the isolation's reference.</summary>
    private void MoveToLru(Page page, List<Page> list)
    {
        list.Remove(page);
        Cpu cpu = _world.Cpus[0];
        bool active = page.TestAndClear(Flag.Active);
        List<Page> pagevec = active ? cpu.LruAddActive : cpu.LruAdd;
        page.Count++;
        pagevec.Add(page);
        if (pagevec.Count == Cpu.PagevecSize)
        {
            DrainPagevec(pagevec, active);
        }

        PutPage(page);
    }

    private void LruAddDrainAll(string step)
    {
        foreach (Cpu cpu in _world.Cpus)
        {
            At(step);
            DrainPagevec(cpu.LruAdd, active: false);
            DrainPagevec(cpu.LruAddActive, active: true);
        }
    }

    /// <summary>Puts the pages of a pagevec on their LRU lists, then drops the pagevec's references.</summary>
    private void DrainPagevec(List<Page> pagevec, bool active)
    {
        List<Page> pages = [.. pagevec];
        foreach (Page page in pages)
        {
            Need("lru", page.Zone);
            if (active)
            {
                const string function = "__pagevec_lru_add_active";
                BugIf(page.TestAndSet(Flag.Lru), "PagevecLruAddActiveAlreadyLru", function, page);
                BugIf(page.TestAndSet(Flag.Active), "PagevecLruAddActiveAlreadyActive", function, page);
                _world.Zones[page.Zone].Active.Insert(0, page);
            }
            else
            {
                BugIf(page.TestAndSet(Flag.Lru), "PagevecLruAddAlreadyLru", "__pagevec_lru_add", page);
                _world.Zones[page.Zone].Inactive.Insert(0, page);
            }

            pagevec.Remove(page);
        }

        foreach (Page page in pages)
        {
            PutPage(page);
        }
    }

    private void PutPage(Page page)
    {
        BugIf(page.Count == 0, "PutPageTestzeroZero", "put_page_testzero", page);
        page.Count--;
        if (page.Count != 0)
        {
            return;
        }

        // Off the LRU, then to the allocator.
        Need("lru", page.Zone);
        if (page.TestAndClear(Flag.Lru))
        {
            Zone zone = _world.Zones[page.Zone];
            (page.TestAndClear(Flag.Active) ? zone.Active : zone.Inactive).Remove(page);
        }

        FreePage(page);
    }

    private static void FreePage(Page page)
    {
        const Flag forbidden = Flag.Lru | Flag.Private | Flag.Locked | Flag.Active | Flag.Reclaim | Flag.Slab
            | Flag.SwapCache | Flag.Writeback | Flag.Reserved;
        if (page.IsAnon)
        {
            page.Owner = null;
        }

        bool bad = page.Mapcount != 0 || page.Owner is not null || page.Has(forbidden);
        BugIf(bad, "BadPageAtFree", "free_hot_cold_page", page);
        page.Clear(Flag.Dirty);
    }

    /// <summary>A page that reclaim wanted, and that is written now, is the next candidate of its zone.</summary>
    private void RotateReclaimablePage(Page page)
    {
        if (page.Has(Flag.Locked | Flag.Dirty | Flag.Active) || !page.Has(Flag.Lru))
        {
            return;
        }

        Zone zone = _world.Zones[page.Zone];
        zone.Inactive.Remove(page);
        zone.Inactive.Add(page);
    }
}
