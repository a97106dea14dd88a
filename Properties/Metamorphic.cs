using CsCheck;
using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>Two ways to the same end: order of from, one call or several, unrelated pages.</summary>
[TestFixture]
public sealed class Metamorphic
{
    /// <summary>Clean file pages, each of its own index, with room for all: pages that do not depend on each other.</summary>
    private static readonly Gen<Scenario> Independent = MachineGen.Machine.Select(draw =>
    {
        PageDraw[] pages = [.. draw.Pages.Select(page => page with
        {
            Class = page.Class is PageClass.File or PageClass.Tmpfs ? PageClass.File : PageClass.AnonSwapCache,
            Dirty = false, References = [], Locked = -1, Writeback = -1, Place = PagePlace.Isolated,
        })];
        VmaDraw[] vmas = [.. draw.Vmas.Select(vma => vma with { Nonlinear = false })];
        // A write that never ends would block the run at its page, and what stands behind it would depend on the order.
        FileDraw[] files = [.. draw.Files.Select(file => file with { Completes = Until.Waited })];
        SwapDraw swap = draw.Swap with { Completes = Until.Waited };
        return Drawn.Scenario(draw with { Pages = pages, Vmas = vmas, Files = files, Swap = swap, To = -1, Lock = null, Caller = CallerDraw.Plain });
    });

    [Test]
    public void Order_of_from_does_not_change_what_becomes_of_a_page() =>
        Property.Holds(Independent, 1_000, "the order of from does not change what becomes of a page", scenario =>
        {
            int[] order = Isolated(scenario);
            var forwards = Fates(scenario with { From = [.. order] });
            var backwards = Fates(scenario with { From = [.. order.Reverse()] });
            return forwards.OrderBy(pair => pair.Page).SequenceEqual(backwards.OrderBy(pair => pair.Page));
        });

    [Test]
    public void Unrelated_pages_do_not_change_what_becomes_of_a_page() =>
        Property.Holds(Independent, 1_000, "unrelated pages do not change what becomes of a page", scenario =>
        {
            ValueList<ScenarioFile> files = scenario.Files ?? [ScenarioFile.Default];
            Scenario more = scenario with
            {
                Files = files.With(new ScenarioFile { Size = 4 }),
                Pages = scenario.Pages.With(new ScenarioPage { File = files.Count, Index = 1, List = PagePlace.Isolated }),
            };
            return Fates(scenario).SequenceEqual(Fates(more).Where(pair => pair.Page < scenario.Pages.Count));
        });

    [Test]
    public void There_and_back_again_every_process_and_file_reads_what_it_read() =>
        Property.Holds(Independent, 1_000, "there and back again everybody reads what they read", scenario =>
        {
            ScenarioMachine run = ScenarioBuilder.Build(scenario);
            Machine m = run.Machine;
            var survey = new Survey(m);
            MigratePages.Run(m, run.Migration);
            Lru.LruAddDrainAll(m);
            // The old pages are the new ones of the way back.
            ListId from = m.AddList(), moved = m.AddList(), failed = m.AddList();
            foreach (int page in Enumerable.Range(0, m.Pages.Count).Where(page => m.Pages[page].Has(PageFlags.Lru) && survey.HasTo[page]))
            {
                LruIsolation.IsolateLruPage(m, new Pfn(page));
                PageList.AddTail(m, new Pfn(page), from);
            }
            foreach (Pfn page in PageList.Walk(m, run.Moved).ToArray())
                m.Pages[page.Value].Flags = PageFlags.None;
            TaskId back = m.AddTask(MigratePages.NewTask(from, run.Moved, moved, failed));
            MigratePages.Run(m, back);
            return NoLoss(m, survey);
        });

    private static bool NoLoss(Machine m, Survey survey)
    {
        survey.Take(m);
        foreach ((string name, InvariantCheck check) in InvariantList.All)
        {
            if (name is "no data is lost" or "page count is its holders" or "slots and pages agree" && check(m, survey) is { } violation)
                throw new BrokenRule($"{violation}");
        }
        return true;
    }

    private static int[] Isolated(Scenario scenario) =>
        [.. Enumerable.Range(0, scenario.Pages.Count).Where(page => (scenario.Pages[page].List ?? PagePlace.Isolated) == PagePlace.Isolated)];

    private static IEnumerable<(int Page, PageFate Fate)> Fates(Scenario scenario) =>
        MigrationRun.Run(ScenarioBuilder.Build(scenario)).Pages.Select(outcome => (outcome.Page.Value, outcome.Fate)).ToArray();
}
