using MigrationConformance.Core;
using Step = MigrationConformance.Core.MigrationStep;

namespace MigrationConformance.Properties;

/// <summary>The planted defects, by documented step, and those that a changed machine cannot express or that change nothing.</summary>
public static class DefectList
{
    private static ref Page Old(Machine m, in KernelTask t) => ref m.Pages[t.Page.Value];

    private static ref Page New(Machine m, in KernelTask t) => ref m.Pages[t.Newpage.Value];

    private const int Again = -Errno.EAGAIN;

    public static readonly Defect[] All =
    [
        new("M11", "freed test takes count 2 for free", "CHOOSE-PAGE", Step.ChoosePage, (Machine b, Machine m, ref KernelTask t) =>
        {
            if (!t.Page.IsNone && Old(m, t).Count == 2 && t.Step == (int)Step.LockPage)
                (t.Step, t.Reason, t.Rc) = ((int)Step.FinishPage, BackOutReason.PageFreed, 0);
        }),
        new("M13", "freed page goes to failed", "CHOOSE-PAGE", Step.ChoosePage, (Machine b, Machine m, ref KernelTask t) =>
            t.Rc = t.Reason == BackOutReason.PageFreed && t.Step == (int)Step.FinishPage ? -Errno.ENOMEM : t.Rc),
        new("M19", "leaves a page under writeback without unlocking it", "page locks have owners", Step.WaitOnWriteback, (Machine b, Machine m, ref KernelTask t) =>
        {
            if (t.Reason == BackOutReason.UnderWriteback)
                Old(m, t).Set(PageFlags.Locked);
        }),
        new("M21", "add_to_swap although in the swap cache", "STEP-2", Step.WaitOnWriteback, (Machine b, Machine m, ref KernelTask t) =>
            t.Step = t.Step == (int)Step.PrepareNewPage && Old(m, t).Has(PageFlags.SwapCache) ? (int)Step.AddToSwap : t.Step),
        new("M23", "no swap slot is answered by -EAGAIN", "STEP-3-SLOT", Step.AddToSwap, (Machine b, Machine m, ref KernelTask t) =>
            t.Rc = t.Reason == BackOutReason.NoSwapSlot ? Again : t.Rc),
        new("M25", "add_to_swap forgets PG_dirty", "STEP-3", Step.AddToSwapCache, (Machine b, Machine m, ref KernelTask t) => Old(m, t).Clear(PageFlags.Dirty)),
        new("M29", "the new page starts uptodate", "new pages are untouched", Step.PrepareNewPage, (Machine b, Machine m, ref KernelTask t) => New(m, t).Set(PageFlags.Uptodate)),
        new("M31", "the new page leaves to already", "lists partition the input", Step.PrepareNewPage, (Machine b, Machine m, ref KernelTask t) =>
            PageList.Move(m, t.Newpage, t.From)),
        new("D24", "new pages are taken from the head", "STEP-4", Step.PrepareNewPage, (Machine b, Machine m, ref KernelTask t) =>
        {
            Pfn first = PageList.First(m, t.To);
            New(m, t).Clear(PageFlags.Locked);
            t.Newpage = first;
            New(m, t).Set(PageFlags.Locked);
        }),
        new("M35", "VM_LOCKED is ignored too", "STEP-5", Step.TryToUnmap, (Machine b, Machine m, ref KernelTask t) =>
        {
            foreach (ref VmArea vma in m.Vmas.Rows)
            {
                if (!vma.Has(VmFlags.Locked) || Old(m, t).IsAnon || !Rmap.VmaAddress(vma, Old(m, t).Index, out ulong address))
                    continue;
                int row = Rmap.PageCheckAddress(m, t.Page, vma.Mm, address);
                if (row < 0)
                    continue;
                m.Ptes[row] = Pte.Zero;
                m.Mms[vma.Mm.Value].FileRss--;
                Rmap.PageRemoveRmap(m, t.Page);
                PageRefs.PutPage(m, t.Page);
                return;
            }
        }),
        new("M39", "the swap entry is built from the index", "swap_map is its users", Step.TryToUnmap, (Machine b, Machine m, ref KernelTask t) =>
        {
            for (int row = 0; row < m.Ptes.Count; row++)
            {
                if (m.Ptes[row].IsSwap && b.Ptes[row].IsPresent)
                    m.Ptes[row] = Pte.Swap(new SwpEntry(Old(m, t).Index.Value));
            }
        }),
        new("M41", "an anonymous entry is simply cleared", "swap_map is its users", Step.TryToUnmap, (Machine b, Machine m, ref KernelTask t) =>
        {
            for (int row = 0; row < m.Ptes.Count; row++)
            {
                if (m.Ptes[row].IsSwap && b.Ptes[row].IsPresent)
                    m.Ptes[row] = Pte.Zero;
            }
        }),
        new("D43", "the dirty bit of an entry is lost", "dirty is not lost", Step.TryToUnmap, (Machine b, Machine m, ref KernelTask t) =>
        {
            if (!Old(b, t).Has(PageFlags.Dirty) && Old(m, t).Has(PageFlags.Dirty))
                Dirty.TestClearPageDirty(m, t.Page);
        }),
        new("M45", "the entry's reference is not dropped", "page count is its holders", Step.TryToUnmap, (Machine b, Machine m, ref KernelTask t) =>
            Old(m, t).Count += Old(m, t).Count < Old(b, t).Count ? 1 : 0),
        new("M46", "rss is not lowered", "rss is its present entries", Step.TryToUnmap, (Machine b, Machine m, ref KernelTask t) =>
        {
            for (int mm = 0; mm < b.Mms.Count; mm++)
                (m.Mms[mm].AnonRss, m.Mms[mm].FileRss) = (b.Mms[mm].AnonRss, b.Mms[mm].FileRss);
        }),
        new("M47", "the mm is not put on the mmlist", "mmlist knows swapped processes", Step.TryToUnmap, (Machine b, Machine m, ref KernelTask t) =>
        {
            m.Globals.MmlistHead = b.Globals.MmlistHead;
            for (int mm = 0; mm < b.Mms.Count; mm++)
                m.Mms[mm].MmlistNext = b.Mms[mm].MmlistNext;
        }),
        new("M49", "the early gate lets more references pass", "BEFORE-5", Step.CheckReferences, (Machine b, Machine m, ref KernelTask t) =>
        {
            if (t.Reason == BackOutReason.ReferencesBeforeUnmap)
                (t.Step, t.Reason, t.Rc) = ((int)Step.TryToUnmap, BackOutReason.None, 0);
        }),
        new("M51", "SWAP_FAIL is permanent", "AFTER-5", Step.CheckUnmapped, (Machine b, Machine m, ref KernelTask t) =>
            t.Rc = t.Reason == BackOutReason.StillMapped ? -Errno.ENOMEM : t.Rc),
        new("M55", "no tree lock (or its read side)", "spin locks have owners", Step.TakeTreeLock, (Machine b, Machine m, ref KernelTask t) => m.Mappings[t.Mapping.Value].TreeLock = 0),
        new("M65", "the slot is looked up by page->index", "STEP-6", Step.TakeTreeLock, (Machine b, Machine m, ref KernelTask t) =>
            t.RadixPointer = RadixTree.LookupSlot(m, m.Mappings[t.Mapping.Value].PageTree, Old(m, t).Index.Value)),
        new("D35", "the new page is prepared before the checks", "new pages are untouched", Step.TakeTreeLock, (Machine b, Machine m, ref KernelTask t) => New(m, t).Mapping = Old(m, t).Mapping),
        new("M57", "the count is tested before the lock", "STEP-7", Step.CheckCount, (Machine b, Machine m, ref KernelTask t) =>
        {
            if (t.Reason != BackOutReason.ReferencesRemain)
                return;
            (t.Step, t.Reason, t.Rc) = ((int)Step.CheckSlot, BackOutReason.None, 0);
            m.Mappings[t.Mapping.Value].TreeLock = b.Mappings[t.Mapping.Value].TreeLock;
            t.RadixPointer = RadixTree.LookupSlot(m, m.Mappings[t.Mapping.Value].PageTree, Old(m, t).PageIndex);
        }),
        new("M59", "nr_refs is 3", "STEP-7", Step.CheckCount, (Machine b, Machine m, ref KernelTask t) =>
        {
            if (t.Step != (int)Step.CheckSlot)
                return;
            (t.Step, t.Reason, t.Rc) = ((int)Step.DropLocks, BackOutReason.ReferencesRemain, Again);
            m.Mappings[t.Mapping.Value].TreeLock = 0;
        }),
        new("M63", "back-out answers success", "new pages carry the state", Step.CheckCount, (Machine b, Machine m, ref KernelTask t) =>
            t.Rc = t.Reason == BackOutReason.ReferencesRemain ? 0 : t.Rc),
        new("M89", "the tree's reference is dropped on back-out as well", "page count is its holders", Step.CheckCount, (Machine b, Machine m, ref KernelTask t) =>
            Old(m, t).Count -= t.Reason == BackOutReason.ReferencesRemain ? 1 : 0),
        new("M91", "the tree is unlocked before step 11", "spin locks have owners", Step.CheckSlot, (Machine b, Machine m, ref KernelTask t) => m.Mappings[t.Mapping.Value].TreeLock = 0),
        new("M71", "index is not copied", "STEP-10", Step.EstablishNewPage, (Machine b, Machine m, ref KernelTask t) => New(m, t).Index = New(b, t).Index),
        new("M73", "mapping is not copied", "STEP-10", Step.EstablishNewPage, (Machine b, Machine m, ref KernelTask t) => New(m, t).Mapping = MappingPtr.Null),
        new("M75", "PG_swapcache is not set on the new page", "STEP-10", Step.EstablishNewPage, (Machine b, Machine m, ref KernelTask t) => New(m, t).Clear(PageFlags.SwapCache)),
        new("M77", "private is copied from index", "STEP-10", Step.EstablishNewPage, (Machine b, Machine m, ref KernelTask t) =>
            New(m, t).Private = Old(m, t).Has(PageFlags.SwapCache) ? Old(m, t).Index.Value : New(m, t).Private),
        new("M79", "the new page's reference is taken twice", "page count is its holders", Step.EstablishNewPage, (Machine b, Machine m, ref KernelTask t) => New(m, t).Count++),
        new("M83", "the neighbour's slot is switched", "radix trees are well formed", Step.SwitchSlot, (Machine b, Machine m, ref KernelTask t) =>
        {
            m.Slots[t.RadixPointer] = b.Slots[t.RadixPointer];
            m.Slots[t.RadixPointer ^ 1] = t.Newpage.Value + 1;
        }),
        new("M85", "the slot is stored after the unlock", "slots and pages agree", Step.SwitchSlot, (Machine b, Machine m, ref KernelTask t) => m.Slots[t.RadixPointer] = b.Slots[t.RadixPointer]),
        new("M87", "the tree's reference is dropped twice", "page count is its holders", Step.DropTreeReference, (Machine b, Machine m, ref KernelTask t) => Old(m, t).Count--),
        new("M93", "copied in the wrong direction", "no data is lost", Step.CopyContents, (Machine b, Machine m, ref KernelTask t) =>
            (New(m, t).Contents, Old(m, t).Contents) = (New(b, t).Contents, New(b, t).Contents)),
        new("M95", "the last byte is not copied", "no data is lost", Step.CopyContents, (Machine b, Machine m, ref KernelTask t) => New(m, t).Contents &= ~0xffUL),
        new("M99", "PG_error is not carried over", "STEP-15", Step.CopyFlags, (Machine b, Machine m, ref KernelTask t) => New(m, t).Clear(PageFlags.Error)),
        new("M101", "PG_uptodate is not carried over", "STEP-15", Step.CopyFlags, (Machine b, Machine m, ref KernelTask t) => New(m, t).Clear(PageFlags.Uptodate)),
        new("M103", "PG_checked is not carried over", "STEP-15", Step.CopyFlags, (Machine b, Machine m, ref KernelTask t) => New(m, t).Clear(PageFlags.Checked)),
        new("M48", "PG_arch_1 is carried over too", "STEP-15", Step.CopyFlags, (Machine b, Machine m, ref KernelTask t) => New(m, t).Set(PageFlags.Arch1)),
        new("M109", "PG_lru is copied too", "each page is on one list", Step.CopyFlags, (Machine b, Machine m, ref KernelTask t) => New(m, t).Set(PageFlags.Lru)),
        new("M117", "mapping is nulled before the dirt moves", "counters are sums", Step.CopyFlags, (Machine b, Machine m, ref KernelTask t) =>
        {
            if (t.Step == (int)Step.TransferDirty)
                Old(m, t).Mapping = MappingPtr.Null;
        }),
        new("M105", "PG_dirty is not carried over", "STEP-15-DIRTY", Step.TransferDirty, (Machine b, Machine m, ref KernelTask t) => Dirty.TestClearPageDirty(m, t.Newpage)),
        new("M107", "PG_dirty is set without accounting", "counters are sums", Step.TransferDirty, (Machine b, Machine m, ref KernelTask t) =>
            m.Globals.NrDirty -= m.Mappings[t.Mapping.Value].Has(MappingFlags.AccountsDirty) ? 1 : 0),
        new("M111", "PG_swapcache is not cleared on the old page", "slots and pages agree", Step.ClearOldPage, (Machine b, Machine m, ref KernelTask t) =>
            Old(m, t).Set(Old(b, t).Flags & PageFlags.SwapCache)),
        new("M113", "PG_active is not cleared on the old page", "old pages are empty", Step.ClearOldPage, (Machine b, Machine m, ref KernelTask t) =>
            Old(m, t).Set(Old(b, t).Flags & PageFlags.Active)),
        new("M115", "mapping is not nulled", "old pages are empty", Step.ClearOldPage, (Machine b, Machine m, ref KernelTask t) => Old(m, t).Mapping = Old(b, t).Mapping),
        new("M119", "writeback is ended unconditionally", "no kernel BUG", Step.EndNewPageWriteback, (Machine b, Machine m, ref KernelTask t) => Writeback.EndPageWriteback(m, t.Newpage)),
        new("M135", "the new page stays locked", "page locks have owners", Step.DropLocks, (Machine b, Machine m, ref KernelTask t) => New(m, t).Set(PageFlags.Locked)),
        new("M137", "the new page stays locked after PAGE_SUCCESS", "page locks have owners", Step.Writepage, (Machine b, Machine m, ref KernelTask t) =>
        {
            if (t.Reason == BackOutReason.PageoutSuccess)
                New(m, t).Set(PageFlags.Locked);
        }),
        new("M139", "the page is unlocked again after swap_page failed (D07)", "no kernel BUG", Step.SwapPageUnmap, (Machine b, Machine m, ref KernelTask t) =>
        {
            if (t.Reason == BackOutReason.SwapPageStillMapped)
                PageLock.UnlockPage(m, t.Page);
        }),
        new("D08", "swap_page drops the caller's page", "no kernel BUG", Step.SwapPageRemoveMapping, (Machine b, Machine m, ref KernelTask t) =>
        {
            if (t.Reason != BackOutReason.SwappedOut)
                return;
            PageRefs.PutPage(m, t.Page);
            PageRefs.PutPage(m, t.Page);
        }),
        new("M141", "the new page is not moved to the LRU", "new pages are untouched", Step.MoveToLru, (Machine b, Machine m, ref KernelTask t) =>
        {
            KernelTask now = t;
            m.CopyFrom(b);
            m.Tasks[0] = now;
        }),
        new("M143", "the allocation's reference is not dropped", "page count is its holders", Step.MoveToLru, (Machine b, Machine m, ref KernelTask t) => New(m, t).Count++),
        new("M145", "PG_active stays set in a pagevec", "each page is on one list", Step.MoveToLru, (Machine b, Machine m, ref KernelTask t) => New(m, t).Set(PageFlags.Active)),
        new("M147", "a permanent failure stays on from", "PAGE-DONE", Step.FinishPage, (Machine b, Machine m, ref KernelTask t) =>
        {
            if (t.Rc == -Errno.ENOMEM)
                PageList.Move(m, b.Tasks[0].Page, t.From);
        }),
        new("M149", "retry is not reset", "PASS-STARTS", Step.BeginPass, (Machine b, Machine m, ref KernelTask t) => t.Retry = b.Tasks[0].Retry),
        new("M151", "only failures are returned", "result counts the rest", Step.FinishPass, (Machine b, Machine m, ref KernelTask t) =>
            t.Result = t.Step == (int)Step.Finished ? t.NrFailed : t.Result),
        new("A04", "ten passes instead of eleven", "PASS-ENDS", Step.FinishPass, (Machine b, Machine m, ref KernelTask t) =>
        {
            if (t.Step == (int)Step.BeginPass && t.Pass == 10)
                (t.Step, t.Result, t.PfSwapwrite) = ((int)Step.Finished, t.NrFailed + t.Retry, 0);
        }),
        new("M153", "the fallback comes a pass early", "BUFFERS", Step.ReleaseBuffers, (Machine b, Machine m, ref KernelTask t) =>
        {
            if (t.Reason == BackOutReason.BuffersBusy && t.Pass == 4)
                (t.Step, t.Reason, t.Rc) = ((int)Step.SwapFallback, BackOutReason.None, 0);
        }),
    ];

    /// <summary>Mutations that are not planted, with the reason.</summary>
    public static readonly (string Id, string Reason)[] NotPlanted =
    [
        ("M15", "without the test the list head is taken as a page: the machine has no such page to show it with"),
        ("M17", "waiting in pass 0 gives the same machine: trace only"),
        ("M33", "the order of two locks that nobody else takes in turn gives the same machine: trace only"),
        ("M43", "the entry is cleared and sampled in one atomic step"),
        ("M53", "the read side is the same as no write side here: M55"),
        ("M61", "equivalent: mapcount is 0 there"),
        ("M67", "needs a mapping that goes under the tree lock without the page lock, which nobody does"),
        ("M69", "as M67"),
        ("M81", "the settings are one step, at step 10: M71, M73, M75, M77"),
        ("M97", "the copy is one step, at step 14: M93, M95"),
        ("M121 to M133", "step 18 is documentation only at this patch"),
        ("M155 to M163", "there is no migratepage method at this patch"),
    ];
}
