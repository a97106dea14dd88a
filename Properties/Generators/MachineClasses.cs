using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>The classes of a whole machine that the semantics tell apart.</summary>
internal static class MachineClasses
{
    /// <summary>Name, floor of ten thousand machines, and test; a machine can be in any number of them.</summary>
    public static readonly (string Name, int Floor, Func<Scenario, Machine, bool> Is)[] All =
    [
        // Lists and the caller.
        ("one page", 1230, (s, _) => Drawn(s) == 1),
        ("two to four pages", 3720, (s, _) => Drawn(s) is > 1 and <= 4),
        ("as many pages as drain a pagevec", 39, (s, _) => Drawn(s) >= 14),
        ("two neighbours of one file", 730, (s, _) => s.Pages.Any(page => page.File is { } file && s.Pages.Any(other => other.File == file && other.Index == page.Index + 1))),
        ("from in another order", 1090, (s, _) => s.From is { } from && !from.SequenceEqual(from.Order())),
        ("from leaves an isolated page out", 280, (s, _) => s.From is { } from && !s.Before.Contains(CallerAction.Isolate) && s.Pages.Count(page => page.List == PagePlace.Isolated) > from.Count),
        ("no new pages at all: swap out", 1000, (s, _) => s.To.IsSwapOut),
        ("to is empty", 230, (s, _) => s.To.NewFrames == 0),
        ("fewer new pages than pages", 390, (s, _) => s.To.NewFrames is { } frames && frames < From(s)),
        ("two or more new pages", 1240, (s, _) => From(s) > 1 && s.To == ScenarioTo.AsManyAsFrom),
        ("new pages by name", 490, (s, _) => s.To.Pages is { Count: > 0 }),
        ("a new page with flags of its last owner", 490, (s, _) => s.To.Pages is { } pages && pages.Any(page => s.Pages[page].Flags != PageFlags.None)),
        ("a new page in another zone", 170, (s, _) => s.To.Pages is { } pages && pages.Any(page => s.Pages[page].Zone > 0)),
        ("the caller isolates", 430, (s, _) => s.Before.Contains(CallerAction.Isolate) && !s.Before.Contains(CallerAction.Drain)),
        ("the caller drains and isolates", 460, (s, _) => s.Before.Count == 2),
        ("the caller drains", 440, (s, _) => s.Before.Count == 1 && s.Before[0] == CallerAction.Drain),
        ("the caller puts back", 2220, (s, _) => s.After.Contains(CallerAction.Putback)),
        ("the caller puts back and drains", 1110, (s, _) => s.After.Count == 2),

        // Zones, CPUs, trees.
        ("several zones", 2000, (s, _) => s.Zones > 1),
        ("several CPUs", 1640, (s, _) => s.Cpus > 1),
        ("fan-out 8", 3010, (s, _) => s.FanOut == 8),
        ("fan-out 16", 990, (s, _) => s.FanOut == 16),
        ("fan-out 64", 980, (s, _) => s.FanOut == 64),

        // Swap.
        ("swap, no slot is free", 100, (_, m) => m.Swap.NrSwapPages == 0),
        ("swap, one or two slots are free", 350, (_, m) => m.Swap.NrSwapPages is 1 or 2),
        ("swap, not writable", 330, (s, _) => !s.Swap.Writable),
        ("swap, no memory for trees", 160, (s, _) => s.Swap.RadixPreloadFails),
        ("swap, writes fail", 490, (s, _) => s.Swap.Write == SwapWriteMode.AsynchronousFailing),
        ("swap, no memory for writes", 490, (s, _) => s.Swap.Write == SwapWriteMode.NoMemory),
        ("swap, bad slots", 810, (s, _) => s.Swap.Map.Any(use => use.Bad)),
        ("swap, a slot with a user that is not shown", 280, (s, _) => s.Swap.Map.Any(use => use.Users == 1)),
        ("swap, a count that sticks", 140, (s, _) => s.Swap.Map.Any(use => use.Users == SwapArea.MapMax)),
        ("swap, something lives in slots only", 1230, (s, _) => s.Vmas!.Any(vma => vma.Entries.Any(entry => entry.Slot != 0))),

        // Processes and VMAs.
        ("one process", 1670, (s, _) => s.Processes!.Count == 1),
        ("three processes", 1660, (s, _) => s.Processes!.Count == 3),
        ("hiwater_rss above rss", 2530, (s, _) => s.Processes!.Any(process => process.HiwaterRss > 0)),
        ("on the mmlist without a swap entry", 1250, (s, _) => s.Processes!.Select((process, i) => (process, i)).Any(one => one.process.OnMmlist == true && !Swapped(s, one.i))),
        ("a VMA that was split", 3700, (s, _) => s.Vmas!.Any(vma => s.Vmas!.Any(other => other.Process == vma.Process && other.Start == vma.Start + (vma.Pages << 12)))),
        ("a non-linear VMA longer than a cluster", 680, (s, _) => s.Vmas!.Any(vma => PageClasses.Nonlinear(vma) && vma.Pages > 32)),
        ("a non-linear VMA that begins before the border of a cluster", 430, (s, _) => s.Vmas!.Any(vma => PageClasses.Nonlinear(vma) && (vma.Start >> 12) % 32 + vma.Pages > 32 && vma.Pages <= 32)),

        // Files.
        ("a file that saw an error", 1260, (s, _) => s.Files!.Any(file => (file.Flags & (MappingFlags.AsEio | MappingFlags.AsEnospc)) != 0)),
        ("a file whose inode is dirty", 860, (s, _) => s.Files!.Any(file => (file.Flags & MappingFlags.InodeDirty) != 0)),
        ("a file that does not count dirty pages", 3750, (s, _) => s.Files!.Any(file => file.Kind == MappingKind.Regular && file.AccountsDirty == false)),
        ("writes of this run never complete", 940, (s, _) => s.Files!.Any(file => file.Kind == MappingKind.Regular && file.Completes == Until.Never)),

        // Locks that others hold for ever.
        ("lock of others: tree_lock", 29, (s, _) => Holds(s, ScenarioLockKind.Tree)),
        ("lock of others: i_mmap_lock", 29, (s, _) => Holds(s, ScenarioLockKind.Immap)),
        ("lock of others: private_lock", 93, (s, _) => Holds(s, ScenarioLockKind.Private)),
        ("lock of others: anon_vma", 24, (s, _) => Holds(s, ScenarioLockKind.AnonVma)),
        ("lock of others: page_table_lock", 28, (s, _) => Holds(s, ScenarioLockKind.PageTable)),
        ("lock of others: mmap_sem", 31, (s, _) => Holds(s, ScenarioLockKind.MmapSem)),
        ("lock of others: swap_lock", 27, (s, _) => Holds(s, ScenarioLockKind.Swap)),
        ("lock of others: mmlist_lock", 55, (s, _) => Holds(s, ScenarioLockKind.Mmlist)),
        ("lock of others: lru_lock", 40, (s, _) => Holds(s, ScenarioLockKind.Lru)),
    ];

    private static int Drawn(Scenario s) => s.Pages.Count(page => page.List is not (PagePlace.Free or PagePlace.New));

    private static int From(Scenario s) => s.From?.Count ?? s.Pages.Count(page => page.List == PagePlace.Isolated);

    private static bool Swapped(Scenario s, int process) => s.Vmas!.Any(vma => vma.Process == process && vma.Entries.Any(entry => entry.Slot != 0))
        || s.Pages.Any(page => page.SwapPtes.Any(pte => s.Vmas![pte.Vma!.Value].Process == process));

    private static bool Holds(Scenario s, ScenarioLockKind kind) => s.Locks.Any(held => held.Kind == kind);
}
