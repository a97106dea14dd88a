using System.Runtime.InteropServices;

namespace MigrationConformance.Core;

/// <summary>What a task does.</summary>
public enum TaskKind
{
    /// <summary>Nothing: an unused row.</summary>
    None = 0,

    /// <summary>migrate_pages over the lists of its row.</summary>
    Migration = 1,

    /// <summary>shrink_list over the list <see cref="KernelTask.From"/>.</summary>
    Reclaim = 2,

    /// <summary>An access of a process to an address, with the fault it takes: do_swap_page, do_wp_page, do_no_page, do_anonymous_page.</summary>
    Fault = 3,

    /// <summary>get_user_pages on one address, and the release of the pin.</summary>
    GetUserPages = 4,

    /// <summary>mlock: VM_LOCKED on a VMA, then the fault that populates one of its pages.</summary>
    Mlock = 5,

    /// <summary>find_get_page, and a read that looks at PG_uptodate only.</summary>
    FindGetPage = 6,

    /// <summary>find_lock_page, and a read under the page lock.</summary>
    FindLockPage = 7,

    /// <summary>vmtruncate: unmap_mapping_range, then truncate_inode_pages.</summary>
    Truncate = 8,

    /// <summary>invalidate_mapping_pages over a whole file.</summary>
    InvalidateMappingPages = 9,

    /// <summary>invalidate_inode_pages2 over a whole file.</summary>
    InvalidateInodePages2 = 10,

    /// <summary>munmap of a whole VMA.</summary>
    Munmap = 11,

    /// <summary>fork: dup_mmap of a process.</summary>
    Fork = 12,

    /// <summary>The start of writeback by dirty tag: writepages.</summary>
    WritebackStart = 13,

    /// <summary>The completion of a write that a task of this machine submitted.</summary>
    WritebackEnd = 14,

    /// <summary>kswapd: isolates pages from the inactive list, shrinks them, puts the rest back.</summary>
    Kswapd = 15,

    /// <summary>swapoff: try_to_unuse.</summary>
    Swapoff = 16,

    /// <summary>A user of a buffer: get_bh, lock_buffer, and back.</summary>
    BufferUser = 17,

    /// <summary>lru_add_drain of one CPU.</summary>
    LruAddDrain = 18,

    /// <summary>exit of a process: exit_mmap, then off the mmlist.</summary>
    Exit = 19,

    /// <summary>mremap of a whole VMA to another address.</summary>
    Mremap = 20,

    /// <summary>The caller of a second migration on another CPU: isolates what it finds on the LRU, and becomes a <see cref="Migration"/> of that.</summary>
    Isolation = 21,

    /// <summary>A wait for a file's writes in flight, as fsync makes it: a reference and no lock.</summary>
    WritebackWait = 22,

    /// <summary>msync: moves the dirty bits of a VMA's entries to their pages.</summary>
    Msync = 23,
}

/// <summary>What one call of Advance did.</summary>
public enum StepResult
{
    /// <summary>One atomic step was made.</summary>
    Ran,

    /// <summary>The task cannot go on: it waits for a lock or for I/O that somebody else holds. Nothing changed.</summary>
    Blocked,

    /// <summary>The task is over. Nothing changed.</summary>
    Finished,

    /// <summary>The step ran into a kernel BUG: <see cref="Machine.Bug"/> says which.</summary>
    Bug,
}

/// <summary>What a blocked task waits for.</summary>
public enum WaitKind
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>A page lock.</summary>
    PageLock,

    /// <summary>The end of a page's writeback.</summary>
    Writeback,

    /// <summary>The tree_lock of a mapping.</summary>
    TreeLock,

    /// <summary>The i_mmap_lock of a mapping.</summary>
    ImmapLock,

    /// <summary>The private_lock of a mapping.</summary>
    PrivateLock,

    /// <summary>The lock of an anon_vma.</summary>
    AnonVmaLock,

    /// <summary>The page_table_lock of an mm.</summary>
    PageTableLock,

    /// <summary>The mmap_sem of an mm.</summary>
    MmapSem,

    /// <summary>The swap_lock.</summary>
    SwapLock,

    /// <summary>The mmlist_lock.</summary>
    MmlistLock,

    /// <summary>The lru_lock of a zone.</summary>
    LruLock,

    /// <summary>The lock of a buffer, BH_Lock.</summary>
    BufferLock,
}

/// <summary>A running kernel task with its local variables: one row of <see cref="Machine.Tasks"/>.</summary>
/// <remarks>The names of the locals are those of mm/vmscan.c migrate_pages() and mm/rmap.c try_to_unmap_file().</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct KernelTask
{
    /// <summary>try_to_unmap_file: the cursor of the current non-linear VMA, in bytes.</summary>
    public ulong Cursor;

    /// <summary>try_to_unmap_file: max_nl_cursor, in bytes.</summary>
    public ulong MaxNlCursor;

    /// <summary>try_to_unmap_file: max_nl_size, in bytes.</summary>
    public ulong MaxNlSize;

    /// <summary>A swap entry that the task holds a count of in swap_map, or 0; and the entry an actor works on.</summary>
    public SwpEntry Entry;

    /// <summary>An actor's address, in bytes, or file offset, in pages.</summary>
    public ulong Address;

    /// <summary>An actor's page table entry as it was first read.</summary>
    public Pte OrigPte;

    /// <summary>What it does.</summary>
    public TaskKind Kind;

    /// <summary>The step it makes next: a <see cref="MigrationStep"/> for a migration, a PolicyStep in the call around it.</summary>
    public int Step;

    /// <summary>The CPU it runs on: the row of <see cref="Machine.Pagevecs"/> it uses.</summary>
    public int Cpu;

    /// <summary>The first list: pages to migrate, or to shrink.</summary>
    public ListId From;

    /// <summary>The list of new pages, or none.</summary>
    public ListId To;

    /// <summary>The list of pages that are done.</summary>
    public ListId Moved;

    /// <summary>The list of pages that failed for good.</summary>
    public ListId Failed;

    /// <summary>page: the page at work, or none.</summary>
    public Pfn Page;

    /// <summary>page2: its successor on the list, read before it is worked on.</summary>
    public Pfn Page2;

    /// <summary>newpage: the page it moves to, or none.</summary>
    public Pfn Newpage;

    /// <summary>pass: 0 to 10.</summary>
    public int Pass;

    /// <summary>retry: pages of this pass that answered −EAGAIN.</summary>
    public int Retry;

    /// <summary>nr_failed: pages on <see cref="Failed"/>.</summary>
    public int NrFailed;

    /// <summary>rc of the page at work.</summary>
    public int Rc;

    /// <summary>What the call returned, once finished.</summary>
    public int Result;

    /// <summary>Why the page at work left its attempt.</summary>
    public BackOutReason Reason;

    /// <summary>The step at which it left.</summary>
    public int ReasonStep;

    /// <summary>1 while the task holds the lock of <see cref="Page"/>.</summary>
    public int HoldsPageLock;

    /// <summary>1 while the task holds the lock of <see cref="Newpage"/>.</summary>
    public int HoldsNewpageLock;

    /// <summary>mapping: the address_space that was read.</summary>
    public MappingId Mapping;

    /// <summary>nr_refs: what must remain of the page's count once it is unmapped; 0 before a method of migration is called.</summary>
    public int NrRefs;

    /// <summary>radix_pointer: the row of <see cref="Machine.Slots"/>, −1 for NULL, −2 for the root of an empty tree.</summary>
    public int RadixPointer;

    /// <summary>Where the walk of try_to_unmap stands: see Rmap.</summary>
    public int UnmapPhase;

    /// <summary>The VMA that the walk visits next, or −1.</summary>
    public int UnmapVma;

    /// <summary>What the walk answered: a SwapResult.</summary>
    public int UnmapResult;

    /// <summary>try_to_unmap_file: mapcount, counted down.</summary>
    public int UnmapMapcount;

    /// <summary>1 after PF_SWAPWRITE was set by this call and must be cleared at its end.</summary>
    public int SwapwriteSetHere;

    /// <summary>1 while the task has PF_SWAPWRITE.</summary>
    public int PfSwapwrite;

    /// <summary>What the task waits for, after Advance answered <see cref="StepResult.Blocked"/>.</summary>
    public WaitKind WaitsFor;

    /// <summary>The page, mapping, anon_vma, mm, zone or buffer number of <see cref="WaitsFor"/>.</summary>
    public int WaitsForNumber;

    /// <summary>An actor's process.</summary>
    public MmId Mm;

    /// <summary>An actor's VMA.</summary>
    public VmaId Vma;

    /// <summary>An actor's own locals, by kind; of a migration the buffer at work + 1.</summary>
    public int Local0;

    /// <summary>An actor's own locals, by kind; of a migration 1 while it has its use of that buffer, and waits for its lock.</summary>
    public int Local1;

    /// <summary>The system call around a migration: a row of <see cref="Machine.PolicyCalls"/> + 1, or 0 when migrate_pages is all there is.</summary>
    public int Call;

    /// <summary>A task before its first step, with none for every page, list, mapping and process.</summary>
    /// <param name="kind">What it does.</param>
    /// <param name="cpu">The CPU it runs on.</param>
    /// <returns>The row, for the caller to complete.</returns>
    public static KernelTask New(TaskKind kind, int cpu = 0) => new()
    {
        Kind = kind,
        Cpu = cpu,
        From = ListId.None,
        To = ListId.None,
        Moved = ListId.None,
        Failed = ListId.None,
        Page = Pfn.None,
        Page2 = Pfn.None,
        Newpage = Pfn.None,
        Mapping = MappingId.None,
        RadixPointer = -1,
        UnmapVma = -1,
        Mm = new MmId(-1),
        Vma = VmaId.None,
    };

    /// <summary>Marks the task as waiting.</summary>
    /// <param name="kind">What for.</param>
    /// <param name="number">Which one.</param>
    public void Block(WaitKind kind, int number)
    {
        WaitsFor = kind;
        WaitsForNumber = number;
    }
}
