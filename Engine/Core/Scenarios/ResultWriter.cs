using System.Buffers;
using System.IO;
using System.Text.Json;

namespace MigrationConformance.Core;

/// <summary>Writes the result document: what FORMAT.md says, the same bytes for the same scenario.</summary>
public static partial class ResultWriter
{
    // Rows are handed on from this many bytes on, so that a document of any length takes little memory.
    private const int FlushBytes = 1 << 16;

    /// <summary>Writes the document.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="result">How the run ended, with the machine as it is then.</param>
    /// <param name="indented">True for one member a line, false for one line without blanks.</param>
    public static void Write(IBufferWriter<byte> output, MigrationResult result, bool indented = false)
    {
        using var json = new Utf8JsonWriter(output, Options(indented));
        Write(json, result);
    }

    /// <summary>Writes the document to a stream, a piece at a time.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="result">How the run ended, with the machine as it is then.</param>
    /// <param name="indented">True for one member a line, false for one line without blanks.</param>
    public static void Write(Stream output, MigrationResult result, bool indented = false)
    {
        using var json = new Utf8JsonWriter(output, Options(indented));
        Write(json, result);
    }

    internal static JsonWriterOptions Options(bool indented) =>
        new() { Indented = indented, NewLine = "\n", SkipValidation = true };

    private static void Write(Utf8JsonWriter json, MigrationResult result)
    {
        Machine m = result.Run.Machine;
        ref KernelTask task = ref result.Task;
        json.WriteStartObject();
        if (result.Run.Scenario.Title is { } title)
            json.WriteString("title"u8, title);
        json.WriteString("patch"u8, Names.Patches.Encoded[(int)m.Globals.Patch]);
        json.WriteString("outcome"u8, Outcomes.Encoded[(int)result.End - (int)StepResult.Blocked]);
        if (result.Call is null ? task.Step == (int)MigrationStep.Finished : result.End == StepResult.Finished)
            json.WriteNumber("return"u8, task.Result);
        else
            json.WriteNull("return"u8);
        if (result.Call is { } call)
            WriteCall(json, result, call, task);
        WriteBlocked(json, result, task);
        WriteBug(json, result, m, task);
        json.WriteNumber("passes"u8, result.Passes);
        json.WriteStartArray("from"u8);
        foreach (ref readonly PageOutcome page in result.Pages.AsSpan())
            WriteOutcome(json, page);
        json.WriteEndArray();
        json.WriteStartObject("machine"u8);
        WriteMachine(json, result.Run, m);
        json.WriteEndObject();
        json.WriteEndObject();
        json.Flush();
    }

    // In the order of StepResult, from Blocked on.
    private static readonly NameTable Outcomes = new("blocked returned bug");

    // In the order of PageFate.
    private static readonly NameTable Fates = new("notReached notIsolated underWay retry migrated freed swappedOut failed");

    private static void WriteBlocked(Utf8JsonWriter json, MigrationResult result, in KernelTask task)
    {
        if (result.End != StepResult.Blocked)
        {
            json.WriteNull("blocked"u8);
            return;
        }
        json.WriteStartObject("blocked"u8);
        // What the caller does after migrate_pages is about no page of it, although the one that ended the last pass is kept.
        WritePage(json, "page"u8, task.Step == (int)MigrationStep.Finished ? Pfn.None : task.Page);
        json.WriteNumber("pass"u8, task.Pass);
        json.WriteString("step"u8, EnumNames.Step((MigrationStep)task.Step));
        json.WriteString("waitsFor"u8, EnumNames.Wait(task.WaitsFor));
        switch (task.WaitsFor)
        {
            case WaitKind.SwapLock or WaitKind.MmlistLock or WaitKind.None:
                json.WriteNull("number"u8);
                break;
            case WaitKind.TreeLock or WaitKind.ImmapLock or WaitKind.PrivateLock:
                WriteMappingNumber(json, "number"u8, task.WaitsForNumber);
                break;
            default:
                json.WriteNumber("number"u8, task.WaitsForNumber);
                break;
        }
        json.WriteEndObject();
    }

    private static void WriteBug(Utf8JsonWriter json, MigrationResult result, Machine m, in KernelTask task)
    {
        if (result.End != StepResult.Bug)
        {
            json.WriteNull("bug"u8);
            return;
        }
        json.WriteStartObject("bug"u8);
        json.WriteString("check"u8, m.Bug.Check.ToString());
        json.WriteString("function"u8, KernelBugChecks.Function(m.Bug.Check));
        WritePage(json, "page"u8, m.Bug.Page);
        json.WriteNumber("pass"u8, task.Pass);
        json.WriteString("step"u8, EnumNames.Step((MigrationStep)m.Bug.Step));
        json.WriteEndObject();
    }

    private static void WriteOutcome(Utf8JsonWriter json, in PageOutcome page)
    {
        json.WriteStartObject();
        json.WriteNumber("page"u8, page.Page.Value);
        json.WriteString("outcome"u8, Fates.Encoded[(int)page.Fate]);
        WritePage(json, "newpage"u8, page.Newpage);
        WriteNumber(json, "pass"u8, page.Attempted ? page.Pass : null);
        bool hasStep = page.Attempted && page.Step != MigrationStep.None;
        if (hasStep)
            json.WriteString("step"u8, EnumNames.Step(page.Step));
        else
            json.WriteNull("step"u8);
        WriteNumber(json, "documentedStep"u8, hasStep && (int)page.Step <= (int)MigrationStep.MoveToLru ? (int)page.Step : null);
        if (page.Attempted && page.Reason != BackOutReason.None)
            json.WriteString("reason"u8, EnumNames.Reason(page.Reason));
        else
            json.WriteNull("reason"u8);
        WriteNumber(json, "rc"u8, page.Attempted && page.Fate != PageFate.UnderWay ? page.Rc : null);
        json.WriteEndObject();
        FlushWhenLong(json);
    }

    private static void WriteNumber(Utf8JsonWriter json, ReadOnlySpan<byte> name, int? value)
    {
        if (value is { } number)
            json.WriteNumber(name, number);
        else
            json.WriteNull(name);
    }

    private static void WritePage(Utf8JsonWriter json, ReadOnlySpan<byte> name, Pfn page) =>
        WriteNumber(json, name, page.IsNone ? null : page.Value);

    // A file's number, or "swapper".
    private static void WriteMappingNumber(Utf8JsonWriter json, ReadOnlySpan<byte> name, int mapping)
    {
        if (mapping == MappingId.Swapper.Value)
            json.WriteString(name, "swapper"u8);
        else
            json.WriteNumber(name, mapping - 1);
    }

    private static void FlushWhenLong(Utf8JsonWriter json)
    {
        if (json.BytesPending >= FlushBytes)
            json.Flush();
    }
}
