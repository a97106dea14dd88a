namespace MigrationConformance.Specs;

/// <summary>A wait for the writes of a file that are in flight: with a reference, and without the page lock.</summary>
[TestFixture, KernelFunction("wait_on_page_writeback_range")]
public sealed class WritebackWaitSpec
{
    private static readonly ActorSpec Wait = new(TaskKind.WritebackWait);

    [Test]
    public void Only_pages_with_the_WRITEBACK_tag_are_found_and_the_wait_ends_behind_the_last() =>
        Acting.Of(Given.FilePage(index: 1).Dirty().And.FilePage(index: 4).UnderWritebackUntil(Until.Waited), Wait)
            .Changes("page 1: count 2 -> 3").StandsBefore("Wait").GoesTo("Put")
            .Changes("page 1: count 3 -> 2").StandsBefore("Lookup")
            .ChangesNothing().IsOver();

    [Test]
    public void Each_of_them_is_waited_for() =>
        Assert.That(Acting.Of(Given.FilePage(index: 4).UnderWritebackUntil(Until.Waited).And.FilePage(index: 5).UnderWritebackUntil(Until.Waited), Wait).GoesTo("Finished")
            .Machine.Globals.NrWriteback, Is.EqualTo(0));

    [Test]
    public void The_look_up_waits_for_tree_lock() =>
        Acting.Of(Given.FilePage().UnderWritebackUntil(Until.Waited).OthersLock(ScenarioLockKind.Tree), Wait).Waits(WaitKind.TreeLock, 1);

    [Test]
    public void A_write_in_flight_is_waited_for() =>
        Acting.Before("Wait", Given.FilePage().UnderWritebackUntil(Until.Never), Wait).Waits(WaitKind.Writeback, 0);

    [Test]
    public void Its_end_is_all_that_is_waited_for_whoever_has_the_page_lock() =>
        Acting.Before("Wait", Given.FilePage().Holding(5).LockedUntil(Until.Never).UnderWritebackUntil(Until.Waited).WithFile(new() { Blocks = [new(0, 2)] }), Wait)
            .Changes("page 0: -PG_writeback", "file 0: -[0] WRITEBACK", "global: nr_writeback 1 -> 0", "hold 1 Writeback of page 0 -> none", "file 0: block 0 2 -> 5")
            .StandsBefore("Put");

    // ramfs never starts a write, but whoever waits asks for the tag only.
    [TestCase(WritepageMode.Absent)]
    [TestCase(WritepageMode.Synchronous)]
    public void It_makes_no_difference_how_the_file_is_written(WritepageMode writepage) =>
        Acting.Before("Wait", Given.FilePage().UnderWritebackUntil(Until.Never).WithFile(new() { Writepage = writepage }), Wait).Waits(WaitKind.Writeback, 0);

    [Test, KernelFunction("pagevec_release")]
    public void The_reference_goes_with_a_drain_of_this_CPU() =>
        Acting.Before("Put", Given.FilePage().UnderWritebackUntil(Until.Waited).And.FilePage(1).On(PagePlace.LruAddActive), Wait)
            .Changes("page 0: count 3 -> 2", "page 1: count 2 -> 1", "page 1: +PG_lru", "page 1: +PG_active", "cpu 0: lru_add_active 1 -> empty",
                "zone 0: active_list empty -> 1", "zone 0: nr_active 0 -> 1");
}
