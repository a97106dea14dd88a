namespace MigrationConformance.Specs;

/// <summary>The fix of March 2006: swap_page unmaps with ignore_refs 1, so that a young entry costs no pass.</summary>
[TestFixture, KernelFunction("swap_page")]
public sealed class L10_SwapPageIgnoresReferences
{
    private const PatchLevel Level = PatchLevel.SwapPageIgnoresReferences, Before = PatchLevel.EntriesRestored;

    private static readonly GivenPages Young = Given.FilePage().WithPte(young: true).NoTo();

    [Test]
    public void A_young_entry_goes_at_once()
    {
        Attempt.Before(MigrationStep.SwapPageUnmap, Young.At(Level))
            .Changes("process 0: 10000000 page 0 young -> none", "process 0: file_rss 1 -> 0", "process 0: hiwater_rss 0 -> 1",
                "page 0: count 3 -> 2", "page 0: mapcount 1 -> 0", "global: nr_mapped 1 -> 0")
            .StandsBefore(MigrationStep.SwapPageRemoveMapping);
    }

    [Test]
    public void Below_the_level_it_only_becomes_old_and_the_page_backs_out()
    {
        Attempt.Before(MigrationStep.SwapPageUnmap, Young.At(Before))
            .Changes("process 0: 10000000 page 0 young -> page 0", "page 0: -PG_locked")
            .BackedOut(BackOutReason.SwapPageStillMapped, next: MigrationStep.FinishPage);
    }

    [TestCase(Before, 1)]
    [TestCase(Level, 0)]
    public void It_saves_a_pass(PatchLevel level, int pass)
    {
        Outcome.Of(Young.At(level)).Ended(0, PageFate.SwappedOut, BackOutReason.SwappedOut, pass);
    }

    [Test, Reason(BackOutReason.SwapPageStillMapped)]
    public void An_entry_of_a_locked_VMA_stays_and_the_page_is_retried_still()
    {
        Scenario locked = Young.Scenario with { Vmas = [new() { Process = 0, Start = 0x10000000, Pages = 1, File = 0, Flags = VmFlags.Read | VmFlags.Locked }] };

        TwoLevels.Agree(locked, Before, Level);
        Outcome.Of(locked with { Patch = Level }).Ended(0, PageFate.Retry, BackOutReason.SwapPageStillMapped, 10);
    }

    [Test]
    public void Reclaim_minds_references_as_before()
    {
        Machine m = ScenarioBuilder.Build(Given.AnonPage().InSwapCache().WithPte(young: true).At(PatchSet.Last)).Machine;
        m.Pages[0].Set(PageFlags.Locked);
        m.Tasks[0].Page = new Pfn(0);

        // shrink_list and swap_page ask for themselves; try_to_unmap has no level.
        Assert.That(TryToUnmap.Step(m, ref m.Tasks[0], 1, ignoreRefs: false), Is.EqualTo(UnmapProgress.Done));
        Assert.That((SwapResult)m.Tasks[0].UnmapResult, Is.EqualTo(SwapResult.Fail));
    }

    [Test]
    public void An_old_entry_goes_as_it_did() => TwoLevels.Agree(Given.FilePage().MappedBy(2).NoTo(), Before, Level);
}
