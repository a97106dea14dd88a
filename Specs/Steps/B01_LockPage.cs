namespace MigrationConformance.Specs;

/// <summary>Step B1: the page is locked. The first passes only try, later ones wait for the lock.</summary>
[TestFixture, Step("B1"), KernelFunction("migrate_pages"), PatchLines(PatchLinesAttribute.Documentation, 68, 76)]
public sealed class B01_LockPage
{
    [Test]
    public void Sets_the_page_lock_and_changes_nothing_else()
    {
        Attempt.Before(MigrationStep.LockPage, Given.FilePage(index: 7).MappedBy(2))
            .Changes("page 0: +PG_locked")
            .StandsBefore(MigrationStep.WaitOnWriteback);
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(2)]
    [Reason(BackOutReason.PageLocked)]
    public void Backs_out_of_a_locked_page_in_passes_0_1_and_2(int pass)
    {
        Attempt.Before(MigrationStep.LockPage, Locked(Until.Never), pass)
            .ChangesNothing()
            .BackedOut(BackOutReason.PageLocked, next: MigrationStep.FinishPage)
            .Changes($"task 0: retry 0 -> 1")
            .AssertLists(from: [0], to: [1], moved: [], failed: []);
    }

    [Test]
    public void Waits_for_the_lock_in_pass_3()
    {
        Attempt.Before(MigrationStep.LockPage, Locked(Until.Never), pass: 3).Waits(WaitKind.PageLock, 0);
    }

    [Test]
    public void Takes_the_lock_in_pass_3_when_waiting_ends_it()
    {
        Attempt.Before(MigrationStep.LockPage, Locked(Until.Waited), pass: 3)
            .Changes("hold 0 PageLock of page 0 -> none")
            .StandsBefore(MigrationStep.WaitOnWriteback);
    }

    [TestCase(0, 0)]
    [TestCase(1, 1)]
    [TestCase(2, 2)]
    [TestCase(3, 3)]
    [TestCase(4, 3)]
    [TestCase(Until.Waited, 3)]
    public void Migrates_in_the_pass_in_which_the_lock_is_let_go_or_waited_for(int until, int pass)
    {
        Outcome.Of(Locked(until)).Migrated(pass);
    }

    [Test]
    public void Other_pages_behind_a_locked_one_wait_too()
    {
        Outcome outcome = Outcome.Of(new()
        {
            Pages = [new() { File = 0, Locked = Until.Never }, new() { File = 0, Index = 1, References = [3] }],
        });

        outcome.Blocked(WaitKind.PageLock, 0, pass: 3);
        Assert.That(PageList.Walk(outcome.Machine, outcome.Result.Run.From), Is.EqualTo(new[] { new Pfn(0), new Pfn(1) }));
    }

    private static Scenario Locked(int until) => Given.FilePage().LockedUntil(until);
}
