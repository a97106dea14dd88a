using System.Text;
using MigrationConformance.Cli.Compare;
using MigrationConformance.Core;

namespace MigrationConformance.Compare;

/// <summary>In what two runs of one machine differ, aspect by aspect, and which machine is the smallest of its case.</summary>
[TestFixture]
public sealed class DifferencesSpec
{
    private const string CleanFilePage = """{"fanOut":8,"pages":[{"file":0,"index":2,"mappedBy":1}]}""";
    private const string FreshAnonPage = """{"fanOut":8,"pages":[{"anonVma":0,"index":2,"mappedBy":1}]}""";
    private const string MissingPage = """{"fanOut":8,"pages":[{"swapCache":1}]}""";

    [TestCase(CleanFilePage, Aspect.Fate, "swapped out -> migrated")]
    [TestCase(CleanFilePage, Aspect.List, "moved -> lru_add")]
    [TestCase(CleanFilePage, Aspect.Tree, "none -> page cache")]
    [TestCase(CleanFilePage, Aspect.Identity, "mapping NULL -> same mapping")]
    [TestCase(FreshAnonPage, Aspect.Fate, "swapped out -> left")]
    [TestCase(FreshAnonPage, Aspect.Reason, "SwappedOut -> PageoutNotFreeable")]
    [TestCase(FreshAnonPage, Aspect.Pass, "+ later")]
    [TestCase(FreshAnonPage, Aspect.Result, "0 -> 1")]
    [TestCase(FreshAnonPage, Aspect.SwapWrites, "+ fewer")]
    [TestCase(FreshAnonPage, Aspect.Flags, "+ dirty, + swapcache")]
    [TestCase(FreshAnonPage, Aspect.Entries, "swap -> present")]
    [TestCase(FreshAnonPage, Aspect.Stored, "nothing -> not in swap")]
    [TestCase(MissingPage, Aspect.End, "returns -> BUG TryToUnmapFileNullMapping at TryToUnmap")]
    [TestCase("""{"pages":[{"file":0,"buffers":1,"references":["never"]}]}""", Aspect.Reason, "SwapPageReferencesRemain -> ReferencesBeforeUnmap")]
    [TestCase("""{"pages":[{"file":0,"ptes":[{"dirty":true}]}]}""", Aspect.FileWrites, "+ fewer")]
    [TestCase("""{"files":[{"writepage":"failing"}],"pages":[{"file":0,"ptes":[{"dirty":true}]}]}""", Aspect.Mappings, "AsEio, InodeDirty -> InodeDirty")]
    public void Each_way_to_differ_has_its_aspect(string scenario, Aspect aspect, string difference)
    {
        DifferenceCase each = Compare(PatchLevel.Before, PatchLevel.V9, scenario).Cases.Single();

        Assert.That(string.Join(", ", each.Differences.Where(d => d.Aspect == aspect)), Is.EqualTo(difference));
    }

    [Test]
    public void Restored_entries_and_a_free_slot_are_seen_between_the_levels_of_step_18()
    {
        DifferenceCase each = Compare(PatchLevel.MlockedFails, PatchLevel.EntriesRestored, """{"pages":[{"anonVma":0,"index":2,"swapCache":1,"ptes":[{"young":true}]}]}""").Cases.Single();

        Assert.That(each.Differences.Select(ComparisonWords.Text), Is.EqualTo(new[]
        {
            "entries: swap -> present", "flags: - swapcache", "tree: swap cache -> none", "stored: in swap -> nothing",
        }));
    }

    [Test]
    public void Levels_that_do_the_same_have_no_case()
    {
        Comparison comparison = Compare(PatchLevel.V9, PatchLevel.RemoveFromSwap, CleanFilePage, FreshAnonPage);

        Assert.That((comparison.Machines, comparison.Pages, comparison.Differing, comparison.Cases.Count), Is.EqualTo((2, 2, 0, 0)));
    }

    [Test]
    public void A_run_that_does_not_return_is_told_by_its_end_alone()
    {
        DifferenceCase each = Compare(PatchLevel.Before, PatchLevel.V9, MissingPage).Cases.Single();

        Assert.That(each.Differences.Select(d => d.Aspect), Is.SubsetOf(new[] { Aspect.End, Aspect.Fate, Aspect.Reason }));
    }

    [Test]
    public void Pages_of_a_call_are_cases_of_their_own_and_so_is_the_call()
    {
        Comparison comparison = Compare(PatchLevel.Before, PatchLevel.V9, """{"pages":[{"file":0,"repeat":3},{"anonVma":0,"mappedBy":1}]}""");

        Assert.That(comparison.Cases.Select(each => (each.Facts & PageFactsOf.Owners, each.Count)),
            Is.EquivalentTo(new[] { (PageFacts.File, 3L), (PageFacts.Anon, 1L), (PageFacts.Call, 1L) }));
    }

    [Test]
    public void Facts_say_what_was_true_before()
    {
        DifferenceCase each = Compare(PatchLevel.Before, PatchLevel.V9,
            """{"files":[{"writepage":"absent"}],"pages":[{"file":0,"ptes":[{"young":true},{}],"flags":["uptodate","dirty","referenced"],"buffers":1,"references":[1]}]}""").Cases.Single();

        Assert.That(PageFactsOf.Words(each.Facts), Is.EqualTo("file dirty mapped shared youngEntry referenced buffers held noWritepage"));
    }

    [Test]
    public void The_smallest_machine_has_the_fewest_pages_then_the_fewest_features_then_comes_first()
    {
        string two = """{"pages":[{"file":0,"index":2},{"file":0,"index":3}]}""", large = """{"fanOut":8,"zones":2,"pages":[{"file":0,"index":4}]}""";
        string first = """{"fanOut":8,"pages":[{"file":0,"index":5}]}""", second = """{"fanOut":8,"pages":[{"file":0,"index":6}]}""";

        DifferenceCase each = Compare(PatchLevel.Before, PatchLevel.V9, two, large, first, second).Cases.Single(c => c.Facts == PageFacts.File);

        Assert.That(each.Count, Is.EqualTo(3));
        Assert.That(each.Smallest.Built.Scenario.Pages[0].Index, Is.EqualTo(5));
    }

    [Test]
    public void A_system_call_counts_the_pages_that_it_may_collect()
    {
        string call = """{"zones":2,"pages":[{"file":0,"ptes":[{"dirty":true}]},{"file":0,"index":1},{"zone":1,"repeat":3}],"call":{"migratePages":{"from":[0],"to":[1]}}}""";

        Comparison comparison = Compare(PatchLevel.Before, PatchLevel.PolicyLayer, call, """{"pages":[{"file":0,"ptes":[{"dirty":true}]}]}""");

        DifferenceCase bare = comparison.Cases.Single(each => each.Smallest.Built.Scenario.Call is null);
        DifferenceCase called = comparison.Cases.First(each => each.Smallest.Built.Scenario.Call is not null);
        Assert.That((DifferenceCase.IsSmaller(bare, called), DifferenceCase.IsSmaller(called, bare)), Is.EqualTo((true, false)));
        Assert.That(called.Facts.HasFlag(PageFacts.SysMigratePages | PageFacts.WithOthers));
    }

    [Test]
    public void The_ends_of_interleavings_are_compared_as_sets()
    {
        Interleaved run = new(SmallMachines.Scenario(PageKind.AnonCleanInSwapCache), [SmallMachines.Actor(SmallActor.WriteFault)], []);

        Comparison same = CompareRun.Over([run], PatchLevel.Before, PatchLevel.SwapCacheCheck, 0, _ => { });
        DifferenceCase each = CompareRun.Over([run], PatchLevel.Before, PatchLevel.V9, 0, _ => { }).Cases.Single();

        Assert.That((same.Machines, same.Differing), Is.EqualTo((1, 0)));
        Assert.That(each.With, Does.StartWith("Fault of process 0"));
        Assert.That(each.Differences.Where(d => d.Aspect == Aspect.Fate).Select(d => $"{d}"), Is.EqualTo(new[] { "+ migrated", "- moved without a new page" }));
        Assert.That(each.Differences.All(d => d.Before.Length == 0 || d.After.Length == 0));
    }

    [Test]
    public void A_page_is_cut_out_of_a_large_machine_with_all_that_belongs_to_it()
    {
        ScenarioMachine large = Build("""
            {"pages":[{"file":0,"repeat":40,"ptes":[{},{"young":true}],"references":[1]},{"anonVma":0,"index":7,"repeat":20,"swapCache":4,"ptes":[{"dirty":true}],"swapPtes":1}]}
            """);

        Scenario file = ScenarioSlice.Of(large, new Pfn(33))!, anon = ScenarioSlice.Of(large, new Pfn(45))!;

        Assert.That((file.Pages.Count, file.Pages[0].Index, file.Pages[0].Ptes.Count, file.Vmas!.Count), Is.EqualTo((1, 33UL, 2, 2)));
        Assert.That((anon.Pages[0].Index, anon.Pages[0].SwapCache, anon.Pages[0].SwapPtes.Count), Is.EqualTo((12UL, 9, 1)));
        foreach (Scenario slice in new[] { file, anon })
        {
            Page page = ScenarioBuilder.Build(slice).Machine.Pages[0], whole = large.Machine.Pages[slice == file ? 33 : 45];
            Assert.That((page.Count, page.Mapcount, page.Flags, page.Index), Is.EqualTo((whole.Count, whole.Mapcount, whole.Flags, whole.Index)));
        }
    }

    internal static Comparison Compare(PatchLevel before, PatchLevel after, params string[] scenarios) =>
        CompareRun.Over([.. scenarios.Select(Build)], [before, after])[0];

    private static ScenarioMachine Build(string scenario) => ScenarioBuilder.Build(ScenarioReader.Read(Encoding.UTF8.GetBytes(scenario)));
}
