namespace MigrationConformance.Snapshots;

/// <summary>Trees of every height with holes and both tags. A migration puts other pages into the slots and changes nothing else.</summary>
[TestFixture]
public sealed class Trees
{
    private static readonly MappingId File0 = ScenarioMachine.MappingOf(0);

    [TestCase(8, 1)]
    [TestCase(8, 2)]
    [TestCase(8, 3)]
    [TestCase(64, 1)]
    [TestCase(64, 2)]
    [TestCase(64, 3)]
    public Task Text(int fanOut, int height)
    {
        (string before, string after) = Migrate(fanOut, height);
        return Verify(Two.Texts(before, after));
    }

    [TestCase(8, 2)]
    [TestCase(64, 3)]
    public Task Drawn(int fanOut, int height)
    {
        (string before, string after) = Migrate(fanOut, height);
        return Verify(Picture.Draw(("before", before), ("after", after)), "svg");
    }

    // The first and the last index that need this height, one between them, and holes on both sides of each. The
    // page under writeback is pinned, so that its tag is still there at the end; the dirty one is mapped.
    private static (string Before, string After) Migrate(int fanOut, int height)
    {
        ulong last = (ulong)Math.Pow(fanOut, height) - 1, first = height == 1 ? 1 : (ulong)Math.Pow(fanOut, height - 1);
        ScenarioMachine run = ScenarioBuilder.Build(new Scenario
        {
            FanOut = fanOut,
            Pages =
            [
                new() { File = 0, Index = 0, Flags = PageFlags.Uptodate | PageFlags.Referenced },
                new() { File = 0, Index = first + 1, Flags = PageFlags.Uptodate | PageFlags.Dirty, MappedBy = 1 },
                new() { File = 0, Index = (first + last) / 2, Writeback = new() { Until = Until.Never }, List = PagePlace.Lru },
                new() { File = 0, Index = last, Ptes = [new() { Dirty = true }] },
            ],
        });
        var view = new MachineView(run);
        string before = TreeText.Of(view, File0);
        MigrationRun.Run(run);
        return (before, TreeText.Of(view, File0));
    }
}
