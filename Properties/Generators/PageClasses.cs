using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>A page of a scenario with what is asked about it.</summary>
/// <param name="In">The scenario.</param>
/// <param name="Number">The page's number.</param>
internal readonly record struct PageView(Scenario In, int Number)
{
    public ScenarioPage Page => In.Pages[Number];

    public bool Dirty => Has(PageFlags.Dirty);

    public bool Uptodate => Has(PageFlags.Uptodate);

    public bool Mapped => Page.Ptes.Count > 0;

    public bool Regular => Page.File is { } file && In.Files![file].Kind == MappingKind.Regular;

    public bool Tmpfs => Page.File is { } file && In.Files![file].Kind == MappingKind.Tmpfs;

    public ScenarioFile File => In.Files![Page.File!.Value];

    public bool Anon => Page.AnonVma is not null;

    public bool Cached => Page.SwapCache != 0;

    public bool InNoVector => !In.Files!.SelectMany(file => file.Swapped).Select(swapped => swapped.Slot).Contains(Page.SwapCache);

    public bool Readahead => Cached && !Anon && InNoVector;

    public bool Ownerless => Page.File is null && !Anon && !Cached;

    /// <summary>Users of its slot beside the cache that the scenario shows or names.</summary>
    public bool SlotUsed => Page.SwapPtes.Count > 0 || !InNoVector || Uses();

    public IEnumerable<ScenarioVma> Vmas => Page.Ptes.Select(Vma);

    public ScenarioVma Vma(ScenarioPte pte) => In.Vmas![pte.Vma!.Value];

    public bool Has(PageFlags flag) => (Page.Flags & flag) != 0;

    public bool AnyVma(VmFlags flag) => Vmas.Any(vma => (vma.Flags & flag) != 0);

    public bool AnyBuffer(Func<ScenarioBuffer, bool> what) => Page.Buffers.Any(what);

    public bool AnyEnd(Func<int, bool> what) => Page.References.Any(what) || (Page.Locked is { } locked && what(locked)) || (Page.Writeback is { } write && what(write.Until))
        || Page.Buffers.Any(buffer => buffer.Users.Any(what) || (buffer.Locked is { } until && what(until)));

    private bool Uses()
    {
        int mine = Page.SwapCache;
        return In.Swap.Map.Any(use => use.Slot == mine && use.Users > 0) || In.Vmas!.Any(vma => vma.Entries.Any(entry => entry.Slot == mine));
    }
}

/// <summary>The classes of page state that the semantics tell apart, by the chapter that does.</summary>
internal static class PageClasses
{
    /// <summary>Name, floor of ten thousand pages, and test; a page can be in any number of them.</summary>
    public static readonly (string Name, int Floor, Func<PageView, bool> Is)[] All =
    [
        // Who owns it, and whether it is dirty and mapped: the outcome table.
        ("file, clean, mapped", 480, v => v.Regular && !v.Dirty && v.Mapped),
        ("file, clean, unmapped", 820, v => v.Regular && !v.Dirty && !v.Mapped),
        ("file, dirty, mapped", 200, v => v.Regular && v.Dirty && v.Mapped),
        ("file, dirty, unmapped", 290, v => v.Regular && v.Dirty && !v.Mapped),
        ("file, dirty, count 2 but for buffers", 170, v => v.Regular && v.Dirty && !v.Mapped && v.Page.References.Count == 0),
        ("file, behind i_size", 170, v => v.Regular && v.Page.Index >= v.File.Size),
        ("file, no set_page_dirty for buffers", 220, v => v.Regular && v.File.SetPageDirtyNobuffers == true),
        ("file, migratepage method refuses", 140, v => v.Regular && v.File.Migratepage == MigratepageMode.FailMigratePage),
        ("tmpfs, clean, mapped", 160, v => v.Tmpfs && !v.Dirty && v.Mapped),
        ("tmpfs, clean, unmapped", 120, v => v.Tmpfs && !v.Dirty && !v.Mapped),
        ("tmpfs, dirty, mapped", 66, v => v.Tmpfs && v.Dirty && v.Mapped),
        ("tmpfs, dirty, unmapped", 96, v => v.Tmpfs && v.Dirty && !v.Mapped),
        ("tmpfs, in the swap cache, dirty", 83, v => v.Cached && !v.Anon && !v.InNoVector && v.Dirty),
        ("tmpfs, in the swap cache, clean", 140, v => v.Cached && !v.Anon && !v.InNoVector && !v.Dirty),
        ("anonymous, not in swap cache", 680, v => v.Anon && !v.Cached),
        ("anonymous, clean in swap cache, mapped", 380, v => v.Anon && v.Cached && !v.Dirty && v.Mapped),
        ("anonymous, clean in swap cache, unmapped", 330, v => v.Anon && v.Cached && !v.Dirty && !v.Mapped),
        ("anonymous, dirty in swap cache, mapped", 150, v => v.Anon && v.Cached && v.Dirty && v.Mapped),
        ("anonymous, dirty in swap cache, unmapped, slot used by others", 53, v => v.Anon && v.Cached && v.Dirty && !v.Mapped && v.SlotUsed),
        ("anonymous, dirty in swap cache, unmapped, slot used by the cache only", 210, v => v.Anon && v.Cached && v.Dirty && !v.Mapped && !v.SlotUsed),
        ("anonymous, in a private mapping of a file", 61, v => v.Anon && v.Vmas.Any(vma => vma.File is not null)),
        ("anonymous, its anon_vma has no VMA any more", 130, v => v.Anon && v.In.Vmas!.All(vma => vma.AnonVma != v.Page.AnonVma)),
        ("swap cache without mapping, read", 190, v => v.Readahead && v.Uptodate),
        ("swap cache without mapping, being read", 13, v => v.Readahead && !v.Uptodate && v.Page.Locked is not null),
        ("swap cache without mapping, read error", 17, v => v.Readahead && !v.Uptodate && v.Page.Locked is null),
        ("swap cache without mapping, with swap entries", 35, v => v.Readahead && v.Page.SwapPtes.Count > 0),
        ("freed: only its isolation holds it", 130, v => v.Ownerless && v.Page.List == PagePlace.Isolated && v.Page.References.Count == 0 && v.Page.Buffers.Count == 0),
        ("truncated, held by others", 120, v => v.Ownerless && v.Page.References.Count > 0),
        ("truncated, with buffers in use", 180, v => v.Ownerless && v.AnyBuffer(Busy)),
        ("truncated, with idle buffers", 68, v => v.Ownerless && v.Page.Buffers.Count > 0 && !v.AnyBuffer(Busy)),

        // How far it has been read: the outcome table, D33, D34.
        ("not uptodate, nobody reads it", 230, v => v.Regular && !v.Uptodate && !v.Dirty && v.Page.Locked is null && !v.Has(PageFlags.Error)),
        ("not uptodate, locked for a read", 64, v => v.Regular && !v.Uptodate && !v.Dirty && v.Page.Locked is not null && !v.Has(PageFlags.Error)),
        ("not uptodate, read error", 150, v => v.Regular && !v.Uptodate && v.Has(PageFlags.Error) && !v.Dirty),
        ("not uptodate, dirty, one of its buffers dirty", 13, v => v.Regular && !v.Uptodate && v.Dirty && v.Page.Buffers.Count(buffer => buffer.Dirty) == 1),

        // Writing: the methods of its mapping.
        ("dirty and unmapped, writepage asynchronous", 120, v => WrittenBy(v, WritepageMode.Asynchronous)),
        ("dirty and unmapped, writepage synchronous", 42, v => WrittenBy(v, WritepageMode.Synchronous)),
        ("dirty and unmapped, writepage fails", 18, v => WrittenBy(v, WritepageMode.Failing)),
        ("dirty and unmapped, writepage fails later", 23, v => WrittenBy(v, WritepageMode.AsynchronousFailing)),
        ("dirty and unmapped, writepage answers ACTIVATE", 43, v => WrittenBy(v, WritepageMode.Activate)),
        ("dirty and unmapped, no writepage", 42, v => WrittenBy(v, WritepageMode.Absent)),
        ("dirty and mapped, no writepage", 32, v => v.Regular && v.Dirty && v.Mapped && v.File.Writepage == WritepageMode.Absent),
        ("clean, no writepage", 180, v => v.Regular && !v.Dirty && v.File.Writepage == WritepageMode.Absent),
        ("dirty and unmapped, segment locked", 17, v => v.Tmpfs && v.Dirty && !v.Mapped && v.File.SegmentLocked),

        // Buffers.
        ("buffers, idle", 330, v => v.Regular && v.Page.Buffers.Count > 0 && !v.AnyBuffer(Busy)),
        ("buffers, one dirty", 440, v => v.Regular && v.AnyBuffer(buffer => buffer.Dirty)),
        ("buffers, one in use", 110, v => v.Regular && v.AnyBuffer(buffer => buffer.Users.Count > 0)),
        ("buffers, one locked", 130, v => v.Regular && v.AnyBuffer(buffer => buffer.Locked is not null)),
        ("buffers, one not uptodate", 440, v => v.AnyBuffer(buffer => !buffer.Uptodate)),
        ("buffers, one not mapped", 270, v => v.AnyBuffer(buffer => !buffer.Mapped)),
        ("buffers, one associated", 140, v => v.AnyBuffer(buffer => buffer.Associated)),
        ("buffers, one saw a write error", 200, v => v.Regular && v.AnyBuffer(buffer => buffer.WriteEio)),
        ("buffers, a ring of several", 570, v => v.Page.Buffers.Count > 1),
        ("buffers, as many as there can be", 73, v => v.Page.Buffers.Count == 8),
        ("buffers, all clean, page dirty", 43, v => v.Regular && v.Dirty && v.Page.Buffers.Count > 0 && !v.AnyBuffer(buffer => buffer.Dirty)),
        ("buffers, busy, page clean", 340, v => v.Regular && !v.Dirty && v.AnyBuffer(Busy)),
        ("buffers, busy, page dirty and unmapped", 43, v => v.Regular && v.Dirty && !v.Mapped && v.AnyBuffer(Held)),
        ("buffers, dirty only, page clean, dirty entry", 57, v => v.Regular && !v.Dirty && v.AnyBuffer(Busy) && !v.AnyBuffer(Held) && v.Page.Ptes.Any(pte => pte.Dirty)),
        ("buffers, releasepage refuses", 98, v => v.Regular && v.Page.Buffers.Count > 0 && v.File.Releasepage == ReleasepageMode.Refuses),
        ("buffers, releasepage frees them", 200, v => v.Regular && v.Page.Buffers.Count > 0 && v.File.Releasepage == ReleasepageMode.FreesBuffers),

        // Entries: rmap.
        ("mapped by two or more", 770, v => v.Page.Ptes.Count > 1),
        ("mapped twice by one process", 110, v => v.Vmas.GroupBy(vma => vma.Process).Any(process => process.Count() > 1)),
        ("mapped at different addresses", 630, v => v.Vmas.Select(vma => unchecked(vma.Start - (vma.Pgoff << 12))).Distinct().Count() > 1),
        ("mapped, pgoff not 0", 1380, v => v.Vmas.Any(vma => vma.Pgoff != 0)),
        ("a VMA of its anon_vma does not cover it", 630, v => v.Anon && v.In.Vmas!.Any(vma => vma.AnonVma == v.Page.AnonVma && !Covers(vma, v))),
        ("a VMA of its file does not cover it", 980, v => v.Page.File is { } file && v.In.Vmas!.Any(vma => vma.File == file && !Covers(vma, v))),
        ("young entry", 980, v => v.Page.Ptes.Any(pte => pte.Young)),
        ("dirty entry", 680, v => v.Page.Ptes.Any(pte => pte.Dirty)),
        ("dirty entry, clean page", 520, v => !v.Dirty && v.Page.Ptes.Any(pte => pte.Dirty)),
        ("clean entry that can be written", 170, v => v.Page.Ptes.Any(pte => !pte.Dirty && pte.Write)),
        ("dirty entry in a VMA without VM_WRITE", 61, v => v.Page.Ptes.Any(pte => pte.Dirty && (v.Vma(pte).Flags & VmFlags.Write) == 0)),
        ("swap entries and present entries", 89, v => v.Mapped && v.Page.SwapPtes.Count > 0),
        ("in a VM_LOCKED VMA only", 160, v => v.Mapped && v.Vmas.All(vma => (vma.Flags & VmFlags.Locked) != 0)),
        ("in a VM_LOCKED VMA after another one", 92, v => v.Mapped && (v.Vmas.First().Flags & VmFlags.Locked) == 0 && v.AnyVma(VmFlags.Locked)),
        ("in a VM_RESERVED VMA", 140, v => v.AnyVma(VmFlags.Reserved)),
        ("in a VM_MAYSHARE VMA without VM_SHARED", 190, v => v.Vmas.Any(vma => (vma.Flags & (VmFlags.Shared | VmFlags.MayShare)) == VmFlags.MayShare)),
        ("in a non-linear VMA, where its offset is", 33, v => v.Page.Ptes.Any(pte => Nonlinear(v.Vma(pte)) && IsLinear(v, pte))),
        ("in a non-linear VMA, elsewhere", 100, v => v.Page.Ptes.Any(pte => Nonlinear(v.Vma(pte)) && !IsLinear(v, pte))),
        ("in a non-linear VMA, young", 59, v => v.Page.Ptes.Any(pte => Nonlinear(v.Vma(pte)) && pte.Young)),
        ("in a non-linear VMA, behind the first cluster", 18, v => v.Page.Ptes.Any(pte => Nonlinear(v.Vma(pte)) && pte.Address >= ((v.Vma(pte).Start >> 17) + 1) << 17)),
        ("in a non-linear VMA with file entries", 92, v => v.Vmas.Any(vma => vma.Entries.Any(entry => entry.Slot == 0))),
        ("in a non-linear VMA whose cursor is not 0", 69, v => v.Vmas.Any(vma => vma.Cursor != 0)),

        // Places in trees.
        ("index 0", 540, v => v.Page.File is not null && v.Page.Index == 0),
        ("index at the border of a node", 410, v => v.Page.File is not null && v.Page.Index != 0 && AtBorder(v, v.Page.Index)),
        ("index at 4095 or 4096", 63, v => v.Page.File is not null && v.Page.Index is 4095 or 4096),
        ("index of 2^32 and around", 120, v => v.Page.File is not null && v.Page.Index >= uint.MaxValue - 2),
        ("slot at the border of a node", 160, v => v.Cached && AtBorder(v, (ulong)v.Page.SwapCache)),
        ("slot of 4093 and more", 33, v => v.Page.SwapCache >= 4093),
        ("slot differs from index, neither 0", 700, v => v.Anon && v.Cached && v.Page.Index != 0 && (ulong)v.Page.SwapCache != v.Page.Index),
        ("another page at the index that is its slot", 97, v => v.Cached && v.In.Pages.Any(other => other.File is not null && other.Index == (ulong)v.Page.SwapCache)),
        ("DIRTY tag, page clean", 100, v => v.Regular && !v.Dirty && v.Page.DirtyTag == true),
        ("DIRTY tag in swapper_space", 44, v => v.Cached && v.Page.DirtyTag == true),

        // Flags, one by one: those that are copied, and those that are not.
        ("PG_error, uptodate", 2240, v => v.Has(PageFlags.Error) && v.Uptodate),
        ("PG_referenced", 2480, v => v.Has(PageFlags.Referenced)),
        ("PG_active, isolated", 1490, v => v.Has(PageFlags.Active) && v.Page.List == PagePlace.Isolated),
        ("PG_checked", 2500, v => v.Has(PageFlags.Checked)),
        ("PG_mappedtodisk", 2510, v => v.Has(PageFlags.MappedToDisk)),
        ("PG_arch_1", 2490, v => v.Has(PageFlags.Arch1)),
        ("PG_nosave", 310, v => v.Has(PageFlags.Nosave)),
        ("PG_nosave_free", 310, v => v.Has(PageFlags.NosaveFree)),
        ("PG_uncached", 310, v => v.Has(PageFlags.Uncached)),
        ("PG_reclaim", 62, v => v.Has(PageFlags.Reclaim)),

        // What others hold, and when it ends.
        ("extra references", 1080, v => v.Page.References.Count > 0),
        ("two or more extra references", 180, v => v.Page.References.Count > 1),
        ("extra references for ever", 380, v => v.Page.References.Any(end => end is Until.Never or Until.Waited)),
        ("locked until a pass that tries", 110, v => v.Page.Locked is >= 0 and <= 2),
        ("locked until a pass that waits", 290, v => v.Page.Locked is (>= 3 and <= 10) or Until.Waited),
        ("locked for ever", 46, v => v.Page.Locked == Until.Never),
        ("anonymous, not in swap cache, locked", 61, v => v.Anon && !v.Cached && v.Page.Locked is not null),
        ("under writeback, of a file", 91, v => v.Regular && v.Page.Writeback is not null),
        ("under writeback, in the swap cache", 90, v => v.Cached && v.Page.Writeback is not null),
        ("under writeback, dirty again", 60, v => v.Page.Writeback is not null && v.Dirty),
        ("under writeback, with older contents", 26, v => v.Page.Writeback?.Contents is not null),
        ("under writeback, which fails", 60, v => v.Page.Writeback?.Fails == true),
        ("under writeback for ever", 18, v => v.Page.Writeback?.Until == Until.Never),
        ("something ends at pass 0", 170, v => v.AnyEnd(end => end == 0)),
        ("something ends at pass 1", 170, v => v.AnyEnd(end => end == 1)),
        ("something ends at pass 2", 180, v => v.AnyEnd(end => end == 2)),
        ("something ends at pass 3", 180, v => v.AnyEnd(end => end == 3)),
        ("something ends at pass 4", 180, v => v.AnyEnd(end => end == 4)),
        ("something ends at pass 5", 170, v => v.AnyEnd(end => end == 5)),
        ("something ends at pass 10", 200, v => v.AnyEnd(end => end == 10)),

        // Where it is.
        ("isolated, on from", 2870, v => v.Page.List == PagePlace.Isolated && (v.In.From is null || v.In.From.Contains(v.Number))),
        ("isolated, on a list of others", 140, v => v.Page.List == PagePlace.Isolated && v.In.From is { } from && !from.Contains(v.Number)),
        ("on the active list", 790, v => v.Page.List == PagePlace.Lru && v.Has(PageFlags.Active)),
        ("on the inactive list", 770, v => v.Page.List == PagePlace.Lru && !v.Has(PageFlags.Active)),
        ("in a pagevec of this CPU", 330, v => InPagevec(v) && v.Page.Cpu == 0),
        ("in a pagevec of another CPU", 67, v => InPagevec(v) && v.Page.Cpu > 0),
        ("in another zone", 980, v => v.Page.Zone > 0),
    ];

    /// <summary>Whether a buffer keeps the ring: used, dirty or locked.</summary>
    public static bool Busy(ScenarioBuffer buffer) => buffer.Dirty || Held(buffer);

    /// <summary>Whether others keep a buffer.</summary>
    public static bool Held(ScenarioBuffer buffer) => buffer.Users.Count > 0 || buffer.Locked is not null;

    /// <summary>Whether a VMA is non-linear.</summary>
    public static bool Nonlinear(ScenarioVma vma) => (vma.Flags & VmFlags.Nonlinear) != 0;

    private static bool Covers(ScenarioVma vma, PageView v) => v.Page.Index >= vma.Pgoff && v.Page.Index - vma.Pgoff < vma.Pages;

    private static bool IsLinear(PageView v, ScenarioPte pte) => v.Page.Index - v.Vma(pte).Pgoff == (pte.Address!.Value - v.Vma(pte).Start) >> 12;

    private static bool WrittenBy(PageView v, WritepageMode mode) => v.Regular && v.Dirty && !v.Mapped && (v.File.Writepage ?? WritepageMode.Asynchronous) == mode;

    private static bool AtBorder(PageView v, ulong index) => index % (ulong)v.In.FanOut == 0 || (index + 1) % (ulong)v.In.FanOut == 0;

    private static bool InPagevec(PageView v) => v.Page.List is PagePlace.LruAdd or PagePlace.LruAddActive;
}
