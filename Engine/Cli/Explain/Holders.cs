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
        List<(string Who, int References)> holders = [.. HoldersOf(page)];
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

    private IEnumerable<(string Who, int References)> HoldersOf(Pfn page) =>
        Ledger.HoldersOf(m, page).GroupBy(WordsOf).Select(same => (same.Key, same.Count()));

    private string WordsOf(Holder holder) => holder.Kind switch
    {
        HolderKind.Tree => holder.Number == MappingId.Swapper.Value ? "swap cache" : "page cache",
        HolderKind.Pte => "entries",
        HolderKind.Isolation => $"isolation ({ListName(holder.Number)})",
        HolderKind.NewPage => "allocation (on to)",
        HolderKind.Others => "others",
        _ => holder.ToString(),
    };

    private string ListName(int list) =>
        list == run.From.Value ? "on from"
        : list == run.Moved.Value ? "on moved"
        : list == run.Failed.Value ? "on failed"
        : "not on from";

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
