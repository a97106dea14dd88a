namespace MigrationConformance.Specs;

/// <summary>Step B16: the old page claims no tree any more: mapping, private, PG_swapcache, PG_private and PG_active go. The rest stays.</summary>
[TestFixture, Step("B16"), KernelFunction("migrate_page_copy")]
[PatchLines(PatchLinesAttribute.Documentation, 117, 118), PatchLines(PatchLinesAttribute.Vmscan, 778, 782)]
public sealed class B16_ClearOldPage
{
    [Test]
    public void Clears_the_mapping_of_a_file_page_and_changes_nothing_else()
    {
        Attempt.Before(MigrationStep.ClearOldPage, Given.FilePage(index: 7))
            .Changes("page 0: mapping file 0 -> NULL")
            .StandsBefore(MigrationStep.EndNewPageWriteback);
    }

    [Test]
    public void Clears_PG_swapcache_and_the_entry_of_a_swap_cache_page()
    {
        Attempt.Before(MigrationStep.ClearOldPage, Given.AnonPage().InSwapCache(3).MappedBy(1))
            .Changes("page 0: mapping anon_vma 0 -> NULL", "page 0: private 3 -> 0", "page 0: -PG_swapcache");
    }

    [Test]
    public void Clears_PG_active_which_the_new_page_has_by_now()
    {
        Attempt attempt = Attempt.Before(MigrationStep.ClearOldPage, new() { Pages = [new() { File = 0, Flags = PageFlags.Active }] })
            .Changes("page 0: mapping file 0 -> NULL", "page 0: -PG_active");

        Assert.That(attempt.Page(1).Has(PageFlags.Active), Is.True);
    }

    [Test]
    public void Clears_PG_private()
    {
        // Illegal: a page with PG_private does not come here, its buffers were released.
        Attempt.Before(MigrationStep.ClearOldPage, Given.FilePage())
            .Meanwhile(other => other.Page(0).Set(PageFlags.Private))
            .Changes("page 0: mapping file 0 -> NULL", "page 0: -PG_private");
    }

    [Test]
    public void Keeps_index_contents_count_lock_and_the_copied_flags()
    {
        const PageFlags Kept = PageFlags.Uptodate | PageFlags.Referenced | PageFlags.Error | PageFlags.Checked | PageFlags.MappedToDisk;
        Attempt attempt = Attempt.Before(MigrationStep.EndNewPageWriteback, new() { Pages = [new() { File = 0, Index = 7, Contents = 5, Flags = Kept }] });

        Page old = attempt.Page(0);
        Assert.That((old.Index, old.Contents, old.Count, old.Flags), Is.EqualTo((new Pgoff(7), 5UL, 1, Kept | PageFlags.Locked)));
    }
}
