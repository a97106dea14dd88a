namespace MigrationConformance.Core;

/// <summary>A complete starting machine and what to do with it, as FORMAT.md describes it.</summary>
/// <remarks>
/// Every member has the default of the format, so that <c>new Scenario { Pages = [new() { File = 0, MappedBy = 1 }] }</c>
/// is a consistent machine. Null stands for a member that is left out where that means something else than empty.
/// Two scenarios are equal when they say the same in the same way.
/// </remarks>
public sealed record Scenario
{
    /// <summary>A label, or null.</summary>
    public string? Title { get; init; }

    /// <summary>The patch level that runs.</summary>
    public PatchLevel Patch { get; init; } = PatchSet.Default;

    /// <summary>Whether contradictory states and raw fields are allowed.</summary>
    public bool Illegal { get; init; }

    /// <summary>Fan-out of radix trees: 8, 16 or 64.</summary>
    public int FanOut { get; init; } = 64;

    /// <summary>Number of zones, 1 to 256.</summary>
    public int Zones { get; init; } = 1;

    /// <summary>Number of CPUs, 1 to 256; the migration runs on CPU 0.</summary>
    public int Cpus { get; init; } = 1;

    /// <summary>The swap device.</summary>
    public ScenarioSwap Swap { get; init; } = ScenarioSwap.Default;

    /// <summary>The files, or null for as many as are named.</summary>
    public ValueList<ScenarioFile>? Files { get; init; }

    /// <summary>The processes, or null for as many as are needed.</summary>
    public ValueList<ScenarioProcess>? Processes { get; init; }

    /// <summary>The VMAs in the order of the walks, or null to have them made.</summary>
    public ValueList<ScenarioVma>? Vmas { get; init; }

    /// <summary>The page frames, in order.</summary>
    public ValueList<ScenarioPage> Pages { get; init; } = [];

    /// <summary>The page numbers of <c>from</c>, first to last, or null for every isolated page in order.</summary>
    public ValueList<int>? From { get; init; }

    /// <summary>Where the pages go.</summary>
    public ScenarioTo To { get; init; } = ScenarioTo.AsManyAsFrom;

    /// <summary>What the caller does first, in order.</summary>
    public ValueList<CallerAction> Before { get; init; } = [];

    /// <summary>What the caller does afterwards, in order.</summary>
    public ValueList<CallerAction> After { get; init; } = [];

    /// <summary>Locks that others hold for ever.</summary>
    public ValueList<ScenarioLock> Locks { get; init; } = [];

    /// <summary>The system call that collects the pages and has them migrated, or null when migrate_pages is called with the lists above.</summary>
    public ScenarioCall? Call { get; init; }
}

/// <summary>The list <c>to</c> of a scenario: left out, absent, a number of new frames, or pages.</summary>
public sealed record ScenarioTo
{
    private ScenarioTo()
    {
    }

    /// <summary>As many new frames as <c>from</c> has pages: the default.</summary>
    public static ScenarioTo AsManyAsFrom { get; } = new();

    /// <summary>No list at all, JSON null: migrate_pages swaps the pages out.</summary>
    public static ScenarioTo SwapOut { get; } = new() { IsSwapOut = true };

    /// <summary>Whether there is no list.</summary>
    public bool IsSwapOut { get; private init; }

    /// <summary>The number of new frames, or null.</summary>
    public int? NewFrames { get; private init; }

    /// <summary>The page numbers, head to tail, or null.</summary>
    public ValueList<int>? Pages { get; private init; }

    /// <summary>A number of new frames, added after the pages of the scenario.</summary>
    /// <param name="frames">0 or more.</param>
    /// <returns>The list.</returns>
    public static ScenarioTo Frames(int frames) => new() { NewFrames = frames };

    /// <summary>Pages of the scenario, head to tail; the migration takes them from the tail.</summary>
    /// <param name="pages">Their numbers.</param>
    /// <returns>The list.</returns>
    public static ScenarioTo List(ValueList<int> pages) => new() { Pages = pages };
}

/// <summary>What the caller of migrate_pages does before or after it.</summary>
public enum CallerAction : byte
{
    /// <summary>lru_add_drain_all().</summary>
    Drain,

    /// <summary>Before only: isolate_lru_page() on each page of <c>from</c>; those that cannot be isolated are left out.</summary>
    Isolate,

    /// <summary>After only: putback_lru_pages() on moved, failed and from, in this order.</summary>
    Putback,
}

/// <summary>The locks that others can hold for ever.</summary>
public enum ScenarioLockKind : byte
{
    /// <summary>The tree_lock of a mapping.</summary>
    Tree,

    /// <summary>The i_mmap_lock of a file.</summary>
    Immap,

    /// <summary>The private_lock of a file.</summary>
    Private,

    /// <summary>The lock of an anon_vma.</summary>
    AnonVma,

    /// <summary>The page_table_lock of a process.</summary>
    PageTable,

    /// <summary>The mmap_sem of a process, held by a writer.</summary>
    MmapSem,

    /// <summary>The lru_lock of a zone.</summary>
    Lru,

    /// <summary>The swap_lock.</summary>
    Swap,

    /// <summary>The mmlist_lock.</summary>
    Mmlist,
}

/// <summary>A lock that others hold for ever.</summary>
/// <param name="Kind">Which kind of lock.</param>
/// <param name="Number">The file, anon_vma, process or zone; <see cref="Swapper"/> for swapper_space; 0 where there is only one.</param>
public readonly record struct ScenarioLock(ScenarioLockKind Kind, int Number = 0)
{
    /// <summary>The number that stands for swapper_space.</summary>
    public const int Swapper = -1;
}
