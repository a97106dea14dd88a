namespace MigrationConformance.Specs;

/// <summary>Step A2: the caller makes a list of freshly allocated pages; the contents of the first list will move there.</summary>
[TestFixture, Step("A2"), KernelFunction("migrate_pages"), PatchLines(PatchLinesAttribute.Documentation, 54, 55)]
public sealed class A2_ListOfNewPages
{
    [Test]
    public void Pages_are_taken_from_the_tail_so_the_first_old_page_gets_the_last_new_one()
    {
        Outcome outcome = Outcome.Of(new()
        {
            Pages = [new() { File = 0, Index = 0 }, new() { File = 0, Index = 1 }],
            To = ScenarioTo.Frames(2),
        });

        outcome.Returned(0, passes: 1, from: [], to: [], moved: [1, 0], failed: []);
        Assert.That(outcome.Page(3).Contents, Is.EqualTo(1), "the tail of to has what page 0 had");
        Assert.That(outcome.Page(2).Contents, Is.EqualTo(2), "the head of to has what page 1 had");
    }

    [Test]
    public void More_new_pages_than_needed_stay_on_to_untouched()
    {
        Attempt attempt = Attempt.Of(Given.FilePage().To(3));
        var start = new Machine(attempt.Machine);

        attempt.Returns(0, from: [], to: [1, 2], moved: [0], failed: []);

        Assert.That(Changes.Between(start, attempt.Machine), Has.None.StartsWith("page 1:").And.None.StartsWith("page 2:"));
    }

    [Test]
    public void A_new_page_left_over_by_a_back_out_serves_the_next_old_page()
    {
        Outcome outcome = Outcome.Of(new()
        {
            Pages = [new() { File = 0, Index = 0, References = [Until.Never] }, new() { File = 0, Index = 1 }],
            To = ScenarioTo.Frames(1),
        });

        // The pass that follows finds to empty at page 0, and so counts nothing.
        outcome.Returned(0, passes: 2, from: [0], to: [], moved: [1], failed: []);
        Assert.That(outcome.Page(2).Contents, Is.EqualTo(2));
    }

    [Test]
    public void A_freed_page_takes_no_new_page()
    {
        Outcome outcome = Outcome.Of(new()
        {
            Pages = [new() { List = PagePlace.Isolated }, new() { File = 0 }],
            To = ScenarioTo.Frames(1),
        });

        outcome.Returned(0, passes: 1, from: [], to: [], moved: [1, 0], failed: []);
        Assert.That(outcome.Page(2).Contents, Is.EqualTo(2));
    }
}
