using System.Globalization;
using System.Text;

namespace MigrationConformance.Core;

/// <summary>Text of others as a message shows it: on one line, without anything that steers a terminal, and not too long.</summary>
internal static class Echo
{
    /// <summary>Makes a text fit to be shown.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="most">The number of characters after which it is cut.</param>
    /// <returns>The text with control and format characters escaped, and an ellipsis where it was cut.</returns>
    public static string Of(string text, int most = ScenarioLimits.EchoedValue)
    {
        var shown = new StringBuilder();
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (shown.Length >= most)
                return shown.Append('…').ToString();
            if (IsPlain(rune))
                shown.Append(rune);
            else
                shown.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:x4}");
        }
        return shown.ToString();
    }

    /// <summary>Makes raw text of a scenario fit to be shown.</summary>
    /// <param name="utf8">A piece of valid UTF-8.</param>
    /// <returns>As <see cref="Of(string, int)"/>.</returns>
    public static string Of(ReadOnlySpan<byte> utf8)
    {
        const int enough = (ScenarioLimits.EchoedValue + 2) * 4;
        bool whole = utf8.Length <= enough;
        return Of(Encoding.UTF8.GetString(whole ? utf8 : utf8[..enough]));
    }

    private static bool IsPlain(Rune rune) => Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate
        or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned);
}
