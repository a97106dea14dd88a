using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>Turns draws into scenarios: what makes them valid by construction.</summary>
public static class Drawn
{
    /// <summary>The scenario of a drawn machine. Its first pages are the drawn ones, in their order.</summary>
    public static Scenario Scenario(MachineDraw draw)
    {
        var pages = new DrawnPages(draw);
        (DrawnAreas areas, int nextSlot) = Areas(draw, pages);
        ScenarioPage[] drawn = [.. Enumerable.Range(0, draw.Pages.Length).Select(page => pages.Page(page, areas))];
        for (int i = 0, slot = pages.NextSlot; i < draw.SwappedOut; i++, slot += 2)
        {
            pages.SwapContents.Add(new ScenarioSlotContents(slot, 900 + (ulong)slot));
            pages.SwapContents.Add(new ScenarioSlotContents(slot + 1, 901 + (ulong)slot));
            pages.Swapped.Add(new ScenarioSwapped(SwappedIndex(draw) + (ulong)i, slot));
        }
        NewPageDraw[] fresh = draw.To == -3 ? draw.Caller.NewPages : [];
        return new Scenario
        {
            FanOut = draw.FanOut,
            Zones = draw.Zones,
            Cpus = draw.Cpus,
            Files = [.. draw.Files.Select((file, i) => File(draw, file, i, pages))],
            Processes = [.. draw.Processes.Select((process, i) => Process(process, i, drawn, areas))],
            Vmas = [.. areas.Vmas],
            Pages =
            [
                .. drawn,
                new ScenarioPage { List = PagePlace.Free },
                new ScenarioPage { List = PagePlace.Free },
                .. fresh.Select(page => new ScenarioPage { List = PagePlace.New, Zone = page.Zone % draw.Zones, Flags = page.Stale }),
            ],
            Swap = Swap(draw, pages, drawn, nextSlot),
            From = From(draw.Caller, drawn),
            To = draw.To switch
            {
                -1 => ScenarioTo.AsManyAsFrom,
                -2 => ScenarioTo.SwapOut,
                -3 => ScenarioTo.List([.. Enumerable.Range(drawn.Length + 2, fresh.Length)]),
                _ => ScenarioTo.Frames(draw.To),
            },
            Before = [.. draw.Caller.Before],
            After = [.. draw.Caller.After],
            Locks = draw.Lock is { } held && MayHold(held, draw) ? [held with { Number = NumberOf(held, draw) }] : [],
        };
    }

    /// <summary>An actor that aims at one of the drawn pages, or at what lives in a slot without a page.</summary>
    public static ActorSpec Actor(MachineDraw draw, ActorDraw actor)
    {
        var pages = new DrawnPages(draw);
        (DrawnAreas areas, _) = Areas(draw, pages);
        // Accesses find out what do_swap_page and shmem_getpage do when they must read.
        if (draw.SwappedOut > 0 && actor.Page >= draw.Pages.Length && actor.Kind is TaskKind.Fault or TaskKind.GetUserPages)
        {
            ulong tmpfs = areas.Find(0, DrawnAreas.Tmpfs, SwappedIndex(draw))?.Address ?? areas.AnyAddress(0, DrawnAreas.Tmpfs);
            return new ActorSpec(actor.Kind, Address: actor.Variant ? OutAddress(areas) : tmpfs, Write: actor.Write);
        }
        int number = actor.Page % draw.Pages.Length, process = actor.Process % draw.Processes.Length, owner = pages.OwnerOf(number);
        PageDraw aim = draw.Pages[number];
        ulong index = pages.IndexOf(number);
        // What is nobody's cannot be met: such an actor goes to the first file.
        if (owner < 0)
            (owner, index) = (0, draw.Bases[0]);
        bool onFile = actor.Kind is TaskKind.FindGetPage or TaskKind.FindLockPage or TaskKind.Truncate or TaskKind.InvalidateMappingPages
            or TaskKind.InvalidateInodePages2 or TaskKind.WritebackStart or TaskKind.WritebackWait or TaskKind.BufferUser;
        bool onVma = actor.Kind is TaskKind.Fault or TaskKind.GetUserPages or TaskKind.Mlock or TaskKind.Munmap or TaskKind.Mremap or TaskKind.Msync;
        bool wholeFile = actor.Kind is TaskKind.InvalidateMappingPages or TaskKind.InvalidateInodePages2 or TaskKind.WritebackStart or TaskKind.WritebackWait;
        bool cuts = actor.Variant && actor.Kind == TaskKind.Truncate;
        int onZoneOrCpu = !actor.Second ? 0 : actor.Kind == TaskKind.Kswapd ? draw.Zones - 1 : actor.Kind == TaskKind.LruAddDrain ? draw.Cpus - 1 : 0;
        return new ActorSpec(
            actor.Kind,
            Process: onVma || actor.Kind is TaskKind.Fork or TaskKind.Exit ? process : 0,
            Address: onVma ? (areas.Find(process, owner, index, actor.Second) ?? areas.Find(process, owner, index))?.Address ?? areas.AnyAddress(process, owner) : 0,
            File: !onFile ? 0 : aim.Class is PageClass.Tmpfs or PageClass.TmpfsSwapped && actor.Kind != TaskKind.BufferUser ? DrawnAreas.Tmpfs : aim.File,
            Index: !onFile ? (ulong)onZoneOrCpu : wholeFile ? 0 : cuts ? index + 1 : index,
            Write: actor.Write && actor.Kind is TaskKind.Fault or TaskKind.GetUserPages,
            Variant: cuts || (actor.Variant && actor.Kind is TaskKind.Fault or TaskKind.WritebackStart));
    }

    /// <summary>Where the first page that a process has mapped lies: the VMA, in the scenario's order.</summary>
    public static ScenarioVma VmaOf(Scenario scenario, MachineDraw draw, int process)
    {
        ActorSpec access = Actor(draw, new ActorDraw(TaskKind.Fault, 0, process, Write: false, Variant: false, Second: false));
        return scenario.Vmas!.First(vma => vma.Process == process && vma.Start <= access.Address && access.Address < vma.Start + (vma.Pages << 12));
    }

    private static (DrawnAreas Areas, int NextSlot) Areas(MachineDraw draw, DrawnPages pages)
    {
        int[] outSlots = [.. Enumerable.Range(0, draw.SwappedOut).Select(i => pages.NextSlot + (2 * i) + 1)];
        return (new DrawnAreas(draw, pages.Spans, outSlots), pages.NextSlot + (2 * draw.SwappedOut));
    }

    private static ulong OutAddress(DrawnAreas areas) =>
        areas.Vmas.SelectMany(vma => vma.Entries).First(entry => entry.Slot != 0).Address;

    // Offsets of tmpfs that live in slots only: behind its pages, and in every VMA that covers it all.
    private static ulong SwappedIndex(MachineDraw draw) => draw.Bases[DrawnAreas.Tmpfs] + DrawnAreas.Window(draw) - 4;

    private static ScenarioFile File(MachineDraw draw, FileDraw file, int number, DrawnPages pages)
    {
        ulong end = draw.Bases[number] + DrawnAreas.Window(draw);
        if (number == DrawnAreas.Tmpfs)
            return new ScenarioFile { Kind = MappingKind.Tmpfs, SegmentLocked = file.SegmentLocked, Size = end, Swapped = [.. pages.Swapped], Flags = file.Flags };
        return new ScenarioFile
        {
            Writepage = file.Writepage,
            Releasepage = file.Releasepage,
            Migratepage = file.Migratepage,
            SetPageDirtyNobuffers = file.Nobuffers,
            AccountsDirty = file.AccountsDirty,
            Completes = file.Completes,
            Size = file.Short && pages.Spans[number] > 0 ? draw.Bases[number] + pages.Spans[number] - 1 : end,
            Flags = file.Flags,
            Blocks = [.. pages.Blocks[number]],
        };
    }

    private static ScenarioProcess Process(ProcessDraw process, int number, ScenarioPage[] pages, DrawnAreas areas)
    {
        if (process == default)
            return ScenarioProcess.Default;
        int rss = pages.Sum(page => page.Ptes.Count(pte => areas.Vmas[pte.Vma!.Value].Process == number));
        return new ScenarioProcess { HiwaterRss = process.HiwaterRss == 0 ? 0 : rss + process.HiwaterRss - 1, OnMmlist = process.OnMmlist ? true : null };
    }

    private static ScenarioSwap Swap(MachineDraw draw, DrawnPages pages, ScenarioPage[] drawn, int nextSlot)
    {
        // Memory that a process has written is no other one's: such a slot has no user that is not shown.
        bool hidden = draw.Swap.Users > 0 && drawn.FirstOrDefault(page => page.SwapCache == draw.FirstSlot) is { } first && !first.Ptes.Any(pte => pte.Dirty);
        int[] bad = [.. Enumerable.Range(1, draw.FirstSlot - 1).Take(draw.Swap.Bad)];
        bad = [.. bad, .. Enumerable.Range(nextSlot, draw.Swap.Bad - bad.Length)];
        return new ScenarioSwap
        {
            Slots = draw.Swap.Slots < 0 ? null : Math.Max(nextSlot - 1 + draw.Swap.Slots, bad.LastOrDefault()),
            Writable = draw.Swap.Writable,
            Write = draw.Swap.Write,
            Completes = draw.Swap.Completes,
            RadixPreloadFails = draw.Swap.NoMemory,
            Map = [.. hidden ? [new ScenarioSlotUse(draw.FirstSlot, draw.Swap.Users)] : Array.Empty<ScenarioSlotUse>(), .. bad.Select(slot => new ScenarioSlotUse(slot, Bad: true))],
            Contents = [.. pages.SwapContents],
        };
    }

    private static ValueList<int>? From(CallerDraw caller, ScenarioPage[] pages)
    {
        bool isolates = caller.Before.Contains(CallerAction.Isolate);
        int[] from = [.. Enumerable.Range(0, pages.Length).Where(page => pages[page].List == PagePlace.Isolated != isolates)];
        if (caller.Order == 0 && !caller.LeavesOne)
            return null;
        int[] order = caller.Order == 1 ? [.. from.Reverse()] : caller.Order == 2 ? [.. from.Skip(1), .. from.Take(1)] : from;
        return [.. order.Take(caller.LeavesOne && order.Length > 1 ? order.Length - 1 : order.Length)];
    }

    // A caller that drains or isolates would wait for an lru_lock before the call, and there were no run.
    private static bool MayHold(ScenarioLock held, MachineDraw draw) => held.Kind != ScenarioLockKind.Lru || draw.Caller.Before.Length == 0;

    // The number of something that exists.
    private static int NumberOf(ScenarioLock held, MachineDraw draw) => held.Kind switch
    {
        ScenarioLockKind.PageTable or ScenarioLockKind.MmapSem => held.Number % draw.Processes.Length,
        ScenarioLockKind.Lru => held.Number % draw.Zones,
        _ => held.Number,
    };
}
