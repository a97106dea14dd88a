namespace MigrationConformance.Core;

/// <summary>What two levels do differently over the machines that were compared: cases, with counts and the smallest machine of each.</summary>
public sealed class Comparison
{
    private readonly SortedDictionary<string, DifferenceCase> cases = new(StringComparer.Ordinal);

    /// <summary>Makes an empty comparison.</summary>
    /// <param name="before">The first level.</param>
    /// <param name="after">The second level.</param>
    public Comparison(PatchLevel before, PatchLevel after) => (Before, After) = (before, after);

    /// <summary>The first level.</summary>
    public PatchLevel Before { get; }

    /// <summary>The second level.</summary>
    public PatchLevel After { get; }

    /// <summary>Machines compared so far.</summary>
    public long Machines { get; private set; }

    /// <summary>Pages of <c>from</c> in them.</summary>
    public long Pages { get; private set; }

    /// <summary>Machines whose runs differ.</summary>
    public long Differing { get; private set; }

    /// <summary>The cases, ordered by their keys.</summary>
    public IReadOnlyCollection<DifferenceCase> Cases => cases.Values;

    /// <summary>Adds what another comparison of the same levels found.</summary>
    /// <param name="other">The other one. The result does not depend on the order of additions.</param>
    public void Add(Comparison other)
    {
        Machines += other.Machines;
        Pages += other.Pages;
        Differing += other.Differing;
        foreach (DifferenceCase each in other.cases.Values)
            CaseOf(each.Key, each.Facts, each.With, [.. each.Differences]).Add(each.Smallest, each.Page, each.Count);
    }

    internal void CountMachine(int pages, bool differs)
    {
        Machines++;
        Pages += pages;
        Differing += differs ? 1 : 0;
    }

    internal void Add(in EnumeratedMachine machine, Pfn page, PageFacts facts, string with, List<EndDifference> differences)
    {
        differences.Sort();
        CaseOf(DifferenceCase.KeyOf(facts, with, differences), facts, with, differences).Add(machine, page);
    }

    private DifferenceCase CaseOf(string key, PageFacts facts, string with, List<EndDifference> differences)
    {
        if (!cases.TryGetValue(key, out DifferenceCase? found))
            cases.Add(key, found = new DifferenceCase(key, facts, with, [.. differences]));
        return found;
    }
}
