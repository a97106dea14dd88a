using System.Text;

namespace MigrationConformance.Core;

/// <summary>Pages of one kind that end differently in one way: the finest class that a comparison tells apart.</summary>
public sealed class DifferenceCase
{
    private EnumeratedMachine smallest;

    internal DifferenceCase(string key, PageFacts facts, string with, EndDifference[] differences)
    {
        Key = key;
        Facts = facts;
        With = with;
        Differences = differences;
    }

    /// <summary>What tells it from every other case: the facts, who else ran, and the differences.</summary>
    public string Key { get; }

    /// <summary>What is true of these pages before the run.</summary>
    public PageFacts Facts { get; }

    /// <summary>Who else ran, in every order; empty for a migration alone.</summary>
    public string With { get; }

    /// <summary>In what they end differently, ordered.</summary>
    public IReadOnlyList<EndDifference> Differences { get; }

    /// <summary>How many pages are of this case; for the case of a call, how many calls.</summary>
    public long Count { get; private set; }

    /// <summary>The smallest machine that has such a page: fewest pages to migrate, then fewest features, then the first.</summary>
    public EnumeratedMachine Smallest => smallest;

    /// <summary>The page of <see cref="Smallest"/>; none for a call.</summary>
    public Pfn Page { get; private set; }

    internal static string KeyOf(PageFacts facts, string with, List<EndDifference> differences)
    {
        var key = new StringBuilder().Append((ulong)facts).Append('|').Append(with);
        foreach (EndDifference difference in differences)
            key.Append('|').Append((int)difference.Aspect).Append(':').Append(difference.Before).Append('>').Append(difference.After);
        return key.ToString();
    }

    internal void Add(in EnumeratedMachine machine, Pfn page, long count = 1)
    {
        if (Count == 0 || IsSmaller(machine, smallest))
            (smallest, Page) = (machine, page);
        Count += count;
    }

    /// <summary>Which of two cases has the smaller machine.</summary>
    /// <param name="a">A case.</param>
    /// <param name="b">Another case.</param>
    /// <returns>True for the first one.</returns>
    public static bool IsSmaller(DifferenceCase a, DifferenceCase b) =>
        IsSmaller(a.smallest, b.smallest) || (!IsSmaller(b.smallest, a.smallest) && string.CompareOrdinal(a.Key, b.Key) < 0);

    private static bool IsSmaller(in EnumeratedMachine a, in EnumeratedMachine b)
    {
        int pages = PagesOf(a.Built).CompareTo(PagesOf(b.Built));
        int order = pages != 0 ? pages : a.Features.CompareTo(b.Features);
        return order != 0 ? order < 0 : a.Order < b.Order;
    }

    // A system call has no pages to migrate before it collects them.
    private static int PagesOf(ScenarioMachine start) => start.Scenario.Call is null ? start.FromPages.Length : PageFactsOf.InUse(start.Machine);
}
