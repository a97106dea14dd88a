namespace MigrationConformance.Core;

/// <summary>migrate_page: moves one page whose buffers are gone, in the documented steps 5 to 18.</summary>
/// <remarks>
/// Kernel: mm/vmscan.c migrate_page(), migrate_page_remove_references(), migrate_page_copy(). Both pages are locked
/// throughout. Under the tree lock the code tests mapping (9), count (7) and slot (8), in this order.
/// </remarks>
internal static class MigratePage
{
    /// <summary>nr_refs: what must remain once the page is unmapped, the isolation and the tree.</summary>
    public const int NrRefs = 2;

    /// <summary>The entry of migrate_page and the tests before step 5, which the documentation does not mention.</summary>
    /// <remarks>Kernel: mm/vmscan.c migrate_page(), migrate_page_remove_references(). Locks: none; plain reads.</remarks>
    public static StepResult CheckReferences(Machine m, ref KernelTask t)
    {
        ref Page p = ref m.Pages[t.Page.Value];
        if (p.Has(PageFlags.Writeback))
            KernelBugException.Throw(BugCheck.MigratePageWriteback, t.Page);
        t.Mapping = p.PageMapping;
        if (t.Mapping.IsNone)
            return MigratePages.BackOut(ref t, BackOutReason.MappingGoneBeforeUnmap);
        if (p.Mapcount + NrRefs != p.Count)
            return MigratePages.BackOut(ref t, BackOutReason.ReferencesBeforeUnmap);
        return MigratePages.Next(ref t, MigrationStep.TryToUnmap);
    }

    /// <summary>Step 5: try_to_unmap with ignore_refs; what it answers is ignored. Nothing is put back when a later test fails.</summary>
    public static StepResult Unmap(Machine m, ref KernelTask t, int self) =>
        TryToUnmap.Step(m, ref t, self, ignoreRefs: true) switch
        {
            UnmapProgress.Blocked => StepResult.Blocked,
            UnmapProgress.More => StepResult.Ran,
            _ => MigratePages.Next(ref t, MigrationStep.CheckUnmapped),
        };

    /// <summary>Between steps 5 and 6: entries remain when a VMA is locked, or was missed.</summary>
    public static StepResult CheckUnmapped(Machine m, ref KernelTask t) =>
        m.Pages[t.Page.Value].Mapcount != 0
            ? MigratePages.BackOut(ref t, BackOutReason.StillMapped)
            : MigratePages.Next(ref t, MigrationStep.TakeTreeLock);

    /// <summary>Step 6: the write side of tree_lock, interrupts off; the slot is looked up.</summary>
    public static StepResult TakeTreeLock(Machine m, ref KernelTask t, int self)
    {
        if (Locks.WaitsForTree(m, ref t, self, t.Mapping))
            return StepResult.Blocked;
        ref AddressSpace mapping = ref m.Mappings[t.Mapping.Value];
        mapping.TreeLock = self;
        t.RadixPointer = RadixTree.LookupSlot(m, mapping.PageTree, m.Pages[t.Page.Value].PageIndex);
        return MigratePages.Next(ref t, MigrationStep.CheckMapping);
    }

    /// <summary>Step 9, which the code tests first.</summary>
    public static StepResult CheckMapping(Machine m, ref KernelTask t) =>
        m.Pages[t.Page.Value].PageMapping.IsNone
            ? UnlockTreeAndBackOut(m, ref t, BackOutReason.MappingGone)
            : MigratePages.Next(ref t, MigrationStep.CheckCount);

    /// <summary>Step 7.</summary>
    public static StepResult CheckCount(Machine m, ref KernelTask t) =>
        m.Pages[t.Page.Value].Count != NrRefs
            ? UnlockTreeAndBackOut(m, ref t, BackOutReason.ReferencesRemain)
            : MigratePages.Next(ref t, MigrationStep.CheckSlot);

    /// <summary>Step 8. A missing leaf gives a NULL slot, which the code dereferences without a test.</summary>
    public static StepResult CheckSlot(Machine m, ref KernelTask t)
    {
        if (t.RadixPointer == RadixTree.NullSlot)
            KernelBugException.Throw(BugCheck.RemoveReferencesNullSlot, t.Page);
        bool same = t.RadixPointer != RadixTree.RootSlot && m.Slots[t.RadixPointer] == t.Page.Value + 1;
        return same
            ? MigratePages.Next(ref t, MigrationStep.EstablishNewPage)
            : UnlockTreeAndBackOut(m, ref t, BackOutReason.SlotChanged);
    }

    /// <summary>Step 10: what others must find right as soon as they find the new page.</summary>
    public static StepResult EstablishNewPage(Machine m, ref KernelTask t)
    {
        ref Page p = ref m.Pages[t.Page.Value];
        ref Page n = ref m.Pages[t.Newpage.Value];
        PageRefs.GetPage(m, t.Newpage);
        n.Index = p.Index;
        n.Mapping = p.Mapping;
        if (p.Has(PageFlags.SwapCache))
        {
            n.Set(PageFlags.SwapCache);
            n.Private = p.Private;
        }
        return MigratePages.Next(ref t, MigrationStep.SwitchSlot);
    }

    /// <summary>Step 11: the pointer in the slot is replaced; counts, tags and height of the tree stay as they are.</summary>
    public static StepResult SwitchSlot(Machine m, ref KernelTask t)
    {
        m.Slots[t.RadixPointer] = t.Newpage.Value + 1;
        return MigratePages.Next(ref t, MigrationStep.DropTreeReference);
    }

    /// <summary>Step 12: a plain decrement, which never frees.</summary>
    public static StepResult DropTreeReference(Machine m, ref KernelTask t)
    {
        PageRefs.PutPageNoFree(m, t.Page);
        return MigratePages.Next(ref t, MigrationStep.DropTreeLock);
    }

    /// <summary>Step 13.</summary>
    public static StepResult DropTreeLock(Machine m, ref KernelTask t)
    {
        m.Mappings[t.Mapping.Value].TreeLock = 0;
        t.RadixPointer = RadixTree.NullSlot;
        return MigratePages.Next(ref t, MigrationStep.CopyContents);
    }

    /// <summary>Step 14. Until step 15 the new page is locked and not uptodate, which holds readers off.</summary>
    public static StepResult CopyContents(Machine m, ref KernelTask t)
    {
        m.Pages[t.Newpage.Value].Contents = m.Pages[t.Page.Value].Contents;
        return MigratePages.Next(ref t, MigrationStep.CopyFlags);
    }

    /// <summary>Step 15: flags are only ever set on the new page, never cleared.</summary>
    public static StepResult CopyFlags(Machine m, ref KernelTask t)
    {
        const PageFlags Copied = PageFlags.Error | PageFlags.Referenced | PageFlags.Uptodate
            | PageFlags.Active | PageFlags.Checked | PageFlags.MappedToDisk;
        ref Page p = ref m.Pages[t.Page.Value];
        m.Pages[t.Newpage.Value].Set(p.Flags & Copied);
        return MigratePages.Next(ref t, p.Has(PageFlags.Dirty) ? MigrationStep.TransferDirty : MigrationStep.ClearOldPage);
    }

    /// <summary>Step 15, second half: the dirty bit moves with accounting and tag, which takes the tree lock once more.</summary>
    public static StepResult TransferDirty(Machine m, ref KernelTask t, int self)
    {
        if (Locks.WaitsForSetPageDirty(m, ref t, self, t.Newpage))
            return StepResult.Blocked;
        Dirty.ClearPageDirtyForIo(m, t.Page);
        Dirty.SetPageDirty(m, t.Newpage);
        return MigratePages.Next(ref t, MigrationStep.ClearOldPage);
    }

    /// <summary>Step 16: the old page claims no tree any more. Its index and the copied flags stay.</summary>
    public static StepResult ClearOldPage(Machine m, ref KernelTask t)
    {
        ref Page p = ref m.Pages[t.Page.Value];
        p.Clear(PageFlags.SwapCache | PageFlags.Active | PageFlags.Private);
        p.Private = 0;
        p.Mapping = MappingPtr.Null;
        return MigratePages.Next(ref t, MigrationStep.EndNewPageWriteback);
    }

    /// <summary>
    /// Step 17. Deviation: the documentation speaks of triggering writeback; the code would end it, and since the
    /// new page is locked from birth nobody can have started any.
    /// </summary>
    public static StepResult EndNewPageWriteback(Machine m, ref KernelTask t, int self)
    {
        ref Page n = ref m.Pages[t.Newpage.Value];
        if (n.Has(PageFlags.Writeback))
        {
            if (Locks.WaitsForTree(m, ref t, self, n.PageMapping))
                return StepResult.Blocked;
            Writeback.EndPageWriteback(m, t.Newpage);
        }
        return MigratePages.Next(ref t, MigrationStep.RemoveFromSwap);
    }

    /// <summary>Step 18 has no code at this patch: the entries of an anonymous page stay swap entries until they fault.</summary>
    public static StepResult RemoveFromSwap(ref KernelTask t) => MigratePages.Next(ref t, MigrationStep.DropLocks);

    private static StepResult UnlockTreeAndBackOut(Machine m, ref KernelTask t, BackOutReason reason)
    {
        m.Mappings[t.Mapping.Value].TreeLock = 0;
        t.RadixPointer = RadixTree.NullSlot;
        return MigratePages.BackOut(ref t, reason);
    }
}
