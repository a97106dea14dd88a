using System.Globalization;
using System.Text;

namespace MigrationConformance.Core;

/// <summary>An interleaved run as a JSON document: <c>{ "scenario": …, "actors": [ … ], "schedule": [ … ] }</c>.</summary>
/// <remarks>The same run gives the same bytes, so that a file can be named by its contents.</remarks>
public static partial class InterleavedText
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

    private static string Line(in ActorSpec actor)
    {
        var text = new StringBuilder("{ \"kind\": \"").Append(Word(actor.Kind)).Append('"');
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

    // The name in camelCase.
    private static string Word(TaskKind kind) => $"{char.ToLowerInvariant($"{kind}"[0])}{$"{kind}"[1..]}";
}
