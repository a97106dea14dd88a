namespace MigrationConformance.Properties.Naive;

/// <summary>The migratepage methods of mappings, but migrate_page itself.</summary>
internal sealed partial class Kernel
{
    private int Migratepage(Mapping mapping, Page newpage, Page page) => mapping.Migratepage switch
    {
        MigratepageMethod.MigratePage => MigratePage(newpage, page),
        MigratepageMethod.BufferMigratePage => BufferMigratePage(newpage, page),
        _ => FailMigratePage(),
    };

    private int FailMigratePage() => Leave("MigratepageFails", EIO);

    /// <summary>Moves a page together with its buffers.</summary>
    private int BufferMigratePage(Page newpage, Page page)
    {
        if (page.Owner is null)
        {
            return Leave("BufferMigrateNoMapping", EAGAIN);
        }

        if (!page.Has(Flag.Private))
        {
            return MigratePage(newpage, page);
        }

        At("CheckReferences");
        BugIf(page.Buffers is null, "PageBuffersBadPointer", "page_buffers", page);
        List<Buffer> buffers = page.Buffers!;
        int rc = MigratePageRemoveReferences(newpage, page, 3);
        if (rc != 0)
        {
            return rc;
        }

        foreach (Buffer buffer in buffers)
        {
            At("LockBuffers");
            buffer.UsedByMigration = true;
            LockBuffer(buffer);
        }

        At("MoveBuffers");
        page.Clear(Flag.Private);
        newpage.Buffers = page.Buffers;
        page.Buffers = null;
        page.Private = 0;
        PutPage(page);
        newpage.Count++;
        buffers.ForEach(_ => At("SetBufferPages"));
        At("SetPagePrivate");
        newpage.Set(Flag.Private);

        MigratePageCopy(newpage, page);

        foreach (Buffer buffer in buffers)
        {
            At("UnlockBuffers");
            buffer.LockedByMigration = false;
            buffer.UsedByMigration = false;
        }

        return 0;
    }

    /// <summary>Waits for the buffer's lock, which others let go of now unless they never do.</summary>
    private void LockBuffer(Buffer buffer)
    {
        if (buffer.Locked)
        {
            // The buffer is in use already while its lock is waited for.
            At("LockBuffers");
            if (buffer.LockedByOthers is not { Never: false })
            {
                throw new BlockedException("buffer", buffer.Number);
            }

            buffer.LockedByOthers = null;
        }

        buffer.LockedByMigration = true;
    }
}
