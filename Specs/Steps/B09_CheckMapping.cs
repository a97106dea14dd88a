namespace MigrationConformance.Specs;

/// <summary>Step B9: if the mapping is gone, a truncation may be under way, and the page backs out.</summary>
/// <remarks>
/// No consistent machine comes here: truncation needs the page lock, which the migration holds, so a truncated page
/// is found earlier. The states below are made by changing the tables behind the kernel's back.
/// </remarks>
[TestFixture, Step("B9"), KernelFunction("migrate_page_remove_references")]
[PatchLines(PatchLinesAttribute.Documentation, 100, 101), PatchLines(PatchLinesAttribute.Vmscan, 724, 728)]
public sealed class B09_CheckMapping
{
    private static readonly Scenario FilePage = Given.FilePage(index: 7);

    [Test]
    public void Goes_on_and_changes_nothing_when_the_page_has_its_mapping()
    {
        Attempt.Before(MigrationStep.CheckMapping, FilePage).ChangesNothing().StandsBefore(MigrationStep.CheckCount);
    }

    [Test, Reason(BackOutReason.MappingGone)]
    public void Backs_out_when_the_mapping_is_gone()
    {
        Attempt.Before(MigrationStep.CheckMapping, FilePage)
            .Meanwhile(other => other.Page(0).Mapping = MappingPtr.Null)
            .Changes("file 0: tree_lock task 0 -> free")
            .BackedOut(BackOutReason.MappingGone)
            .Changes("page 0: -PG_locked", "page 1: -PG_locked")
            .Changes("task 0: retry 0 -> 1");
    }

    [Test, Reason(BackOutReason.MappingGone)]
    public void Backs_out_when_an_anonymous_page_left_the_swap_cache()
    {
        Attempt.Before(MigrationStep.CheckMapping, Given.AnonPage().InSwapCache().SwappedOutBy(1))
            .Meanwhile(other => other.Page(0).Clear(PageFlags.SwapCache))
            .Changes("swapper_space: tree_lock task 0 -> free")
            .BackedOut(BackOutReason.MappingGone);
    }

    [Test, Reason(BackOutReason.MappingGone)]
    public void Comes_before_the_count_and_the_slot_in_the_code()
    {
        // Everything is wrong at once; were the slot tested first, its NULL would be dereferenced.
        Attempt.Before(MigrationStep.TakeTreeLock, FilePage)
            .Meanwhile(other => (other.Page(0).Mapping, other.Page(0).Count, other.File().PageTree) = (MappingPtr.Null, 5, default))
            .GoesTo(MigrationStep.CheckMapping)
            .Changes("file 0: tree_lock task 0 -> free")
            .BackedOut(BackOutReason.MappingGone);
    }

    [Test, Reason(BackOutReason.ReferencesRemain), Step("B7"), Step("B8")]
    public void The_count_comes_before_the_slot()
    {
        Attempt.Before(MigrationStep.TakeTreeLock, FilePage)
            .Meanwhile(other => (other.Page(0).Count, other.File().PageTree) = (5, default))
            .GoesTo(MigrationStep.CheckCount)
            .Changes("file 0: tree_lock task 0 -> free")
            .BackedOut(BackOutReason.ReferencesRemain);
    }
}
