namespace MigrationConformance.Core;

/// <summary>A file of a scenario, with its methods.</summary>
public sealed record ScenarioFile
{
    /// <summary>The file that a scenario has when it says nothing about it.</summary>
    public static ScenarioFile Default { get; } = new();

    /// <summary>A label, or null for <c>file N</c>.</summary>
    public string? Name { get; init; }

    /// <summary><see cref="MappingKind.Regular"/> or <see cref="MappingKind.Tmpfs"/>.</summary>
    public MappingKind Kind { get; init; } = MappingKind.Regular;

    /// <summary>What writepage does, or null for <see cref="WritepageMode.Asynchronous"/>; must be null for tmpfs.</summary>
    public WritepageMode? Writepage { get; init; }

    /// <summary>What releasepage does.</summary>
    public ReleasepageMode Releasepage { get; init; } = ReleasepageMode.Absent;

    /// <summary>What migratepage is, or null for what the kind has: <see cref="MigratepageMode.BufferMigratePage"/>, for tmpfs none.</summary>
    public MigratepageMode? Migratepage { get; init; }

    /// <summary>Whether set_page_dirty is __set_page_dirty_nobuffers, or null for what the kind has: only tmpfs.</summary>
    public bool? SetPageDirtyNobuffers { get; init; }

    /// <summary>Whether nr_dirty counts its pages, or null for what the kind has: all but tmpfs.</summary>
    public bool? AccountsDirty { get; init; }

    /// <summary>When the writes that the run submits complete: a pass, <see cref="Until.Waited"/> or <see cref="Until.Never"/>.</summary>
    public int Completes { get; init; } = Until.Waited;

    /// <summary>i_size in pages, or null for what the pages and blocks need.</summary>
    public ulong? Size { get; init; }

    /// <summary>Of <see cref="MappingFlags.AsEio"/>, <see cref="MappingFlags.AsEnospc"/> and <see cref="MappingFlags.InodeDirty"/>.</summary>
    public MappingFlags Flags { get; init; }

    /// <summary>tmpfs only: the segment is locked in memory.</summary>
    public bool SegmentLocked { get; init; }

    /// <summary>truncate_count, 0 or more.</summary>
    public int TruncateCount { get; init; }

    /// <summary>What the backing store holds, where that is not the default.</summary>
    public ValueList<ScenarioBlock> Blocks { get; init; } = [];

    /// <summary>tmpfs only: the swap vector.</summary>
    public ValueList<ScenarioSwapped> Swapped { get; init; } = [];

    /// <summary>The flags that a scenario may give.</summary>
    internal const MappingFlags GivenFlags = MappingFlags.AsEio | MappingFlags.AsEnospc | MappingFlags.InodeDirty;
}

/// <summary>What the backing store holds at one page of a file.</summary>
/// <param name="Index">Offset in the file, in pages.</param>
/// <param name="Contents">What it holds.</param>
public readonly record struct ScenarioBlock(ulong Index, ulong Contents);

/// <summary>A page of a tmpfs file that lives in swap.</summary>
/// <param name="Index">Offset in the file, in pages.</param>
/// <param name="Slot">Its slot, from 1.</param>
public readonly record struct ScenarioSwapped(ulong Index, int Slot);
