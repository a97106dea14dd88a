using MigrationConformance.Cli;
using MigrationConformance.Cli.Compare;
using MigrationConformance.Core;

namespace MigrationConformance.Compare;

/// <summary>A claims file: what covers a difference, what does not, and which mistakes are told how.</summary>
[TestFixture]
public sealed class ClaimsSpec
{
    private const string CleanFilePage = """{"fanOut":8,"pages":[{"file":0,"index":2,"mappedBy":1}]}""";

    private const string Moves = """
        {"before":"before","after":"v9","claims":[{"id":"moves","says":"It moves.","pages":["file mapped !dirty"],
         "shows":{"fate":["swapped out -> migrated"]},"with":{"reason":["SwappedOut -> nothing"],"copied":["+ uptodate"],"list":["moved -> lru_*"],"tree":["*"],"identity":["mapping NULL -> *"]}}]}
        """;

    [Test]
    public void A_claim_that_covers_everything_claims_its_group()
    {
        ComparisonReport report = Report(Moves, CleanFilePage);

        Assert.That(report.Groups.Single().Claim?.Id, Is.EqualTo("moves"));
        Assert.That((report.Unclaimed.Count(), report.Unseen.Count), Is.EqualTo((0, 0)));
        Assert.That(report.Headline, Is.EqualTo("before and v9: 1 of 1 machines end differently, in 1 group, all claimed"));
    }

    // Each line of the claim taken away or tightened leaves something that nobody claims.
    [TestCase("\"identity\":[\"mapping NULL -> *\"]", "\"buffers\":[\"*\"]")]
    [TestCase("lru_*", "active")]
    [TestCase("+ uptodate", "+ referenced")]
    [TestCase("swapped out -> migrated", "left -> migrated")]
    [TestCase("mapped !dirty", "dirty")]
    [TestCase("file mapped !dirty", "file !mapped")]
    [TestCase("file mapped !dirty", "tmpfs anon")]
    public void A_claim_that_does_not_cover_everything_claims_nothing(string from, string to)
    {
        ComparisonReport report = Report(Moves.Replace(from, to, StringComparison.Ordinal), CleanFilePage);

        Assert.That(report.Unclaimed.Select(group => group.Title), Is.EqualTo(new[] { "file page now moves (was: swapped out)" }));
        Assert.That(report.Unseen.Select(claim => claim.Id), Is.EqualTo(new[] { "moves" }));
    }

    [Test]
    public void What_has_to_show_must_be_there()
    {
        string claim = Moves.Replace("\"fate\":[", "\"swapWrites\":[\"+ fewer\"],\"fate\":[", StringComparison.Ordinal);

        Assert.That(Report(claim, CleanFilePage).Unclaimed.Count(), Is.EqualTo(1));
    }

    [Test]
    public void Pages_of_one_kind_that_only_partly_fit_are_two_groups()
    {
        ComparisonReport report = Report(Moves, CleanFilePage, """{"fanOut":8,"pages":[{"file":0,"index":2,"mappedBy":1,"flags":["uptodate","arch1"]}]}""");

        Assert.That(report.Groups.Select(group => (group.Claim?.Id, group.Count, group.Title)), Is.EqualTo(new[]
        {
            (null, 1L, "file page now moves (was: swapped out)"), ("moves", 1L, "file page now moves (was: swapped out)"),
        }));
    }

    [Test]
    public void The_claims_of_the_levels_between_are_taken_together()
    {
        ClaimsFile two = ClaimsReader.OfSeries(PatchLevel.Before, PatchLevel.V9), none = ClaimsReader.OfSeries(PatchLevel.V9, PatchLevel.Before);

        Assert.That(two.Claims.Select(claim => claim.Id), Is.EqualTo(ClaimsReader.OfSeries(PatchLevel.SwapCacheCheck, PatchLevel.V9).Claims.Select(claim => claim.Id)));
        Assert.That(two.Claims, Is.Not.Empty);
        Assert.That(none.Claims, Is.Empty);
    }

    [TestCase("{", "line 1: this is no JSON, expected a claims file")]
    [TestCase("[]", "$: found a list, expected an object")]
    [TestCase("""{"before":"before"}""", "$: found no \"after\", expected one")]
    [TestCase("""{"before":"v8","after":"v9","claims":[]}""", "$.before: found \"v8\", expected one of before, ")]
    [TestCase("""{"before":"before","after":"v9","claims":[]}""", "$: found neither, expected either claims or \"nothingBecause\"")]
    [TestCase("""{"before":"before","after":"v9","nothingBecause":"so","frob":1}""", "$: found \"frob\", expected each of before, after, nothingBecause, claims, interleaved at most once")]
    [TestCase("""{"before":"before","after":"v9","claims":[{"id":"A b"}]}""", "$.claims[0].id: found \"A b\", expected small letters, digits and hyphens")]
    [TestCase("""{"before":"before","after":"v9","claims":[{"id":"a","says":"so","pages":["file wet"],"shows":{"fate":["*"]}}]}""", "$.claims[0].pages[0]: found \"wet\", expected words of file, tmpfs, ")]
    [TestCase("""{"before":"before","after":"v9","claims":[{"id":"a","says":"so","pages":[],"shows":{"fate":["*"]}}]}""", "$.claims[0]: found no pages, expected at least one")]
    [TestCase("""{"before":"before","after":"v9","claims":[{"id":"a","says":"so","pages":["file"]}]}""", "$.claims[0]: found no differences, expected at least one")]
    [TestCase("""{"before":"before","after":"v9","claims":[{"id":"a","says":"so","pages":["file"],"shows":{"luck":["*"]}}]}""", "$.claims[0].shows: found \"luck\", expected an aspect: end, fate, ")]
    [TestCase("""{"before":"before","after":"v9","claims":[{"id":"a","says":"so","pages":["file"],"shows":{"fate":["moves"]}}]}""", "$.claims[0].shows.fate[0]: found \"moves\", expected \"before -> after\", ")]
    [TestCase("""{"before":"before","after":"v9","claims":[{"id":"a","says":3,"pages":["file"],"shows":{"fate":["*"]}}]}""", "$.claims[0].says: found 3, expected a text")]
    [TestCase("""{"before":"before","after":"v9","claims":[{"id":"a","says":"","pages":["file"],"shows":{"fate":["*"]}},{"id":"a","says":"","pages":["file"],"shows":{"fate":["*"]}}]}""", "$.claims: found \"a\" twice, expected an id of its own for each claim")]
    public void A_bad_claims_file_is_one_sentence(string json, string sentence) =>
        Assert.That(() => ClaimsReader.Parse("mine.json", json), Throws.TypeOf<UserError>().With.Message.StartsWith($"mine.json: {sentence}"));

    private static ComparisonReport Report(string claims, params string[] scenarios) =>
        new(DifferencesSpec.Compare(PatchLevel.Before, PatchLevel.V9, scenarios), ClaimsReader.Parse("mine.json", claims), "machines", "");
}
