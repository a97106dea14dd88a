namespace MigrationConformance.Core;

/// <summary>One page as text: a short form for trees and lists, a full one, and the full one with its reference ledger.</summary>
public static class PageText
{
    /// <summary>Count, mapcount and flags.</summary>
    /// <param name="p">The page.</param>
    /// <returns>A part of a line.</returns>
    public static string Short(in Page p)
    {
        int count = p.Count, mapcount = p.Mapcount;
        string flags = RenderWords.Flags(p.Flags);
        return FormattableString.Invariant($"count {count}, mapcount {mapcount}, flags {flags}");
    }

    /// <summary>Everything the page says about itself, and the list it is on.</summary>
    /// <param name="view">The machine.</param>
    /// <param name="page">The page.</param>
    /// <returns>A line without its end.</returns>
    public static string Line(MachineView view, Pfn page) => Attributes(view, page) + ", list " + view.ListOf(page);

    /// <summary>The page, and below it who holds its references, one reference a line.</summary>
    /// <param name="view">The machine.</param>
    /// <param name="page">The page.</param>
    /// <returns>Lines that end in a line feed.</returns>
    public static string WithLedger(MachineView view, Pfn page)
    {
        var lines = new TextLines();
        lines.Raw(0, Line(view, page));
        Ledger(lines, view, page, 1);
        return lines.ToString();
    }

    /// <summary>As <see cref="Line"/> without the list, which takes a walk to find.</summary>
    internal static string Attributes(MachineView view, Pfn page)
    {
        Page p = view.Machine.Pages[page.Value];
        string owner = p.Private == 0 ? ""
            : p.Has(PageFlags.SwapCache) ? FormattableString.Invariant($", private slot {p.Private}")
            : p.Has(PageFlags.Private) ? FormattableString.Invariant($", private buffer {p.Private - 1}")
            : $", private {RenderWords.Hex(p.Private)}";
        string zone = view.Machine.Zones.Count == 1 ? "" : FormattableString.Invariant($", zone {p.Zone}");
        return $"{view.Page(page)}: {Short(p)}, mapping {MachineView.Mapping(p.Mapping)}, index {RenderWords.Hex(p.Index.Value)}{owner}, "
            + $"contents {RenderWords.Hex(p.Contents)}{zone}";
    }

    /// <summary>The holders of a page's references, one a line; what the ledger cannot explain comes last.</summary>
    internal static void Ledger(TextLines lines, MachineView view, Pfn page, int depth)
    {
        List<string> holders = PageHolders.Of(view, page);
        foreach (string holder in holders)
            lines.Raw(depth, holder);
        int missing = view.Machine.Pages[page.Value].Count - holders.Count;
        if (missing != 0)
            lines.Line(depth, $"not accounted for: references {missing}");
    }
}
