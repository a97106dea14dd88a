using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>What an actor has done when it is over: its job, told from the machine at its first step and at its last.</summary>
/// <param name="Kind">The actor.</param>
/// <param name="Quote">What it says, in a sentence.</param>
/// <param name="Done">Whether it is done; asked of the machine before too, to see that there was something to do.</param>
/// <param name="Alone">It holds only when nobody has done anything meanwhile.</param>
public sealed record ActorRule(TaskKind Kind, string Quote, Func<ActorRun, bool> Done, bool Alone = false);

/// <summary>An actor's run.</summary>
/// <param name="Start">The machine before its first step.</param>
/// <param name="End">The machine after its last.</param>
/// <param name="Task">Its number.</param>
public readonly record struct ActorRun(Machine Start, Machine End, int Task)
{
    /// <summary>The actor before its first step.</summary>
    public KernelTask Asked => Start.Tasks[Task];

    /// <summary>The actor after its last step.</summary>
    public KernelTask Now => End.Tasks[Task];

    /// <summary>The VMA at the actor's address, at the start.</summary>
    public VmArea? Vma
    {
        get
        {
            KernelTask asked = Asked;
            VmArea[] found = [.. Start.Vmas.Rows.ToArray().Where(vma => vma.InUse == 1 && vma.Mm == asked.Mm && vma.Start <= asked.Address && asked.Address < vma.End)];
            return found.Length == 0 ? null : found[0];
        }
    }
}

/// <summary>A rule for the end of each actor.</summary>
public static class ActorRules
{
    public static readonly ActorRule[] All =
    [
        new(TaskKind.Fault, "After an access the address has a present entry, young; after a write it is writable and dirty, and memory holds what was written.",
            s => s.Vma is not { } vma || !MayAccess(s, vma) || Accessed(s, Writes(s.Asked))),
        new(TaskKind.GetUserPages, "The address has a present entry; what was pinned for writing is dirty, and anonymous memory holds what was written.",
            s => s.Vma is not { } vma || !MayAccess(s, vma) || (Entry(s) is { IsPresent: true } pte && s.End.Pages[pte.Page.Value] is var page
                && (!Writes(s.Asked) || (page.Has(PageFlags.Dirty) && (!page.IsAnon || page.Contents == s.Now.Cursor)))), Alone: true),
        new(TaskKind.Fault, "The page at the address is on the LRU or in a pagevec, if it was brought in.", BroughtInIsListed, Alone: true),
        new(TaskKind.GetUserPages, "The page at the address is on the LRU or in a pagevec, if it was brought in.", BroughtInIsListed, Alone: true),
        new(TaskKind.Mlock, "The VMA is VM_LOCKED.", s => s.Vma is null || VmasAt(s.End, s.Asked.Mm, s.Asked.Address).All(vma => vma.Has(VmFlags.Locked))),
        new(TaskKind.Mlock, "The address has a present entry, whose page was marked as used.", s => s.Vma is not { } vma || !MayAccess(s, vma)
            || (Entry(s) is { IsPresent: true, Page.Value: var page } && (s.End.Pages[page].Has(PageFlags.Referenced | PageFlags.Active) || InActivePagevec(s.End, page))), Alone: true),
        new(TaskKind.FindGetPage, "A page of the file that was there has been read, and was marked as used.", s => !Cached(s.Start, s.Asked) || ReadAndMarked(s)),
        new(TaskKind.FindLockPage, "A page of the file that was there has been read, and was marked as used.", s => !Cached(s.Start, s.Asked) || ReadAndMarked(s)),
        new(TaskKind.Truncate, "Behind the new size the file has no page, no entry and no slot.", s => s.End.Mappings[s.Asked.Mapping.Value].SizePages <= s.Asked.Address
            && !Pages(s.End, s.Asked.Mapping).Any(page => page.Index.Value >= s.Asked.Address) && !Mapped(s.End, s.Asked.Mapping, s.Asked.Address)
            && !s.End.ShmemSwap.Rows.ToArray().Any(row => row.Mapping == s.Asked.Mapping.Value && row.Index >= s.Asked.Address)),
        new(TaskKind.InvalidateMappingPages, "What is left of the file was locked, dirty, mapped, under writeback, or its buffers are busy.",
            s => Pages(s.End, s.Asked.Mapping).All(page => page.Index.Value < s.Asked.Address || page.IsMapped
                || page.Has(PageFlags.Locked | PageFlags.Dirty | PageFlags.Writeback | PageFlags.Private)), Alone: true),
        new(TaskKind.InvalidateInodePages2, "Nothing is left of the file but pages whose buffers are busy, and nothing of it is mapped.",
            s => Pages(s.End, s.Asked.Mapping).All(page => page.Index.Value < s.Asked.Address || (page.Has(PageFlags.Private) && !page.IsMapped)), Alone: true),
        new(TaskKind.InvalidateInodePages2, "It answers -EIO when a page stays, and else 0.",
            s => s.Now.Result == (Pages(s.End, s.Asked.Mapping).Any(page => page.Index.Value >= s.Asked.Address) ? -Errno.EIO : 0), Alone: true),
        new(TaskKind.Munmap, "The VMA is gone, with every entry in it.", s => s.Vma is not { } vma || (VmasAt(s.End, vma.Mm, vma.Start).Length == 0 && Empty(s.End, vma))),
        new(TaskKind.Exit, "The process has no VMA, no entry and no resident page, and is not on the mmlist.",
            s => !s.End.Vmas.Rows.ToArray().Any(vma => vma.InUse != 0 && vma.Mm == s.Asked.Mm) && !PageTables.Entries(s.End, s.Asked.Mm).Any(entry => !entry.Pte.IsNone)
                && s.End.Mms[s.Asked.Mm.Value] is { AnonRss: 0, FileRss: 0, MmlistNext: Mm.NotOnMmlist }),
        new(TaskKind.Mremap, "The VMA and its entries are at the new place, and nothing is at the old one.", s => s.Vma is not { } vma || PlaceIsTaken(s, vma)
            || (VmasAt(s.End, vma.Mm, vma.Start).Length == 0 && Empty(s.End, vma) && VmasAt(s.End, vma.Mm, s.Now.MaxNlSize).Length == 1)),
        new(TaskKind.Mremap, "Every entry is at the new place what it was at the old one.", s => s.Vma is not { } vma || PlaceIsTaken(s, vma)
            || Addresses(vma).All(address => PageTables.Get(s.End, vma.Mm, s.Now.MaxNlSize + (address - vma.Start)) == PageTables.Get(s.Start, vma.Mm, address)), Alone: true),
        new(TaskKind.Msync, "No entry of a shared mapping is dirty any more.", s => s.Vma is not { } vma || vma.File.IsNone || !vma.Has(VmFlags.Shared)
            || !Addresses(vma).Any(address => PageTables.Get(s.End, vma.Mm, address) is { IsPresent: true, IsDirty: true }), Alone: true),
        new(TaskKind.Fork, "The child has each VMA of its parent, unlocked, and each entry; in private memory neither may write.", s => s.End.Mms.Count > s.Start.Mms.Count && Inherits(s), Alone: true),
        new(TaskKind.WritebackStart, "Every dirty page of the file that can be written is being written, or was.", s => !CanWrite(s)
            || Pages(s.End, s.Asked.Mapping).All(page => !page.Has(PageFlags.Dirty) || page.Has(PageFlags.Writeback)), Alone: true),
        new(TaskKind.WritebackWait, "No page of the file is under writeback.", s => !CanWrite(s) || Pages(s.End, s.Asked.Mapping).All(page => !page.Has(PageFlags.Writeback)), Alone: true),
        new(TaskKind.Kswapd, "What was at the end of the inactive list, clean, unused and unmapped, is free.", s => Reclaimable(s.Start, s.Asked) is not { IsNone: false } page || s.End.Pages[page.Value].Count == 0, Alone: true),
        new(TaskKind.Swapoff, "No slot is handed out any more.", s => s.End.Swap.WriteOk == 0),
        new(TaskKind.Swapoff, "No entry and no file uses a slot any more, and the swap cache is empty.", s => AnyUnseenUser(s.Start) || (s.End.Mappings[MappingId.Swapper.Value].Nrpages == 0
            && s.End.ShmemSwap.Count == 0 && !s.End.Ptes.Rows.ToArray().Any(pte => pte.IsSwap)), Alone: true),
        new(TaskKind.LruAddDrain, "This CPU's pagevecs are empty.", s => s.End.Pagevecs[s.Asked.Cpu].LruAdd.Nr == 0 && s.End.Pagevecs[s.Asked.Cpu].LruAddActive.Nr == 0, Alone: true),
    ];

    /// <summary>Actors that have no rule, with the reason.</summary>
    public static readonly (TaskKind Kind, string Why)[] Without =
    [
        (TaskKind.WritebackEnd, "completes the oldest write that a task of the machine has submitted: the contents that reach the store are in every read of a file"),
        (TaskKind.BufferUser, "leaves nothing behind, which the invariants of buffers say"),
        (TaskKind.Isolation, "becomes a migration, whose steps have rules"),
    ];

    private static bool Writes(in KernelTask t) => (t.Local0 & 1) != 0;

    private static bool Stored(in KernelTask t) => (t.Local0 & 4) != 0;

    private static Pte Entry(ActorRun s) => PageTables.Get(s.End, s.Asked.Mm, s.Asked.Address);

    // Behind the end of a file, where writing is not permitted, without memory, and where a read failed an access is a signal; a read of memory that nobody wrote maps the zero page.
    private static bool MayAccess(ActorRun s, in VmArea vma)
    {
        bool writes = Writes(s.Asked);
        Pte pte = PageTables.Get(s.Start, s.Asked.Mm, s.Asked.Address);
        ulong index = pte.IsFile ? pte.FileOffset.Value : vma.LinearPageIndex(s.Asked.Address).Value;
        bool inside = vma.File.IsNone || pte.IsPresent || index < s.Start.Mappings[vma.File.Value].SizePages;
        bool zeroes = vma.File.IsNone && !writes && pte.IsNone;
        return inside && !zeroes && !CouldNotBeRead(s.Start, vma, pte, index) && (!writes || vma.Has(VmFlags.Write)) && HasMemory(s.Start, 2);
    }

    // A page of the swap cache that is not uptodate once its lock is free: its read failed.
    private static bool CouldNotBeRead(Machine m, in VmArea vma, Pte pte, ulong index)
    {
        SwpEntry slot = pte.IsSwap ? pte.SwapEntry : vma.File.IsNone ? default : Shmem.SwapEntryAt(m, vma.File, index);
        int page = slot.IsNone ? -1 : RadixTree.Lookup(m, m.Mappings[MappingId.Swapper.Value].PageTree, slot.Value);
        return page >= 0 && !m.Pages[page].Has(PageFlags.Uptodate);
    }

    private static bool Accessed(ActorRun s, bool writes) => Entry(s) is { IsPresent: true, IsYoung: true } pte
        && (!writes || (pte is { IsWrite: true, IsDirty: true } && (!Stored(s.Now) || s.End.Pages[pte.Page.Value].Contents == s.Now.Cursor)));

    private static bool Cached(Machine m, KernelTask t) => RadixTree.Lookup(m, m.Mappings[t.Mapping.Value].PageTree, t.Address) >= 0;

    private static bool ReadAndMarked(ActorRun s) => TaskLocals.HasRead(s.Now, out _, out _, out _)
        && RadixTree.Lookup(s.End, s.End.Mappings[s.Asked.Mapping.Value].PageTree, s.Asked.Address) is >= 0 and var page
        && (s.End.Pages[page].Has(PageFlags.Referenced | PageFlags.Active) || InActivePagevec(s.End, page));

    private static bool BroughtInIsListed(ActorRun s) => s.Vma is not { } vma || !MayAccess(s, vma) || (Entry(s) is { IsPresent: true, Page.Value: var page }
        && (s.Start.Pages[page].Count > 0 || s.End.Pages[page].Has(PageFlags.Lru) || InPagevec(s.End, page)));

    private static bool InPagevec(Machine m, int page) => InActivePagevec(m, page) || m.Pagevecs.Rows.ToArray().Any(cpu => cpu.LruAdd.Pages[..cpu.LruAdd.Nr].Contains(page));

    private static bool InActivePagevec(Machine m, int page) => m.Pagevecs.Rows.ToArray().Any(cpu => cpu.LruAddActive.Pages[..cpu.LruAddActive.Nr].Contains(page));

    private static Page[] Pages(Machine m, MappingId file) =>
        [.. m.Pages.Rows.ToArray().Where(page => page.Mapping == MappingPtr.File(file) && RadixTree.Lookup(m, m.Mappings[file.Value].PageTree, page.Index.Value) >= 0)];

    private static bool Mapped(Machine m, MappingId file, ulong first) => Enumerable.Range(0, m.Mms.Count).SelectMany(mm => PageTables.Entries(m, new MmId(mm)))
        .Any(entry => entry.Pte.IsPresent && m.Pages[entry.Pte.Page.Value] is var page && page.Mapping == MappingPtr.File(file) && page.Index.Value >= first);

    private static VmArea[] VmasAt(Machine m, MmId mm, ulong address) =>
        [.. m.Vmas.Rows.ToArray().Where(vma => vma.InUse != 0 && vma.Mm == mm && vma.Start <= address && address < vma.End)];

    // An mremap goes a fixed distance up, or nowhere.
    private static bool PlaceIsTaken(ActorRun s, VmArea vma) => VmasAt(s.Start, vma.Mm, vma.Start + 0x0400_0000).Length > 0;

    private static IEnumerable<ulong> Addresses(VmArea vma) => Enumerable.Range(0, (int)vma.Pages).Select(page => vma.Start + ((ulong)page << Machine.PageShift));

    private static bool Empty(Machine m, VmArea vma) => Addresses(vma).All(address => PageTables.Get(m, vma.Mm, address).IsNone);

    private static bool Inherits(ActorRun s)
    {
        var child = new MmId(s.Now.NrFailed);
        return s.Start.Vmas.Rows.ToArray().Where(vma => vma.InUse == 1 && vma.Mm == s.Asked.Mm).All(vma =>
            VmasAt(s.End, child, vma.Start) is [{ } own] && own.End == vma.End && own.File == vma.File && own.AnonVma == vma.AnonVma && own.Pgoff == vma.Pgoff && !own.Has(VmFlags.Locked)
                && Addresses(vma).All(address => Inherited(s, child, vma, address)));
    }

    private static bool Inherited(ActorRun s, MmId child, VmArea vma, ulong address)
    {
        Pte was = PageTables.Get(s.Start, vma.Mm, address), parents = PageTables.Get(s.End, vma.Mm, address), own = PageTables.Get(s.End, child, address);
        if (!was.IsPresent)
            return own == was && parents == was;
        bool shared = vma.Has(VmFlags.Shared);
        return own.IsPresent && own.Page == was.Page && parents.Page == was.Page && !own.IsYoung && (shared ? !own.IsDirty : !own.IsWrite && !parents.IsWrite);
    }

    private static bool CanWrite(ActorRun s) => s.Start.Mappings[s.Asked.Mapping.Value] is { Kind: MappingKind.Regular, Writepage: WritepageMode.Asynchronous or WritepageMode.Synchronous };

    // What kswapd finds first in its zone.
    private static Pfn Reclaimable(Machine m, KernelTask kswapd)
    {
        Pfn page = PageList.Last(m, m.Zones[(int)kswapd.Address].InactiveList);
        if (page.IsNone)
            return Pfn.None;
        ref Page p = ref m.Pages[page.Value];
        bool file = !p.Mapping.IsNull && !p.IsAnon && p.Count == 1;
        return file && !p.IsMapped && !p.Has(PageFlags.Referenced | PageFlags.Dirty | PageFlags.Writeback | PageFlags.Locked | PageFlags.Private | PageFlags.SwapCache) ? page : Pfn.None;
    }

    // A slot whose users are not all in the machine, or no memory to read them all in.
    private static bool AnyUnseenUser(Machine m)
    {
        int unread = 0;
        for (int slot = 1; slot < m.SwapMap.Count; slot++)
        {
            bool cached = RadixTree.Lookup(m, m.Mappings[MappingId.Swapper.Value].PageTree, (ulong)slot) >= 0;
            int seen = m.Ptes.Rows.ToArray().Count(pte => pte.IsSwap && pte.SwapEntry.Value == (ulong)slot)
                + m.ShmemSwap.Rows.ToArray().Count(row => row.Entry.Value == (ulong)slot)
                + (cached ? 1 : 0);
            unread += cached || seen == 0 ? 0 : 1;
            if (m.SwapMap[slot] != seen)
                return true;
        }
        return !HasMemory(m, unread);
    }

    private static bool HasMemory(Machine m, int frames) =>
        m.Swap.RadixPreloadFails == 0 && m.Pages.Rows.ToArray().Count(page => page.Count == 0 && page.Next == ListHead.Unlinked) >= frames;
}
