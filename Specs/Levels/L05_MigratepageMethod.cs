namespace MigrationConformance.Specs;

/// <summary>5/5: a mapping brings its own way to move a page; a dirty page is not written first, and its buffers are not dropped.</summary>
[TestFixture, KernelFunction("migrate_pages")]
public sealed class L05_MigratepageMethod
{
    private const PatchLevel Level = PatchLevel.MigratepageMethod, Before = PatchLevel.PolicyLayer;

    [TestCase(MigratepageMode.MigratePage)]
    [TestCase(MigratepageMode.BufferMigratePage)]
    [TestCase(MigratepageMode.FailMigratePage)]
    public void A_mapping_with_a_method_is_asked_right_after_step_4(MigratepageMode method)
    {
        Attempt.Before(MigrationStep.CheckPageMapping, File(method).Dirty().At(Level)).ChangesNothing().StandsBefore(MigrationStep.Migratepage);
    }

    [Test]
    public void A_mapping_without_a_method_falls_back_to_writing_the_page()
    {
        Attempt.Before(MigrationStep.CheckPageMapping, File(MigratepageMode.Absent).Dirty().At(Level)).ChangesNothing().StandsBefore(MigrationStep.Pageout);
    }

    [TestCase(PatchLevel.V9)]
    [TestCase(Before)]
    public void Below_the_level_the_method_is_not_looked_at(PatchLevel level)
    {
        Attempt.Before(MigrationStep.CheckPageMapping, File(MigratepageMode.FailMigratePage).At(level)).ChangesNothing().StandsBefore(MigrationStep.CheckReferences);
    }

    [TestCase(MappingKind.Regular, MigratepageMode.BufferMigratePage)]
    [TestCase(MappingKind.Tmpfs, MigratepageMode.Absent)]
    public void Files_have_the_method_of_their_kind(MappingKind kind, MigratepageMode method)
    {
        Machine m = ScenarioBuilder.Build(new() { Files = [new() { Kind = kind }] }).Machine;

        Assert.That((m.Mappings[1].Migratepage, m.Mappings[0].Migratepage), Is.EqualTo((method, MigratepageMode.MigratePage)));
    }

    [Test, KernelFunction("fail_migrate_page"), Reason(BackOutReason.MigratepageFails)]
    public void A_page_that_must_not_move_fails_for_good_with_EIO_and_is_as_it_was()
    {
        Scenario scenario = File(MigratepageMode.FailMigratePage).WithPte(young: true).WithBuffers().At(Level);
        Attempt.Before(MigrationStep.Migratepage, scenario)
            .ChangesNothing()
            .BackedOut(BackOutReason.MigratepageFails, -Errno.EIO)
            .GoesTo(MigrationStep.FinishPage)
            .Changes("from 0 -> empty", "failed empty -> 0", "task 0: nr_failed 0 -> 1");
        Outcome.Of(scenario).Returned(1, passes: 1, from: [], to: [1], moved: [], failed: [0]);
    }

    [Test, KernelFunction("buffer_migrate_page"), Reason(BackOutReason.BufferMigrateNoMapping)]
    public void Buffer_migrate_page_backs_out_without_mapping()
    {
        // Illegal: the page lock is held.
        Attempt.Before(MigrationStep.Migratepage, File().At(Level))
            .Meanwhile(other => other.Page(0).Mapping = MappingPtr.Null)
            .Meanwhile(other => (other.Page(0).Private, other.Page(0).Flags) = (0, other.Page(0).Flags | PageFlags.SwapCache))
            .Meanwhile(other => other.Swapper.Migratepage = MigratepageMode.BufferMigratePage)
            .ChangesNothing()
            .BackedOut(BackOutReason.BufferMigrateNoMapping);
    }

    [TestCase(0, 2)]
    [TestCase(2, 3)]
    [KernelFunction("buffer_migrate_page")]
    public void Buffers_are_one_reference_more(int buffers, int nrRefs)
    {
        Attempt attempt = Attempt.Before(MigrationStep.CheckReferences, Buffered(File(), buffers).At(Level));

        Assert.That(attempt.Task.NrRefs, Is.EqualTo(nrRefs));
    }

    [TestCase(-1, false)]
    [TestCase(0, true)]
    [TestCase(1, false)]
    public void With_buffers_the_count_must_be_mapcount_and_three(int more, bool goesOn)
    {
        Attempt attempt = Attempt.Before(MigrationStep.CheckReferences, File().MappedBy(1).WithBuffers(2).At(Level))
            .Meanwhile(other => other.Page(0).Count += more)
            .ChangesNothing();

        Assert.That((attempt.Next, attempt.Task.Reason), Is.EqualTo(goesOn ? (MigrationStep.TryToUnmap, BackOutReason.None) : (MigrationStep.DropLocks, BackOutReason.ReferencesBeforeUnmap)));
    }

    [TestCase(2, false)]
    [TestCase(3, true)]
    [TestCase(4, false)]
    public void Under_the_tree_lock_three_must_remain(int count, bool goesOn)
    {
        Attempt attempt = Attempt.Before(MigrationStep.CheckCount, File().WithBuffers(2).At(Level)).Meanwhile(other => other.Page(0).Count = count);
        attempt.Changes(goesOn ? [] : ["file 0: tree_lock task 0 -> free"]);

        Assert.That((attempt.Next, attempt.Task.Reason), Is.EqualTo(goesOn ? (MigrationStep.CheckSlot, BackOutReason.None) : (MigrationStep.DropLocks, BackOutReason.ReferencesRemain)));
    }

    [Test]
    public void A_page_with_buffers_that_only_counts_two_never_migrates()
    {
        // Illegal: PG_private without the reference that stands for it.
        Outcome.Of(File().WithBuffers().With(page => page with { Raw = new() { Count = 2 } }).At(Level).Illegally()).NeverMigrated(BackOutReason.ReferencesBeforeUnmap);
    }

    [Test]
    public void Migrate_page_does_not_know_buffers()
    {
        // A filesystem that gives its mappings migrate_page attaches none.
        Outcome.Of(File(MigratepageMode.MigratePage).WithBuffers().At(Level)).NeverMigrated(BackOutReason.ReferencesBeforeUnmap);
    }

    [Test, KernelFunction("buffer_migrate_page"), KernelFunction("get_bh"), KernelFunction("lock_buffer")]
    public void After_step_13_each_buffer_is_used_and_locked()
    {
        Attempt.Before(MigrationStep.DropTreeLock, File().WithBuffers(2).At(Level))
            .Changes("file 0: tree_lock task 0 -> free")
            .StandsBefore(MigrationStep.LockBuffers)
            .Changes("buffer 0 of page 0, Uptodate, Mapped, next 1 -> of page 0, Uptodate, Lock, Mapped, next 1, count 1")
            .StandsBefore(MigrationStep.LockBuffers)
            .Changes("buffer 1 of page 0, Uptodate, Mapped, next 0 -> of page 0, Uptodate, Lock, Mapped, next 0, count 1")
            .StandsBefore(MigrationStep.MoveBuffers);
    }

    [Test, KernelFunction("lock_buffer")]
    public void Sleeps_on_a_buffer_with_its_use_taken_and_the_new_page_in_the_tree()
    {
        Attempt.Before(MigrationStep.LockBuffers, File().WithBuffer(new() { Locked = Until.Never }).At(Level))
            .Changes("buffer 0 of page 0, Uptodate, Lock, Mapped, next 0 -> of page 0, Uptodate, Lock, Mapped, next 0, count 1")
            .Waits(WaitKind.BufferLock, 0)
            .Meanwhile(other => Assert.That((other.Lookup(new MappingId(1), 0), other.Page(1).Has(PageFlags.Locked), other.Page(1).Has(PageFlags.Uptodate)), Is.EqualTo((1, true, false))));
    }

    [Test, KernelFunction("lock_buffer")]
    public void No_spin_lock_is_held_while_it_sleeps()
    {
        Attempt attempt = Attempt.Before(MigrationStep.LockBuffers, File().MappedBy(1).WithBuffer(new() { Locked = Until.Never }).At(Level));

        Assert.That((attempt.File().PrivateLock, attempt.File().TreeLock, attempt.File().ImmapLock), Is.EqualTo((0, 0, 0)));
    }

    [TestCase(Until.Waited)]
    [TestCase(7)]
    public void A_lock_that_ends_when_it_is_waited_for_ends(int until)
    {
        Outcome.Of(File().WithBuffer(new() { Locked = until }).At(Level)).Migrated(pass: 0);
    }

    [Test]
    public void Only_the_buffer_that_it_waits_for_is_let_go()
    {
        Attempt attempt = Attempt.Before(MigrationStep.LockBuffers, File().WithBuffer(new()).WithBuffer(new() { Locked = 9, Users = [9] }).WithBuffer(new() { Locked = Until.Never }).At(Level));
        TaskId migration = new(0);
        while (MigratePages.Advance(attempt.Machine, migration) == StepResult.Ran)
        {
        }

        Assert.That((attempt.Task.WaitsFor, attempt.Task.WaitsForNumber), Is.EqualTo((WaitKind.BufferLock, 2)));
        Assert.That(attempt.Machine.Buffers[1].Count, Is.EqualTo(2), "its user of others, and the migration");
    }

    [Test, KernelFunction("buffer_migrate_page")]
    public void Then_private_and_its_reference_move_at_once()
    {
        Attempt.Before(MigrationStep.MoveBuffers, File().WithBuffers(2).At(Level))
            .Changes("page 0: -PG_private", "page 0: private 1 -> 0", "page 0: count 2 -> 1", "page 1: private 0 -> 1", "page 1: count 2 -> 3")
            .StandsBefore(MigrationStep.SetBufferPages);
    }

    [Test, KernelFunction("set_bh_page")]
    public void Then_each_buffer_comes_to_sit_in_the_new_page_which_gets_PG_private_last()
    {
        Attempt.Before(MigrationStep.SetBufferPages, File().WithBuffers(2).At(Level))
            .Changes("buffer 0 of page 0, Uptodate, Lock, Mapped, next 1, count 1 -> of page 1, Uptodate, Lock, Mapped, next 1, count 1")
            .Changes("buffer 1 of page 0, Uptodate, Lock, Mapped, next 0, count 1 -> of page 1, Uptodate, Lock, Mapped, next 0, count 1")
            .StandsBefore(MigrationStep.SetPagePrivate)
            .Changes("page 1: +PG_private")
            .StandsBefore(MigrationStep.CopyContents);
    }

    [Test, KernelFunction("unlock_buffer"), KernelFunction("put_bh")]
    public void After_the_copy_each_buffer_is_unlocked_and_let_go_and_step_18_is_left_out()
    {
        Attempt.Before(MigrationStep.EndNewPageWriteback, File().WithBuffers(2).At(PatchSet.Last))
            .ChangesNothing()
            .StandsBefore(MigrationStep.UnlockBuffers)
            .Changes("buffer 0 of page 1, Uptodate, Lock, Mapped, next 1, count 1 -> of page 1, Uptodate, Mapped, next 1")
            .Changes("buffer 1 of page 1, Uptodate, Lock, Mapped, next 0, count 1 -> of page 1, Uptodate, Mapped, next 0")
            .StandsBefore(MigrationStep.DropLocks);
    }

    [Test]
    public void What_others_hold_of_a_buffer_goes_with_it()
    {
        Outcome outcome = Outcome.Of(File().WithBuffer(new() { Users = [Until.Never] }).At(Level)).Migrated(pass: 0);

        Assert.That((outcome.Machine.Holds[0].Page, outcome.Machine.Buffers[0].Page, outcome.Machine.Buffers[0].Count), Is.EqualTo((new Pfn(1), new Pfn(1), 1)));
        Assert.That(RadixTree.Lookup(outcome.Machine, outcome.Machine.Globals.HoldsOfPage, 0), Is.EqualTo(-1));
    }

    [Test, KernelFunction("migrate_page_copy")]
    public void A_dirty_page_makes_all_buffers_of_the_new_page_dirty_also_those_that_were_not()
    {
        // Known defect of this level: the dirt of one buffer becomes that of the page, and of the whole page.
        GivenPages one = File().Dirty().WithBuffer(new() { Dirty = true }).WithBuffer(new() { Uptodate = false }).At(Level);
        Attempt.Before(MigrationStep.TransferDirty, one)
            .Changes("page 0: -PG_dirty", "page 1: +PG_dirty",
                "buffer 1 of page 1, Lock, Mapped, next 0, count 1 -> of page 1, Dirty, Lock, Mapped, next 0, count 1", "file 0: flags AccountsDirty -> AccountsDirty, InodeDirty");
    }

    [Test]
    public void A_clean_page_with_a_dirty_buffer_keeps_just_that()
    {
        Outcome outcome = Outcome.Of(File().WithBuffer(new() { Dirty = true }).WithBuffer(new()).At(Level)).Migrated(pass: 0);

        Assert.That(outcome.Page(1).Has(PageFlags.Dirty), Is.False);
        Assert.That((outcome.Machine.Buffers[0].State & BufferFlags.Dirty, outcome.Machine.Buffers[1].State & BufferFlags.Dirty), Is.EqualTo((BufferFlags.Dirty, BufferFlags.None)));
    }

    [Test]
    public void A_mapped_dirty_page_never_moved_and_does_now_without_a_write()
    {
        Scenario scenario = File(index: 7).Dirty().WithPte(young: true).WithBuffers();

        Outcome.Of(scenario with { Patch = Before }).NeverMigrated(BackOutReason.PageoutNotFreeable);
        Outcome outcome = Outcome.Of(scenario with { Patch = Level }).Migrated(pass: 0);
        Assert.That((outcome.Page(1).Has(PageFlags.Dirty), outcome.Machine.Globals.NrDirty, outcome.Machine.Blocks.Count), Is.EqualTo((true, 1, 0)));
    }

    [Test]
    public void A_fresh_anonymous_page_never_moved_and_does_now_as_dirty_swap_cache()
    {
        Scenario scenario = Given.AnonPage(index: 1).WithPte(young: true, dirty: true, write: true);

        Outcome.Of(scenario with { Patch = Before }).NeverMigrated(BackOutReason.PageoutNotFreeable);
        Outcome outcome = Outcome.Of(scenario with { Patch = Level }).Migrated(pass: 0);
        Assert.That((outcome.Page(1).Has(PageFlags.Dirty | PageFlags.SwapCache), outcome.Page(1).Mapcount, outcome.Machine.SwapMap[1], outcome.Machine.SwapContents[1]), Is.EqualTo((true, 0, (ushort)2, 0UL)));
    }

    [Test]
    public void Clean_buffers_were_dropped_and_move_along_now()
    {
        TwoLevels.Differ(File(index: 7).WithBuffers(), Before, Level,
            "buffer 0 none -> of page 1, Uptodate, Mapped, next 0", "page 1: +PG_private", "page 1: private 0 -> 1", "page 1: count 2 -> 3");
    }

    [Test]
    public void Busy_buffers_were_in_the_way_and_are_not_any_more()
    {
        Scenario scenario = File().WithBuffer(new() { Users = [Until.Never] });

        Outcome.Of(scenario with { Patch = Before }).Ended(0, PageFate.Retry, BackOutReason.SwapPageBuffersBusy, 10);
        Outcome.Of(scenario with { Patch = Level }).Migrated(pass: 0);
    }

    [Test]
    public void A_tmpfs_page_and_a_mapping_without_method_end_as_they_did()
    {
        TwoLevels.Agree(Given.FilePage().MappedBy(1).WithFile(new() { Kind = MappingKind.Tmpfs }), Before, Level);
        TwoLevels.Agree(File(MigratepageMode.Absent).Dirty().WithBuffers(), Before, Level);
        TwoLevels.Agree(File(MigratepageMode.Absent).Dirty().MappedBy(1), Before, Level);
    }

    [Test]
    public void A_dirty_unmapped_tmpfs_page_crashes_a_pass_earlier()
    {
        // Once it is in the swap cache without mapping, swapper_space's method unmaps it as a file page: no write comes first.
        Scenario scenario = Given.FilePage().Dirty().WithFile(new() { Kind = MappingKind.Tmpfs });

        Outcome.Of(scenario with { Patch = Before }).HitBug(BugCheck.TryToUnmapFileNullMapping, page: 0, pass: 2);
        Outcome.Of(scenario with { Patch = Level }).HitBug(BugCheck.TryToUnmapFileNullMapping, page: 0, pass: 1);
    }

    [Test]
    public void A_page_under_writeback_is_a_BUG_for_migrate_page_only()
    {
        // Illegal: somebody began a write without the page lock.
        Attempt.Before(MigrationStep.CheckReferences, File().At(Level)).Meanwhile(other => other.Page(0).Set(PageFlags.Writeback)).HitsBug(BugCheck.MigratePageWriteback, 0);
        Attempt.Before(MigrationStep.CheckReferences, File().WithBuffers().At(Level)).Meanwhile(other => other.Page(0).Set(PageFlags.Writeback))
            .ChangesNothing().StandsBefore(MigrationStep.TryToUnmap);
    }

    [Test]
    public void A_reader_of_a_buffer_that_came_before_the_move_lets_go_of_it_afterwards()
    {
        Scenario scenario = File(index: 0).WithBuffers().At(Level);
        Attempt attempt = Attempt.Of(scenario);
        TaskId user = attempt.Machine.AddTask(Tasks.OnFile(TaskKind.BufferUser, new MappingId(1)));
        for (int step = 0; step < 3; step++)
            Assert.That(Tasks.Advance(attempt.Machine, user), Is.EqualTo(StepResult.Ran), "looked up, used, locked");

        attempt.GoesTo(MigrationStep.LockBuffers)
            .Changes("buffer 0 of page 0, Uptodate, Lock, Mapped, next 0, count 1 -> of page 0, Uptodate, Lock, Mapped, next 0, count 2")
            .Waits(WaitKind.BufferLock, 0)
            .GoesOn(user);

        attempt.Returns(0, from: [], to: [], moved: [0], failed: []);
        attempt.Sound(scenario);
    }

    private static GivenPages File(MigratepageMode? method = null, ulong index = 0) => Given.FilePage(index: index).WithFile(new() { Migratepage = method });

    private static GivenPages Buffered(GivenPages page, int buffers) => buffers == 0 ? page : page.WithBuffers(buffers);
}
