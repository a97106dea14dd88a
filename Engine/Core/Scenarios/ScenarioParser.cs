using System.Text.Json;

namespace MigrationConformance.Core;

/// <summary>One reading of a scenario: the tokens, the place in the text, and the sentences about what is wrong.</summary>
internal ref partial struct ScenarioParser
{
    // The deepest place that the format knows is $.pages[0].buffers[0].users[0].
    private const int Deepest = 16;

    private readonly ReadOnlySpan<byte> text;
    private readonly PathPart[] path;
    private int depth;
    private Utf8JsonReader json;

    /// <summary>Starts at the beginning of a text.</summary>
    /// <param name="utf8">Valid UTF-8.</param>
    public ScenarioParser(ReadOnlySpan<byte> utf8)
    {
        text = utf8;
        path = new PathPart[Deepest];
        json = new Utf8JsonReader(utf8);
    }

    // A member by its name, an item by its index, or neither yet.
    private struct PathPart
    {
        public string? Name;
        public int Index;
    }

    private static PathPart Nothing => new() { Index = -1 };

    private delegate T Item<out T>(ref ScenarioParser parser);

    /// <summary>Reads the whole text.</summary>
    /// <returns>The scenario.</returns>
    public Scenario ReadText()
    {
        json.Read();
        Scenario scenario = ReadScenario();
        if (json.Read())
            throw Wrong("more text", "the end of the text");
        return scenario;
    }

    // Steps into the object that the reader stands at.
    private void BeginObject(string expected = "an object")
    {
        if (json.TokenType != JsonTokenType.StartObject)
            throw Unexpected(expected);
        depth++;
    }

    // Steps to the value of the next member; null behind the last one.
    private string? NextMember(NameTable names, ref ulong seen)
    {
        path[depth - 1] = Nothing;
        json.Read();
        if (json.TokenType == JsonTokenType.EndObject)
        {
            depth--;
            return null;
        }
        int number = names.Find(ref json);
        if (number < 0)
        {
            depth--;
            throw Wrong($"the unknown name \"{Echo.Of(json.ValueSpan)}\"", names.ToString());
        }
        string name = names.Words[number];
        path[depth - 1].Name = name;
        if ((seen & (1UL << number)) != 0)
            throw Wrong("this name for the second time", "it once");
        seen |= 1UL << number;
        json.Read();
        return name;
    }

    private ValueList<T> ReadList<T>(Item<T> item, string expected = "an array")
    {
        if (json.TokenType != JsonTokenType.StartArray)
            throw Unexpected(expected);
        T[] items = [];
        int count = 0;
        depth++;
        path[depth - 1] = default;
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (count == items.Length)
                Array.Resize(ref items, Math.Max(4, count * 2));
            items[count] = item(ref this);
            path[depth - 1].Index = ++count;
        }
        depth--;
        if (count == 0)
            return ValueList<T>.Empty;
        if (count < items.Length)
            Array.Resize(ref items, count);
        return new ValueList<T>(items);
    }

    private readonly ScenarioException Unexpected(string expected) => Wrong(Found(), expected);

    private readonly ScenarioException Wrong(string found, string expected) =>
        new(Place(json.TokenStartIndex), found, expected);

    // What the reader stands at.
    private readonly string Found() => json.TokenType switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.String => $"\"{Echo.Of(json.ValueSpan)}\"",
        _ => Echo.Of(json.ValueSpan),
    };

    private readonly string Place(long at)
    {
        var place = new System.Text.StringBuilder("$");
        foreach (PathPart part in path.AsSpan(0, depth))
        {
            if (part.Name is not null)
                place.Append('.').Append(part.Name);
            else if (part.Index >= 0)
                place.Append('[').Append(part.Index).Append(']');
        }
        return place.Append(" (line ").Append(1 + text[..(int)at].Count((byte)'\n')).Append(')').ToString();
    }

    /// <summary>The sentence about text that is not JSON.</summary>
    /// <param name="e">What the reader says about it.</param>
    /// <returns>The exception to throw.</returns>
    public readonly ScenarioException Malformed(JsonException e)
    {
        int at = Offset(e.LineNumber ?? 0, e.BytePositionInLine ?? 0);
        ReadOnlySpan<byte> rest = text[at..];
        bool whole = depth == 0 && json.TokenType is JsonTokenType.EndObject;
        int length = rest.IndexOfAny("\n\r"u8);
        if (length >= 0)
            rest = rest[..Math.Max(1, length)];
        string found = text[at..].Trim(" \t\r\n"u8).IsEmpty ? "the end of the text" : $"`{Echo.Of(rest)}`";
        return new(Place(at), found, whole ? "the end of the text" : "well-formed JSON without comments");
    }

    /// <summary>The sentence about a string that is no text.</summary>
    /// <returns>The exception to throw.</returns>
    public readonly ScenarioException NotUnicode() => Wrong(Found(), "escapes that make Unicode text");

    private readonly int Offset(long line, long column)
    {
        int at = 0;
        for (; line > 0; line--)
            at += text[at..].IndexOf((byte)'\n') + 1;
        return (int)Math.Min(at + column, text.Length);
    }
}
