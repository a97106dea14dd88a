using System.Buffers.Text;
using System.Globalization;
using System.Text.Json;

namespace MigrationConformance.Core;

// Single values: numbers, words, truth values, moments.
internal ref partial struct ScenarioParser
{
    private const int LongestHexadecimal = 2 + 16;

    private int ReadInt(int least, int most) => (int)ReadNumber((ulong)least, (ulong)most);

    private ulong ReadULong() => ReadNumber(0, ulong.MaxValue);

    private ulong ReadNumber(ulong least, ulong most)
    {
        if (!TryReadNumber(out ulong value))
            throw Unexpected(ExpectedNumber(least, most));
        if (value < least || value > most)
            throw Unexpected(ExpectedNumber(least, most));
        return value;
    }

    private static string ExpectedNumber(ulong least, ulong most) =>
        $"a whole number from {least} to {most}, or one in hexadecimal such as \"0x10\"";

    private readonly bool TryReadNumber(out ulong value)
    {
        value = 0;
        if (json.TokenType == JsonTokenType.Number)
            return Utf8Parser.TryParse(json.ValueSpan, out value, out int used) && used == json.ValueSpan.Length;
        if (json.TokenType != JsonTokenType.String)
            return false;
        if (!json.ValueIsEscaped)
            return TryParseHexadecimal(json.ValueSpan, out value);
        Span<byte> plain = stackalloc byte[LongestHexadecimal * 6];
        return json.ValueSpan.Length <= plain.Length && TryParseHexadecimal(plain[..json.CopyString(plain)], out value);
    }

    private static bool TryParseHexadecimal(ReadOnlySpan<byte> digits, out ulong value)
    {
        value = 0;
        return digits.Length is > 2 and <= LongestHexadecimal && digits.StartsWith("0x"u8)
            && ulong.TryParse(digits[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
    }

    private readonly bool ReadBool() => json.TokenType switch
    {
        JsonTokenType.True => true,
        JsonTokenType.False => false,
        _ => throw Unexpected("true or false"),
    };

    private readonly string ReadString(string expected) =>
        json.TokenType == JsonTokenType.String ? json.GetString()! : throw Unexpected(expected);

    private int ReadWord(NameTable words)
    {
        int number = json.TokenType == JsonTokenType.String ? words.Find(ref json) : -1;
        return number >= 0 ? number : throw Unexpected(words.ToString());
    }

    private int ReadUntil()
    {
        if (TryReadNumber(out ulong pass) && pass <= ScenarioLimits.LastPass)
            return (int)pass;
        int word = json.TokenType == JsonTokenType.String ? Names.Untils.Find(ref json) : -1;
        return word switch
        {
            0 => Until.Waited,
            1 => Until.Never,
            _ => throw Unexpected(ExpectedUntil),
        };
    }

    private const string ExpectedUntil = "a pass from 0 to 10, \"waited\" or \"never\"";

    private ValueList<int> ReadUntils() => ReadList(static (ref ScenarioParser p) => p.ReadUntil());

    // A list of words, each naming a bit.
    private uint ReadBits(NameTable words)
    {
        if (json.TokenType != JsonTokenType.StartArray)
            throw Unexpected("an array of flags");
        uint bits = 0;
        depth++;
        path[depth - 1] = default;
        for (; json.Read() && json.TokenType != JsonTokenType.EndArray; path[depth - 1].Index++)
        {
            uint bit = 1u << ReadWord(words);
            if ((bits & bit) != 0)
                throw Wrong($"{Found()} for the second time", "each flag once");
            bits |= bit;
        }
        depth--;
        return bits;
    }

    private PageFlags ReadPageFlags()
    {
        var flags = (PageFlags)ReadBits(Names.PageFlags);
        PageFlags computed = flags & ScenarioPage.ComputedFlags;
        if (computed == PageFlags.None)
            return flags;
        string name = Names.PageFlags.Words[System.Numerics.BitOperations.TrailingZeroCount((uint)computed)];
        throw Wrong($"\"{name}\"",
            "only flags that do not follow from other members: \"locked\", \"list\", \"buffers\", \"writeback\" and \"swapCache\" make the others");
    }

    private MappingFlags ReadFileFlags()
    {
        uint bits = ReadBits(Names.FileFlags);
        MappingFlags flags = MappingFlags.None;
        for (int i = 0; i < Names.FileFlagBits.Length; i++)
            flags |= (bits & (1u << i)) != 0 ? Names.FileFlagBits[i] : 0;
        return flags;
    }

    // Refuses an object without a member that it must have.
    private readonly void Require(NameTable names, ulong seen, string name)
    {
        int number = Array.IndexOf(names.Words, name);
        if ((seen & (1UL << number)) == 0)
            throw Wrong($"no \"{name}\"", "it");
    }
}
