using MigrationConformance.Cli.Compare;
using MigrationConformance.Core;

namespace MigrationConformance.Compare;

/// <summary>What each patch of the series changes is what it is claimed to change: over all small machines up to the default bound.</summary>
[TestFixture]
public sealed class ClaimsOfTheSeries
{
    private static readonly PatchLevel[] Levels = Enum.GetValues<PatchLevel>();

    // One walk of the machines for all levels.
    private static readonly Lazy<IReadOnlyList<Comparison>> Compared =
        new(() => CompareRun.Over(new Enumeration(), Levels, Environment.ProcessorCount, _ => { }));

    public static IEnumerable<PatchLevel> LaterLevels => Levels[1..];

    [TestCaseSource(nameof(LaterLevels))]
    public void Every_difference_from_the_level_before_is_claimed_and_every_claim_is_seen(PatchLevel level)
    {
        Comparison comparison = Compared.Value[(int)level - 1];
        ClaimsFile claims = ClaimsReader.Embedded().Single(file => file.Before == level - 1 && file.After == level);

        ComparisonReport report = new(comparison, claims, "", "");

        Assert.That(report.Unclaimed.Select(group => group.Title), Is.Empty);
        Assert.That(report.Unseen.Select(claim => claim.Id), Is.Empty);
        Assert.That(comparison.Differing, claims.NothingBecause is null ? Is.Positive : Is.Zero);
    }

    [Test]
    public void More_than_a_hundred_thousand_machines_are_compared()
    {
        Assert.That(Compared.Value[0].Machines, Is.GreaterThan(100_000));
        Assert.That(Compared.Value.Select(comparison => comparison.Machines).Distinct().Count(), Is.EqualTo(1));
    }

    // Levels that change what others do are seen in interleavings only, if at all.
    [TestCase(PatchLevel.SwapCacheCheck, 0)]
    [TestCase(PatchLevel.FaultStartsAgain, 1)]
    public void What_other_actors_do_differently_is_claimed_over_every_interleaving_with_one_of_them(PatchLevel level, int groups)
    {
        List<Interleaved> runs = InterleavedFile.Small("all");

        Comparison comparison = CompareRun.Over(runs, level - 1, level, 0, _ => { });
        ComparisonReport report = new(comparison, ClaimsReader.OfSeries(level - 1, level), "", "");

        Assert.That(comparison.Machines, Is.EqualTo(runs.Count).And.GreaterThan(100));
        Assert.That(report.Unclaimed.Select(group => group.Title), Is.Empty);
        Assert.That(report.Unseen.Select(claim => claim.Id), Is.Empty);
        Assert.That(report.Groups.Select(group => group.Claim).Distinct().Count(), Is.EqualTo(groups));
    }
}
