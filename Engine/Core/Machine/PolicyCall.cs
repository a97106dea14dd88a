using System.Runtime.InteropServices;

namespace MigrationConformance.Core;

/// <summary>The system calls of the policy layer that migrate pages.</summary>
public enum PolicyCallKind
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>migrate_pages(2): moves the pages of a process from some nodes to others.</summary>
    MigratePages = 1,

    /// <summary>mbind(2): gives a range of the caller's memory a policy, and moves the pages that do not follow it.</summary>
    Mbind = 2,
}

/// <summary>The flags of mbind(2).</summary>
/// <remarks>Kernel: include/linux/mempolicy.h MPOL_MF_*, with its values.</remarks>
[Flags]
public enum MpolFlags : uint
{
    /// <summary>No bit.</summary>
    None = 0,

    /// <summary>MPOL_MF_STRICT: a page that does not follow the policy is an error.</summary>
    Strict = 1,

    /// <summary>MPOL_MF_MOVE: move the pages that no other process maps.</summary>
    Move = 2,

    /// <summary>MPOL_MF_MOVE_ALL: move shared pages too; a privilege.</summary>
    MoveAll = 4,
}

/// <summary>The memory policies that choose nodes for new pages.</summary>
/// <remarks>Kernel: include/linux/mempolicy.h MPOL_BIND, MPOL_INTERLEAVE, with their values. MPOL_DEFAULT and MPOL_PREFERRED are not modelled.</remarks>
public enum MpolMode
{
    /// <summary>Only these nodes, the lowest with free memory first.</summary>
    Bind = 2,

    /// <summary>One node after the other, by the offset of the page.</summary>
    Interleave = 3,
}

/// <summary>Who a process is: what permission checks and cpusets look at. A row of <see cref="Machine.Creds"/>, by the number of the process.</summary>
/// <remarks>Kernel: include/linux/sched.h struct task_struct uid, euid, suid, cap_effective, mems_allowed.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct Cred
{
    /// <summary>cpuset_mems_allowed(): the nodes that the process may use.</summary>
    public NodeMask MemsAllowed;

    /// <summary>uid.</summary>
    public int Uid;

    /// <summary>euid.</summary>
    public int Euid;

    /// <summary>suid.</summary>
    public int Suid;

    /// <summary>1 when capable(CAP_SYS_NICE).</summary>
    public int CapSysNice;
}

/// <summary>A system call of the policy layer with its local variables: a row of <see cref="Machine.PolicyCalls"/>, beside the row of its task.</summary>
/// <remarks>
/// The names of the locals are those of mm/mempolicy.c sys_migrate_pages(), do_migrate_pages(), do_mbind(), check_range()
/// and migrate_pages_to(). pagelist, newlist, moved and failed are <see cref="KernelTask.From"/>, <see cref="NewList"/>,
/// <see cref="KernelTask.Moved"/> and <see cref="KernelTask.Failed"/>.
/// </remarks>
[StructLayout(LayoutKind.Sequential)]
public struct PolicyCall
{
    /// <summary>from_nodes: the nodes to leave.</summary>
    public NodeMask FromNodes;

    /// <summary>to_nodes: the nodes to go to; for mbind those of the policy.</summary>
    public NodeMask ToNodes;

    /// <summary>tmp: the nodes that have still to be left.</summary>
    public NodeMask Remaining;

    /// <summary>nodes: check_range takes pages on these; for mbind those that are not on these.</summary>
    public NodeMask Nodes;

    /// <summary>start: first address of the range, in bytes.</summary>
    public ulong Start;

    /// <summary>end: first address behind it, in bytes.</summary>
    public ulong End;

    /// <summary>addr: where the walk of check_range stands, in bytes.</summary>
    public ulong Address;

    /// <summary>offset: of the address that the next page is allocated for, in bytes.</summary>
    public ulong Offset;

    /// <summary>Which call it is.</summary>
    public PolicyCallKind Kind;

    /// <summary>The policy of an mbind.</summary>
    public MpolMode Mode;

    /// <summary>flags.</summary>
    public MpolFlags Flags;

    /// <summary>current: the process that calls.</summary>
    public MmId Caller;

    /// <summary>mm: the process whose pages move; −1 when no process has the pid.</summary>
    public MmId Mm;

    /// <summary>newlist.</summary>
    public ListId NewList;

    /// <summary>source: the node to leave now, or −1.</summary>
    public int Source;

    /// <summary>dest: the node to go to now, or −1 for "as the policy says".</summary>
    public int Dest;

    /// <summary>The CPU whose pagevecs lru_add_drain_all drains next.</summary>
    public int DrainCpu;

    /// <summary>vma: the VMA in which the walk of check_range stands, or none between two.</summary>
    public VmaId Vma;

    /// <summary>prev: the VMA before it, or none.</summary>
    public VmaId Prev;

    /// <summary>first: the VMA that check_range returns; new pages are allocated for its addresses.</summary>
    public VmaId First;

    /// <summary>p: the page of pagelist for which the next new page is allocated, or none.</summary>
    public Pfn At;

    /// <summary>nr_pages: new pages of this chunk.</summary>
    public int NrPages;

    /// <summary>err: a negated <see cref="Errno"/>, or 0.</summary>
    public int Err;

    /// <summary>busy, nr_failed: pages that stayed where they were; negative when there was no memory for new ones.</summary>
    public int Busy;

    /// <summary>1 while the call has mmap_sem for reading, 2 for writing.</summary>
    public int MmapSem;

    /// <summary>Pages that check_range found on the wrong node; each time one is found.</summary>
    public int NrFound;

    /// <summary>Those of them that were left alone because another process maps them too.</summary>
    public int NrShared;

    /// <summary>Those of them that isolate_lru_page did not get.</summary>
    public int NrNotOnLru;

    /// <summary>Pages taken off the LRU.</summary>
    public int NrIsolated;

    /// <summary>Pages given back to the LRU, old pages of moved ones included.</summary>
    public int NrPutBack;

    /// <summary>Calls of migrate_pages.</summary>
    public int NrCalls;

    /// <summary>Pages that failed for good in the calls of migrate_pages before this one, and are on <c>failed</c> still.</summary>
    public int NrFailedBefore;

    private int unused;
}
