namespace MigrationConformance.Core;

/// <summary>Where a page of a scenario is.</summary>
public enum PagePlace : byte
{
    /// <summary>Isolated: it holds the isolation's reference, and is on <c>from</c> or on a list of others.</summary>
    Isolated,

    /// <summary>On the active or the inactive list of its zone, by PG_active.</summary>
    Lru,

    /// <summary>Freshly allocated, for <c>to</c>.</summary>
    New,

    /// <summary>In the lru_add pagevec of a CPU.</summary>
    LruAdd,

    /// <summary>In the lru_add_active pagevec of a CPU.</summary>
    LruAddActive,

    /// <summary>On no list.</summary>
    None,

    /// <summary>Free: nobody holds it.</summary>
    Free,
}

/// <summary>A page frame of a scenario, or several of them in a row.</summary>
/// <remarks>Why the fields: a capture has millions of pages, and most of them say very little.</remarks>
public sealed record ScenarioPage
{
    private readonly int file = -1, anonVma = -1, locked = -1;
    private readonly PageFlags flags = (PageFlags)uint.MaxValue;
    private readonly ulong contents;
    private readonly bool hasContents;
    private readonly sbyte place = -1, dirtyTag = -1;
    private readonly ScenarioRawPage? raw;

    /// <summary>Stands for that many frames, at least 1; index, slot, given contents and each address count up.</summary>
    public int Repeat { get; init; } = 1;

    /// <summary>The file whose page cache holds it, or null.</summary>
    public int? File { get => file < 0 ? null : file; init => file = value ?? -1; }

    /// <summary>The anon_vma of an anonymous page, or null.</summary>
    public int? AnonVma { get => anonVma < 0 ? null : anonVma; init => anonVma = value ?? -1; }

    /// <summary>page->index.</summary>
    public ulong Index { get; init; }

    /// <summary>The slot it has in the swap cache, or 0 when it is not there.</summary>
    public int SwapCache { get; init; }

    /// <summary>The flags that do not follow from other members, or null for the default: uptodate unless new or free.</summary>
    public PageFlags? Flags { get => (uint)flags == uint.MaxValue ? null : flags; init => flags = value ?? (PageFlags)uint.MaxValue; }

    /// <summary>What the frame holds, or null for its page number + 1.</summary>
    public ulong? Contents
    {
        get => hasContents ? contents : null;
        init => (contents, hasContents) = (value ?? 0, value is not null);
    }

    /// <summary>Its zone.</summary>
    public int Zone { get; init; }

    /// <summary>That many present entries, as <see cref="Ptes"/> with as many empty ones; only one of the two can be given.</summary>
    public int MappedBy { get; init; }

    /// <summary>The present entries.</summary>
    public ValueList<ScenarioPte> Ptes { get; init; } = [];

    /// <summary>That many swap entries for its slot; only one of this and <see cref="SwapPtes"/> can be given.</summary>
    public int SwappedBy { get; init; }

    /// <summary>The swap entries for its slot.</summary>
    public ValueList<ScenarioSwapPte> SwapPtes { get; init; } = [];

    /// <summary>Its buffers; empty for a page without.</summary>
    public ValueList<ScenarioBuffer> Buffers { get; init; } = [];

    /// <summary>References that others hold: for each when it ends.</summary>
    public ValueList<int> References { get; init; } = [];

    /// <summary>When the lock ends that others hold on the page, or null when nobody holds it.</summary>
    public int? Locked { get => locked < 0 ? null : locked; init => locked = value ?? -1; }

    /// <summary>A write of others in flight, or null.</summary>
    public ScenarioWriteback? Writeback { get; init; }

    /// <summary>Where it is, or null for the default: see FORMAT.md.</summary>
    public PagePlace? List { get => place < 0 ? null : (PagePlace)place; init => place = (sbyte)(value is { } p ? (int)p : -1); }

    /// <summary>Whose pagevec it is in.</summary>
    public int Cpu { get; init; }

    /// <summary>Whether the tree has the DIRTY tag for it, or null for what follows from the flags.</summary>
    public bool? DirtyTag { get => dirtyTag < 0 ? null : dirtyTag > 0; init => dirtyTag = (sbyte)(value is { } on ? (on ? 1 : 0) : -1); }

    /// <summary>Raw values, only with <see cref="Scenario.Illegal"/>, or null when all of them are computed.</summary>
    public ScenarioRawPage? Raw { get => raw; init => raw = value == ScenarioRawPage.Nothing ? null : value; }

    /// <summary>The flags that follow from other members and cannot be given.</summary>
    internal const PageFlags ComputedFlags =
        PageFlags.Locked | PageFlags.Lru | PageFlags.Private | PageFlags.Writeback | PageFlags.SwapCache;

    /// <summary>The number of present entries that each frame has.</summary>
    internal int PresentEntries => MappedBy + Ptes.Count;

    /// <summary>The number of swap entries for the slot of each frame.</summary>
    internal int SwapEntries => SwappedBy + SwapPtes.Count;

    /// <summary>Whether the page belongs to a file, an anon_vma or the swap cache.</summary>
    internal bool HasOwner => file >= 0 || anonVma >= 0 || SwapCache != 0;
}

/// <summary>A present page table entry.</summary>
public readonly record struct ScenarioPte
{
    private readonly bool? write;

    /// <summary>Makes an entry with all its defaults.</summary>
    public ScenarioPte()
    {
    }

    /// <summary>The VMA, or null for the i-th VMA that covers the page, for the i-th entry.</summary>
    public int? Vma { get; init; }

    /// <summary>The address, in bytes, or null for the linear one.</summary>
    public ulong? Address { get; init; }

    /// <summary>The young bit.</summary>
    public bool Young { get; init; }

    /// <summary>The dirty bit.</summary>
    public bool Dirty { get; init; }

    /// <summary>The write bit; it follows <see cref="Dirty"/> when it is not given.</summary>
    public bool Write { get => write ?? Dirty; init => write = value; }

    /// <inheritdoc/>
    public bool Equals(ScenarioPte other) =>
        Vma == other.Vma && Address == other.Address && Young == other.Young && Dirty == other.Dirty && Write == other.Write;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Vma, Address, Young, Dirty, Write);
}

/// <summary>A swap entry for the slot of the page it stands at.</summary>
/// <param name="Vma">The VMA, or null for the next one that covers the page.</param>
/// <param name="Address">The address, in bytes, or null for the linear one.</param>
public readonly record struct ScenarioSwapPte(int? Vma = null, ulong? Address = null);

/// <summary>A buffer of a page.</summary>
public sealed record ScenarioBuffer
{
    /// <summary>The buffer that says nothing about itself: uptodate, mapped, and not in use.</summary>
    public static ScenarioBuffer Default { get; } = new();

    private static readonly ValueList<ScenarioBuffer>[] ByNumber = MakeDefaults();

    /// <summary>Buffers that say nothing about themselves.</summary>
    /// <param name="number">How many, 0 to <see cref="ScenarioLimits.BuffersOfPage"/>.</param>
    /// <returns>The buffers.</returns>
    public static ValueList<ScenarioBuffer> Defaults(int number) => ByNumber[number];

    private static ValueList<ScenarioBuffer>[] MakeDefaults()
    {
        var lists = new ValueList<ScenarioBuffer>[ScenarioLimits.BuffersOfPage + 1];
        for (int number = 0; number < lists.Length; number++)
        {
            var buffers = new ScenarioBuffer[number];
            Array.Fill(buffers, Default);
            lists[number] = new(buffers);
        }
        return lists;
    }

    /// <summary>BH_Uptodate.</summary>
    public bool Uptodate { get; init; } = true;

    /// <summary>BH_Mapped.</summary>
    public bool Mapped { get; init; } = true;

    /// <summary>BH_Dirty.</summary>
    public bool Dirty { get; init; }

    /// <summary>Whether it saw a write error.</summary>
    public bool WriteEio { get; init; }

    /// <summary>Whether it is on an inode's list of associated buffers.</summary>
    public bool Associated { get; init; }

    /// <summary>Users of the buffer: for each when it ends.</summary>
    public ValueList<int> Users { get; init; } = [];

    /// <summary>When the lock ends that others hold on the buffer, or null.</summary>
    public int? Locked { get; init; }
}

/// <summary>A write of others in flight.</summary>
public sealed record ScenarioWriteback
{
    /// <summary>When it ends: a pass, <see cref="Core.Until.Waited"/> or <see cref="Core.Until.Never"/>.</summary>
    public required int Until { get; init; }

    /// <summary>Whether it completes with an error.</summary>
    public bool Fails { get; init; }

    /// <summary>What was submitted, or null for what the page holds.</summary>
    public ulong? Contents { get; init; }
}

/// <summary>Raw values of a page, which a consistent machine computes.</summary>
public sealed record ScenarioRawPage
{
    /// <summary>No raw value at all.</summary>
    internal static ScenarioRawPage Nothing { get; } = new();

    /// <summary>page_count(), or null.</summary>
    public int? Count { get; init; }

    /// <summary>page_mapcount(), or null.</summary>
    public int? Mapcount { get; init; }

    /// <summary>page->private, or null.</summary>
    public ulong? Private { get; init; }

    /// <summary>page->mapping, or null when it is computed.</summary>
    public ScenarioMapping? Mapping { get; init; }
}

/// <summary>A raw page->mapping: NULL, a file or an anon_vma.</summary>
/// <param name="File">The file, or null.</param>
/// <param name="AnonVma">The anon_vma, or null; not together with a file.</param>
public readonly record struct ScenarioMapping(int? File = null, int? AnonVma = null);
