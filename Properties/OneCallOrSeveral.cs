using CsCheck;
using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>
/// A list migrated in one call, or in two halves and then what is left of both. The machines are equal, byte for byte,
/// when no page's attempts differ from pass to pass: each moves in pass 0 or never. When others let go of something in a
/// later pass, pages move in another order and get other new pages, but what becomes of each page is the same; and where
/// a page has buffers not even that, since after pass 4 a call swaps out what it could not move. New pages must suffice: an
/// empty <c>to</c> ends a call, and freed pages behind that point are found by the next one only.
/// </summary>
[TestFixture]
public sealed class OneCallOrSeveral
{
    private static readonly Gen<Scenario> PassesDoNotMatter = MachineGen.Machine.Select(draw => Drawn.Scenario(draw with
    {
        To = -1,
        Lock = null,
        Caller = CallerDraw.Plain,
        Pages = [.. draw.Pages.Select(page => page with
        {
            Dirty = false,
            Locked = -1,
            Writeback = -1,
            Buffers = [],
            References = [.. page.References.Select(_ => Until.Never)],
            // Entries of file pages dirty them, and then they are written; those of swap cache pages too.
            Entries = [.. page.Entries.Select(entry => entry is 3 or 4 ? 2 : entry)],
            Class = page.Class is PageClass.Anon or PageClass.Readahead ? PageClass.AnonSwapCache : page.Class,
            Place = PagePlace.Isolated,
        })],
        // A sweep of a non-linear VMA goes one cluster further with each attempt.
        Vmas = [.. draw.Vmas.Select(vma => vma with { Nonlinear = false })],
    }));

    private static readonly Gen<Scenario> PassesMatter = MachineGen.Machine.Select(draw => Drawn.Scenario(draw with
    {
        To = -1,
        Lock = null,
        Caller = CallerDraw.Plain,
        Pages = [.. draw.Pages.Select(page => page with
        {
            Buffers = [],
            References = [.. page.References.Select(InTime)],
            // Who waits for ever is in the way of those behind it.
            Locked = page.Locked == Until.Never ? -1 : InTime(page.Locked),
            Writeback = page.Writeback == Until.Never ? -1 : InTime(page.Writeback),
            Class = page.Class is PageClass.Readahead or PageClass.Tmpfs ? PageClass.File : page.Class,
            Place = PagePlace.Isolated,
        })],
        Files = [.. draw.Files.Select(file => file with { Completes = Until.Waited })],
        Swap = draw.Swap with { Slots = -1, Completes = Until.Waited },
        Vmas = [.. draw.Vmas.Select(vma => vma with { Nonlinear = false })],
    }));

    // What ends in the last passes leaves a call too few of them: a dirty page takes one to be written and one to move.
    private static int InTime(int end) => end is 9 or 10 ? 8 : end;

    [Test]
    public void Where_passes_do_not_matter_the_machines_are_equal()
    {
        int moved = 0, left = 0;
        Property.Holds(PassesDoNotMatter, 1_500, "one call or several end in equal machines", scenario =>
        {
            ScenarioMachine one = InOneCall(scenario);
            moved += PageList.Walk(one.Machine, one.Moved).Count();
            left += PageList.Walk(one.Machine, one.From).Count();
            one.Machine.Tasks.Count = 0;
            return Cuts(scenario).All(cut =>
            {
                ScenarioMachine several = InSeveral(scenario, cut);
                several.Machine.Tasks.Count = 0;
                return one.Machine.Equals(several.Machine);
            });
        });

        if (Knobs.IsShort)
            return;
        Assert.That(moved, Is.GreaterThan(200));
        Assert.That(left, Is.GreaterThan(50));
    }

    [Test]
    public void Where_they_matter_the_same_becomes_of_each_page() =>
        Property.Holds(PassesMatter, 1_500, "one call or several do the same to each page", scenario =>
        {
            string[] one = [.. Lists(InOneCall(scenario))];
            return Cuts(scenario).All(cut => Lists(InSeveral(scenario, cut)).SequenceEqual(one));
        });

    // How many pages the first of several calls gets: none, all, and each number between.
    private static IEnumerable<int> Cuts(Scenario scenario) => Enumerable.Range(0, scenario.Pages.Count + 1);

    private static ScenarioMachine InOneCall(Scenario scenario)
    {
        ScenarioMachine run = ScenarioBuilder.Build(scenario);
        run.Machine.AddList();
        Call(run, run.From);
        return run;
    }

    private static void Call(ScenarioMachine run, ListId from)
    {
        TaskId task = run.Machine.AddTask(MigratePages.NewTask(from, run.To, run.Moved, run.Failed));
        StepResult end = MigratePages.Run(run.Machine, task);
        if (end != StepResult.Finished)
            throw new BrokenRule($"a call ended with {end}");
    }

    private static ScenarioMachine InSeveral(Scenario scenario, int cut)
    {
        ScenarioMachine run = ScenarioBuilder.Build(scenario);
        Machine m = run.Machine;
        ListId second = m.AddList();
        foreach (Pfn page in PageList.Walk(m, run.From).Skip(cut).ToArray())
            MoveTail(m, page, second);
        Call(run, run.From);
        Call(run, second);
        foreach (Pfn page in PageList.Walk(m, second).ToArray())
            MoveTail(m, page, run.From);
        Call(run, run.From);
        return run;
    }

    private static void MoveTail(Machine m, Pfn page, ListId list)
    {
        PageList.Del(m, page);
        PageList.AddTail(m, page, list);
    }

    // Which pages are where, whatever their order.
    private static IEnumerable<string> Lists(ScenarioMachine run) => new[] { run.From, run.Moved, run.Failed }
        .Select(list => string.Join(' ', PageList.Walk(run.Machine, list).Select(page => page.Value).Order()));
}
