namespace MigrationConformance.Core;

/// <summary>from, moved and failed together hold the pages that from held, or those that a call has isolated and not put back; to loses exactly the pages that were migrated to.</summary>
internal static class ListsPartitionTheInput
{
    public const string Name = "lists partition the input";

    public static Violation? Check(Machine m, Survey survey)
    {
        for (int task = 0; task < m.Tasks.Count; task++)
        {
            ref KernelTask t = ref m.Tasks[task];
            if (t.Kind != TaskKind.Migration)
                continue;
            if (t.Call != 0)
            {
                if (OfCall(m, t, m.PolicyCalls[t.Call - 1]) is { } lost)
                    return lost;
                continue;
            }
            // What a task isolated itself was on no list of a migration's at the start, and it noted how many there were.
            bool isolated = survey.Start.Tasks[task].Kind == TaskKind.Isolation;
            int known = isolated ? -1 : t.From.Value + 1;
            int here = Count(m, t.From, survey, known, out Violation? wrong) + Count(m, t.Moved, survey, known, out Violation? moved)
                + Count(m, t.Failed, survey, known, out Violation? failed);
            if ((wrong ?? moved ?? failed) is { } stranger)
                return stranger;
            int input = isolated ? (int)t.Address : 0;
            foreach (int list in survey.StartList)
                input += list == known ? 1 : 0;
            if (here != input)
                return new Violation(Name, $"{here} pages on from, moved and failed, {input} at the start", Pfn.None);
            if (!t.To.IsNone)
                Count(m, t.To, survey, t.To.Value + 1, out wrong);
            if (wrong is not null)
                return wrong;
        }
        return null;
    }

    // A call collects its pages as it goes, and counts those that it has not given back.
    private static Violation? OfCall(Machine m, in KernelTask t, in PolicyCall c)
    {
        int here = Length(m, t.From) + Length(m, t.Moved) + Length(m, t.Failed);
        return here == c.NrIsolated - c.NrPutBack
            ? null
            : new Violation(Name, $"{here} pages on pagelist, moved and failed, {c.NrIsolated} isolated and {c.NrPutBack} put back", Pfn.None);
    }

    private static int Length(Machine m, ListId list)
    {
        int length = 0;
        for (int page = m.Lists[list.Value].Next; page >= 0 && length <= m.Pages.Count; page = m.Pages[page].Next)
            length++;
        return length;
    }

    private static int Count(Machine m, ListId list, Survey survey, int known, out Violation? wrong)
    {
        int count = 0;
        wrong = null;
        for (int page = m.Lists[list.Value].Next; page >= 0 && count <= m.Pages.Count; page = m.Pages[page].Next, count++)
        {
            if (known >= 0 && (page >= survey.StartList.Length || survey.StartList[page] != known))
                wrong = new Violation(Name, $"page {page} is on list {list.Value} and was not among its pages at the start", new Pfn(page));
        }
        return count;
    }
}
