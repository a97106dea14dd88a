namespace MigrationConformance.Specs;

/// <summary>What the whole series is for: at its last level mapped anonymous memory moves without swap being written, and is mapped again at the end.</summary>
[TestFixture, KernelFunction("migrate_pages"), Step("B3"), Step("B5"), Step("B18")]
public sealed class FullSeriesSpec
{
    private static readonly GivenPages Written = Given.AnonPage(index: 1).WithPte(young: true, dirty: true, write: true).At(PatchSet.Last);

    [Test]
    public void A_mapped_anonymous_page_moves_in_pass_0_and_exactly_this_is_different_afterwards()
    {
        Machine start = ScenarioBuilder.Build(Written).Machine;

        Outcome outcome = Outcome.Of(Written).Migrated(pass: 0);

        // The slot was taken and given back: nothing of it is left.
        Changes.AssertExactly(start, outcome.Machine,
            "process 0: 10001000 page 0 young dirty write -> page 1", "process 0: hiwater_rss 0 -> 1", "global: mmlist_head -1 -> 0", "process 0: mmlist_next -2 -> -1",
            "page 0: count 2 -> 1", "page 0: mapcount 1 -> 0", "page 0: mapping anon_vma 0 -> NULL",
            "page 1: count 1 -> 2", "page 1: mapcount 0 -> 1", "page 1: mapping NULL -> anon_vma 0", "page 1: index 0 -> 1", "page 1: contents 2 -> 1",
            "page 1: +PG_uptodate", "page 1: +PG_dirty", "from 0 -> empty", "to 1 -> empty", "moved empty -> 0", "cpu 0: lru_add empty -> 1");
    }

    [TestCase(1)]
    [TestCase(3)]
    public void No_write_is_ever_under_way_and_the_device_is_never_touched(int entries)
    {
        ScenarioMachine run = ScenarioBuilder.Build(Given.AnonPage(index: 1).MappedBy(entries).At(PatchSet.Last));
        var device = run.Machine.SwapContents.Rows.ToArray();

        StepResult result = StepResult.Ran;
        for (int steps = 0; result == StepResult.Ran; steps++)
        {
            result = MigratePages.Advance(run.Machine, run.Migration);
            Assert.That(run.Machine.Globals.NrWriteback, Is.Zero, $"after {steps} steps");
            Assert.That(run.Machine.SwapContents.Rows.ToArray(), Is.EqualTo(device), $"after {steps} steps");
        }

        Assert.That((result, run.Machine.Tasks[0].Result, run.Machine.Pages[1].Mapcount), Is.EqualTo((StepResult.Finished, 0, entries)));
        Assert.That(run.Machine.SwapMap.Rows.ToArray(), Has.Exactly(1).Not.Zero, "but the header, every slot is free");
    }

    [Test]
    public void One_free_slot_is_enough_for_any_number_of_pages()
    {
        Scenario scenario = Given.AnonPage(index: 0).MappedBy(1).And.AnonPage(index: 1).MappedBy(1).And.AnonPage(index: 2).MappedBy(2).At(PatchSet.Last)
            .WithSwap(new() { Slots = 1 });

        Outcome.Of(scenario).Returned(0, passes: 1, from: [], to: [], moved: [2, 1, 0], failed: []);
    }

    [Test]
    public void Without_a_free_slot_it_fails_for_good_as_at_every_level()
    {
        Outcome.Of(Written.WithSwap(new() { Slots = 0 })).Ended(0, PageFate.Failed, BackOutReason.NoSwapSlot, 0);
    }

    [TestCase(PatchLevel.V9, PageFate.Retry, 0)]
    [TestCase(PatchLevel.RemoveFromSwap, PageFate.Retry, 0)]
    [TestCase(PatchLevel.MigratepageMethod, PageFate.Migrated, 0)]
    [TestCase(PatchLevel.MlockedFails, PageFate.Migrated, 0)]
    [TestCase(PatchLevel.EntriesRestored, PageFate.Migrated, 1)]
    [TestCase(PatchSet.Last, PageFate.Migrated, 1)]
    public void It_took_two_patches_and_a_fix(PatchLevel level, PageFate fate, int mapcount)
    {
        Outcome outcome = Outcome.Of(Written.At(level));

        Assert.That((outcome.Result.Pages[0].Fate, outcome.Page(1).Mapcount), Is.EqualTo((fate, mapcount)));
    }

    [Test]
    public void A_write_after_the_migration_takes_the_page_for_itself_without_a_copy()
    {
        Attempt attempt = Attempt.Of(Written.And.Page(new() { List = PagePlace.Free }).From(0));
        attempt.Returns(0, from: [], to: [], moved: [0], failed: []);

        attempt.Comes(Tasks.Access(TaskKind.Fault, new MmId(0), 0x10001000, write: true));

        Assert.That(PageTables.Get(attempt.Machine, new MmId(0), 0x10001000), Is.EqualTo(Pte.Present(new Pfn(2), write: true, dirty: true, young: true)));
    }

    [Test]
    public void A_write_of_one_of_two_processes_copies_and_the_other_reads_what_it_read()
    {
        Attempt attempt = Attempt.Of(Given.AnonPage(index: 1).Holding(77).MappedBy(2).At(PatchSet.Last).And.Page(new() { List = PagePlace.Free }).From(0));
        attempt.Returns(0, from: [], to: [], moved: [0], failed: []);

        attempt.Comes(Tasks.Access(TaskKind.Fault, new MmId(0), 0x10001000, write: true));

        Assert.That(GhostMemory.Read(attempt.Machine, new MmId(1), 0x10001000, out ulong value) ? value : 0, Is.EqualTo(77));
        Assert.That(PageTables.Get(attempt.Machine, new MmId(0), 0x10001000).Page, Is.Not.EqualTo(PageTables.Get(attempt.Machine, new MmId(1), 0x10001000).Page));
    }
}
