namespace MigrationConformance.Specs;

/// <summary>The completion of a write, an interrupt: contents, buffers, PG_writeback, and where the page goes.</summary>
[TestFixture, KernelFunction("end_buffer_async_write"), KernelFunction("end_page_writeback")]
public sealed class WritebackEndSpec
{
    private static readonly ActorSpec Start = new(TaskKind.WritebackStart), End = new(TaskKind.WritebackEnd);

    private static readonly GivenPages Dirty = Given.FilePage().Holding(5).Dirty();

    private static readonly string[] Completed =
        ["page 0: -PG_writeback", "file 0: -[0] WRITEBACK", "global: nr_writeback 1 -> 0", "hold 0 Writeback of page 0 -> none"];

    [Test]
    public void Without_a_write_of_this_machine_nothing_completes() =>
        Acting.Of(Given.FilePage().UnderWritebackUntil(Until.Waited), End).ChangesNothing().IsOver();

    [Test]
    public void A_write_reaches_the_store_with_what_the_page_held_when_it_was_submitted() =>
        Submitted(Dirty.WithFile(new() { Blocks = [new(0, 2)] })).Meanwhile(m =>
        {
            m.Pages[0].Contents = 6;
            Core.Dirty.SetPageDirty(m, new Pfn(0));
        }).Changes([.. Completed, "file 0: block 0 2 -> 5"]).IsOver();

    [Test]
    public void It_waits_for_tree_lock() =>
        Submitted(Dirty).Meanwhile(m => m.Mappings[1].TreeLock = Machine.LockedByOthers).Waits(WaitKind.TreeLock, 1);

    [Test]
    public void A_write_that_fails_leaves_PG_error_and_no_contents() =>
        Submitted(Dirty.WithFile(new() { Writepage = WritepageMode.AsynchronousFailing }))
            .Changes("page 0: -PG_writeback", "file 0: -[0] WRITEBACK", "global: nr_writeback 1 -> 0", "hold 0 Writeback of page 0, fails -> none", "page 0: +PG_error");

    [Test]
    public void The_buffers_of_the_write_are_unlocked_and_no_others() =>
        Submitted(Dirty.WithFile(new() { Blocks = [new(0, 5)] }).WithBuffer(new() { Dirty = true }).WithBuffer(new() { Locked = Until.Never }))
            .Changes("page 0: -PG_writeback", "file 0: -[0] WRITEBACK", "global: nr_writeback 1 -> 0", "hold 1 Writeback of page 0 -> none",
                "buffer 0 of page 0, Uptodate, Lock, Mapped, AsyncWrite, next 1 -> of page 0, Uptodate, Mapped, next 1");

    [Test, KernelFunction("rotate_reclaimable_page")]
    public void A_page_that_reclaim_wrote_goes_to_the_end_of_the_inactive_list() =>
        Submitted(Dirty.WithFile(new() { Blocks = [new(0, 5)] }).WithFile(new()).On(PagePlace.Lru).And.FilePage(1).On(PagePlace.Lru)).Meanwhile(m =>
        {
            m.Pages[0].Set(PageFlags.Reclaim);
            PageList.Del(m, new Pfn(0));
            PageList.Add(m, new Pfn(0), m.Zones[0].InactiveList);
        }).Changes([.. Completed, "page 0: -PG_reclaim", "zone 0: inactive_list 0 1 -> 1 0"]);

    private static Acting Submitted(Scenario scenario) => Acting.Of(scenario, Start).GoesTo("Finished").Beside(End);
}
