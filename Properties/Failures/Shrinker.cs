using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>Makes a failing run small: pages, then mappings, then flags, then actors and steps, one at a time until nothing can go.</summary>
public static class Shrinker
{
    private static readonly PageFlags[] Flags = [.. Enum.GetValues<PageFlags>().Where(flag => flag is not (PageFlags.None or PageFlags.All))];

    /// <summary>Shrinks a run that breaks a rule to one that breaks the same rule and from which nothing can be taken away.</summary>
    public static Interleaved Shrink<TStepper>(Interleaved run, string rule, TStepper stepper)
        where TStepper : IStepper
    {
        // Every candidate is smaller in some way that no other one undoes; the bound is for a mistake in that.
        int left = 20_000;
        for (bool smaller = true; smaller && left > 0;)
        {
            smaller = false;
            foreach (Func<Interleaved, IEnumerable<Interleaved>> family in Families)
            {
                for (bool again = true; again;)
                {
                    again = false;
                    foreach (Interleaved candidate in family(run))
                    {
                        if (left-- <= 0 || candidate.Equals(run) || !Breaks(candidate, rule, stepper))
                            continue;
                        run = candidate;
                        smaller = again = true;
                        break;
                    }
                }
            }
        }
        return run;
    }

    private static readonly Func<Interleaved, IEnumerable<Interleaved>>[] Families =
        [Pages, Actors, Mappings, PageStates, PageFlagsOf, Surroundings, Names, Steps];

    private static bool Breaks<TStepper>(Interleaved run, string rule, TStepper stepper)
        where TStepper : IStepper
    {
        try
        {
            return Checked.Run(run, stepper).Broken?.Rule == rule;
        }
        catch (ScenarioException)
        {
            return false;
        }
    }

    private static Interleaved With(Interleaved run, Scenario scenario) => run with { Scenario = scenario };

    private static IEnumerable<Interleaved> Pages(Interleaved run)
    {
        for (int i = run.Scenario.Pages.Count - 1; i >= 0; i--)
            yield return With(run, run.Scenario with { Pages = run.Scenario.Pages.Without(i) });
    }

    private static IEnumerable<Interleaved> Actors(Interleaved run)
    {
        for (int i = run.Actors.Count - 1; i >= 0; i--)
            yield return run with { Actors = run.Actors.Without(i), Schedule = [.. run.Schedule.AsSpan().ToArray().Where(t => t != i + 1).Select(t => t > i + 1 ? t - 1 : t)] };
    }

    private static IEnumerable<Interleaved> Mappings(Interleaved run)
    {
        for (int page = 0; page < run.Scenario.Pages.Count; page++)
        {
            ScenarioPage p = run.Scenario.Pages[page];
            for (int i = p.Ptes.Count - 1; i >= 0; i--)
                yield return Page(run, page, p with { Ptes = p.Ptes.Without(i) });
            for (int i = p.SwapPtes.Count - 1; i >= 0; i--)
                yield return Page(run, page, p with { SwapPtes = p.SwapPtes.Without(i) });
        }
        for (int vma = (run.Scenario.Vmas?.Count ?? 0) - 1; vma >= 0; vma--)
            yield return With(run, WithoutVma(run.Scenario, vma));
        if (run.Scenario.Processes is { Count: > 0 } processes)
            yield return With(run, run.Scenario with { Processes = processes.Without(processes.Count - 1) });
    }

    private static Scenario WithoutVma(Scenario s, int vma) => s with
    {
        Vmas = s.Vmas!.Without(vma),
        Pages = [.. s.Pages.AsSpan().ToArray().Select(page => page with
        {
            Ptes = [.. page.Ptes.AsSpan().ToArray().Where(pte => pte.Vma != vma).Select(pte => pte.Vma > vma ? pte with { Vma = pte.Vma - 1 } : pte)],
            SwapPtes = [.. page.SwapPtes.AsSpan().ToArray().Where(pte => pte.Vma != vma).Select(pte => pte.Vma > vma ? pte with { Vma = pte.Vma - 1 } : pte)],
        })],
    };

    private static IEnumerable<Interleaved> PageStates(Interleaved run)
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
            for (int i = 0; i < p.Ptes.Count; i++)
                yield return Page(run, page, p with { Ptes = p.Ptes.With(i, new ScenarioPte { Vma = p.Ptes[i].Vma, Address = p.Ptes[i].Address }) });
        }
    }

    private static IEnumerable<Interleaved> PageFlagsOf(Interleaved run)
    {
        for (int page = 0; page < run.Scenario.Pages.Count; page++)
        {
            ScenarioPage p = run.Scenario.Pages[page];
            foreach (PageFlags flag in Flags)
            {
                if (p.Flags is { } flags && (flags & flag) != 0)
                    yield return Page(run, page, p with { Flags = flags & ~flag });
            }
            if (p.Flags is { } all && (all & ~PageFlags.Uptodate) != 0)
                yield return Page(run, page, p with { Flags = PageFlags.Uptodate });
        }
    }

    private static IEnumerable<Interleaved> Surroundings(Interleaved run)
    {
        Scenario s = run.Scenario;
        yield return With(run, s with { Swap = ScenarioSwap.Default });
        yield return With(run, s with { Swap = s.Swap with { Contents = [] } });
        yield return With(run, s with { FanOut = 8 });
        yield return With(run, s with { To = ScenarioTo.AsManyAsFrom });
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

    // The lowest numbers that still do, and what the format makes by itself.
    private static IEnumerable<Interleaved> Names(Interleaved run)
    {
        Scenario s = run.Scenario;
        yield return With(run, s with { Files = null });
        yield return With(run, s with { Vmas = null, Processes = null });
        yield return With(run, s with { Processes = null });
        yield return With(run, s with { Title = null });
        for (int page = 0; page < s.Pages.Count; page++)
        {
            ScenarioPage p = s.Pages[page];
            yield return Page(run, page, p with { List = null });
            yield return Page(run, page, p with { Flags = null });
            if (p.File is > 0)
                yield return Page(run, page, p with { File = p.File - 1 });
            if (p.AnonVma is > 0)
                yield return Page(run, page, p with { AnonVma = p.AnonVma - 1 });
            if (p.Index > 0)
                yield return Page(run, page, p with { Index = p.Index - 1 });
            if (p.SwapCache > 1)
                yield return Page(run, page, p with { SwapCache = p.SwapCache - 1 });
            yield return Page(run, page, p with { Ptes = [], MappedBy = p.Ptes.Count });
            for (int i = 0; i < p.Ptes.Count; i++)
                yield return Page(run, page, p with { Ptes = p.Ptes.With(i, p.Ptes[i] with { Address = null }) });
        }
        for (int i = 0; i < run.Actors.Count; i++)
        {
            ActorSpec actor = run.Actors[i];
            if (actor.File > 0)
                yield return run with { Actors = run.Actors.With(i, actor with { File = actor.File - 1 }) };
            if (actor.Index > 0)
                yield return run with { Actors = run.Actors.With(i, actor with { Index = actor.Index - 1 }) };
        }
    }

    // First halves and quarters of the schedule, then single steps; switches are moved to where a task would block anyway.
    private static IEnumerable<Interleaved> Steps(Interleaved run)
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

    private static Interleaved Page(Interleaved run, int page, ScenarioPage with) =>
        With(run, run.Scenario with { Pages = run.Scenario.Pages.With(page, with) });
}
