namespace MigrationConformance.Specs;

/// <summary>
/// Between B4 and B5, without a number in the documentation: a page that others use as well backs out before any of
/// its page table entries is touched.
/// </summary>
[TestFixture, Step("B5"), KernelFunction("migrate_page"), KernelFunction("migrate_page_remove_references")]
[PatchLines(PatchLinesAttribute.Vmscan, 673, 689), PatchLines(PatchLinesAttribute.Vmscan, 792, 803)]
public sealed class B04b_BeforeUnmapping
{
    [TestCase(0)]
    [TestCase(1)]
    [TestCase(3)]
    public void Goes_on_with_a_file_page_that_only_isolation_tree_and_entries_hold(int mappedBy)
    {
        Attempt.Before(MigrationStep.CheckReferences, Given.FilePage().MappedBy(mappedBy))
            .ChangesNothing()
            .StandsBefore(MigrationStep.TryToUnmap);
    }

    [Test, Reason(BackOutReason.ReferencesBeforeUnmap)]
    public void Backs_out_with_EAGAIN_when_the_count_is_one_too_high_and_leaves_the_entries_alone()
    {
        Attempt.Before(MigrationStep.CheckReferences, Given.FilePage().MappedBy(2).Pinned())
            .ChangesNothing()
            .BackedOut(BackOutReason.ReferencesBeforeUnmap)
            .Changes("page 0: -PG_locked", "page 1: -PG_locked")
            .Changes("task 0: retry 0 -> 1")
            .AssertLists(from: [0], to: [1], moved: [], failed: []);
    }

    [Test, Reason(BackOutReason.ReferencesBeforeUnmap)]
    public void Backs_out_when_the_count_is_one_too_low()
    {
        Attempt.Before(MigrationStep.CheckReferences, new()
        {
            Illegal = true, // a page table entry without a reference
            Pages = [new() { File = 0, MappedBy = 1, Raw = new() { Count = 2 } }],
        })
            .ChangesNothing()
            .BackedOut(BackOutReason.ReferencesBeforeUnmap);
    }

    [Test, Reason(BackOutReason.MappingGoneBeforeUnmap)]
    public void Backs_out_when_the_mapping_is_gone()
    {
        // Illegal: the page lock keeps the mapping from going after it was looked at last.
        Attempt.Before(MigrationStep.CheckReferences, Given.FilePage())
            .Meanwhile(other => other.Page(0).Mapping = MappingPtr.Null)
            .ChangesNothing()
            .BackedOut(BackOutReason.MappingGoneBeforeUnmap);
    }

    [Test]
    public void A_page_under_writeback_is_a_BUG()
    {
        // Illegal: writeback starts under the page lock only.
        Attempt.Before(MigrationStep.CheckReferences, Given.FilePage())
            .Meanwhile(other => other.Page(0).Set(PageFlags.Writeback))
            .HitsBug(BugCheck.MigratePageWriteback, page: 0);
    }

    [TestCase(0, 0)]
    [TestCase(5, 5)]
    [TestCase(10, 10)]
    public void A_reference_that_goes_with_a_pass_lets_the_page_migrate_in_it(int until, int pass)
    {
        Outcome.Of(Given.FilePage().MappedBy(1).PinnedUntil(until)).Migrated(pass);
    }

    [Test, Reason(BackOutReason.ReferencesBeforeUnmap)]
    public void A_reference_that_never_goes_makes_it_back_out_eleven_times_with_its_entries_in_place()
    {
        Outcome outcome = Outcome.Of(Given.FilePage().MappedBy(1).Pinned());

        outcome.NeverMigrated(BackOutReason.ReferencesBeforeUnmap);
        Assert.That(outcome.Page(0).Mapcount, Is.EqualTo(1));
    }
}
