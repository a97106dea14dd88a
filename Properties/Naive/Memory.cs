namespace MigrationConformance.Properties.Naive;

internal enum PteKind
{
    Present,
    Swap,
    File,
}

/// <summary>A page table entry that is not none.</summary>
internal sealed class Pte
{
    public required PteKind Kind;
    public Page? Page;
    public bool Young;
    public bool Dirty;
    public bool Write;

    /// <summary>The slot of a swap entry, the offset of a file entry.</summary>
    public ulong Value;
}

internal sealed class Mm(int number, int fanOut)
{
    public const int OrdinaryUser = 1000;

    public readonly int Number = number;
    public readonly SortedDictionary<ulong, Pte> Entries = [];
    private readonly SortedSet<ulong> _pageTables = [];
    public long AnonRss;
    public long FileRss;
    public long HiwaterRss;

    public int Uid = OrdinaryUser;
    public int Euid = OrdinaryUser;
    public int Suid = OrdinaryUser;
    public bool CapSysNice;

    /// <summary>The nodes that the process's cpuset allows; null for all.</summary>
    public SortedSet<int>? Mems;

    /// <summary>Sets an entry as the run begins. Later ones stand where there have been some: page tables are never freed.</summary>
    public void Enter(ulong address, Pte pte)
    {
        Entries[address] = pte;
        _pageTables.Add(TableOf(address));
    }

    /// <summary>Whether there is a page table for an address: it has as many entries as a tree's node.</summary>
    public bool HasPageTable(ulong address) => _pageTables.Contains(TableOf(address));

    private ulong TableOf(ulong address) => address / Vma.PageSize / (ulong)fanOut;
}

internal sealed class Vma(int number)
{
    public const ulong PageSize = 4096;

    public readonly int Number = number;
    public required Mm Mm;
    public required ulong Start;
    public required ulong Pages;
    public required ulong Pgoff;
    public Mapping? File;
    public AnonVma? AnonVma;
    public bool Locked;
    public bool Reserved;
    public bool Nonlinear;
    public ulong Cursor;

    public ulong Length => Pages * PageSize;

    public ulong End => Start + Length;

    public bool CoversOffset(ulong offset) => offset >= Pgoff && offset - Pgoff < Pages;

    public ulong AddressOf(ulong offset) => Start + (offset - Pgoff) * PageSize;
}

internal sealed class SwapSlot
{
    public const int Max = 0x7fff;
    public const int Bad = 0x8000;

    public int Count;
    public ulong Contents;
}
