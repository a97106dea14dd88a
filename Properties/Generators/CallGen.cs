using CsCheck;
using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>A system call as drawn, and what it needs: where the pages lie, free frames, who the processes are.</summary>
public sealed record CallDraw(PatchLevel Level, int[] NodeOfPage, int[] FreeFrames, ScenarioCall Call, ScenarioProcess[] Processes, bool Swap);

/// <summary>Generators of machines with three nodes and a call that migrates pages between them.</summary>
public static class CallGen
{
    /// <summary>Nodes of every machine; the calls name one more now and then.</summary>
    public const int Nodes = 3;

    private static readonly Gen<ValueList<int>> Node = Gen.Frequency(
        (5, Gen.Int[0, Nodes - 1].Select(node => (ValueList<int>)[node])),
        (4, Gen.Int[1, (1 << Nodes) - 1].Select(Set)),
        (1, Gen.Int[0, 1 << Nodes].Select(Set)));

    /// <summary>Who a process is: mostly an ordinary user with all nodes.</summary>
    public static readonly Gen<ScenarioProcess> Process = Gen.Select(
        Gen.Int[0, 5], Gen.Frequency((9, Gen.Const(-1)), (1, Gen.Int[1, (1 << Nodes) - 1])), Gen.Int[0, 2],
        (uid, mems, privilege) => new ScenarioProcess { Uid = uid == 0 ? 5 : 1000, Mems = mems < 0 ? null : Set(mems), CapSysNice = privilege != 0 });

    private static readonly Gen<ScenarioCall> MigratePages = Gen.Select(Node, Node, Gen.Int[0, 2], Gen.Int[-1, 2], (from, to, process, caller) => new ScenarioCall
    {
        Kind = PolicyCallKind.MigratePages,
        From = from,
        To = to,
        Process = process,
        Caller = caller < 0 ? null : caller,
    });

    private static readonly Gen<ScenarioCall> Mbind = Gen.Select(Node, Gen.Int[0, 2], Gen.Bool, Gen.Int[0, 7], Gen.Int[0, 4], (nodes, process, interleave, flags, area) => new ScenarioCall
    {
        Kind = PolicyCallKind.Mbind,
        Nodes = nodes,
        Process = process,
        Policy = interleave ? MpolMode.Interleave : MpolMode.Bind,
        // One that neither moves nor checks anything would be an empty call.
        Flags = flags == 0 ? MpolFlags.Move : (MpolFlags)flags,
        Start = 0x10000000UL * (ulong)(area + 1),
        Pages = 12,
    });

    /// <summary>A call with its surroundings.</summary>
    public static readonly Gen<CallDraw> Call = Gen.Select(
        MachineGen.Level, Gen.Int[0, Nodes - 1].Array[4], Gen.Frequency((4, Gen.Int[1, 3]), (1, Gen.Const(0))).Array[Nodes],
        Gen.OneOf(MigratePages, Mbind), Process.Array[3], Gen.Int[0, 5],
        (level, nodes, free, call, processes, swap) => new CallDraw(level, nodes, free, call, processes, swap != 0));

    /// <summary>A machine about to make a call.</summary>
    public static readonly Gen<Scenario> Scenarios = Gen.Select(MachineGen.Machine, Call, Scenario);

    /// <summary>A call with one or two actors and a schedule.</summary>
    public static readonly Gen<Interleaved> Interleaved = Gen.Select(MachineGen.Machine, Call, MachineGen.Actor.Array[1, 2], MachineGen.Schedule,
        (machine, call, actors, schedule) =>
            new Interleaved(Scenario(machine, call), [.. actors.Select(actor => Drawn.Actor(machine, actor))], [.. schedule]));

    /// <summary>The scenario: the pages of a drawn machine on their nodes, on the LRU instead of isolated, and free frames.</summary>
    public static Scenario Scenario(MachineDraw machine, CallDraw draw)
    {
        Scenario scenario = Drawn.Scenario(machine);
        int drawn = machine.Pages.Length;
        return scenario with
        {
            Patch = draw.Level,
            Zones = Nodes,
            To = ScenarioTo.AsManyAsFrom,
            Pages =
            [
                .. scenario.Pages.Select((page, i) => i < drawn ? OnLru(page) with { Zone = draw.NodeOfPage[i] } : page),
                .. draw.FreeFrames.Select((frames, node) => new ScenarioPage { List = PagePlace.Free, Repeat = frames, Zone = node }).Where(page => page.Repeat > 0),
            ],
            Processes = [.. draw.Processes.Take(machine.Processes)],
            Swap = draw.Swap ? scenario.Swap : scenario.Swap with { Writable = false },
            Call = draw.Call with { Process = draw.Call.Process % machine.Processes, Caller = draw.Call.Caller % machine.Processes },
        };
    }

    private static ScenarioPage OnLru(ScenarioPage page) => page.List is PagePlace.LruAdd or PagePlace.LruAddActive ? page
        : page with { List = page.File is not null || page.AnonVma is not null || page.SwapCache != 0 ? PagePlace.Lru : PagePlace.None };

    private static ValueList<int> Set(int bits) => [.. Enumerable.Range(0, Nodes + 1).Where(node => (bits >> node & 1) != 0)];
}
