namespace MigrationConformance.Specs;

/// <summary>Step B12: the old page loses the tree's reference by a plain decrement that never frees; the isolation's remains.</summary>
[TestFixture, Step("B12"), KernelFunction("__put_page")]
[PatchLines(PatchLinesAttribute.Documentation, 108, 109), PatchLines(PatchLinesAttribute.Vmscan, 747)]
public sealed class B12_DropTreeReference
{
    [Test]
    public void Lowers_the_old_pages_count_to_1_and_changes_nothing_else()
    {
        Attempt.Before(MigrationStep.DropTreeReference, Given.FilePage().MappedBy(2))
            .Changes("page 0: count 2 -> 1")
            .StandsBefore(MigrationStep.DropTreeLock);
    }

    [Test]
    public void Does_not_happen_when_the_page_backs_out()
    {
        Attempt attempt = Attempt.Before(MigrationStep.TakeTreeLock, Given.FilePage())
            .Meanwhile(other => other.Page(0).Count++)
            .GoesTo(MigrationStep.FinishPage);

        Assert.That(attempt.Page(0).Count, Is.EqualTo(3));
    }
}
