namespace MigrationConformance.Specs;

/// <summary>Step B2: writeback of the page must be complete. Pass 0 gives up instead of waiting, later passes wait.</summary>
[TestFixture, Step("B2"), KernelFunction("migrate_pages"), PatchLines(PatchLinesAttribute.Documentation, 78)]
public sealed class B02_WaitOnWriteback
{
    [Test]
    public void Changes_nothing_for_a_page_that_is_not_being_written()
    {
        Attempt.Before(MigrationStep.WaitOnWriteback, Given.FilePage())
            .ChangesNothing()
            .StandsBefore(MigrationStep.PrepareNewPage);
    }

    [Test, Reason(BackOutReason.UnderWriteback)]
    public void Backs_out_in_pass_0_and_unlocks_the_page()
    {
        Attempt.Before(MigrationStep.WaitOnWriteback, Written(Until.Waited), pass: 0)
            .Changes("page 0: -PG_locked")
            .BackedOut(BackOutReason.UnderWriteback, next: MigrationStep.FinishPage)
            .AssertLists(from: [0], to: [1], moved: [], failed: []);
    }

    [Test]
    public void Waits_in_pass_1_holding_the_page_lock()
    {
        Attempt attempt = Attempt.Before(MigrationStep.WaitOnWriteback, Written(Until.Never), pass: 1).Waits(WaitKind.Writeback, 0);

        Assert.That(attempt.Page(0).Has(PageFlags.Locked), Is.True);
    }

    [Test, KernelFunction("end_page_writeback")]
    public void Goes_on_in_pass_1_when_the_write_completes_whose_tag_goes()
    {
        Attempt.Before(MigrationStep.WaitOnWriteback, Written(Until.Waited), pass: 1)
            .Changes("page 0: -PG_writeback", "file 0: -[7] WRITEBACK", "global: nr_writeback 1 -> 0", "hold 0 Writeback of page 0 -> none",
                "file 0: block 7 1 -> 9")
            .StandsBefore(MigrationStep.PrepareNewPage);
    }

    [Test]
    public void Waits_while_another_task_has_the_tree_lock_that_the_end_of_the_write_needs()
    {
        Attempt.Before(MigrationStep.WaitOnWriteback, Written(Until.Waited), pass: 1)
            .Meanwhile(other => other.File().TreeLock = 2)
            .Waits(WaitKind.TreeLock, 1);
    }

    [TestCase(0, 0)]
    [TestCase(1, 1)]
    [TestCase(Until.Waited, 1)]
    public void Migrates_in_the_first_pass_that_finds_or_awaits_the_end_of_the_write(int until, int pass)
    {
        Outcome.Of(Written(until)).Migrated(pass);
    }

    [Test]
    public void A_failed_write_leaves_PG_error_which_moves_with_the_page()
    {
        Outcome outcome = Outcome.Of(new()
        {
            Pages = [new() { File = 0, Index = 7, Writeback = new() { Until = Until.Waited, Fails = true } }],
        });

        outcome.Migrated(pass: 1);
        Assert.That(outcome.Page(1).Has(PageFlags.Error), Is.True);
    }

    private static Scenario Written(int until) => new() { Pages = [new() { File = 0, Index = 7, Writeback = new() { Until = until, Contents = 9 } }] };
}
