namespace MigrationConformance.Core;

/// <summary>All tasks of a machine: how each kind is made, and the one step function over them.</summary>
public static class Tasks
{
    /// <summary>Makes one atomic step of any task.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="task">The task.</param>
    /// <returns>What the step did. A blocked task says in its row what it waits for, and has changed nothing.</returns>
    public static StepResult Advance(Machine m, TaskId task)
    {
        ref KernelTask t = ref m.Tasks[task.Value];
        if (m.Bug.Check != BugCheck.None)
            return StepResult.Bug;
        if (t.Kind == TaskKind.Migration)
            return t.Call == 0 ? MigratePages.Advance(m, task) : PolicyCalls.Advance(m, task);
        if (t.Kind == TaskKind.Reclaim)
            return ShrinkList.Advance(m, task);
        if (TaskLocals.IsFinished(t))
            return StepResult.Finished;
        t.Block(WaitKind.None, 0);
        try
        {
            if (WaitsForLru(m, ref t, task))
                return StepResult.Blocked;
            int next = Step(m, ref t, task);
            if (m.Bug.Check != BugCheck.None)
                return StepResult.Bug;
            if (next == Actor.Blocked)
                return StepResult.Blocked;
            t.Step = next;
            return StepResult.Ran;
        }
        catch (KernelBugException bug)
        {
            m.Bug = new BugRecord { Check = bug.Check, Page = bug.Page, Task = task, Step = t.Step };
            return StepResult.Bug;
        }
    }

    // Whatever changes a list of a zone takes its lru_lock: to activate, free, drain or isolate a page. While somebody else has it,
    // a step is tried on a copy, and waits when it would.
    private static bool WaitsForLru(Machine m, ref KernelTask t, TaskId task)
    {
        Machine? tried = null;
        for (int zone = 0; zone < m.Zones.Count; zone++)
        {
            if (!Locks.Busy(m.Zones[zone].LruLock, task.Value + 1))
                continue;
            tried ??= Tried(m, task);
            // Others who let a page go move it themselves, and can have the lock.
            if (Lru.SameLists(m, tried, zone) || Others.HaveLetGo(m, tried))
                continue;
            t.Block(WaitKind.LruLock, zone);
            return true;
        }
        return false;
    }

    private static Machine Tried(Machine m, TaskId task)
    {
        var copy = new Machine(m);
        Step(copy, ref copy.Tasks[task.Value], task);
        return copy;
    }

    private static int Step(Machine m, ref KernelTask t, TaskId task)
    {
        int self = task.Value + 1;
        return t.Kind switch
        {
            TaskKind.Fault or TaskKind.GetUserPages or TaskKind.Mlock => Faults.Step(m, ref t, self),
            TaskKind.FindGetPage or TaskKind.FindLockPage => FileReaders.Step(m, ref t, self),
            TaskKind.Truncate or TaskKind.InvalidateMappingPages or TaskKind.InvalidateInodePages2 => Truncation.Step(m, ref t, self),
            TaskKind.Munmap or TaskKind.Exit => Munmaps.Step(m, ref t, self),
            TaskKind.Mremap => Mremaps.Step(m, ref t, self),
            TaskKind.Isolation => Isolations.Step(m, ref t),
            TaskKind.Msync => Msyncs.Step(m, ref t, self),
            TaskKind.Fork => Forks.Step(m, ref t, self),
            TaskKind.WritebackStart or TaskKind.WritebackWait => WritebackActors.Step(m, ref t, self),
            TaskKind.WritebackEnd => WritebackActors.Complete(m, ref t, self),
            TaskKind.Kswapd => Kswapds.Step(m, ref t, task),
            TaskKind.Swapoff => Swapoffs.Step(m, ref t, self),
            TaskKind.BufferUser => BufferUsers.Step(m, ref t, self),
            TaskKind.LruAddDrain => Drain(m, t),
            _ => throw new EngineFault(m, $"task {task.Value} has the kind {t.Kind}"),
        };
    }

    private static int Drain(Machine m, in KernelTask t)
    {
        Lru.LruAddDrain(m, t.Cpu);
        return Actor.Finished;
    }

    /// <summary>The name of the step that a task makes next.</summary>
    /// <param name="t">The task.</param>
    /// <returns>A name of its kind's step enum, or "Finished".</returns>
    public static string StepName(in KernelTask t) => TaskLocals.IsFinished(t) ? "Finished" : t.Kind switch
    {
        TaskKind.Migration => PolicyCalls.StepName(t.Step),
        TaskKind.Reclaim => $"{(ReclaimStep)t.Step}",
        TaskKind.Fault or TaskKind.GetUserPages or TaskKind.Mlock => $"{(FaultStep)t.Step}",
        TaskKind.FindGetPage or TaskKind.FindLockPage => $"{(ReaderStep)t.Step}",
        TaskKind.Truncate or TaskKind.InvalidateMappingPages or TaskKind.InvalidateInodePages2 => $"{(TruncateStep)t.Step}",
        TaskKind.Munmap or TaskKind.Exit => $"{(MunmapStep)t.Step}",
        TaskKind.Mremap => $"{(MremapStep)t.Step}",
        TaskKind.Isolation => $"{(IsolationStep)t.Step}",
        TaskKind.Msync => $"{(MsyncStep)t.Step}",
        TaskKind.Fork => $"{(ForkStep)t.Step}",
        TaskKind.WritebackStart or TaskKind.WritebackWait => $"{(WritebackStep)t.Step}",
        TaskKind.Kswapd => t.Step >= (int)KswapdStep.Isolate ? $"{(KswapdStep)t.Step}" : $"{(ReclaimStep)t.Step}",
        TaskKind.Swapoff => $"{(SwapoffStep)t.Step}",
        TaskKind.BufferUser => $"{(BufferStep)t.Step}",
        _ => $"{t.Kind}",
    };

    /// <summary>A process's access to an address, or a get_user_pages or mlock there.</summary>
    /// <param name="kind"><see cref="TaskKind.Fault"/>, <see cref="TaskKind.GetUserPages"/> or <see cref="TaskKind.Mlock"/>.</param>
    /// <param name="mm">The process.</param>
    /// <param name="address">The address, a multiple of the page size.</param>
    /// <param name="write">Whether it writes.</param>
    /// <param name="recheck">False: do_swap_page as it was before the series' first patch.</param>
    /// <returns>The task, to be added with <see cref="Machine.AddTask"/>.</returns>
    public static KernelTask Access(TaskKind kind, MmId mm, ulong address, bool write = false, bool recheck = true) => KernelTask.New(kind) with
    {
        Mm = mm,
        Address = address,
        Local0 = (write ? Actor.Write : 0) | (recheck ? 0 : Actor.NoRecheck),
        // What is written tells who wrote it where; nobody else writes such numbers.
        Cursor = write ? 0x5700_0000_0000_0000UL | ((ulong)mm.Value << 40) | (address >> Machine.PageShift) : 0,
        Step = (int)(kind == TaskKind.Mlock ? FaultStep.SetLocked : kind == TaskKind.GetUserPages ? FaultStep.FollowPage : FaultStep.HandlePteFault),
        Pass = 0,
    };

    /// <summary>An actor on a file: reader, truncation, invalidation, writeback, buffer user.</summary>
    /// <param name="kind">Which.</param>
    /// <param name="file">The file.</param>
    /// <param name="index">The page it works on, or the first one that a truncation removes.</param>
    /// <param name="variant">Writeback: waits for writes in flight. Truncation: the page before <paramref name="index"/> loses its tail.</param>
    /// <returns>The task.</returns>
    public static KernelTask OnFile(TaskKind kind, MappingId file, ulong index = 0, bool variant = false) => KernelTask.New(kind) with
    {
        Mapping = file,
        Address = index,
        Local0 = !variant ? 0 : kind == TaskKind.Truncate ? Actor.Partial : Actor.SyncAll,
    };

    /// <summary>A munmap, mremap or msync of the VMA at an address, a fork or an exit.</summary>
    /// <param name="kind">Which.</param>
    /// <param name="mm">The process.</param>
    /// <param name="address">An address of the VMA; of no meaning for fork and exit.</param>
    /// <returns>The task.</returns>
    public static KernelTask OnProcess(TaskKind kind, MmId mm, ulong address = 0) => KernelTask.New(kind) with { Mm = mm, Address = address };

    /// <summary>An actor that needs nothing else: swapoff, the completion of a write, a drain.</summary>
    /// <param name="kind">Which.</param>
    /// <param name="cpu">Its CPU.</param>
    /// <returns>The task.</returns>
    public static KernelTask Simple(TaskKind kind, int cpu = 0) => KernelTask.New(kind, cpu);

    /// <summary>The caller of a second migration, on the last CPU; it gets four lists and its new pages, frames of their own.</summary>
    /// <param name="m">The machine, to which they are added.</param>
    /// <returns>The task.</returns>
    public static KernelTask Isolation(Machine m)
    {
        KernelTask task = MigratePages.NewTask(m.AddList(), m.AddList(), m.AddList(), m.AddList(), m.Pagevecs.Count - 1) with { Kind = TaskKind.Isolation, Step = (int)IsolationStep.Drain };
        Pfn first = m.AddFrames(Isolations.MostPages);
        for (int i = 0; i < Isolations.MostPages; i++)
        {
            m.Pages[first.Value + i].Count = 1;
            PageList.AddTail(m, new Pfn(first.Value + i), task.To);
        }
        return task;
    }

    /// <summary>kswapd on one zone; it gets two private lists of the machine.</summary>
    /// <param name="m">The machine, to which the lists are added.</param>
    /// <param name="zone">The zone.</param>
    /// <param name="pages">How many pages it scans.</param>
    /// <returns>The task.</returns>
    public static KernelTask Kswapd(Machine m, int zone = 0, int pages = 1) =>
        ShrinkList.NewTask(m.AddList(), m.AddList(), ScanControl.All) with
        {
            Kind = TaskKind.Kswapd,
            Step = (int)KswapdStep.Isolate,
            Address = (ulong)zone,
            Cursor = (ulong)pages,
            Mm = new MmId(-1),
        };
}
