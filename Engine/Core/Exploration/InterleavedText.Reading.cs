using System.Globalization;
using System.Text;
using System.Text.Json;

namespace MigrationConformance.Core;

// Reads what Write writes, and what a person has changed in it.
public static partial class InterleavedText
{
    private const string Root = "an object with \"scenario\", \"actors\" and \"schedule\"";
    private const int MostTasks = 255;
    private static readonly string[] Members = ["scenario", "actors", "schedule"];
    private static readonly string[] ActorMembers = ["kind", "process", "address", "file", "index", "write", "variant"];

    /// <summary>Reads a run.</summary>
    /// <param name="json">The document.</param>
    /// <returns>The run.</returns>
    /// <exception cref="ScenarioException">It is not such a document; one sentence says where, what stands there and what was expected.</exception>
    public static Interleaved Read(string json)
    {
        using JsonDocument document = Parse(json);
        JsonElement root = document.RootElement;
        Check(root, "$", Root, Members);
        if (!root.TryGetProperty("scenario", out JsonElement scenario))
            throw Wrong("$", "no \"scenario\"", Root);
        var actors = new List<ActorSpec>();
        foreach (JsonElement actor in Items(root, "actors"))
            actors.Add(Actor(actor, FormattableString.Invariant($"$.actors[{actors.Count}]")));
        var schedule = new List<int>();
        foreach (JsonElement task in Items(root, "schedule"))
            schedule.Add((int)Number(task, FormattableString.Invariant($"$.schedule[{schedule.Count}]"), MostTasks));
        return new Interleaved(ReadScenario(scenario), [.. actors], [.. schedule]);
    }

    private static JsonDocument Parse(string json)
    {
        try
        {
            return JsonDocument.Parse(json);
        }
        catch (JsonException broken)
        {
            throw Wrong("$", $"no JSON ({broken.Message.TrimEnd('.')})", Root);
        }
    }

    // The places of a scenario are told from the document that it stands in.
    private static Scenario ReadScenario(JsonElement scenario)
    {
        try
        {
            return ScenarioReader.Read(Encoding.UTF8.GetBytes(scenario.GetRawText()));
        }
        catch (ScenarioException wrong) when (wrong.Message.StartsWith('$'))
        {
            throw new ScenarioException($"$.scenario{wrong.Message[1..]}");
        }
    }

    private static ActorSpec Actor(JsonElement json, string place)
    {
        Check(json, place, "an actor such as { \"kind\": \"fault\" }", ActorMembers);
        return new ActorSpec(
            Kind(json, place),
            (int)Member(json, place, "process", ScenarioLimits.Owners),
            Member(json, place, "address", ScenarioLimits.AddressEnd - 1),
            (int)Member(json, place, "file", ScenarioLimits.Owners),
            Member(json, place, "index", ulong.MaxValue),
            Flag(json, place, "write"),
            Flag(json, place, "variant"));
    }

    private static TaskKind Kind(JsonElement json, string place)
    {
        bool given = json.TryGetProperty("kind", out JsonElement kind);
        foreach (TaskKind actor in Enum.GetValues<TaskKind>())
        {
            if (actor is not (TaskKind.None or TaskKind.Migration or TaskKind.Reclaim) && kind.ValueKind == JsonValueKind.String && kind.GetString() == Word(actor))
                return actor;
        }
        throw Wrong($"{place}.kind", given ? Shown(kind) : "nothing", "an actor such as \"fault\" or \"truncate\"");
    }

    private static JsonElement.ArrayEnumerator Items(JsonElement root, string name)
    {
        if (!root.TryGetProperty(name, out JsonElement list))
            return default;
        return list.ValueKind == JsonValueKind.Array ? list.EnumerateArray() : throw Wrong($"$.{name}", Shown(list), "an array");
    }

    // An object, with members that are known, each once.
    private static void Check(JsonElement json, string place, string expected, string[] members)
    {
        if (json.ValueKind != JsonValueKind.Object)
            throw Wrong(place, Shown(json), expected);
        var seen = new List<string>();
        foreach (JsonProperty member in json.EnumerateObject())
        {
            if (Array.IndexOf(members, member.Name) < 0 || seen.Contains(member.Name))
                throw Wrong(place, $"\"{member.Name}\"{(seen.Contains(member.Name) ? " for the second time" : "")}", $"each of {string.Join(", ", members)} at most once");
            seen.Add(member.Name);
        }
    }

    private static ulong Member(JsonElement json, string place, string name, ulong most) =>
        json.TryGetProperty(name, out JsonElement value) ? Number(value, $"{place}.{name}", most) : 0;

    private static ulong Number(JsonElement json, string place, ulong most)
    {
        bool number = json.ValueKind == JsonValueKind.Number && json.TryGetUInt64(out ulong value) && value <= most;
        if (number)
            return json.GetUInt64();
        string text = json.ValueKind == JsonValueKind.String ? json.GetString()! : "";
        bool hexadecimal = text.StartsWith("0x", StringComparison.Ordinal)
            && ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value) && value <= most;
        return hexadecimal
            ? ulong.Parse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)
            : throw Wrong(place, Shown(json), FormattableString.Invariant($"a whole number from 0 to {most}, or one in hexadecimal such as \"0x10\""));
    }

    private static bool Flag(JsonElement json, string place, string name) => json.TryGetProperty(name, out JsonElement value) && value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Wrong($"{place}.{name}", Shown(value), "true or false"),
    };

    private static string Shown(JsonElement json)
    {
        string text = json.GetRawText();
        return text.Length <= ScenarioLimits.EchoedValue ? text : $"{text.AsSpan(0, ScenarioLimits.EchoedValue)}…";
    }

    private static ScenarioException Wrong(string place, string found, string expected) => new($"{place}: found {found}, expected {expected}.");
}
