namespace MigrationConformance.Specs;

/// <summary>migrate_pages() as a loop: which pages a pass visits, how many passes there are, what is returned, and each way out of a page.</summary>
[TestFixture, KernelFunction("migrate_pages")]
public sealed class MigratePagesSpec
{
    private static readonly ScenarioPage Clean = new() { File = 0 }, Pinned = new() { File = 0, References = [Until.Never] };

    [TestCase(1)]
    [TestCase(2)]
    public void A_page_is_freed_when_only_the_isolation_holds_it_and_not_with_one_reference_more(int count)
    {
        Attempt attempt = Attempt.Before(MigrationStep.ChoosePage, new() { Pages = [new() { List = PagePlace.Isolated, References = count == 1 ? [] : [Until.Never] }] });

        attempt.ChangesNothing();
        Assert.That((attempt.Next, attempt.Task.Reason), Is.EqualTo(
            count == 1 ? (MigrationStep.FinishPage, BackOutReason.PageFreed) : (MigrationStep.LockPage, BackOutReason.None)));
    }

    [Test, Reason(BackOutReason.PageFreed)]
    public void A_freed_page_goes_to_moved_without_being_locked_even_when_to_is_empty()
    {
        Attempt.Before(MigrationStep.ChoosePage, Given.TruncatedPage().To(0))
            .ChangesNothing()
            .BackedOut(BackOutReason.PageFreed, rc: 0, next: MigrationStep.FinishPage)
            .Changes("from 0 -> empty", "moved empty -> 0")
            .Returns(0, from: [], to: [], moved: [0], failed: []);
    }

    [Test, Reason(BackOutReason.ToEmpty), PatchLines(PatchLinesAttribute.Vmscan, 853, 855)]
    public void An_empty_to_ends_the_pass_and_the_page_is_not_touched()
    {
        Attempt.Before(MigrationStep.ChoosePage, new() { Pages = [Clean], To = ScenarioTo.Frames(0) })
            .ChangesNothing()
            .BackedOut(BackOutReason.ToEmpty, rc: 0, next: MigrationStep.FinishPass)
            .Returns(0, from: [0], to: [], moved: [], failed: []);
    }

    [Test, PatchLines(PatchLinesAttribute.Vmscan, 853, 855)]
    public void One_new_page_is_enough_to_go_on() =>
        Attempt.Before(MigrationStep.ChoosePage, new() { Pages = [Clean], To = ScenarioTo.Frames(1) }).ChangesNothing().StandsBefore(MigrationStep.LockPage);

    [Test]
    public void Without_to_an_empty_list_is_no_matter() =>
        Attempt.Before(MigrationStep.ChoosePage, new() { Pages = [Clean], To = ScenarioTo.SwapOut }).ChangesNothing().StandsBefore(MigrationStep.LockPage);

    [Test]
    public void Eleven_passes_are_made_for_a_page_that_never_gives_way() => Outcome.Of(new() { Pages = [Pinned] }).NeverMigrated(BackOutReason.ReferencesBeforeUnmap);

    [TestCase(9, true)]
    [TestCase(10, false)]
    public void After_pass_10_there_is_none(int pass, bool another)
    {
        Attempt attempt = Attempt.Before(MigrationStep.FinishPass, new() { Pages = [Pinned] }, pass);

        if (another)
            attempt.Changes($"task 0: pass {pass} -> {pass + 1}").StandsBefore(MigrationStep.BeginPass);
        else
            attempt.Changes("task 0: pf_swapwrite 1 -> 0", "task 0: result 0 -> 1").StandsBefore(MigrationStep.Finished);
    }

    [TestCase(10, 0)]
    [TestCase(1000, 1)]
    public void A_page_that_gives_way_in_pass_10_still_migrates(int until, int left)
    {
        Outcome outcome = Outcome.Of(new() { Pages = [new() { File = 0, References = [until == 1000 ? Until.Never : until] }] });

        Assert.That((outcome.Result.Task.Result, outcome.Result.Passes), Is.EqualTo((left, 11)));
    }

    [Test]
    public void One_pass_is_enough_when_nothing_is_to_be_retried() => Outcome.Of(new() { Pages = [Clean] }).Migrated(pass: 0);

    [Test]
    public void The_count_of_pages_to_retry_begins_at_0_in_each_pass() =>
        Outcome.Of(new() { Pages = [Pinned, new() { File = 0, Index = 1, References = [3] }] })
            .Returned(1, passes: 11, from: [0], to: [2], moved: [1], failed: []);

    [Test]
    public void Failed_and_retried_pages_are_added_up() =>
        Outcome.Of(new()
        {
            Pages = [Pinned, new() { File = 0, Index = 1, References = [Until.Never] }, new() { AnonVma = 0, MappedBy = 1 }],
            Swap = new() { Slots = 0 },
        }).Returned(3, passes: 11, from: [0, 1], to: [3, 4, 5], moved: [], failed: [2]);

    [Test]
    public void The_next_page_is_read_before_the_page_leaves_the_list() =>
        Outcome.Of(new() { Pages = [Clean, new() { File = 0, Index = 1 }, new() { File = 0, Index = 2 }] })
            .Returned(0, passes: 1, from: [], to: [], moved: [2, 1, 0], failed: []);

    // When to runs empty in the middle of a pass: pages behind are not counted, and what was to be retried is
    // forgotten by the next pass, which stops at its first page.
    [Test]
    public void When_to_runs_empty_nothing_of_this_pass_is_counted() =>
        Outcome.Of(new() { Pages = [Pinned, new() { File = 0, Index = 1 }, new() { File = 0, Index = 2 }], To = ScenarioTo.Frames(1) })
            .Returned(0, passes: 2, from: [0, 2], to: [], moved: [1], failed: []);

    [Test]
    public void When_to_runs_empty_in_the_last_pass_what_was_to_be_retried_is_counted() =>
        Outcome.Of(new()
        {
            Pages = [Pinned, new() { File = 0, Index = 1, References = [10] }, new() { File = 0, Index = 2, References = [10] }],
            To = ScenarioTo.Frames(1),
        }).Returned(1, passes: 11, from: [0, 2], to: [], moved: [1], failed: []);

    [Test, Reason(BackOutReason.NoMapping), PatchLines(PatchLinesAttribute.Vmscan, 904, 906)]
    public void A_truncated_page_that_buffers_keep_is_retried_to_the_end() =>
        Outcome.Of(Given.TruncatedPage().WithBuffer(new() { Users = [Until.Never] })).NeverMigrated(BackOutReason.NoMapping);

    [TestCase(4)]
    [TestCase(5)]
    [PatchLines(PatchLinesAttribute.Vmscan, 925, 946)]
    public void Busy_buffers_are_retried_up_to_pass_4_and_swapped_out_from_pass_5(int pass)
    {
        Attempt attempt = Attempt.Before(MigrationStep.ReleaseBuffers, Given.FilePage().WithBuffer(new() { Users = [Until.Never] }), pass);

        attempt.ChangesNothing();
        Assert.That(attempt.Next, Is.EqualTo(pass == 4 ? MigrationStep.DropLocks : MigrationStep.SwapFallback));
    }

    [Test, Reason(BackOutReason.BuffersBusy), PatchLines(PatchLinesAttribute.Vmscan, 925, 933)]
    public void Busy_buffers_back_out_and_none_is_dropped()
    {
        Attempt.Before(MigrationStep.ReleaseBuffers, new() { Pages = [new() { File = 0, Buffers = [new(), new() { Locked = Until.Never }] }] }, pass: 0)
            .ChangesNothing()
            .BackedOut(BackOutReason.BuffersBusy)
            .Changes("page 0: -PG_locked", "page 1: -PG_locked");
    }

    [Test, PatchLines(PatchLinesAttribute.Vmscan, 925, 933)]
    public void Idle_buffers_are_dropped_and_the_new_page_gets_none()
    {
        Outcome outcome = Outcome.Of(new() { Pages = [new() { File = 0, Buffers = [new(), new()] }] }).Migrated(pass: 0);

        Assert.That((outcome.Page(1).Has(PageFlags.Private), outcome.Page(1).Private), Is.EqualTo((false, 0UL)));
    }

    [Test]
    public void A_BUG_stops_the_machine_for_good()
    {
        Attempt attempt = Attempt.Before(MigrationStep.TryToUnmap, Given.SwapCachePage()).HitsBug(BugCheck.TryToUnmapFileNullMapping, page: 0);
        var stopped = new Machine(attempt.Machine);

        attempt.HitsBug(BugCheck.TryToUnmapFileNullMapping, page: 0);
        Assert.That(attempt.Machine, Is.EqualTo(stopped));
    }

    [Test, Step("B19"), PatchLines(PatchLinesAttribute.Vmscan, 948, 949)]
    public void No_page_lock_is_left_behind_on_any_way_out()
    {
        Outcome outcome = Outcome.Of(new()
        {
            Swap = new() { Slots = 0 },
            Files = [new(), new() { Writepage = WritepageMode.Absent }, new() { Writepage = WritepageMode.Activate }, new() { Writepage = WritepageMode.Failing }],
            Pages =
            [
                Clean, new() { File = 0, Index = 1, References = [Until.Never] }, new() { AnonVma = 0, MappedBy = 1 },
                new() { File = 1, Flags = PageFlags.Dirty }, new() { File = 2, Flags = PageFlags.Dirty }, new() { File = 3, Flags = PageFlags.Dirty },
                new() { File = 0, Index = 2, Buffers = [new() { Users = [Until.Never] }] }, new() { File = 0, Index = 3, Flags = PageFlags.Dirty, MappedBy = 1 },
                new() { File = 0, Index = 4, Flags = PageFlags.Dirty },
            ],
        });

        Assert.That(outcome.Result.End, Is.EqualTo(StepResult.Finished));
        Assert.That(outcome.Machine.Pages.Rows.ToArray().Count(page => page.Has(PageFlags.Locked)), Is.EqualTo(0));
        Assert.That(outcome.Machine.Mappings.Rows.ToArray().Select(space => space.TreeLock + space.ImmapLock + space.PrivateLock), Is.All.EqualTo(0));
    }
}
