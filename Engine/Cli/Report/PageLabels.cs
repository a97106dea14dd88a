using System;
using MigrationConformance.Core;

namespace MigrationConformance.Cli;

/// <summary>What the pages of a scenario are, by their numbers: which file's or whose anonymous memory.</summary>
internal sealed class PageLabels
{
    private readonly ScenarioMachine run;
    private readonly int[] firsts;
    private int lastItem;

    /// <summary>Makes the labels of a run.</summary>
    /// <param name="run">The machine and its scenario.</param>
    public PageLabels(ScenarioMachine run)
    {
        this.run = run;
        firsts = new int[run.Scenario.Pages.Count];
        int frame = 0;
        for (int item = 0; item < firsts.Length; item++)
        {
            firsts[item] = frame;
            frame += run.Scenario.Pages[item].Repeat;
        }
    }

    /// <summary>What a page was when the run began.</summary>
    /// <param name="page">The page.</param>
    /// <returns>Its file or anon_vma with the offset.</returns>
    public string Of(Pfn page)
    {
        int item = ItemOf(page);
        if (item < 0)
            return "new page";
        ScenarioPage what = run.Scenario.Pages[item];
        ulong offset = unchecked(what.Index + (ulong)(page.Value - firsts[item]));
        string slot = what.SwapCache > 0 ? $"slot {what.SwapCache + (page.Value - firsts[item])}" : "";
        return what.File is { } file ? $"{run.FileName(file)}, offset {offset}"
            : what.AnonVma is { } anonVma ? $"anonymous, anon_vma {anonVma}, offset {offset}" + (slot != "" ? $", {slot}" : "")
            : slot != "" ? $"swap cache, {slot}"
            : "no owner";
    }

    /// <summary>What kind of page it was when the run began.</summary>
    /// <param name="page">The page.</param>
    /// <returns>One word or two.</returns>
    public string KindOf(Pfn page)
    {
        int item = ItemOf(page);
        if (item < 0)
            return "new";
        ScenarioPage what = run.Scenario.Pages[item];
        return what.File is { } file ? (run.Machine.Mappings[ScenarioMachine.MappingOf(file).Value].Kind == MappingKind.Tmpfs ? "tmpfs" : "file")
            : what.AnonVma is not null ? "anonymous"
            : what.SwapCache > 0 ? "swap cache"
            : "no owner";
    }

    // The item of the scenario that a page belongs to, or −1. Pages are mostly asked for in order.
    private int ItemOf(Pfn page)
    {
        if (lastItem < firsts.Length && Has(lastItem, page))
            return lastItem;
        int item = Array.BinarySearch(firsts, page.Value);
        item = item >= 0 ? item : ~item - 1;
        if (item < 0 || !Has(item, page))
            return -1;
        return lastItem = item;
    }

    private bool Has(int item, Pfn page) =>
        page.Value >= firsts[item] && page.Value - firsts[item] < run.Scenario.Pages[item].Repeat;
}
