namespace MigrationConformance.Specs;

/// <summary>Step B20: the new page is queued for the LRU, through a pagevec of the CPU; the old page goes to <c>moved</c>.</summary>
[TestFixture, Step("B20"), KernelFunction("move_to_lru"), KernelFunction("lru_cache_add"), KernelFunction("lru_cache_add_active")]
[PatchLines(PatchLinesAttribute.Documentation, 126, 128), PatchLines(PatchLinesAttribute.Vmscan, 962, 965)]
public sealed class B20_MoveToLru
{
    [Test]
    public void Unlinks_the_new_page_and_queues_it_for_the_inactive_list_whose_pagevec_takes_over_the_reference()
    {
        Attempt attempt = Attempt.Before(MigrationStep.MoveToLru, Given.FilePage())
            .Changes("to 1 -> empty", "cpu 0: lru_add empty -> 1")
            .StandsBefore(MigrationStep.FinishPage);

        Assert.That((attempt.Page(1).Count, attempt.Page(1).Has(PageFlags.Lru)), Is.EqualTo((2, false)), "tree and pagevec");
    }

    [Test]
    public void Queues_an_active_page_for_the_active_list_and_clears_PG_active_meanwhile()
    {
        Attempt.Before(MigrationStep.MoveToLru, new() { Pages = [new() { File = 0, Flags = PageFlags.Active }] })
            .Changes("to 1 -> empty", "cpu 0: lru_add_active empty -> 1", "page 1: -PG_active");
    }

    [Test]
    public void The_old_page_then_goes_to_the_head_of_moved()
    {
        Attempt.Before(MigrationStep.FinishPage, Given.FilePage())
            .Changes("from 0 -> empty", "moved empty -> 0")
            .StandsBefore(MigrationStep.ChoosePage);
    }

    // 13 pages wait in the pagevec already: the new page is the fourteenth, and all go to the list.
    [Test, KernelFunction("__pagevec_lru_add")]
    public void The_fourteenth_page_drains_the_pagevec()
    {
        Attempt attempt = Attempt.Before(MigrationStep.MoveToLru, FilledWith(13));

        attempt.GoesTo(MigrationStep.FinishPage);

        Assert.That((attempt.Machine.Pagevecs[0].LruAdd.Nr, attempt.Machine.Zones[0].NrInactive), Is.EqualTo((0, 14)));
        Assert.That((attempt.Page(14).Count, attempt.Page(14).Has(PageFlags.Lru)), Is.EqualTo((1, true)));
        Assert.That(PageList.First(attempt.Machine, attempt.Machine.Zones[0].InactiveList), Is.EqualTo(new Pfn(14)));
    }

    [Test]
    public void The_thirteenth_does_not()
    {
        Attempt attempt = Attempt.Before(MigrationStep.MoveToLru, FilledWith(12)).GoesTo(MigrationStep.FinishPage);

        Assert.That((attempt.Machine.Pagevecs[0].LruAdd.Nr, attempt.Machine.Zones[0].NrInactive), Is.EqualTo((13, 0)));
    }

    [Test]
    public void Waits_for_lru_lock_only_when_the_pagevec_fills()
    {
        ScenarioLock lru = new(ScenarioLockKind.Lru, 0);

        Attempt.Before(MigrationStep.MoveToLru, FilledWith(13) with { Locks = [lru] }).Waits(WaitKind.LruLock, 0);
        Attempt.Before(MigrationStep.MoveToLru, FilledWith(12) with { Locks = [lru] }).GoesTo(MigrationStep.FinishPage);
    }

    [Test]
    public void Does_not_happen_without_a_new_page()
    {
        Attempt attempt = Attempt.Before(MigrationStep.FinishPage, Given.TruncatedPage());

        attempt.Changes("from 0 -> empty", "moved empty -> 0").AssertLists(from: [], to: [1], moved: [0], failed: []);
    }

    // Page 0 migrates; the pages after it wait in the pagevec.
    private static Scenario FilledWith(int waiting) => new()
    {
        Pages = [new() { File = 0 }, new() { File = 0, Index = 1, Repeat = waiting, List = PagePlace.LruAdd }],
        From = [0],
    };
}
