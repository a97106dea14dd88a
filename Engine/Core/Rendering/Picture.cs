namespace MigrationConformance.Core;

/// <summary>Pictures of trees and lists, drawn from their text: panels side by side or below each other, what changed since the first panel outlined in red.</summary>
/// <remarks>Drawing from the text means that a picture never shows anything that its text does not say, and that approved files can be drawn too.</remarks>
public static class Picture
{
    // Two panels wider than this stand below each other, so that a picture fits the page of a pull request.
    private const int Gap = 30, TitleHeight = 24, WidestBeside = 620;

    /// <summary>Draws texts of <see cref="TreeText"/> or <see cref="ListsText"/>.</summary>
    /// <param name="panels">The title and the text of each panel, in order; at least one.</param>
    /// <returns>An SVG document.</returns>
    public static string Draw(params (string Title, string Text)[] panels)
    {
        var svg = new Svg();
        int x = 10, y = TitleHeight;
        List<OutlineLine> first = Outline.Parse(panels[0].Text);
        foreach ((string title, string text) in panels)
        {
            List<OutlineLine> lines = Outline.Parse(text);
            var changed = new bool[text.Split('\n').Length];
            foreach (OutlineChange change in OutlineDiff.Between(first, lines))
            {
                if (change.After is { } line)
                    changed[line.Number] = true;
            }
            svg.Text(x, y - 6, title, "title");
            (int right, int bottom) = Panel(svg, lines, changed, x, y);
            if (right > WidestBeside)
                (x, y) = (10, bottom + Gap + TitleHeight);
            else
                x = right + Gap;
        }
        return svg.ToString();
    }

    /// <summary>Whether a text is one that can be drawn.</summary>
    /// <param name="text">Any text.</param>
    /// <returns>True for the text of trees or of lists.</returns>
    public static bool CanDraw(string text) =>
        text.StartsWith("tree of ", StringComparison.Ordinal) || text.StartsWith("from: ", StringComparison.Ordinal)
        || text.StartsWith("no tree", StringComparison.Ordinal);

    // Trees and lists stand below each other; each top line starts one.
    private static (int Right, int Bottom) Panel(Svg svg, List<OutlineLine> lines, bool[] changed, int x, int y)
    {
        int right = x;
        for (int start = 0, end; start < lines.Count; start = end)
        {
            end = start + 1;
            while (end < lines.Count && lines[end].Depth > 0)
                end++;
            List<OutlineLine> part = lines.GetRange(start, end - start);
            (int partRight, y) = part[0].Subject.StartsWith("tree of ", StringComparison.Ordinal)
                ? new TreePicture(svg, part, changed).Draw(x, y)
                : ListsPicture.Draw(svg, part, changed, x, y);
            right = Math.Max(right, partRight);
        }
        return (right, y);
    }

    /// <summary>A page in a box of two lines: its name and counts, its flags.</summary>
    internal static void Page(Svg svg, string name, OutlineLine line, bool changed, int x, int y)
    {
        string kind = name.StartsWith("newpage", StringComparison.Ordinal) ? "new" : "page";
        svg.Box(x, y, PageWidth, PageHeight, changed ? kind + " changed" : kind);
        svg.Text(x + 6, y + 14, $"{name}  count {line["count"]} map {line["mapcount"]}");
        svg.Text(x + 6, y + 28, Shortened(line["flags"] ?? ""), "small");
    }

    /// <summary>The size of a page's box.</summary>
    internal const int PageWidth = 210, PageHeight = 34;

    private static string Shortened(string flags) => flags.Length <= 33 ? flags : flags[..32] + "…";
}
