namespace MigrationConformance.Snapshots;

/// <summary>Each page kind: its tree and its lists before and after the migration, and the trace between them.</summary>
[TestFixture]
public sealed class Outcomes
{
    [TestCaseSource(typeof(Cases), nameof(Cases.Names))]
    public Task Tree(string page) => Verify(BeforeAndAfter(page, TreeText.OfAll));

    [TestCaseSource(typeof(Cases), nameof(Cases.Names))]
    public Task Lists(string page) => Verify(BeforeAndAfter(page, ListsText.Of));

    [TestCaseSource(typeof(Cases), nameof(Cases.Names))]
    public Task Trace(string page) => Verify(TraceText.Run(Cases.Build(page)));

    private static string BeforeAndAfter(string page, Func<MachineView, string> render)
    {
        ScenarioMachine run = Cases.Build(page);
        var view = new MachineView(run);
        string before = render(view);
        MigrationRun.Run(run);
        return Two.Texts(before, render(view));
    }
}
