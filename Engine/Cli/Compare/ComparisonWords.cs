using System;
using System.Collections.Generic;
using System.Linq;
using MigrationConformance.Core;

namespace MigrationConformance.Cli.Compare;

/// <summary>What a comparison finds, in words.</summary>
internal static class ComparisonWords
{
    /// <summary>What a case is about: whose page, and the first thing in which it differs.</summary>
    /// <param name="each">The case.</param>
    /// <returns>A clause without a full stop.</returns>
    public static string Title(DifferenceCase each) =>
        Owner(each.Facts) + " " + (each.With.Length > 0 ? Reach(each.Differences[0]) : Change(each.Differences));

    /// <summary>Facts in words.</summary>
    /// <param name="facts">Facts of a page.</param>
    /// <returns>Words with commas between; empty when there is nothing to say.</returns>
    public static string Facts(PageFacts facts) => PageFactsOf.Words(facts & ~PageFactsOf.Owners).Replace(" ", ", ");

    /// <summary>A difference with its aspect.</summary>
    /// <param name="difference">The difference.</param>
    /// <returns>As a claims file has it.</returns>
    public static string Text(EndDifference difference) => $"{EndDifference.Word(difference.Aspect)}: {difference}";

    private static string Owner(PageFacts facts) => (facts & PageFactsOf.Owners) switch
    {
        PageFacts.File => "file page",
        PageFacts.Tmpfs => "tmpfs page",
        PageFacts.Anon => "anonymous page",
        PageFacts.AnonInSwapCache => "anonymous page in the swap cache",
        PageFacts.SwapCache => "swap cache page without mapping",
        PageFacts.Unowned => "page without owner",
        _ => "call",
    };

    // Differences are ordered by aspect, and the first one names the group.
    private static string Change(IReadOnlyList<EndDifference> differences)
    {
        EndDifference first = differences[0];
        return first.Aspect switch
        {
            Aspect.End => End(FirstWord(first.Before), FirstWord(first.After)),
            Aspect.Fate when first.After == "migrated" => $"now moves (was: {Or(first.Before)})",
            Aspect.Fate when first.Before == "migrated" => $"no longer moves (now: {Or(first.After)})",
            Aspect.Fate => $"is {Or(first.After)} (was: {Or(first.Before)})",
            Aspect.Reason => "backs out elsewhere",
            Aspect.Pass => $"leaves {first.After}",
            Aspect.Result => "returns another value",
            Aspect.SwapWrites => $"is written to swap {(first.After == "fewer" ? "less" : "more")}",
            Aspect.FileWrites => $"is written to its file {(first.After == "fewer" ? "less" : "more")}",
            Aspect.Flags or Aspect.Copied => "ends with other flags",
            Aspect.Entries => "ends with other entries",
            Aspect.Count or Aspect.Counters or Aspect.Rss or Aspect.Passes or Aspect.To or Aspect.SwapSlots => "ends with other counts",
            Aspect.List or Aspect.Order or Aspect.Mmlist => "ends on other lists",
            Aspect.OldPage => "leaves something in the old frame",
            Aspect.Tree => "ends with another place or tag in the trees",
            Aspect.Identity => "ends with another mapping or index",
            Aspect.Buffers => "ends with other buffers",
            Aspect.Contents or Aspect.Stored => "ends with other data",
            Aspect.Mappings => "ends with other state bits of the mapping",
            Aspect.Held or Aspect.Locks => "leaves other locks and holds",
            Aspect.Rule => $"{(first.After == "nothing" ? "keeps a rule that was broken" : "breaks a rule")}",
            _ => "ends differently",
        };
    }

    // What a set of interleavings can end in has no before and after, only more and less.
    private static string Reach(EndDifference first) =>
        first.Aspect == Aspect.Elsewhere ? "can end otherwise among others"
        : $"{(first.After.Length > 0 ? "can now end" : "can no longer end")} with {EndDifference.Word(first.Aspect)} {first.After}{first.Before} among others";

    private static string End(string before, string after) =>
        before == after ? before switch { "blocks" => "blocks elsewhere", "BUG" => "hits another kernel BUG", _ => "ends elsewhere" }
        : after switch { "BUG" => "hits a kernel BUG", "blocks" => "blocks for ever", "returns" => "returns", _ => "no longer ends so" }
            + before switch { "BUG" => " (was: a kernel BUG)", "blocks" => " (was: blocked for ever)", "returns" => " (was: returned)", _ => " too" };

    private static string Or(string value) => value.Length == 0 ? "nothing else" : value;

    private static string FirstWord(string text) => text.Length == 0 ? "nothing else" : text.Split(' ')[0];
}
