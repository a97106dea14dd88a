namespace MigrationConformance.Core;

/// <summary>What a task has taken it has given back when it is over: references, pages it allocated, locks, uses of buffers, mmap_sem.</summary>
internal static class TasksThatAreOverHoldNothing
{
    public const string Name = "tasks that are over hold nothing";

    public static Violation? Check(Machine m, Survey survey)
    {
        for (int task = 0; task < m.Tasks.Count; task++)
        {
            ref KernelTask t = ref m.Tasks[task];
            if (t.Kind == TaskKind.None || !TaskLocals.IsFinished(t))
                continue;
            if (TaskLocals.References(t) > 0 || t.HoldsPageLock != 0)
                return Wrong(t, task, t.HoldsPageLock != 0 ? "the lock of its page" : "a reference", t.Page);
            if (TaskLocals.HoldsFreshPage(t) || t.HoldsNewpageLock != 0)
                return Wrong(t, task, "a new page", t.Newpage);
            if (HoldsMore(m, t, task) is { } what)
                return Wrong(t, task, what, Pfn.None);
        }
        return null;
    }

    private static string? HoldsMore(Machine m, in KernelTask t, int task)
    {
        if (Locks.ReadsMmapSem(m, t))
            return "mmap_sem for reading";
        for (int row = 0; row < m.Buffers.Count; row++)
        {
            if (TaskLocals.HoldsBuffer(m, t, row))
                return "a use of a buffer";
        }
        foreach (ref Hold hold in m.Holds.Rows)
        {
            if (hold.Kind == HoldKind.Gather && hold.Submitted == task + 1)
                return "a page in its gather";
        }
        return null;
    }

    private static Violation Wrong(in KernelTask t, int task, string what, Pfn page) =>
        new(Name, FormattableString.Invariant($"task {task} ({t.Kind}) is over and still holds {what}{(page.IsNone ? "" : $", page {page.Value}")}"), page);
}
