using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>Simpler runs than a given one, family by family; in each the simplest come first.</summary>
internal static class Simpler
{
    private static readonly PageFlags[] Flags = [.. Enum.GetValues<PageFlags>().Where(flag => flag is not (PageFlags.None or PageFlags.All))];

    // The patch itself is the simplest level, then one without its fixes; the later, the less simple.
    private static readonly PatchLevel[] Levels = [PatchSet.Default, .. Enum.GetValues<PatchLevel>().Where(level => level != PatchSet.Default)];

    /// <summary>An earlier level; no system call around migrate_pages; less of it.</summary>
    public static IEnumerable<Interleaved> Calls(Interleaved run)
    {
        Scenario s = run.Scenario;
        foreach (PatchLevel level in Levels.TakeWhile(level => level != s.Patch))
            yield return With(run, s with { Patch = level });
        if (s.Call is { } call)
        {
            // Without the call the pages are isolated, and those that were free are the new ones.
            yield return With(run, s with { Call = null, Zones = 1, Pages = [.. s.Pages.Where(page => page.List != PagePlace.Free).Select(page => page with { List = null, Zone = 0 })] });
            if (call.From.Count > 1)
                yield return With(run, s with { Call = call with { From = [call.From[0]] } });
            if (call.To.Count > 1)
                yield return With(run, s with { Call = call with { To = [call.To[0]] } });
            yield return With(run, s with { Call = call with { Caller = null } });
            yield return With(run, s with { Call = call with { Start = null, Pages = null } });
            yield return With(run, s with { Call = new ScenarioCall { Kind = PolicyCallKind.MigratePages, From = [0], To = [1] } });
        }
        for (int zones = 1; zones < s.Zones; zones++)
            yield return With(run, s with { Zones = zones });
        yield return With(run, s with { Cpus = 1, Pages = [.. s.Pages.Select(page => page with { Cpu = 0 })] });
        yield return With(run, s with { Before = [], After = [] });
        yield return With(run, s with { Before = [] });
        yield return With(run, s with { After = [] });
        yield return With(run, s with { Locks = [] });
        for (int i = s.Locks.Count - 1; i >= 0; i--)
            yield return With(run, s with { Locks = s.Locks.Without(i) });
        yield return With(run, s with { From = null });
        yield return With(run, s with { To = ScenarioTo.AsManyAsFrom });
    }

    /// <summary>Fewer pages: the half of them, then one less.</summary>
    public static IEnumerable<Interleaved> Pages(Interleaved run)
    {
        Scenario s = run.Scenario;
        int count = s.Pages.Count;
        if (count > 4)
        {
            yield return With(run, s with { Pages = [.. s.Pages.AsSpan()[..(count / 2)]] });
            yield return With(run, s with { Pages = [.. s.Pages.AsSpan()[(count / 2)..]] });
        }
        for (int i = count - 1; i >= 0; i--)
        {
            yield return With(run, s with { Pages = s.Pages.Without(i), From = Renamed(s.From, i) });
            if (s.Pages[i].Repeat > 1)
                yield return Page(run, i, s.Pages[i] with { Repeat = s.Pages[i].Repeat / 2 });
        }
    }

    /// <summary>Fewer actors.</summary>
    public static IEnumerable<Interleaved> Actors(Interleaved run)
    {
        for (int i = run.Actors.Count - 1; i >= 0; i--)
            yield return run with { Actors = run.Actors.Without(i), Schedule = [.. run.Schedule.Where(t => t != i + 1).Select(t => t > i + 1 ? t - 1 : t)] };
    }

    /// <summary>Fewer entries, VMAs and processes.</summary>
    public static IEnumerable<Interleaved> Mappings(Interleaved run)
    {
        Scenario s = run.Scenario;
        for (int page = 0; page < s.Pages.Count; page++)
        {
            ScenarioPage p = s.Pages[page];
            for (int i = p.Ptes.Count - 1; i >= 0; i--)
                yield return Page(run, page, p with { Ptes = p.Ptes.Without(i) });
            for (int i = p.SwapPtes.Count - 1; i >= 0; i--)
                yield return Page(run, page, p with { SwapPtes = p.SwapPtes.Without(i) });
            if (p.MappedBy > 0)
                yield return Page(run, page, p with { MappedBy = p.MappedBy - 1 });
            if (p.SwappedBy > 0)
                yield return Page(run, page, p with { SwappedBy = p.SwappedBy - 1 });
        }
        for (int vma = (s.Vmas?.Count ?? 0) - 1; vma >= 0; vma--)
        {
            yield return With(run, WithoutVma(s, vma));
            yield return With(run, s with { Vmas = s.Vmas!.With(vma, s.Vmas[vma] with { Entries = [] }) });
        }
        if (s.Processes is { Count: > 0 } processes)
            yield return With(run, s with { Processes = processes.Without(processes.Count - 1) });
    }

    /// <summary>Fewer buffers, holds and writes of others; plain entries.</summary>
    public static IEnumerable<Interleaved> PageStates(Interleaved run)
    {
        for (int page = 0; page < run.Scenario.Pages.Count; page++)
        {
            ScenarioPage p = run.Scenario.Pages[page];
            yield return Page(run, page, p with { Buffers = [] });
            for (int i = p.Buffers.Count - 1; i >= 0; i--)
            {
                yield return Page(run, page, p with { Buffers = p.Buffers.Without(i) });
                yield return Page(run, page, p with { Buffers = p.Buffers.With(i, ScenarioBuffer.Default) });
            }
            for (int i = p.References.Count - 1; i >= 0; i--)
                yield return Page(run, page, p with { References = p.References.Without(i) });
            yield return Page(run, page, p with { Locked = null });
            yield return Page(run, page, p with { Writeback = null });
            yield return Page(run, page, p with { Contents = null });
            yield return Page(run, page, p with { DirtyTag = null });
            yield return Page(run, page, p with { Raw = null });
            for (int i = 0; i < p.Ptes.Count; i++)
                yield return Page(run, page, p with { Ptes = p.Ptes.With(i, new ScenarioPte { Vma = p.Ptes[i].Vma, Address = p.Ptes[i].Address }) });
        }
    }

    /// <summary>Fewer flags.</summary>
    public static IEnumerable<Interleaved> PageFlagsOf(Interleaved run)
    {
        for (int page = 0; page < run.Scenario.Pages.Count; page++)
        {
            ScenarioPage p = run.Scenario.Pages[page];
            if (p.Flags is not { } flags)
                continue;
            foreach (PageFlags flag in Flags)
            {
                if ((flags & flag & ~PageFlags.Uptodate) != 0)
                    yield return Page(run, page, p with { Flags = flags & ~flag });
            }
            // A page is uptodate unless that matters.
            if ((flags & PageFlags.Uptodate) == 0)
                yield return Page(run, page, p with { Flags = flags | PageFlags.Uptodate });
        }
    }

    /// <summary>A plainer swap device, plainer files and VMAs, plainer actors.</summary>
    public static IEnumerable<Interleaved> Surroundings(Interleaved run)
    {
        Scenario s = run.Scenario;
        yield return With(run, s with { Swap = ScenarioSwap.Default });
        yield return With(run, s with { Swap = s.Swap with { Contents = [], Map = [] } });
        yield return With(run, s with { Swap = s.Swap with { Contents = [] } });
        yield return With(run, s with { Swap = ScenarioSwap.Default with { Slots = s.Swap.Slots } });
        yield return With(run, s with { FanOut = new Scenario().FanOut });
        for (int i = (s.Files?.Count ?? 0) - 1; i >= 0; i--)
        {
            yield return With(run, s with { Files = s.Files!.Without(i) });
            yield return With(run, s with { Files = s.Files.With(i, new ScenarioFile { Kind = s.Files[i].Kind, Size = s.Files[i].Size }) });
        }
        for (int i = 0; i < (s.Vmas?.Count ?? 0); i++)
            yield return With(run, s with { Vmas = s.Vmas!.With(i, s.Vmas[i] with { Flags = VmFlags.Read | VmFlags.Write }) });
        for (int i = 0; i < run.Actors.Count; i++)
            yield return run with { Actors = run.Actors.With(i, run.Actors[i] with { Write = false, Variant = false }) };
    }

    /// <summary>A page of a file is simpler than any other one; a regular file is simpler than tmpfs.</summary>
    public static IEnumerable<Interleaved> Kinds(Interleaved run)
    {
        Scenario s = run.Scenario;
        for (int page = 0; page < s.Pages.Count; page++)
        {
            ScenarioPage p = s.Pages[page];
            if (p.AnonVma is not null || p.SwapCache != 0)
                yield return With(run, s with { Pages = s.Pages.With(page, OfFile(p)), Vmas = null, Processes = null, Files = null, Swap = ScenarioSwap.Default });
        }
        for (int i = 0; i < (s.Files?.Count ?? 0); i++)
        {
            if (s.Files![i].Kind == MappingKind.Tmpfs)
                yield return With(run, s with { Files = s.Files.With(i, new ScenarioFile { Size = s.Files[i].Size }) });
        }
    }

    /// <summary>The lowest numbers that still do, and what the format makes by itself.</summary>
    public static IEnumerable<Interleaved> Names(Interleaved run)
    {
        Scenario s = run.Scenario;
        yield return With(run, s with { Files = null });
        yield return With(run, s with { Vmas = null, Processes = null });
        yield return With(run, s with { Processes = null });
        yield return With(run, s with { Title = null });
        yield return With(run, s with { Swap = s.Swap with { Slots = null } });
        for (int page = 0; page < s.Pages.Count; page++)
        {
            foreach (ScenarioPage lower in Lower(s.Pages[page]))
                yield return Page(run, page, lower);
        }
        for (int i = 0; i < run.Actors.Count; i++)
        {
            ActorSpec actor = run.Actors[i];
            if (actor.File > 0)
                yield return run with { Actors = run.Actors.With(i, actor with { File = actor.File - 1 }) };
            if (actor.Index > 0)
                yield return run with { Actors = run.Actors.With(i, actor with { Index = actor.Index - 1 }) };
        }
        // Pages and their actors go down together: each alone would miss the other.
        ulong lowest = s.Pages.Where(Owned).Select(page => page.Index).DefaultIfEmpty().Min();
        if (lowest > 0)
            yield return Shifted(run, lowest) with { Schedule = run.Schedule };
    }

    /// <summary>First halves and quarters of the schedule go, then single steps; switches are moved to where a task would block anyway.</summary>
    public static IEnumerable<Interleaved> Steps(Interleaved run)
    {
        int count = run.Schedule.Count;
        for (int length = count; length >= 1; length /= 2)
        {
            for (int first = 0; first + length <= count; first += length)
                yield return run with { Schedule = [.. run.Schedule.AsSpan()[..first], .. run.Schedule.AsSpan()[(first + length)..]] };
        }
        for (int i = 0; i + 1 < count; i++)
        {
            if (run.Schedule[i] > run.Schedule[i + 1])
                yield return run with { Schedule = run.Schedule.With(i, run.Schedule[i + 1]).With(i + 1, run.Schedule[i]) };
        }
    }

    private static IEnumerable<ScenarioPage> Lower(ScenarioPage p)
    {
        yield return p with { List = null };
        if (p.List == PagePlace.LruAddActive)
            yield return p with { List = PagePlace.LruAdd };
        yield return p with { Flags = null };
        if (p.File is > 0)
            yield return p with { File = p.File - 1 };
        if (p.AnonVma is > 0)
            yield return p with { AnonVma = p.AnonVma - 1 };
        if (p.Index > 0)
            yield return p with { Index = 0 };
        if (p.Index > 0)
            yield return p with { Index = p.Index - 1 };
        if (p.SwapCache > 1)
            yield return p with { SwapCache = 1 };
        if (p.SwapCache > 1)
            yield return p with { SwapCache = p.SwapCache - 1 };
        if (p.Zone > 0)
            yield return p with { Zone = p.Zone - 1 };
        yield return p with { Ptes = [], MappedBy = p.MappedBy + p.Ptes.Count };
        for (int i = 0; i < p.Ptes.Count; i++)
            yield return p with { Ptes = p.Ptes.With(i, p.Ptes[i] with { Address = null }) };
        foreach (int end in p.References.Append(p.Locked ?? 0).Append(p.Writeback?.Until ?? 0).Where(end => end is > 0 and <= ScenarioLimits.LastPass).Distinct())
        {
            int Earlier(int until) => until == end ? end - 1 : until;
            yield return p with
            {
                References = [.. p.References.Select(Earlier)],
                Locked = p.Locked is { } locked ? Earlier(locked) : null,
                Writeback = p.Writeback is { } write ? write with { Until = Earlier(write.Until) } : null,
            };
        }
    }

    private static ScenarioPage OfFile(ScenarioPage p) => p with
    {
        File = 0,
        AnonVma = null,
        SwapCache = 0,
        DirtyTag = null,
        SwapPtes = [],
        SwappedBy = 0,
        Ptes = [],
        MappedBy = p.MappedBy + p.Ptes.Count,
    };

    private static Interleaved Shifted(Interleaved run, ulong by)
    {
        Scenario s = run.Scenario;
        ulong bytes = by << Machine.PageShift;
        return run with
        {
            Scenario = s with
            {
                Pages = [.. s.Pages.Select(page => !Owned(page) ? page : page with
                {
                    Index = page.Index - by,
                    Ptes = [.. page.Ptes.Select(pte => pte with { Address = pte.Address - bytes })],
                    SwapPtes = [.. page.SwapPtes.Select(pte => pte with { Address = pte.Address - bytes })],
                })],
            },
            Actors = [.. run.Actors.Select(actor => actor with
            {
                Index = actor.Index >= by ? actor.Index - by : actor.Index,
                Address = actor.Address >= bytes ? actor.Address - bytes : actor.Address,
            })],
        };
    }

    private static bool Owned(ScenarioPage page) => page.File is not null || page.AnonVma is not null || page.SwapCache != 0;

    private static Scenario WithoutVma(Scenario s, int vma) => s with
    {
        Vmas = s.Vmas!.Without(vma),
        Pages = [.. s.Pages.Select(page => page with
        {
            Ptes = [.. page.Ptes.Where(pte => pte.Vma != vma).Select(pte => pte.Vma > vma ? pte with { Vma = pte.Vma - 1 } : pte)],
            SwapPtes = [.. page.SwapPtes.Where(pte => pte.Vma != vma).Select(pte => pte.Vma > vma ? pte with { Vma = pte.Vma - 1 } : pte)],
        })],
    };

    // A list of page numbers when a page is gone.
    private static ValueList<int>? Renamed(ValueList<int>? pages, int gone) =>
        pages is null ? null : [.. pages.Where(page => page != gone).Select(page => page > gone ? page - 1 : page)];

    private static Interleaved With(Interleaved run, Scenario scenario) => run with { Scenario = scenario };

    private static Interleaved Page(Interleaved run, int page, ScenarioPage with) =>
        With(run, run.Scenario with { Pages = run.Scenario.Pages.With(page, with) });
}
