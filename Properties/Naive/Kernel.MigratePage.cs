namespace MigrationConformance.Properties.Naive;

/// <summary>migrate_page: the new page takes the place of the old one.</summary>
internal sealed partial class Kernel
{
    private int MigratePage(Page newpage, Page page)
    {
        At("CheckReferences");
        BugIf(page.Has(Flag.Writeback), "MigratePageWriteback", "migrate_page", page);
        int rc = MigratePageRemoveReferences(newpage, page, 2);
        if (rc != 0)
        {
            return rc;
        }

        MigratePageCopy(newpage, page);
        if (_world.Level >= Level.RemoveFromSwap)
        {
            RemoveFromSwap(newpage);
        }

        return 0;
    }

    /// <summary>Takes the entries away, and lets the new page stand in the tree for the old one.</summary>
    /// <param name="refs">What the page's count must be once it is unmapped.</param>
    /// <returns>0, −EAGAIN, or −EPERM for a page of a VM_LOCKED VMA.</returns>
    private int MigratePageRemoveReferences(Page newpage, Page page, int refs)
    {
        if (PageMapping(page) is not { } mapping)
        {
            return Leave("MappingGoneBeforeUnmap", EAGAIN);
        }

        if (page.Mapcount + refs != page.Count)
        {
            return Leave("ReferencesBeforeUnmap", EAGAIN);
        }

        At("TryToUnmap");
        SwapResult result = TryToUnmap(page, ignoreRefs: true, "TryToUnmap");

        At("CheckUnmapped");
        if (_world.Level >= Level.MlockedFails && result == SwapResult.Fail)
        {
            return Leave("VmLocked", EPERM);
        }

        if (page.Mapcount != 0)
        {
            return Leave("StillMapped", EAGAIN);
        }

        At("TakeTreeLock");
        Take("tree", mapping.Number);
        int rc = SwitchTree(newpage, page, mapping, refs);
        Drop("tree", mapping.Number);
        return rc;
    }

    private int SwitchTree(Page newpage, Page page, Mapping mapping, int refs)
    {
        ulong index = PageIndex(page);
        At("CheckMapping");
        if (PageMapping(page) is null)
        {
            return Leave("MappingGone", EAGAIN);
        }

        At("CheckCount");
        if (page.Count != refs)
        {
            return Leave("ReferencesRemain", EAGAIN);
        }

        At("CheckSlot");
        BugIf(!mapping.HasSlot(index), "RemoveReferencesNullSlot", "migrate_page_remove_references", page);
        if (!mapping.Tree.TryGetValue(index, out Page? found) || found != page)
        {
            return Leave("SlotChanged", EAGAIN);
        }

        At("EstablishNewPage");
        newpage.Count++;
        newpage.Index = page.Index;
        newpage.Owner = page.Owner;
        if (page.Has(Flag.SwapCache))
        {
            newpage.Set(Flag.SwapCache);
            newpage.Private = page.Private;
        }

        At("SwitchSlot");
        mapping.Tree[index] = newpage;
        At("DropTreeReference");
        page.Count--;
        At("DropTreeLock");
        return 0;
    }

    private void MigratePageCopy(Page newpage, Page page)
    {
        At("CopyContents");
        newpage.Contents = page.Contents;

        At("CopyFlags");
        const Flag copied = Flag.Error | Flag.Referenced | Flag.Uptodate | Flag.Active | Flag.Checked
            | Flag.MappedToDisk;
        newpage.Flags |= page.Flags & copied;

        At("TransferDirty");
        if (page.Has(Flag.Dirty))
        {
            ClearPageDirtyForIo(page);
            SetPageDirty(newpage);
        }

        At("ClearOldPage");
        page.Clear(Flag.SwapCache | Flag.Active | Flag.Private);
        page.Private = 0;
        page.Owner = null;

        At("EndNewPageWriteback");
        if (newpage.Has(Flag.Writeback))
        {
            EndPageWriteback(newpage);
        }
    }
}
