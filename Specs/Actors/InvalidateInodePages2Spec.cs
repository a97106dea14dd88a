namespace MigrationConformance.Specs;

/// <summary>invalidate_inode_pages2: waits for each page, unmaps it and throws it away, dirty or not; −EIO when one stays.</summary>
[TestFixture, KernelFunction("invalidate_inode_pages2")]
public sealed class InvalidateInodePages2Spec
{
    private static readonly ActorSpec Invalidate = new(TaskKind.InvalidateInodePages2);

    private static readonly GivenPages Page = Given.FilePage(index: 3).On(PagePlace.Lru).WithFile(new() { Flags = MappingFlags.InodeDirty });

    private static readonly string[] OutOfTheFile =
    [
        "page 0: mapping file 0 -> NULL", "page 0: -PG_uptodate", "file 0: [3] page 0 -> none", "file 0: nrpages 1 -> 0", "file 0: height 1 -> 0", "file 0: nodes 1 -> 0",
        "global: nr_pagecache 1 -> 0", "page 0: count 2 -> 1",
    ];

    [Test]
    public void One_page_after_the_other_is_looked_at_from_the_first_on() =>
        Acting.Before("Lookup", Given.FilePage(index: 3).And.FilePage(index: 4).And.FilePage(index: 2), Invalidate)
            .Changes("page 2: count 2 -> 3").GoesTo("Lookup")
            .Changes("page 0: count 2 -> 3").GoesTo("Lookup")
            .Changes("page 1: count 2 -> 3").GoesTo("Lookup")
            .ChangesNothing().IsOver();

    [Test]
    public void A_locked_page_is_waited_for() => Acting.Before("Lock", Page.LockedUntil(Until.Never), Invalidate).Waits(WaitKind.PageLock, 0);

    [Test]
    public void One_that_left_the_file_meanwhile_is_passed_over_without_a_wait_for_its_write() =>
        Acting.Before("Lock", Page, Invalidate).Meanwhile(m =>
        {
            Filemap.RemoveFromPageCacheLocked(m, new Pfn(0));
            PageRefs.PutPage(m, new Pfn(0));
        }).Changes("page 0: +PG_locked").StandsBefore("Unlock");

    [Test]
    public void Writeback_is_waited_for_with_the_lock() => Acting.Before("Wait", Page.UnderWritebackUntil(Until.Never), Invalidate).Waits(WaitKind.Writeback, 0);

    [Test]
    public void A_clean_page_leaves_the_file_and_the_call_answers_0()
    {
        Acting.Before("Lookup", Page, Invalidate)
            .Changes("page 0: count 1 -> 2").StandsBefore("Lock")
            .Changes("page 0: +PG_locked").StandsBefore("Wait")
            .ChangesNothing().StandsBefore("UnmapPage")
            .ChangesNothing().StandsBefore("ClearDirty")
            .ChangesNothing().StandsBefore("Remove")
            .Changes(OutOfTheFile).StandsBefore("Unlock")
            .Changes("page 0: -PG_locked").StandsBefore("Release")
            .Changes("page 0: count 1 -> 0", "page 0: -PG_lru", "zone 0: inactive_list 0 -> empty", "zone 0: nr_inactive 1 -> 0").StandsBefore("Lookup")
            .ChangesNothing().IsOver();
    }

    [Test]
    public void So_does_a_dirty_one_which_is_clean_before() =>
        Acting.Before("ClearDirty", Page.Dirty(), Invalidate)
            .Changes("page 0: -PG_dirty", "global: nr_dirty 1 -> 0", "file 0: -[3] DIRTY").StandsBefore("Remove")
            .Changes(OutOfTheFile);

    [Test]
    public void Clearing_PG_dirty_waits_for_tree_lock() =>
        Acting.Before("ClearDirty", Page.Dirty(), Invalidate).Meanwhile(m => m.Mappings[1].TreeLock = Machine.LockedByOthers).Waits(WaitKind.TreeLock, 1);

    [Test, KernelFunction("unmap_mapping_range")]
    public void A_mapped_page_is_unmapped_entry_by_entry_and_truncate_count_rises_once()
    {
        Acting.Before("UnmapPage", Page.MappedBy(2), Invalidate)
            .Changes("file 0: truncate_count 0 -> 1").StandsBefore("ZapPage")
            .Changes("process 0: 10003000 page 0 -> none", "process 0: file_rss 1 -> 0", "process 0: hiwater_rss 0 -> 1", "page 0: mapcount 2 -> 1", "page 0: count 4 -> 3").StandsBefore("ZapPage")
            .Changes("process 1: 10003000 page 0 -> none", "process 1: file_rss 1 -> 0", "process 1: hiwater_rss 0 -> 1", "page 0: mapcount 1 -> 0", "global: nr_mapped 1 -> 0", "page 0: count 3 -> 2")
            .StandsBefore("ZapPage").ChangesNothing().StandsBefore("ClearDirty");
    }

    [TestCase("UnmapPage")]
    [TestCase("ZapPage")]
    [KernelFunction("unmap_mapping_range")]
    public void Both_wait_for_i_mmap_lock(string step) =>
        Acting.Before(step, Page.MappedBy(1), Invalidate).Meanwhile(m => m.Mappings[1].ImmapLock = Machine.LockedByOthers).Waits(WaitKind.ImmapLock, 1);

    [Test, KernelFunction("unmap_mapping_range")]
    public void Without_entries_neither_the_lock_nor_the_count_is_touched() =>
        Acting.Before("UnmapPage", Page.OthersLock(ScenarioLockKind.Immap), Invalidate).ChangesNothing().StandsBefore("ClearDirty");

    [Test, KernelFunction("unmap_mapping_range")]
    public void A_private_copy_of_a_page_stays()
    {
        ScenarioVma vma = new() { Process = 0, Start = 0x10000000, Pages = 4, File = 0, AnonVma = 0 };
        Acting run = Acting.Of(Page.And.AnonPage(index: 3).WithPte(vma: 0).WithVma(vma), Invalidate).GoesTo("Finished");

        Assert.That((run.File().Nrpages, run.Page(1).Mapcount), Is.EqualTo((0, 1)));
    }

    [Test]
    public void Dirt_that_its_entries_had_does_not_keep_it() =>
        Assert.That(Acting.Of(Page.WithPte(dirty: true), Invalidate).GoesTo("Finished").File().Nrpages, Is.EqualTo(0));

    [Test, KernelFunction("invalidate_complete_page")]
    public void A_page_that_became_dirty_after_that_stays_dirty_and_the_answer_is_EIO()
    {
        Acting.Before("Remove", Page, Invalidate).Meanwhile(m => Dirty.SetPageDirty(m, new Pfn(0)))
            .Changes("task 1: result 0 -> -5").StandsBefore("Unlock").GoesTo("Finished");
    }

    [Test, KernelFunction("try_to_release_page")]
    public void Busy_buffers_keep_the_page_the_answer_is_EIO_and_what_was_dirty_is_dirty_again_with_all_its_buffers()
    {
        Acting.Before("ReleaseBuffers", Page.Dirty().WithBuffer(new() { Dirty = true }).WithBuffer(new()), Invalidate)
            .Changes("task 1: result 0 -> -5").StandsBefore("Redirty")
            .Changes("page 0: +PG_dirty", "global: nr_dirty 0 -> 1", "file 0: +[3] DIRTY", "buffer 1 of page 0, Uptodate, Mapped, next 0 -> of page 0, Uptodate, Dirty, Mapped, next 0")
            .StandsBefore("Unlock").Changes("page 0: -PG_locked").StandsBefore("Release");
    }

    [Test, KernelFunction("try_to_release_page")]
    public void What_was_clean_stays_clean() =>
        Acting.Before("ReleaseBuffers", Page.WithBuffer(new() { Users = [Until.Never] }), Invalidate).Changes("task 1: result 0 -> -5").StandsBefore("Unlock");

    [Test]
    public void Dirtying_it_again_waits_for_the_locks_of_set_page_dirty()
    {
        Scenario busy = Page.Dirty().WithBuffer(new() { Dirty = true });

        Acting.Before("Redirty", busy, Invalidate).Meanwhile(m => m.Mappings[1].PrivateLock = Machine.LockedByOthers).Waits(WaitKind.PrivateLock, 1);
        Acting.Before("Redirty", busy, Invalidate).Meanwhile(m => m.Mappings[1].TreeLock = Machine.LockedByOthers).Waits(WaitKind.TreeLock, 1);
    }
}
