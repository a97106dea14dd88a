namespace MigrationConformance.Core;

/// <summary>The steps of migrate_pages as rules over machines: the documented ones, and the control points around them.</summary>
internal static class MigrationRules
{
    private const PageFlags Carried = PageFlags.Error | PageFlags.Referenced | PageFlags.Uptodate | PageFlags.Active | PageFlags.Checked | PageFlags.MappedToDisk;

    /// <summary>In the order of the steps.</summary>
    public static readonly StepRule[] All =
    [
        new("PASS-STARTS", "A pass counts its own retries and begins at the head of from.", MigrationStep.BeginPass,
            s => s.To.Retry == 0 && s.To.Page2 == PageList.First(s.After, s.To.From)),
        new("CHOOSE-PAGE", "A page that only its isolation holds was freed: it goes to moved, rc 0, and takes no new page; an empty to ends the pass.", MigrationStep.ChoosePage,
            s => !s.To.To.IsNone && PageList.Last(s.Before, s.To.To) != PageList.Last(s.After, s.To.To) ? false
                : s.To.Page.IsNone ? s.Next == MigrationStep.FinishPass
                : s.After.Pages[s.To.Page.Value].Count == 1 ? s.Next == MigrationStep.FinishPage && s.Left(BackOutReason.PageFreed, 0)
                : s.Next == (s.Has(PatchLevel.V9) && !s.To.To.IsNone && PageList.IsEmpty(s.After, s.To.To) ? MigrationStep.FinishPass : MigrationStep.LockPage)),
        new("STEP-1", "Lock the page; passes 0 to 2 only try.", MigrationStep.LockPage,
            s => s.Next == MigrationStep.WaitOnWriteback ? s.To.HoldsPageLock == 1 && s.OldAfter.Has(PageFlags.Locked)
                : s.Next == MigrationStep.FinishPage && s.From.Pass <= 2 && s.Left(BackOutReason.PageLocked, -Errno.EAGAIN)),
        new("STEP-2", "A page under writeback is left alone in pass 0, unlocked, and waited for later.", MigrationStep.WaitOnWriteback,
            s => s.From.Pass == 0 && s.OldBefore.Has(PageFlags.Writeback) || s.Next == MigrationStep.FinishPage
                ? s.Next == MigrationStep.FinishPage && s.From.Pass == 0 && s.Left(BackOutReason.UnderWriteback, -Errno.EAGAIN)
                : !s.OldAfter.Has(PageFlags.Writeback) && (s.Next == MigrationStep.AddToSwap) == (s.OldAfter.IsAnon && !s.OldAfter.Has(PageFlags.SwapCache))),
        new("STEP-3-SLOT", "No free slot is permanent: -ENOMEM.", MigrationStep.AddToSwap,
            s => s.Next == MigrationStep.AddToSwapCache ? s.After.Swap.NrSwapPages == s.Before.Swap.NrSwapPages - 1 : s.Left(BackOutReason.NoSwapSlot, -Errno.ENOMEM)),
        new("STEP-3", "The page enters the swap cache dirty and uptodate, with one reference more.", MigrationStep.AddToSwapCache,
            s => s.Next == MigrationStep.AddToSwap || s.To.Rc == -Errno.ENOMEM || (s.OldAfter.Has(PageFlags.SwapCache) && s.OldAfter.Has(PageFlags.Dirty)
                && s.OldAfter.Has(PageFlags.Uptodate) && s.OldAfter.Count == s.OldBefore.Count + 1 && s.OldAfter.Index == s.OldBefore.Index)),
        new("STEP-4", "The new page is the last of to, stays on it, and is locked.", MigrationStep.PrepareNewPage,
            s => s.To.Newpage == PageList.Last(s.Before, s.From.To) && s.To.Newpage == PageList.Last(s.After, s.To.To)
                && s.To.HoldsNewpageLock == 1 && s.After.Pages[s.To.Newpage.Value].Has(PageFlags.Locked)),
        new("PAGE-MAPPING", "A page without mapping is a retry; a mapping with a migratepage method is asked, once there are such methods; else dirt is written and buffers released first.", MigrationStep.CheckPageMapping,
            s => s.OldBefore.PageMapping.IsNone ? s.Left(BackOutReason.NoMapping, -Errno.EAGAIN)
                : s.To.Mapping == s.OldBefore.PageMapping && s.Next == (s.Has(PatchLevel.MigratepageMethod) && s.Method != MigratepageMode.Absent ? MigrationStep.Migratepage
                    : s.Has(PatchLevel.UnmappedBeforeWritten) ? MigrationStep.UnmapBeforeWriting : s.WriteFirst)),
        new("METHOD", "fail_migrate_page is permanent; else references are removed, one more of them with buffers, and nothing is written or released before.", MigrationStep.Migratepage,
            s => s.Method == MigratepageMode.FailMigratePage ? s.Left(BackOutReason.MigratepageFails, -Errno.EIO)
                : s.Next == MigrationStep.CheckReferences && s.OldAfter.Flags == s.OldBefore.Flags
                    && s.To.NrRefs == (s.Method == MigratepageMode.BufferMigratePage && s.OldBefore.Has(PageFlags.Private) ? 3 : 2)),
        new("BUFFERS", "Buffers that cannot be released are retried up to pass 4, then the page is swapped out instead.", MigrationStep.ReleaseBuffers,
            s => s.Next switch
            {
                MigrationStep.CheckReferences => !s.OldAfter.Has(PageFlags.Private),
                MigrationStep.SwapFallback => s.From.Pass > 4,
                _ => s.From.Pass <= 4 && s.Left(BackOutReason.BuffersBusy, -Errno.EAGAIN),
            }),
        new("BEFORE-5", "Entries are touched only when mapcount and two references are all there is, three with buffers that move.", MigrationStep.CheckReferences,
            s => s.Next == MigrationStep.TryToUnmap
                    ? s.OldBefore.Mapcount + s.NrRefs == s.OldBefore.Count && !s.OldBefore.PageMapping.IsNone && s.To.Mapping == s.OldBefore.PageMapping
                : s.OldBefore.PageMapping.IsNone ? s.Left(BackOutReason.MappingGoneBeforeUnmap, -Errno.EAGAIN)
                : s.OldBefore.Mapcount + s.NrRefs != s.OldBefore.Count && s.Left(BackOutReason.ReferencesBeforeUnmap, -Errno.EAGAIN)),
        new("STEP-5", "Each entry that goes takes one reference and one of mapcount with it, hands over its dirty bit and nothing else, and none goes from a VM_LOCKED VMA.", MigrationStep.TryToUnmap, Unmaps),
        new("UNMAP-FIRST", "What holds at step 5 holds where a page is unmapped before it is written.", MigrationStep.UnmapBeforeWriting, Unmaps),
        new("WRITE-UNMAPPED", "A VM_LOCKED VMA is permanent, entries that remain are a retry; else PG_dirty is up to date, and decides.", MigrationStep.CheckUnmappedBeforeWriting,
            s => (SwapResult)s.From.UnmapResult == SwapResult.Fail ? s.Left(BackOutReason.VmLockedBeforeWriting, -Errno.EPERM)
                : s.OldBefore.Mapcount != 0 ? s.Left(BackOutReason.StillMappedBeforeWriting, -Errno.EAGAIN) : s.Next == s.WriteFirst),
        new("STEP-5-ALL", "When nobody else runs and no VMA is VM_LOCKED or nonlinear, every entry goes, young or not.", MigrationStep.TryToUnmap,
            s => s.Next != MigrationStep.CheckUnmapped || s.After.Tasks.Count > 1 || AnyVma(s.After, VmFlags.Locked | VmFlags.Nonlinear) || s.OldAfter.Mapcount == 0),
        new("AFTER-5", "Entries that remain are a retry; those of a VM_LOCKED VMA are permanent since the answer of try_to_unmap is looked at.", MigrationStep.CheckUnmapped,
            s => s.Has(PatchLevel.MlockedFails) && (SwapResult)s.From.UnmapResult == SwapResult.Fail ? s.Left(BackOutReason.VmLocked, -Errno.EPERM)
                : s.OldBefore.Mapcount == 0 ? s.Next == MigrationStep.TakeTreeLock : s.Left(BackOutReason.StillMapped, -Errno.EAGAIN)),
        new("STEP-6", "The tree lock is taken for writing, and the slot is the one of the page's index in that tree.", MigrationStep.TakeTreeLock,
            s => (s.OldAfter.PageMapping.IsNone || s.To.Mapping == s.OldAfter.PageMapping) && s.After.Mappings[s.To.Mapping.Value].TreeLock == s.Task + 1
                && s.To.RadixPointer == RadixTree.LookupSlot(s.After, s.After.Mappings[s.To.Mapping.Value].PageTree, s.OldAfter.PageIndex)),
        new("STEP-9", "Under the lock the page still has its mapping.", MigrationStep.CheckMapping,
            s => s.OldBefore.PageMapping.IsNone ? s.Left(BackOutReason.MappingGone, -Errno.EAGAIN) : s.Next == MigrationStep.CheckCount),
        new("STEP-7", "Under the lock the isolation, the tree and buffers that move are the only holders; else back out.", MigrationStep.CheckCount,
            s => s.OldBefore.Count == s.NrRefs ? s.Next == MigrationStep.CheckSlot : s.Left(BackOutReason.ReferencesRemain, -Errno.EAGAIN) && s.OldAfter.Count == s.OldBefore.Count),
        new("STEP-8", "The slot holds the page.", MigrationStep.CheckSlot,
            s => (s.Next == MigrationStep.EstablishNewPage) == (s.Before.Slots[s.From.RadixPointer] == s.From.Page.Value + 1)),
        new("STEP-10", "The new page gets index, mapping, entry and a reference, and nothing else.", MigrationStep.EstablishNewPage,
            s => s.NewAfter.Index == s.OldBefore.Index && s.NewAfter.Mapping == s.OldBefore.Mapping && s.NewAfter.Count == s.NewBefore.Count + 1
                && s.NewAfter.Has(PageFlags.SwapCache) == s.OldBefore.Has(PageFlags.SwapCache)
                && s.NewAfter.Private == (s.OldBefore.Has(PageFlags.SwapCache) ? s.OldBefore.Private : s.NewBefore.Private)
                && s.NewAfter.Flags == (s.NewBefore.Flags | (s.OldBefore.Flags & PageFlags.SwapCache)) && s.NewAfter.Contents == s.NewBefore.Contents),
        new("STEP-11", "The slot holds the new page; tags and nrpages are what they were.", MigrationStep.SwitchSlot,
            s => s.After.Slots[s.From.RadixPointer] == s.From.Newpage.Value + 1 && s.After.Nodes.SameRows(s.Before.Nodes)
                && s.After.Mappings[s.From.Mapping.Value].Nrpages == s.Before.Mappings[s.From.Mapping.Value].Nrpages),
        new("STEP-12", "The tree's reference on the old page goes.", MigrationStep.DropTreeReference, s => s.OldAfter.Count == s.OldBefore.Count - 1),
        new("STEP-13", "The tree lock goes.", MigrationStep.DropTreeLock,
            s => s.After.Mappings[s.From.Mapping.Value].TreeLock == 0 && s.Next == (s.OldBefore.Has(PageFlags.Private) ? MigrationStep.LockBuffers : MigrationStep.CopyContents)),
        new("BUFFER-LOCKED", "A buffer is used, then locked, with no spin lock held and both pages locked.", MigrationStep.LockBuffers,
            s => Buffers(s.After, BufferFlags.Lock) + Uses(s.After) - Buffers(s.Before, BufferFlags.Lock) - Uses(s.Before) is 1 or 2
                && s.OldAfter.Has(PageFlags.Locked) && s.NewAfter.Has(PageFlags.Locked) && s.After.Mappings[s.From.Mapping.Value].PrivateLock != s.Task + 1),
        new("BUFFERS-MOVE", "The ring and its reference go from the old page to the new one.", MigrationStep.MoveBuffers,
            s => s.NewAfter.Private == s.OldBefore.Private && s.OldAfter.Private == 0 && !s.OldAfter.Has(PageFlags.Private)
                && s.OldAfter.Count == s.OldBefore.Count - 1 && s.NewAfter.Count == s.NewBefore.Count + 1),
        new("BUFFER-SET", "One buffer more sits in the new page.", MigrationStep.SetBufferPages,
            s => BuffersOf(s.After, s.From.Newpage) == BuffersOf(s.Before, s.From.Newpage) + 1 && BuffersOf(s.After, s.From.Page) == BuffersOf(s.Before, s.From.Page) - 1),
        new("BUFFERS-SET", "The new page gets PG_private once every buffer is its own, before anything is copied.", MigrationStep.SetPagePrivate,
            s => s.Next == MigrationStep.CopyContents && s.NewAfter.Has(PageFlags.Private) && BuffersOf(s.Before, s.From.Page) == 0),
        new("STEP-14", "The contents are copied from the old page to the new one.", MigrationStep.CopyContents,
            s => s.NewAfter.Contents == s.OldBefore.Contents && s.OldAfter.Contents == s.OldBefore.Contents),
        new("STEP-15", "Error, referenced, uptodate, active, checked and mappedtodisk are carried over, no others.", MigrationStep.CopyFlags,
            s => s.NewAfter.Flags == (s.NewBefore.Flags | (s.OldBefore.Flags & Carried)) && s.OldAfter.Flags == s.OldBefore.Flags),
        new("STEP-15-DIRTY", "Dirt moves from the old page to the new one, and the counter stays; where somebody has made the new page dirty already, two become one.", MigrationStep.TransferDirty,
            s => s.NewAfter.Has(PageFlags.Dirty) && !s.OldAfter.Has(PageFlags.Dirty)
                && s.After.Globals.NrDirty == s.Before.Globals.NrDirty - (s.NewBefore.Has(PageFlags.Dirty) && s.Accounts ? 1 : 0)),
        new("STEP-16", "The old page keeps neither mapping nor private, nor its owner's flags.", MigrationStep.ClearOldPage,
            s => s.OldAfter.Mapping.IsNull && s.OldAfter.Private == 0 && !s.OldAfter.Has(PageFlags.SwapCache | PageFlags.Active | PageFlags.Private)),
        new("STEP-17", "Nobody can have queued the new page for writeback.", MigrationStep.EndNewPageWriteback,
            s => !s.NewBefore.Has(PageFlags.Writeback) && s.NewAfter.Flags == s.NewBefore.Flags
                && s.Next == (s.NrRefs == 3 ? MigrationStep.UnlockBuffers : MigrationStep.RemoveFromSwap)),
        new("BUFFER-UNLOCKED", "After the copy each buffer is unlocked and let go.", MigrationStep.UnlockBuffers,
            s => Buffers(s.After, BufferFlags.Lock) == Buffers(s.Before, BufferFlags.Lock) - 1 && Uses(s.After) == Uses(s.Before) - 1),
        new("STEP-18", "Only an anonymous page of the swap cache has entries to restore, and only since its anon_vma is found; before that, no entry is touched.", MigrationStep.RemoveFromSwap,
            s => s.After.Ptes.SameRows(s.Before.Ptes)
                && s.Next == (s.Has(PatchLevel.EntriesRestored) && s.NewBefore.IsAnon && s.NewBefore.Has(PageFlags.SwapCache) ? MigrationStep.RestoreEntries : MigrationStep.DropLocks)),
        new("STEP-18-ENTRY", "One swap entry of the page's slot becomes a present one, old, clean and read-only, with its reference; after the last one the anon_vma is unlocked.", MigrationStep.RestoreEntries,
            s => s.Next == MigrationStep.RestoreEntries
                ? s.NewAfter.Count == s.NewBefore.Count + 1 && s.NewAfter.Mapcount == s.NewBefore.Mapcount + 1 && SlotLosesUser(s)
                    && Plain(s.After, s.From.Newpage) == Plain(s.Before, s.From.Newpage) + 1
                : s.Next == MigrationStep.DeleteFromSwapCache && s.After.AnonVmas[s.NewAfter.Mapping.AnonVma.Value].Lock == 0 && s.After.Ptes.SameRows(s.Before.Ptes)),
        new("STEP-18-CACHE", "The new page leaves the swap cache when no entry names its slot any more, with its use of the slot.", MigrationStep.DeleteFromSwapCache,
            s => s.Next == MigrationStep.DropLocks && !Swapped(s.Before, s) && SlotLosesUser(s) && s.NewAfter.Count == s.NewBefore.Count - 1
                && !s.NewAfter.Has(PageFlags.SwapCache) && s.NewAfter.Private == 0),
        new("STEP-19", "Both pages are unlocked, also when the attempt backed out, which is a retry unless its reason is permanent.", MigrationStep.DropLocks,
            s => s.To.HoldsPageLock == 0 && s.To.HoldsNewpageLock == 0 && !s.OldAfter.Has(PageFlags.Locked) && !s.NewAfter.Has(PageFlags.Locked)
                && (s.From.Reason == BackOutReason.None ? s.Next == MigrationStep.MoveToLru : s.Next == MigrationStep.FinishPage
                    && s.To.Rc == s.From.Reason switch
                    {
                        BackOutReason.MigratepageFails => -Errno.EIO,
                        BackOutReason.VmLocked or BackOutReason.VmLockedBeforeWriting => -Errno.EPERM,
                        _ => -Errno.EAGAIN,
                    })),
        new("STEP-20", "The new page leaves to for the pagevec of the list that PG_active names, which takes over the reference of its allocation.", MigrationStep.MoveToLru,
            s => s.NewAfter.Has(PageFlags.Lru) ? s.NewAfter.Has(PageFlags.Active) == s.NewBefore.Has(PageFlags.Active)
                : s.NewAfter.Next == ListHead.Unlinked && !s.NewAfter.Has(PageFlags.Active) && s.NewAfter.Count == s.NewBefore.Count
                    && WaitsFor(s.After, s.From, s.NewBefore.Has(PageFlags.Active))),
        new("PAGE-DONE", "What failed for good goes to failed, what is done to moved, and a retry stays on from.", MigrationStep.FinishPage,
            s => PageList.First(s.After, s.From.Rc == 0 ? s.From.Moved : s.From.Failed) == s.From.Page
                || (s.From.Rc == -Errno.EAGAIN && s.To.Retry == s.From.Retry + 1 && s.OldAfter.Next == s.OldBefore.Next)),
        new("PASS-ENDS", "There are eleven passes at most, and another one only when a page asked for it.", MigrationStep.FinishPass,
            s => s.Next == (s.From.Retry > 0 && s.From.Pass < 10 ? MigrationStep.BeginPass : MigrationStep.Finished)),
        new("ORDER", "The steps follow each other in the documented order; a way out leads to step 19, or to the end of the attempt.", MigrationStep.None,
            s => s.Next == s.Step || LegalSteps.MayFollow(s.Step, s.Next)),
    ];

    private static bool Unmaps(Transition s) =>
        s.OldBefore.Count - s.OldAfter.Count == s.OldBefore.Mapcount - s.OldAfter.Mapcount && s.OldAfter.Mapcount <= s.OldBefore.Mapcount
            && LockedEntries(s.Before) == LockedEntries(s.After)
            && s.OldAfter.Flags == (s.OldBefore.Flags | (DirtyEntryGoes(s) ? PageFlags.Dirty : PageFlags.None));

    private static int Buffers(Machine m, BufferFlags flag)
    {
        int buffers = 0;
        foreach (ref BufferHead buffer in m.Buffers.Rows)
            buffers += (buffer.State & flag) != 0 ? 1 : 0;
        return buffers;
    }

    private static int Uses(Machine m)
    {
        int uses = 0;
        foreach (ref BufferHead buffer in m.Buffers.Rows)
            uses += buffer.Count;
        return uses;
    }

    private static int BuffersOf(Machine m, Pfn page)
    {
        int buffers = 0;
        foreach (ref BufferHead buffer in m.Buffers.Rows)
            buffers += buffer.InUse != 0 && buffer.Page == page ? 1 : 0;
        return buffers;
    }

    private static bool Swapped(Machine m, Transition s)
    {
        foreach (ref Pte pte in m.Ptes.Rows)
        {
            if (pte.IsSwap && pte.SwapEntry.Value == s.NewBefore.Private)
                return true;
        }
        return false;
    }

    // swap_map of the slot that the new page has before the step: a count at its largest value sticks there.
    private static bool SlotLosesUser(Transition s)
    {
        int slot = (int)s.NewBefore.Private, before = s.Before.SwapMap[slot];
        return s.After.SwapMap[slot] == (before == SwapArea.MapMax ? before : before - 1);
    }

    // Entries of a page that are old, clean and read-only.
    private static int Plain(Machine m, Pfn page)
    {
        int entries = 0;
        foreach (ref Pte pte in m.Ptes.Rows)
            entries += pte == Pte.Present(page, write: false, dirty: false, young: false) ? 1 : 0;
        return entries;
    }

    // The pagevec of the CPU for that list ends with the new page.
    private static bool WaitsFor(Machine m, in KernelTask t, bool active)
    {
        ref Pagevec pagevec = ref active ? ref m.Pagevecs[t.Cpu].LruAddActive : ref m.Pagevecs[t.Cpu].LruAdd;
        return pagevec.Nr > 0 && pagevec.Pages[pagevec.Nr - 1] == t.Newpage.Value;
    }

    private static bool AnyVma(Machine m, VmFlags flags)
    {
        foreach (ref VmArea vma in m.Vmas.Rows)
        {
            if (vma.InUse != 0 && vma.Has(flags))
                return true;
        }
        return false;
    }

    // Entries do not change their row while the machine runs.
    private static bool DirtyEntryGoes(in Transition s)
    {
        for (int row = 0; row < s.Before.Ptes.Count; row++)
        {
            Pte pte = s.Before.Ptes[row];
            if (pte.IsPresent && pte.IsDirty && pte.Page == s.From.Page && !s.After.Ptes[row].IsPresent)
                return true;
        }
        return false;
    }

    private static int LockedEntries(Machine m)
    {
        int entries = 0;
        foreach (ref VmArea vma in m.Vmas.Rows)
        {
            bool counts = vma.InUse != 0 && vma.Has(VmFlags.Locked);
            for (ulong from = vma.Start; counts && PageTables.NextPresent(m, vma.Mm, from, vma.End, out ulong address, out _); from = address + Machine.PageSize)
                entries++;
        }
        return entries;
    }
}
