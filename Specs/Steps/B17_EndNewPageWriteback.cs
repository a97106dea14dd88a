namespace MigrationConformance.Specs;

/// <summary>
/// Step B17: the documentation speaks of writeback that is triggered; the code would end writeback of the new page,
/// and nobody can have begun any, since the new page is locked.
/// </summary>
[TestFixture, Step("B17"), KernelFunction("migrate_page_copy")]
[PatchLines(PatchLinesAttribute.Documentation, 120), PatchLines(PatchLinesAttribute.Vmscan, 784, 790)]
public sealed class B17_EndNewPageWriteback
{
    [Test]
    public void Changes_nothing()
    {
        Attempt.Before(MigrationStep.EndNewPageWriteback, Given.FilePage().WithPte(dirty: true))
            .ChangesNothing()
            .StandsBefore(MigrationStep.RemoveFromSwap);
    }

    [Test, KernelFunction("end_page_writeback"), KernelFunction("test_clear_page_writeback")]
    public void Would_end_writeback_of_the_new_page()
    {
        // Illegal: somebody started writeback without the page lock.
        Attempt.Before(MigrationStep.EndNewPageWriteback, Given.FilePage(index: 7))
            .Meanwhile(other => Writeback.TestSetPageWriteback(other.Machine, new Pfn(1)))
            .Changes("page 1: -PG_writeback", "file 0: -[7] WRITEBACK", "global: nr_writeback 1 -> 0");
    }

    [Test]
    public void Would_wait_for_the_tree_lock()
    {
        Attempt.Before(MigrationStep.EndNewPageWriteback, Given.FilePage(index: 7))
            .Meanwhile(other => Writeback.TestSetPageWriteback(other.Machine, new Pfn(1)))
            .Meanwhile(other => other.File().TreeLock = Machine.LockedByOthers)
            .Waits(WaitKind.TreeLock, 1);
    }
}
