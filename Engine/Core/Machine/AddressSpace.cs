using System.Runtime.InteropServices;

namespace MigrationConformance.Core;

/// <summary>What an address_space belongs to, which decides its a_ops.</summary>
public enum MappingKind : byte
{
    /// <summary>swapper_space: swap_writepage, __set_page_dirty_nobuffers, no host, no dirty accounting.</summary>
    Swapper,

    /// <summary>A file with a backing store.</summary>
    Regular,

    /// <summary>A tmpfs file: shmem_writepage moves its pages to the swap cache.</summary>
    Tmpfs,
}

/// <summary>What a file's writepage method does; a choice that the kernel leaves to the filesystem.</summary>
public enum WritepageMode : byte
{
    /// <summary>Sets PG_writeback, unlocks, returns 0; the write completes later and succeeds.</summary>
    Asynchronous,

    /// <summary>Writes at once, unlocks, returns 0; never sets PG_writeback, so the DIRTY tag stays behind.</summary>
    Synchronous,

    /// <summary>Unlocks and returns −EIO without having written; does not redirty.</summary>
    Failing,

    /// <summary>As <see cref="Asynchronous"/>, but the write completes with an error: PG_error is set, nothing is stored.</summary>
    AsynchronousFailing,

    /// <summary>Redirties the page and returns AOP_WRITEPAGE_ACTIVATE with the page still locked.</summary>
    Activate,

    /// <summary>There is no writepage method, as in ramfs.</summary>
    Absent,
}

/// <summary>What a file's releasepage method does.</summary>
public enum ReleasepageMode : byte
{
    /// <summary>There is no method: try_to_free_buffers decides.</summary>
    Absent,

    /// <summary>The method calls try_to_free_buffers, as most filesystems do.</summary>
    FreesBuffers,

    /// <summary>The method refuses and changes nothing.</summary>
    Refuses,
}

/// <summary>What a mapping's migratepage method is. Only asked for from <see cref="PatchLevel.MigratepageMethod"/> on.</summary>
public enum MigratepageMode : byte
{
    /// <summary>There is no method: migrate_pages falls back to writing, dropping buffers, and migrate_page.</summary>
    Absent,

    /// <summary>migrate_page, for pages without private data: swapper_space's method.</summary>
    MigratePage,

    /// <summary>buffer_migrate_page, which takes the buffers along: ext2, ext3 and xfs.</summary>
    BufferMigratePage,

    /// <summary>fail_migrate_page, for pages that must not move: −EIO.</summary>
    FailMigratePage,
}

/// <summary>State bits of an address_space and of its inode.</summary>
[Flags]
public enum MappingFlags : ushort
{
    /// <summary>No bit.</summary>
    None = 0,

    /// <summary>AS_EIO: a write failed.</summary>
    AsEio = 1 << 0,

    /// <summary>AS_ENOSPC: a write found no space.</summary>
    AsEnospc = 1 << 1,

    /// <summary>The backing device counts dirty pages in nr_dirty.</summary>
    AccountsDirty = 1 << 2,

    /// <summary>The inode was marked dirty (I_DIRTY_PAGES).</summary>
    InodeDirty = 1 << 3,

    /// <summary>a_ops->set_page_dirty is __set_page_dirty_nobuffers; without the bit the method is absent.</summary>
    SetPageDirtyNobuffers = 1 << 4,

    /// <summary>tmpfs: the segment is locked in memory (SHM_LOCK).</summary>
    SegmentLocked = 1 << 5,

    /// <summary>tmpfs: the inode is on shmem_swaplist.</summary>
    OnShmemSwaplist = 1 << 6,
}

/// <summary>An address_space: a file's page cache, or swapper_space.</summary>
/// <remarks>
/// Kernel: include/linux/fs.h struct address_space. Lock fields hold the owner's task number + 1, or 0 when
/// free, or <see cref="Machine.LockedByOthers"/>.
/// </remarks>
[StructLayout(LayoutKind.Sequential)]
public struct AddressSpace
{
    /// <summary>page_tree.</summary>
    public RadixRoot PageTree;

    /// <summary>i_size of the file in pages, rounded up; no meaning for swapper_space.</summary>
    public ulong SizePages;

    /// <summary>nrpages: pages in the tree.</summary>
    public int Nrpages;

    /// <summary>tree_lock: the task that holds the write side.</summary>
    public int TreeLock;

    /// <summary>i_mmap_lock.</summary>
    public int ImmapLock;

    /// <summary>private_lock.</summary>
    public int PrivateLock;

    /// <summary>First VMA of i_mmap, or −1; linked through <see cref="VmArea.SharedNext"/>.</summary>
    public int Immap;

    /// <summary>First VMA of i_mmap_nonlinear, or −1; linked through <see cref="VmArea.SharedNext"/>.</summary>
    public int ImmapNonlinear;

    /// <summary>truncate_count: raised by each unmap_mapping_range.</summary>
    public int TruncateCount;

    /// <summary>When writes that this machine's tasks submit to this mapping complete: <see cref="Until"/>.</summary>
    public int WritesComplete;

    /// <summary>State bits.</summary>
    public MappingFlags Flags;

    /// <summary>What it belongs to.</summary>
    public MappingKind Kind;

    /// <summary>a_ops->writepage.</summary>
    public WritepageMode Writepage;

    /// <summary>a_ops->releasepage.</summary>
    public ReleasepageMode Releasepage;

    /// <summary>a_ops->migratepage.</summary>
    public MigratepageMode Migratepage;

    private ushort unused;

    /// <summary>Whether a state bit is set.</summary>
    /// <param name="flag">One bit.</param>
    /// <returns>True when it is set.</returns>
    public readonly bool Has(MappingFlags flag) => (Flags & flag) != 0;

    /// <summary>Whether there is a host inode: every mapping but swapper_space.</summary>
    public readonly bool HasHost => Kind != MappingKind.Swapper;
}

/// <summary>One page of a file on its backing store.</summary>
/// <remarks>Rows of <see cref="Machine.Blocks"/> are sorted by mapping, then by index; a page without a row reads as zero.</remarks>
public struct Block
{
    /// <summary>Offset in the file, in pages.</summary>
    public ulong Index;

    /// <summary>What is stored.</summary>
    public ulong Contents;

    /// <summary>The file: a <see cref="MappingId"/>.</summary>
    public long Mapping;
}

/// <summary>One entry of a tmpfs inode's swap vector: a page of the file that lives in swap.</summary>
/// <remarks>Kernel: mm/shmem.c shmem_swp_entry(). Rows of <see cref="Machine.ShmemSwap"/> are sorted by mapping, then by index.</remarks>
public struct ShmemSwapEntry
{
    /// <summary>Offset in the file, in pages.</summary>
    public ulong Index;

    /// <summary>The swap entry.</summary>
    public SwpEntry Entry;

    /// <summary>The file: a <see cref="MappingId"/>.</summary>
    public long Mapping;
}
