using MigrationConformance.Core;

namespace MigrationConformance.Scenarios;

/// <summary>Sentences that begin with Given make the scenario that they read like.</summary>
[TestFixture]
public sealed class GivenSpec
{
    [Test]
    public void A_sentence_about_two_pages_makes_two_pages()
    {
        Scenario scenario = Given.AnonPage().MappedBy(2).InSwapCache(slot: 3).And.FilePage(file: 1, index: 7).WithBuffers(4).Dirty().PinnedUntil(2).To(1);

        Assert.That(scenario, Is.EqualTo(new Scenario
        {
            Pages =
            [
                new() { AnonVma = 0, MappedBy = 2, SwapCache = 3 },
                new() { File = 1, Index = 7, Buffers = ScenarioBuffer.Defaults(4), Flags = PageFlags.Uptodate | PageFlags.Dirty, References = [2] },
            ],
            To = ScenarioTo.Frames(1),
        }));
    }

    [Test]
    public void Pages_of_one_owner_take_the_next_offset()
    {
        Scenario scenario = Given.FilePage().And.FilePage(index: 7).With(page => page with { Repeat = 3 }).And.FilePage().And.FilePage(file: 1).And.AnonPage().And.AnonPage();

        Assert.That(scenario.Pages.Select(page => page.Index), Is.EqualTo(new[] { 0, 7, 10, 0, 0, 1 }));
    }

    [Test]
    public void Every_word_says_one_thing_of_the_last_page()
    {
        GivenPages first = Given.FilePage();

        Assert.That(Last(first.Referenced().Active()), Is.EqualTo(new ScenarioPage { File = 0, Flags = PageFlags.Uptodate | PageFlags.Referenced | PageFlags.Active }));
        Assert.That(Last(first.NotUptodate()), Is.EqualTo(new ScenarioPage { File = 0, Flags = PageFlags.None }));
        Assert.That(Last(first.Pinned().LockedUntil(3)), Is.EqualTo(new ScenarioPage { File = 0, References = [Until.Never], Locked = 3 }));
        Assert.That(Last(first.UnderWritebackUntil(4, fails: true)), Is.EqualTo(new ScenarioPage { File = 0, Writeback = new() { Until = 4, Fails = true } }));
        Assert.That(Last(first.WithPte(young: true).WithPte(dirty: true)), Is.EqualTo(new ScenarioPage { File = 0, Ptes = [new() { Young = true }, new() { Dirty = true, Write = true }] }));
        Assert.That(Last(first.On(PagePlace.LruAdd).Holding(6)), Is.EqualTo(new ScenarioPage { File = 0, List = PagePlace.LruAdd, Contents = 6 }));
        Assert.That(Last(Given.SwapCachePage(2).SwappedOutBy(3)), Is.EqualTo(new ScenarioPage { SwapCache = 2, SwappedBy = 3 }));
        Assert.That(Last(first), Is.EqualTo(new ScenarioPage { File = 0 }), "nothing changes in place");
    }

    [Test]
    public void Words_about_the_call_say_nothing_of_pages()
    {
        Scenario scenario = Given.FilePage().InZone(2).And.NewPage().From(0).To([1]).BeforeThePatch().FanOut(8).SwapFull().Titled("t")
            .WithFile(new() { Name = "f" }).CallerFirst(CallerAction.Drain).CallerThen(CallerAction.Putback).OthersLock(ScenarioLockKind.Swap);

        Assert.That(scenario, Is.EqualTo(new Scenario
        {
            Title = "t",
            Patch = PatchLevel.Before,
            FanOut = 8,
            Zones = 3,
            Swap = new() { Writable = false },
            Files = [new() { Name = "f" }],
            Pages = [new() { File = 0, Zone = 2 }, new() { List = PagePlace.New }],
            From = [0],
            To = ScenarioTo.List([1]),
            Before = [CallerAction.Drain],
            After = [CallerAction.Putback],
            Locks = [new(ScenarioLockKind.Swap)],
        }));
    }

    [Test]
    public void A_claim_makes_the_scenario_illegal()
    {
        Scenario scenario = Given.FilePage().Claiming(new() { Count = 5 });

        Assert.That((scenario.Illegal, ScenarioBuilder.Build(scenario).Machine.Pages[0].Count), Is.EqualTo((true, 5)));
    }

    private static ScenarioPage Last(Scenario scenario) => scenario.Pages[^1];
}
