namespace MigrationConformance.Snapshots;

/// <summary>Pages at later levels, where they take another way: trees, lists, page tables and swap before and after, and the trace between them.</summary>
[TestFixture]
public sealed class Levels
{
    private const PageFlags Dirty = PageFlags.Uptodate | PageFlags.Dirty;

    private static readonly ScenarioPage File7 = new() { File = 0, Index = 7 };

    /// <summary>The cases by name: what the page is, and the level.</summary>
    private static readonly (string Name, Scenario Scenario)[] All =
    [
        ("anon-full-series", Of(new() { AnonVma = 0, Index = 7, Ptes = [new() { Young = true, Dirty = true, Write = true }] }, PatchSet.Last)),
        ("anon-shared-full-series", Of(new() { AnonVma = 0, Index = 7, Ptes = [new() { Young = true }, new()] }, PatchSet.Last)),
        ("anon-migratepage-method", Of(new() { AnonVma = 0, Index = 7, Ptes = [new() { Young = true, Dirty = true }] }, PatchLevel.MigratepageMethod)),
        ("file-dirty-buffers-full-series", Of(File7 with { Flags = Dirty, MappedBy = 1, Buffers = [new() { Dirty = true }, new()] }, PatchSet.Last)),
        ("file-fallback-full-series", Of(File7 with { Ptes = [new() { Young = true, Dirty = true }] }, PatchSet.Last) with { Files = [new() { Migratepage = MigratepageMode.Absent }] }),
        ("file-refused-full-series", Of(File7 with { MappedBy = 1 }, PatchSet.Last) with { Files = [new() { Migratepage = MigratepageMode.FailMigratePage }] }),
    ];

    public static IEnumerable<string> Names => All.Select(c => c.Name);

    [TestCaseSource(nameof(Names))]
    public Task Trace(string page) => Verify(TraceText.Run(Build(page)));

    [TestCaseSource(nameof(Names))]
    public Task Machine(string page)
    {
        ScenarioMachine run = Build(page);
        var view = new MachineView(run);
        string before = Text(view);
        MigrationRun.Run(run);
        return Verify(Two.Texts(before, Text(view)));
    }

    private static string Text(MachineView view) => $"{TreeText.OfAll(view)}\n{ListsText.Of(view)}\n{PageTablesText.OfAll(view)}\n{SwapText.Of(view)}";

    private static ScenarioMachine Build(string name) => ScenarioBuilder.Build(All.Single(c => c.Name == name).Scenario);

    private static Scenario Of(ScenarioPage page, PatchLevel level) => new() { FanOut = 8, Patch = level, Pages = [page], Swap = new() { Slots = 2 } };
}
