namespace MigrationConformance.Snapshots;

/// <summary>Calls of migrate_pages with several pages over several passes: every attempt, and the lists it leaves.</summary>
[TestFixture]
public sealed class Runs
{
    private static readonly ScenarioPage Clean = new() { File = 0, MappedBy = 1 };
    private static readonly ScenarioPage DirtyPage = new() { File = 0, Flags = PageFlags.Uptodate | PageFlags.Dirty };

    /// <summary>The runs by name. Each is about one rule of the loop.</summary>
    private static readonly (string Name, Scenario Scenario)[] All =
    [
        ("locks-end-in-three-ways", With([Clean with { Locked = 1 }, Clean with { Locked = Until.Waited }, Clean])),
        ("writes-complete-together", With([DirtyPage, DirtyPage, Clean with { Writeback = new() { Until = Until.Waited } }])),
        ("to-runs-empty", With([Clean, Clean, Clean]) with { To = ScenarioTo.Frames(1) }),
        ("to-runs-empty-after-a-retry", With([Clean with { References = [Until.Never] }, Clean, Clean]) with { To = ScenarioTo.Frames(1) }),
        ("to-is-empty", With([Clean, Clean, Clean]) with { To = ScenarioTo.Frames(0) }),
        ("failed-and-retried", With([new() { AnonVma = 0, MappedBy = 1 }, Clean with { References = [Until.Never] }, new() { AnonVma = 0, Index = 1, MappedBy = 1 }, Clean]) with { Swap = new() { Slots = 1 } }),
        ("pins-end-one-by-one", With([.. Enumerable.Range(0, 3).Select(pass => Clean with { References = [2 * pass] })])),
        ("eight-kinds", EightKinds()),
    ];

    public static IEnumerable<string> Names => All.Select(r => r.Name);

    [TestCaseSource(nameof(Names))]
    public Task Attempts(string run)
    {
        ScenarioMachine machine = Build(run);
        string attempts = AttemptsText.Run(machine);
        return Verify(attempts + "\n" + ListsText.Of(new MachineView(machine)));
    }

    [TestCaseSource(nameof(Names))]
    public Task Before_the_patch_and_at_the_patch(string run)
    {
        Scenario scenario = All.Single(r => r.Name == run).Scenario;
        return Verify(AttemptsText.SideBySide(
            "before the patch\n" + Outcome(scenario with { Patch = PatchLevel.Before }), "at the patch\n" + Outcome(scenario)));
    }

    [TestCase("to-runs-empty")]
    [TestCase("eight-kinds")]
    public Task Drawn(string run)
    {
        ScenarioMachine machine = Build(run);
        var view = new MachineView(machine);
        string before = ListsText.Of(view);
        MigrationRun.Run(machine);
        return Verify(Picture.Draw(("before", before), ("after", ListsText.Of(view))), "svg");
    }

    private static ScenarioMachine Build(string run) => ScenarioBuilder.Build(All.Single(r => r.Name == run).Scenario);

    private static string Outcome(Scenario scenario) => AttemptsText.Run(ScenarioBuilder.Build(scenario));

    // Pages stand at the indexes 0, 1, 2 … of the file, unless they are anonymous.
    private static Scenario With(IEnumerable<ScenarioPage> pages) => new()
    {
        FanOut = 8,
        Pages = [.. pages.Select((page, i) => page.File is null ? page : page with { Index = (ulong)i })],
    };

    private static Scenario EightKinds() => With(
    [
        Clean with { Flags = PageFlags.Uptodate | PageFlags.Active },
        DirtyPage,
        DirtyPage with { MappedBy = 2 },
        Clean with { Buffers = [new() { Users = [6] }] },
        new() { AnonVma = 0, Index = 0, Ptes = [new() { Young = true }] },
        new() { AnonVma = 0, Index = 1, SwapCache = 5, MappedBy = 2 },
        new() { List = PagePlace.Isolated },
        Clean with { References = [Until.Never] },
    ]);
}
