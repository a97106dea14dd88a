namespace MigrationConformance.Core;

/// <summary>Where an mremap stands.</summary>
internal enum MremapStep
{
    /// <summary>Takes mmap_sem for writing, finds the VMA and chooses its new place.</summary>
    Begin = 0,

    /// <summary>copy_vma: the new VMA is linked, last in its file or anon_vma.</summary>
    CopyVma,

    /// <summary>move_ptes: the next entry, both page table locks held; for a file i_mmap_lock too.</summary>
    MoveEntry,

    /// <summary>do_munmap of the old VMA, which has no entries any more.</summary>
    UnmapOld,
}

/// <summary>
/// mremap of the whole VMA at <see cref="KernelTask.Address"/>. <see cref="KernelTask.MaxNlCursor"/> is where it was,
/// <see cref="KernelTask.MaxNlSize"/> where it goes, <see cref="KernelTask.Cursor"/> how far the move has come.
/// </summary>
/// <remarks>
/// Kernel: mm/mremap.c move_vma(), move_page_tables(), move_ptes(). No reference and no mapcount changes hands, and the
/// anon_vma is not locked, so an entry can move between two steps of a walk over it. Deviation: a VM_LOCKED VMA is not populated
/// at its new place. The old VMA is out of its process from the second step on, which nobody sees before mmap_sem is given back.
/// </remarks>
internal static class Mremaps
{
    private const ulong Distance = 0x0400_0000;

    public static int Step(Machine m, ref KernelTask t, int self) => (MremapStep)t.Step switch
    {
        MremapStep.Begin => Begin(m, ref t, self),
        MremapStep.CopyVma => CopyVma(m, ref t, self),
        MremapStep.MoveEntry => MoveEntry(m, ref t, self),
        MremapStep.UnmapOld => UnmapOld(m, ref t, self),
        _ => throw new EngineFault(m, $"an mremap stands at step {t.Step}"),
    };

    private static int Begin(Machine m, ref KernelTask t, int self)
    {
        if (Actor.MmapSemWriteWaits(m, ref t, self))
            return Actor.Blocked;
        t.Vma = new VmaId(Actor.FindVma(m, t.Mm, t.Address));
        if (t.Vma.IsNone || Actor.FindVma(m, t.Mm, m.Vmas[t.Vma.Value].Start + Distance) >= 0)
        {
            t.Vma = VmaId.None;
            return Actor.Finished;
        }
        m.Mms[t.Mm.Value].MmapSem = self;
        t.MaxNlCursor = t.Cursor = m.Vmas[t.Vma.Value].Start;
        t.MaxNlSize = t.MaxNlCursor + Distance;
        return (int)MremapStep.CopyVma;
    }

    private static int CopyVma(Machine m, ref KernelTask t, int self)
    {
        if (Munmaps.RmapWaits(m, ref t, self, t.Vma))
            return Actor.Blocked;
        VmArea old = m.Vmas[t.Vma.Value];
        m.Vmas[t.Vma.Value].InUse = VmArea.Detached;
        m.AddVma(old with { Start = t.MaxNlSize, End = t.MaxNlSize + (old.End - old.Start) });
        return (int)MremapStep.MoveEntry;
    }

    private static int MoveEntry(Machine m, ref KernelTask t, int self)
    {
        ref VmArea old = ref m.Vmas[t.Vma.Value];
        t.Cursor = Actor.NextEntry(m, t.Mm, t.Cursor, old.End);
        if (t.Cursor == old.End)
            return (int)MremapStep.UnmapOld;
        if (!old.File.IsNone && Locks.Busy(m.Mappings[old.File.Value].ImmapLock, self))
            return Actor.Wait(ref t, WaitKind.ImmapLock, old.File.Value);
        if (Actor.PageTableWaits(m, ref t, self))
            return Actor.Blocked;
        Pte pte = PageTables.Get(m, t.Mm, t.Cursor);
        PageTables.Set(m, t.Mm, t.Cursor, Pte.Zero);
        PageTables.Set(m, t.Mm, t.MaxNlSize + (t.Cursor - t.MaxNlCursor), pte);
        t.Cursor += Machine.PageSize;
        return (int)MremapStep.MoveEntry;
    }

    private static int UnmapOld(Machine m, ref KernelTask t, int self)
    {
        if (Munmaps.RmapWaits(m, ref t, self, t.Vma))
            return Actor.Blocked;
        Lru.LruAddDrain(m, t.Cpu);
        Munmaps.UnlinkVma(m, t.Vma);
        t.Vma = VmaId.None;
        m.Mms[t.Mm.Value].MmapSem = 0;
        return Actor.Finished;
    }
}
