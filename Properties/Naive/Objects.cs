namespace MigrationConformance.Properties.Naive;

/// <summary>Page flags, by the bit numbers of the kernel.</summary>
[Flags]
internal enum Flag : uint
{
    None = 0,
    Locked = 1 << 0,
    Error = 1 << 1,
    Referenced = 1 << 2,
    Uptodate = 1 << 3,
    Dirty = 1 << 4,
    Lru = 1 << 5,
    Active = 1 << 6,
    Slab = 1 << 7,
    Checked = 1 << 8,
    Arch1 = 1 << 9,
    Reserved = 1 << 10,
    Private = 1 << 11,
    Writeback = 1 << 12,
    Nosave = 1 << 13,
    Compound = 1 << 14,
    SwapCache = 1 << 15,
    MappedToDisk = 1 << 16,
    Reclaim = 1 << 17,
    NosaveFree = 1 << 18,
    Uncached = 1 << 19,
}

/// <summary>When something that others hold ends.</summary>
/// <param name="Pass">The pass at whose start it ends; none for "waited" and "never".</param>
/// <param name="Never">It does not even end when somebody waits for it.</param>
internal sealed record Until(int? Pass, bool Never)
{
    public bool EndsAtStartOf(int pass) => Pass is { } at && at <= pass;
}

internal sealed class Buffer
{
    public bool Uptodate = true;
    public bool Mapped = true;
    public bool Dirty;
    public bool WriteEio;
    public bool Associated;
    public readonly List<Until> Users = [];

    /// <summary>Others hold the buffer lock.</summary>
    public Until? LockedByOthers;

    /// <summary>A write in flight holds the buffer lock.</summary>
    public bool LockedByWrite;

    public bool Locked => LockedByOthers is not null || LockedByWrite;

    public bool Busy => Users.Count > 0 || Dirty || Locked;
}

/// <summary>A write in flight: of others from the start, or submitted by this run.</summary>
internal sealed class Write
{
    public required Until Until;
    public required bool Fails;
    public required ulong Contents;

    /// <summary>Where the contents go when it completes; null for a page without a place.</summary>
    public required Mapping? Target;
    public required ulong Index;
    public readonly List<Buffer> Buffers = [];
}

internal enum PageLock
{
    Free,
    Migration,
    Others,
}

internal sealed class Page(int number)
{
    public readonly int Number = number;
    public int Count;
    public int Mapcount;
    public Flag Flags;

    /// <summary>The raw page->mapping: null, a <see cref="Mapping"/> or an <see cref="AnonVma"/>.</summary>
    public object? Owner;
    public ulong Index;
    public ulong Private;
    public List<Buffer>? Buffers;
    public ulong Contents;
    public int Zone;

    public PageLock Lock;
    public Until? LockHold;
    public readonly List<Until> References = [];
    public Write? Write;

    public bool Has(Flag flag) => (Flags & flag) != 0;

    public void Set(Flag flag) => Flags |= flag;

    public void Clear(Flag flag) => Flags &= ~flag;

    /// <summary>Clears the flag.</summary>
    /// <returns>Whether it was set.</returns>
    public bool TestAndClear(Flag flag)
    {
        bool was = Has(flag);
        Clear(flag);
        return was;
    }

    /// <summary>Sets the flag.</summary>
    /// <returns>Whether it was set before.</returns>
    public bool TestAndSet(Flag flag)
    {
        bool was = Has(flag);
        Set(flag);
        return was;
    }

    /// <summary>PageAnon: the mapping points to an anon_vma, mapped or not.</summary>
    public bool IsAnon => Owner is AnonVma;

    public bool IsMapped => Mapcount > 0;
}

internal sealed record AnonVma(int Number);

internal enum WritepageMethod
{
    Asynchronous,
    AsynchronousFailing,
    Synchronous,
    Failing,
    Activate,
    Absent,
    Tmpfs,
    Swap,
}

internal enum ReleasepageMethod
{
    Absent,
    FreesBuffers,
    Refuses,
}

/// <summary>An address_space: swapper_space (number −1) or a file's.</summary>
/// <remarks>
/// The radix tree is a sorted dictionary and a set of indices for each tag. Its height is bookkeeping beside it: nodes
/// cannot be seen from outside, except by whether a leaf exists for an index.
/// </remarks>
internal sealed class Mapping(int number, int fanOut)
{
    public const int SwapperNumber = -1;

    public readonly int Number = number;
    public readonly SortedDictionary<ulong, Page> Tree = [];
    public readonly SortedSet<ulong> DirtyTag = [];
    public readonly SortedSet<ulong> WritebackTag = [];
    public int Height;

    public bool IsTmpfs;
    public WritepageMethod Writepage;
    public ReleasepageMethod Releasepage;
    public bool SetPageDirtyWithBuffers;
    public bool AccountsDirty;
    public Until Completes = new(null, Never: false);
    public bool Eio;
    public bool Enospc;
    public bool InodeDirty;
    public bool SegmentLocked;
    public ulong TruncateCount;
    public bool OnShmemSwaplist;

    /// <summary>What the backing store of a file holds.</summary>
    public readonly SortedDictionary<ulong, ulong> Blocks = [];

    /// <summary>The swap vector of a tmpfs file.</summary>
    public readonly SortedDictionary<ulong, ulong> Swapped = [];

    public bool IsSwapper => Number == SwapperNumber;

    public void Insert(ulong index, Page page)
    {
        if ((index == 0 && Height == 0) || index > MaxIndex(Height))
        {
            do
            {
                Height++;
            }
            while (index > MaxIndex(Height));
        }

        Tree.Add(index, page);
    }

    /// <summary>Takes the item out, with its tags; the tree gets lower while its top uses only slot 0.</summary>
    public void Delete(ulong index)
    {
        if (!Tree.Remove(index))
        {
            return;
        }

        DirtyTag.Remove(index);
        WritebackTag.Remove(index);
        if (Tree.Count == 0)
        {
            Height = 0;
            return;
        }

        while (Height > 1 && Tree.Keys.Last() <= MaxIndex(Height - 1))
        {
            Height--;
        }
    }

    /// <summary>Whether a look-up of the slot gives an address, be the slot empty or not.</summary>
    public bool HasSlot(ulong index)
    {
        if (index > MaxIndex(Height))
        {
            return false;
        }

        // The slot of an empty tree at index 0 is the root pointer itself.
        return Height == 0 || Tree.Keys.Any(other => other / (ulong)fanOut == index / (ulong)fanOut);
    }

    /// <summary>Whether tagging the index runs into an empty slot; beyond the height nothing happens at all.</summary>
    public bool TaggingHitsEmptySlot(ulong index) =>
        Height > 0 && index <= MaxIndex(Height) && !Tree.ContainsKey(index);

    private ulong MaxIndex(int height)
    {
        UInt128 size = 1;
        for (int level = 0; level < height && size <= ulong.MaxValue; level++)
        {
            size *= (UInt128)fanOut;
        }

        return size > ulong.MaxValue ? ulong.MaxValue : (ulong)(size - 1);
    }
}

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

internal sealed class Mm(int number)
{
    public readonly int Number = number;
    public readonly SortedDictionary<ulong, Pte> Entries = [];
    public long AnonRss;
    public long FileRss;
    public long HiwaterRss;
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

internal sealed class Zone
{
    public readonly List<Page> Active = [];
    public readonly List<Page> Inactive = [];
}

internal sealed class Cpu
{
    public const int PagevecSize = 14;

    public readonly List<Page> LruAdd = [];
    public readonly List<Page> LruAddActive = [];
}

/// <summary>A spin lock or semaphore.</summary>
/// <param name="Kind">Its kind, as in a scenario.</param>
/// <param name="Number">Of a file (−1 for swapper_space), an anon_vma, a process or a zone; else 0.</param>
internal readonly record struct LockName(string Kind, int Number);

/// <summary>How the last attempt at a page of <c>from</c> went.</summary>
internal sealed class Attempt(Page page)
{
    public readonly Page Page = page;
    public string Outcome = "notReached";
    public Page? Newpage;
    public int? Pass;
    public string? Step;
    public string? Reason;
    public int? Rc;
}

/// <summary>The whole machine, and what the caller of migrate_pages wants of it.</summary>
internal sealed class World
{
    public string? Title;
    public bool BeforePatch;
    public string PatchName = "v9";

    public readonly List<Page> Pages = [];
    public required Mapping Swapper;
    public readonly List<Mapping> Files = [];
    public readonly List<AnonVma> AnonVmas = [];
    public readonly List<Mm> Processes = [];
    public readonly List<Vma> Vmas = [];
    public readonly List<Mm> Mmlist = [];
    public readonly List<Zone> Zones = [];
    public readonly List<Cpu> Cpus = [];

    /// <summary>Slots by number; slot 0 is the header of the device and never handed out.</summary>
    public readonly List<SwapSlot> Slots = [];
    public bool SwapWritable;
    public string SwapWrite = "asynchronous";
    public bool RadixPreloadFails;

    /// <summary>The list; it is empty as long as the caller has yet to isolate its pages.</summary>
    public readonly List<Page> From = [];
    public List<Page>? To;
    public readonly List<Page> Moved = [];
    public readonly List<Page> Failed = [];

    /// <summary>Isolated, but not on <see cref="From"/>.</summary>
    public readonly List<Page> Others = [];

    public readonly List<string> Before = [];
    public readonly List<string> After = [];
    public readonly List<Attempt> Attempts = [];

    public readonly HashSet<LockName> LocksOfOthers = [];
    public readonly HashSet<LockName> LocksOfMigration = [];

    public int NrMapped;
    public int NrDirty;

    public int Passes;
    public int? Returned;
}
