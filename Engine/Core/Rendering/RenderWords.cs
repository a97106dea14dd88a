using System.Globalization;
using System.Text;

namespace MigrationConformance.Core;

/// <summary>The words of the renderings: flags in bit order, numbers and labels, the same in every culture.</summary>
public static class RenderWords
{
    private static readonly string[] PageFlagNames =
    [
        "locked", "error", "referenced", "uptodate", "dirty", "lru", "active", "slab", "checked", "arch_1",
        "reserved", "private", "writeback", "nosave", "compound", "swapcache", "mappedtodisk", "reclaim",
        "nosave_free", "uncached",
    ];

    /// <summary>Page flags by the kernel's names without PG_, lowest bit first.</summary>
    /// <param name="flags">The flags.</param>
    /// <returns>Names joined by a bar, or <c>none</c>.</returns>
    public static string Flags(PageFlags flags) => Join(PageFlagNames, (uint)flags);

    /// <summary>The names of set bits, lowest bit first.</summary>
    /// <param name="names">The name of each bit.</param>
    /// <param name="bits">The bits.</param>
    /// <returns>Names joined by a bar, or <c>none</c>.</returns>
    internal static string Join(string[] names, ulong bits)
    {
        if (bits == 0)
            return "none";
        var text = new StringBuilder();
        for (int bit = 0; bit < names.Length; bit++)
        {
            if ((bits >> bit & 1) != 0)
                text.Append(text.Length == 0 ? "" : "|").Append(names[bit]);
        }
        return text.ToString();
    }

    /// <summary>A number in hexadecimal.</summary>
    /// <param name="value">The number.</param>
    /// <returns><c>0x</c> and its digits.</returns>
    public static string Hex(ulong value) => "0x" + value.ToString("x", CultureInfo.InvariantCulture);

    /// <summary>A name from a scenario between quotes; what could break a line or hide in it is written as \uXXXX.</summary>
    /// <param name="name">Any text.</param>
    /// <returns>One printable word between quotes.</returns>
    public static string Label(string name)
    {
        var text = new StringBuilder("\"");
        foreach (char c in name)
        {
            bool plain = c is not ('"' or '\\') && !char.IsControl(c) && !char.IsSurrogate(c)
                && char.GetUnicodeCategory(c) is not (UnicodeCategory.Format or UnicodeCategory.LineSeparator
                    or UnicodeCategory.ParagraphSeparator or UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse);
            text.Append(plain ? c.ToString() : "\\u" + ((int)c).ToString("x4", CultureInfo.InvariantCulture));
        }
        return text.Append('"').ToString();
    }

    /// <summary>When something ends.</summary>
    /// <param name="until">A value of <see cref="Until"/>.</param>
    /// <returns><c>pass N</c>, <c>waited</c> or <c>never</c>.</returns>
    public static string UntilWhen(int until) => until switch
    {
        Until.Waited => "waited",
        Until.Never => "never",
        _ => "pass " + until.ToString(CultureInfo.InvariantCulture),
    };
}
