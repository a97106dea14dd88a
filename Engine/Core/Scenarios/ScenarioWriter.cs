using System.Buffers;
using System.IO;
using System.Text;
using System.Text.Json;

namespace MigrationConformance.Core;

/// <summary>Writes scenarios as JSON: members in the order of the format, defaults left out, so that reading gives the scenario back.</summary>
public static partial class ScenarioWriter
{
    // Items are handed on from this many bytes on, so that a scenario of any length takes little memory.
    private const int FlushBytes = 1 << 16;

    /// <summary>Writes a scenario.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="scenario">The scenario.</param>
    /// <param name="indented">True for one member a line, false for one line without blanks.</param>
    public static void Write(IBufferWriter<byte> output, Scenario scenario, bool indented = false)
    {
        using var json = new Utf8JsonWriter(output, ResultWriter.Options(indented));
        Write(json, scenario, scenario.Pages);
    }

    /// <summary>Writes a scenario to a stream, a piece at a time.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="scenario">The scenario.</param>
    /// <param name="indented">True for one member a line, false for one line without blanks.</param>
    public static void Write(Stream output, Scenario scenario, bool indented = false) =>
        Write(output, scenario, scenario.Pages, indented);

    /// <summary>Writes a scenario whose pages are made while they are written, so that there may be millions of them.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="scenario">Everything but the pages; its own are not written.</param>
    /// <param name="pages">The pages, in order.</param>
    /// <param name="indented">True for one member a line, false for one line without blanks.</param>
    public static void Write(Stream output, Scenario scenario, IEnumerable<ScenarioPage> pages, bool indented = false)
    {
        using var json = new Utf8JsonWriter(output, ResultWriter.Options(indented));
        Write(json, scenario, pages);
    }

    /// <summary>A scenario as text.</summary>
    /// <param name="scenario">The scenario.</param>
    /// <param name="indented">True for one member a line, false for one line without blanks.</param>
    /// <returns>The JSON text.</returns>
    public static string ToText(Scenario scenario, bool indented = false)
    {
        var output = new ArrayBufferWriter<byte>();
        Write(output, scenario, indented);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private static void Write(Utf8JsonWriter json, Scenario s, IEnumerable<ScenarioPage> pages)
    {
        json.WriteStartObject();
        WriteString(json, "title"u8, s.Title);
        WriteWord(json, "patch"u8, Names.Patches, (int)s.Patch, (int)PatchSet.Default);
        WriteBool(json, "illegal"u8, s.Illegal, false);
        WriteNumber(json, "fanOut"u8, s.FanOut, 64);
        WriteNumber(json, "zones"u8, s.Zones, 1);
        WriteNumber(json, "cpus"u8, s.Cpus, 1);
        if (s.Swap != ScenarioSwap.Default)
            WriteSwap(json, s.Swap);
        if (s.Files is { } files)
            WriteList(json, "files"u8, files, WriteFile);
        if (s.Processes is { } processes)
            WriteList(json, "processes"u8, processes, WriteProcess);
        if (s.Vmas is { } vmas)
            WriteList(json, "vmas"u8, vmas, WriteVma);
        WritePages(json, pages);
        if (s.From is { } from)
            WriteNumbers(json, "from"u8, from);
        WriteTo(json, s.To);
        WriteActions(json, "before"u8, s.Before);
        WriteActions(json, "after"u8, s.After);
        if (s.Locks.Count > 0)
            WriteList(json, "locks"u8, s.Locks, WriteLock);
        if (s.Call is { } call)
            WriteCall(json, call);
        json.WriteEndObject();
        json.Flush();
    }

    private static void WritePages(Utf8JsonWriter json, IEnumerable<ScenarioPage> pages)
    {
        bool any = false;
        foreach (ScenarioPage page in pages)
        {
            if (!any)
                json.WriteStartArray("pages"u8);
            any = true;
            WritePage(json, page);
            FlushWhenLong(json);
        }
        if (any)
            json.WriteEndArray();
    }

    private static void WriteTo(Utf8JsonWriter json, ScenarioTo to)
    {
        if (to.IsSwapOut)
            json.WriteNull("to"u8);
        else if (to.NewFrames is { } frames)
            json.WriteNumber("to"u8, frames);
        else if (to.Pages is { } pages)
            WriteNumbers(json, "to"u8, pages);
    }

    private static void WriteActions(Utf8JsonWriter json, ReadOnlySpan<byte> name, ValueList<CallerAction> actions)
    {
        if (actions.Count == 0)
            return;
        json.WriteStartArray(name);
        foreach (CallerAction action in actions)
            json.WriteStringValue(Names.Actions.Encoded[(int)action]);
        json.WriteEndArray();
    }

    private static void WriteLock(Utf8JsonWriter json, ScenarioLock held)
    {
        json.WriteStartObject();
        json.WriteString("lock"u8, Names.Locks.Encoded[(int)held.Kind]);
        string? name = ScenarioParser.NumberOf(held.Kind);
        if (name is not null && held.Number == ScenarioLock.Swapper)
            json.WriteString(name, "swapper"u8);
        else if (name is not null)
            json.WriteNumber(name, held.Number);
        json.WriteEndObject();
    }
}
