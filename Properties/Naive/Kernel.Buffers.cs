namespace MigrationConformance.Properties.Naive;

/// <summary>Releasing the buffers of a page.</summary>
internal sealed partial class Kernel
{
    private bool TryToReleasePage(Page page)
    {
        BugIf(!page.Has(Flag.Locked), "TryToReleasePageNotLocked", "try_to_release_page", page);
        if (page.Has(Flag.Writeback))
        {
            return false;
        }

        return page.Owner is Mapping { Releasepage: ReleasepageMethod.Refuses } ? false : TryToFreeBuffers(page);
    }

    private bool TryToFreeBuffers(Page page)
    {
        BugIf(!page.Has(Flag.Locked), "TryToFreeBuffersPageNotLocked", "try_to_free_buffers", page);
        if (page.Has(Flag.Writeback))
        {
            return false;
        }

        if (page.Owner is not Mapping mapping)
        {
            return DropBuffers(page, null);
        }

        Need("private", mapping.Number);
        if (!DropBuffers(page, mapping))
        {
            return false;
        }

        ClearPageDirty(page);
        return true;
    }

    private bool DropBuffers(Page page, Mapping? mapping)
    {
        BugIf(page.Buffers is null, "PageBuffersBadPointer", "page_buffers", page);
        foreach (Buffer buffer in page.Buffers!)
        {
            if (buffer.WriteEio && mapping is not null)
            {
                mapping.Eio = true;
            }

            if (buffer.Busy)
            {
                return false;
            }
        }

        page.Buffers = null;
        page.Clear(Flag.Private);
        page.Private = 0;
        PutPage(page);
        return true;
    }
}
