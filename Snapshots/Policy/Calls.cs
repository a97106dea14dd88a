using System.Text;

namespace MigrationConformance.Snapshots;

/// <summary>One system call of the policy layer: its calls of migrate_pages, where the pages lie, and every step with what it changes.</summary>
[TestFixture]
public sealed class Calls
{
    // An mbind that interleaves four pages over two nodes: one is shared, one is pinned until pass 1.
    private static readonly Scenario Interleave = new()
    {
        FanOut = 8,
        Zones = 3,
        Processes = [new(), new()],
        Pages =
        [
            new() { File = 0, MappedBy = 1 },
            new() { File = 0, Index = 1, MappedBy = 2 },
            new() { File = 0, Index = 2, MappedBy = 1, References = [1] },
            new() { File = 0, Index = 3, MappedBy = 1, Flags = PageFlags.Uptodate | PageFlags.Active },
            new() { Zone = 1, Repeat = 2 },
            new() { Zone = 2, Repeat = 2 },
        ],
        Call = new() { Kind = PolicyCallKind.Mbind, Policy = MpolMode.Interleave, Nodes = [1, 2], Flags = MpolFlags.Move | MpolFlags.Strict },
    };

    [TestCase(PatchLevel.V9)]
    [TestCase(PatchLevel.PolicyLayer)]
    [TestCase(PatchLevel.NewPageOrder)]
    [TestCase(PatchLevel.ChunkedAllocation)]
    public Task Attempts_lists_and_placement(PatchLevel level)
    {
        ScenarioMachine run = ScenarioBuilder.Build(Interleave with { Patch = level });
        string attempts = AttemptsText.Run(run);
        return Verify($"{attempts}\n{ListsText.Of(new MachineView(run))}\n{Placement(run.Machine)}");
    }

    [Test]
    public Task Steps() => Verify(TraceText.Run(ScenarioBuilder.Build(Interleave with { Patch = PatchLevel.ChunkedAllocation, Pages = [Interleave.Pages[0], Interleave.Pages[4]] })));

    // The nodes of the file's pages, by offset.
    private static string Placement(Machine m)
    {
        var text = new StringBuilder("file 0 by node:");
        int[] item = new int[1];
        ulong[] index = new ulong[1];
        for (ulong next = 0; RadixTree.GangLookup(m, m.Mappings[1].PageTree, next, item, index) == 1; next = index[0] + 1)
            text.Append($" {index[0]} on {m.Pages[item[0]].Zone}");
        return text.Append('\n').ToString();
    }
}
