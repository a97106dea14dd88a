namespace MigrationConformance.Core;

/// <summary>Who waits for whom, when no task of a machine can go on.</summary>
public static class WaitGraph
{
    /// <summary>The task that holds what a blocked task waits for.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="t">A blocked task.</param>
    /// <returns>Its number; −1 when others hold it, or nobody.</returns>
    public static int Holder(Machine m, in KernelTask t)
    {
        int number = t.WaitsForNumber;
        if (t.WaitsFor == WaitKind.PageLock)
            return PageLockHolder(m, number);
        if (t.WaitsFor == WaitKind.BufferLock)
            return BufferLockHolder(m, number);
        int owner = t.WaitsFor switch
        {
            WaitKind.TreeLock => m.Mappings[number].TreeLock,
            WaitKind.ImmapLock => m.Mappings[number].ImmapLock,
            WaitKind.PrivateLock => m.Mappings[number].PrivateLock,
            WaitKind.AnonVmaLock => m.AnonVmas[number].Lock,
            WaitKind.PageTableLock => m.Mms[number].PageTableLock,
            WaitKind.MmapSem => m.Mms[number].MmapSem,
            WaitKind.SwapLock => m.Globals.SwapLock,
            WaitKind.MmlistLock => m.Globals.MmlistLock,
            WaitKind.LruLock => m.Zones[number].LruLock,
            _ => 0,
        };
        if (owner == 0 && t.WaitsFor == WaitKind.MmapSem)
            return Locks.MmapSemReader(m, new MmId(number));
        return owner is 0 or Machine.LockedByOthers ? -1 : owner - 1;
    }

    /// <summary>The cycle in which tasks wait for each other.</summary>
    /// <param name="m">A machine none of whose unfinished tasks can go on.</param>
    /// <returns>One line a task, first to last; null when somebody waits for others outside the machine only.</returns>
    public static string? Cycle(Machine m)
    {
        for (int start = 0; start < m.Tasks.Count; start++)
        {
            int at = start;
            var line = new List<string>();
            for (int steps = 0; steps <= m.Tasks.Count && at >= 0 && !TaskLocals.IsFinished(m.Tasks[at]); steps++)
            {
                ref KernelTask t = ref m.Tasks[at];
                int holder = t.WaitsFor == WaitKind.None ? -1 : Holder(m, t);
                line.Add($"task {at} ({t.Kind} at {Tasks.StepName(t)}) waits for {t.WaitsFor} {t.WaitsForNumber}, held by task {holder}");
                at = holder;
                if (at == start)
                    return string.Join("\n", line);
            }
        }
        return null;
    }

    private static int PageLockHolder(Machine m, int page)
    {
        for (int task = 0; task < m.Tasks.Count; task++)
        {
            ref KernelTask t = ref m.Tasks[task];
            if ((t.HoldsPageLock != 0 && t.Page.Value == page) || (t.HoldsNewpageLock != 0 && t.Newpage.Value == page))
                return task;
        }
        return -1;
    }

    private static int BufferLockHolder(Machine m, int buffer)
    {
        for (int task = 0; task < m.Tasks.Count; task++)
        {
            if (TaskLocals.LocksBuffer(m, m.Tasks[task], buffer))
                return task;
        }
        return -1;
    }
}
