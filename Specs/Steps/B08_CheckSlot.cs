namespace MigrationConformance.Specs;

/// <summary>Step B8: if the tree does not hold the page any more, it backs out.</summary>
/// <remarks>
/// No consistent machine comes here: whoever changes a slot needs the page lock, which the migration holds. The
/// states below are made by changing the tables behind the kernel's back.
/// </remarks>
[TestFixture, Step("B8"), KernelFunction("migrate_page_remove_references")]
[PatchLines(PatchLinesAttribute.Documentation, 97, 98), PatchLines(PatchLinesAttribute.Vmscan, 720, 728)]
public sealed class B08_CheckSlot
{
    private static readonly Scenario FilePage = Given.FilePage(index: 7);

    [Test]
    public void Goes_on_and_changes_nothing_when_the_slot_holds_the_page()
    {
        Attempt.Before(MigrationStep.CheckSlot, FilePage).ChangesNothing().StandsBefore(MigrationStep.EstablishNewPage);
    }

    [TestCase(0, TestName = "Backs_out_when_the_slot_is_empty (illegal state)")]
    [TestCase(2, TestName = "Backs_out_when_the_slot_holds_another_page (illegal state)")]
    [Reason(BackOutReason.SlotChanged)]
    public void Backs_out_when_the_slot_holds_something_else(int content)
    {
        Attempt.Before(MigrationStep.CheckSlot, FilePage)
            .Meanwhile(other => other.Machine.Slots[other.Task.RadixPointer] = content)
            .Changes("file 0: tree_lock task 0 -> free")
            .BackedOut(BackOutReason.SlotChanged)
            .Changes("page 0: -PG_locked", "page 1: -PG_locked");
    }

    [Test, Reason(BackOutReason.SlotChanged)]
    public void Backs_out_when_the_tree_is_empty_and_the_index_is_0()
    {
        // Illegal: the whole tree is gone. For index 0 the look-up answers the root pointer itself, which is NULL.
        Attempt.Before(MigrationStep.TakeTreeLock, Given.FilePage())
            .Meanwhile(other => other.File().PageTree = default)
            .GoesTo(MigrationStep.CheckSlot)
            .Changes("file 0: tree_lock task 0 -> free")
            .BackedOut(BackOutReason.SlotChanged);
    }

    [Test]
    public void Dereferences_NULL_when_the_tree_has_no_slot_for_the_index()
    {
        // Illegal as above; for an index other than 0 there is no slot at all, and the code does not test for that.
        Attempt.Before(MigrationStep.TakeTreeLock, FilePage)
            .Meanwhile(other => other.File().PageTree = default)
            .GoesTo(MigrationStep.CheckSlot)
            .HitsBug(BugCheck.RemoveReferencesNullSlot, page: 0);
    }
}
