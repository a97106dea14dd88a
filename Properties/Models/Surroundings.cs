using CsCheck;
using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>What happens around a migration, and odd properties of pages, drawn for a scenario whatever it is of.</summary>
internal static class Surroundings
{
    /// <summary>What to add to a scenario; most of it is nothing.</summary>
    /// <param name="Caller">What the caller does: bit 0 drains first, bit 1 gives everything back.</param>
    /// <param name="Isolates">Whether the caller isolates the pages, instead of having done so.</param>
    /// <param name="Reverses">Whether <c>from</c> is the other way around.</param>
    /// <param name="Lock">A lock that others hold for ever.</param>
    /// <param name="OtherCpu">Whether pages in pagevecs are in those of a second CPU.</param>
    /// <param name="Buffers">Odd bits of buffers: bit 0 a write error, 1 associated, 2 not uptodate, 3 not mapped.</param>
    /// <param name="Frames">Flags of free frames.</param>
    /// <param name="Nobuffers">Whether the files have a set_page_dirty that leaves buffers alone.</param>
    /// <param name="SwapTags">Whether dirty pages have their tag in swapper_space too.</param>
    /// <param name="NamesTo">Whether new pages are named, one after the other, with flags that they keep.</param>
    internal readonly record struct Draw(
        int Caller, bool Isolates, bool Reverses, ScenarioLock? Lock, bool OtherCpu, int Buffers, PageFlags Frames, bool Nobuffers, bool SwapTags, bool NamesTo);

    private static readonly Gen<ScenarioLock?> Lock = Gen.Select(Gen.Enum<ScenarioLockKind>(), Gen.Int[0, 2], Gen.Int[0, 3], (kind, number, swapper) =>
        (ScenarioLock?)new ScenarioLock(kind, kind switch
        {
            ScenarioLockKind.Tree when swapper == 0 => ScenarioLock.Swapper,
            ScenarioLockKind.Swap or ScenarioLockKind.Mmlist => 0,
            _ => number,
        }));

    private static readonly Gen<bool> Seldom = Gen.Int[0, 7].Select(die => die == 0);

    /// <summary>What to add to a scenario.</summary>
    public static readonly Gen<Draw> Any = Gen.Select(
        Gen.Int[0, 3], Seldom, Seldom, Gen.Frequency((7, Gen.Const((ScenarioLock?)null)), (1, Lock)), Gen.Bool,
        Gen.Frequency((2, Gen.Const(0)), (1, Gen.Int[0, 15])), Gen.Bool.Select(odd => odd ? PageFlags.Arch1 | PageFlags.Nosave | PageFlags.Referenced : PageFlags.None),
        Seldom.Array[3],
        (caller, isolates, reverses, held, otherCpu, buffers, frames, odd) =>
            new Draw(caller, isolates, reverses, held, otherCpu, buffers, frames, odd[0], odd[1], odd[2]));

    /// <summary>The scenario with what was drawn around it; what it says itself stays.</summary>
    public static Scenario Around(Scenario scenario, Draw draw)
    {
        bool oneCpu = scenario.Cpus == 1;
        scenario = scenario with
        {
            Cpus = oneCpu && draw.OtherCpu ? 2 : scenario.Cpus,
            Files = draw.Nobuffers ? [.. scenario.Files!.Select(file => file with { SetPageDirtyNobuffers = true })] : scenario.Files,
            Locks = scenario.Locks.Count == 0 && draw.Lock is { } held && Exists(scenario, held) ? [held] : scenario.Locks,
            Pages = [.. scenario.Pages.Select(page => Odd(page, draw, oneCpu))],
        };
        bool plain = scenario.Call is null && scenario.From is null && scenario.Before.Count == 0 && scenario.After.Count == 0;
        return plain ? WithCaller(scenario, draw) : scenario;
    }

    private static Scenario WithCaller(Scenario scenario, Draw draw)
    {
        scenario = scenario with
        {
            Before = (draw.Caller & 1) != 0 ? [CallerAction.Drain] : [],
            After = (draw.Caller & 2) != 0 ? [CallerAction.Putback, CallerAction.Drain] : [],
        };
        if (draw.NamesTo && scenario.To == ScenarioTo.AsManyAsFrom)
        {
            int first = scenario.Pages.Sum(frames => frames.Repeat);
            var page = new ScenarioPage { List = PagePlace.New, Flags = PageFlags.Arch1 | PageFlags.Nosave };
            scenario = scenario with { Pages = scenario.Pages.With(page).With(page), To = ScenarioTo.List([first + 1, first]) };
        }
        if (draw.Isolates)
        {
            return scenario with
            {
                Before = scenario.Before.With(CallerAction.Isolate),
                Pages = [.. scenario.Pages.Select(page => page.List == PagePlace.Isolated && IsHeld(page) ? page with { List = PagePlace.Lru } : page)],
            };
        }
        ScenarioPage[] each = [.. scenario.Pages.SelectMany(page => Enumerable.Repeat(page, page.Repeat))];
        int[] isolated = [.. Enumerable.Range(0, each.Length).Where(page => each[page].List == PagePlace.Isolated)];
        return draw.Reverses ? scenario with { From = [.. isolated.Reverse()] } : scenario;
    }

    private static bool IsHeld(ScenarioPage page) =>
        page.File is not null || page.AnonVma is not null || page.SwapCache != 0 || page.References.Count > 0 || page.Buffers.Count > 0;

    private static bool Exists(Scenario scenario, ScenarioLock held) => held.Kind switch
    {
        ScenarioLockKind.Tree or ScenarioLockKind.Immap or ScenarioLockKind.Private => held.Number < scenario.Files!.Count,
        ScenarioLockKind.PageTable or ScenarioLockKind.MmapSem => held.Number < scenario.Processes!.Count,
        ScenarioLockKind.Lru => held.Number < scenario.Zones,
        _ => true,
    };

    private static ScenarioPage Odd(ScenarioPage page, Draw draw, bool oneCpu) => page with
    {
        Cpu = !oneCpu ? page.Cpu : draw.OtherCpu && page.List is PagePlace.LruAdd or PagePlace.LruAddActive ? 1 : 0,
        Flags = page.List == PagePlace.Free ? draw.Frames : page.Flags,
        DirtyTag = draw.SwapTags && page.SwapCache != 0 && (page.Flags & PageFlags.Dirty) != 0 ? true : page.DirtyTag,
        Buffers = draw.Buffers == 0 ? page.Buffers :
        [
            .. page.Buffers.Select(buffer => buffer with
            {
                WriteEio = (draw.Buffers & 1) != 0,
                Associated = (draw.Buffers & 2) != 0,
                Uptodate = (draw.Buffers & 4) == 0,
                Mapped = (draw.Buffers & 8) == 0,
            }),
        ],
    };
}
