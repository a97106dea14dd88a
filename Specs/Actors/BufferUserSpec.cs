namespace MigrationConformance.Specs;

/// <summary>A user of a page's first buffer: found under private_lock with a reference to the page, held by b_count alone.</summary>
[TestFixture, KernelFunction("__find_get_block_slow"), KernelFunction("lock_buffer"), KernelFunction("__brelse")]
public sealed class BufferUserSpec
{
    private static readonly ActorSpec User = new(TaskKind.BufferUser, Index: 3);

    private static readonly GivenPages Page = Given.FilePage(index: 3).WithBuffers(2);

    [Test]
    public void A_page_that_is_not_there_ends_the_search() => Acting.Of(Given.FilePage(index: 2), User).ChangesNothing().IsOver();

    [Test]
    public void The_look_up_waits_for_tree_lock() => Acting.Of(Page.OthersLock(ScenarioLockKind.Tree), User).Waits(WaitKind.TreeLock, 1);

    [Test]
    public void The_page_is_referenced_only_until_the_buffer_is_held()
    {
        Acting.Of(Page, User)
            .Changes("page 0: count 3 -> 4").StandsBefore("GetBh")
            .Changes("page 0: count 4 -> 3", "buffer 0 of page 0, Uptodate, Mapped, next 1 -> of page 0, Uptodate, Mapped, next 1, count 1").StandsBefore("LockBuffer")
            .Changes("buffer 0 of page 0, Uptodate, Mapped, next 1, count 1 -> of page 0, Uptodate, Lock, Mapped, next 1, count 1").StandsBefore("UnlockBuffer")
            .Changes("buffer 0 of page 0, Uptodate, Lock, Mapped, next 1, count 1 -> of page 0, Uptodate, Mapped, next 1, count 1").StandsBefore("PutBh")
            .Changes("buffer 0 of page 0, Uptodate, Mapped, next 1, count 1 -> of page 0, Uptodate, Mapped, next 1").IsOver();
    }

    [Test]
    public void The_look_at_the_ring_waits_for_private_lock_and_keeps_the_page()
    {
        Acting run = Acting.Before("GetBh", Page.OthersLock(ScenarioLockKind.Private), User).Waits(WaitKind.PrivateLock, 1);

        Assert.That(run.Page(0).Count, Is.EqualTo(4));
    }

    [Test]
    public void A_page_without_buffers_is_let_go() =>
        Acting.Before("GetBh", Given.FilePage(index: 3), User).Changes("page 0: count 3 -> 2").IsOver();

    [Test]
    public void A_page_lock_is_of_no_interest() =>
        Assert.That(Acting.Of(Page.LockedUntil(Until.Never), User).GoesTo("Finished").Page(0).Count, Is.EqualTo(3));

    [Test]
    public void A_locked_buffer_is_waited_for_with_its_count_up()
    {
        Acting run = Acting.Before("LockBuffer", Given.FilePage(index: 3).WithBuffer(new() { Locked = Until.Never }), User).Waits(WaitKind.BufferLock, 0);

        Assert.That(run.Machine.Buffers[0].Count, Is.EqualTo(1));
    }

    [Test]
    public void A_buffer_that_is_being_written_is_waited_for_until_the_write_ends()
    {
        GivenPages written = Given.FilePage(index: 3).Dirty().WithBuffer(new() { Dirty = true });

        Acting.Of(written, new ActorSpec(TaskKind.WritebackStart)).GoesTo("Finished").Beside(User).GoesTo("LockBuffer")
            .Changes("page 0: -PG_writeback", "file 0: -[3] WRITEBACK", "global: nr_writeback 1 -> 0", "hold 0 Writeback of page 0 -> none", "file 0: block 3 none -> 1",
                "buffer 0 of page 0, Uptodate, Lock, Mapped, AsyncWrite, next 0, count 1 -> of page 0, Uptodate, Lock, Mapped, next 0, count 1")
            .StandsBefore("UnlockBuffer");
        Acting.Of(written.WithFile(new() { Completes = Until.Never }), new ActorSpec(TaskKind.WritebackStart)).GoesTo("Finished").Beside(User).GoesTo("LockBuffer")
            .Waits(WaitKind.BufferLock, 0);
    }
}
