using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>One attempt that backed out: the machine before it, the machine after it, and the steps that were made.</summary>
public sealed record BackedOut(Machine Before, Machine After, Pfn Page, ulong Steps)
{
    public bool Made(MigrationStep step) => (Steps >> (int)step & 1) != 0;
}

/// <summary>Something that a back-out may leave behind.</summary>
/// <param name="Name">Its name.</param>
/// <param name="LeftBy">The step that leaves it, in words.</param>
/// <param name="What">Which fields of which rows differ, and how.</param>
/// <param name="Leave">Makes exactly this change to the machine before; false when the attempt did not leave it.</param>
public sealed record Residue(string Name, string LeftBy, string What, Func<BackedOut, Machine, bool> Leave);

/// <summary>
/// Everything that a back-out may leave behind. The changes are written out field by field, not with the functions that
/// the attempt called, except for those of trees and for what stands for others: so an attempt that leaves more, less or
/// something else shows.
/// </summary>
public static class Residues
{
    /// <summary>In the order in which an attempt leaves them.</summary>
    public static readonly Residue[] All =
    [
        new("a lock that others held ended", "step 1, from pass 3 on", "the hold of kind PageLock is gone, as waiting for it ends it", LockEnded),
        new("a write of others ended", "step 2, from pass 1 on",
            "the hold of kind Writeback is gone; PG_writeback, PG_reclaim, the WRITEBACK tag and 1 of nr_writeback with it; the store has the contents, or the page PG_error", WriteEnded),
        new("a slot and the swap cache", "step 3",
            "the slot's swap_map 0 -> 1, nr_swap_pages - 1; the page +PG_swapcache +PG_dirty +PG_uptodate, private 0 -> the slot, count + 1; swapper_space's tree, nrpages + 1, nr_pagecache + 1", SlotTaken),
        new("a write error of buffers is the mapping's", "release of buffers, before step 5 or in swap_page",
            "the mapping +AS_EIO when a buffer up to the first busy one saw a write error, whether the buffers go or not", WriteErrorSeen),
        new("buffers are gone", "release of buffers, before step 5 or in swap_page",
            "the page's buffers are free rows; the page -PG_private, private -> 0, count - 1; a page without mapping -PG_dirty", BuffersGone),
        new("a young bit is gone", "swap_page's unmapping, which minds references; a sweep of a non-linear VMA", "one entry -young, and the walk ended there", YoungBitGone),
        new("entries of a file page are gone", "step 5",
            "the entry -> none, or -> its offset in a non-linear VMA; of its process file_rss - 1 and hiwater_rss up to date; the page mapcount - 1, count - 1; nr_mapped - 1 with the last", FileEntriesGone),
        new("entries of an anonymous page are swap entries", "step 5",
            "the entry -> the page's slot, swap_map + 1; of its process anon_rss - 1, hiwater_rss up to date, on the mmlist; the page mapcount - 1, count - 1; nr_mapped - 1 with the last", AnonEntriesGone),
        new("the dirt of entries is the page's", "step 5", "+PG_dirty where an entry that is gone was dirty; DIRTY tag, nr_dirty + 1 and the inode's mark; its buffers dirty", EntriesDirtAdded),
        new("the cursors of non-linear VMAs", "step 5's sweep of a file's non-linear VMAs", "vm_private_data is anything up to the length of the file's longest one, rounded up to a cluster, or to the highest there was", CursorsMoved),
        new("a write under way", "pageout of a file or swap cache page",
            "the page -PG_dirty +PG_writeback +PG_reclaim, nr_dirty - 1, nr_writeback + 1, tag DIRTY -> WRITEBACK; a hold of kind Writeback with the contents; dirty buffers -> locked for the write", WriteStarted),
        new("a write that is over", "pageout, where writepage writes at once", "the page -PG_dirty, nr_dirty - 1, the store has the contents; dirty buffers are clean; the DIRTY tag stays", WriteDone),
        new("a write that failed", "pageout, where writepage answers an error", "the mapping +AS_EIO; a file's page -PG_dirty, nr_dirty - 1; a swap cache page is tagged DIRTY", WriteFailed),
        new("a page dirtied again", "pageout, where writepage answers ACTIVATE", "the inode's mark, the DIRTY tag, all buffers dirty", Redirtied),
        new("a tmpfs page in the swap cache", "pageout, shmem_writepage",
            "the page left the file's tree: mapping -> NULL, nrpages - 1; it is in swapper_space's: a slot with swap_map 2, private -> the slot, +PG_swapcache; the file's swap vector has the slot", TmpfsInSwapCache),
        new("a page that left the swap cache", "pageout, swap_writepage of a page that nobody else uses",
            "the slot is free; the page -PG_swapcache, private -> 0, count - 1; swapper_space's tree, nrpages - 1, nr_pagecache - 1", LeftSwapCache),
    ];

    private static bool LockEnded(BackedOut a, Machine e) => a.Made(MigrationStep.WaitOnWriteback) && e.Pages[a.Page.Value].Has(PageFlags.Locked) && Others.EndPageLock(e, a.Page);

    private static bool WriteEnded(BackedOut a, Machine e)
    {
        bool past = a.Made(MigrationStep.WaitOnWriteback) && a.After.Tasks[0].Reason != BackOutReason.UnderWriteback;
        return past && e.Pages[a.Page.Value].Has(PageFlags.Writeback) && Others.EndWriteback(e, a.Page);
    }

    private static bool SlotTaken(BackedOut a, Machine e)
    {
        ref Page p = ref e.Pages[a.Page.Value];
        if (!a.Made(MigrationStep.AddToSwapCache) || a.After.Tasks[0].Rc == -Errno.ENOMEM)
            return false;
        int slot = FreeSlot(e);
        e.SwapMap[slot] = 1;
        Cache(e, a.Page, slot);
        p.Set(PageFlags.Dirty | PageFlags.Uptodate);
        return true;
    }

    private static int FreeSlot(Machine e)
    {
        int slot = 1;
        while (e.SwapMap[slot] != 0)
            slot++;
        e.Swap.NrSwapPages--;
        e.Swap.LowestFree = slot + 1;
        return slot;
    }

    private static void Cache(Machine e, Pfn page, int slot)
    {
        ref Page p = ref e.Pages[page.Value];
        RadixTree.Insert(e, ref e.Mappings[0].PageTree, (ulong)slot, page.Value);
        e.Mappings[0].Nrpages++;
        e.Globals.NrPagecache++;
        p.Set(PageFlags.SwapCache);
        p.Private = (ulong)slot;
        p.Count++;
    }

    private static bool WriteErrorSeen(BackedOut a, Machine e)
    {
        ref Page p = ref e.Pages[a.Page.Value];
        bool tried = a.Made(MigrationStep.ReleaseBuffers) || a.Made(MigrationStep.SwapPageReleaseBuffers);
        if (!tried || !p.Has(PageFlags.Private) || p.Mapping.IsNull || e.Mappings[p.Mapping.Mapping.Value].Releasepage == ReleasepageMode.Refuses)
            return false;
        bool seen = false;
        int at = p.FirstBuffer.Value;
        do
        {
            ref BufferHead buffer = ref e.Buffers[at];
            seen |= (buffer.State & BufferFlags.WriteEio) != 0;
            if (buffer.Count != 0 || (buffer.State & (BufferFlags.Dirty | BufferFlags.Lock)) != 0)
                break;
            at = buffer.ThisPage.Value;
        }
        while (at != p.FirstBuffer.Value);
        if (seen)
            e.Mappings[p.Mapping.Mapping.Value].Flags |= MappingFlags.AsEio;
        return seen;
    }

    private static bool BuffersGone(BackedOut a, Machine e)
    {
        ref Page p = ref e.Pages[a.Page.Value];
        bool tried = a.Made(MigrationStep.ReleaseBuffers) || a.Made(MigrationStep.SwapPageReleaseBuffers) || (a.Made(MigrationStep.SwapPagePageout) && p.Mapping.IsNull);
        if (!tried || !p.Has(PageFlags.Private) || a.After.Pages[a.Page.Value].Has(PageFlags.Private))
            return false;
        int last = p.FirstBuffer.Value, next = last;
        do
        {
            int here = next;
            next = e.Buffers[here].ThisPage.Value;
            if (e.Buffers[here].Count != 0 || (e.Buffers[here].State & (BufferFlags.Dirty | BufferFlags.Lock)) != 0)
                return false;
            e.Buffers[here] = default;
        }
        while (next != last);
        p.Clear(PageFlags.Private | (p.Mapping.IsNull ? PageFlags.Dirty : PageFlags.None));
        p.Private = 0;
        p.Count--;
        return true;
    }

    private static bool YoungBitGone(BackedOut a, Machine e)
    {
        bool any = false;
        foreach (Place place in Places.Left(a, e, gone: false))
        {
            e.Ptes[place.Row] = e.Ptes[place.Row].MkOld();
            any = true;
        }
        return any;
    }

    private static bool FileEntriesGone(BackedOut a, Machine e) => EntriesGone(a, e, anon: false);

    private static bool AnonEntriesGone(BackedOut a, Machine e) => EntriesGone(a, e, anon: true);

    private static bool EntriesGone(BackedOut a, Machine e, bool anon)
    {
        ref Page p = ref e.Pages[a.Page.Value];
        bool any = false;
        foreach (Place place in p.IsAnon == anon ? Places.Left(a, e, gone: true) : [])
        {
            any = true;
            ref VmArea vma = ref e.Vmas[place.Vma];
            ref Mm mm = ref e.Mms[vma.Mm.Value];
            ref Page named = ref e.Pages[e.Ptes[place.Row].Page.Value];
            mm.HiwaterRss = Math.Max(mm.HiwaterRss, mm.AnonRss + mm.FileRss);
            e.Ptes[place.Row] = anon ? Pte.Swap(named.SwapEntry) : vma.Has(VmFlags.Nonlinear) && named.Index != vma.LinearPageIndex(place.Address) ? Pte.File(named.Index) : Pte.Zero;
            named.Count--;
            if (--named.Mapcount == 0)
                e.Globals.NrMapped--;
            if (!anon)
                mm.FileRss--;
            else
            {
                mm.AnonRss--;
                // The largest count sticks.
                if (e.SwapMap[(int)named.Private] < SwapArea.MapMax)
                    e.SwapMap[(int)named.Private]++;
                if (mm.MmlistNext == Mm.NotOnMmlist)
                    (mm.MmlistNext, e.Globals.MmlistHead) = (e.Globals.MmlistHead, vma.Mm.Value);
            }
        }
        return any;
    }

    // From the machine before: the entries themselves are gone by now.
    private static bool EntriesDirtAdded(BackedOut a, Machine e)
    {
        bool any = false;
        for (int row = 0; row < e.Ptes.Count; row++)
        {
            Pte was = a.Before.Ptes[row];
            if (!was.IsPresent || !was.IsDirty || e.Ptes[row].IsPresent)
                continue;
            MarkDirty(e, was.Page);
            any = true;
        }
        return any;
    }

    private static bool CursorsMoved(BackedOut a, Machine e)
    {
        if (!a.Made(MigrationStep.TryToUnmap) && !a.Made(MigrationStep.UnmapBeforeWriting) && !a.Made(MigrationStep.SwapPageUnmap))
            return false;
        bool any = false;
        MappingId file = a.Before.Pages[a.Page.Value].Mapping.Mapping;
        ulong most = Farthest(a.Before, file);
        for (int i = 0; i < e.Vmas.Count && !a.Before.Pages[a.Page.Value].IsAnon; i++)
        {
            ref VmArea vma = ref e.Vmas[i];
            if (vma.File != file || !vma.Has(VmFlags.Nonlinear))
                continue;
            // A process whose page tables a sweep has looked at has its high-water mark up to date.
            ref Mm mm = ref e.Mms[vma.Mm.Value];
            int rss = a.Before.Mms[vma.Mm.Value].AnonRss + a.Before.Mms[vma.Mm.Value].FileRss;
            if (a.After.Mms[vma.Mm.Value].HiwaterRss == Math.Max(mm.HiwaterRss, rss))
                mm.HiwaterRss = Math.Max(mm.HiwaterRss, rss);
            any |= vma.Cursor != a.After.Vmas[i].Cursor;
            if (a.After.Vmas[i].Cursor <= most)
                vma.Cursor = a.After.Vmas[i].Cursor;
        }
        return any;
    }

    private static ulong Farthest(Machine m, MappingId file)
    {
        const ulong cluster = 32 * Machine.PageSize;
        ulong most = cluster;
        foreach (ref VmArea vma in m.Vmas.Rows)
        {
            if (vma.File == file && vma.Has(VmFlags.Nonlinear))
                most = Math.Max(most, Math.Max(vma.Cursor, (vma.End - vma.Start + cluster - 1) / cluster * cluster));
        }
        return most;
    }

    private static bool Writes(BackedOut a, Machine e, out MappingId mapping)
    {
        mapping = e.Pages[a.Page.Value].PageMapping;
        return a.Made(MigrationStep.Writepage) && !mapping.IsNone;
    }

    private static bool Exclusive(Machine e, in Page p) => p.Count == 2 && e.SwapMap[(int)p.Private] == 1;

    private static bool WriteStarted(BackedOut a, Machine e)
    {
        ref Page p = ref e.Pages[a.Page.Value];
        if (!Writes(a, e, out MappingId mapping))
            return false;
        ref AddressSpace space = ref e.Mappings[mapping.Value];
        bool swapper = space.Kind == MappingKind.Swapper, fails = swapper ? e.Swap.WriteMode == (int)SwapWriteMode.AsynchronousFailing : space.Writepage == WritepageMode.AsynchronousFailing;
        if (swapper ? Exclusive(e, p) || e.Swap.WriteMode == (int)SwapWriteMode.NoMemory
            : space.Kind == MappingKind.Tmpfs || space.Writepage is not (WritepageMode.Asynchronous or WritepageMode.AsynchronousFailing))
            return false;
        Clean(e, ref p, ref space);
        p.Set(PageFlags.Writeback | PageFlags.Reclaim);
        e.Globals.NrWriteback++;
        RadixTree.TagSet(e, ref space.PageTree, p.PageIndex, PagecacheTag.Writeback);
        RadixTree.TagClear(e, ref space.PageTree, p.PageIndex, PagecacheTag.Dirty);
        BuffersWritten(e, p, BufferFlags.Lock | BufferFlags.AsyncWrite);
        Others.SubmitWrite(e, a.Page, swapper ? e.Swap.WritesComplete : space.WritesComplete, fails);
        return true;
    }

    private static bool WriteDone(BackedOut a, Machine e)
    {
        ref Page p = ref e.Pages[a.Page.Value];
        if (!Writes(a, e, out MappingId file) || e.Mappings[file.Value].Kind != MappingKind.Regular || e.Mappings[file.Value].Writepage != WritepageMode.Synchronous)
            return false;
        Clean(e, ref p, ref e.Mappings[file.Value]);
        p.Clear(PageFlags.Reclaim);
        BuffersWritten(e, p, BufferFlags.None);
        BackingStore.Write(e, file, p.Index.Value, p.Contents);
        return true;
    }

    private static bool WriteFailed(BackedOut a, Machine e)
    {
        ref Page p = ref e.Pages[a.Page.Value];
        if (!a.Made(MigrationStep.HandleWriteError))
            return false;
        ref AddressSpace space = ref e.Mappings[p.PageMapping.Value];
        if (space.Kind == MappingKind.Swapper)
            RadixTree.TagSet(e, ref space.PageTree, p.PageIndex, PagecacheTag.Dirty);
        else
            Clean(e, ref p, ref space);
        p.Clear(PageFlags.Reclaim);
        space.Flags |= MappingFlags.AsEio;
        return true;
    }

    private static bool Redirtied(BackedOut a, Machine e)
    {
        ref Page p = ref e.Pages[a.Page.Value];
        if (!Writes(a, e, out MappingId file) || a.After.Tasks[0].Reason is not (BackOutReason.PageoutActivate or BackOutReason.SwapPageActivate))
            return false;
        p.Clear(PageFlags.Reclaim);
        RadixTree.TagSet(e, ref e.Mappings[file.Value].PageTree, p.PageIndex, PagecacheTag.Dirty);
        e.Mappings[file.Value].Flags |= MappingFlags.InodeDirty;
        EachBuffer(e, p, (ref BufferHead buffer) => buffer.State |= BufferFlags.Dirty);
        return true;
    }

    private static bool TmpfsInSwapCache(BackedOut a, Machine e)
    {
        ref Page p = ref e.Pages[a.Page.Value];
        if (!Writes(a, e, out MappingId file) || e.Mappings[file.Value].Kind != MappingKind.Tmpfs
            || a.After.Tasks[0].Reason is BackOutReason.PageoutActivate or BackOutReason.SwapPageActivate)
            return false;
        int slot = FreeSlot(e);
        e.SwapMap[slot] = 2;
        Cache(e, a.Page, slot);
        RadixTree.Delete(e, ref e.Mappings[file.Value].PageTree, p.Index.Value);
        e.Mappings[file.Value].Nrpages--;
        e.Globals.NrPagecache--;
        p.Count--;
        p.Mapping = MappingPtr.Null;
        p.Clear(PageFlags.Reclaim);
        e.Mappings[file.Value].Flags |= MappingFlags.OnShmemSwaplist;
        ShmemSwapEntry row = new() { Mapping = file.Value, Index = p.Index.Value, Entry = new SwpEntry((ulong)slot) };
        ShmemSwapEntry[] rows = [.. e.ShmemSwap.Rows.ToArray().Append(row).OrderBy(entry => entry.Mapping).ThenBy(entry => entry.Index)];
        e.ShmemSwap.AddZeroed(1);
        rows.CopyTo(e.ShmemSwap.Rows);
        return true;
    }

    private static bool LeftSwapCache(BackedOut a, Machine e)
    {
        ref Page p = ref e.Pages[a.Page.Value];
        if (!Writes(a, e, out MappingId mapping) || mapping != MappingId.Swapper || p.Has(PageFlags.Writeback) || !p.Has(PageFlags.SwapCache) || !Exclusive(e, p))
            return false;
        int slot = (int)p.Private;
        RadixTree.Delete(e, ref e.Mappings[0].PageTree, p.Private);
        e.Mappings[0].Nrpages--;
        e.Globals.NrPagecache--;
        e.SwapMap[slot] = 0;
        e.Swap.NrSwapPages++;
        e.Swap.LowestFree = Math.Min(e.Swap.LowestFree, slot);
        p.Clear(PageFlags.SwapCache | PageFlags.Reclaim);
        p.Private = 0;
        p.Count--;
        return true;
    }

    private static void Clean(Machine e, ref Page p, ref AddressSpace space)
    {
        p.Clear(PageFlags.Dirty);
        e.Globals.NrDirty -= space.Has(MappingFlags.AccountsDirty) ? 1 : 0;
    }

    private static void MarkDirty(Machine e, Pfn page)
    {
        ref Page p = ref e.Pages[page.Value];
        ref AddressSpace space = ref e.Mappings[p.PageMapping.Value];
        if (!space.Has(MappingFlags.SetPageDirtyNobuffers))
            EachBuffer(e, p, (ref BufferHead buffer) => buffer.State |= BufferFlags.Dirty);
        if (p.TestSet(PageFlags.Dirty))
            return;
        e.Globals.NrDirty += space.Has(MappingFlags.AccountsDirty) ? 1 : 0;
        RadixTree.TagSet(e, ref space.PageTree, p.PageIndex, PagecacheTag.Dirty);
        space.Flags |= space.Kind == MappingKind.Swapper ? MappingFlags.None : MappingFlags.InodeDirty;
    }

    private static void BuffersWritten(Machine e, in Page p, BufferFlags during) => EachBuffer(e, p, (ref BufferHead buffer) =>
    {
        if ((buffer.State & (BufferFlags.Dirty | BufferFlags.Lock)) == BufferFlags.Dirty)
            buffer.State = (buffer.State & ~BufferFlags.Dirty) | during;
    });

    private delegate void OnBuffer(ref BufferHead buffer);

    private static void EachBuffer(Machine e, in Page p, OnBuffer change)
    {
        if (!p.Has(PageFlags.Private))
            return;
        int at = p.FirstBuffer.Value;
        do
        {
            change(ref e.Buffers[at]);
            at = e.Buffers[at].ThisPage.Value;
        }
        while (at != p.FirstBuffer.Value);
    }
}
