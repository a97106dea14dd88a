namespace MigrationConformance.Core;

// From 5/5 on a mapping can bring its own way to move a page.
public static partial class MigratePages
{
    private static bool HasMethod(Machine m, in KernelTask t) => m.Mappings[t.Mapping.Value].Migratepage != MigratepageMode.Absent;

    /// <summary>a_ops->migratepage: nothing is written and no buffer dropped before.</summary>
    /// <remarks>Kernel: mm/vmscan.c fail_migrate_page(), and the first lines of fs/buffer.c buffer_migrate_page().</remarks>
    private static MigrationStep Migratepage(Machine m, ref KernelTask t, ref Page p)
    {
        MigratepageMode method = m.Mappings[t.Mapping.Value].Migratepage;
        if (method == MigratepageMode.FailMigratePage)
            return BackOut(ref t, BackOutReason.MigratepageFails, -Errno.EIO);
        if (method == MigratepageMode.MigratePage)
            return CallMigratePage(ref t);
        if (p.Mapping.IsNull)
            return BackOut(ref t, BackOutReason.BufferMigrateNoMapping);
        if (!p.Has(PageFlags.Private))
            return CallMigratePage(ref t);
        t.NrRefs = BufferMigratePage.NrRefs;
        return MigrationStep.CheckReferences;
    }
}
