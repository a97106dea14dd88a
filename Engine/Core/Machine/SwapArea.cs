using System.Runtime.InteropServices;

namespace MigrationConformance.Core;

/// <summary>How the swap device answers a write.</summary>
public enum SwapWriteMode : byte
{
    /// <summary>The write is submitted and completes later.</summary>
    Asynchronous,

    /// <summary>The write is submitted and completes later with an error: PG_error is set, nothing is stored.</summary>
    AsynchronousFailing,

    /// <summary>No bio can be allocated: swap_writepage returns −ENOMEM.</summary>
    NoMemory,
}

/// <summary>The one swap device. Its slots are rows of <see cref="Machine.SwapMap"/> and <see cref="Machine.SwapContents"/>.</summary>
/// <remarks>Kernel: include/linux/swap.h struct swap_info_struct, and the globals of mm/swapfile.c.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct SwapArea
{
    /// <summary>swap_map value of a slot that cannot be used.</summary>
    public const ushort MapBad = 0x8000;

    /// <summary>The largest count a slot can have; it sticks there.</summary>
    public const ushort MapMax = 0x7fff;

    /// <summary>nr_swap_pages: free slots.</summary>
    public int NrSwapPages;

    /// <summary>No slot below this one is free; a hint that keeps the search for the lowest free slot short.</summary>
    public int LowestFree;

    /// <summary>SWP_WRITEOK: 1 while slots may be handed out, 0 during swapoff.</summary>
    public int WriteOk;

    /// <summary>When writes that this machine's tasks submit complete: <see cref="Until"/>.</summary>
    public int WritesComplete;

    /// <summary>How the device answers a write: a <see cref="SwapWriteMode"/>.</summary>
    public int WriteMode;

    /// <summary>1 when radix_tree_preload finds no memory, so that nothing can be added to a page cache tree.</summary>
    public int RadixPreloadFails;
}
