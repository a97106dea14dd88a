using System.Collections.Generic;
using System.Linq;
using MigrationConformance.Core;

namespace MigrationConformance.Cli;

/// <summary>A system call in a few lines: what was asked for, what it found, its calls of migrate_pages, what it answered.</summary>
internal static class CallSummary
{
    // More calls than this are told by their number only.
    private const int MostChunks = 8;

    /// <summary>The lines.</summary>
    /// <param name="result">A run of a scenario with a call.</param>
    /// <param name="call">What the call did.</param>
    /// <param name="level">The words for the patch level.</param>
    /// <returns>One to three lines.</returns>
    public static IEnumerable<string> Lines(MigrationResult result, CallOutcome call, string level)
    {
        PolicyCall c = call.Locals;
        yield return $"{Asked(result.Run.Scenario.Call!)} {level}: {Answer(result)}";
        if (c.NrFound == 0)
            yield break;
        int migrated = result.Pages.Count(page => page.Fate == PageFate.Migrated);
        int gone = result.Pages.Count(page => page.Fate is PageFate.SwappedOut or PageFate.Freed);
        yield return $"found {Pages(c.NrFound)} on the wrong node"
            + (c.NrShared > 0 ? $", left {c.NrShared:N0} alone as shared" : "")
            + (c.NrNotOnLru > 0 ? $", {c.NrNotOnLru:N0} not on the LRU" : "")
            + $"; isolated {c.NrIsolated:N0}, {migrated:N0} migrated"
            + (gone > 0 ? $", {gone:N0} swapped out or freed" : "")
            + $", {c.NrIsolated - migrated - gone:N0} stayed; put back {c.NrPutBack:N0}";
        if (call.Chunks.Length > 0)
            yield return Chunks(call);
    }

    /// <summary>What the call answered.</summary>
    /// <param name="result">A run of a scenario with a call.</param>
    /// <returns>"returned 0", "returned -EPERM", "did not return".</returns>
    public static string Answer(MigrationResult result)
    {
        int value = result.Task.Result;
        return result.End != StepResult.Finished ? "did not return" : value < 0 ? $"returned -{Errno.Name(-value)}" : $"returned {value:N0}";
    }

    private static string Asked(ScenarioCall call)
    {
        string process = call.Process is { } number ? $"process {number}" : "no process";
        if (call.Kind == PolicyCallKind.MigratePages)
            return $"migrate_pages(2) of {process} from {Nodes(call.From)} to {Nodes(call.To)}" + (call.Caller is { } caller && caller != call.Process ? $", by process {caller}," : "");
        string flags = call.Flags == MpolFlags.None ? "" : $" ({string.Join(", ", FlagNames(call.Flags))})";
        return $"mbind(2) of {process}, {(call.Policy == MpolMode.Bind ? "bind" : "interleave")} on {Nodes(call.Nodes)}{flags}";
    }

    private static IEnumerable<string> FlagNames(MpolFlags flags)
    {
        if ((flags & MpolFlags.Strict) != 0)
            yield return "strict";
        if ((flags & MpolFlags.Move) != 0)
            yield return "move";
        if ((flags & MpolFlags.MoveAll) != 0)
            yield return "move all";
    }

    private static string Chunks(CallOutcome call)
    {
        string number = $"{call.Chunks.Length:N0} {(call.Chunks.Length == 1 ? "call" : "calls")} of migrate_pages";
        string passes = $"{call.Passes:N0} {(call.Passes == 1 ? "pass" : "passes")}";
        if (call.Chunks.Length > MostChunks)
            return $"{number} with {call.Chunks.Min(chunk => chunk.NewPages)} to {call.Chunks.Max(chunk => chunk.NewPages)} new pages each, {passes}";
        IEnumerable<string> each = call.Chunks.Select(chunk => (chunk.NewPages == 0 ? $"{chunk.Pages:N0} to swap" : $"{chunk.Pages:N0} with {chunk.NewPages:N0} new") + (chunk.Returned is { } value ? $" returned {value}" : " did not return"));
        return $"{number}: {string.Join("; ", each)}; {passes}";
    }

    private static string Nodes(ValueList<int> nodes) => nodes.Count == 0 ? "no node" : (nodes.Count == 1 ? "node " : "nodes ") + string.Join(",", nodes);

    private static string Pages(int number) => $"{number:N0} {(number == 1 ? "page" : "pages")}";
}
