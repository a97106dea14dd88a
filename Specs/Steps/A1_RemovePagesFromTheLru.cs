namespace MigrationConformance.Specs;

/// <summary>
/// Step A1: the caller scans for pages and takes each off its LRU list with isolate_lru_page(), which holds the
/// page by one more reference so that it cannot vanish.
/// </summary>
[TestFixture, Step("A1"), KernelFunction("isolate_lru_page"), PatchLines(PatchLinesAttribute.Documentation, 43, 52)]
public sealed class A1_RemovePagesFromTheLru
{
    [Test]
    public void Takes_an_inactive_page_off_its_list_with_one_more_reference_and_changes_nothing_else()
    {
        Machine m = OnLru(PageFlags.Uptodate);
        var before = new Machine(m);

        Assert.That(LruIsolation.IsolateLruPage(m, new Pfn(0)), Is.EqualTo(1));

        Changes.AssertExactly(before, m,
            "page 0: -PG_lru", "page 0: count 1 -> 2", "zone 0: inactive_list 1 0 -> 1", "zone 0: nr_inactive 2 -> 1");
    }

    [Test]
    public void Takes_an_active_page_off_the_active_list_and_keeps_PG_active()
    {
        Machine m = OnLru(PageFlags.Uptodate | PageFlags.Active);
        var before = new Machine(m);

        Assert.That(LruIsolation.IsolateLruPage(m, new Pfn(0)), Is.EqualTo(1));

        Changes.AssertExactly(before, m,
            "page 0: -PG_lru", "page 0: count 1 -> 2", "zone 0: active_list 0 -> empty", "zone 0: nr_active 1 -> 0");
    }

    [TestCase(PagePlace.LruAdd)]
    [TestCase(PagePlace.LruAddActive)]
    [TestCase(PagePlace.Isolated)]
    public void Answers_0_and_changes_nothing_for_a_page_that_is_not_on_the_LRU(PagePlace place)
    {
        Machine m = ScenarioBuilder.Build(new() { Pages = [new() { File = 0, List = place }], From = [] }).Machine;
        var before = new Machine(m);

        Assert.That(LruIsolation.IsolateLruPage(m, new Pfn(0)), Is.EqualTo(0));

        Changes.AssertExactly(before, m);
    }

    [Test]
    public void A_page_in_a_pagevec_can_be_isolated_once_the_pagevecs_are_drained()
    {
        Outcome outcome = Outcome.Of(new()
        {
            Pages = [new() { File = 0, List = PagePlace.LruAdd }],
            From = [0],
            Before = [CallerAction.Drain, CallerAction.Isolate],
        });

        outcome.Migrated(pass: 0);
    }

    [Test]
    public void A_page_cannot_be_isolated_twice()
    {
        Machine m = OnLru(PageFlags.Uptodate);
        LruIsolation.IsolateLruPage(m, new Pfn(0));

        Assert.That(LruIsolation.IsolateLruPage(m, new Pfn(0)), Is.EqualTo(0));
        Assert.That(m.Pages[0].Count, Is.EqualTo(2));
    }

    // Page 0 is the page at work; page 1 is a neighbour on the inactive list, which is to stay there.
    private static Machine OnLru(PageFlags flags)
    {
        Machine m = ScenarioBuilder.Build(new()
        {
            Pages = [new() { File = 0, Flags = flags, List = PagePlace.Lru }, new() { File = 0, Index = 1, List = PagePlace.Lru }],
        }).Machine;
        if ((flags & PageFlags.Active) == 0)
        {
            PageList.Del(m, new Pfn(0));
            PageList.AddTail(m, new Pfn(0), m.Zones[0].InactiveList);
        }
        return m;
    }
}
