namespace MigrationConformance.Core;

/// <summary>The system calls that migrate pages: mbind with MPOL_MF_MOVE or MPOL_MF_MOVE_ALL, and sys_migrate_pages.</summary>
/// <remarks>
/// Kernel: mm/mempolicy.c. A call is a migration with a row of <see cref="Machine.PolicyCalls"/> beside it. Its task walks through
/// <see cref="PolicyStep"/>s up to the call of migrate_pages, through the steps of <see cref="MigratePages"/> there, and
/// through policy steps again; so whatever watches migrations sees the inner one as it sees any other.
/// This file has the driver; SysMigratePages and Mbind have what differs between the two calls, CheckRange the collection of
/// pages, MigratePagesTo the chunks.
/// </remarks>
public static class PolicyCalls
{
    /// <summary>Makes a task that stands before the first step of migrate_pages(2).</summary>
    /// <param name="m">The machine, to which the call's row and its lists are added.</param>
    /// <param name="caller">The process that calls.</param>
    /// <param name="target">The process whose pages move; −1 when there is none of the pid.</param>
    /// <param name="from">The nodes to leave.</param>
    /// <param name="to">The nodes to go to.</param>
    /// <returns>The row to add to the machine's tasks.</returns>
    public static KernelTask NewMigratePages(Machine m, MmId caller, MmId target, NodeMask from, NodeMask to) =>
        NewTask(m, new PolicyCall { Kind = PolicyCallKind.MigratePages, Caller = caller, Mm = target, FromNodes = from, ToNodes = to });

    /// <summary>Makes a task that stands before the first step of mbind(2).</summary>
    /// <param name="m">The machine, to which the call's row and its lists are added.</param>
    /// <param name="caller">The process that calls; it is its own memory.</param>
    /// <param name="start">First address, in bytes, a multiple of the page size.</param>
    /// <param name="end">First address behind the range.</param>
    /// <param name="mode">The policy.</param>
    /// <param name="nodes">Its nodes.</param>
    /// <param name="flags">What to do with pages that do not follow it.</param>
    /// <returns>The row to add to the machine's tasks.</returns>
    public static KernelTask NewMbind(Machine m, MmId caller, ulong start, ulong end, MpolMode mode, NodeMask nodes, MpolFlags flags) =>
        NewTask(m, new PolicyCall
        {
            Kind = PolicyCallKind.Mbind,
            Caller = caller,
            Mm = caller,
            Start = start,
            End = end,
            Mode = mode,
            ToNodes = nodes,
            Flags = flags,
        });

    private static KernelTask NewTask(Machine m, PolicyCall call)
    {
        ListId from = m.AddList();
        call.NewList = m.AddList();
        call.Vma = VmaId.None;
        call.Prev = VmaId.None;
        call.First = VmaId.None;
        call.At = Pfn.None;
        call.Source = -1;
        call.Dest = -1;
        ListId moved = m.AddList();
        return MigratePages.NewTask(from, PatchSet.AllocatesNewPages(m) ? call.NewList : ListId.None, moved, m.AddList()) with
        {
            Step = (int)PolicyStep.CheckArguments,
            Call = m.PolicyCalls.Add(call) + 1,
        };
    }

    /// <summary>Makes one step of a call.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="task">The call.</param>
    /// <returns>What happened. Only <see cref="StepResult.Ran"/> and <see cref="StepResult.Bug"/> change the machine.</returns>
    public static StepResult Advance(Machine m, TaskId task)
    {
        var nothing = default(NoObserver);
        return Run(m, task, ref nothing, steps: 1);
    }

    /// <summary>Runs a call and shows each step to an observer; a policy step is shown by its number.</summary>
    /// <typeparam name="TObserver">The observer.</typeparam>
    /// <param name="m">The machine.</param>
    /// <param name="task">The call.</param>
    /// <param name="observer">Is told before and after each step.</param>
    /// <param name="steps">The most steps to make; as many as it takes, or 1.</param>
    /// <returns>Ran when <paramref name="steps"/> were made; else Blocked, Finished or Bug.</returns>
    public static StepResult Run<TObserver>(Machine m, TaskId task, ref TObserver observer, long steps = long.MaxValue)
        where TObserver : struct, IMigrationObserver
    {
        if (m.Bug.Check != BugCheck.None)
            return StepResult.Bug;
        ref KernelTask t = ref m.Tasks[task.Value];
        t.WaitsFor = WaitKind.None;
        try
        {
            while (steps > 0)
            {
                if (t.Step == (int)PolicyStep.Finished)
                    return StepResult.Finished;
                if (InMigratePages(t.Step))
                {
                    StepResult inner = MigratePages.Run(m, task, ref observer, steps);
                    if (inner != StepResult.Finished)
                        return inner;
                }
                int step = t.Step;
                observer.Before(m, task, (MigrationStep)step);
                PolicyStep next = Step(m, ref t, ref m.PolicyCalls[t.Call - 1], task.Value + 1);
                if (next == Blocked)
                    return StepResult.Blocked;
                t.Step = (int)next;
                observer.After(m, task, (MigrationStep)step);
                steps--;
            }
            return StepResult.Ran;
        }
        catch (KernelBugException bug)
        {
            m.NoteBug(bug, task);
            return StepResult.Bug;
        }
    }

    /// <summary>The name of a step of a migration or of the call around it.</summary>
    /// <param name="step">The number, as the task holds it.</param>
    /// <returns>A name of <see cref="MigrationStep"/> or of <see cref="PolicyStep"/>.</returns>
    public static string StepName(int step) => step >= (int)PolicyStep.CheckArguments ? $"{(PolicyStep)step}" : $"{(MigrationStep)step}";

    /// <summary>Whether a task has the mmap_sem of a process for writing.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="t">The task.</param>
    /// <param name="mm">The process.</param>
    /// <returns>True for an mbind of that process between its down_write and up_write.</returns>
    internal static bool HoldsForWriting(Machine m, in KernelTask t, MmId mm) =>
        t.Call != 0 && m.PolicyCalls[t.Call - 1].MmapSem == MmapSemWrite && m.PolicyCalls[t.Call - 1].Mm == mm;

    /// <summary>Answer of a step that cannot be made.</summary>
    internal const PolicyStep Blocked = 0;

    /// <summary>The next step of a task whose next one belongs to migrate_pages.</summary>
    internal const PolicyStep MigratePagesBegins = (PolicyStep)MigrationStep.Begin;

    /// <summary>Values of <see cref="PolicyCall.MmapSem"/>.</summary>
    internal const int MmapSemRead = 1, MmapSemWrite = 2;

    // A migration that has returned is the caller's again.
    private static bool InMigratePages(int step) => step < (int)PolicyStep.CheckArguments && step != (int)MigrationStep.Finished;

    private static PolicyStep Step(Machine m, ref KernelTask t, ref PolicyCall c, int self) => t.Step switch
    {
        (int)PolicyStep.CheckArguments => c.Kind == PolicyCallKind.Mbind ? Mbind.CheckArguments(m, ref t, ref c) : SysMigratePages.CheckArguments(m, ref t, ref c),
        (int)PolicyStep.TakeMmapSem => TakeMmapSem(m, ref t, ref c, self),
        (int)PolicyStep.ChooseNodes => c.Kind == PolicyCallKind.Mbind ? Mbind.ChooseNodes(m, ref c) : SysMigratePages.ChooseNodes(m, ref c),
        (int)PolicyStep.DrainPagevecs => CheckRange.DrainPagevecs(m, ref t, ref c, self),
        (int)PolicyStep.CheckEntry => CheckRange.CheckEntry(m, ref t, ref c, self),
        (int)PolicyStep.AllocateNewPage => MigratePagesTo.AllocateNewPage(m, t, ref c),
        (int)MigrationStep.Finished => MigratePagesTo.Returned(m, ref t, ref c),
        (int)PolicyStep.PutBackFailed => MigratePagesTo.PutBack(m, ref t, ref c, self, t.Failed, PolicyStep.PutBackMoved),
        (int)PolicyStep.PutBackMoved => MigratePagesTo.PutBackMoved(m, ref t, ref c, self),
        (int)PolicyStep.FreeNewPage => MigratePagesTo.FreeNewPage(m, c),
        (int)PolicyStep.SpliceFailed => MigratePagesTo.SpliceFailed(m, t, ref c),
        (int)PolicyStep.PutBackRest => MigratePagesTo.PutBack(m, ref t, ref c, self, t.From, AfterRange(m, c)),
        (int)PolicyStep.ReleaseMmapSem => ReleaseMmapSem(m, ref t, ref c),
        _ => throw new EngineFault(m, $"a call stands at step {t.Step}"),
    };

    private static PolicyStep TakeMmapSem(Machine m, ref KernelTask t, ref PolicyCall c, int self)
    {
        ref int mmapSem = ref m.Mms[c.Mm.Value].MmapSem;
        bool writes = c.Kind == PolicyCallKind.Mbind;
        if (Locks.Busy(mmapSem, self) || (writes && Locks.MmapSemReader(m, c.Mm) >= 0))
        {
            t.Block(WaitKind.MmapSem, c.Mm.Value);
            return Blocked;
        }
        if (writes)
            mmapSem = self;
        c.MmapSem = writes ? MmapSemWrite : MmapSemRead;
        return PolicyStep.ChooseNodes;
    }

    private static PolicyStep ReleaseMmapSem(Machine m, ref KernelTask t, ref PolicyCall c)
    {
        if (c.MmapSem == MmapSemWrite)
            m.Mms[c.Mm.Value].MmapSem = 0;
        c.MmapSem = 0;
        return Return(ref t, c.Kind == PolicyCallKind.Mbind ? Mbind.Result(c) : SysMigratePages.Result(c));
    }

    /// <summary>What follows a range whose pages are all back where they belong: do_migrate_pages looks for another pair of nodes.</summary>
    internal static PolicyStep AfterRange(Machine m, in PolicyCall c) =>
        c.Kind == PolicyCallKind.MigratePages && PatchSet.AllocatesNewPages(m) && c.Err == 0 ? PolicyStep.ChooseNodes : PolicyStep.ReleaseMmapSem;

    /// <summary>The call returns.</summary>
    internal static PolicyStep Return(ref KernelTask t, int result)
    {
        t.Result = result;
        return PolicyStep.Finished;
    }
}
