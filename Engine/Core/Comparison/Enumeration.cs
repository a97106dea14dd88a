namespace MigrationConformance.Core;

/// <summary>A machine to compare levels on, with what decides which of two is the smaller.</summary>
/// <param name="Built">The machine, which has not run.</param>
/// <param name="Features">How much it says beyond the plain machine of its owners; for a given scenario, how many members it has.</param>
/// <param name="Order">Its place: the same for the same machine in every run.</param>
public readonly record struct EnumeratedMachine(ScenarioMachine Built, int Features, long Order);

/// <summary>All small machines up to a bound: one or two pages, and at most so many features beyond the plain machine.</summary>
/// <remarks>
/// A feature is one thing that differs from the plain machine: a flag, the entries, a buffer, a lock, a method of the file.
/// A second page counts as two features. The enumeration is cut into chunks that can be walked apart from each other; the
/// order of machines is that of the chunks, and within a chunk that of the walk.
/// </remarks>
public sealed class Enumeration
{
    /// <summary>The bound that is used unless another one is asked for.</summary>
    public const int DefaultBound = 3;

    /// <summary>The highest bound: beyond it a walk would take hours.</summary>
    public const int HighestBound = 5;

    private const int SecondPage = 2;

    private static readonly SmallOwner[] Owners =
        [SmallOwner.File, SmallOwner.Tmpfs, SmallOwner.Anon, SmallOwner.AnonInSwapCache, SmallOwner.SwapCache, SmallOwner.Unowned];

    private readonly List<(SmallOwner[] Owners, Choice? First)> chunks = [];

    /// <summary>Prepares an enumeration.</summary>
    /// <param name="bound">The most features, 0 to <see cref="HighestBound"/>.</param>
    public Enumeration(int bound = DefaultBound)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bound);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bound, HighestBound);
        Bound = bound;
        foreach (SmallOwner owner in Owners)
            AddChunks([owner], bound);
        foreach (SmallOwner first in Owners)
        {
            foreach (SmallOwner second in Owners)
                AddChunks([first, second], bound - SecondPage);
        }
    }

    /// <summary>The most features that a machine has.</summary>
    public int Bound { get; }

    /// <summary>How many chunks there are.</summary>
    public int Chunks => chunks.Count;

    /// <summary>What is enumerated, in a sentence.</summary>
    public string Says =>
        $"all machines of one page with at most {Bound} {(Bound == 1 ? "feature" : "features")} beyond the plain one"
        + (Bound >= SecondPage ? $" and of two pages with at most {Bound - SecondPage}" : "");

    /// <summary>What the bound leaves out, in a sentence.</summary>
    public string LeavesOut =>
        $"{(Bound >= SecondPage ? "three" : "two")} pages and more, more than {Bound} features at once, more than two entries or buffers a page,"
        + " other fan-outs than 8, other indices than 2 and 3, several zones and CPUs, full pagevecs, illegal machines, other actors than the scenario's";

    /// <summary>What a feature can be about.</summary>
    /// <returns>One phrase a dimension.</returns>
    public static string[] Dimensions() => Array.ConvertAll(Features.Dimensions, dimension => dimension.Name);

    /// <summary>The machines of a chunk.</summary>
    /// <param name="chunk">0 to <see cref="Chunks"/> − 1.</param>
    /// <returns>The machines in their order. Combinations that contradict themselves are no machines and are not among them.</returns>
    public IEnumerable<EnumeratedMachine> Walk(int chunk)
    {
        (SmallOwner[] owners, Choice? first) = chunks[chunk];
        var draft = new Draft();
        var chosen = new List<Choice>();
        if (first is { } choice)
            chosen.Add(choice);
        int most = owners.Length == 1 ? Bound : Bound - SecondPage;
        long order = (long)chunk << 32;
        foreach (EnumeratedMachine machine in Below(draft, owners, chosen, first is null ? 0 : most))
            yield return machine with { Order = order++ };
    }

    // A machine, and then everything that has further choices after its last one.
    private static IEnumerable<EnumeratedMachine> Below(Draft draft, SmallOwner[] owners, List<Choice> chosen, int most)
    {
        if (Build(draft, owners, chosen) is { } machine)
            yield return machine;
        if (chosen.Count >= most)
            yield break;
        foreach (Choice next in Choices(owners, chosen[^1]))
        {
            chosen.Add(next);
            foreach (EnumeratedMachine below in Below(draft, owners, chosen, most))
                yield return below;
            chosen.RemoveAt(chosen.Count - 1);
        }
    }

    private static EnumeratedMachine? Build(Draft draft, SmallOwner[] owners, List<Choice> chosen)
    {
        draft.Reset(owners);
        foreach (Choice choice in chosen)
            choice.Feature.Apply(draft, choice.Page);
        try
        {
            return new EnumeratedMachine(ScenarioBuilder.Build(draft.ToScenario()), chosen.Count + ((owners.Length - 1) * SecondPage), 0);
        }
        catch (ScenarioException)
        {
            // The builder is the judge of what contradicts itself.
            return null;
        }
    }

    private void AddChunks(SmallOwner[] owners, int features)
    {
        if (features < 0)
            return;
        chunks.Add((owners, null));
        if (features == 0)
            return;
        foreach (Choice first in Choices(owners, null))
            chunks.Add((owners, first));
    }

    // What can be chosen after a choice: a dimension is chosen from once for each page, in the order of pages and dimensions.
    private static IEnumerable<Choice> Choices(SmallOwner[] owners, Choice? after)
    {
        for (int page = after?.Page ?? 0; page < owners.Length; page++)
        {
            int dimension = after is { } last && last.Page == page ? last.Dimension + 1 : 0;
            for (; dimension < Features.Dimensions.Length; dimension++)
            {
                if (page > 0 && Features.Dimensions[dimension].Scope == FeatureScope.Machine)
                    continue;
                foreach (Feature feature in Features.Dimensions[dimension].Values)
                {
                    if ((feature.Owners & owners[page]) != 0)
                        yield return new Choice(page, dimension, feature);
                }
            }
        }
    }

    private sealed record Choice(int Page, int Dimension, Feature Feature);
}
