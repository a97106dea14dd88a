using System;
using MigrationConformance.Core;

namespace MigrationConformance.Cli.Bench;

/// <summary>What kind of pages a benchmark migrates.</summary>
internal enum BenchKind
{
    /// <summary>Clean pages of one file, not mapped.</summary>
    FileUnmapped,

    /// <summary>Clean pages of one file, each with one page table entry.</summary>
    FileMapped,

    /// <summary>Clean swap cache pages, each with one page table entry.</summary>
    SwapCacheMapped,

    /// <summary>
    /// Sixteen in a row of each: clean unmapped file pages, mapped ones, swap cache pages, mapped pages with an
    /// extra reference (they back out in every pass), and dirty mapped pages (likewise).
    /// </summary>
    Mix,
}

/// <summary>Builds the machines of the benchmarks straight in the tables.</summary>
internal static class BenchMachine
{
    private const ulong BaseAddress = 0x1000_0000;
    private const int PinnedPart = 3, DirtyPart = 4;

    /// <summary>Builds a machine and its migration.</summary>
    /// <param name="kind">What the pages are.</param>
    /// <param name="frames">Frames in all: one half is on <c>from</c>, the other on <c>to</c>.</param>
    /// <returns>The machine and the migration's task.</returns>
    public static (Machine Machine, TaskId Task) Build(BenchKind kind, int frames)
    {
        int pages = frames / 2;
        var m = new Machine();
        Reserve(m, kind, frames);
        m.AddFrames(frames);
        ListId from = m.AddList(), to = m.AddList(), moved = m.AddList(), failed = m.AddList();
        MappingId file = m.AddFile(sizePages: (ulong)pages);
        MmId mm = m.AddMm();
        AnonVmaId anonVma = m.AddAnonVma();
        ulong length = (ulong)pages << Machine.PageShift;
        VmaId fileVma = m.AddVma(Area(mm, BaseAddress, length) with { File = file, AnonVma = AnonVmaId.None });
        VmaId anonArea = m.AddVma(Area(mm, BaseAddress + length, length) with { File = MappingId.None, AnonVma = anonVma });
        for (int i = 0; i < pages; i++)
        {
            var page = new Pfn(i);
            m.Pages[i].Contents = (ulong)i + 1;
            m.Pages[i].Count = 1;
            m.Pages[i].Set(PageFlags.Uptodate);
            // The mix goes round five parts of sixteen pages: the three kinds, then pinned pages, then dirty ones.
            int part = kind == BenchKind.Mix ? i / 16 % 5 : (int)kind;
            if (part == (int)BenchKind.SwapCacheMapped)
                AddSwapCachePage(m, page, anonVma, anonArea);
            else
                AddFilePage(m, page, file, part == (int)BenchKind.FileUnmapped ? VmaId.None : fileVma);
            if (part == PinnedPart)
                PageRefs.GetPage(m, page);
            if (part == DirtyPart)
                Dirty.SetPageDirty(m, page);
            PageList.AddTail(m, page, from);
        }
        for (int i = pages; i < frames; i++)
        {
            m.Pages[i].Count = 1;
            PageList.AddTail(m, new Pfn(i), to);
        }
        return (m, m.AddTask(MigratePages.NewTask(from, to, moved, failed)));
    }

    private static VmArea Area(MmId mm, ulong start, ulong length) => new()
    {
        Mm = mm,
        Start = start,
        End = start + length,
        Flags = VmFlags.Read | VmFlags.Write,
    };

    private static void AddFilePage(Machine m, Pfn page, MappingId file, VmaId vma)
    {
        Filemap.AddToPageCache(m, page, file, new Pgoff((ulong)page.Value));
        PageLock.UnlockPage(m, page);
        BackingStore.Write(m, file, (ulong)page.Value, m.Pages[page.Value].Contents);
        if (vma.IsNone)
            return;
        Map(m, page, vma);
        Rmap.PageAddFileRmap(m, page);
        m.Mms[0].FileRss++;
    }

    private static void AddSwapCachePage(Machine m, Pfn page, AnonVmaId anonVma, VmaId vma)
    {
        m.AddSwapSlots(1);
        SwpEntry entry = SwapFile.GetSwapPage(m);
        SwapState.AddToSwapCacheLocked(m, page, entry);
        PageLock.UnlockPage(m, page);
        m.SwapContents[(int)entry.Value] = m.Pages[page.Value].Contents;
        m.Pages[page.Value].Mapping = MappingPtr.Anon(anonVma);
        m.Pages[page.Value].Index = new Pgoff((ulong)page.Value);
        Map(m, page, vma);
        Rmap.PageAddAnonRmap(m, page, m.Vmas[vma.Value], Address(m, page, vma));
        m.Mms[0].AnonRss++;
    }

    private static void Map(Machine m, Pfn page, VmaId vma)
    {
        PageTables.Set(m, m.Vmas[vma.Value].Mm, Address(m, page, vma), Pte.Present(page, write: false, dirty: false, young: false));
        PageRefs.GetPage(m, page);
    }

    private static ulong Address(Machine m, Pfn page, VmaId vma) =>
        m.Vmas[vma.Value].Start + ((ulong)page.Value << Machine.PageShift);

    /// <summary>Sizes the tables once, so that the memory of a large machine is not held twice while it grows.</summary>
    private static void Reserve(Machine m, BenchKind kind, int frames)
    {
        int pages = frames / 2;
        bool file = kind != BenchKind.SwapCacheMapped, swap = kind is BenchKind.SwapCacheMapped or BenchKind.Mix;
        bool mapped = kind != BenchKind.FileUnmapped;
        int nodes = (int)(pages / 64 * 1.1) + 64;
        int trees = kind == BenchKind.Mix ? 3 : 1;
        m.Pages.Items = new Page[frames];
        m.Nodes.Items = new RadixNode[nodes * trees];
        m.Slots.Items = new int[nodes * trees * m.FanOut];
        if (file)
            m.Blocks.Items = new Block[pages];
        if (mapped)
            m.Ptes.Items = new Pte[(pages + 128) * (kind == BenchKind.Mix ? 2 : 1)];
        if (swap)
        {
            m.SwapMap.Items = [.. m.SwapMap.Rows, .. new ushort[pages]];
            m.SwapContents.Items = [.. m.SwapContents.Rows, .. new ulong[pages]];
        }
    }
}
