namespace MigrationConformance.Specs;

/// <summary>Step B10: the new page gets the tree's reference, the index, the mapping and the swap entry, before anybody can find it.</summary>
[TestFixture, Step("B10"), KernelFunction("migrate_page_remove_references"), KernelFunction("get_page")]
[PatchLines(PatchLinesAttribute.Documentation, 103, 104), PatchLines(PatchLinesAttribute.Vmscan, 730, 744)]
public sealed class B10_EstablishNewPage
{
    [Test]
    public void Gives_a_file_page_one_reference_its_index_and_its_mapping_and_changes_nothing_else()
    {
        Attempt.Before(MigrationStep.EstablishNewPage, Given.FilePage(index: 7).MappedBy(1))
            .Changes("page 1: count 1 -> 2", "page 1: index 0 -> 7", "page 1: mapping NULL -> file 0")
            .StandsBefore(MigrationStep.SwitchSlot);
    }

    [Test]
    public void Gives_a_swap_cache_page_its_entry_as_well_and_keeps_its_linear_index()
    {
        Attempt.Before(MigrationStep.EstablishNewPage, Given.AnonPage(1, index: 7).InSwapCache(3).MappedBy(1))
            .Changes("page 1: count 1 -> 2", "page 1: index 0 -> 7", "page 1: mapping NULL -> anon_vma 1", "page 1: +PG_swapcache", "page 1: private 0 -> 3");
    }

    [Test]
    public void Copies_no_other_flag_yet()
    {
        Attempt attempt = Attempt.Before(MigrationStep.SwitchSlot, new()
        {
            Pages = [new() { File = 0, Flags = PageFlags.Uptodate | PageFlags.Referenced | PageFlags.Active | PageFlags.Error }],
        });

        Assert.That(attempt.Page(1).Flags, Is.EqualTo(PageFlags.Locked));
    }
}
