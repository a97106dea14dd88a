namespace MigrationConformance.Specs;

/// <summary>What others hold, and when it ends: not kernel functions, but what stands for other tasks and devices in a run.</summary>
[TestFixture]
public sealed class OthersSpec
{
    [TestCase(0)]
    [TestCase(6)]
    [TestCase(10)]
    public void A_hold_until_a_pass_ends_when_that_pass_starts_and_not_before(int until)
    {
        Attempt attempt = Attempt.Before(MigrationStep.BeginPass, Given.FilePage().Pinned().PinnedUntil(until), pass: until);
        Assert.That(attempt.Page(0).Count, Is.EqualTo(4));

        attempt.GoesTo(MigrationStep.ChoosePage);

        Assert.That(attempt.Page(0).Count, Is.EqualTo(3));
    }

    [Test]
    public void Holds_of_all_kinds_on_one_page_end_each_in_its_time()
    {
        // The page lock is awaited in pass 3; then one buffer is used until 4 and the other locked until 6; the last reference goes with 8.
        Outcome.Of(Given.FilePage().LockedUntil(Until.Waited).PinnedUntil(8).PinnedUntil(2)
            .WithBuffer(new() { Users = [4] }).WithBuffer(new() { Locked = 6 })).Migrated(pass: 8);
    }

    [Test]
    public void Waiting_for_one_thing_ends_nothing_else()
    {
        Attempt attempt = Attempt.Before(MigrationStep.LockPage, Given.FilePage().Pinned().LockedUntil(Until.Waited).UnderWritebackUntil(Until.Waited), pass: 3);

        attempt.Changes("hold 0 PageLock of page 0 -> none");
        Assert.That((attempt.Page(0).Has(PageFlags.Writeback), attempt.Page(0).Count), Is.EqualTo((true, 3)));
    }

    [Test]
    public void Holds_of_two_pages_do_not_mix()
    {
        Outcome.Of(Given.FilePage().LockedUntil(1).And.FilePage().LockedUntil(2).And.FilePage().PinnedUntil(1))
            .Returned(0, passes: 3, from: [], to: [], moved: [1, 2, 0], failed: []);
    }

    [TestCase(1)]
    [TestCase(7)]
    [TestCase(Until.Waited)]
    public void A_write_that_the_run_submits_is_over_in_pass_1_which_waits_for_it(int completes)
    {
        Outcome outcome = Outcome.Of(Given.FilePage().Dirty().Holding(9).WithFile(new() { Completes = completes }));

        outcome.Migrated(pass: 1);
        Assert.That(BackingStore.Read(outcome.Machine, new MappingId(1), 0), Is.EqualTo(9));
    }

    [Test]
    public void A_write_that_never_completes_blocks_the_migration() =>
        Outcome.Of(Given.FilePage().Dirty().WithFile(new() { Completes = Until.Never })).Blocked(WaitKind.Writeback, 0, pass: 1);

    [TestCase(false)]
    [TestCase(true)]
    public void A_write_to_swap_that_fails_leaves_PG_error_and_the_page_migrates(bool fails)
    {
        Outcome outcome = Outcome.Of(Given.AnonPage().InSwapCache().SwappedOutBy(1).Dirty().Holding(9)
            .WithSwap(new() { Write = fails ? SwapWriteMode.AsynchronousFailing : SwapWriteMode.Asynchronous })).Migrated(pass: 1);

        Assert.That((outcome.Page(1).Has(PageFlags.Error), outcome.Machine.SwapContents[1]), Is.EqualTo((fails, fails ? 0UL : 9UL)));
    }

    [Test, KernelFunction("swap_writepage"), KernelFunction("handle_write_error")]
    public void A_write_to_swap_without_memory_is_tried_again_in_each_pass()
    {
        Outcome outcome = Outcome.Of(Given.AnonPage().InSwapCache().SwappedOutBy(1).Dirty().WithSwap(new() { Write = SwapWriteMode.NoMemory }));

        outcome.NeverMigrated(BackOutReason.PageoutSuccess);
        Assert.That(outcome.Page(0).Has(PageFlags.Dirty), Is.True);
        Assert.That(outcome.Machine.Mappings[0].Flags & MappingFlags.AsEio, Is.EqualTo(MappingFlags.AsEio));
    }

    [Test, KernelFunction("shmem_writepage")]
    public void The_swap_vector_of_a_tmpfs_file_is_kept_in_order()
    {
        Outcome outcome = Outcome.Of(Given.FilePage(index: 9).Dirty().And.FilePage(index: 2).Dirty().And.FilePage(index: 5).Dirty()
            .WithFile(new() { Kind = MappingKind.Tmpfs }).NoTo());

        Assert.That(outcome.Machine.ShmemSwap.Rows.ToArray().Select(row => row.Index), Is.EqualTo(new[] { 2UL, 5UL, 9UL }));
    }

    [Test]
    public void Backing_store_rows_are_kept_in_order()
    {
        Outcome outcome = Outcome.Of(Given.FilePage(1, index: 3).Dirty().And.FilePage(0, index: 9).Dirty().And.FilePage(0, index: 2).Dirty());

        Assert.That(outcome.Machine.Blocks.Rows.ToArray().Select(row => (row.Mapping, row.Index)), Is.EqualTo(new[] { (1L, 2UL), (1L, 9UL), (2L, 3UL) }));
        Assert.That(BackingStore.Read(outcome.Machine, new MappingId(1), 2), Is.EqualTo(3));
    }

    [Test, KernelFunction("__pagevec_lru_add")]
    public void Drained_pages_go_to_the_lists_of_their_own_zones()
    {
        Outcome outcome = Outcome.Of(new()
        {
            Zones = 2,
            Pages = [new() { File = 0, Zone = 1 }, new() { File = 0, Index = 1 }, new() { List = PagePlace.New, Zone = 1 }, new() { List = PagePlace.New }],
            From = [0, 1],
            To = ScenarioTo.List([2, 3]),
            After = [CallerAction.Drain],
        });

        Assert.That(PageList.Walk(outcome.Machine, outcome.Machine.Zones[0].InactiveList), Is.EqualTo(new[] { new Pfn(3) }));
        Assert.That(PageList.Walk(outcome.Machine, outcome.Machine.Zones[1].InactiveList), Is.EqualTo(new[] { new Pfn(2) }));
        Assert.That((outcome.Machine.Zones[0].NrInactive, outcome.Machine.Zones[1].NrInactive), Is.EqualTo((1, 1)));
    }

    [Test, Step("B20")]
    public void A_pagevec_that_fills_waits_for_the_zone_of_each_page_in_it() =>
        Attempt.Before(MigrationStep.MoveToLru, FullPagevec).Waits(WaitKind.LruLock, 1);

    // Also in the run that nobody watches, which waits at the same step with both pages unlocked.
    [Test, Step("B20")]
    public void The_call_waits_there_with_both_pages_unlocked_and_the_new_page_on_to()
    {
        Outcome outcome = Outcome.Of(FullPagevec).Blocked(WaitKind.LruLock, 1, pass: 0);

        Assert.That((MigrationStep)outcome.Result.Task.Step, Is.EqualTo(MigrationStep.MoveToLru));
        Pfn newpage = outcome.Result.Task.Newpage;
        Assert.That((outcome.Page(0).Has(PageFlags.Locked), outcome.Page(newpage.Value).Has(PageFlags.Locked)), Is.EqualTo((false, false)));
        Assert.That(PageList.Last(outcome.Machine, outcome.Result.Run.To), Is.EqualTo(newpage));
    }

    private static Scenario FullPagevec => new()
    {
        Zones = 2,
        Pages = [new() { File = 0 }, new() { File = 0, Index = 1, Repeat = 13, List = PagePlace.LruAdd, Zone = 1 }],
        From = [0],
        Locks = [new(ScenarioLockKind.Lru, 1)],
    };
}
