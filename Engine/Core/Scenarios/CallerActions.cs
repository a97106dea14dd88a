namespace MigrationConformance.Core;

/// <summary>What the caller of migrate_pages does around the call: draining pagevecs, isolating pages, giving them back.</summary>
/// <remarks>Each method answers false when it needs an lru_lock that others hold for ever; the caller hangs there.</remarks>
internal static class CallerActions
{
    /// <summary>What is done before the call.</summary>
    public static bool Prepare(ScenarioMachine run, PageOutcome[] outcomes)
    {
        foreach (CallerAction action in run.Scenario.Before)
        {
            if (!(action == CallerAction.Drain ? DrainAll(run) : Isolate(run, outcomes)))
                return false;
        }
        return true;
    }

    /// <summary>What is done after the call.</summary>
    public static bool FollowUp(ScenarioMachine run)
    {
        foreach (CallerAction action in run.Scenario.After)
        {
            bool done = action == CallerAction.Drain
                ? DrainAll(run)
                : Putback(run, run.Moved) && Putback(run, run.Failed) && Putback(run, run.From);
            if (!done)
                return false;
        }
        return true;
    }

    /// <summary>The caller's scan: isolates each page and links those that it got, in order.</summary>
    private static bool Isolate(ScenarioMachine run, PageOutcome[] outcomes)
    {
        Machine m = run.Machine;
        for (int i = 0; i < outcomes.Length; i++)
        {
            Pfn page = outcomes[i].Page;
            if (m.Pages[page.Value].Has(PageFlags.Lru) && Waits(run, m.Pages[page.Value].Zone))
                return false;
            if (LruIsolation.IsolateLruPage(m, page) == 1)
                PageList.AddTail(m, page, run.From);
            else
                outcomes[i] = PageOutcome.WithoutAttempt(page, PageFate.NotIsolated);
        }
        return true;
    }

    private static bool DrainAll(ScenarioMachine run)
    {
        Machine m = run.Machine;
        for (int cpu = 0; cpu < m.Pagevecs.Count; cpu++)
        {
            ref CpuPagevecs pagevecs = ref m.Pagevecs[cpu];
            if (Waits(run, ref pagevecs.LruAdd) || Waits(run, ref pagevecs.LruAddActive))
                return false;
            Lru.LruAddDrain(m, cpu);
        }
        return true;
    }

    private static bool Putback(ScenarioMachine run, ListId list)
    {
        Machine m = run.Machine;
        for (Pfn page = PageList.First(m, list); !page.IsNone; page = PageList.First(m, list))
        {
            bool active = m.Pages[page.Value].Has(PageFlags.Active);
            ref CpuPagevecs pagevecs = ref m.Pagevecs[0];
            bool waits = Lru.NextAddDrains(m, 0, active)
                && (Waits(run, m.Pages[page.Value].Zone) || Waits(run, ref active ? ref pagevecs.LruAddActive : ref pagevecs.LruAdd));
            if (waits)
                return false;
            LruIsolation.MoveToLru(m, 0, page);
        }
        return true;
    }

    private static bool Waits(ScenarioMachine run, ref Pagevec pagevec)
    {
        foreach (int pfn in pagevec.Pages[..pagevec.Nr])
        {
            if (Waits(run, run.Machine.Pages[pfn].Zone))
                return true;
        }
        return false;
    }

    private static bool Waits(ScenarioMachine run, int zone)
    {
        ref KernelTask t = ref run.Machine.Tasks[run.Migration.Value];
        bool busy = Locks.Busy(run.Machine.Zones[zone].LruLock, run.Migration.Value + 1);
        if (busy)
            t.Block(WaitKind.LruLock, zone);
        return busy;
    }
}
