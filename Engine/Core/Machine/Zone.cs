using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MigrationConformance.Core;

/// <summary>A zone: its LRU lists and their counters.</summary>
/// <remarks>Kernel: include/linux/mmzone.h struct zone.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct Zone
{
    /// <summary>active_list.</summary>
    public ListId ActiveList;

    /// <summary>inactive_list.</summary>
    public ListId InactiveList;

    /// <summary>nr_active.</summary>
    public int NrActive;

    /// <summary>nr_inactive.</summary>
    public int NrInactive;

    /// <summary>lru_lock: the owner's task number + 1, 0 when free, or <see cref="Machine.LockedByOthers"/>.</summary>
    public int LruLock;

    // No frame of the zone below this number is free; a hint for the allocator of the policy layer, 0 where nobody uses it.
    internal int FreeHint;
}

/// <summary>Fourteen pages waiting for a batch operation; each holds one reference.</summary>
/// <remarks>Kernel: include/linux/pagevec.h struct pagevec, PAGEVEC_SIZE 14.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct Pagevec
{
    /// <summary>PAGEVEC_SIZE.</summary>
    public const int Size = 14;

    /// <summary>Pages in it, 0 to 13 between operations.</summary>
    public int Nr;

    private int unused;
    private PfnArray pages;

    /// <summary>The pages, oldest first; entries from <see cref="Nr"/> on are zero.</summary>
    [System.Diagnostics.CodeAnalysis.UnscopedRef]
    public Span<int> Pages => pages;

    [InlineArray(Size)]
    private struct PfnArray
    {
        private int first;
    }
}

/// <summary>The per-CPU LRU pagevecs of one CPU.</summary>
/// <remarks>Kernel: mm/swap.c lru_add_pvecs and lru_add_active_pvecs.</remarks>
public struct CpuPagevecs
{
    /// <summary>lru_add_pvecs: pages to go to an inactive list.</summary>
    public Pagevec LruAdd;

    /// <summary>lru_add_active_pvecs: pages to go to an active list.</summary>
    public Pagevec LruAddActive;
}
