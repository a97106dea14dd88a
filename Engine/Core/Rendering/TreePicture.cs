namespace MigrationConformance.Core;

/// <summary>Draws one tree from left to right: nodes in columns by height, one page a row, slots and tags on the edges.</summary>
internal sealed class TreePicture(Svg svg, List<OutlineLine> lines, bool[] changed)
{
    private const int NodeWidth = 112, Column = 200, Row = 42;
    private int nextRow;

    /// <summary>Draws it below <paramref name="y"/>.</summary>
    /// <returns>The right edge and the bottom.</returns>
    public (int Right, int Bottom) Draw(int x, int y)
    {
        svg.Text(x, y + 14, lines[0].Subject + "  height " + lines[0]["height"], "small");
        nextRow = y + 22;
        if (lines.Count > 1)
            Node(1, x);
        int deepest = 0;
        foreach (OutlineLine line in lines)
            deepest = Math.Max(deepest, line.Depth);
        return (deepest < 2 ? x + 200 : x + ((deepest - 1) * Column) + Picture.PageWidth, nextRow + 10);
    }

    // Children first, so that the node knows the rows that it stands between.
    private (int Middle, int Next) Node(int at, int x)
    {
        OutlineLine node = lines[at];
        int first = -1, last = nextRow, next = at + 1;
        var edges = new List<(int Line, int Middle)>();
        while (next < lines.Count && lines[next].Depth > node.Depth)
        {
            int child = next;
            (int middle, next) = IsNode(lines[child]) ? Node(child, x + Column) : (Leaf(child, x + Column), child + 1);
            edges.Add((child, middle));
            first = first < 0 ? middle : first;
            last = middle;
        }
        int y = first < 0 ? Leave(Row) : (first + last) / 2;
        foreach ((int line, int middle) in edges)
            Edge(lines[line], x + NodeWidth, y, x + Column, middle);
        svg.Box(x, y - 17, NodeWidth, 34, changed[node.Number] ? "node changed" : "node");
        svg.Text(x + 6, y - 3, node.Subject.StartsWith("node", StringComparison.Ordinal) ? node.Subject : node["holds"]!);
        svg.Text(x + 6, y + 11, $"height {node["height"]}, {node["slots"]} used", "small");
        return (y, next);
    }

    private static bool IsNode(OutlineLine line) => line["holds"] is { } held && held.StartsWith("node", StringComparison.Ordinal);

    private int Leaf(int at, int x)
    {
        int y = Leave(Row);
        if (lines[at]["holds"] is { } page)
            Picture.Page(svg, page, lines[at], changed[lines[at].Number], x, y - 17);
        else
            svg.Text(x + 6, y + 4, "empty", "small");
        return y;
    }

    private int Leave(int height)
    {
        nextRow += height;
        return nextRow - (height / 2);
    }

    private void Edge(OutlineLine child, int x1, int y1, int x2, int y2)
    {
        svg.Edge(x1, y1, x1 + 20, y2);
        svg.Edge(x1 + 20, y2, x2, y2);
        svg.Text(x1 + 24, y2 - 4, child.Subject, "small");
        int x = x1 + 30 + (child.Subject.Length * 6);
        foreach (string tag in (child["tags"] ?? "").Split('|', StringSplitOptions.RemoveEmptyEntries))
        {
            svg.Tag(x, y2 - 16, tag);
            x += Svg.TagWidth;
        }
    }
}
