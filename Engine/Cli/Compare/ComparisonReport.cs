using System;
using System.Collections.Generic;
using System.Linq;
using MigrationConformance.Core;

namespace MigrationConformance.Cli.Compare;

/// <summary>A comparison with its claims: what is printed, in every format.</summary>
internal sealed class ComparisonReport
{
    /// <summary>Puts a comparison and its claims together.</summary>
    /// <param name="comparison">What was found.</param>
    /// <param name="claims">What was meant.</param>
    /// <param name="machines">What was compared, a sentence.</param>
    /// <param name="leavesOut">What that leaves out, a sentence; empty for given machines.</param>
    public ComparisonReport(Comparison comparison, ClaimsFile claims, string machines, string leavesOut)
    {
        (Comparison, Claims, Machines, LeavesOut) = (comparison, claims, machines, leavesOut);
        var groups = new Dictionary<(string?, string), DifferenceGroup>();
        foreach (DifferenceCase each in comparison.Cases)
        {
            Claim? claim = claims.ClaimOf(each);
            string title = ComparisonWords.Title(each);
            if (!groups.TryGetValue((claim?.Id, title), out DifferenceGroup? group))
                groups.Add((claim?.Id, title), group = new DifferenceGroup(title, claim));
            group.Add(each);
        }
        Groups = [.. groups.Values.Order()];
        Unseen = [.. claims.For(interleaved: Groups.Any(group => group.With.Count > 0)).Where(claim => !Groups.Any(group => group.Claim == claim))];
    }

    /// <summary>What was found.</summary>
    public Comparison Comparison { get; }

    /// <summary>What was meant.</summary>
    public ClaimsFile Claims { get; }

    /// <summary>What was compared, a sentence without its full stop.</summary>
    public string Machines { get; }

    /// <summary>What that leaves out; empty for given machines.</summary>
    public string LeavesOut { get; }

    /// <summary>The groups: the unclaimed first, then in the order of the claims, the larger before the smaller.</summary>
    public IReadOnlyList<DifferenceGroup> Groups { get; }

    /// <summary>Claims that nothing was seen of.</summary>
    public IReadOnlyList<Claim> Unseen { get; }

    /// <summary>The groups that nobody claims.</summary>
    public IEnumerable<DifferenceGroup> Unclaimed => Groups.Where(group => group.Claim is null);

    /// <summary>The levels by their words.</summary>
    public string Levels => $"{PatchSet.Word(Comparison.Before)} and {PatchSet.Word(Comparison.After)}";

    /// <summary>What was found, in a sentence.</summary>
    public string Headline =>
        $"{Levels}: {Comparison.Differing:N0} of {Comparison.Machines:N0} machines end differently, in {Number(Groups.Count, "group")}, "
        + (Unclaimed.Any() ? $"{Unclaimed.Count():N0} of them unclaimed" : Groups.Count == 0 ? "nothing to claim" : "all claimed");

    /// <summary>A number with its noun.</summary>
    public static string Number(long number, string noun) => $"{number:N0} {noun}{(number == 1 ? "" : "s")}";
}

/// <summary>Pages of one owner that end differently in one way, and are claimed by one claim or by none.</summary>
internal sealed class DifferenceGroup : IComparable<DifferenceGroup>
{
    private readonly SortedDictionary<EndDifference, long> counts = [];
    private PageFacts always = (PageFacts)ulong.MaxValue, ever;

    /// <summary>Makes an empty group.</summary>
    /// <param name="title">What differs, in a few words.</param>
    /// <param name="claim">Whose it is, or null.</param>
    public DifferenceGroup(string title, Claim? claim) => (Title, Claim) = (title, claim);

    /// <summary>What differs, in a few words.</summary>
    public string Title { get; }

    /// <summary>What claims it, or null.</summary>
    public Claim? Claim { get; }

    /// <summary>Pages in it; calls, where it is about calls.</summary>
    public long Count { get; private set; }

    /// <summary>How many finer cases it is made of.</summary>
    public int Cases { get; private set; }

    /// <summary>The case with the smallest machine.</summary>
    public DifferenceCase Smallest { get; private set; } = null!;

    /// <summary>Who else ran, in every order; empty for migrations alone.</summary>
    public SortedSet<string> With { get; } = new(StringComparer.Ordinal);

    /// <summary>What is true of every page of it.</summary>
    public PageFacts Always => always;

    /// <summary>What is true of some page of it.</summary>
    public PageFacts Ever => ever;

    /// <summary>Each difference with the number of pages that have it, in the order of aspects.</summary>
    public IEnumerable<KeyValuePair<EndDifference, long>> Differences => counts;

    /// <summary>Adds a case.</summary>
    /// <param name="each">The case.</param>
    public void Add(DifferenceCase each)
    {
        Count += each.Count;
        Cases++;
        if (each.With.Length > 0)
            With.Add(each.With);
        always &= each.Facts;
        ever |= each.Facts;
        foreach (EndDifference difference in each.Differences)
            counts[difference] = counts.GetValueOrDefault(difference) + each.Count;
        if (Smallest is null || DifferenceCase.IsSmaller(each, Smallest))
            Smallest = each;
    }

    /// <inheritdoc/>
    public int CompareTo(DifferenceGroup? other)
    {
        if (other is null)
            return 1;
        int order = (Claim is null ? 0 : 1).CompareTo(other.Claim is null ? 0 : 1);
        order = order != 0 ? order : other.Count.CompareTo(Count);
        order = order != 0 ? order : string.CompareOrdinal(Title, other.Title);
        return order != 0 ? order : string.CompareOrdinal(Claim?.Id, other.Claim?.Id);
    }
}
