using System.Globalization;
using System.Text;

namespace MigrationConformance.Core;

/// <summary>Text under construction: lines that end in a line feed, two blanks for each level of indentation.</summary>
internal sealed class TextLines
{
    private readonly StringBuilder text = new();

    /// <summary>Adds a line, formatted the same way in every culture.</summary>
    public void Line(int depth, FormattableString line) => Raw(depth, line.ToString(CultureInfo.InvariantCulture));

    /// <summary>Adds a line as it is.</summary>
    public void Raw(int depth, string line) => text.Append(' ', depth * 2).Append(line).Append('\n');

    /// <summary>Adds text that has its line ends already.</summary>
    public void Block(string lines) => text.Append(lines);

    /// <inheritdoc/>
    public override string ToString() => text.ToString();
}
