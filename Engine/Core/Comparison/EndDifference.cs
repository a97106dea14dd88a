namespace MigrationConformance.Core;

/// <summary>In what a run can end differently. The order is that in which a group is named: by the first of its aspects.</summary>
public enum Aspect : byte
{
    /// <summary>How the run ends: it returns, blocks for ever, or hits a kernel BUG.</summary>
    End,

    /// <summary>What became of the page: migrated, swapped out, freed, failed, left.</summary>
    Fate,

    /// <summary>The step at which the last attempt ended, and why.</summary>
    Reason,

    /// <summary>The pass in which the last attempt ended: earlier or later.</summary>
    Pass,

    /// <summary>What migrate_pages returns, or the system call around it.</summary>
    Result,

    /// <summary>Writes of the page to swap: fewer or more.</summary>
    SwapWrites,

    /// <summary>Calls of the file's writepage: fewer or more.</summary>
    FileWrites,

    /// <summary>The page table entries that named the page or its slot: what each of them was turned into.</summary>
    Entries,

    /// <summary>Flags of the page that holds the data at the end; PG_active also where a page waits to become active.</summary>
    Flags,

    /// <summary>Every flag of the new frame, where a page migrates at one of the levels only: what the migration copied.</summary>
    Copied,

    /// <summary>References that nobody is known to hold.</summary>
    Count,

    /// <summary>The list that holds the page with the data.</summary>
    List,

    /// <summary>What a page that migrated leaves behind in the old frame.</summary>
    OldPage,

    /// <summary>The tree in which the page with the data is found, and its tags.</summary>
    Tree,

    /// <summary>page->mapping and page->index of the page with the data, beside those of the old one.</summary>
    Identity,

    /// <summary>The buffers of the page with the data.</summary>
    Buffers,

    /// <summary>The data itself.</summary>
    Contents,

    /// <summary>Whether the backing store has the data.</summary>
    Stored,

    /// <summary>Passes made: fewer or more.</summary>
    Passes,

    /// <summary>New pages that are left: fewer or more.</summary>
    To,

    /// <summary>The frame to which a page moved, and the order of the lists where every page has the same fate.</summary>
    Order,

    /// <summary>Calls of migrate_pages that a system call makes: fewer or more.</summary>
    Chunks,

    /// <summary>Free swap slots: fewer or more.</summary>
    SwapSlots,

    /// <summary>Resident set sizes of the processes: fewer or more.</summary>
    Rss,

    /// <summary>nr_mapped, nr_dirty, nr_writeback, nr_pagecache, and the counters of the zones: fewer or more.</summary>
    Counters,

    /// <summary>Processes on the mmlist: fewer or more.</summary>
    Mmlist,

    /// <summary>State bits of the mappings: errors, dirty inodes.</summary>
    Mappings,

    /// <summary>What others still hold, and writes in flight: fewer or more.</summary>
    Held,

    /// <summary>Locks that the run leaves held, and PF_SWAPWRITE.</summary>
    Locks,

    /// <summary>An invariant that does not hold at the end.</summary>
    Rule,

    /// <summary>Something in the result document that no other aspect covers.</summary>
    Elsewhere,
}

/// <summary>One difference between two runs.</summary>
/// <param name="Aspect">In what they differ.</param>
/// <param name="Before">What it is at the first level; empty for something that only the second has.</param>
/// <param name="After">What it is at the second level; empty for something that only the first has.</param>
public readonly record struct EndDifference(Aspect Aspect, string Before, string After) : IComparable<EndDifference>
{
    /// <summary>Orders by aspect, then by text.</summary>
    /// <param name="other">Another difference.</param>
    /// <returns>Negative, 0 or positive.</returns>
    public int CompareTo(EndDifference other)
    {
        int order = Aspect.CompareTo(other.Aspect);
        order = order != 0 ? order : string.CompareOrdinal(Before, other.Before);
        return order != 0 ? order : string.CompareOrdinal(After, other.After);
    }

    /// <summary>As a claims file has it.</summary>
    public override string ToString() => Before.Length == 0 ? $"+ {After}" : After.Length == 0 ? $"- {Before}" : $"{Before} -> {After}";

    /// <summary>The word of an aspect, as a claims file has it.</summary>
    /// <param name="aspect">An aspect.</param>
    /// <returns>Its name in camelCase.</returns>
    public static string Word(Aspect aspect)
    {
        string name = $"{aspect}";
        return char.ToLowerInvariant(name[0]) + name[1..];
    }
}
