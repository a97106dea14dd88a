using System.Runtime.CompilerServices;

namespace MigrationConformance.Core;

/// <summary>migrate_page: moves one page whose buffers are gone, in the documented steps 5 to 18.</summary>
/// <remarks>
/// Kernel: mm/vmscan.c migrate_page(), migrate_page_remove_references(), migrate_page_copy(). Both pages are locked
/// throughout. buffer_migrate_page() shares steps 5 to 17; see <see cref="BufferMigratePage"/>. Under the tree lock the code tests mapping (9), count (7) and slot (8), in this order.
/// </remarks>
internal static class MigratePage
{
    /// <summary>nr_refs: what must remain once the page is unmapped, the isolation and the tree.</summary>
    public const int NrRefs = 2;

    /// <summary>The entry of migrate_page and the tests before step 5, which the documentation does not mention.</summary>
    /// <remarks>Kernel: mm/vmscan.c migrate_page(), migrate_page_remove_references(). Locks: none; plain reads.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static MigrationStep CheckReferences(ref KernelTask t, ref Page p)
    {
        if (p.Has(PageFlags.Writeback) && t.NrRefs == NrRefs)
            KernelBugException.Throw(BugCheck.MigratePageWriteback, t.Page);
        t.Mapping = p.PageMapping;
        if (t.Mapping.IsNone)
            return MigratePages.BackOut(ref t, BackOutReason.MappingGoneBeforeUnmap);
        if (p.Mapcount + t.NrRefs != p.Count)
            return MigratePages.BackOut(ref t, BackOutReason.ReferencesBeforeUnmap);
        return MigrationStep.TryToUnmap;
    }

    /// <summary>Step 5: try_to_unmap with ignore_refs; what it answers is ignored at the patch. Nothing is put back when a later test fails.</summary>
    public static MigrationStep Unmap(Machine m, ref KernelTask t, int self) =>
        TryToUnmap.Step(m, ref t, self, ignoreRefs: true) switch
        {
            UnmapProgress.Blocked => MigrationStep.None,
            UnmapProgress.More => MigrationStep.TryToUnmap,
            _ => MigrationStep.CheckUnmapped,
        };

    /// <summary>Between steps 5 and 6: entries remain when a VMA is locked, or was missed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static MigrationStep CheckUnmapped(Machine m, ref KernelTask t, ref Page p)
    {
        if (t.UnmapResult == (int)SwapResult.Fail && PatchSet.LooksAtSwapFail(m))
            return MigratePages.BackOut(ref t, BackOutReason.VmLocked, -Errno.EPERM);
        return p.Mapcount != 0
            ? MigratePages.BackOut(ref t, BackOutReason.StillMapped)
            : MigrationStep.TakeTreeLock;
    }

    /// <summary>Step 6: the write side of tree_lock, interrupts off; the slot is looked up.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static MigrationStep TakeTreeLock(Machine m, ref KernelTask t, ref Page p, int self)
    {
        if (Locks.WaitsForTree(m, ref t, self, t.Mapping))
            return MigrationStep.None;
        ref AddressSpace mapping = ref m.Mappings[t.Mapping.Value];
        mapping.TreeLock = self;
        t.RadixPointer = RadixTree.LookupSlot(m, mapping.PageTree, p.PageIndex);
        return MigrationStep.CheckMapping;
    }

    /// <summary>Step 9, which the code tests first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static MigrationStep CheckMapping(Machine m, ref KernelTask t, ref Page p) =>
        p.PageMapping.IsNone
            ? UnlockTreeAndBackOut(m, ref t, BackOutReason.MappingGone)
            : MigrationStep.CheckCount;

    /// <summary>Step 7.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static MigrationStep CheckCount(Machine m, ref KernelTask t, ref Page p) =>
        p.Count != t.NrRefs
            ? UnlockTreeAndBackOut(m, ref t, BackOutReason.ReferencesRemain)
            : MigrationStep.CheckSlot;

    /// <summary>Step 8. A missing leaf gives a NULL slot, which the code dereferences without a test.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static MigrationStep CheckSlot(Machine m, ref KernelTask t)
    {
        if (t.RadixPointer == RadixTree.NullSlot)
            KernelBugException.Throw(BugCheck.RemoveReferencesNullSlot, t.Page);
        bool same = t.RadixPointer != RadixTree.RootSlot && m.Slots[t.RadixPointer] == t.Page.Value + 1;
        return same
            ? MigrationStep.EstablishNewPage
            : UnlockTreeAndBackOut(m, ref t, BackOutReason.SlotChanged);
    }

    /// <summary>Step 10: what others must find right as soon as they find the new page.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static MigrationStep EstablishNewPage(ref Page p, ref Page n)
    {
        n.Count++;
        n.Index = p.Index;
        n.Mapping = p.Mapping;
        if (p.Has(PageFlags.SwapCache))
        {
            n.Set(PageFlags.SwapCache);
            n.Private = p.Private;
        }
        return MigrationStep.SwitchSlot;
    }

    /// <summary>Step 11: the pointer in the slot is replaced; counts, tags and height of the tree stay as they are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static MigrationStep SwitchSlot(Machine m, ref KernelTask t)
    {
        m.Slots[t.RadixPointer] = t.Newpage.Value + 1;
        return MigrationStep.DropTreeReference;
    }

    /// <summary>Step 12: a plain decrement, which never frees.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static MigrationStep DropTreeReference(ref Page p)
    {
        p.Count--;
        return MigrationStep.DropTreeLock;
    }

    /// <summary>Step 13.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static MigrationStep DropTreeLock(Machine m, ref KernelTask t)
    {
        m.Mappings[t.Mapping.Value].TreeLock = 0;
        t.RadixPointer = RadixTree.NullSlot;
        return t.NrRefs == NrRefs ? MigrationStep.CopyContents : MigrationStep.LockBuffers;
    }

    /// <summary>Step 14. Until step 15 the new page is locked and not uptodate, which holds readers off.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static MigrationStep CopyContents(ref Page p, ref Page n)
    {
        n.Contents = p.Contents;
        return MigrationStep.CopyFlags;
    }

    /// <summary>Step 15: flags are only ever set on the new page, never cleared.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static MigrationStep CopyFlags(ref Page p, ref Page n)
    {
        const PageFlags Copied = PageFlags.Error | PageFlags.Referenced | PageFlags.Uptodate
            | PageFlags.Active | PageFlags.Checked | PageFlags.MappedToDisk;
        n.Set(p.Flags & Copied);
        return p.Has(PageFlags.Dirty) ? MigrationStep.TransferDirty : MigrationStep.ClearOldPage;
    }

    /// <summary>Step 15, second half: the dirty bit moves with accounting and tag, which takes the tree lock once more.</summary>
    public static MigrationStep TransferDirty(Machine m, ref KernelTask t, int self)
    {
        if (Locks.WaitsForSetPageDirty(m, ref t, self, t.Newpage))
            return MigrationStep.None;
        Dirty.ClearPageDirtyForIo(m, t.Page);
        Dirty.SetPageDirty(m, t.Newpage);
        return MigrationStep.ClearOldPage;
    }

    /// <summary>Step 16: the old page claims no tree any more. Its index and the copied flags stay.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static MigrationStep ClearOldPage(ref Page p)
    {
        p.Clear(PageFlags.SwapCache | PageFlags.Active | PageFlags.Private);
        p.Private = 0;
        p.Mapping = MappingPtr.Null;
        return MigrationStep.EndNewPageWriteback;
    }

    /// <summary>
    /// Step 17. Deviation: the documentation speaks of triggering writeback; the code would end it, and since the
    /// new page is locked from birth nobody can have started any.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static MigrationStep EndNewPageWriteback(Machine m, ref KernelTask t, ref Page n, int self)
    {
        if (n.Has(PageFlags.Writeback))
        {
            if (Locks.WaitsForTree(m, ref t, self, n.PageMapping))
                return MigrationStep.None;
            Writeback.EndPageWriteback(m, t.Newpage);
        }
        return t.NrRefs == NrRefs ? MigrationStep.RemoveFromSwap : BufferMigratePage.StartUnlocking(ref t, n);
    }

    /// <summary>
    /// Step 18. Deviation: at the patch itself it has no code, and the entries of an anonymous page stay swap entries
    /// until they fault; 3/5 brings remove_from_swap.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static MigrationStep RemoveFromSwap(Machine m, ref KernelTask t, int self) =>
        PatchSet.RemovesFromSwap(m) ? StartRemoving(m, ref t, self) : MigrationStep.DropLocks;

    private static MigrationStep StartRemoving(Machine m, ref KernelTask t, int self) => Core.RemoveFromSwap.Start(m, ref t, self) switch
    {
        UnmapProgress.Blocked => MigrationStep.None,
        UnmapProgress.More => MigrationStep.RestoreEntries,
        _ => MigrationStep.DropLocks,
    };

    /// <summary>Step 18: the entries, one a step.</summary>
    public static MigrationStep RestoreEntries(Machine m, ref KernelTask t, int self) => Core.RemoveFromSwap.Step(m, ref t, self) switch
    {
        UnmapProgress.Blocked => MigrationStep.None,
        UnmapProgress.More => MigrationStep.RestoreEntries,
        _ => MigrationStep.DeleteFromSwapCache,
    };

    /// <summary>Step 18: the swap cache. Whether swap entries remain is not looked at; the contents of one that was missed are lost.</summary>
    public static MigrationStep DeleteFromSwapCache(Machine m, ref KernelTask t, int self)
    {
        if (Locks.WaitsForTree(m, ref t, self, MappingId.Swapper) || Locks.WaitsForSwap(m, ref t, self))
            return MigrationStep.None;
        SwapState.DeleteFromSwapCache(m, t.Newpage);
        return MigrationStep.DropLocks;
    }

    /// <summary>Makes all of these steps in their order, as long as nothing out of the ordinary happens; see MigratePages.</summary>
    public static MigrationStep StraightOn(Machine m, ref KernelTask t, int self, ref Page p, ref Page n)
    {
        MigrationStep next;
        if ((next = CheckReferences(ref t, ref p)) != MigrationStep.TryToUnmap)
            return next;
        t.Step = (int)MigrationStep.TryToUnmap;
        if ((next = Unmap(m, ref t, self)) != MigrationStep.CheckUnmapped)
            return next;
        t.Step = (int)MigrationStep.CheckUnmapped;
        if ((next = CheckUnmapped(m, ref t, ref p)) != MigrationStep.TakeTreeLock)
            return next;
        t.Step = (int)MigrationStep.TakeTreeLock;
        if ((next = TakeTreeLock(m, ref t, ref p, self)) != MigrationStep.CheckMapping)
            return next;
        t.Step = (int)MigrationStep.CheckMapping;
        if ((next = CheckMapping(m, ref t, ref p)) != MigrationStep.CheckCount)
            return next;
        t.Step = (int)MigrationStep.CheckCount;
        if ((next = CheckCount(m, ref t, ref p)) != MigrationStep.CheckSlot)
            return next;
        t.Step = (int)MigrationStep.CheckSlot;
        if ((next = CheckSlot(m, ref t)) != MigrationStep.EstablishNewPage)
            return next;
        EstablishNewPage(ref p, ref n);
        SwitchSlot(m, ref t);
        DropTreeReference(ref p);
        if ((next = DropTreeLock(m, ref t)) != MigrationStep.CopyContents)
            return next;
        CopyContents(ref p, ref n);
        if ((next = CopyFlags(ref p, ref n)) != MigrationStep.ClearOldPage)
            return next;
        ClearOldPage(ref p);
        t.Step = (int)MigrationStep.EndNewPageWriteback;
        if ((next = EndNewPageWriteback(m, ref t, ref n, self)) != MigrationStep.RemoveFromSwap)
            return next;
        t.Step = (int)MigrationStep.RemoveFromSwap;
        return RemoveFromSwap(m, ref t, self);
    }

    private static MigrationStep UnlockTreeAndBackOut(Machine m, ref KernelTask t, BackOutReason reason)
    {
        m.Mappings[t.Mapping.Value].TreeLock = 0;
        t.RadixPointer = RadixTree.NullSlot;
        return MigratePages.BackOut(ref t, reason);
    }
}
