using System.Collections.Generic;

namespace MigrationConformance.Cli;

/// <summary>Why something of the machine is not in its capture.</summary>
internal enum LeftOut
{
    /// <summary>It is in the capture.</summary>
    Nothing = 0,

    /// <summary>A mapping of a device, of raw frames, or of the kernel's own pages.</summary>
    DeviceMapping,

    /// <summary>A mapping of huge pages.</summary>
    HugeTlbMapping,

    /// <summary>A mapping above the addresses that the scenario format allows.</summary>
    HighMapping,

    /// <summary>The shared page of zeros.</summary>
    ZeroPage,

    /// <summary>A frame that is on no LRU list and not anonymous.</summary>
    NotOnLru,

    /// <summary>A hugetlb frame.</summary>
    HugeTlb,

    /// <summary>A frame that the kernel merged from equal ones.</summary>
    Ksm,

    /// <summary>A broken frame.</summary>
    Poisoned,

    /// <summary>A frame whose number is not shown.</summary>
    Hidden,

    /// <summary>A frame that became something else between two reads.</summary>
    ChangedWhileRead,

    /// <summary>An entry that maps a page elsewhere than the reverse mapping of 2006 would look.</summary>
    EntryElsewhere,

    /// <summary>A page beyond what a scenario can hold.</summary>
    TooMany,

    /// <summary>An entry that is neither present nor swapped out: a page that is being moved, a marker, device memory.</summary>
    SpecialEntry,
}

/// <summary>Counts of what is not in a capture, by reason.</summary>
internal sealed class LeftOutCounts
{
    private static readonly Dictionary<LeftOut, string> Words = new()
    {
        [LeftOut.DeviceMapping] = "mappings of devices and of the kernel's own pages (vdso, vvar, vsyscall)",
        [LeftOut.HugeTlbMapping] = "mappings of hugetlb pages",
        [LeftOut.HighMapping] = "mappings above 128 TiB",
        [LeftOut.ZeroPage] = "frames of zeros shared by all",
        [LeftOut.NotOnLru] = "frames on no LRU list (kernel, driver or device memory, or on their way to a list)",
        [LeftOut.HugeTlb] = "hugetlb frames",
        [LeftOut.Ksm] = "frames merged by KSM",
        [LeftOut.Poisoned] = "poisoned frames",
        [LeftOut.Hidden] = "entries whose frame is hidden",
        [LeftOut.ChangedWhileRead] = "frames that changed while they were read",
        [LeftOut.EntryElsewhere] = "entries at another offset than the page's (each is a reference that never ends)",
        [LeftOut.TooMany] = "pages more than a scenario can hold (--pid captures fewer)",
        [LeftOut.SpecialEntry] = "entries of pages that are being moved, of markers and of device memory",
    };

    private readonly long[] counts = new long[Words.Count + 1];

    /// <summary>How many were left out for a reason.</summary>
    /// <param name="reason">The reason.</param>
    public long this[LeftOut reason] => counts[(int)reason];

    /// <summary>Counts one.</summary>
    /// <param name="reason">Why.</param>
    public void Add(LeftOut reason) => counts[(int)reason]++;

    /// <summary>Each reason that occurred, as a count and what it counts.</summary>
    /// <returns>Phrases in a fixed order.</returns>
    public IEnumerable<string> Phrases()
    {
        foreach ((LeftOut reason, string words) in Words)
        {
            if (this[reason] > 0)
                yield return $"{this[reason]:N0} {words}";
        }
    }
}
