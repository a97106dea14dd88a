using System.Globalization;
using System.Text;
using System.Text.Json;

namespace MigrationConformance.Core;

/// <summary>An interleaved run as a JSON document: <c>{ "scenario": …, "actors": [ … ], "schedule": [ … ] }</c>.</summary>
/// <remarks>The same run gives the same bytes, so that a file can be named by its contents.</remarks>
public static class InterleavedText
{
    /// <summary>Writes a run.</summary>
    /// <param name="run">The run.</param>
    /// <returns>JSON: the scenario on one line, an actor a line, the schedule on one line.</returns>
    public static string Write(Interleaved run)
    {
        var text = new StringBuilder("{\n\"scenario\": ").Append(ScenarioWriter.ToText(run.Scenario).Trim()).Append(",\n\"actors\": [");
        for (int i = 0; i < run.Actors.Count; i++)
            text.Append(i > 0 ? ",\n" : "\n").Append(Line(run.Actors[i]));
        return text.Append(run.Actors.Count > 0 ? "\n" : "").Append("],\n\"schedule\": [").Append(string.Join(", ", run.Schedule)).Append("]\n}\n").ToString();
    }

    /// <summary>Reads a run.</summary>
    /// <param name="json">The document.</param>
    /// <returns>The run.</returns>
    /// <exception cref="ScenarioException">It is not such a document; one sentence says where.</exception>
    public static Interleaved Read(string json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            JsonElement root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("scenario", out JsonElement scenario))
                throw new ScenarioException("$: found no \"scenario\", expected an object with \"scenario\", \"actors\" and \"schedule\".");
            var actors = new List<ActorSpec>();
            if (root.TryGetProperty("actors", out JsonElement list))
            {
                foreach (JsonElement actor in list.EnumerateArray())
                    actors.Add(Actor(actor, actors.Count));
            }
            var schedule = new List<int>();
            if (root.TryGetProperty("schedule", out JsonElement tasks))
            {
                foreach (JsonElement task in tasks.EnumerateArray())
                    schedule.Add(task.GetInt32());
            }
            return new Interleaved(ScenarioReader.Read(Encoding.UTF8.GetBytes(scenario.GetRawText())), [.. actors], [.. schedule]);
        }
        catch (Exception wrong) when (wrong is JsonException or InvalidOperationException or FormatException)
        {
            throw new ScenarioException($"$: {wrong.Message.TrimEnd('.')}, expected an interleaved run.");
        }
    }

    private static string Line(in ActorSpec actor)
    {
        string kind = $"{actor.Kind}";
        var text = new StringBuilder("{ \"kind\": \"").Append(char.ToLowerInvariant(kind[0])).Append(kind.AsSpan(1)).Append('"');
        if (actor.Process != 0)
            text.Append(CultureInfo.InvariantCulture, $", \"process\": {actor.Process}");
        if (actor.Address != 0)
            text.Append(CultureInfo.InvariantCulture, $", \"address\": \"0x{actor.Address:x}\"");
        if (actor.File != 0)
            text.Append(CultureInfo.InvariantCulture, $", \"file\": {actor.File}");
        if (actor.Index != 0)
            text.Append(CultureInfo.InvariantCulture, $", \"index\": {actor.Index}");
        if (actor.Write)
            text.Append(", \"write\": true");
        if (actor.Variant)
            text.Append(", \"variant\": true");
        return text.Append(" }").ToString();
    }

    private static ActorSpec Actor(JsonElement json, int number)
    {
        string name = json.TryGetProperty("kind", out JsonElement kind) ? kind.GetString() ?? "" : "";
        if (!Enum.TryParse(name, ignoreCase: true, out TaskKind parsed) || parsed is TaskKind.None or TaskKind.Migration or TaskKind.Reclaim)
            throw new ScenarioException($"$.actors[{number}].kind: found \"{name}\", expected an actor such as \"fault\" or \"truncate\".");
        return new ActorSpec(
            parsed,
            json.TryGetProperty("process", out JsonElement process) ? process.GetInt32() : 0,
            json.TryGetProperty("address", out JsonElement address) ? Number(address) : 0,
            json.TryGetProperty("file", out JsonElement file) ? file.GetInt32() : 0,
            json.TryGetProperty("index", out JsonElement index) ? Number(index) : 0,
            json.TryGetProperty("write", out JsonElement write) && write.GetBoolean(),
            json.TryGetProperty("variant", out JsonElement variant) && variant.GetBoolean());
    }

    private static ulong Number(JsonElement json) => json.ValueKind != JsonValueKind.String
        ? json.GetUInt64()
        : ulong.Parse(json.GetString()!.Replace("0x", "", StringComparison.Ordinal), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
