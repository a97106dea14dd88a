namespace MigrationConformance.Core;

/// <summary>A page on to is as it was, except for its lock, until step 10 of its migration.</summary>
internal static class NewPagesAreUntouched
{
    public const string Name = "new pages are untouched";

    public static Violation? Check(Machine m, Survey survey)
    {
        for (int page = 0; page < survey.HasTo.Length; page++)
        {
            if (!survey.HasTo[page])
                continue;
            ref Page now = ref m.Pages[page];
            ref Page then = ref survey.Start.Pages[page];
            if (!OnTo(m, page) || InUse(m, page))
                continue;
            bool same = now.Count == then.Count && now.Mapcount == then.Mapcount && now.Mapping == then.Mapping && now.Index == then.Index
                && now.Private == then.Private && now.Contents == then.Contents
                && (now.Flags & ~PageFlags.Locked) == (then.Flags & ~PageFlags.Locked);
            if (!same)
                return new Violation(Name, $"page {page} waits on to and was changed: flags {now.Flags}, mapping {now.Mapping}, index {now.Index}, private {now.Private}, count {now.Count}", new Pfn(page));
        }
        foreach (ref KernelTask t in m.Tasks.Rows)
        {
            if (t.Call != 0 && Fresh(m, t) is { } stale)
                return stale;
        }
        return null;
    }

    // What a call allocates is on no list at the start; it stays as the allocator gives it.
    private static Violation? Fresh(Machine m, in KernelTask t)
    {
        for (int page = t.To.IsNone ? -1 : m.Lists[t.To.Value].Next; page >= 0; page = m.Pages[page].Next)
        {
            ref Page p = ref m.Pages[page];
            bool fresh = p.Count == 1 && p.Mapcount == 0 && p.Mapping.IsNull && p.Index.Value == 0 && p.Private == 0 && p.Contents == 0
                && (p.Flags & ~PageFlags.Locked) == PageFlags.None;
            if (!fresh && !InUse(m, page))
                return new Violation(Name, $"page {page} waits on to and is not fresh: flags {p.Flags}, mapping {p.Mapping}, index {p.Index}, private {p.Private}, count {p.Count}", new Pfn(page));
        }
        return null;
    }

    private static bool OnTo(Machine m, int page)
    {
        foreach (ref KernelTask t in m.Tasks.Rows)
        {
            if (t.Kind != TaskKind.Migration || t.To.IsNone)
                continue;
            for (int at = m.Lists[t.To.Value].Next; at >= 0; at = m.Pages[at].Next)
            {
                if (at == page)
                    return true;
            }
        }
        return false;
    }

    private static bool InUse(Machine m, int page)
    {
        foreach (ref KernelTask t in m.Tasks.Rows)
        {
            if (t.Newpage.Value == page && t.Rc == 0 && StepOrder.IsBetween(t, MigrationStep.SwitchSlot, MigrationStep.MoveToLru))
                return true;
        }
        return false;
    }
}
