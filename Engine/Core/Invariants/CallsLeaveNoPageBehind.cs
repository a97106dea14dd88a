namespace MigrationConformance.Core;

/// <summary>A system call that has returned holds no page and no lock: what it isolated is back on the LRU, what it allocated is used or freed.</summary>
internal static class CallsLeaveNoPageBehind
{
    public const string Name = "calls leave no page behind";

    public static Violation? Check(Machine m, Survey survey)
    {
        foreach (ref KernelTask t in m.Tasks.Rows)
        {
            if (t.Call == 0 || t.Step != (int)PolicyStep.Finished)
                continue;
            ref PolicyCall c = ref m.PolicyCalls[t.Call - 1];
            if ((First(m, t.From) ?? First(m, c.NewList) ?? First(m, t.Moved) ?? First(m, t.Failed)) is { } page)
                return new Violation(Name, $"page {page} is on a list of a call that has returned {t.Result}", new Pfn(page));
            if (c.MmapSem != 0)
                return new Violation(Name, $"the call has returned {t.Result} with mmap_sem", Pfn.None);
        }
        return null;
    }

    private static int? First(Machine m, ListId list) => PageList.First(m, list) is { IsNone: false } page ? page.Value : null;
}
