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

internal sealed class Buffer(int number)
{
    public readonly int Number = number;
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

    /// <summary>buffer_migrate_page holds the buffer lock.</summary>
    public bool LockedByMigration;

    /// <summary>buffer_migrate_page uses the buffer.</summary>
    public bool UsedByMigration;

    public bool Locked => LockedByOthers is not null || LockedByWrite || LockedByMigration;

    public int Count => Users.Count + (UsedByMigration ? 1 : 0);

    public bool Busy => Count > 0 || Dirty || Locked;
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
    public required bool OfMigration;
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
