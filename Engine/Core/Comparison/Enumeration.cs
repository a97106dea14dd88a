namespace MigrationConformance.Core;

/// <summary>A machine to compare levels on, with what decides which of two is the smaller.</summary>
/// <param name="Built">The machine, which has not run.</param>
/// <param name="Features">How much it says beyond the plain machine of its owners; for a given scenario, how many members it has.</param>
/// <param name="Order">Its place: the same for the same machine in every run.</param>
public readonly record struct EnumeratedMachine(ScenarioMachine Built, int Features, long Order);

/// <summary>All small machines up to a bound: one or two pages, and at most so many features beyond the plain machine.</summary>
/// <remarks>
/// A feature is one thing that differs from the plain machine: a flag, the entries, a buffer, a lock, a method of the file.
/// A second page counts as two features, a system call that collects the pages as one. The enumeration is cut into chunks that can be walked apart from each other; the
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

    private readonly List<(Kind Kind, Choice? First)> chunks = [];

    /// <summary>Prepares an enumeration.</summary>
    /// <param name="bound">The most features, 0 to <see cref="HighestBound"/>.</param>
    public Enumeration(int bound = DefaultBound)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bound);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bound, HighestBound);
        Bound = bound;
        foreach (SmallOwner owner in Owners)
            AddChunks(new Kind([owner], Call: false));
        foreach (SmallOwner first in Owners)
        {
            foreach (SmallOwner second in Owners)
                AddChunks(new Kind([first, second], Call: false));
        }
        foreach (SmallOwner owner in Array.FindAll(Owners, IsMappable))
            AddChunks(new Kind([owner], Call: true));
        foreach (SmallOwner first in Array.FindAll(Owners, IsMappable))
        {
            foreach (SmallOwner second in Array.FindAll(Owners, IsMappable))
                AddChunks(new Kind([first, second], Call: true));
        }
    }

    /// <summary>The most features that a machine has.</summary>
    public int Bound { get; }

    /// <summary>How many chunks there are.</summary>
    public int Chunks => chunks.Count;

    /// <summary>What is enumerated, in a sentence.</summary>
    public string Says =>
        $"all machines of one page with at most {Bound} {(Bound == 1 ? "feature" : "features")} beyond the plain one"
        + (Bound >= SecondPage ? ", where a second page counts as two and a system call that collects the pages as one" : "");

    /// <summary>What the bound leaves out, in a sentence.</summary>
    public string LeavesOut =>
        $"{(Bound >= SecondPage ? "three" : "two")} pages and more, more than {Bound} features at once, more than two entries or buffers a page,"
        + " other fan-outs than 8, other indices than 2 and 3, several zones and CPUs, full pagevecs, illegal machines, other actors than the scenario's";

    /// <summary>What a feature can be about.</summary>
    /// <returns>One phrase a dimension.</returns>
    public static string[] Dimensions() => Array.ConvertAll(Features.Dimensions, dimension => dimension.Name);

    /// <summary>Whether a system call collects the pages of a chunk's machines.</summary>
    /// <param name="chunk">0 to <see cref="Chunks"/> − 1.</param>
    /// <returns>False where migrate_pages is called with lists.</returns>
    public bool MakesCall(int chunk) => chunks[chunk].Kind.Call;

    /// <summary>The machines of a chunk.</summary>
    /// <param name="chunk">0 to <see cref="Chunks"/> − 1.</param>
    /// <returns>The machines in their order. Combinations that contradict themselves are no machines and are not among them.</returns>
    public IEnumerable<EnumeratedMachine> Walk(int chunk)
    {
        (Kind kind, Choice? first) = chunks[chunk];
        var draft = new Draft();
        var chosen = new List<Choice>();
        if (first is { } choice)
            chosen.Add(choice);
        long order = (long)chunk << 32;
        foreach (EnumeratedMachine machine in Below(draft, kind, chosen, first is null ? 0 : Bound - kind.Features))
            yield return machine with { Order = order++ };
    }

    // A machine, and then everything that has further choices after its last one.
    private static IEnumerable<EnumeratedMachine> Below(Draft draft, Kind kind, List<Choice> chosen, int most)
    {
        if (Build(draft, kind, chosen) is { } machine)
            yield return machine;
        if (chosen.Count >= most)
            yield break;
        foreach (Choice next in Choices(kind, chosen[^1]))
        {
            chosen.Add(next);
            foreach (EnumeratedMachine below in Below(draft, kind, chosen, most))
                yield return below;
            chosen.RemoveAt(chosen.Count - 1);
        }
    }

    private static EnumeratedMachine? Build(Draft draft, Kind kind, List<Choice> chosen)
    {
        draft.Reset(kind.Owners, kind.Call);
        foreach (Choice choice in chosen)
            choice.Feature.Apply(draft, choice.Page);
        try
        {
            return new EnumeratedMachine(ScenarioBuilder.Build(draft.ToScenario()), chosen.Count + kind.Features, 0);
        }
        catch (ScenarioException)
        {
            // The builder is the judge of what contradicts itself.
            return null;
        }
    }

    private void AddChunks(Kind kind)
    {
        if (kind.Features > Bound)
            return;
        chunks.Add((kind, null));
        if (kind.Features == Bound)
            return;
        foreach (Choice first in Choices(kind, null))
            chunks.Add((kind, first));
    }

    private static bool IsMappable(SmallOwner owner) => (owner & SmallOwner.Mappable) != 0;

    // What can be chosen after a choice: a dimension is chosen from once for each page, in the order of pages and dimensions.
    private static IEnumerable<Choice> Choices(Kind kind, Choice? after)
    {
        for (int page = after?.Page ?? 0; page < kind.Owners.Length; page++)
        {
            int dimension = after is { } last && last.Page == page ? last.Dimension + 1 : 0;
            for (; dimension < Features.Dimensions.Length; dimension++)
            {
                if (!kind.Has(Features.Dimensions[dimension].Scope, page))
                    continue;
                foreach (Feature feature in Features.Dimensions[dimension].Values)
                {
                    if ((feature.Owners & kind.Owners[page]) != 0)
                        yield return new Choice(page, dimension, feature);
                }
            }
        }
    }

    /// <summary>What a plain machine is made of.</summary>
    private sealed record Kind(SmallOwner[] Owners, bool Call)
    {
        public int Features => ((Owners.Length - 1) * SecondPage) + (Call ? 1 : 0);

        public bool Has(FeatureScope scope, int page) =>
            scope == FeatureScope.Page || (page == 0 && (scope == FeatureScope.Machine || (scope == FeatureScope.Call) == Call));
    }

    private sealed record Choice(int Page, int Dimension, Feature Feature);
}
