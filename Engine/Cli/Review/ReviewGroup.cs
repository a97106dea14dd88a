using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;

namespace MigrationConformance.Cli.Review;

/// <summary>Pending snapshots that differ for one reason.</summary>
/// <param name="Id">The cause as one word, the same as long as the cause is.</param>
/// <param name="Cause">The cause that all of them have.</param>
/// <param name="Also">Other causes that some of them have, with how many.</param>
/// <param name="Snapshots">The snapshots, by name.</param>
internal sealed record ReviewGroup(string Id, string Cause, IReadOnlyList<(string Cause, int Count)> Also, IReadOnlyList<PendingSnapshot> Snapshots)
{
    /// <summary>Groups snapshots: the most common cause takes all that have it, then the most common one of what is left.</summary>
    /// <param name="pending">The snapshots.</param>
    /// <returns>The groups, largest first.</returns>
    public static List<ReviewGroup> Of(IReadOnlyList<PendingSnapshot> pending)
    {
        List<(PendingSnapshot Snapshot, SortedSet<string> Causes)> left = [.. pending.Select(p => (p, Causes.Of(p)))];
        List<ReviewGroup> groups = [];
        while (left.Count > 0)
        {
            string cause = Counted(left.SelectMany(l => l.Causes))[0].Cause;
            List<(PendingSnapshot Snapshot, SortedSet<string> Causes)> own = left.FindAll(l => l.Causes.Contains(cause));
            left.RemoveAll(l => l.Causes.Contains(cause));
            IReadOnlyList<(string Cause, int Count)> also = Counted(own.SelectMany(l => l.Causes).Where(c => c != cause));
            groups.Add(new ReviewGroup(Word(cause), cause, also, [.. own.Select(l => l.Snapshot)]));
        }
        return groups;
    }

    private const int AlsoShown = 6;

    /// <summary>A line for each of the most common other causes, and one for the rest of them.</summary>
    public IEnumerable<string> AlsoInWords
    {
        get
        {
            foreach ((string cause, int count) in Also.Take(AlsoShown))
                yield return $"also, in {count} of {Snapshots.Count}: {cause}";
            if (Also.Count > AlsoShown)
                yield return $"and {Also.Count - AlsoShown} other changes, each in {Also[AlsoShown].Count} of {Snapshots.Count} or fewer";
        }
    }

    /// <summary>The heading of the group.</summary>
    public string Title => $"{Cause}: {Snapshots.Count} snapshot{(Snapshots.Count == 1 ? "" : "s")}";

    // Each snapshot names a cause once, so counting the names counts the snapshots.
    private static List<(string Cause, int Count)> Counted(IEnumerable<string> causes) =>
    [
        .. causes.GroupBy(c => c, StringComparer.Ordinal).Select(g => (g.Key, g.Count()))
            .OrderByDescending(c => c.Item2).ThenBy(c => c.Key, StringComparer.Ordinal),
    ];

    private static string Word(string cause)
    {
        StringBuilder word = new();
        foreach (char c in cause.ToLowerInvariant().Replace("+", "plus ", StringComparison.Ordinal).Replace(" -", " minus ", StringComparison.Ordinal))
        {
            if (char.IsAsciiLetterOrDigit(c) || c == '_')
                word.Append(c);
            else if (word.Length > 0 && word[^1] != '-')
                word.Append('-');
        }
        return word.ToString().TrimEnd('-');
    }
}
