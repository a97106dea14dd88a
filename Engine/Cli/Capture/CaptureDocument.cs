using System;
using System.Collections.Generic;

namespace MigrationConformance.Cli;

/// <summary>A file of a capture.</summary>
internal sealed class CaptureFile
{
    /// <summary>Its path, or null without names.</summary>
    public string? Name { get; init; }

    /// <summary>Whether its pages are shared memory.</summary>
    public bool IsTmpfs { get; set; }

    /// <summary>The offsets that a page was seen at.</summary>
    public SparseSet Pages { get; } = new();
}

/// <summary>A VMA of a capture: what the scenario says of a mapping.</summary>
/// <param name="Raw">The mapping as it was read.</param>
internal sealed record CaptureVma(RawVma Raw)
{
    /// <summary>Its file's number, or −1.</summary>
    public int File { get; init; }

    /// <summary>Its anon_vma's number, or −1.</summary>
    public int AnonVma { get; set; }

    /// <summary>Whether it has an anonymous page or a swap entry.</summary>
    public bool HasAnonymous { get; set; }

    /// <summary>Offset of its first page: in the file, or for anonymous memory its address, in pages.</summary>
    public ulong Pgoff => File >= 0 ? Raw.Offset >> 12 : Raw.Start >> 12;

    /// <summary>The offset that belongs to a virtual page.</summary>
    /// <param name="page">Virtual page number, inside the VMA.</param>
    /// <returns>The offset in pages.</returns>
    public ulong IndexOf(ulong page) => page - (Raw.Start >> 12) + Pgoff;
}

/// <summary>A present page table entry of the pages of a run.</summary>
/// <param name="Vma">Number of the VMA.</param>
/// <param name="Write">It allows writing.</param>
/// <param name="Dirty">It was written through.</param>
internal readonly record struct CapturePte(int Vma, bool Write, bool Dirty);

/// <summary>Pages that follow each other and are alike.</summary>
internal record struct PageRun
{
    /// <summary>How many pages.</summary>
    public int Repeat;

    /// <summary>The file, or −1.</summary>
    public int File;

    /// <summary>The anon_vma, or −1.</summary>
    public int AnonVma;

    /// <summary>Offset of the first page.</summary>
    public ulong Index;

    /// <summary>Slot of the first page, or 0.</summary>
    public int SwapSlot;

    /// <summary>The flags that do not follow from other keys.</summary>
    public Core.PageFlags Flags;

    /// <summary>Others hold the page lock.</summary>
    public bool Locked;

    /// <summary>A write of others is in flight.</summary>
    public bool Writeback;

    /// <summary>It has a buffer.</summary>
    public bool Buffer;

    /// <summary>References of others.</summary>
    public int References;

    /// <summary>Whether a page after this run belongs to it.</summary>
    /// <param name="next">The page, as a run of one.</param>
    /// <returns>True when the next offset, and the next slot, is all that differs.</returns>
    public readonly bool IsContinuedBy(in PageRun next)
    {
        PageRun expected = this;
        expected.Repeat = 1;
        expected.Index = unchecked(Index + (ulong)Repeat);
        if (SwapSlot > 0)
            expected.SwapSlot += Repeat;
        return expected == next;
    }
}

/// <summary>Takes a run of pages.</summary>
/// <param name="run">The run.</param>
/// <param name="ptes">The present entries that each of its pages has, in the order of the VMAs.</param>
internal delegate void RunSink(in PageRun run, ReadOnlySpan<CapturePte> ptes);

/// <summary>A capture, ready to be written as a scenario.</summary>
internal sealed class CaptureDocument
{
    /// <summary>What was read, for its swap entries.</summary>
    public required RawCapture Raw { get; init; }

    /// <summary>A label.</summary>
    public required string Title { get; init; }

    /// <summary>The processes that have a VMA.</summary>
    public required IReadOnlyList<RawProcess> Processes { get; init; }

    /// <summary>The files that VMAs map.</summary>
    public List<CaptureFile> Files { get; } = [];

    /// <summary>The VMAs, process by process, by address.</summary>
    public List<CaptureVma> Vmas { get; } = [];

    /// <summary>The slot of each swap entry.</summary>
    public Dictionary<ulong, int> Slots { get; } = [];

    /// <summary>Makes the pages, run by run, in the order of the document. To be called once: they are not kept.</summary>
    public required Action<RunSink> MakePages { get; init; }

    /// <summary>Told about progress while the pages are made: what is being done, and the part of it that is done, 0 to 1.</summary>
    public Action<string, double> Progress { get; set; } = (_, _) => { };

    /// <summary>How many pages the runs stand for; known after <see cref="MakePages"/>.</summary>
    public long PageCount { get; set; }

    /// <summary>How many runs there are; known after <see cref="MakePages"/>.</summary>
    public long RunCount { get; set; }

    /// <summary>What is not in it; complete after <see cref="MakePages"/>.</summary>
    public LeftOutCounts LeftOut { get; } = new();
}
