using System.Runtime.InteropServices;

namespace MigrationConformance.Core;

/// <summary>When something that others hold ends, in a run of one migration.</summary>
/// <remarks>
/// Values 0 to 10 are the number of a pass: it ends when that pass starts, or earlier if the migration waits
/// for it. The kernel leaves the moment open; a scenario fixes it.
/// </remarks>
public static class Until
{
    /// <summary>It ends as soon as a task waits for it, and not before.</summary>
    public const int Waited = 1000;

    /// <summary>It never ends: a task that waits for it is blocked for ever.</summary>
    public const int Never = 1001;

    /// <summary>Whether a wait ends it.</summary>
    /// <param name="until">A pass, <see cref="Waited"/> or <see cref="Never"/>.</param>
    /// <returns>False only for <see cref="Never"/>.</returns>
    public static bool EndsWhenWaited(int until) => until != Never;
}

/// <summary>What others hold of a page or a buffer.</summary>
public enum HoldKind
{
    /// <summary>Nothing: an unused row.</summary>
    None = 0,

    /// <summary>The page lock.</summary>
    PageLock,

    /// <summary>A reference: page_count + 1. Nothing waits for references.</summary>
    Reference,

    /// <summary>A write of the page in flight: PG_writeback. <see cref="Hold.Contents"/> is what was submitted.</summary>
    Writeback,

    /// <summary>A use of a buffer: b_count + 1. Nothing waits for it at any level.</summary>
    BufferCount,

    /// <summary>A lock on a buffer: BH_Lock.</summary>
    BufferLock,

    /// <summary>A page that a task of this machine has unmapped and gathered: its entry's reference, until the gather is flushed.</summary>
    Gather,
}

/// <summary>One thing that others hold and that ends at a moment the scenario fixes: a row of <see cref="Machine.Holds"/>, made by Others.Add.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct Hold
{
    /// <summary>For a write in flight: the contents when it was submitted.</summary>
    public ulong Contents;

    /// <summary>What is held.</summary>
    public HoldKind Kind;

    /// <summary>The page; for a buffer the page it belongs to.</summary>
    public Pfn Page;

    /// <summary>The buffer, or none.</summary>
    public BhId Buffer;

    /// <summary>When it ends: a pass number, <see cref="Core.Until.Waited"/> or <see cref="Core.Until.Never"/>.</summary>
    public int Until;

    /// <summary>For a write in flight: 1 when it completes with an error.</summary>
    public int Fails;

    /// <summary>For a write in flight: 1 when a task of this machine submitted it, 0 when it belongs to others. For a gathered page: the task's number + 1.</summary>
    public int Submitted;

    /// <summary>The next hold of the same page, or −1.</summary>
    public int Next;

    private int unused;
}
