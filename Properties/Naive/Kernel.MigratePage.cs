namespace MigrationConformance.Properties.Naive;

/// <summary>migrate_page: the new page takes the place of the old one.</summary>
internal sealed partial class Kernel
{
    private int MigratePage(Page newpage, Page page)
    {
        At("CheckReferences");
        BugIf(page.Has(Flag.Writeback), "MigratePageWriteback", "migrate_page", page);
        if (MigratePageRemoveReferences(newpage, page, 2) is { } reason)
        {
            return Leave(reason, EAGAIN);
        }

        MigratePageCopy(newpage, page);
        return 0;
    }

    /// <summary>Takes the entries away, and lets the new page stand in the tree for the old one.</summary>
    /// <returns>Null, or why it backed out.</returns>
    private string? MigratePageRemoveReferences(Page newpage, Page page, int refs)
    {
        if (PageMapping(page) is not { } mapping)
        {
            return "MappingGoneBeforeUnmap";
        }

        if (page.Mapcount + refs != page.Count)
        {
            return "ReferencesBeforeUnmap";
        }

        At("TryToUnmap");
        TryToUnmap(page, ignoreRefs: true, "TryToUnmap");

        At("CheckUnmapped");
        if (page.Mapcount != 0)
        {
            return "StillMapped";
        }

        At("TakeTreeLock");
        Take("tree", mapping.Number);
        string? reason = SwitchTree(newpage, page, mapping, refs);
        Drop("tree", mapping.Number);
        return reason;
    }

    private string? SwitchTree(Page newpage, Page page, Mapping mapping, int refs)
    {
        ulong index = PageIndex(page);
        At("CheckMapping");
        if (PageMapping(page) is null)
        {
            return "MappingGone";
        }

        At("CheckCount");
        if (page.Count != refs)
        {
            return "ReferencesRemain";
        }

        At("CheckSlot");
        BugIf(!mapping.HasSlot(index), "RemoveReferencesNullSlot", "migrate_page_remove_references", page);
        if (!mapping.Tree.TryGetValue(index, out Page? found) || found != page)
        {
            return "SlotChanged";
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
        return null;
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
