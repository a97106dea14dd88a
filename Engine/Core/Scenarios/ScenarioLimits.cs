namespace MigrationConformance.Core;

/// <summary>How large a scenario may be: what keeps the time and the memory that a text can ask for in bounds.</summary>
public static class ScenarioLimits
{
    /// <summary>The largest number of page frames, those of <c>to</c> included.</summary>
    public const int Frames = 1 << 25;

    /// <summary>The largest slot number that can be named, and the largest <c>slots</c>.</summary>
    public const int SwapSlots = 1 << 25;

    /// <summary>The largest number of files, and of processes, and of anon_vmas.</summary>
    public const int Owners = 1_000_000;

    /// <summary>The largest number of VMAs.</summary>
    public const int Vmas = 1_000_000;

    /// <summary>The largest number of page table entries.</summary>
    public const int Entries = 1 << 26;

    /// <summary>The largest number of buffers of one page: 4096 bytes in blocks of 512.</summary>
    public const int BuffersOfPage = 8;

    /// <summary>The largest number of buffers.</summary>
    public const int Buffers = 1 << 25;

    /// <summary>The largest number of things that others hold of one page and its buffers.</summary>
    public const int HoldsOfPage = 4096;

    /// <summary>The largest number of things that others hold.</summary>
    public const int Holds = 1 << 25;

    /// <summary>The largest number of slots of radix tree nodes, page tables included.</summary>
    public const int NodeSlots = 1 << 28;

    /// <summary>The largest number of entries of leaf page tables, empty ones included.</summary>
    public const int LeafEntries = 1 << 28;

    /// <summary>The first address behind the user's address space, in bytes.</summary>
    public const ulong AddressEnd = 1UL << 47;

    /// <summary>The largest raw count and mapcount.</summary>
    public const int RawCount = 1_000_000_000;

    /// <summary>The largest number of zones, and of CPUs.</summary>
    public const int ZonesAndCpus = 256;

    /// <summary>The largest number of pages in a pagevec between two operations.</summary>
    public const int PagevecPages = Pagevec.Size - 1;

    /// <summary>The last pass that something can end at.</summary>
    public const int LastPass = 10;

    /// <summary>The number of characters after which an echoed value is cut.</summary>
    public const int EchoedValue = 40;

    /// <summary>The number of characters after which an echoed path is cut.</summary>
    public const int EchoedPath = 400;

    /// <summary>The longest text that is read, in bytes: 1 GiB.</summary>
    public const int TextBytes = 1 << 30;
}
