namespace MigrationConformance.Core;

/// <summary>Where an msync stands.</summary>
internal enum MsyncStep
{
    /// <summary>Takes mmap_sem for reading and finds the VMA.</summary>
    Begin = 0,

    /// <summary>sync_pte_range: the next entry.</summary>
    SyncEntry,
}

/// <summary>msync(MS_ASYNC) of the VMA at <see cref="KernelTask.Address"/>: the dirt of entries becomes the pages'.</summary>
/// <remarks>Kernel: mm/msync.c msync_pte_range(). It turns a page that could be moved into one that must be written first.</remarks>
internal static class Msyncs
{
    public static int Step(Machine m, ref KernelTask t, int self) => (MsyncStep)t.Step switch
    {
        MsyncStep.Begin => Begin(m, ref t, self),
        MsyncStep.SyncEntry => SyncEntry(m, ref t, self),
        _ => throw new EngineFault(m, $"an msync stands at step {t.Step}"),
    };

    private static int Begin(Machine m, ref KernelTask t, int self)
    {
        if (Actor.MmapSemReadWaits(m, ref t, self))
            return Actor.Blocked;
        int vma = Actor.FindVma(m, t.Mm, t.Address);
        if (vma < 0 || m.Vmas[vma].File.IsNone || !m.Vmas[vma].Has(VmFlags.Shared))
            return Faults.End(ref t);
        t.Vma = new VmaId(vma);
        t.Cursor = m.Vmas[vma].Start;
        return (int)MsyncStep.SyncEntry;
    }

    private static int SyncEntry(Machine m, ref KernelTask t, int self)
    {
        ulong end = m.Vmas[t.Vma.Value].End;
        t.Cursor = Actor.NextEntry(m, t.Mm, t.Cursor, end);
        if (t.Cursor == end)
            return Faults.End(ref t);
        if (Actor.PageTableWaits(m, ref t, self))
            return Actor.Blocked;
        ref Pte pte = ref m.Ptes[PageTables.Find(m, t.Mm, t.Cursor)];
        if (pte.IsPresent && pte.IsDirty)
        {
            if (Locks.WaitsForSetPageDirty(m, ref t, self, pte.Page))
                return Actor.Blocked;
            Dirty.SetPageDirty(m, pte.Page);
            pte = pte.MkClean();
        }
        t.Cursor += Machine.PageSize;
        return (int)MsyncStep.SyncEntry;
    }
}
