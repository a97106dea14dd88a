namespace MigrationConformance.Specs;

/// <summary>Step B13: the tree lock is dropped. From here on others find the new page, which is locked and not uptodate.</summary>
[TestFixture, Step("B13"), KernelFunction("migrate_page_remove_references")]
[PatchLines(PatchLinesAttribute.Documentation, 111), PatchLines(PatchLinesAttribute.Vmscan, 748, 751)]
public sealed class B13_DropTreeLock
{
    [Test]
    public void Frees_the_tree_lock_and_changes_nothing_else()
    {
        Attempt.Before(MigrationStep.DropTreeLock, Given.FilePage())
            .Changes("file 0: tree_lock task 0 -> free")
            .StandsBefore(MigrationStep.CopyContents);
    }

    [Test]
    public void Frees_the_tree_lock_of_swapper_space()
    {
        Attempt.Before(MigrationStep.DropTreeLock, Given.AnonPage().InSwapCache().MappedBy(1))
            .Changes("swapper_space: tree_lock task 0 -> free");
    }

    [Test]
    public void Whoever_looks_the_page_up_now_finds_a_new_page_that_is_locked_and_not_uptodate()
    {
        Attempt attempt = Attempt.Before(MigrationStep.CopyContents, Given.FilePage(index: 7));

        Pfn found = Filemap.FindGetPage(attempt.Machine, new MappingId(1), 7);

        Assert.That(found, Is.EqualTo(new Pfn(1)));
        Assert.That(attempt.Page(1).Flags, Is.EqualTo(PageFlags.Locked));
        attempt.Returns(0, from: [], to: [], moved: [0], failed: []);
    }
}
