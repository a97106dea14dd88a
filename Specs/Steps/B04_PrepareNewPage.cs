namespace MigrationConformance.Specs;

/// <summary>
/// Step B4: the new page is taken and locked. It must not be uptodate, so that whoever finds it waits for its lock
/// while it is filled; no code sees to that, since an allocated page comes so.
/// </summary>
[TestFixture, Step("B4"), KernelFunction("migrate_pages")]
[PatchLines(PatchLinesAttribute.Documentation, 84, 86), PatchLines(PatchLinesAttribute.Vmscan, 843), PatchLines(PatchLinesAttribute.Vmscan, 897, 902)]
public sealed class B04_PrepareNewPage
{
    [Test]
    public void Locks_the_page_at_the_tail_of_to_and_leaves_it_there()
    {
        Attempt.Before(MigrationStep.PrepareNewPage, Given.FilePage().To(2))
            .Changes("page 2: +PG_locked", "task 0: newpage none -> page 2")
            .StandsBefore(MigrationStep.CheckPageMapping)
            .AssertLists(from: [0], to: [1, 2], moved: [], failed: []);
    }

    [Test]
    public void Does_not_make_an_uptodate_new_page_not_uptodate()
    {
        Attempt attempt = Attempt.Before(MigrationStep.PrepareNewPage, new()
        {
            Illegal = true, // an allocated page is never uptodate
            Pages = [new() { File = 0 }, new() { List = PagePlace.New, Flags = PageFlags.Uptodate }],
            From = [0],
            To = ScenarioTo.List([1]),
        });

        attempt.Changes("page 1: +PG_locked", "task 0: newpage none -> page 1");
        Assert.That(attempt.Page(1).Has(PageFlags.Uptodate), Is.True);
    }

    [Test]
    public void Waits_for_a_new_page_that_somebody_has_locked()
    {
        Attempt.Before(MigrationStep.PrepareNewPage, new()
        {
            Illegal = true, // nobody else knows an allocated page
            Pages = [new() { File = 0 }, new() { List = PagePlace.New, Locked = Until.Never }],
            From = [0],
            To = ScenarioTo.List([1]),
        }).Waits(WaitKind.PageLock, 1);
    }

    [Test]
    public void A_back_out_leaves_the_new_page_as_it_was()
    {
        Attempt attempt = Attempt.Of(Given.FilePage().Pinned());
        var start = new Machine(attempt.Machine);

        attempt.Returns(1, from: [0], to: [1], moved: [], failed: []);

        Assert.That(Changes.Between(start, attempt.Machine), Has.None.StartsWith("page 1:"));
    }

    [Test, PatchLines(PatchLinesAttribute.Vmscan, 844), PatchLines(PatchLinesAttribute.Vmscan, 904, 906), Reason(BackOutReason.NoMapping)]
    public void Afterwards_a_page_without_mapping_backs_out()
    {
        Attempt.Before(MigrationStep.CheckPageMapping, Given.TruncatedPage().Pinned())
            .ChangesNothing()
            .BackedOut(BackOutReason.NoMapping)
            .Changes("page 0: -PG_locked", "page 1: -PG_locked");
    }
}
