namespace MigrationConformance.Core;

/// <summary>Draws one list: its name, and its pages from head to tail, two a row.</summary>
internal static class ListsPicture
{
    private const int NameWidth = 120, Row = 42, PerRow = 2, Arrow = 22;

    /// <summary>Draws it below <paramref name="y"/>.</summary>
    /// <returns>The right edge and the bottom.</returns>
    public static (int Right, int Bottom) Draw(Svg svg, List<OutlineLine> list, bool[] changed, int x, int y)
    {
        OutlineLine head = list[0];
        svg.Text(x, y + 21, head.Subject);
        string said = head["pages"] is { } pages ? $"{pages} pages" + (head["nr"] is { } nr ? $", nr {nr}" : "") : head.Attributes.Length > 0 ? head.Attributes[0].Name : "";
        svg.Text(x, y + 34, said, "small");
        for (int i = 1; i < list.Count; i++)
        {
            int left = x + NameWidth + ((i - 1) % PerRow * (Picture.PageWidth + Arrow)), top = y + ((i - 1) / PerRow * Row) + 4;
            Picture.Page(svg, list[i].Subject, list[i], changed[list[i].Number], left, top);
            if (i < list.Count - 1 && i % PerRow != 0)
                svg.Edge(left + Picture.PageWidth, top + (Picture.PageHeight / 2), left + Picture.PageWidth + Arrow, top + (Picture.PageHeight / 2));
        }
        int rows = Math.Max(1, (list.Count - 1 + PerRow - 1) / PerRow);
        return (x + NameWidth + (list.Count > 2 ? (PerRow * Picture.PageWidth) + Arrow : Picture.PageWidth), y + (rows * Row));
    }
}
