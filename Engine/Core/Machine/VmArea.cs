using System.Runtime.InteropServices;

namespace MigrationConformance.Core;

/// <summary>The vm_flags that the modelled code looks at.</summary>
/// <remarks>Kernel: include/linux/mm.h VM_*; the bit numbers are this engine's.</remarks>
[Flags]
public enum VmFlags : uint
{
    /// <summary>No bit.</summary>
    None = 0,

    /// <summary>VM_READ.</summary>
    Read = 1 << 0,

    /// <summary>VM_WRITE.</summary>
    Write = 1 << 1,

    /// <summary>VM_SHARED: writes go to the file.</summary>
    Shared = 1 << 2,

    /// <summary>VM_MAYSHARE.</summary>
    MayShare = 1 << 3,

    /// <summary>VM_LOCKED: mlocked.</summary>
    Locked = 1 << 4,

    /// <summary>VM_RESERVED.</summary>
    Reserved = 1 << 5,

    /// <summary>VM_NONLINEAR: pages sit at offsets of their own (remap_file_pages).</summary>
    Nonlinear = 1 << 6,
}

/// <summary>A virtual memory area of a process.</summary>
/// <remarks>Kernel: include/linux/mm.h struct vm_area_struct.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct VmArea
{
    /// <summary>vm_start: first address, in bytes, a multiple of the page size.</summary>
    public ulong Start;

    /// <summary>vm_end: first address after it, in bytes, a multiple of the page size.</summary>
    public ulong End;

    /// <summary>vm_pgoff: offset in the file, or linear offset for anonymous memory, of the first page.</summary>
    public Pgoff Pgoff;

    /// <summary>vm_private_data as try_to_unmap_file uses it: the non-linear cursor, in bytes from the start.</summary>
    public ulong Cursor;

    /// <summary>vm_mm.</summary>
    public MmId Mm;

    /// <summary>vm_file's mapping, or none for anonymous memory.</summary>
    public MappingId File;

    /// <summary>anon_vma, or none before the first anonymous page.</summary>
    public AnonVmaId AnonVma;

    /// <summary>vm_flags.</summary>
    public VmFlags Flags;

    /// <summary>Next VMA of the file's i_mmap or i_mmap_nonlinear, or −1.</summary>
    public int SharedNext;

    /// <summary>Next VMA of the anon_vma, or −1.</summary>
    public int AnonNext;

    /// <summary>Value of <see cref="InUse"/> while munmap takes the VMA away: detached from its process, still linked in the reverse mapping.</summary>
    public const int Detached = 2;

    /// <summary>1 for a VMA that is mapped, 0 for one that was unmapped.</summary>
    public int InUse;

    private int unused;

    /// <summary>Whether any of <paramref name="bits"/> is set.</summary>
    /// <param name="bits">One bit or several.</param>
    /// <returns>True when at least one is set.</returns>
    public readonly bool Has(VmFlags bits) => (Flags & bits) != 0;

    /// <summary>Its length in pages.</summary>
    public readonly ulong Pages => (End - Start) >> Machine.PageShift;

    /// <summary>linear_page_index(): the offset that belongs to an address.</summary>
    /// <param name="address">An address inside the VMA, in bytes.</param>
    /// <returns>The offset in pages.</returns>
    public readonly Pgoff LinearPageIndex(ulong address) => new(((address - Start) >> Machine.PageShift) + Pgoff.Value);
}

/// <summary>The VMAs that may map the pages of one anonymous region and its forks.</summary>
/// <remarks>Kernel: include/linux/rmap.h struct anon_vma. The walk takes them in the order in which they were linked.</remarks>
public struct AnonVma
{
    /// <summary>First VMA, or −1; linked through <see cref="VmArea.AnonNext"/>.</summary>
    public int Head;

    /// <summary>lock: the owner's task number + 1, 0 when free, or <see cref="Machine.LockedByOthers"/>.</summary>
    public int Lock;
}

/// <summary>A process's memory: mm_struct.</summary>
/// <remarks>Kernel: include/linux/sched.h struct mm_struct.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct Mm
{
    /// <summary>Value of <see cref="MmlistNext"/> for an mm that is not on the mmlist.</summary>
    public const int NotOnMmlist = -2;

    /// <summary>The page tables: a radix tree from page number >> shift to a leaf table of <see cref="Machine.Ptes"/>.</summary>
    public RadixRoot PageTable;

    /// <summary>anon_rss: present anonymous pages.</summary>
    public int AnonRss;

    /// <summary>file_rss: present file pages.</summary>
    public int FileRss;

    /// <summary>hiwater_rss: the highest anon_rss + file_rss recorded just before a drop.</summary>
    public int HiwaterRss;

    /// <summary>page_table_lock: the owner's task number + 1, 0 when free, or <see cref="Machine.LockedByOthers"/>.</summary>
    public int PageTableLock;

    /// <summary>mmap_sem: the writer's task number + 1, −<see cref="Machine.LockedByOthers"/>, or 0; the task table says who has it for reading.</summary>
    public int MmapSem;

    /// <summary>Next mm on the mmlist, −1 at its end, <see cref="NotOnMmlist"/> when not on it.</summary>
    public int MmlistNext;
}
