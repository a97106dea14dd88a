namespace MigrationConformance.Core;

/// <summary>The patch level whose code a machine runs: the series in its order, then the fixes that followed it in 2006. Each level contains those before it.</summary>
/// <remarks><see cref="PatchSet"/> says what each level changes, one member a difference.</remarks>
public enum PatchLevel
{
    /// <summary>Before the series: migrate_pages only swaps pages out and never looks at <c>to</c>.</summary>
    Before = 0,

    /// <summary>1/5 "PageSwapCache checks": who finds a page in the swap cache and then locks it looks once more whether it still is there.</summary>
    SwapCacheCheck = 1,

    /// <summary>2/5 "migrate_pages() extension", the patch that this project is about: pages move directly.</summary>
    V9 = 2,

    /// <summary>3/5 "remove_from_swap": step 18 gets code, which as merged never does anything.</summary>
    RemoveFromSwap = 3,

    /// <summary>4/5 "MPOL_MF_MOVE and sys_migrate_pages": callers allocate new pages and move to them, one at a time because of a stray semicolon.</summary>
    PolicyLayer = 4,

    /// <summary>5/5 "migratepage() method": a mapping brings its own way to move a page; dirty pages need not be written first.</summary>
    MigratepageMethod = 5,

    /// <summary>Fix of 16 February 2006: pages are collected, and new ones listed, in order; those for a VMA are allocated at rising addresses.</summary>
    NewPageOrder = 6,

    /// <summary>Fix of 20 February 2006: new pages are allocated in chunks, as was meant.</summary>
    ChunkedAllocation = 7,

    /// <summary>Fix of 24 February 2006: a page of a VM_LOCKED VMA fails at once and for good.</summary>
    MlockedFails = 8,

    /// <summary>Fix of 27 February 2006: step 18 finds the anon_vma of a page that is not mapped, and so restores its entries.</summary>
    EntriesRestored = 9,

    /// <summary>Fix of March 2006: swap_page ignores references when it unmaps, as migrate_page does.</summary>
    SwapPageIgnoresReferences = 10,

    /// <summary>Fix of 14 March 2006: without any swap space a caller is told so at once.</summary>
    SwapRequired = 11,

    /// <summary>Fix of April 2006: a fault that finds its page gone from the swap cache starts again, with the entry read anew.</summary>
    FaultStartsAgain = 12,

    /// <summary>Fix of 28 April 2006: the fallback for mappings without a method unmaps a page before it looks at PG_dirty.</summary>
    UnmappedBeforeWritten = 13,
}
