namespace MigrationConformance.Core;

// From 5/5 on a mapping can bring its own way to move a page; what is done for the others is the fallback.
public static partial class MigratePages
{
    private static MigrationStep ByMethod(Machine m, ref KernelTask t, ref Page p)
    {
        if (m.Mappings[t.Mapping.Value].Migratepage != MigratepageMode.Absent)
            return MigrationStep.Migratepage;
        return PatchSet.UnmapsBeforeWriting(m) ? MigrationStep.UnmapBeforeWriting : WriteFirst(ref t, ref p);
    }

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

    /// <summary>The fallback, from 28 April 2006: without entries the dirt is all in PG_dirty, and pageout finds no reference that it does not know.</summary>
    private static MigrationStep UnmapBeforeWriting(Machine m, ref KernelTask t, int self) =>
        TryToUnmap.Step(m, ref t, self, ignoreRefs: true) switch
        {
            UnmapProgress.Blocked => MigrationStep.None,
            UnmapProgress.More => MigrationStep.UnmapBeforeWriting,
            _ => MigrationStep.CheckUnmappedBeforeWriting,
        };

    private static MigrationStep CheckUnmappedBeforeWriting(ref KernelTask t, ref Page p)
    {
        if (t.UnmapResult == (int)SwapResult.Fail)
            return BackOut(ref t, BackOutReason.VmLockedBeforeWriting, -Errno.EPERM);
        return p.Mapcount != 0
            ? BackOut(ref t, BackOutReason.StillMappedBeforeWriting)
            : WriteFirst(ref t, ref p);
    }
}
