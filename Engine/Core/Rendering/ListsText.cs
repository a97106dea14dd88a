using System.Globalization;

namespace MigrationConformance.Core;

/// <summary>The four lists of a migration, the LRU lists and the pagevecs as text: each page under its list, in list order.</summary>
public static class ListsText
{
    /// <summary>All lists. Those of the migration are always shown, the others when they hold pages or count some.</summary>
    /// <param name="view">The machine.</param>
    /// <returns>Lines that end in a line feed.</returns>
    public static string Of(MachineView view)
    {
        var lines = new TextLines();
        Machine m = view.Machine;
        if (view.Migration.Value >= 0)
        {
            Write(lines, view, "from", view.From);
            Write(lines, view, "to", view.To);
            Write(lines, view, "moved", view.Moved);
            Write(lines, view, "failed", view.Failed);
        }
        if (!view.Others.IsNone && !PageList.IsEmpty(m, view.Others))
            Write(lines, view, "others", view.Others);
        for (int zone = 0; zone < m.Zones.Count; zone++)
        {
            Zone z = m.Zones[zone];
            Write(lines, view, Of("active", "zone", zone, m.Zones.Count), z.ActiveList, z.NrActive);
            Write(lines, view, Of("inactive", "zone", zone, m.Zones.Count), z.InactiveList, z.NrInactive);
        }
        for (int cpu = 0; cpu < m.Pagevecs.Count; cpu++)
        {
            Write(lines, view, Of("lru_add", "cpu", cpu, m.Pagevecs.Count), m.Pagevecs[cpu].LruAdd);
            Write(lines, view, Of("lru_add_active", "cpu", cpu, m.Pagevecs.Count), m.Pagevecs[cpu].LruAddActive);
        }
        return lines.ToString();
    }

    private static string Of(string list, string what, int number, int count) =>
        count == 1 ? list : string.Create(CultureInfo.InvariantCulture, $"{list} of {what} {number}");

    private static void Write(TextLines lines, MachineView view, string name, ListId list)
    {
        if (list.IsNone)
        {
            lines.Raw(0, $"{name}: absent");
            return;
        }
        var pages = new List<Pfn>(PageList.Walk(view.Machine, list));
        lines.Line(0, $"{name}: pages {pages.Count}");
        Pages(lines, view, pages);
    }

    // The zone's counter is a number of its own, which a defect can part from the list.
    private static void Write(TextLines lines, MachineView view, string name, ListId list, int counter)
    {
        var pages = new List<Pfn>(PageList.Walk(view.Machine, list));
        if (pages.Count == 0 && counter == 0)
            return;
        lines.Line(0, $"{name}: pages {pages.Count}, nr {counter}");
        Pages(lines, view, pages);
    }

    private static void Write(TextLines lines, MachineView view, string name, Pagevec pagevec)
    {
        if (pagevec.Nr == 0)
            return;
        lines.Line(0, $"{name}: pages {pagevec.Nr}");
        Pages(lines, view, [.. Array.ConvertAll(pagevec.Pages[..pagevec.Nr].ToArray(), pfn => new Pfn(pfn))]);
    }

    private static void Pages(TextLines lines, MachineView view, List<Pfn> pages)
    {
        foreach (Pfn page in pages)
            lines.Raw(1, $"{view.Page(page)}: {PageText.Short(view.Machine.Pages[page.Value])}");
    }
}
