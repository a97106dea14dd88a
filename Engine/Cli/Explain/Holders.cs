using System;
using System.Collections.Generic;
using System.Linq;
using MigrationConformance.Core;

namespace MigrationConformance.Cli;

/// <summary>Who holds a page: each reference of page_count with its holder, and what others hold beside it.</summary>
internal sealed class Holders
{
    private const int EntriesShown = 8;

    private readonly ScenarioMachine run;
    private readonly Machine m;

    /// <summary>Makes the finder.</summary>
    /// <param name="run">The machine and its lists.</param>
    public Holders(ScenarioMachine run)
    {
        this.run = run;
        m = run.Machine;
    }

    /// <summary>Describes a page as it is now.</summary>
    /// <param name="page">The page.</param>
    /// <param name="entries">The page table entries to look at.</param>
    /// <returns>Lines without indentation.</returns>
    public IEnumerable<string> Describe(Pfn page, WatchedEntries entries)
    {
        Page p = m.Pages[page.Value];
        List<(string Who, int References)> holders = [.. HoldersOf(page, p)];
        yield return $"count {p.Count}{Sum(p.Count, holders)}; mapcount {p.Mapcount}";
        yield return $"mapping {NameOf(p.Mapping)}, index {p.Index}" + (p.Private == 0 ? "" : $", private {p.Private}")
            + $"; flags {PageText.Flags(p.Flags)}";
        foreach (string line in entries.Lines(page, EntriesShown))
            yield return line;
        foreach (string line in HeldByOthers(page))
            yield return line;
    }

    /// <summary>A mapping by the name that the scenario gives it.</summary>
    /// <param name="mapping">What page->mapping holds.</param>
    /// <returns>A name.</returns>
    public string NameOf(MappingPtr mapping) =>
        mapping is { IsNull: false, IsAnon: false } && mapping.Mapping != MappingId.Swapper ? run.FileName(mapping.Mapping.Value - 1) : mapping.ToString();

    private static string Sum(int count, List<(string Who, int References)> holders)
    {
        if (holders.Count == 0)
            return count == 0 ? "" : " (nobody is known to hold it)";
        int known = holders.Sum(holder => holder.References);
        string sum = string.Join(" + ", holders.Select(holder => $"{holder.Who} {holder.References}"));
        return $" = {sum}" + (known == count ? "" : $" + unaccounted {count - known}");
    }

    private IEnumerable<(string Who, int References)> HoldersOf(Pfn page, Page p)
    {
        MappingId mapping = p.PageMapping;
        if (!mapping.IsNone && mapping.Value < m.Mappings.Count && RadixTree.Lookup(m, m.Mappings[mapping.Value].PageTree, p.PageIndex) == page.Value)
            yield return (mapping == MappingId.Swapper ? "swap cache" : "page cache", 1);
        if (p.Mapcount > 0)
            yield return ("entries", p.Mapcount);
        if (p.Has(PageFlags.Private))
            yield return ("buffers", 1);
        if (ListOf(page) is { } list)
            yield return (list, 1);
        foreach (string pagevec in PagevecsOf(page))
            yield return (pagevec, 1);
        int others = m.Holds.Rows.ToArray().Count(hold => hold.Kind == HoldKind.Reference && hold.Page == page);
        if (others > 0)
            yield return ("others", others);
    }

    private string? ListOf(Pfn page) =>
        IsOn(run.From, page) ? "isolation (on from)"
        : IsOn(run.Moved, page) ? "isolation (on moved)"
        : IsOn(run.Failed, page) ? "isolation (on failed)"
        : IsOn(run.Others, page) ? "isolation (not on from)"
        : IsOn(run.To, page) ? "allocation (on to)"
        : null;

    private bool IsOn(ListId list, Pfn page) => !list.IsNone && PageList.Walk(m, list).Contains(page);

    private IEnumerable<string> PagevecsOf(Pfn page)
    {
        for (int cpu = 0; cpu < m.Pagevecs.Count; cpu++)
        {
            if (m.Pagevecs[cpu].LruAdd.Pages[..m.Pagevecs[cpu].LruAdd.Nr].Contains(page.Value))
                yield return $"lru_add pagevec of CPU {cpu}";
            if (m.Pagevecs[cpu].LruAddActive.Pages[..m.Pagevecs[cpu].LruAddActive.Nr].Contains(page.Value))
                yield return $"lru_add_active pagevec of CPU {cpu}";
        }
    }

    private IEnumerable<string> HeldByOthers(Pfn page)
    {
        foreach (IGrouping<(HoldKind Kind, int Until), Hold> same in m.Holds.Rows.ToArray()
            .Where(hold => hold.Kind != HoldKind.None && hold.Page == page).GroupBy(hold => (hold.Kind, hold.Until)))
        {
            string what = same.Key.Kind switch
            {
                HoldKind.PageLock => "the page lock",
                HoldKind.Writeback => "a write in flight",
                HoldKind.Reference => same.Count() == 1 ? "a reference" : $"{same.Count()} references",
                HoldKind.BufferCount => same.Count() == 1 ? "a buffer in use" : $"{same.Count()} buffers in use",
                _ => same.Count() == 1 ? "a locked buffer" : $"{same.Count()} locked buffers",
            };
            yield return $"others: {what} {Words.OfUntil(same.Key.Until)}";
        }
    }
}
