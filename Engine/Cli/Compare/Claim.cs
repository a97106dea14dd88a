using System;
using System.Collections.Generic;
using System.Linq;
using MigrationConformance.Core;

namespace MigrationConformance.Cli.Compare;

/// <summary>What a patch is meant to change, of some pages, in some ways. CLAIMS.md says how it is written.</summary>
/// <param name="Id">A short name, without blanks.</param>
/// <param name="Says">What is meant, one sentence.</param>
/// <param name="Pages">Kinds of page: one of them has to fit.</param>
/// <param name="Shows">Differences one of which has to be there, for each aspect that is named.</param>
/// <param name="With">Differences that may come with those.</param>
internal sealed record Claim(string Id, string Says, IReadOnlyList<PagePattern> Pages, IReadOnlyList<DifferencePattern> Shows, IReadOnlyList<DifferencePattern> With)
{
    /// <summary>Whether a case is one that is meant: the page fits, what has to show does, and nothing else differs.</summary>
    /// <param name="each">The case.</param>
    /// <returns>False when anything of it is not covered.</returns>
    public bool Covers(DifferenceCase each) =>
        Pages.Any(page => page.Fits(each.Facts))
        && Shows.GroupBy(pattern => pattern.Aspect).All(aspect => each.Differences.Any(difference => aspect.Any(pattern => pattern.Fits(difference))))
        && each.Differences.All(difference => Shows.Any(pattern => pattern.Fits(difference)) || With.Any(pattern => pattern.Fits(difference)));
}

/// <summary>A kind of page: facts that have to be true of it, and facts that must not.</summary>
/// <param name="True">Facts of which all are true; of several owners one.</param>
/// <param name="False">Facts of which none is.</param>
internal readonly record struct PagePattern(PageFacts True, PageFacts False)
{
    /// <summary>Whether a page is of this kind.</summary>
    /// <param name="facts">What is true of it.</param>
    /// <returns>True when it is.</returns>
    public bool Fits(PageFacts facts)
    {
        PageFacts owners = True & PageFactsOf.Owners, others = True & ~PageFactsOf.Owners;
        return (owners == 0 || (facts & owners) != 0) && (facts & others) == others && (facts & False) == 0;
    }
}

/// <summary>A difference with <c>*</c> in it.</summary>
/// <param name="Aspect">In what.</param>
/// <param name="Before">What it was; a star stands for anything.</param>
/// <param name="After">What it is.</param>
internal readonly record struct DifferencePattern(Aspect Aspect, string Before, string After)
{
    /// <summary>Whether a difference is of this form.</summary>
    /// <param name="difference">The difference.</param>
    /// <returns>True when it is.</returns>
    public bool Fits(EndDifference difference) => difference.Aspect == Aspect && Fits(difference.Before, Before) && Fits(difference.After, After);

    // One star at most counts: what stands before it and after it has to be there.
    private static bool Fits(string text, string pattern)
    {
        int star = pattern.IndexOf('*');
        return star < 0 ? text == pattern
            : text.Length >= pattern.Length - 1 && text.StartsWith(pattern[..star], StringComparison.Ordinal) && text.EndsWith(pattern[(star + 1)..], StringComparison.Ordinal);
    }
}

/// <summary>What the patches between two levels are meant to change.</summary>
/// <param name="Before">The first level.</param>
/// <param name="After">The second level.</param>
/// <param name="Claims">The claims, in the order in which they are tried.</param>
/// <param name="Interleaved">The claims for what can be reached only while others run; used for interleavings, after the others.</param>
/// <param name="NothingBecause">Why no difference can be seen in a migration alone; null where there are claims.</param>
internal sealed record ClaimsFile(PatchLevel Before, PatchLevel After, IReadOnlyList<Claim> Claims, IReadOnlyList<Claim> Interleaved, string? NothingBecause)
{
    /// <summary>The claims for a migration alone, or for interleavings.</summary>
    /// <param name="interleaved">Which.</param>
    /// <returns>Claims in the order in which they are tried.</returns>
    public IEnumerable<Claim> For(bool interleaved) => interleaved ? Claims.Concat(Interleaved) : Claims;

    /// <summary>The claim of a case.</summary>
    /// <param name="each">The case.</param>
    /// <returns>The first claim that covers it, or null: it is unclaimed.</returns>
    public Claim? ClaimOf(DifferenceCase each) => For(each.With.Length > 0).FirstOrDefault(claim => claim.Covers(each));
}
