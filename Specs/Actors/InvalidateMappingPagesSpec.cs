namespace MigrationConformance.Specs;

/// <summary>invalidate_mapping_pages: throws away what costs nothing, and waits for no page.</summary>
[TestFixture, KernelFunction("invalidate_mapping_pages")]
public sealed class InvalidateMappingPagesSpec
{
    private static readonly ActorSpec Invalidate = new(TaskKind.InvalidateMappingPages);

    private static readonly GivenPages Page = Given.FilePage(index: 3).On(PagePlace.Lru);

    private static readonly string[] OutOfTheFile =
    [
        "page 0: mapping file 0 -> NULL", "page 0: -PG_uptodate", "file 0: [3] page 0 -> none", "file 0: nrpages 1 -> 0", "file 0: height 1 -> 0", "file 0: nodes 1 -> 0",
        "global: nr_pagecache 1 -> 0", "page 0: count 2 -> 1",
    ];

    [Test]
    public void The_look_up_waits_for_tree_lock() =>
        Acting.Before("TryLookup", Page.OthersLock(ScenarioLockKind.Tree), Invalidate).Waits(WaitKind.TreeLock, 1);

    [Test, KernelFunction("invalidate_complete_page")]
    public void A_clean_page_that_nobody_maps_leaves_the_file_and_keeps_PG_mappedtodisk()
    {
        Acting.Before("TryLookup", Page.Flagged(PageFlags.MappedToDisk), Invalidate)
            .Changes("page 0: count 1 -> 2").StandsBefore("Try")
            .Changes("page 0: +PG_locked").StandsBefore("Remove")
            .Changes(OutOfTheFile).StandsBefore("Unlock")
            .Changes("page 0: -PG_locked").StandsBefore("Release")
            .Changes("page 0: count 1 -> 0", "page 0: -PG_lru", "zone 0: inactive_list 0 -> empty", "zone 0: nr_inactive 1 -> 0").StandsBefore("TryLookup")
            .ChangesNothing().IsOver();
    }

    [Test]
    public void One_page_after_the_other_is_looked_at_from_the_first_on() =>
        Acting.Before("TryLookup", Given.FilePage(index: 3).And.FilePage(index: 4).And.FilePage(index: 2), Invalidate)
            .Changes("page 2: count 2 -> 3").GoesTo("TryLookup")
            .Changes("page 0: count 2 -> 3").GoesTo("TryLookup")
            .Changes("page 1: count 2 -> 3").GoesTo("TryLookup")
            .ChangesNothing().IsOver();

    [Test]
    public void A_locked_page_is_passed_over_and_kept_until_the_pagevec_goes() =>
        Acting.Before("Try", Page.LockedUntil(Until.Waited), Invalidate).ChangesNothing().StandsBefore("Release").Changes("page 0: count 2 -> 1").StandsBefore("TryLookup")
            .ChangesNothing().IsOver();

    [Test]
    public void So_is_one_that_is_dirty() => AssertPassedOver(Page.Dirty());

    [Test]
    public void So_is_one_under_writeback() => AssertPassedOver(Page.UnderWritebackUntil(Until.Waited));

    [Test]
    public void So_is_one_that_is_mapped() => AssertPassedOver(Page.MappedBy(1));

    [Test]
    public void References_of_others_keep_nothing_in_the_file() =>
        Assert.That(Acting.Of(Given.FilePage(index: 3).Pinned(), Invalidate).GoesTo("Finished").Page(0) is { Count: 2, Mapping.IsNull: true }, Is.True);

    [Test, KernelFunction("invalidate_complete_page")]
    public void A_page_that_became_dirty_meanwhile_stays() =>
        Acting.Before("Remove", Page, Invalidate).Meanwhile(m => Dirty.SetPageDirty(m, new Pfn(0))).ChangesNothing().StandsBefore("Unlock");

    // Nothing looks at the entries again: who maps the page now keeps a page without mapping.
    [Test, KernelFunction("invalidate_complete_page")]
    public void A_page_that_was_mapped_meanwhile_leaves_the_file_all_the_same()
    {
        Scenario mappable = Page.WithVma(new() { Process = 0, Start = 0x10000000, Pages = 4, File = 0 });

        Acting run = Acting.Before("Remove", mappable, Invalidate);
        run.Beside(new(TaskKind.Fault, Address: 0x10003000)).GoesTo("Finished");

        run.Changes([.. OutOfTheFile.SkipLast(1), "page 0: count 3 -> 2"]);
        Assert.That((run.Page(0).Mapcount, run.Page(0).Mapping), Is.EqualTo((1, MappingPtr.Null)));
    }

    [Test, KernelFunction("invalidate_complete_page")]
    public void Leaving_waits_for_tree_lock() =>
        Acting.Before("Remove", Page.OthersLock(ScenarioLockKind.Private), Invalidate).Meanwhile(m => m.Mappings[1].TreeLock = Machine.LockedByOthers).Waits(WaitKind.TreeLock, 1);

    [Test, KernelFunction("try_to_release_page")]
    public void Idle_buffers_are_released_first()
    {
        Acting.Before("ReleaseBuffers", Page.WithBuffers(), Invalidate)
            .Changes("buffer 0 of page 0, Uptodate, Mapped, next 0 -> none", "page 0: -PG_private", "page 0: private 1 -> 0", "page 0: count 3 -> 2").StandsBefore("Remove")
            .Changes(OutOfTheFile);
    }

    [Test, KernelFunction("try_to_release_page")]
    public void Which_waits_for_private_lock() =>
        Acting.Before("ReleaseBuffers", Page.WithBuffers().OthersLock(ScenarioLockKind.Private), Invalidate).Waits(WaitKind.PrivateLock, 1);

    [Test, KernelFunction("try_to_release_page")]
    public void Busy_buffers_keep_the_page() =>
        Acting.Before("ReleaseBuffers", Page.WithBuffer(new() { Users = [Until.Never] }), Invalidate).ChangesNothing().StandsBefore("Unlock");

    private static void AssertPassedOver(Scenario page) =>
        Acting.Before("Try", page, Invalidate).Changes("page 0: +PG_locked").StandsBefore("Unlock").Changes("page 0: -PG_locked").StandsBefore("Release");
}
