using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using MigrationConformance.Core;

namespace MigrationConformance.Cli;

// The pages: one after the other, as the VMAs meet them, and runs of those that are alike.
internal sealed partial class CaptureBuilder
{
    /// <summary>The most references of others that a page gets.</summary>
    public const int MaxReferences = 4;

    private readonly List<CapturePte> runPtes = [], pagePtes = [];
    private int nextSlot = 1;
    private long entries, holds;

    private void MakePages(RunSink sink)
    {
        PageRun run = default;
        for (int at = 0; at < raw.Entries.Count; at++)
        {
            if ((at & 0xffff) == 0)
                document.Progress("writing pages", (double)at / raw.Entries.Count);
            RawEntry entry = raw.Entries[at];
            if (vmaNumbers[entry.Vma] < 0)
                continue;
            if (!entry.IsPresent)
                CountSpecial(entry);
            else if (entry.Pfn == 0)
                document.LeftOut.Add(LeftOut.Hidden);
            else if (IsFirst(at, out int frame))
                MakePage(entry, frame, ref run, sink);
        }
        EndRun(run, sink);
    }

    private void CountSpecial(RawEntry entry)
    {
        if (entry.SwapType >= FirstSpecialSwapType)
            document.LeftOut.Add(LeftOut.SpecialEntry);
    }

    private void MakePage(RawEntry first, int frame, ref PageRun run, RunSink sink)
    {
        LeftOut reason = Judge(first, frame);
        if (reason == LeftOut.Nothing && !IsAnonymous(frame) && !document.Files[VmaOf(first).File].Pages.Add(IndexOf(first)))
            reason = LeftOut.ChangedWhileRead;
        if (reason != LeftOut.Nothing)
        {
            document.LeftOut.Add(reason);
            return;
        }
        PageRun page = PageOf(first, frame);
        if (!FitsIn(page))
        {
            document.LeftOut.Add(LeftOut.TooMany);
            return;
        }
        document.PageCount++;
        if (run.Repeat > 0 && run.IsContinuedBy(page) && AsSpan(runPtes).SequenceEqual(AsSpan(pagePtes)))
        {
            run.Repeat++;
            return;
        }
        EndRun(run, sink);
        run = page;
        runPtes.Clear();
        runPtes.AddRange(pagePtes);
    }

    // A scenario has as many new pages as pages to migrate.
    private bool FitsIn(in PageRun page)
    {
        int more = page.References + (page.Locked ? 1 : 0) + (page.Writeback ? 1 : 0);
        if (document.PageCount >= ScenarioLimits.Frames / 2 || entries + pagePtes.Count > ScenarioLimits.Entries || holds + more > ScenarioLimits.Holds)
            return false;
        entries += pagePtes.Count;
        holds += more;
        return true;
    }

    private void EndRun(in PageRun run, RunSink sink)
    {
        if (run.Repeat == 0)
            return;
        document.RunCount++;
        sink(run, AsSpan(runPtes));
    }

    // The page as a run of one; its entries go to pagePtes.
    private PageRun PageOf(RawEntry first, int frame)
    {
        ulong flags = raw.FrameFlags[frame];
        bool anonymous = IsAnonymous(frame);
        CaptureVma owner = VmaOf(first);
        bool swapCache = anonymous && (flags & KernelPageFlags.SwapCache) != 0;
        bool tmpfs = !anonymous && document.Files[owner.File].IsTmpfs;
        int seen = CollectPtes(first, frame, anonymous);
        return new PageRun
        {
            Repeat = 1,
            File = anonymous ? None : owner.File,
            AnonVma = anonymous ? owner.AnonVma : None,
            Index = IndexOf(first),
            SwapSlot = swapCache ? nextSlot++ : 0,
            Flags = KernelPageFlags.Translate(flags),
            Locked = (flags & KernelPageFlags.Locked) != 0,
            Writeback = (flags & KernelPageFlags.Writeback) != 0 && (!anonymous || swapCache),
            Buffer = (flags & KernelPageFlags.Private) != 0 && !anonymous && !tmpfs,
            References = Math.Clamp(Mapcount(frame) - seen, 0, MaxReferences),
        };
    }

    // Returns how many entries were kept.
    private int CollectPtes(RawEntry first, int frame, bool anonymous)
    {
        pagePtes.Clear();
        bool mappedOnce = Mapcount(frame) <= 1;
        for (int at = firstEntry[frame]; at > 0; at = nextEntry[at - 1])
        {
            RawEntry entry = raw.Entries[at - 1];
            CaptureVma vma = VmaOf(entry);
            if (IndexOf(entry) != IndexOf(first) || (!anonymous && vma.File != VmaOf(first).File))
            {
                document.LeftOut.Add(LeftOut.EntryElsewhere);
                continue;
            }
            bool write = vma.Raw.Has(RawVmaFlags.Write) && (anonymous ? mappedOnce : vma.Raw.Has(RawVmaFlags.Shared));
            pagePtes.Add(new CapturePte(vmaNumbers[entry.Vma], write, write && anonymous));
        }
        return pagePtes.Count;
    }

    // How often the frame is mapped, not counting the process that captures.
    private int Mapcount(int frame) => raw.FrameMapcounts[frame] - (raw.OwnEntries.Length > 0 ? raw.OwnEntries[frame] : 0);

    private static ReadOnlySpan<CapturePte> AsSpan(List<CapturePte> ptes) => CollectionsMarshal.AsSpan(ptes);
}
