namespace MigrationConformance.Specs;

/// <summary>Two ways to a page of a file: find_get_page, after which PG_uptodate alone decides whether to wait, and find_lock_page.</summary>
[TestFixture, KernelFunction("find_get_page"), KernelFunction("find_lock_page"), KernelFunction("do_generic_mapping_read")]
public sealed class FileReadersSpec
{
    private static readonly ActorSpec Reader = new(TaskKind.FindGetPage, Index: 3), Locker = new(TaskKind.FindLockPage, Index: 3);

    private static readonly GivenPages Page = Given.FilePage(index: 3).Holding(5);

    // The store holds 7, the page 5: what was read says whether the page was read in.
    private static readonly GivenPages Unread = Page.With(page => page with { Flags = PageFlags.Error }).WithFile(new() { Blocks = [new(3, 7)] });

    [TestCase(TaskKind.FindGetPage)]
    [TestCase(TaskKind.FindLockPage)]
    public void A_page_that_is_not_there_ends_the_read(TaskKind kind) =>
        Acting.Of(Given.FilePage(index: 2), new ActorSpec(kind, Index: 3)).ChangesNothing().IsOver();

    [TestCase(TaskKind.FindGetPage)]
    [TestCase(TaskKind.FindLockPage)]
    public void The_look_up_waits_for_tree_lock(TaskKind kind) =>
        Acting.Of(Page.OthersLock(ScenarioLockKind.Tree), new ActorSpec(kind, Index: 3)).Waits(WaitKind.TreeLock, 1);

    [Test]
    public void The_look_up_takes_a_reference_and_a_page_that_is_uptodate_is_read_whoever_has_its_lock()
    {
        Acting run = Acting.Of(Page.LockedUntil(Until.Never), Reader)
            .Changes("page 0: count 2 -> 3").StandsBefore("CheckUptodate")
            .Changes("page 0: +PG_referenced").StandsBefore("Put")
            .Changes("page 0: count 3 -> 2").IsOver();

        AssertRead(run, 5);
    }

    [Test, KernelFunction("mark_page_accessed")]
    public void A_page_of_the_inactive_list_that_is_read_once_more_becomes_active()
    {
        Acting.Before("CheckUptodate", Page.Referenced().On(PagePlace.Lru), Reader)
            .Changes("page 0: -PG_referenced", "page 0: +PG_active", "zone 0: inactive_list 0 -> empty", "zone 0: active_list empty -> 0",
                "zone 0: nr_inactive 1 -> 0", "zone 0: nr_active 0 -> 1");
    }

    [Test]
    public void A_page_that_is_not_uptodate_is_waited_for_with_a_reference() =>
        Acting.Before("CheckUptodate", Unread.LockedUntil(Until.Never), Reader).ChangesNothing().StandsBefore("Lock").Waits(WaitKind.PageLock, 0);

    [Test]
    public void Under_the_lock_it_is_read_in()
    {
        Acting run = Acting.Before("Lock", Unread, Reader)
            .Changes("page 0: +PG_locked").StandsBefore("Verify")
            .Changes("page 0: contents 5 -> 7", "page 0: +PG_uptodate", "page 0: -PG_error", "page 0: +PG_referenced", "page 0: -PG_locked")
            .StandsBefore("Put");

        AssertRead(run, 7);
    }

    [Test]
    public void What_became_uptodate_while_the_reader_slept_is_not_read_in_again()
    {
        Acting run = Acting.Before("Verify", Unread, Reader)
            .Meanwhile(m =>
            {
                m.Pages[0].Set(PageFlags.Uptodate);
                m.Pages[0].Contents = 7;
            })
            .Changes("page 0: +PG_referenced", "page 0: -PG_locked");

        AssertRead(run, 7);
    }

    [Test]
    public void A_page_that_lost_its_mapping_meanwhile_is_looked_up_again_without_being_read()
    {
        Acting run = Acting.Before("Verify", Unread, Reader).Meanwhile(Truncate)
            .Changes("page 0: -PG_locked", "page 0: count 2 -> 1").StandsBefore("Lookup")
            .ChangesNothing().IsOver();

        Assert.That(TaskLocals.HasRead(run.Task, out _, out _, out _), Is.False);
    }

    [Test]
    public void After_its_sleep_the_reader_needs_no_tree_lock_to_see_the_mapping() =>
        Acting.Before("Verify", Page.NotUptodate(), Reader).Meanwhile(HoldTreeLock).GoesTo("Put").Changes("page 0: count 3 -> 2").IsOver();

    [Test]
    public void The_look_up_of_find_lock_page_takes_a_free_lock_at_once_and_has_nothing_to_verify()
    {
        Acting run = Acting.Of(Page, Locker)
            .Changes("page 0: count 2 -> 3", "page 0: +PG_locked").StandsBefore("Read")
            .Meanwhile(HoldTreeLock)
            .Changes("page 0: +PG_referenced", "page 0: -PG_locked").StandsBefore("Put")
            .Changes("page 0: count 3 -> 2").IsOver();

        AssertRead(run, 5);
    }

    [Test]
    public void A_page_that_is_not_uptodate_is_read_in_by_who_has_it_locked_too() =>
        AssertRead(Acting.Before("Read", Unread, Locker)
            .Changes("page 0: contents 5 -> 7", "page 0: +PG_uptodate", "page 0: -PG_error", "page 0: +PG_referenced", "page 0: -PG_locked"), 7);

    [Test]
    public void Find_lock_page_sleeps_for_a_lock_that_is_taken() =>
        Acting.Of(Page.LockedUntil(Until.Never), Locker).Changes("page 0: count 2 -> 3").StandsBefore("Lock").Waits(WaitKind.PageLock, 0);

    [Test]
    public void After_its_sleep_it_waits_for_tree_lock_with_the_page_lock()
    {
        Acting run = Slept().Meanwhile(HoldTreeLock).Waits(WaitKind.TreeLock, 1);

        Assert.That(run.Page(0).Has(PageFlags.Locked), Is.True);
    }

    [Test]
    public void Then_it_reads_what_is_still_the_page() =>
        AssertRead(Slept().Changes("page 0: +PG_referenced", "page 0: -PG_locked").StandsBefore("Put"), 5);

    [Test]
    public void A_page_that_was_truncated_while_it_slept_is_looked_up_again() =>
        Slept().Meanwhile(Truncate).Changes("page 0: -PG_locked", "page 0: count 2 -> 1").StandsBefore("Lookup");

    // The same file, so only the index tells.
    [Test]
    public void A_page_that_has_another_index_now_is_looked_up_again() => Slept()
        .Meanwhile(m =>
        {
            Truncate(m);
            Filemap.AddToPageCache(m, new Pfn(0), new MappingId(1), new Pgoff(2));
            BackingStore.Write(m, new MappingId(1), 2, 5);
        })
        .Changes("page 0: -PG_locked", "page 0: count 3 -> 2").StandsBefore("Lookup");

    private static Acting Slept() => Acting.Before("Verify", Page.LockedUntil(Until.Waited), Locker);

    private static void HoldTreeLock(Machine m) => m.Mappings[1].TreeLock = Machine.LockedByOthers;

    // What truncate_complete_page does with a page that has no buffers.
    private static void Truncate(Machine m)
    {
        Filemap.RemoveFromPageCache(m, new Pfn(0));
        PageRefs.PutPage(m, new Pfn(0));
    }

    private static void AssertRead(Acting run, ulong contents)
    {
        Assert.That(TaskLocals.HasRead(run.Task, out MappingId file, out ulong index, out ulong found), Is.True);
        Assert.That((file.Value, index, found), Is.EqualTo((1, 3UL, contents)));
    }
}
