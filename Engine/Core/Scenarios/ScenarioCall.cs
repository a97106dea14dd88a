namespace MigrationConformance.Core;

/// <summary>A system call of the policy layer that a scenario makes: the caller that collects pages and has them migrated.</summary>
public sealed record ScenarioCall
{
    /// <summary>Which call.</summary>
    public required PolicyCallKind Kind { get; init; }

    /// <summary>The process whose pages move; null when there is none of the pid, which only migrate_pages(2) can be asked for.</summary>
    public int? Process { get; init; } = 0;

    /// <summary>The process that calls, or null for <see cref="Process"/> itself; of no meaning for mbind(2).</summary>
    public int? Caller { get; init; }

    /// <summary>migrate_pages(2): the nodes to leave.</summary>
    public ValueList<int> From { get; init; } = [];

    /// <summary>migrate_pages(2): the nodes to go to.</summary>
    public ValueList<int> To { get; init; } = [];

    /// <summary>mbind(2): first address, in bytes, a multiple of the page size; null for that of the process's lowest VMA.</summary>
    public ulong? Start { get; init; }

    /// <summary>mbind(2): length in pages, 0 or more; null for that of the process's lowest VMA.</summary>
    public ulong? Pages { get; init; }

    /// <summary>mbind(2): the policy.</summary>
    public MpolMode Policy { get; init; } = MpolMode.Bind;

    /// <summary>mbind(2): its nodes.</summary>
    public ValueList<int> Nodes { get; init; } = [];

    /// <summary>mbind(2): what to do with pages that do not follow the policy.</summary>
    public MpolFlags Flags { get; init; } = DefaultFlags;

    /// <summary>The flags of a call that says nothing about them.</summary>
    internal const MpolFlags DefaultFlags = MpolFlags.Move;
}
