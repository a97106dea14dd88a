namespace MigrationConformance.Specs;

/// <summary>writepages: the dirty pages of a file, found by their tags, are written one after the other.</summary>
[TestFixture, KernelFunction("mpage_writepages")]
public sealed class WritebackStartSpec
{
    private static readonly ActorSpec Start = new(TaskKind.WritebackStart), Sync = new(TaskKind.WritebackStart, Variant: true);

    private static readonly GivenPages Dirty = Given.FilePage(index: 3).Holding(5).Dirty();

    private static readonly string[] Submitted =
    [
        "page 0: +PG_writeback", "page 0: -PG_locked", "file 0: +[3] WRITEBACK", "file 0: -[3] DIRTY", "global: nr_writeback 0 -> 1",
        "hold 0 none -> Writeback of page 0",
    ];

    [TestCase(MappingKind.Tmpfs, null)]
    [TestCase(MappingKind.Regular, WritepageMode.Absent)]
    public void What_is_in_memory_only_is_not_even_looked_up(MappingKind kind, WritepageMode? writepage) =>
        Acting.Of(Dirty.WithFile(new() { Kind = kind, Writepage = writepage }).OthersLock(ScenarioLockKind.Tree), Start).ChangesNothing().IsOver();

    [Test]
    public void The_look_up_waits_for_tree_lock() => Acting.Of(Dirty.OthersLock(ScenarioLockKind.Tree), Start).Waits(WaitKind.TreeLock, 1);

    [Test]
    public void Only_pages_with_the_DIRTY_tag_are_found_and_each_once_from_the_lowest_on()
    {
        Acting run = Acting.Of(Given.FilePage(index: 1).And.FilePage(index: 3).Dirty().And.FilePage(index: 2).Dirty(), Start)
            .Changes("page 2: count 2 -> 3").GoesTo("Lookup")
            .Changes("page 1: count 2 -> 3").GoesTo("Lookup")
            .ChangesNothing().IsOver();

        Assert.That(Enumerable.Range(0, 3).Select(pfn => run.Page(pfn).Has(PageFlags.Writeback)), Is.EqualTo(new[] { false, true, true }));
    }

    [Test]
    public void A_locked_page_is_waited_for_and_not_passed_over() =>
        Acting.Before("Lock", Dirty.LockedUntil(Until.Never), Start).Waits(WaitKind.PageLock, 0);

    [Test]
    public void PG_dirty_goes_first_and_its_tag_stays_for_the_write_to_clear()
    {
        Acting.Before("Lock", Dirty, Start)
            .Changes("page 0: +PG_locked").StandsBefore("Check")
            .Changes("page 0: -PG_dirty", "global: nr_dirty 1 -> 0").StandsBefore("Writepage")
            .Changes(Submitted).StandsBefore("Put");
    }

    [Test]
    public void Writepage_waits_for_tree_lock() =>
        Acting.Before("Writepage", Dirty, Start).Meanwhile(m => m.Mappings[1].TreeLock = Machine.LockedByOthers).Waits(WaitKind.TreeLock, 1);

    [Test]
    public void A_page_that_is_clean_in_spite_of_its_tag_is_passed_over_and_keeps_the_tag()
    {
        Acting run = Acting.Before("Check", Given.Page(new() { File = 0, Index = 3, DirtyTag = true }), Start)
            .Changes("page 0: -PG_locked").StandsBefore("Put")
            .Changes("page 0: count 3 -> 2").StandsBefore("Lookup")
            .ChangesNothing().IsOver();

        Assert.That(RadixTree.TagGet(run.Machine, run.File().PageTree, 3, PagecacheTag.Dirty), Is.True);
    }

    [Test]
    public void A_page_that_left_the_file_while_the_task_slept_is_passed_over_though_it_is_dirty() =>
        Acting.Before("Check", Dirty.Pinned(), Start)
            .Meanwhile(m =>
            {
                Core.Dirty.TestClearPageDirty(m, new Pfn(0));
                Filemap.RemoveFromPageCache(m, new Pfn(0));
                PageRefs.PutPage(m, new Pfn(0));
                Core.Dirty.SetPageDirty(m, new Pfn(0));
            })
            .Changes("page 0: -PG_locked").StandsBefore("Put");

    [Test]
    public void A_page_under_writeback_is_passed_over_and_stays_dirty() =>
        Acting.Before("Check", Dirty.UnderWritebackUntil(Until.Waited), Start).Changes("page 0: -PG_locked").StandsBefore("Put");

    [Test]
    public void WB_SYNC_ALL_waits_for_that_write_with_the_page_locked()
    {
        Acting run = Acting.Before("Check", Dirty.UnderWritebackUntil(Until.Never), Sync).Waits(WaitKind.Writeback, 0);

        Assert.That(run.Page(0).Has(PageFlags.Locked), Is.True);
    }

    [Test]
    public void And_then_writes_the_page_once_more() =>
        Acting.Before("Check", Dirty.UnderWritebackUntil(Until.Waited).WithFile(new() { Blocks = [new(3, 2)] }), Sync)
            .Changes("page 0: -PG_writeback", "page 0: -PG_dirty", "global: nr_dirty 1 -> 0", "global: nr_writeback 1 -> 0", "file 0: -[3] WRITEBACK",
                "hold 0 Writeback of page 0 -> none", "file 0: block 3 2 -> 5")
            .StandsBefore("Writepage").Changes(Submitted);

    [Test]
    public void A_synchronous_write_is_over_at_once_and_leaves_its_tag() =>
        Acting.Before("Writepage", Dirty.WithFile(new() { Writepage = WritepageMode.Synchronous, Blocks = [new(3, 2)] }), Start)
            .Changes("page 0: -PG_locked", "file 0: block 3 2 -> 5").StandsBefore("Put");

    [Test]
    public void A_write_that_fails_at_once_loses_the_dirt_and_the_lock() =>
        Acting.Before("Writepage", Dirty.WithFile(new() { Writepage = WritepageMode.Failing }), Start).Changes("page 0: -PG_locked").StandsBefore("Put");

    [Test]
    public void A_filesystem_that_answers_ACTIVATE_has_dirtied_the_page_again_and_left_the_lock_to_the_caller() =>
        Acting.Before("Writepage", Dirty.WithFile(new() { Writepage = WritepageMode.Activate, Flags = MappingFlags.InodeDirty }), Start)
            .Changes("page 0: -PG_locked", "page 0: +PG_dirty", "global: nr_dirty 0 -> 1").StandsBefore("Put");

    [Test, KernelFunction("block_write_full_page")]
    public void Of_the_buffers_those_that_are_dirty_and_free_take_part()
    {
        GivenPages pages = Dirty.WithBuffer(new() { Dirty = true }).WithBuffer(new()).WithBuffer(new() { Dirty = true, Locked = Until.Never });

        Acting.Before("Writepage", pages, Start).Changes([.. Submitted.Select(line => line.Replace("hold 0", "hold 1", StringComparison.Ordinal)),
            "buffer 0 of page 0, Uptodate, Dirty, Mapped, next 1 -> of page 0, Uptodate, Lock, Mapped, AsyncWrite, next 1"]);
    }

    [Test, KernelFunction("pagevec_release")]
    public void The_reference_goes_with_a_pagevec_whose_release_drains_this_CPUs_own_pagevecs()
    {
        Acting.Before("Put", Dirty.And.FilePage(1).On(PagePlace.LruAdd), Start)
            .Changes("page 0: count 3 -> 2", "page 1: count 2 -> 1", "page 1: +PG_lru", "cpu 0: lru_add 1 -> empty",
                "zone 0: inactive_list empty -> 1", "zone 0: nr_inactive 0 -> 1")
            .StandsBefore("Lookup");
    }

    [Test, KernelFunction("pagevec_release")]
    public void Which_waits_for_lru_lock_with_the_page_unlocked() =>
        Acting.Before("Put", Dirty.And.FilePage(1).On(PagePlace.LruAdd).OthersLock(ScenarioLockKind.Lru), Start).Waits(WaitKind.LruLock, 0);
}
