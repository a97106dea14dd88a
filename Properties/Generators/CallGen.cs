using CsCheck;
using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>The range of an mbind, around the VMA that maps the first page.</summary>
public enum RangeDraw
{
    /// <summary>The VMA.</summary>
    Vma,

    /// <summary>The VMA and what lies behind it, to the end of the process's last VMA: with holes.</summary>
    AndBehind,

    /// <summary>The VMA, begun one page too early.</summary>
    FromBefore,

    /// <summary>No page at all.</summary>
    Empty,
}

/// <summary>A system call as drawn, and what it needs: where the pages lie, free frames, who the processes are.</summary>
/// <param name="Level">The patch level.</param>
/// <param name="NodeOfPage">The node of each page, again from the start when there are more.</param>
/// <param name="FreeFrames">Free frames of each node for every four pages.</param>
/// <param name="Call">The call.</param>
/// <param name="Range">The range of an mbind.</param>
/// <param name="Processes">Who the processes are.</param>
/// <param name="Swap">Whether slots are handed out.</param>
/// <param name="Reserved">Whether the first page of a file is reserved, as what a driver hands out is.</param>
/// <param name="Aims">Whether the call is about the first page: of a process that maps it, from its node or to another one.</param>
public sealed record CallDraw(
    PatchLevel Level, int[] NodeOfPage, int[] FreeFrames, ScenarioCall Call, RangeDraw Range, ScenarioProcess[] Processes, bool Swap, bool Reserved, bool Aims);

/// <summary>Generators of machines with three nodes and a call that migrates pages between them.</summary>
public static class CallGen
{
    /// <summary>Nodes of every machine; the calls name one more now and then.</summary>
    public const int Nodes = 3;

    private static readonly Gen<ValueList<int>> Any = Gen.Int[0, 1 << Nodes].Select(Set);

    // Pages lie on the lower nodes more often, so these are left more often, and the higher ones gone to.
    private static readonly Gen<ValueList<int>> Left = Gen.Frequency((4, Gen.Const(Set(1))), (4, Gen.Const(Set(3))), (2, Gen.Const(Set(2))), (3, Any));

    private static readonly Gen<ValueList<int>> GoneTo = Gen.Frequency((4, Gen.Const(Set(4))), (3, Gen.Const(Set(2))), (3, Gen.Const(Set(6))), (3, Any));

    private static readonly Gen<int> NodeOfPage = Gen.Frequency((4, 0), (2, 1), (1, 2));

    /// <summary>Who a process is: mostly an ordinary user with all nodes; rarely one whose euid or suid differs.</summary>
    public static readonly Gen<ScenarioProcess> Process = Gen.Select(
        Gen.Int[0, 5], Gen.Frequency((9, Gen.Const(-1)), (1, Gen.Int[1, (1 << Nodes) - 1])), Gen.Int[0, 2], Gen.Int[0, 11],
        (uid, mems, privilege, other) => new ScenarioProcess
        {
            Uid = uid == 0 ? 5 : 1000,
            Euid = other == 0 ? 0 : other == 1 ? 7 : null,
            Suid = other == 2 ? 1000 : other == 3 ? 7 : null,
            Mems = mems < 0 ? null : Set(mems),
            CapSysNice = privilege != 0,
        });

    private static readonly Gen<ScenarioCall> MigratePages = Gen.Select(
        Left, GoneTo, Gen.Frequency((14, Gen.Int[0, 2]), (1, Gen.Const(-1))), Gen.Frequency((3, Gen.Const(-1)), (1, Gen.Int[0, 2])),
        (from, to, process, caller) => new ScenarioCall
        {
            Kind = PolicyCallKind.MigratePages,
            From = from,
            To = to,
            Process = process < 0 ? null : process,
            Caller = caller >= 0 ? caller : process < 0 ? 0 : null,
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

    private static readonly Gen<RangeDraw> Range = Gen.Frequency((16, RangeDraw.Vma), (1, RangeDraw.AndBehind), (1, RangeDraw.FromBefore), (1, RangeDraw.Empty));

    /// <summary>A call with its surroundings.</summary>
    public static readonly Gen<CallDraw> Call = Gen.Select(
        MachineGen.Level, NodeOfPage.Array[4], Gen.Frequency((2, Gen.Int[1, 3]), (1, Gen.Const(0))).Array[Nodes],
        Gen.OneOf(MigratePages, Mbind), Range, Process.Array[3], Gen.Select(Gen.Int[0, 5], Gen.Int[0, 9], Gen.Int[0, 3]),
        (level, nodes, free, call, range, processes, more) => new CallDraw(
            level, nodes, free, call, range, processes, Swap: more.Item1 != 0, Reserved: more.Item2 == 0, Aims: more.Item3 != 0));

    /// <summary>A machine about to make a call.</summary>
    public static readonly Gen<Scenario> Scenarios = Gen.Select(MachineGen.Machine, Call, Scenario);

    /// <summary>A call with one or two actors and a schedule.</summary>
    public static readonly Gen<Interleaved> Interleaved = Gen.Select(MachineGen.Machine, Call, ActorGen.Actor.Array[1, 2], ActorGen.Schedule,
        (machine, call, actors, schedule) =>
            new Interleaved(Scenario(machine, call), [.. actors.Select(actor => Drawn.Actor(machine, actor))], [.. schedule]));

    /// <summary>The scenario: the pages of a drawn machine on their nodes, on the LRU instead of isolated, and free frames.</summary>
    public static Scenario Scenario(MachineDraw machine, CallDraw draw)
    {
        machine = machine with
        {
            Caller = CallerDraw.Plain,
            To = -1,
            Pages = draw.Aims ? [Mapped(machine.Pages[0]), .. machine.Pages[1..]] : machine.Pages,
            // A call drains first, and would wait there for good.
            Lock = machine.Lock is { Kind: ScenarioLockKind.Lru } ? null : machine.Lock,
        };
        if (!draw.Swap)
            machine = machine with { Swap = machine.Swap with { Writable = false } };
        Scenario scenario = Drawn.Scenario(machine);
        int drawn = machine.Pages.Length, processes = machine.Processes.Length;
        int reserved = draw.Reserved ? Array.FindIndex([.. scenario.Pages], page => page.File is not null && page.Ptes.Count > 0) : -1;
        return scenario with
        {
            Patch = draw.Level,
            Zones = Nodes,
            Pages =
            [
                .. scenario.Pages.Select((page, i) => i >= drawn ? page : (i == reserved ? Reserved(page) : OnLru(page)) with { Zone = draw.NodeOfPage[i % 4] }),
                .. draw.FreeFrames.Select((frames, node) => new ScenarioPage { List = PagePlace.Free, Repeat = frames * ((drawn + 3) / 4), Zone = node }).Where(page => page.Repeat > 0),
            ],
            Processes = [.. draw.Processes.Take(processes).Select((process, i) => process with { HiwaterRss = scenario.Processes![i].HiwaterRss, OnMmlist = scenario.Processes[i].OnMmlist })],
            Call = OnRange(scenario, machine, draw, Aimed(scenario, draw, draw.Call with { Process = draw.Call.Process % processes, Caller = draw.Call.Caller % processes })),
        };
    }

    // A page that a process can have mapped, and does if it is mapped at all.
    private static PageDraw Mapped(PageDraw page) => page with
    {
        Class = page.Class is PageClass.Ownerless or PageClass.Readahead or PageClass.TmpfsSwapped ? PageClass.File : page.Class,
        Entries = page.Entries.All(entry => entry is 0 or 5) ? [1, 0, 0] : page.Entries,
        Read = ReadState.Uptodate,
    };

    // A call of the first page's first user, that leaves the page's node or binds to another one.
    private static ScenarioCall Aimed(Scenario scenario, CallDraw draw, ScenarioCall call)
    {
        if (!draw.Aims || scenario.Pages[0].Ptes.Count == 0)
            return call;
        int node = draw.NodeOfPage[0], process = scenario.Vmas![scenario.Pages[0].Ptes[0].Vma!.Value].Process;
        ValueList<int> elsewhere = [(node + 1 + draw.NodeOfPage[1]) % Nodes];
        return call with
        {
            Process = process,
            From = call.From.Contains(node) ? call.From : [.. call.From.Append(node).Order()],
            To = call.To.Count == 1 && call.To[0] == node ? elsewhere : call.To,
            Nodes = call.Nodes.Contains(node) ? elsewhere : call.Nodes,
        };
    }

    private static ScenarioCall OnRange(Scenario scenario, MachineDraw machine, CallDraw draw, ScenarioCall call)
    {
        if (call.Kind != PolicyCallKind.Mbind)
            return call;
        int process = call.Process!.Value;
        ScenarioVma vma = Drawn.VmaOf(scenario, machine, process);
        ulong end = scenario.Vmas!.Where(other => other.Process == process).Max(other => other.Start + (other.Pages << 12));
        return draw.Range switch
        {
            RangeDraw.AndBehind => call with { Start = vma.Start, Pages = (end - vma.Start) >> 12 },
            RangeDraw.FromBefore => call with { Start = vma.Start - Machine.PageSize, Pages = vma.Pages + 1 },
            RangeDraw.Empty => call with { Start = vma.Start, Pages = 0 },
            _ => call with { Start = vma.Start, Pages = vma.Pages },
        };
    }

    // What nobody owns and nobody holds is a free frame.
    private static ScenarioPage OnLru(ScenarioPage page)
    {
        if (page.List is PagePlace.LruAdd or PagePlace.LruAddActive)
            return page;
        bool held = page.File is not null || page.AnonVma is not null || page.SwapCache != 0 || page.References.Count > 0 || page.Buffers.Count > 0;
        return held ? page with { List = PagePlace.Lru } : new ScenarioPage { List = PagePlace.Free };
    }

    // Its driver keeps a reserved page for good, and never puts it on the LRU.
    private static ScenarioPage Reserved(ScenarioPage page) => page with
    {
        Flags = (page.Flags & ~PageFlags.Active) | PageFlags.Reserved,
        References = [.. page.References, Until.Never],
        List = PagePlace.None,
    };

    private static ValueList<int> Set(int bits) => [.. Enumerable.Range(0, Nodes + 1).Where(node => (bits >> node & 1) != 0)];
}
