using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>Makes a failing run small: pages, then actors, mappings and flags, then steps, one at a time until nothing can go.</summary>
public static class Shrinker
{
    // Every candidate is simpler in some way that no other one undoes; the bound is for a mistake in that.
    private const int MostCandidates = 20_000;

    private static readonly Func<Interleaved, IEnumerable<Interleaved>>[] Families =
        [Simpler.Calls, Simpler.Pages, Simpler.Actors, Simpler.Mappings, Simpler.PageStates, Simpler.PageFlagsOf, Simpler.Surroundings, Simpler.Kinds, Simpler.Names, Simpler.Steps];

    /// <summary>Shrinks a run that fails to one that fails in the same way and from which nothing can be taken away.</summary>
    /// <param name="run">The run.</param>
    /// <param name="kind">The <see cref="Failure.Kind"/>.</param>
    /// <param name="check">Finds out what is wrong with a run.</param>
    public static Interleaved Shrink(Interleaved run, string kind, RunCheck check)
    {
        int left = MostCandidates;
        for (bool smaller = true; smaller && left > 0;)
        {
            smaller = false;
            foreach (Func<Interleaved, IEnumerable<Interleaved>> family in Families)
            {
                while (First(family(run), run, kind, check, ref left) is { } candidate)
                    (run, smaller) = (candidate, true);
            }
        }
        return run;
    }

    /// <summary>Whether a run fails in a way. One that has no machine, or that the check is not made for, does not.</summary>
    public static bool Fails(Interleaved run, string kind, RunCheck check)
    {
        try
        {
            return check(run)?.Kind == kind;
        }
        catch (Exception)
        {
            return false;
        }
    }

    private static Interleaved? First(IEnumerable<Interleaved> candidates, Interleaved run, string kind, RunCheck check, ref int left)
    {
        foreach (Interleaved candidate in candidates)
        {
            if (left <= 0)
                return null;
            if (candidate.Equals(run))
                continue;
            left--;
            if (Fails(candidate, kind, check))
                return candidate;
        }
        return null;
    }
}
