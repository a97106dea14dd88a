namespace MigrationConformance.Core;

/// <summary>Numbers of the machine that belong to no table.</summary>
public struct MachineGlobals
{
    /// <summary>The patch level whose code runs.</summary>
    public PatchLevel Patch;

    /// <summary>log2 of the fan-out of radix trees and of the entries of a leaf page table: 3, 4 or 6.</summary>
    public int RadixTreeMapShift;

    /// <summary>nr_mapped: pages with at least one page table entry.</summary>
    public int NrMapped;

    /// <summary>nr_dirty: dirty pages of mappings that account them.</summary>
    public int NrDirty;

    /// <summary>nr_writeback: pages under writeback.</summary>
    public int NrWriteback;

    /// <summary>nr_pagecache: pages in page cache trees, the swap cache included.</summary>
    public int NrPagecache;

    /// <summary>swap_lock: the owner's task number + 1, 0 when free, or <see cref="Machine.LockedByOthers"/>.</summary>
    public int SwapLock;

    /// <summary>mmlist_lock: as <see cref="SwapLock"/>.</summary>
    public int MmlistLock;

    /// <summary>First mm of init_mm's mmlist, or −1.</summary>
    public int MmlistHead;

    /// <summary>No radix node below this number is free; a hint for the allocator.</summary>
    public int NodeHint;

    /// <summary>No row of <see cref="Machine.Holds"/> below this number is free; a hint for the allocator.</summary>
    public int HoldHint;

    /// <summary>Finds the first hold of a page: from page frame number to row of <see cref="Machine.Holds"/>.</summary>
    public RadixRoot HoldsOfPage;
}

/// <summary>The whole state of a modelled computer, as plain data in flat tables.</summary>
/// <remarks>
/// Rows refer to each other by number, never by object reference, so a machine can be copied, compared, hashed
/// and written out in one pass. The state of the running tasks is part of it.
/// </remarks>
public sealed partial class Machine
{
    /// <summary>PAGE_SHIFT: a page has 4096 bytes.</summary>
    public const int PageShift = 12;

    /// <summary>PAGE_SIZE, in bytes.</summary>
    public const ulong PageSize = 1UL << PageShift;

    /// <summary>Value of a lock field whose owner is not a task of this machine, and that is never released.</summary>
    public const int LockedByOthers = int.MaxValue;

    /// <summary>Page frames, by page frame number.</summary>
    public Table<Page> Pages = new(0);

    /// <summary>List heads: two for each zone, then the private lists of the tasks.</summary>
    public Table<ListHead> Lists = new(0);

    /// <summary>Zones.</summary>
    public Table<Zone> Zones = new(0);

    /// <summary>Per-CPU LRU pagevecs, one row a CPU.</summary>
    public Table<CpuPagevecs> Pagevecs = new(0);

    /// <summary>Nodes of all radix trees, page tables included.</summary>
    public Table<RadixNode> Nodes = new(0);

    /// <summary>The slots of the nodes, fan-out rows a node: 0 is empty, else a number + 1.</summary>
    public Table<int> Slots = new(0);

    /// <summary>address_spaces: swapper_space first, then files.</summary>
    public Table<AddressSpace> Mappings = new(0);

    /// <summary>What the files' backing stores hold, sorted by mapping and index.</summary>
    public Table<Block> Blocks = new(0);

    /// <summary>The swap vectors of tmpfs files, sorted by mapping and index.</summary>
    public Table<ShmemSwapEntry> ShmemSwap = new(0);

    /// <summary>swap_map: a count for each slot, slot 0 included.</summary>
    public Table<ushort> SwapMap = new(0);

    /// <summary>What each swap slot holds on the device.</summary>
    public Table<ulong> SwapContents = new(0);

    /// <summary>anon_vmas.</summary>
    public Table<AnonVma> AnonVmas = new(0);

    /// <summary>VMAs of all processes.</summary>
    public Table<VmArea> Vmas = new(0);

    /// <summary>Processes.</summary>
    public Table<Mm> Mms = new(0);

    /// <summary>Leaf page tables, fan-out rows each.</summary>
    public Table<Pte> Ptes = new(0);

    /// <summary>Buffer heads.</summary>
    public Table<BufferHead> Buffers = new(0);

    /// <summary>What others hold, and until when; writes in flight included.</summary>
    public Table<Hold> Holds = new(0);

    /// <summary>Running tasks.</summary>
    public Table<KernelTask> Tasks = new(0);

    /// <summary>System calls of the policy layer, one row for each task that makes one.</summary>
    public Table<PolicyCall> PolicyCalls = new(0);

    /// <summary>Who the processes are, by their numbers; empty in a machine where nobody asks.</summary>
    public Table<Cred> Creds = new(0);

    /// <summary>The swap device.</summary>
    public SwapArea Swap;

    /// <summary>Everything that is in no table.</summary>
    public MachineGlobals Globals;

    /// <summary>The kernel BUG that stopped the machine, if any.</summary>
    public BugRecord Bug;

    /// <summary>The fan-out of radix trees: 8, 16 or 64.</summary>
    public int FanOut => 1 << Globals.RadixTreeMapShift;

    /// <summary>Makes an empty machine: no frames, one zone, one CPU, swapper_space and a swap area without slots.</summary>
    /// <param name="fanOut">Fan-out of radix trees: 8, 16 or 64.</param>
    /// <param name="zones">Number of zones, 1 to 256.</param>
    /// <param name="cpus">Number of CPUs, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public Machine(int fanOut = 64, int zones = 1, int cpus = 1)
    {
        if (fanOut is not (8 or 16 or 64))
            throw new ArgumentOutOfRangeException(nameof(fanOut), fanOut, "expected 8, 16 or 64");
        ArgumentOutOfRangeException.ThrowIfLessThan(zones, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(zones, 256);
        ArgumentOutOfRangeException.ThrowIfLessThan(cpus, 1);
        Globals.RadixTreeMapShift = System.Numerics.BitOperations.Log2((uint)fanOut);
        Globals.MmlistHead = -1;
        Globals.Patch = PatchSet.Default;
        Bug.Page = Pfn.None;
        for (int zone = 0; zone < zones; zone++)
            Zones.Add(new Zone { ActiveList = AddList(), InactiveList = AddList() });
        Pagevecs.AddZeroed(cpus);
        AddMapping(new AddressSpace
        {
            Kind = MappingKind.Swapper,
            Migratepage = MigratepageMode.MigratePage,
            Flags = MappingFlags.SetPageDirtyNobuffers,
            WritesComplete = Until.Waited,
        });
        SwapMap.Add(SwapArea.MapBad);
        SwapContents.Add(0);
        Swap = new SwapArea { LowestFree = 1, WriteOk = 1, WritesComplete = Until.Waited };
    }

    /// <summary>Makes a machine of the same value as another.</summary>
    /// <param name="other">The machine to copy.</param>
    public Machine(Machine other) => CopyFrom(other);

    /// <summary>Adds free frames of one zone.</summary>
    /// <param name="frames">How many, 0 or more.</param>
    /// <param name="zone">Their zone.</param>
    /// <returns>The first of them.</returns>
    public Pfn AddFrames(int frames, int zone = 0)
    {
        int first = Pages.AddZeroed(frames);
        foreach (ref Page page in Pages.Rows[first..])
        {
            page.Zone = zone;
            page.Next = ListHead.Unlinked;
            page.Prev = ListHead.Unlinked;
        }
        return new Pfn(first);
    }

    /// <summary>Adds an empty list.</summary>
    /// <returns>Its number.</returns>
    public ListId AddList()
    {
        int list = Lists.Count;
        Lists.Add(new ListHead { Next = ~list, Prev = ~list });
        return new ListId(list);
    }

    /// <summary>Adds an address_space with an empty tree and no VMAs.</summary>
    /// <param name="mapping">Its kind, methods and flags; links and tree are set here.</param>
    /// <returns>Its number.</returns>
    public MappingId AddMapping(AddressSpace mapping)
    {
        mapping.PageTree = default;
        mapping.Nrpages = 0;
        mapping.Immap = -1;
        mapping.ImmapNonlinear = -1;
        return new MappingId(Mappings.Add(mapping));
    }

    /// <summary>Adds a file with the methods and accounting that its kind has by default.</summary>
    /// <param name="kind"><see cref="MappingKind.Regular"/> or <see cref="MappingKind.Tmpfs"/>.</param>
    /// <param name="writepage">What writepage does; of no meaning for tmpfs.</param>
    /// <param name="sizePages">i_size in pages.</param>
    /// <returns>Its number.</returns>
    public MappingId AddFile(MappingKind kind = MappingKind.Regular, WritepageMode writepage = WritepageMode.Asynchronous, ulong sizePages = 0) =>
        AddMapping(new AddressSpace
        {
            Kind = kind,
            Writepage = writepage,
            Migratepage = kind == MappingKind.Tmpfs ? MigratepageMode.Absent : MigratepageMode.BufferMigratePage,
            SizePages = sizePages,
            WritesComplete = Until.Waited,
            Flags = kind == MappingKind.Tmpfs ? MappingFlags.SetPageDirtyNobuffers : MappingFlags.AccountsDirty,
        });

    /// <summary>Adds free slots at the end of the swap area.</summary>
    /// <param name="slots">How many, 0 or more.</param>
    public void AddSwapSlots(int slots)
    {
        SwapMap.AddZeroed(slots);
        SwapContents.AddZeroed(slots);
        Swap.NrSwapPages += slots;
    }

    /// <summary>Adds an anon_vma without VMAs.</summary>
    /// <returns>Its number.</returns>
    public AnonVmaId AddAnonVma() => new(AnonVmas.Add(new AnonVma { Head = -1 }));

    /// <summary>Adds a process without VMAs.</summary>
    /// <returns>Its number.</returns>
    public MmId AddMm() => new(Mms.Add(new Mm { MmlistNext = Mm.NotOnMmlist }));

    /// <summary>Adds a VMA and links it last in its file's i_mmap (or i_mmap_nonlinear) and last in its anon_vma.</summary>
    /// <param name="vma">The VMA; links are set here.</param>
    /// <returns>Its number.</returns>
    public VmaId AddVma(VmArea vma)
    {
        vma.SharedNext = -1;
        vma.AnonNext = -1;
        vma.InUse = 1;
        int number = Vmas.Add(vma);
        if (!vma.File.IsNone)
        {
            ref AddressSpace mapping = ref Mappings[vma.File.Value];
            ref int link = ref (vma.Has(VmFlags.Nonlinear) ? ref mapping.ImmapNonlinear : ref mapping.Immap);
            while (link >= 0)
                link = ref Vmas[link].SharedNext;
            link = number;
        }
        if (!vma.AnonVma.IsNone)
        {
            ref int link = ref AnonVmas[vma.AnonVma.Value].Head;
            while (link >= 0)
                link = ref Vmas[link].AnonNext;
            link = number;
        }
        return new VmaId(number);
    }

    /// <summary>Adds a task.</summary>
    /// <param name="task">Its kind, lists and locals.</param>
    /// <returns>Its number.</returns>
    public TaskId AddTask(in KernelTask task) => new(Tasks.Add(task));

    /// <summary>Records a kernel BUG that a task ran into. A check that knows no page is about the one the task works on.</summary>
    /// <param name="bug">What was thrown.</param>
    /// <param name="task">The task.</param>
    public void NoteBug(KernelBugException bug, TaskId task)
    {
        ref KernelTask t = ref Tasks[task.Value];
        Bug = new BugRecord { Check = bug.Check, Page = bug.Page.IsNone ? t.Page : bug.Page, Task = task, Step = t.Step };
    }
}
