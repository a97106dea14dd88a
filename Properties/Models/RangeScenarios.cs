using CsCheck;
using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>Scenarios of calls on a process whose VMAs are neighbours or have holes between them: what check_range makes of ranges.</summary>
internal static class RangeScenarios
{
    private const int Nodes = 3, MostPages = 3;

    // A whole file, mapped by another process: what it shares is not moved without the privilege.
    private const int SharedPages = 4 * MostPages;

    private const VmFlags FileFlags = VmFlags.Read | VmFlags.Write | VmFlags.Shared | VmFlags.MayShare;

    private const ulong Begin = 0x10000000, PageSize = 4096;

    // The files come first, by their numbers.
    private enum Owner
    {
        File,
        Tmpfs,
        UnmovableFile,
        Anon,
        AnonSwapCache,
    }

    // Node is −1 where the VMA has no page.
    private readonly record struct PageOfVma(int Node, bool Dirty, bool Young, bool DirtyEntry, bool InPagevec, bool Reserved);

    private readonly record struct Area(int Gap, Owner Owner, PageOfVma[] Pages, bool Locked, bool Reserved);

    private static readonly Gen<PageOfVma> Page = Gen.Select(Gen.Int[-1, Nodes - 1], Gen.Int[0, 3], Gen.Bool, Gen.Int[0, 2], Gen.Int[0, 5], Gen.Int[0, 9],
        (node, dirty, young, dirtyEntry, pagevec, reserved) => new PageOfVma(node, dirty == 0, young, dirtyEntry == 0, pagevec == 0, reserved == 0));

    private static readonly Gen<Area> AnyArea = Gen.Select(
        Gen.Frequency((3, Gen.Const(0)), (1, Gen.Int[1, 2])), Gen.Enum<Owner>(), Page.Array[1, MostPages], Gen.Int[0, 7], Gen.Int[0, 11],
        (gap, owner, pages, locked, reserved) => new Area(gap, owner, pages, locked == 0, reserved == 0));

    // Now and then a node that the machine does not have.
    private static readonly Gen<ValueList<int>> Set = Gen.Int[0, 1 << Nodes]
        .Select(bits => (ValueList<int>)[.. Enumerable.Range(0, Nodes + 1).Where(node => (bits >> node & 1) != 0)]);

    // Ranges begin up to two pages before the first VMA, and end anywhere.
    private static readonly Gen<ScenarioCall> Mbind = Gen.Select(Set, Gen.Int[0, 8], Gen.Int[0, 9], Gen.Bool, Gen.Int[0, 7], (nodes, first, pages, interleave, flags) => new ScenarioCall
    {
        Kind = PolicyCallKind.Mbind,
        Start = Begin - (2 * PageSize) + ((ulong)first * PageSize),
        Pages = (ulong)pages,
        Policy = interleave ? MpolMode.Interleave : MpolMode.Bind,
        Nodes = nodes,
        Flags = (MpolFlags)flags,
    });

    // Of process 0 mostly; process 1 has one VMA or none.
    private static readonly Gen<ScenarioCall> MigratePages = Gen.Select(Set, Set, Gen.Int[0, 9], Gen.Int[0, 2], (from, to, process, caller) => new ScenarioCall
    {
        Kind = PolicyCallKind.MigratePages,
        From = from,
        To = to,
        Process = process == 0 ? null : process == 1 ? 1 : 0,
        Caller = process == 0 || caller == 0 ? 1 : null,
    });

    private static readonly Gen<ScenarioProcess> Process = Gen.Select(
        Gen.Int[0, 2].Array[3], Gen.Int[0, 2], Gen.Frequency((5, Gen.Const((ValueList<int>?)null)), (1, Set.Select(set => (ValueList<int>?)set))),
        (ids, privilege, mems) => new ScenarioProcess { Uid = ids[0], Euid = ids[1], Suid = ids[2], CapSysNice = privilege == 0 ? null : privilege == 1, Mems = mems });

    /// <summary>A scenario.</summary>
    public static readonly Gen<Scenario> All = Gen.Select(
        AnyArea.Array[1, 4], Gen.Int[0, 3].Array[Nodes], Gen.Frequency((3, Mbind), (2, MigratePages)), Process.Array[2], Gen.Int[0, 3], Gen.Int[0, 2], Scenario);

    private static Scenario Scenario(Area[] areas, int[] free, ScenarioCall call, ScenarioProcess[] processes, int order, int swap)
    {
        var vmas = new List<ScenarioVma>();
        var pages = new List<ScenarioPage>();
        bool shares = order == 0, backwards = order == 1;
        ulong start = Begin;
        for (int i = 0; i < areas.Length; i++)
        {
            int row = backwards ? areas.Length - 1 - i : i;
            start += (ulong)areas[i].Gap * PageSize;
            vmas.Insert(backwards ? 0 : i, Vma(areas[i], i, start));
            start += (ulong)areas[i].Pages.Length * PageSize;
            pages.AddRange(areas[i].Pages.Select((page, n) => Frame(areas[i], page, i, n, row, shares ? areas.Length : -1)).OfType<ScenarioPage>());
        }
        if (shares)
            vmas.Add(new ScenarioVma { Process = 1, Start = Begin, Pages = SharedPages, File = 0, Flags = FileFlags });
        return new Scenario
        {
            Zones = Nodes,
            Files =
            [
                new ScenarioFile { Size = SharedPages },
                new ScenarioFile { Kind = MappingKind.Tmpfs, Size = SharedPages },
                new ScenarioFile { Migratepage = MigratepageMode.FailMigratePage, Size = SharedPages },
            ],
            Swap = new ScenarioSwap { Writable = swap != 0 },
            Processes = [.. processes],
            Vmas = [.. vmas],
            Pages =
            [
                .. pages,
                .. free.Select((frames, node) => new ScenarioPage { List = PagePlace.Free, Repeat = frames, Zone = node }).Where(page => page.Repeat > 0),
            ],
            Call = call,
        };
    }

    private static bool IsAnon(Area area) => area.Owner is Owner.Anon or Owner.AnonSwapCache;

    // Offsets of files go on from one VMA to the next, so that each page has its own.
    private static ulong Pgoff(Area area, int number) => IsAnon(area) ? 0 : (ulong)(number * MostPages);

    private static ScenarioVma Vma(Area area, int number, ulong start) => new()
    {
        Process = 0,
        Start = start,
        Pages = (ulong)area.Pages.Length,
        Pgoff = Pgoff(area, number),
        File = IsAnon(area) ? null : (int)area.Owner,
        AnonVma = IsAnon(area) ? number : null,
        Flags = (IsAnon(area) ? VmFlags.Read | VmFlags.Write : FileFlags)
            | (area.Locked ? VmFlags.Locked : 0) | (area.Reserved ? VmFlags.Reserved : 0),
    };

    private static ScenarioPage? Frame(Area area, PageOfVma page, int number, int nth, int row, int sharedRow) => page.Node < 0 ? null : new ScenarioPage
    {
        File = IsAnon(area) ? null : (int)area.Owner,
        AnonVma = IsAnon(area) ? number : null,
        Index = Pgoff(area, number) + (ulong)nth,
        SwapCache = area.Owner == Owner.AnonSwapCache ? 1 + (number * MostPages) + nth : 0,
        Flags = PageFlags.Uptodate | (page.Dirty ? PageFlags.Dirty : 0) | (page.Reserved ? PageFlags.Reserved : 0),
        Zone = page.Node,
        Ptes =
        [
            new ScenarioPte { Vma = row, Young = page.Young, Dirty = page.DirtyEntry },
            .. area.Owner == Owner.File && sharedRow >= 0 ? [new ScenarioPte { Vma = sharedRow }] : (ScenarioPte[])[],
        ],
        List = page.InPagevec ? PagePlace.LruAdd : PagePlace.Lru,
    };
}
