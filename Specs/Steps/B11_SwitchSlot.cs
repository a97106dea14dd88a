namespace MigrationConformance.Specs;

/// <summary>Step B11: the slot of the tree points to the new page. Counts, height and tags of the tree stay, so the new page inherits the tags.</summary>
[TestFixture, Step("B11"), KernelFunction("migrate_page_remove_references")]
[PatchLines(PatchLinesAttribute.Documentation, 106), PatchLines(PatchLinesAttribute.Vmscan, 746)]
public sealed class B11_SwitchSlot
{
    [TestCase(0UL)]
    [TestCase(7UL)]
    [TestCase(63UL)]
    [TestCase(64UL)]
    [TestCase(4095UL)]
    [TestCase(4096UL)]
    [TestCase(ulong.MaxValue)]
    public void Puts_the_new_page_where_the_old_one_was_and_changes_nothing_else(ulong index)
    {
        // Neighbours in the same leaf, on both sides where there is one.
        List<ScenarioPage> pages = [new() { File = 0, Index = index }];
        if (index > 0)
            pages.Add(new() { File = 0, Index = index - 1, List = PagePlace.Lru });
        if (index < ulong.MaxValue)
            pages.Add(new() { File = 0, Index = index + 1, List = PagePlace.Lru });

        Attempt.Before(MigrationStep.SwitchSlot, new() { Pages = [.. pages], From = [0] })
            .Changes($"file 0: [{index}] page 0 -> page {pages.Count}")
            .StandsBefore(MigrationStep.DropTreeReference);
    }

    [Test]
    public void Uses_the_entry_as_index_for_a_swap_cache_page()
    {
        Attempt.Before(MigrationStep.SwitchSlot, Given.AnonPage(index: 7).InSwapCache(3).MappedBy(1))
            .Changes("swapper_space: [3] page 0 -> page 1");
    }

    [Test]
    public void The_DIRTY_tag_stays_with_the_slot()
    {
        Attempt attempt = Attempt.Before(MigrationStep.SwitchSlot, Given.FilePage(index: 7).WithPte(dirty: true))
            .Changes("file 0: [7] page 0 -> page 1");

        Assert.That(RadixTree.TagGet(attempt.Machine, attempt.File().PageTree, 7, PagecacheTag.Dirty), Is.True);
    }
}
