namespace MigrationConformance.Core;

/// <summary>A process of a scenario.</summary>
public sealed record ScenarioProcess
{
    /// <summary>The process that a scenario has when it says nothing about it.</summary>
    public static ScenarioProcess Default { get; } = new();

    /// <summary>A label, or null for <c>process N</c>.</summary>
    public string? Name { get; init; }

    /// <summary>hiwater_rss, 0 or more.</summary>
    public int HiwaterRss { get; init; }

    /// <summary>Whether the mm is on the mmlist, or null for whether it has a swap entry.</summary>
    public bool? OnMmlist { get; init; }

    /// <summary>uid, or null for 1000; like what follows of meaning for system calls only.</summary>
    public int? Uid { get; init; }

    /// <summary>euid, or null for the uid.</summary>
    public int? Euid { get; init; }

    /// <summary>suid, or null for the uid.</summary>
    public int? Suid { get; init; }

    /// <summary>capable(CAP_SYS_NICE), or null for whether the euid is 0.</summary>
    public bool? CapSysNice { get; init; }

    /// <summary>mems_allowed of its cpuset, as node numbers; or null for every node.</summary>
    public ValueList<int>? Mems { get; init; }
}

/// <summary>A VMA of a scenario.</summary>
public sealed record ScenarioVma
{
    /// <summary>The process it belongs to.</summary>
    public required int Process { get; init; }

    /// <summary>First address, in bytes, a multiple of the page size, below 2^47.</summary>
    public required ulong Start { get; init; }

    /// <summary>Length in pages, at least 1.</summary>
    public required ulong Pages { get; init; }

    /// <summary>The file it maps, or null for anonymous memory.</summary>
    public int? File { get; init; }

    /// <summary>Its anon_vma; required without <see cref="File"/>.</summary>
    public int? AnonVma { get; init; }

    /// <summary>Offset of its first page, in pages.</summary>
    public ulong Pgoff { get; init; }

    /// <summary>vm_flags.</summary>
    public VmFlags Flags { get; init; } = DefaultFlags;

    /// <summary>vm_private_data of a non-linear VMA, in bytes.</summary>
    public ulong Cursor { get; init; }

    /// <summary>Swap and file entries; present entries stand at the pages.</summary>
    public ValueList<ScenarioEntry> Entries { get; init; } = [];

    /// <summary>The flags of a VMA that says nothing about them.</summary>
    internal const VmFlags DefaultFlags = VmFlags.Read | VmFlags.Write;
}

/// <summary>A page table entry that is not present: a swap entry or a file entry.</summary>
/// <param name="Address">Its address, in bytes, a multiple of the page size.</param>
/// <param name="Slot">The slot of a swap entry, from 1; 0 for a file entry.</param>
/// <param name="FileOffset">The offset of a file entry, in pages; of no meaning for a swap entry.</param>
public readonly record struct ScenarioEntry(ulong Address, int Slot, ulong FileOffset = 0);
