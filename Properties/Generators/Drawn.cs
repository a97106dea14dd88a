using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>Turns draws into scenarios: what makes them valid by construction.</summary>
public static class Drawn
{
    private const int RegularFiles = 2, Tmpfs = 2, Anons = 2;

    // Indexes stay below this; with a fan-out of 8 they cross a node.
    private const int VmaPages = 12;

    /// <summary>The scenario of a drawn machine.</summary>
    public static Scenario Scenario(MachineDraw draw)
    {
        int[] nextIndex = new int[RegularFiles + 1 + Anons + 1];
        int slot = draw.FirstSlot;
        var pages = new List<ScenarioPage>();
        var blocks = new List<ScenarioBlock>[RegularFiles];
        for (int file = 0; file < RegularFiles; file++)
            blocks[file] = [];
        var swapContents = new List<ScenarioSlotContents>();
        var swapped = new List<ScenarioSwapped>();
        foreach (PageDraw page in draw.Pages)
        {
            bool cached = page.Class is PageClass.AnonSwapCache or PageClass.Readahead or PageClass.TmpfsSwapped;
            int owner = Owner(page);
            ulong index = (ulong)(draw.FirstIndex + nextIndex[owner]++);
            pages.Add(Page(draw, page, index, cached ? slot : 0));
            if (cached && DirtyEntries(draw, page))
                swapContents.Add(new ScenarioSlotContents(slot, 900 + (ulong)slot));
            if (page.Class == PageClass.File && !page.Dirty && (DirtyEntries(draw, page) || page.Buffers.Any(b => b.Dirty)))
                blocks[page.File].Add(new ScenarioBlock(index, 700 + index));
            if (page.Class == PageClass.TmpfsSwapped)
                swapped.Add(new ScenarioSwapped(index, slot));
            slot += cached ? 1 : 0;
        }
        int firstOut = slot;
        // Memory that a process has written is no other one's: such a slot has no user that is not shown.
        bool hidden = draw.Swap.HiddenUser && pages.FirstOrDefault(page => page.SwapCache == draw.FirstSlot) is { } first && !first.Ptes.Any(pte => pte.Dirty);
        for (int i = 0; i < draw.SwappedOut; i++, slot++)
        {
            swapContents.Add(new ScenarioSlotContents(slot, 900 + (ulong)slot));
            swapped.Add(new ScenarioSwapped((ulong)(VmaPages - 1 - i), slot++));
            swapContents.Add(new ScenarioSlotContents(slot, 900 + (ulong)slot));
        }
        pages.Add(new ScenarioPage { List = PagePlace.Free });
        pages.Add(new ScenarioPage { List = PagePlace.Free });
        return new Scenario
        {
            FanOut = draw.FanOut,
            Files = [.. draw.Files.Select((file, i) => File(file, i, i < RegularFiles ? blocks[i] : [], swapped))],
            Processes = [.. Enumerable.Repeat(ScenarioProcess.Default, draw.Processes)],
            Vmas = [.. Vmas(draw, firstOut)],
            Pages = [.. pages],
            Swap = new ScenarioSwap
            {
                Slots = draw.Swap.Slots < 0 ? null : slot - 1 + draw.Swap.Slots,
                Writable = draw.Swap.Writable,
                Write = draw.Swap.Write,
                Completes = draw.Swap.Completes,
                RadixPreloadFails = draw.Swap.NoMemory,
                Map = hidden ? [new ScenarioSlotUse(draw.FirstSlot, Users: 1)] : [],
                Contents = [.. swapContents],
            },
            To = draw.To switch { -1 => ScenarioTo.AsManyAsFrom, -2 => ScenarioTo.SwapOut, _ => ScenarioTo.Frames(draw.To) },
        };
    }

    private static ulong OutAddress(int number) => (0x10000000UL * (RegularFiles + 2)) + ((ulong)(VmaPages - 1 - number) << 12);

    /// <summary>An actor that aims at one of the drawn pages, or at what lives in a slot without a page.</summary>
    public static ActorSpec Actor(MachineDraw draw, (TaskKind Kind, int Page, int Process, bool Write, bool Variant) actor)
    {
        // Accesses find out what do_swap_page and shmem_getpage do when they must read.
        if (draw.SwappedOut > 0 && actor.Page >= draw.Pages.Length && actor.Kind is TaskKind.Fault or TaskKind.GetUserPages)
        {
            ulong tmpfs = (0x10000000UL * (Tmpfs + 1)) + ((ulong)(VmaPages - 1) << 12);
            return new ActorSpec(actor.Kind, Address: actor.Variant ? OutAddress(0) : tmpfs, Write: actor.Write);
        }
        Scenario scenario = Scenario(draw);
        PageDraw aim = draw.Pages[actor.Page % draw.Pages.Length];
        ulong index = scenario.Pages[actor.Page % draw.Pages.Length].Index;
        int process = actor.Process % draw.Processes;
        int area = aim.Class switch { PageClass.File => aim.File, PageClass.Tmpfs or PageClass.TmpfsSwapped => Tmpfs, _ => RegularFiles + 1 + aim.Anon };
        ScenarioVma vma = scenario.Vmas![(process * (RegularFiles + 1 + Anons)) + area];
        bool onFile = actor.Kind is TaskKind.FindGetPage or TaskKind.FindLockPage or TaskKind.Truncate or TaskKind.InvalidateMappingPages
            or TaskKind.InvalidateInodePages2 or TaskKind.WritebackStart or TaskKind.WritebackWait or TaskKind.BufferUser;
        bool inProcess = actor.Kind is TaskKind.Fault or TaskKind.GetUserPages or TaskKind.Mlock or TaskKind.Munmap or TaskKind.Mremap or TaskKind.Msync
            or TaskKind.Fork or TaskKind.Exit;
        bool writes = actor.Kind is TaskKind.Fault or TaskKind.GetUserPages;
        bool wholeFile = actor.Kind is TaskKind.InvalidateMappingPages or TaskKind.InvalidateInodePages2 or TaskKind.WritebackStart or TaskKind.WritebackWait;
        bool cuts = actor.Variant && actor.Kind == TaskKind.Truncate;
        return new ActorSpec(
            actor.Kind,
            Process: inProcess ? process : 0,
            Address: inProcess && actor.Kind is not (TaskKind.Fork or TaskKind.Exit) ? vma.Start + (Place(vma.Flags.HasFlag(VmFlags.Nonlinear), index) << 12) : 0,
            File: onFile ? (aim.Class is PageClass.Tmpfs or PageClass.TmpfsSwapped && actor.Kind != TaskKind.BufferUser ? Tmpfs : aim.File) : 0,
            Index: !onFile || wholeFile ? 0 : cuts ? index + 1 : index,
            Write: writes && actor.Write,
            Variant: cuts || (actor.Variant && (actor.Kind is TaskKind.Fault or TaskKind.WritebackStart)));
    }

    private static int Owner(PageDraw page) => page.Class switch
    {
        PageClass.File => page.File,
        PageClass.Tmpfs or PageClass.TmpfsSwapped => Tmpfs,
        PageClass.Anon or PageClass.AnonSwapCache => RegularFiles + 1 + page.Anon,
        _ => RegularFiles + 1 + Anons,
    };

    private static ScenarioFile File(FileDraw file, int number, List<ScenarioBlock> blocks, List<ScenarioSwapped> swapped) => number == Tmpfs
        ? new ScenarioFile { Kind = MappingKind.Tmpfs, SegmentLocked = file.SegmentLocked, Size = VmaPages, Swapped = [.. swapped] }
        : new ScenarioFile
        {
            Writepage = file.Writepage,
            Releasepage = file.Releasepage,
            Migratepage = file.Migratepage,
            AccountsDirty = file.AccountsDirty,
            Completes = file.Completes,
            Size = VmaPages,
            Blocks = [.. blocks],
        };

    // Process 0 has the swapped out addresses at the end of its first anonymous VMA, every other slot from the first one on.
    private static IEnumerable<ScenarioVma> Vmas(MachineDraw draw, int firstOut)
    {
        int each = RegularFiles + 1 + Anons;
        for (int i = 0; i < draw.Processes * each; i++)
        {
            bool anon = i % each > RegularFiles;
            VmaDraw vma = draw.Vmas[i];
            VmFlags flags = VmFlags.Read | VmFlags.Write;
            if (!anon && (vma.Shared || vma.Nonlinear))
                flags |= VmFlags.Shared | VmFlags.MayShare;
            if (vma.Locked)
                flags |= VmFlags.Locked;
            if (!anon && vma.Nonlinear)
                flags |= VmFlags.Nonlinear;
            yield return new ScenarioVma
            {
                Process = i / each,
                Start = 0x10000000UL * (ulong)((i % each) + 1),
                Pages = VmaPages,
                File = anon ? null : i % each,
                AnonVma = anon ? (i % each) - RegularFiles - 1 : null,
                Flags = flags,
                Entries = i == RegularFiles + 1 ? [.. Enumerable.Range(0, draw.SwappedOut).Select(n => new ScenarioEntry(OutAddress(n), firstOut + (2 * n) + 1))] : [],
            };
        }
    }

    private static ScenarioPage Page(MachineDraw draw, PageDraw page, ulong index, int slot)
    {
        (ScenarioPte[] ptes, ScenarioSwapPte[] swapped) = Entries(draw, page, index);
        bool regular = page.Class == PageClass.File;
        bool owned = page.Class != PageClass.Ownerless;
        bool unread = regular && !page.Uptodate && ptes.Length == 0 && !page.Dirty && page.Buffers.Length == 0 && page.Writeback < 0;
        bool shared = page.Class == PageClass.TmpfsSwapped;
        bool active = page.Place is not (PagePlace.LruAdd or PagePlace.LruAddActive);
        PageFlags flags = page.Flags & (active ? PageFlags.All : ~PageFlags.Active);
        flags |= unread ? PageFlags.None : PageFlags.Uptodate;
        // What shmem_writepage has moved is dirty until it is written; what is not isolated cannot be hit by the known BUG.
        flags |= (page.Dirty && page.Class != PageClass.Readahead) || shared ? PageFlags.Dirty : PageFlags.None;
        // Clean tmpfs memory was never written: it reads as zero, and can be dropped.
        bool hole = page.Class == PageClass.Tmpfs && !page.Dirty && !ptes.Any(pte => pte.Dirty);
        bool writes = page.Writeback >= 0 && (page.Class is PageClass.File or PageClass.AnonSwapCache or PageClass.TmpfsSwapped);
        return new ScenarioPage
        {
            File = page.Class switch { PageClass.File => page.File, PageClass.Tmpfs => Tmpfs, _ => null },
            AnonVma = page.Class is PageClass.Anon or PageClass.AnonSwapCache ? page.Anon : null,
            Index = owned ? index : 0,
            SwapCache = slot,
            Flags = flags,
            Contents = hole ? 0 : null,
            Ptes = [.. ptes],
            SwapPtes = [.. swapped],
            // A truncated page can keep buffers that somebody used at the time.
            Buffers = (regular && !unread) || page.Class == PageClass.Ownerless ? [.. page.Buffers.Select((b, i) => Buffer(b, page.Dirty && i == 0))] : [],
            References = [.. page.References],
            // A lock needs something that keeps the page alive while it is held: a tree.
            Locked = page.Locked < 0 || page.Class is PageClass.Anon or PageClass.Ownerless ? null : page.Locked,
            Writeback = writes ? new ScenarioWriteback { Until = page.Writeback } : null,
            List = !owned ? PagePlace.Isolated : shared && page.Place == PagePlace.Isolated ? PagePlace.Lru : page.Place,
        };
    }

    private static ScenarioBuffer Buffer(BufferDraw buffer, bool dirty) => new()
    {
        Dirty = dirty || buffer.Dirty,
        Users = buffer.User < 0 ? [] : [buffer.User],
        Locked = buffer.Locked < 0 ? null : buffer.Locked,
    };

    // Where a page is in its VMA, in pages: in a nonlinear one not where its offset is.
    private static ulong Place(bool nonlinear, ulong index) => nonlinear ? (index + 3) % VmaPages : index;

    private static bool DirtyEntries(MachineDraw draw, PageDraw page) => Entries(draw, page, 0).Present.Any(pte => pte.Dirty);

    // One entry a process at most. Memory shared after a fork is read-only, and dirty in all entries or in none; so is
    // a private mapping of a file, which is never dirty.
    private static (ScenarioPte[] Present, ScenarioSwapPte[] Swapped) Entries(MachineDraw draw, PageDraw page, ulong index)
    {
        bool anon = page.Class is PageClass.Anon or PageClass.AnonSwapCache;
        if (!anon && page.Class is not (PageClass.File or PageClass.Tmpfs))
            return ([], []);
        int each = RegularFiles + 1 + Anons;
        int users = page.Entries.Take(draw.Processes).Count(entry => entry != 0) + (page.Class == PageClass.Anon && page.Entries[0] == 0 ? 1 : 0);
        bool allDirty = page.Entries[0] is 3 or 4 && !page.Entries.Take(draw.Processes).Contains(5);
        var present = new List<ScenarioPte>();
        var swapped = new List<ScenarioSwapPte>();
        for (int process = 0; process < draw.Processes; process++)
        {
            int entry = page.Entries[process];
            // Anonymous memory that nothing maps and that is not in the swap cache does not exist.
            if (page.Class == PageClass.Anon && (entry == 5 || (process == 0 && entry == 0)))
                entry = 1;
            int vma = (process * each) + Owner(page);
            ulong address = (0x10000000UL * (ulong)(Owner(page) + 1)) + (Place(!anon && draw.Vmas[vma].Nonlinear, index) << 12);
            if (entry == 5 && page.Class == PageClass.AnonSwapCache)
                swapped.Add(new ScenarioSwapPte(vma, address));
            else if (entry is > 0 and < 5)
            {
                bool mayWrite = anon ? users == 1 : draw.Vmas[vma].Shared || draw.Vmas[vma].Nonlinear;
                bool dirty = anon && users > 1 ? allDirty : entry >= 3 && mayWrite;
                present.Add(new ScenarioPte { Vma = vma, Address = address, Young = entry is 2 or 4, Dirty = dirty, Write = dirty && mayWrite });
            }
        }
        return ([.. present], [.. swapped]);
    }
}
