namespace MigrationConformance.Core;

/// <summary>The PG_* bits of a page, each at the bit number it has at the patch.</summary>
/// <remarks>
/// Kernel: include/linux/page-flags.h. Bits 24 to 31 of the word hold the zone number and never change
/// after the machine is built (<see cref="Page.Zone"/>); they are not part of this enumeration.
/// <code>
///  31      24 23    20 19                                            0
/// +----------+--------+-----------------------------------------------+
/// |   zone   |   0    | uncached … checked slab active lru … locked   |
/// +----------+--------+-----------------------------------------------+
/// </code>
/// </remarks>
[Flags]
public enum PageFlags : uint
{
    /// <summary>No bit.</summary>
    None = 0,

    /// <summary>PG_locked: the page lock.</summary>
    Locked = 1u << 0,

    /// <summary>PG_error: an I/O error was seen.</summary>
    Error = 1u << 1,

    /// <summary>PG_referenced: recently used, in software.</summary>
    Referenced = 1u << 2,

    /// <summary>PG_uptodate: the contents are valid; its absence makes readers wait for the page lock.</summary>
    Uptodate = 1u << 3,

    /// <summary>PG_dirty: the contents must be written out.</summary>
    Dirty = 1u << 4,

    /// <summary>PG_lru: the page is on an LRU list of its zone.</summary>
    Lru = 1u << 5,

    /// <summary>PG_active: the page belongs to the active list; kept while isolated.</summary>
    Active = 1u << 6,

    /// <summary>PG_slab: a slab page.</summary>
    Slab = 1u << 7,

    /// <summary>PG_checked: private to the filesystem.</summary>
    Checked = 1u << 8,

    /// <summary>PG_arch_1: private to the architecture.</summary>
    Arch1 = 1u << 9,

    /// <summary>PG_reserved: never swapped nor migrated.</summary>
    Reserved = 1u << 10,

    /// <summary>PG_private: <see cref="Page.Private"/> belongs to the filesystem (buffers); holds one reference.</summary>
    Private = 1u << 11,

    /// <summary>PG_writeback: the page is being written.</summary>
    Writeback = 1u << 12,

    /// <summary>PG_nosave: used by suspend.</summary>
    Nosave = 1u << 13,

    /// <summary>PG_compound: part of a compound page.</summary>
    Compound = 1u << 14,

    /// <summary>PG_swapcache: in the tree of swapper_space at <see cref="Page.Private"/>.</summary>
    SwapCache = 1u << 15,

    /// <summary>PG_mappedtodisk: blocks are allocated on disk.</summary>
    MappedToDisk = 1u << 16,

    /// <summary>PG_reclaim: to be rotated to the inactive tail when writeback ends.</summary>
    Reclaim = 1u << 17,

    /// <summary>PG_nosave_free: used by suspend.</summary>
    NosaveFree = 1u << 18,

    /// <summary>PG_uncached: mapped uncached.</summary>
    Uncached = 1u << 19,

    /// <summary>Every bit that has a name.</summary>
    All = (1u << 20) - 1,
}
