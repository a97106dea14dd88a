namespace MigrationConformance.Specs;

/// <summary>Step B19: both page locks are dropped, for a page that migrated and for one that backed out.</summary>
[TestFixture, Step("B19"), KernelFunction("migrate_pages"), KernelFunction("unlock_page")]
[PatchLines(PatchLinesAttribute.Documentation, 124), PatchLines(PatchLinesAttribute.Vmscan, 948, 949)]
public sealed class B19_DropLocks
{
    [Test]
    public void Unlocks_both_pages_of_a_migration_and_changes_nothing_else()
    {
        Attempt.Before(MigrationStep.DropLocks, Given.FilePage())
            .Changes("page 0: -PG_locked", "page 1: -PG_locked")
            .StandsBefore(MigrationStep.MoveToLru);
    }

    [Test]
    public void Unlocks_both_pages_of_a_back_out_and_does_not_go_on_to_the_LRU()
    {
        Attempt.Before(MigrationStep.DropLocks, Given.FilePage().Pinned())
            .Changes("page 0: -PG_locked", "page 1: -PG_locked")
            .StandsBefore(MigrationStep.FinishPage);
    }

    [TestCase(0)]
    [TestCase(1)]
    public void An_unlocked_page_is_a_BUG(int page)
    {
        // Illegal: somebody unlocked a page that the migration has locked.
        Attempt.Before(MigrationStep.DropLocks, Given.FilePage())
            .Meanwhile(other => other.Page(page).Clear(PageFlags.Locked))
            .HitsBug(BugCheck.UnlockPageNotLocked, page);
    }

    [Test]
    public void Unlocks_the_new_page_first()
    {
        // Illegal: when the old page is found unlocked, the new one has been unlocked already.
        Attempt attempt = Attempt.Before(MigrationStep.DropLocks, Given.FilePage())
            .Meanwhile(other => other.Page(0).Clear(PageFlags.Locked))
            .HitsBug(BugCheck.UnlockPageNotLocked, page: 0);

        Assert.That(attempt.Page(1).Has(PageFlags.Locked), Is.False);
    }
}
