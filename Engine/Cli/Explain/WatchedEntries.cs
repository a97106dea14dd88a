using System.Collections.Generic;
using System.Linq;
using MigrationConformance.Core;

namespace MigrationConformance.Cli;

/// <summary>The page table entries that name a page or its swap slot when the run begins; they are followed by their place.</summary>
internal sealed class WatchedEntries
{
    private readonly ScenarioMachine run;
    private readonly Machine m;
    private readonly List<(int Row, int Process, ulong Address)> places = [];
    private readonly List<Pte> last = [];

    /// <summary>Finds the entries.</summary>
    /// <param name="run">The machine.</param>
    /// <param name="page">The page.</param>
    public WatchedEntries(ScenarioMachine run, Pfn page)
    {
        this.run = run;
        m = run.Machine;
        Page p = m.Pages[page.Value];
        for (int process = 0; process < m.Mms.Count; process++)
        {
            MmId mm = new(process);
            foreach ((ulong address, Pte pte) in PageTables.Entries(m, mm))
            {
                if (Names(pte, page) || (p.Has(PageFlags.SwapCache) && pte.IsSwap && pte.SwapEntry == p.SwapEntry))
                    places.Add((PageTables.Find(m, mm, address), process, address));
            }
        }
        last.AddRange(places.Select(place => m.Ptes[place.Row]));
    }

    /// <summary>The entries as they are now.</summary>
    /// <param name="page">The page.</param>
    /// <param name="most">How many to show.</param>
    /// <returns>One line an entry.</returns>
    public IEnumerable<string> Lines(Pfn page, int most)
    {
        foreach ((int row, int process, ulong address) in places.Take(most))
            yield return $"entry of {run.ProcessName(process)} at 0x{address:x}: {TextOf(m.Ptes[row], page)}";
        if (places.Count > most)
            yield return $"and {places.Count - most} entries more";
    }

    /// <summary>What changed since the last call.</summary>
    /// <param name="page">The page.</param>
    /// <returns>One phrase an entry that changed.</returns>
    public IEnumerable<string> Changes(Pfn page)
    {
        for (int i = 0; i < places.Count; i++)
        {
            Pte now = m.Ptes[places[i].Row];
            if (now == last[i])
                continue;
            yield return $"{run.ProcessName(places[i].Process)} at 0x{places[i].Address:x}: {TextOf(last[i], page)} → {TextOf(now, page)}";
            last[i] = now;
        }
    }

    private static bool Names(Pte pte, Pfn page) => pte.IsPresent && pte.Page == page;

    private static string TextOf(Pte pte, Pfn page) =>
        pte.IsNone ? "none"
        : pte.IsSwap ? $"swap entry of {pte.SwapEntry}"
        : pte.IsFile ? $"file entry of offset {pte.FileOffset}"
        : (pte.Page == page ? "present" : $"{pte.Page}") + (pte.IsYoung ? ", young" : "") + (pte.IsDirty ? ", dirty" : "") + (pte.IsWrite ? ", writable" : "");
}
