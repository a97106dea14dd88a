using System.Text;

namespace MigrationConformance.Core;

/// <summary>The reference ledger: derives, from the rest of the machine, who holds each unit of each page's count.</summary>
/// <remarks>Kernel: include/linux/mm.h page_count(), page_mapcount(). One walk serves the sums and the texts, so they cannot disagree.</remarks>
public static class Ledger
{
    /// <summary>Names every holder of every page.</summary>
    /// <typeparam name="TSink">The receiver.</typeparam>
    /// <param name="m">The machine.</param>
    /// <param name="sink">Is told each unit once.</param>
    public static void Walk<TSink>(Machine m, ref TSink sink)
        where TSink : struct, IHolderSink, allows ref struct
    {
        Trees(m, ref sink);
        Entries(m, ref sink);
        PrivateLists(m, ref sink);
        Pagevecs(m, ref sink);
        for (int page = 0; page < m.Pages.Count; page++)
        {
            if (m.Pages[page].Has(PageFlags.Private))
                sink.Unit(page, new Holder(HolderKind.Buffers, page));
        }
        for (int row = 0; row < m.Holds.Count; row++)
        {
            if (m.Holds[row].Kind == HoldKind.Reference)
                sink.Unit(m.Holds[row].Page.Value, new Holder(HolderKind.Others, row));
            else if (m.Holds[row].Kind == HoldKind.Gather)
                sink.Unit(m.Holds[row].Page.Value, new Holder(HolderKind.Gather, m.Holds[row].Submitted - 1));
        }
        for (int task = 0; task < m.Tasks.Count; task++)
            Locals(m.Tasks[task], task, ref sink);
    }

    /// <summary>The holders of one page, a unit of its count each, in the order of the walk.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="page">The page.</param>
    /// <returns>A new list.</returns>
    public static List<Holder> HoldersOf(Machine m, Pfn page)
    {
        var sink = new Collector { Page = page.Value, Holders = [] };
        Walk(m, ref sink);
        return sink.Holders;
    }

    /// <summary>What holds a page, as a sentence.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="page">The page.</param>
    /// <returns>"count 4, held by: isolation, swap cache (slot 3), pte of process 2 at 0x4000; 1 unit held by nobody".</returns>
    public static string Describe(Machine m, Pfn page)
    {
        var sink = new Writer { Page = page.Value, Text = new StringBuilder() };
        Walk(m, ref sink);
        int count = m.Pages[page.Value].Count;
        string holders = sink.Units == 0 ? "held by nobody" : $"held by: {sink.Text}";
        return sink.Units == 0 && count != 0 ? $"count {count}, held by nobody" : $"count {count}, {holders}{Difference(count - sink.Units)}";
    }

    /// <summary>What maps a page, as a sentence.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="page">The page.</param>
    /// <returns>"mapcount 2, held by: pte of process 2 at 0x4000; 1 unit held by nobody".</returns>
    public static string DescribeMapcount(Machine m, Pfn page)
    {
        var sink = new Writer { Page = page.Value, Text = new StringBuilder(), EntriesOnly = true };
        Walk(m, ref sink);
        int count = m.Pages[page.Value].Mapcount;
        return $"mapcount {count}, held by: {(sink.Units == 0 ? "nobody" : sink.Text)}{Difference(count - sink.Units)}";
    }

    private static string Difference(int difference) => difference switch
    {
        0 => "",
        > 0 => $"; {difference} unit{(difference > 1 ? "s" : "")} held by nobody",
        _ => $"; {-difference} unit{(difference < -1 ? "s" : "")} missing",
    };

    private static void Trees<TSink>(Machine m, ref TSink sink)
        where TSink : struct, IHolderSink, allows ref struct
    {
        for (int mapping = 0; mapping < m.Mappings.Count; mapping++)
        {
            var items = new TreeCursor(m, m.Mappings[mapping].PageTree);
            while (items.Next())
                sink.Unit(items.Item, new Holder(HolderKind.Tree, mapping, items.Index));
        }
    }

    private static void Entries<TSink>(Machine m, ref TSink sink)
        where TSink : struct, IHolderSink, allows ref struct
    {
        for (int mm = 0; mm < m.Mms.Count; mm++)
        {
            var entries = new EntryCursor(m, new MmId(mm));
            while (entries.Next())
            {
                if (entries.Pte.IsPresent)
                    sink.Unit(entries.Pte.Page.Value, new Holder(HolderKind.Pte, mm, entries.Address));
            }
        }
    }

    private static void PrivateLists<TSink>(Machine m, ref TSink sink)
        where TSink : struct, IHolderSink, allows ref struct
    {
        for (int list = 2 * m.Zones.Count; list < m.Lists.Count; list++)
        {
            HolderKind kind = IsTo(m, list) ? HolderKind.NewPage : HolderKind.Isolation;
            int left = m.Pages.Count;
            for (int page = m.Lists[list].Next; page >= 0 && left-- > 0; page = m.Pages[page].Next)
                sink.Unit(page, new Holder(kind, list));
        }
    }

    private static bool IsTo(Machine m, int list)
    {
        foreach (ref KernelTask task in m.Tasks.Rows)
        {
            if (task.Kind is TaskKind.Migration or TaskKind.Isolation && task.To.Value == list)
                return true;
        }
        return false;
    }

    private static void Pagevecs<TSink>(Machine m, ref TSink sink)
        where TSink : struct, IHolderSink, allows ref struct
    {
        for (int cpu = 0; cpu < m.Pagevecs.Count; cpu++)
        {
            ref CpuPagevecs pagevecs = ref m.Pagevecs[cpu];
            foreach (int page in pagevecs.LruAdd.Pages[..pagevecs.LruAdd.Nr])
                sink.Unit(page, new Holder(HolderKind.Pagevec, cpu));
            foreach (int page in pagevecs.LruAddActive.Pages[..pagevecs.LruAddActive.Nr])
                sink.Unit(page, new Holder(HolderKind.Pagevec, cpu));
        }
    }

    private static void Locals<TSink>(in KernelTask t, int task, ref TSink sink)
        where TSink : struct, IHolderSink, allows ref struct
    {
        if (t.Kind == TaskKind.Migration)
        {
            if (t.Step == (int)MigrationStep.SwitchSlot)
                sink.Unit(t.Newpage.Value, new Holder(HolderKind.TreeToBe, task));
            else if (t.Step == (int)MigrationStep.DropTreeReference)
                sink.Unit(t.Page.Value, new Holder(HolderKind.TreeThatWas, task));
            else if (StepOrder.IsBetween(t, MigrationStep.SetBufferPages, MigrationStep.SetPagePrivate))
                sink.Unit(t.Newpage.Value, new Holder(HolderKind.BuffersToBe, task));
            return;
        }
        for (int unit = TaskLocals.References(t); unit > 0; unit--)
            sink.Unit(t.Page.Value, new Holder(HolderKind.Local, task));
        if (TaskLocals.HoldsFreshPage(t))
            sink.Unit(t.Newpage.Value, new Holder(HolderKind.Local, task));
    }

    private struct Collector : IHolderSink
    {
        public int Page;
        public List<Holder> Holders;

        public readonly void Unit(int page, in Holder holder)
        {
            if (page == Page)
                Holders.Add(holder);
        }
    }

    private struct Writer : IHolderSink
    {
        public int Page;
        public int Units;
        public bool EntriesOnly;
        public StringBuilder Text;

        public void Unit(int page, in Holder holder)
        {
            if (page != Page || (EntriesOnly && holder.Kind != HolderKind.Pte))
                return;
            Text.Append(Units++ > 0 ? ", " : "").Append(holder);
        }
    }
}
