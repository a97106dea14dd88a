namespace MigrationConformance.Specs;

/// <summary>shrink_cache: pages from the end of the inactive list go through shrink_list, and what stays goes back in its order.</summary>
[TestFixture, KernelFunction("shrink_cache")]
public sealed class KswapdSpec
{
    private static readonly ActorSpec Kswapd = new(TaskKind.Kswapd);

    // The newest page is the first of the list, the oldest the last. Somebody holds them, so they stay.
    private static readonly GivenPages Held = Given.FilePage(index: 0).On(PagePlace.Lru).Pinned().And.FilePage(index: 1).On(PagePlace.Lru).Pinned()
        .And.FilePage(index: 2).On(PagePlace.Lru).Pinned();

    [Test, KernelFunction("isolate_lru_pages")]
    public void It_takes_the_two_oldest_pages_of_the_inactive_list_with_a_reference_each()
    {
        Acting run = Acting.Of(Held, Kswapd);
        string from = $"list {run.Task.From.Value}";

        run.Changes("page 1: -PG_lru", "page 2: -PG_lru", "page 1: count 2 -> 3", "page 2: count 2 -> 3", $"{from} empty -> 1 2",
            "zone 0: inactive_list 0 1 2 -> 0", "zone 0: nr_inactive 3 -> 1").StandsBefore("ChoosePage");
    }

    [Test]
    public void What_stays_goes_back_to_the_head_and_keeps_its_order()
    {
        Acting run = Acting.Before("Putback", Held, Kswapd);

        run.Changes("page 1: +PG_lru", "page 2: +PG_lru", "page 1: count 3 -> 2", "page 2: count 3 -> 2", $"list {run.Task.Moved.Value} 1 2 -> empty",
            "zone 0: inactive_list 0 -> 1 2 0", "zone 0: nr_inactive 1 -> 3").IsOver();
    }

    [Test]
    public void A_page_that_was_activated_goes_back_to_the_active_list()
    {
        Acting run = Acting.Before("Putback", Given.FilePage().WithPte(young: true).On(PagePlace.Lru), Kswapd);

        run.Changes("page 0: +PG_lru", "page 0: count 3 -> 2", $"list {run.Task.Moved.Value} 0 -> empty",
            "zone 0: active_list empty -> 0", "zone 0: nr_active 0 -> 1").IsOver();
        Assert.That(run.Page(0).Has(PageFlags.Active), Is.True);
    }

    [Test]
    public void A_page_that_lost_its_other_users_meanwhile_is_free_and_on_no_list()
    {
        Acting run = Acting.Before("Putback", Given.FilePage().On(PagePlace.Lru).LockedUntil(Until.Waited), Kswapd).Meanwhile(m =>
        {
            Filemap.RemoveFromPageCache(m, new Pfn(0));
            PageRefs.PutPage(m, new Pfn(0));
            Others.EndPageLock(m, new Pfn(0));
        });

        run.Changes("page 0: count 1 -> 0", $"list {run.Task.Moved.Value} 0 -> empty").IsOver();
    }

    [Test, KernelFunction("pagevec_release")]
    public void The_references_go_with_a_drain_of_this_CPU()
    {
        Acting run = Acting.Before("Putback", Given.FilePage(index: 0).On(PagePlace.Lru).Pinned().And.FilePage(index: 1).On(PagePlace.LruAdd), Kswapd);

        run.Changes("page 0: +PG_lru", "page 0: count 3 -> 2", "page 1: +PG_lru", "page 1: count 2 -> 1", $"list {run.Task.Moved.Value} 0 -> empty",
            "cpu 0: lru_add 1 -> empty", "zone 0: inactive_list empty -> 1 0", "zone 0: nr_inactive 0 -> 2").IsOver();
    }

    [Test]
    public void Without_pages_nothing_is_put_back_and_nothing_drained() =>
        Acting.Before("Putback", Given.FilePage().On(PagePlace.LruAdd).OthersLock(ScenarioLockKind.Lru, 1).InZone(1), Kswapd).ChangesNothing().IsOver();

    [Test]
    public void Isolating_waits_for_lru_lock() => Acting.Of(Held.OthersLock(ScenarioLockKind.Lru), Kswapd).Waits(WaitKind.LruLock, 0);

    [Test]
    public void So_does_putting_back() =>
        Acting.Before("Putback", Held, Kswapd).Meanwhile(m => m.Zones[0].LruLock = Machine.LockedByOthers).Waits(WaitKind.LruLock, 0);

    [Test]
    public void Another_zone_is_left_alone() =>
        Assert.That(Acting.Of(Held.And.FilePage(index: 3).On(PagePlace.Lru).InZone(1), Kswapd with { Index = 1 }).GoesTo("Finished").Machine.Zones[0].NrInactive, Is.EqualTo(3));
}
