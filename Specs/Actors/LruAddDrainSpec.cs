namespace MigrationConformance.Specs;

/// <summary>The drain of one CPU's two pagevecs: each page gets to the list of its own zone and loses the pagevec's reference.</summary>
[TestFixture, KernelFunction("lru_add_drain")]
public sealed class LruAddDrainSpec
{
    private static readonly GivenPages Waiting = Given.FilePage(0).On(PagePlace.LruAdd).And.FilePage(0).On(PagePlace.LruAdd).And.FilePage(0).On(PagePlace.LruAddActive);

    [Test]
    public void Pages_go_to_the_heads_of_their_lists_in_the_order_of_the_pagevec()
    {
        Acting.Of(Waiting, new ActorSpec(TaskKind.LruAddDrain))
            .Changes("page 0: count 2 -> 1", "page 1: count 2 -> 1", "page 2: count 2 -> 1", "page 0: +PG_lru", "page 1: +PG_lru", "page 2: +PG_lru", "page 2: +PG_active",
                "cpu 0: lru_add 0 1 -> empty", "cpu 0: lru_add_active 2 -> empty", "zone 0: inactive_list empty -> 1 0", "zone 0: active_list empty -> 2",
                "zone 0: nr_inactive 0 -> 2", "zone 0: nr_active 0 -> 1")
            .IsOver();
    }

    [Test, KernelFunction("__page_cache_release")]
    public void A_page_that_only_the_pagevec_kept_is_free_and_on_no_list() =>
        Acting.Of(Given.Page(new() { List = PagePlace.LruAdd, Flags = PageFlags.Uptodate }), new ActorSpec(TaskKind.LruAddDrain))
            .Changes("page 0: count 1 -> 0", "cpu 0: lru_add 0 -> empty").IsOver();

    [Test]
    public void What_waits_on_another_CPU_stays_there() =>
        Acting.Of(Given.FilePage().On(PagePlace.LruAdd, cpu: 1).Scenario with { Cpus = 2 }, new ActorSpec(TaskKind.LruAddDrain)).ChangesNothing().IsOver();

    [TestCase(PagePlace.LruAdd)]
    [TestCase(PagePlace.LruAddActive)]
    public void It_waits_for_the_lru_lock_of_the_zone_of_each_page(PagePlace place) =>
        Acting.Of(Given.FilePage(0).On(PagePlace.LruAdd).And.FilePage(0).On(place).InZone(1).OthersLock(ScenarioLockKind.Lru, 1), new ActorSpec(TaskKind.LruAddDrain))
            .Waits(WaitKind.LruLock, 1);

    [Test]
    public void Empty_pagevecs_need_no_lock() =>
        Acting.Of(Given.FilePage().OthersLock(ScenarioLockKind.Lru), new ActorSpec(TaskKind.LruAddDrain)).ChangesNothing().IsOver();
}
