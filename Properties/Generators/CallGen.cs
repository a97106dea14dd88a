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

    private static readonly Gen<ValueList<int>> Any = Gen.Int[0, 1 << Nodes].Select(Set);

    // Pages lie on the lower nodes more often, so these are left more often, and the higher ones gone to.
    private static readonly Gen<ValueList<int>> Left = Gen.Frequency((4, Gen.Const(Set(1))), (4, Gen.Const(Set(3))), (2, Gen.Const(Set(2))), (3, Any));

    private static readonly Gen<ValueList<int>> GoneTo = Gen.Frequency((4, Gen.Const(Set(4))), (3, Gen.Const(Set(2))), (3, Gen.Const(Set(6))), (3, Any));

    private static readonly Gen<int> NodeOfPage = Gen.Frequency((4, Gen.Const(0)), (2, Gen.Const(1)), (1, Gen.Const(2)));

    /// <summary>Who a process is: mostly an ordinary user with all nodes.</summary>
    public static readonly Gen<ScenarioProcess> Process = Gen.Select(
        Gen.Int[0, 5], Gen.Frequency((9, Gen.Const(-1)), (1, Gen.Int[1, (1 << Nodes) - 1])), Gen.Int[0, 2],
        (uid, mems, privilege) => new ScenarioProcess { Uid = uid == 0 ? 5 : 1000, Mems = mems < 0 ? null : Set(mems), CapSysNice = privilege != 0 });

    private static readonly Gen<ScenarioCall> MigratePages = Gen.Select(Left, GoneTo, Gen.Int[0, 2], Gen.Frequency((3, Gen.Const(-1)), (1, Gen.Int[0, 2])), (from, to, process, caller) => new ScenarioCall
    {
        Kind = PolicyCallKind.MigratePages,
        From = from,
        To = to,
        Process = process,
        Caller = caller < 0 ? null : caller,
    });

    private static readonly Gen<ScenarioCall> Mbind = Gen.Select(GoneTo, Gen.Int[0, 2], Gen.Bool, Gen.Int[0, 7], (nodes, process, interleave, flags) => new ScenarioCall
    {
        Kind = PolicyCallKind.Mbind,
        Nodes = nodes,
        Process = process,
        Policy = interleave ? MpolMode.Interleave : MpolMode.Bind,
        // One that neither moves nor checks anything would be an empty call.
        Flags = flags == 0 ? MpolFlags.Move : (MpolFlags)flags,
    });

    /// <summary>A call with its surroundings.</summary>
    public static readonly Gen<CallDraw> Call = Gen.Select(
        MachineGen.Level, NodeOfPage.Array[4], Gen.Frequency((4, Gen.Int[1, 3]), (1, Gen.Const(0))).Array[Nodes],
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
            Call = draw.Call with
            {
                Process = draw.Call.Process % machine.Processes,
                Caller = draw.Call.Caller % machine.Processes,
                Start = draw.Call.Kind == PolicyCallKind.Mbind ? VmaOf(scenario, machine, draw.Call.Process!.Value % machine.Processes).Start : null,
                Pages = draw.Call.Kind == PolicyCallKind.Mbind ? VmaOf(scenario, machine, 0).Pages : null,
            },
        };
    }

    // The VMA that maps the first page, as Drawn places them: the actors find it by an access.
    private static ScenarioVma VmaOf(Scenario scenario, MachineDraw machine, int process)
    {
        ActorSpec access = Drawn.Actor(machine, (TaskKind.Fault, 0, process, false, false));
        return scenario.Vmas!.First(vma => vma.Process == process && vma.Start <= access.Address && access.Address < vma.Start + (vma.Pages << 12));
    }

    // What nobody owns and nobody holds is a free frame.
    private static ScenarioPage OnLru(ScenarioPage page)
    {
        if (page.List is PagePlace.LruAdd or PagePlace.LruAddActive)
            return page;
        bool held = page.File is not null || page.AnonVma is not null || page.SwapCache != 0 || page.References.Count > 0 || page.Buffers.Count > 0;
        return held ? page with { List = PagePlace.Lru } : new ScenarioPage { List = PagePlace.Free };
    }

    private static ValueList<int> Set(int bits) => [.. Enumerable.Range(0, Nodes + 1).Where(node => (bits >> node & 1) != 0)];
}
