using System.Text.Json;

namespace MigrationConformance.Core;

// Single members, left out where they have their default.
public static partial class ScenarioWriter
{
    private static void WriteList<T>(Utf8JsonWriter json, ReadOnlySpan<byte> name, ValueList<T> items, Action<Utf8JsonWriter, T> write)
    {
        json.WriteStartArray(name);
        foreach (T item in items)
        {
            write(json, item);
            FlushWhenLong(json);
        }
        json.WriteEndArray();
    }

    private static void WriteNumbers(Utf8JsonWriter json, ReadOnlySpan<byte> name, ValueList<int> numbers)
    {
        json.WriteStartArray(name);
        foreach (int number in numbers)
        {
            json.WriteNumberValue(number);
            FlushWhenLong(json);
        }
        json.WriteEndArray();
    }

    private static void WriteString(Utf8JsonWriter json, ReadOnlySpan<byte> name, string? value)
    {
        if (value is not null)
            json.WriteString(name, value);
    }

    private static void WriteBool(Utf8JsonWriter json, ReadOnlySpan<byte> name, bool? value, bool? usual)
    {
        if (value is { } given && value != usual)
            json.WriteBoolean(name, given);
    }

    private static void WriteNumber(Utf8JsonWriter json, ReadOnlySpan<byte> name, int? value, int? usual)
    {
        if (value is { } given && value != usual)
            json.WriteNumber(name, given);
    }

    private static void WriteNumber(Utf8JsonWriter json, ReadOnlySpan<byte> name, ulong? value)
    {
        if (value is { } given)
            json.WriteNumber(name, given);
    }

    private static void WriteAddress(Utf8JsonWriter json, ReadOnlySpan<byte> name, ulong? address)
    {
        if (address is not { } given)
            return;
        Span<byte> text = stackalloc byte[2 + 16];
        "0x"u8.CopyTo(text);
        given.TryFormat(text[2..], out int written, "x");
        json.WriteString(name, text[..(2 + written)]);
    }

    private static void WriteWord(Utf8JsonWriter json, ReadOnlySpan<byte> name, NameTable words, int? value, int? usual)
    {
        if (value is { } given && value != usual)
            json.WriteString(name, words.Encoded[given]);
    }

    private static void WriteUntil(Utf8JsonWriter json, ReadOnlySpan<byte> name, int? until, int? usual)
    {
        if (until is { } given && until != usual)
            ResultWriter.WriteUntil(json, name, given);
    }

    private static void WriteUntils(Utf8JsonWriter json, ReadOnlySpan<byte> name, ValueList<int> untils)
    {
        if (untils.Count == 0)
            return;
        json.WriteStartArray(name);
        foreach (int until in untils)
        {
            if (until is Until.Waited or Until.Never)
                json.WriteStringValue(Names.Untils.Encoded[until == Until.Waited ? 0 : 1]);
            else
                json.WriteNumberValue(until);
        }
        json.WriteEndArray();
    }

    private static void FlushWhenLong(Utf8JsonWriter json)
    {
        if (json.BytesPending >= FlushBytes)
            json.Flush();
    }
}
