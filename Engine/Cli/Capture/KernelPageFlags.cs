namespace MigrationConformance.Cli;

/// <summary>What the capture does with a flag that /proc/kpageflags shows.</summary>
internal enum FlagUse
{
    /// <summary>The page gets a flag of 2006.</summary>
    SetsFlag,

    /// <summary>It becomes another key of the page in the scenario, or decides what kind of page it is.</summary>
    Decides,

    /// <summary>The frame is left out of the capture, and counted.</summary>
    LeavesOut,

    /// <summary>Nothing of 2006 stands for it.</summary>
    NotCarried,
}

/// <summary>One row of the table from the page flags of today to those of 2006.</summary>
/// <param name="Bit">Bit number in /proc/kpageflags, 0 to 63.</param>
/// <param name="Name">The kernel's name of the bit.</param>
/// <param name="Use">What the capture does with it.</param>
/// <param name="Flag">The flag of 2006 that the page gets; none unless <paramref name="Use"/> is <see cref="FlagUse.SetsFlag"/>.</param>
/// <param name="LeftOut">Under which reason a frame with it is left out; <see cref="LeftOut.Nothing"/> unless it is.</param>
/// <param name="What">The rule in words.</param>
internal sealed record KernelPageFlag(int Bit, string Name, FlagUse Use, Core.PageFlags Flag, LeftOut LeftOut, string What)
{
    /// <summary>The bit as a mask.</summary>
    public ulong Mask => 1UL << Bit;
}

/// <summary>The table from the page flags of today (KPF_*, include/uapi/linux/kernel-page-flags.h) to those of 2006.</summary>
internal static class KernelPageFlags
{
    /// <summary>KPF_LOCKED.</summary>
    public const ulong Locked = 1UL << 0;

    /// <summary>KPF_DIRTY.</summary>
    public const ulong Dirty = 1UL << 4;

    /// <summary>KPF_LRU.</summary>
    public const ulong Lru = 1UL << 5;

    /// <summary>KPF_WRITEBACK.</summary>
    public const ulong Writeback = 1UL << 8;

    /// <summary>KPF_ANON.</summary>
    public const ulong Anon = 1UL << 12;

    /// <summary>KPF_SWAPCACHE.</summary>
    public const ulong SwapCache = 1UL << 13;

    /// <summary>KPF_SWAPBACKED.</summary>
    public const ulong SwapBacked = 1UL << 14;

    /// <summary>KPF_PRIVATE.</summary>
    public const ulong Private = 1UL << 35;

    /// <summary>Every bit that the table knows, by number.</summary>
    public static readonly KernelPageFlag[] Table =
    [
        Decides(0, "LOCKED", "`locked: \"waited\"`: others hold the page lock until the migration waits for it"),
        Sets(1, "ERROR", Core.PageFlags.Error, "an I/O error was seen"),
        Sets(2, "REFERENCED", Core.PageFlags.Referenced, "recently used, in software"),
        Sets(3, "UPTODATE", Core.PageFlags.Uptodate, "the contents are valid"),
        Sets(4, "DIRTY", Core.PageFlags.Dirty, "the contents must be written out"),
        Decides(5, "LRU", "the page is isolated, on `from`; a file page without it is left out as not on an LRU list"),
        Sets(6, "ACTIVE", Core.PageFlags.Active, "the page belongs to the active list"),
        Leaves(7, "SLAB", LeftOut.ChangedWhileRead, "the frame is no process memory any more"),
        Decides(8, "WRITEBACK", "`writeback: \"waited\"`: a write of others ends when the migration waits for it; not for an anonymous page outside the swap cache"),
        Sets(9, "RECLAIM", Core.PageFlags.Reclaim, "to be rotated to the inactive tail when writeback ends"),
        Leaves(10, "BUDDY", LeftOut.ChangedWhileRead, "the frame was freed meanwhile"),
        Ignored(11, "MMAP", "the page table entries say it"),
        Decides(12, "ANON", "an anonymous page: `anonVma` and the linear index; without it a page of its VMA's file"),
        Decides(13, "SWAPCACHE", "`swapCache`: the page gets a slot of its own, since its slot is not visible"),
        Decides(14, "SWAPBACKED", "a file that has a page with it is tmpfs: shared memory, memfd, shared anonymous memory"),
        Ignored(15, "COMPOUND_HEAD", "a large folio is captured as the pages of 4 KiB that it consists of; 2006 has no large folios"),
        Ignored(16, "COMPOUND_TAIL", "as COMPOUND_HEAD; the flags of a folio count for each of its pages"),
        Leaves(17, "HUGE", LeftOut.HugeTlb, "a hugetlb page is on no LRU list"),
        Ignored(18, "UNEVICTABLE", "2006 has no unevictable list; the VMA's `locked` says it"),
        Leaves(19, "HWPOISON", LeftOut.Poisoned, "2006 knows no poisoned memory"),
        Leaves(20, "NOPAGE", LeftOut.NotOnLru, "there is no struct page: device memory"),
        Leaves(21, "KSM", LeftOut.Ksm, "2006 does not merge equal pages"),
        Ignored(22, "THP", "as COMPOUND_HEAD"),
        Leaves(23, "OFFLINE", LeftOut.ChangedWhileRead, "the frame was taken away meanwhile"),
        Leaves(24, "ZERO_PAGE", LeftOut.ZeroPage, "on no LRU list, and without a mapping"),
        Ignored(25, "IDLE", "2006 has no idle tracking"),
        Leaves(26, "PGTABLE", LeftOut.ChangedWhileRead, "the frame is no process memory any more"),
        Leaves(32, "RESERVED", LeftOut.NotOnLru, "kernel or device memory"),
        Ignored(33, "MLOCKED", "the VMA's `locked` says it"),
        Sets(34, "MAPPEDTODISK", Core.PageFlags.MappedToDisk, "blocks are allocated on disk; newer kernels call the bit OWNER_2. Not on anonymous pages"),
        Decides(35, "PRIVATE", "`buffers`: one buffer, dirty when the page is; not for tmpfs and anonymous pages"),
        Ignored(36, "PRIVATE_2", "2006 has no second private bit"),
        Sets(37, "OWNER_PRIVATE", Core.PageFlags.Checked, "the filesystem's own bit, PG_checked in 2006. Not on anonymous pages"),
        Sets(38, "ARCH", Core.PageFlags.Arch1, "private to the architecture"),
        Sets(39, "UNCACHED", Core.PageFlags.Uncached, "mapped uncached"),
        Ignored(40, "SOFTDIRTY", "2006 has no soft-dirty tracking"),
        Ignored(41, "ARCH_2", "2006 has one bit of the architecture"),
    ];

    private const Core.PageFlags NotOnAnonymous = Core.PageFlags.MappedToDisk | Core.PageFlags.Checked;

    private static readonly (ulong Mask, Core.PageFlags Flag)[] Carried = CarriedBits();

    private static readonly KernelPageFlag[] Leaving = System.Array.FindAll(Table, row => row.Use == FlagUse.LeavesOut);

    private static readonly ulong AnyLeaving = MaskOf(Leaving);

    /// <summary>The flags of 2006 that a page gets.</summary>
    /// <param name="flags">What /proc/kpageflags shows.</param>
    /// <returns>The flags, without those that follow from other keys of the scenario.</returns>
    public static Core.PageFlags Translate(ulong flags)
    {
        Core.PageFlags result = Core.PageFlags.None;
        foreach ((ulong mask, Core.PageFlags flag) in Carried)
        {
            if ((flags & mask) != 0)
                result |= flag;
        }
        return (flags & Anon) != 0 ? result & ~NotOnAnonymous : result;
    }

    /// <summary>Why a frame is left out because of its flags alone.</summary>
    /// <param name="flags">What /proc/kpageflags shows.</param>
    /// <returns>The reason, or <see cref="LeftOut.Nothing"/>.</returns>
    public static LeftOut ReasonToLeaveOut(ulong flags)
    {
        if ((flags & AnyLeaving) != 0)
        {
            // The zero page is reserved memory on some kernels; what it is tells more than that it is reserved.
            if ((flags & (1UL << 24)) != 0)
                return LeftOut.ZeroPage;
            foreach (KernelPageFlag row in Leaving)
            {
                if ((flags & row.Mask) != 0)
                    return row.LeftOut;
            }
        }
        return (flags & (Anon | Lru)) == 0 ? LeftOut.NotOnLru : LeftOut.Nothing;
    }

    private static (ulong Mask, Core.PageFlags Flag)[] CarriedBits() =>
        System.Array.ConvertAll(System.Array.FindAll(Table, row => row.Use == FlagUse.SetsFlag), row => (row.Mask, row.Flag));

    private static ulong MaskOf(KernelPageFlag[] rows)
    {
        ulong mask = 0;
        foreach (KernelPageFlag row in rows)
            mask |= row.Mask;
        return mask;
    }

    private static KernelPageFlag Sets(int bit, string name, Core.PageFlags flag, string what) =>
        new(bit, name, FlagUse.SetsFlag, flag, LeftOut.Nothing, what);

    private static KernelPageFlag Decides(int bit, string name, string what) =>
        new(bit, name, FlagUse.Decides, Core.PageFlags.None, LeftOut.Nothing, what);

    private static KernelPageFlag Leaves(int bit, string name, LeftOut reason, string what) =>
        new(bit, name, FlagUse.LeavesOut, Core.PageFlags.None, reason, what);

    private static KernelPageFlag Ignored(int bit, string name, string what) =>
        new(bit, name, FlagUse.NotCarried, Core.PageFlags.None, LeftOut.Nothing, what);
}
