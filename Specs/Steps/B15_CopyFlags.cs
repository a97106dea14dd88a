namespace MigrationConformance.Specs;

/// <summary>
/// Step B15: the remaining flags are copied; they are only ever set on the new page, never cleared. PG_dirty is
/// moved, with the counter and the tag that belong to it.
/// </summary>
[TestFixture, Step("B15"), KernelFunction("migrate_page_copy")]
[PatchLines(PatchLinesAttribute.Documentation, 115), PatchLines(PatchLinesAttribute.Vmscan, 760, 776)]
public sealed class B15_CopyFlags
{
    [TestCase(PageFlags.Error)]
    [TestCase(PageFlags.Referenced)]
    [TestCase(PageFlags.Uptodate)]
    [TestCase(PageFlags.Active)]
    [TestCase(PageFlags.Checked)]
    [TestCase(PageFlags.MappedToDisk)]
    public void Copies_the_flag_and_keeps_it_on_the_old_page(PageFlags flag)
    {
        Attempt.Before(MigrationStep.CopyFlags, new() { Pages = [new() { File = 0, Flags = flag }] })
            .Changes($"page 1: +PG_{flag.ToString().ToLowerInvariant()}")
            .StandsBefore(MigrationStep.ClearOldPage);
    }

    [TestCase(PageFlags.Slab)]
    [TestCase(PageFlags.Arch1)]
    [TestCase(PageFlags.Reserved)]
    [TestCase(PageFlags.Nosave)]
    [TestCase(PageFlags.Compound)]
    [TestCase(PageFlags.Reclaim)]
    [TestCase(PageFlags.NosaveFree)]
    [TestCase(PageFlags.Uncached)]
    [TestCase(PageFlags.Lru)]
    [TestCase(PageFlags.Private)]
    [TestCase(PageFlags.Writeback)]
    public void Does_not_copy_the_flag(PageFlags flag)
    {
        // Some of these cannot be set here on a consistent machine: the bit is set behind the kernel's back.
        Attempt.Before(MigrationStep.CopyFlags, new() { Pages = [new() { File = 0, Flags = PageFlags.None }] })
            .Meanwhile(other => other.Page(0).Set(flag))
            .ChangesNothing();
    }

    [Test]
    public void Clears_no_flag_of_the_new_page()
    {
        Attempt.Before(MigrationStep.CopyFlags, new() { Pages = [new() { File = 0, Flags = PageFlags.None }] })
            .Meanwhile(reader => reader.Page(1).Set(PageFlags.Referenced))
            .ChangesNothing();
    }

    [Test]
    public void Copies_all_six_at_once()
    {
        Attempt.Before(MigrationStep.CopyFlags, new()
        {
            Pages = [new() { File = 0, Flags = PageFlags.Error | PageFlags.Referenced | PageFlags.Uptodate | PageFlags.Active | PageFlags.Checked | PageFlags.MappedToDisk }],
        }).Changes("page 1: +PG_error", "page 1: +PG_referenced", "page 1: +PG_uptodate", "page 1: +PG_active", "page 1: +PG_checked", "page 1: +PG_mappedtodisk");
    }

    [Test, KernelFunction("clear_page_dirty_for_io"), KernelFunction("set_page_dirty")]
    public void Moves_PG_dirty_while_the_tag_stays_and_nr_dirty_comes_back_to_its_value()
    {
        Attempt.Before(MigrationStep.CopyFlags, DirtyEntry)
            .Changes("page 1: +PG_uptodate")
            .StandsBefore(MigrationStep.TransferDirty)
            .Changes("page 0: -PG_dirty", "page 1: +PG_dirty")
            .StandsBefore(MigrationStep.ClearOldPage);
    }

    [Test]
    public void Tags_a_swap_cache_page_that_had_PG_dirty_without_a_tag()
    {
        // add_to_swap sets the bare bit; the transfer goes through set_page_dirty.
        Attempt.Before(MigrationStep.TransferDirty, Given.AnonPage().InSwapCache(3).WithPte(dirty: true))
            .Meanwhile(other => RadixTree.TagClear(other.Machine, ref other.Swapper.PageTree, 3, PagecacheTag.Dirty))
            .Changes("page 0: -PG_dirty", "page 1: +PG_dirty", "swapper_space: +[3] DIRTY");
    }

    [Test]
    public void Marks_the_inode_dirty()
    {
        Attempt.Before(MigrationStep.TransferDirty, DirtyEntry)
            .Meanwhile(other => other.File().Flags &= ~MappingFlags.InodeDirty)
            .Changes("page 0: -PG_dirty", "page 1: +PG_dirty", "file 0: flags AccountsDirty -> AccountsDirty, InodeDirty");
    }

    [Test]
    public void Waits_for_the_tree_lock_that_the_transfer_needs()
    {
        Attempt.Before(MigrationStep.TransferDirty, DirtyEntry)
            .Meanwhile(other => other.File().TreeLock = Machine.LockedByOthers)
            .Waits(WaitKind.TreeLock, 1);
    }

    // Clean when it is looked at, so it is not written; the dirty bit of its entry makes it dirty in step B5.
    private static Scenario DirtyEntry => Given.FilePage(index: 7).WithPte(dirty: true);
}
