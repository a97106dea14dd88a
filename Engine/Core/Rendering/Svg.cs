using System.Globalization;
using System.Text;

namespace MigrationConformance.Core;

/// <summary>A picture under construction. All text is escaped here, so that no name can bring markup with it.</summary>
internal sealed class Svg
{
    private const string Style =
        "text{font:12px monospace;fill:#1f2328}.title{font-weight:bold;font-size:13px}.small{font-size:10px;fill:#59636e}"
        + ".page{fill:#eaeef2}.new{fill:#dafbe1}.node{fill:#ddf4ff}.list{fill:#fff}.dirty{fill:#d4740b}.writeback{fill:#0969da}"
        + ".box{stroke:#848d97}.changed{stroke:#cf222e;stroke-width:2.5}.edge{stroke:#848d97;fill:none}.tag{fill:#fff;font-size:10px}";

    private readonly StringBuilder body = new();
    private int width, height;

    /// <summary>Text with its baseline at <paramref name="y"/>.</summary>
    public void Text(int x, int y, string text, string style = "")
    {
        string attribute = style.Length == 0 ? "" : $" class=\"{style}\"";
        Add($"<text x=\"{x}\" y=\"{y}\"{attribute}>", x + WidthOf(text), y + 4, Escape(text) + "</text>");
    }

    /// <summary>A box with round corners.</summary>
    public void Box(int x, int y, int w, int h, string style) =>
        Add($"<rect x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" rx=\"4\" class=\"box {style}\"/>", x + w, y + h);

    /// <summary>A straight line.</summary>
    public void Edge(int x1, int y1, int x2, int y2) =>
        Add($"<path d=\"M{x1} {y1}L{x2} {y2}\" class=\"edge\"/>", Math.Max(x1, x2), Math.Max(y1, y2));

    /// <summary>The mark of one tag, as wide as <see cref="TagWidth"/>.</summary>
    public void Tag(int x, int y, string tag)
    {
        Add($"<rect x=\"{x}\" y=\"{y}\" width=\"{TagWidth - 2}\" height=\"14\" rx=\"3\" class=\"{Escape(tag)}\"/>", x + TagWidth, y + 14);
        Text(x + 4, y + 11, tag[..1].ToUpperInvariant(), "tag");
    }

    /// <summary>The width of a tag's mark and the gap after it.</summary>
    public const int TagWidth = 16;

    /// <summary>The width of a text in the font of the pictures, close enough to lay boxes out.</summary>
    public static int WidthOf(string text) => (text.Length * 15 / 2) + 2;

    /// <summary>Text as XML has to have it.</summary>
    public static string Escape(string text)
    {
        var safe = new StringBuilder();
        foreach (char c in text)
        {
            safe.Append(c switch
            {
                '&' => "&amp;",
                '<' => "&lt;",
                '>' => "&gt;",
                '"' => "&quot;",
                '\'' => "&#39;",
                < ' ' or '\ufffe' or '\uffff' => "\ufffd",
                _ => c.ToString(),
            });
        }
        return safe.ToString();
    }

    /// <summary>The whole document.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"""
        <svg xmlns="http://www.w3.org/2000/svg" width="{width + 10}" height="{height + 10}" viewBox="0 0 {width + 10} {height + 10}" role="img">
        <style>{Style}</style>
        <rect width="100%" height="100%" fill="#fff"/>
        {body.ToString().TrimEnd('\n')}
        </svg>

        """).ReplaceLineEndings("\n");

    private void Add(FormattableString element, int right, int bottom, string rest = "")
    {
        body.Append(element.ToString(CultureInfo.InvariantCulture)).Append(rest).Append('\n');
        width = Math.Max(width, right);
        height = Math.Max(height, bottom);
    }
}
