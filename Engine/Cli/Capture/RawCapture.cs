using System;
using System.Collections.Generic;

namespace MigrationConformance.Cli;

/// <summary>What is known of a mapping from its line in /proc/PID/maps and from VmFlags in /proc/PID/smaps.</summary>
[Flags]
internal enum RawVmaFlags
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Readable.</summary>
    Read = 1 << 0,

    /// <summary>Writable.</summary>
    Write = 1 << 1,

    /// <summary>VM_MAYSHARE: the letter s of maps.</summary>
    MayShare = 1 << 2,

    /// <summary>VM_SHARED: writes go to the file.</summary>
    Shared = 1 << 3,

    /// <summary>VM_LOCKED.</summary>
    Locked = 1 << 4,

    /// <summary>VM_IO or VM_PFNMAP: a device, or raw frames.</summary>
    Device = 1 << 5,

    /// <summary>VM_HUGETLB.</summary>
    HugeTlb = 1 << 6,

    /// <summary>smaps counts neither resident nor swapped pages: its page table need not be read.</summary>
    Empty = 1 << 7,
}

/// <summary>One mapping of a process as the kernel shows it.</summary>
internal sealed class RawVma
{
    /// <summary>First address, in bytes.</summary>
    public required ulong Start { get; init; }

    /// <summary>First address after it, in bytes.</summary>
    public required ulong End { get; init; }

    /// <summary>Offset in the file, in bytes.</summary>
    public required ulong Offset { get; init; }

    /// <summary>Device number of the file: major in the high half, minor in the low one.</summary>
    public required ulong Device { get; init; }

    /// <summary>Inode number of the file; 0 for anonymous memory.</summary>
    public required ulong Inode { get; init; }

    /// <summary>What stands at the end of the line: a path, <c>[heap]</c>, or nothing.</summary>
    public required string Name { get; init; }

    /// <summary>What is known of it.</summary>
    public RawVmaFlags Flags { get; set; }

    /// <summary>Position of its first entry in <see cref="RawCapture.Entries"/>.</summary>
    public int FirstEntry { get; set; }

    /// <summary>How many entries it has there.</summary>
    public int EntryCount { get; set; }

    /// <summary>Number of its process in <see cref="RawCapture.Processes"/>.</summary>
    public int Process { get; set; }

    /// <summary>Whether any of some bits is set.</summary>
    /// <param name="bits">One bit or several.</param>
    /// <returns>True when at least one is set.</returns>
    public bool Has(RawVmaFlags bits) => (Flags & bits) != 0;
}

/// <summary>A process whose memory was read.</summary>
/// <param name="Pid">Its number on the machine.</param>
/// <param name="Name">Its command name, or null when names were not asked for.</param>
internal sealed record RawProcess(int Pid, string? Name);

/// <summary>A page table entry that is not empty, as /proc/PID/pagemap shows it.</summary>
/// <param name="Word">
/// The kernel's word:
/// <code>
///  63      62   61…56 55          54                     5 4      0
/// +-------+----+-----+----------+------------------------+--------+
/// |present|swap| …   |soft-dirty|  pfn, or swap offset   | …/type |
/// +-------+----+-----+----------+------------------------+--------+
/// </code>
/// </param>
/// <param name="Place">The VMA's number in the high 28 bits, the virtual page number in the low 36.</param>
internal readonly record struct RawEntry(ulong Word, ulong Place)
{
    private const int PageBits = 36;

    /// <summary>The most VMAs that fit.</summary>
    public const int MaxVmas = 1 << (64 - PageBits);

    /// <summary>Makes an entry.</summary>
    /// <param name="word">The kernel's word.</param>
    /// <param name="vma">Number of the VMA, below <see cref="MaxVmas"/>.</param>
    /// <param name="page">Virtual page number, below 2^36.</param>
    /// <returns>The entry.</returns>
    public static RawEntry At(ulong word, int vma, ulong page) => new(word, ((ulong)vma << PageBits) | page);

    /// <summary>Whether a word is worth an entry: present or swapped.</summary>
    /// <param name="word">The kernel's word.</param>
    /// <returns>False for an empty entry, whatever other bits it shows.</returns>
    public static bool IsUsed(ulong word) => word >> 62 != 0;

    /// <summary>The page is in memory.</summary>
    public bool IsPresent => Word >> 63 != 0;

    /// <summary>The frame, when present; 0 when the kernel hides it.</summary>
    public ulong Pfn => Word & ((1UL << 55) - 1);

    /// <summary>The swap device and the offset on it, when not present.</summary>
    public ulong SwapEntry => Word & ((1UL << 55) - 1);

    /// <summary>The swap device, when not present; the highest numbers are no devices but special entries.</summary>
    public int SwapType => (int)(Word & 31);

    /// <summary>Number of the VMA in <see cref="RawCapture.Vmas"/>.</summary>
    public int Vma => (int)(Place >> PageBits);

    /// <summary>Virtual page number.</summary>
    public ulong Page => Place & ((1UL << PageBits) - 1);
}

/// <summary>What was read of a machine, as the kernel shows it.</summary>
internal sealed class RawCapture
{
    /// <summary>The processes, in the order in which they were read.</summary>
    public List<RawProcess> Processes { get; } = [];

    /// <summary>Their mappings, process by process, by address.</summary>
    public List<RawVma> Vmas { get; } = [];

    /// <summary>Their page table entries that are not empty, VMA by VMA, by address.</summary>
    public ChunkedList<RawEntry> Entries { get; } = new();

    /// <summary>The frames that present entries name.</summary>
    public SparseSet Frames { get; } = new();

    /// <summary>/proc/kpageflags of each frame of <see cref="Frames"/>, by rank.</summary>
    public ulong[] FrameFlags { get; set; } = [];

    /// <summary>/proc/kpagecount of each frame of <see cref="Frames"/>, by rank.</summary>
    public int[] FrameMapcounts { get; set; } = [];

    /// <summary>How many of these entries belong to the capturing process itself, by rank; empty when it is captured too.</summary>
    public int[] OwnEntries { get; set; } = [];

    /// <summary>Version of the kernel, numbers only, or nothing when it is not known.</summary>
    public string KernelVersion { get; set; } = "";

    /// <summary>Whether there are frames and the kernel tells the number of none of them.</summary>
    public bool HidesFrames => Frames.Count == 1 && Frames.RankOf(0) == 0;

    /// <summary>Processes that could not be read, each with the reason.</summary>
    public List<(int Pid, string Why)> Unread { get; } = [];
}
