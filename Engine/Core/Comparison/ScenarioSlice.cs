namespace MigrationConformance.Core;

/// <summary>Cuts one page out of a large scenario, with all that belongs to it: its entries, VMAs, processes and file.</summary>
public static class ScenarioSlice
{
    /// <summary>Cuts.</summary>
    /// <param name="start">The machine, built and not run.</param>
    /// <param name="page">A page of <c>from</c>.</param>
    /// <returns>A scenario with this page only, or null where it says what cannot be cut out.</returns>
    public static Scenario? Of(ScenarioMachine start, Pfn page)
    {
        Machine m = start.Machine;
        Scenario whole = start.Scenario;
        (ScenarioPage? said, ulong offset) = Find(whole, page);
        if (said is null || whole.Illegal)
            return null;
        ref Page p = ref m.Pages[page.Value];
        var vmas = new List<int>();
        var ptes = new List<ScenarioPte>();
        var swapPtes = new List<ScenarioSwapPte>();
        for (int vma = 0; vma < m.Vmas.Count; vma++)
        {
            ref VmArea area = ref m.Vmas[vma];
            bool mapsIt = p.IsAnon ? area.AnonVma == p.Mapping.AnonVma : !p.Mapping.IsNull && area.File == p.Mapping.Mapping;
            if (!mapsIt || area.Has(VmFlags.Nonlinear) || p.Index.Value < area.Pgoff.Value || p.Index.Value - area.Pgoff.Value >= area.Pages)
                continue;
            ulong address = area.Start + ((p.Index.Value - area.Pgoff.Value) << Machine.PageShift);
            Pte pte = PageTables.Get(m, area.Mm, address);
            if (pte.IsPresent && pte.Page == page)
                ptes.Add(new ScenarioPte { Vma = vmas.Count, Address = address, Young = pte.IsYoung, Dirty = pte.IsDirty, Write = pte.IsWrite });
            else if (pte.IsSwap && p.Has(PageFlags.SwapCache) && pte.SwapEntry == p.SwapEntry)
                swapPtes.Add(new ScenarioSwapPte(vmas.Count, address));
            vmas.Add(vma);
        }
        if (ptes.Count != p.Mapcount)
            return null;
        return Cut(whole, said, offset, vmas, m, [.. ptes], [.. swapPtes]);
    }

    private static Scenario Cut(Scenario whole, ScenarioPage said, ulong offset, List<int> vmas, Machine m, ValueList<ScenarioPte> ptes, ValueList<ScenarioSwapPte> swapPtes)
    {
        var processes = new List<int>();
        var areas = new List<ScenarioVma>();
        foreach (int vma in vmas)
        {
            VmArea area = m.Vmas[vma];
            if (!processes.Contains(area.Mm.Value))
                processes.Add(area.Mm.Value);
            areas.Add(new ScenarioVma
            {
                Process = processes.IndexOf(area.Mm.Value),
                Start = area.Start,
                Pages = area.Pages,
                Pgoff = area.Pgoff.Value,
                Flags = area.Flags,
                File = said.File is null ? null : 0,
                AnonVma = said.File is null ? 0 : null,
            });
        }
        return new Scenario
        {
            Patch = whole.Patch,
            FanOut = whole.FanOut,
            Swap = whole.Swap.Slots is 0 ? whole.Swap with { Map = [], Contents = [] } : whole.Swap with { Map = [], Contents = [], Slots = null },
            Files = said.File is { } file ? [(whole.Files?[file] ?? ScenarioFile.Default) with { Blocks = [], Swapped = [] }] : [],
            Processes = [.. processes.ConvertAll(process => whole.Processes?[process] ?? ScenarioProcess.Default)],
            Vmas = [.. areas],
            Pages =
            [
                said with
                {
                    Repeat = 1, Index = said.Index + offset, SwapCache = said.SwapCache == 0 ? 0 : said.SwapCache + (int)offset,
                    Contents = said.Contents + offset, Zone = 0, Cpu = 0, MappedBy = 0, Ptes = ptes, SwappedBy = 0, SwapPtes = swapPtes,
                    File = said.File is null ? null : 0, AnonVma = said.AnonVma is null ? null : 0, List = PagePlace.Isolated,
                },
            ],
            To = whole.To.IsSwapOut ? ScenarioTo.SwapOut : ScenarioTo.AsManyAsFrom,
            After = whole.After,
        };
    }

    private static (ScenarioPage? Page, ulong Offset) Find(Scenario scenario, Pfn page)
    {
        int first = 0;
        foreach (ScenarioPage said in scenario.Pages)
        {
            if (page.Value - first < said.Repeat)
                return (said, (ulong)(page.Value - first));
            first += said.Repeat;
        }
        return (null, 0);
    }
}
