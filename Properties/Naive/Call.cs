namespace MigrationConformance.Properties.Naive;

/// <summary>The system call that a scenario makes.</summary>
internal sealed class Call
{
    /// <summary>"migratePages" or "mbind".</summary>
    public required string Name;

    /// <summary>Whose pages move; null when no process has the pid.</summary>
    public required Mm? Process;
    public required Mm Caller;

    /// <summary>migrate_pages(2): the nodes to leave, and those to go to.</summary>
    public SortedSet<int> From = [];
    public SortedSet<int> To = [];

    /// <summary>mbind(2): the range in bytes, the policy and its nodes.</summary>
    public ulong Start;
    public ulong End;
    public bool Interleave;
    public SortedSet<int> Nodes = [];
    public Mpol Flags;
}

/// <summary>What is to become of pages that are on the wrong node.</summary>
[Flags]
internal enum Mpol
{
    None = 0,
    Strict = 1,
    Move = 2,
    MoveAll = 4,
}

/// <summary>A call of migrate_pages within the system call.</summary>
internal sealed class Chunk(int pages, int newPages)
{
    public readonly int Pages = pages;
    public readonly int NewPages = newPages;
    public int? Returned;
}

/// <summary>What the system call has done so far.</summary>
internal sealed class CallReport
{
    public int Found;
    public int SharedPages;
    public int NotOnLru;
    public int Isolated;
    public int PutBack;
    public readonly List<Chunk> Chunks = [];
}
