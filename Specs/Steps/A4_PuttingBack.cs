namespace MigrationConformance.Specs;

/// <summary>
/// Step A4: the caller gives what is left on the lists back to the LRU, or disposes of it otherwise; all pages
/// still carry the reference that the isolation took.
/// </summary>
[TestFixture, Step("A4"), KernelFunction("putback_lru_pages"), KernelFunction("move_to_lru"), PatchLines(PatchLinesAttribute.Documentation, 63, 66)]
public sealed class A4_PuttingBack
{
    [Test]
    public void The_isolations_reference_becomes_the_pagevecs_and_the_list_is_empty()
    {
        ScenarioMachine run = ScenarioBuilder.Build(Given.FilePage());
        var before = new Machine(run.Machine);

        Assert.That(LruIsolation.PutbackLruPages(run.Machine, 0, run.From), Is.EqualTo(1));

        Changes.AssertExactly(before, run.Machine, "from 0 -> empty", "cpu 0: lru_add empty -> 0");
    }

    [Test]
    public void An_active_page_loses_PG_active_until_its_pagevec_is_drained()
    {
        ScenarioMachine run = ScenarioBuilder.Build(Given.FilePage().Active());
        var before = new Machine(run.Machine);

        LruIsolation.PutbackLruPages(run.Machine, 0, run.From);
        Changes.AssertExactly(before, run.Machine, "from 0 -> empty", "page 0: -PG_active", "cpu 0: lru_add_active empty -> 0");

        before = new Machine(run.Machine);
        Lru.LruAddDrain(run.Machine, 0);
        Changes.AssertExactly(before, run.Machine, "page 0: +PG_active", "page 0: +PG_lru", "page 0: count 2 -> 1",
            "cpu 0: lru_add_active 0 -> empty", "zone 0: active_list empty -> 0", "zone 0: nr_active 0 -> 1");
    }

    [Test]
    public void Pages_go_back_in_list_order_and_are_counted()
    {
        ScenarioMachine run = ScenarioBuilder.Build(new() { Pages = [new() { File = 0 }, new() { File = 0, Index = 1 }, new() { File = 0, Index = 2 }] });

        Assert.That(LruIsolation.PutbackLruPages(run.Machine, 0, run.From), Is.EqualTo(3));

        Assert.That(run.Machine.Pagevecs[0].LruAdd.Pages[..3].ToArray(), Is.EqualTo(new[] { 0, 1, 2 }));
    }

    [Test]
    public void A_migrated_old_page_is_freed_when_its_pagevec_is_drained()
    {
        Outcome outcome = Outcome.Of(new() { Pages = [new() { File = 0 }], After = [CallerAction.Putback, CallerAction.Drain] });

        Assert.That(outcome.Result.End, Is.EqualTo(StepResult.Finished));
        Assert.That((outcome.Page(0).Count, outcome.Page(0).Has(PageFlags.Lru)), Is.EqualTo((0, false)));
        Assert.That((outcome.Page(1).Count, outcome.Page(1).Has(PageFlags.Lru)), Is.EqualTo((1, true)));
        Assert.That((outcome.Machine.Zones[0].NrInactive, outcome.Machine.Zones[0].NrActive), Is.EqualTo((1, 0)));
    }

    [Test]
    public void A_page_that_stayed_on_from_is_back_on_the_LRU_with_one_reference_less()
    {
        Outcome outcome = Outcome.Of(new()
        {
            Pages = [new() { File = 0, References = [Until.Never] }],
            After = [CallerAction.Putback, CallerAction.Drain],
        });

        Assert.That((outcome.Page(0).Count, outcome.Page(0).Has(PageFlags.Lru)), Is.EqualTo((2, true)), "tree and pin");
        Assert.That(PageList.First(outcome.Machine, outcome.Machine.Zones[0].InactiveList), Is.EqualTo(new Pfn(0)));
    }

    [Test]
    public void A_caller_that_forgets_a_list_leaves_its_pages_isolated()
    {
        Outcome outcome = Outcome.Of(new() { Pages = [new() { File = 0, References = [Until.Never] }], After = [CallerAction.Drain] });

        Assert.That((outcome.Page(0).Count, outcome.Page(0).Has(PageFlags.Lru)), Is.EqualTo((3, false)));
    }
}
