namespace MigrationConformance.Specs;

/// <summary>
/// Step A3: migrate_pages() is called with four lists. Pages that are done come back on the third, pages that
/// failed for good on the fourth; those that could be retried stay on the first.
/// </summary>
[TestFixture, Step("A3"), KernelFunction("migrate_pages"), PatchLines(PatchLinesAttribute.Documentation, 57, 61)]
public sealed class A3_TheCall
{
    // page 0 migrates, 1 was freed, 2 is pinned, 3 needs a swap slot and there is none
    private static readonly Scenario OneOfEach = new()
    {
        Pages =
        [
            new() { File = 0 },
            new() { List = PagePlace.Isolated },
            new() { File = 0, Index = 1, References = [Until.Never] },
            new() { AnonVma = 0, MappedBy = 1 },
        ],
        Swap = new() { Slots = 0 },
        To = ScenarioTo.Frames(3),
    };

    [Test]
    public void Every_page_ends_on_exactly_one_of_the_three_lists()
    {
        Outcome outcome = Outcome.Of(OneOfEach);

        outcome.Returned(2, passes: 11, from: [2], to: [4, 5], moved: [1, 0], failed: [3]);
        outcome.Ended(0, PageFate.Migrated, BackOutReason.None, 0);
        outcome.Ended(1, PageFate.Freed, BackOutReason.PageFreed, 0);
        outcome.Ended(2, PageFate.Retry, BackOutReason.ReferencesBeforeUnmap, 10);
        outcome.Ended(3, PageFate.Failed, BackOutReason.NoSwapSlot, 0);
    }

    [Test]
    public void To_shrinks_by_one_page_for_each_page_that_migrated()
    {
        Outcome outcome = Outcome.Of(OneOfEach with { To = ScenarioTo.Frames(9) });

        Assert.That(PageList.Walk(outcome.Machine, outcome.Result.Run.To).Count(), Is.EqualTo(8));
    }

    [Test]
    public void All_pages_keep_the_reference_of_the_isolation()
    {
        Outcome outcome = Outcome.Of(OneOfEach);

        Assert.That(outcome.Page(0).Count, Is.EqualTo(1), "moved: nothing but the isolation holds it");
        Assert.That(outcome.Page(1).Count, Is.EqualTo(1), "freed");
        Assert.That(outcome.Page(2).Count, Is.EqualTo(3), "tree, isolation, pin");
        Assert.That(outcome.Page(3).Count, Is.EqualTo(2), "page table entry, isolation");
    }

    [Test]
    public void Moved_and_failed_grow_at_their_head_and_from_keeps_its_order()
    {
        Outcome outcome = Outcome.Of(new()
        {
            Pages =
            [
                new() { File = 0, Index = 0 }, new() { File = 0, Index = 1, References = [Until.Never] },
                new() { File = 0, Index = 2 }, new() { File = 0, Index = 3, References = [Until.Never] },
                new() { AnonVma = 0, Index = 0, MappedBy = 1 }, new() { AnonVma = 0, Index = 1, MappedBy = 1 },
            ],
            Swap = new() { Slots = 0 },
            To = ScenarioTo.Frames(4),
        });

        outcome.Returned(4, passes: 11, from: [1, 3], to: [6, 7], moved: [2, 0], failed: [5, 4]);
    }

    [Test]
    public void PF_SWAPWRITE_is_set_during_the_call_and_cleared_after_it()
    {
        Attempt attempt = Attempt.Of(Given.FilePage());

        attempt.Changes("task 0: pf_swapwrite 0 -> 1");
        attempt.GoesTo(MigrationStep.FinishPass).Changes("task 0: pf_swapwrite 1 -> 0");
    }

    [Test]
    public void PF_SWAPWRITE_stays_set_when_the_caller_had_it()
    {
        Attempt attempt = Attempt.Of(Given.FilePage());
        attempt.Task.PfSwapwrite = 1;

        attempt.ChangesNothing();
        attempt.GoesTo(MigrationStep.FinishPass).ChangesNothing();
        Assert.That(attempt.Task.PfSwapwrite, Is.EqualTo(1));
    }

    [Test]
    public void An_empty_from_returns_0_after_one_pass()
    {
        Outcome.Of(new() { Pages = [], To = ScenarioTo.Frames(1) }).Returned(0, passes: 1, from: [], to: [0], moved: [], failed: []);
    }
}
