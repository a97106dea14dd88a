using System;
using System.Collections.Generic;

namespace MigrationConformance.Cli;

/// <summary>Makes a scenario of what was read of a machine: what belongs together, what is left out, what the kernel does not show.</summary>
/// <remarks>
/// What is decided here, beside the table of page flags:
/// <list type="bullet">
/// <item>Pages stand in the order in which the VMAs, process by process, meet them. Frame numbers are not kept.</item>
/// <item>A mapped page is isolated, as if the caller had drained the pagevecs and isolated everything that processes map.</item>
/// <item>A file is a device and an inode. A frame that two files claim (overlays do that) belongs to the first; a second
/// frame for an offset that has one changed while it was read.</item>
/// <item>VMAs that share an anonymous page or a swap slot at the same linear offset share an anon_vma. An entry at another
/// offset, which the reverse mapping of 2006 would not find, becomes a reference that never ends.</item>
/// <item>Entries of processes that are not captured become references that never end, at most four a page: one is enough for
/// the migration to back out. Other references and pins are not visible.</item>
/// <item>Entries are not young: whether they are is not visible. An entry allows writing when its VMA does and the page is
/// shared memory or an anonymous page mapped once; such an anonymous page was written through it.</item>
/// </list>
/// </remarks>
internal sealed partial class CaptureBuilder
{
    // Swap devices have lower numbers than this; above are entries of pages that are being moved, and the like.
    private const int FirstSpecialSwapType = 23;
    private const ulong AddressLimit = 1UL << 47;
    private const int None = -1;

    private readonly RawCapture raw;
    private readonly CaptureDocument document;
    private readonly int[] vmaNumbers;
    private readonly AnonVmaSets anonVmas;
    private readonly int[] firstEntry;
    private readonly int[] nextEntry;
    private readonly int[] frameOf;

    private CaptureBuilder(RawCapture raw)
    {
        this.raw = raw;
        vmaNumbers = new int[raw.Vmas.Count];
        anonVmas = new AnonVmaSets(raw.Vmas.Count);
        firstEntry = new int[raw.Frames.Count];
        nextEntry = new int[raw.Entries.Count];
        frameOf = new int[raw.Entries.Count];
        document = new CaptureDocument
        {
            Raw = raw,
            Title = Title(raw),
            Processes = raw.Processes,
            MakePages = MakePages,
        };
    }

    /// <summary>Makes the document.</summary>
    /// <param name="raw">What was read.</param>
    /// <param name="names">Whether files keep their names.</param>
    /// <returns>The document.</returns>
    public static CaptureDocument Build(RawCapture raw, bool names)
    {
        CaptureBuilder builder = new(raw);
        builder.ChooseVmas(names);
        builder.LinkEntries();
        builder.Join();
        builder.NumberAnonVmas();
        return builder.document;
    }

    private static string Title(RawCapture raw)
    {
        string processes = raw.Processes.Count == 1 ? "1 process" : $"{raw.Processes.Count} processes";
        return $"{processes}, captured on Linux {raw.KernelVersion}".TrimEnd();
    }

    private void ChooseVmas(bool names)
    {
        Dictionary<(ulong, ulong), int> files = [];
        for (int vma = 0; vma < raw.Vmas.Count; vma++)
        {
            RawVma mapping = raw.Vmas[vma];
            LeftOut reason = ReasonToLeaveOut(mapping);
            if (reason != LeftOut.Nothing)
            {
                document.LeftOut.Add(reason);
                vmaNumbers[vma] = None;
                continue;
            }
            vmaNumbers[vma] = document.Vmas.Count;
            document.Vmas.Add(new CaptureVma(mapping) { File = FileOf(mapping, files, names), AnonVma = None });
        }
    }

    private static LeftOut ReasonToLeaveOut(RawVma mapping) =>
        mapping.End > AddressLimit && mapping.Name != "[vsyscall]" ? LeftOut.HighMapping
        : mapping.Has(RawVmaFlags.HugeTlb) ? LeftOut.HugeTlbMapping
        : mapping.Has(RawVmaFlags.Device) || IsOfKernel(mapping) ? LeftOut.DeviceMapping
        : LeftOut.Nothing;

    private static bool IsOfKernel(RawVma mapping) =>
        mapping.Inode == 0 && (mapping.Name is "[vdso]" or "[vsyscall]" or "[uprobes]" || mapping.Name.StartsWith("[vvar", StringComparison.Ordinal));

    private int FileOf(RawVma mapping, Dictionary<(ulong, ulong), int> files, bool names)
    {
        if (mapping.Inode == 0)
            return None;
        if (!files.TryGetValue((mapping.Device, mapping.Inode), out int file))
        {
            file = document.Files.Count;
            files.Add((mapping.Device, mapping.Inode), file);
            document.Files.Add(new CaptureFile { Name = names ? mapping.Name : null });
        }
        return file;
    }

    // The frame of each entry, and for each frame the list of its entries, in their order: firstEntry and nextEntry
    // hold positions + 1.
    private void LinkEntries()
    {
        for (int at = raw.Entries.Count - 1; at >= 0; at--)
        {
            RawEntry entry = raw.Entries[at];
            if (!entry.IsPresent || vmaNumbers[entry.Vma] < 0)
                continue;
            int frame = frameOf[at] = raw.Frames.RankOf(entry.Pfn);
            nextEntry[at] = firstEntry[frame];
            firstEntry[frame] = at + 1;
        }
    }

    // VMAs that share anonymous pages or swap slots, and what kind of memory each file is.
    private void Join()
    {
        Dictionary<ulong, RawEntry> firstOfSlot = [];
        for (int at = 0; at < raw.Entries.Count; at++)
        {
            RawEntry entry = raw.Entries[at];
            if (vmaNumbers[entry.Vma] < 0)
                continue;
            if (!entry.IsPresent)
                JoinSlot(entry, firstOfSlot);
            else if (entry.Pfn != 0 && IsFirst(at, out int frame) && Judge(entry, frame) == LeftOut.Nothing)
                JoinPage(entry, frame);
        }
        nextSlot = document.Slots.Count + 1;
    }

    private void JoinSlot(RawEntry entry, Dictionary<ulong, RawEntry> firstOfSlot)
    {
        if (entry.SwapType >= FirstSpecialSwapType)
            return;
        VmaOf(entry).HasAnonymous = true;
        if (document.Slots.TryAdd(entry.SwapEntry, document.Slots.Count + 1))
            firstOfSlot.Add(entry.SwapEntry, entry);
        else if (IndexOf(firstOfSlot[entry.SwapEntry]) == IndexOf(entry))
            anonVmas.Join(firstOfSlot[entry.SwapEntry].Vma, entry.Vma);
    }

    private void JoinPage(RawEntry first, int frame)
    {
        if (!IsAnonymous(frame))
        {
            if ((raw.FrameFlags[frame] & KernelPageFlags.SwapBacked) != 0)
                document.Files[VmaOf(first).File].IsTmpfs = true;
            return;
        }
        for (int at = firstEntry[frame]; at > 0; at = nextEntry[at - 1])
        {
            RawEntry entry = raw.Entries[at - 1];
            if (IndexOf(entry) != IndexOf(first))
                continue;
            VmaOf(entry).HasAnonymous = true;
            anonVmas.Join(first.Vma, entry.Vma);
        }
    }

    private void NumberAnonVmas()
    {
        Dictionary<int, int> numbers = [];
        for (int vma = 0; vma < raw.Vmas.Count; vma++)
        {
            if (vmaNumbers[vma] < 0)
                continue;
            CaptureVma mapping = document.Vmas[vmaNumbers[vma]];
            if (mapping.File >= 0 && !mapping.HasAnonymous)
                continue;
            int set = anonVmas.Find(vma);
            if (!numbers.TryGetValue(set, out int number))
                numbers.Add(set, number = numbers.Count);
            mapping.AnonVma = number;
        }
    }

    // Why a frame is left out, or Nothing. The VMA of its first entry says what it may be.
    private LeftOut Judge(RawEntry first, int frame)
    {
        ulong flags = raw.FrameFlags[frame];
        LeftOut reason = KernelPageFlags.ReasonToLeaveOut(flags);
        if (reason != LeftOut.Nothing)
            return reason;
        CaptureVma vma = VmaOf(first);
        bool possible = IsAnonymous(frame) ? !vma.Raw.Has(RawVmaFlags.MayShare) : vma.File >= 0;
        return possible && raw.FrameMapcounts[frame] > 0 ? LeftOut.Nothing : LeftOut.ChangedWhileRead;
    }

    private bool IsFirst(int at, out int frame)
    {
        frame = frameOf[at];
        return firstEntry[frame] == at + 1;
    }

    private bool IsAnonymous(int frame) => (raw.FrameFlags[frame] & KernelPageFlags.Anon) != 0;

    private CaptureVma VmaOf(RawEntry entry) => document.Vmas[vmaNumbers[entry.Vma]];

    private ulong IndexOf(RawEntry entry) => VmaOf(entry).IndexOf(entry.Page);
}
