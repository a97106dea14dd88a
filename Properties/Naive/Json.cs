using System.Globalization;
using System.Text.Json;

namespace MigrationConformance.Properties.Naive;

/// <summary>Reading JSON: members that may be left out, numbers in their two spellings.</summary>
internal static class Json
{
    public static Until UntilOf(JsonElement? element)
    {
        if (element is not { } until)
        {
            return new Until(null, Never: false);
        }

        return until.ValueKind == JsonValueKind.String && until.GetString() is "waited" or "never"
            ? new Until(null, until.GetString() == "never")
            : new Until((int)Number(until), Never: false);
    }

    /// <summary>The member, or nothing when it is left out or null.</summary>
    public static JsonElement? Optional(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement value)
            && value.ValueKind != JsonValueKind.Null
            ? value
            : null;

    public static List<JsonElement> Items(JsonElement element, string name) =>
        Optional(element, name) is { ValueKind: JsonValueKind.Array } array ? [.. array.EnumerateArray()] : [];

    public static ulong Number(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.String)
        {
            return value.GetUInt64();
        }

        string text = value.GetString()!;
        return ulong.Parse(text[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
    }

    public static long Signed(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number ? value.GetInt64() : (long)Number(value);

    public static ulong Number(JsonElement element, string name, ulong otherwise) =>
        Optional(element, name) is { } value ? Number(value) : otherwise;

    public static bool Bool(JsonElement element, string name, bool otherwise) =>
        Optional(element, name) is { } value ? value.GetBoolean() : otherwise;

    public static string Text(JsonElement element, string name, string otherwise) =>
        Optional(element, name)?.GetString() ?? otherwise;
}
