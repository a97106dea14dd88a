namespace MigrationConformance.Specs;

/// <summary>The caller of a second migration: drains all pagevecs, takes pages off the LRU one by one, and becomes their migration.</summary>
[TestFixture, KernelFunction("isolate_lru_page"), KernelFunction("lru_add_drain_all")]
public sealed class IsolateSpec
{
    // Page 0 is isolated by the first migration; 1 waits in a pagevec, 2 and 3 are on the LRU.
    private static readonly GivenPages Pages = Given.FilePage(index: 0).And.FilePage(index: 1).On(PagePlace.LruAdd).And.FilePage(index: 2).On(PagePlace.Lru)
        .And.FilePage(index: 3).Active().On(PagePlace.Lru).From(0).To(1);

    [Test]
    public void Drains_the_pagevecs_first()
    {
        Acting.Of(Pages, Tasks.Isolation)
            .Changes("cpu 0: lru_add 1 -> empty", "page 1: count 2 -> 1", "page 1: +PG_lru", "zone 0: inactive_list 2 -> 1 2", "zone 0: nr_inactive 1 -> 2").StandsBefore("Isolate");
    }

    [Test]
    public void Takes_the_next_page_off_the_LRU_with_a_reference_and_leaves_alone_what_is_isolated()
    {
        Acting.Of(Pages, Tasks.Isolation).GoesTo("Isolate")
            .Changes("page 1: count 1 -> 2", "page 1: -PG_lru", "zone 0: inactive_list 1 2 -> 2", "zone 0: nr_inactive 2 -> 1", "list 7 empty -> 1").StandsBefore("Isolate")
            .Changes("page 2: count 1 -> 2", "page 2: -PG_lru", "zone 0: inactive_list 2 -> empty", "zone 0: nr_inactive 1 -> 0", "list 7 1 -> 1 2").StandsBefore("Isolate");
    }

    [Test]
    public void An_active_page_keeps_PG_active()
    {
        Acting.Of(Given.FilePage(index: 0).And.FilePage(index: 3).Active().On(PagePlace.Lru).From(0).To(1), Tasks.Isolation).GoesTo("Isolate")
            .Changes("page 1: count 1 -> 2", "page 1: -PG_lru", "zone 0: active_list 1 -> empty", "zone 0: nr_active 1 -> 0", "list 7 empty -> 1");
    }

    [Test]
    public void Draining_and_isolating_wait_for_the_lru_lock()
    {
        Acting.Of(Pages.And.FilePage(1).On(PagePlace.LruAdd).OthersLock(ScenarioLockKind.Lru), Tasks.Isolation).Waits(WaitKind.LruLock, 0);
        Acting.Of(Pages, Tasks.Isolation).GoesTo("Isolate").Meanwhile(m => m.Zones[0].LruLock = Machine.LockedByOthers).Waits(WaitKind.LruLock, 0);
    }

    [Test]
    public void With_two_pages_it_becomes_a_migration_of_them()
    {
        Acting acting = Acting.Of(Pages, Tasks.Isolation).GoesTo("Begin");

        Assert.That((acting.Task.Kind, PageList.Walk(acting.Machine, acting.Task.From).Count(), PageList.Walk(acting.Machine, acting.Task.To).Count()), Is.EqualTo((TaskKind.Migration, 2, 2)));
    }

    [Test]
    public void Without_any_page_on_the_LRU_it_is_over() => Acting.Of(Given.FilePage(), Tasks.Isolation).GoesTo("Isolate").ChangesNothing().IsOver();
}
