namespace MigrationConformance.Properties.Naive;

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

/// <summary>The whole machine, and what the caller of migrate_pages wants of it.</summary>
internal sealed class World
{
    public string? Title;
    public Level Level;

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

    /// <summary>The system call that collects the pages; without one the lists are given.</summary>
    public Call? Call;
    public readonly CallReport Report = new();

    public readonly HashSet<LockName> LocksOfOthers = [];
    public readonly HashSet<LockName> LocksOfMigration = [];

    public int NrMapped;
    public int NrDirty;

    public int Passes;
    public int? Returned;
}
