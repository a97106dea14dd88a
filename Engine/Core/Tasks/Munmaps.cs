namespace MigrationConformance.Core;

/// <summary>Where a munmap stands.</summary>
internal enum MunmapStep
{
    /// <summary>Takes mmap_sem for writing and detaches the VMA from its process.</summary>
    Detach = 0,

    /// <summary>Zaps the next entry.</summary>
    ZapEntry,

    /// <summary>The gather's flush.</summary>
    Flush,

    /// <summary>free_pgtables: takes the VMA off its file and its anon_vma.</summary>
    Unlink,
}

/// <summary>munmap of a whole VMA, the one at <see cref="KernelTask.Address"/>.</summary>
/// <remarks>Kernel: mm/mmap.c do_munmap(), mm/memory.c unmap_vmas(), free_pgtables().</remarks>
internal static class Munmaps
{
    public static int Step(Machine m, ref KernelTask t, int self) => (MunmapStep)t.Step switch
    {
        MunmapStep.Detach => Detach(m, ref t, self),
        MunmapStep.ZapEntry => ZapEntry(m, ref t, self),
        MunmapStep.Flush => Zap.FlushWaits(m, ref t, self) ? Actor.Blocked : (int)MunmapStep.ZapEntry,
        MunmapStep.Unlink => Unlink(m, ref t, self),
        _ => throw new EngineFault(m, $"a munmap stands at step {t.Step}"),
    };

    private static int Detach(Machine m, ref KernelTask t, int self)
    {
        if (Actor.MmapSemWriteWaits(m, ref t, self))
            return Actor.Blocked;
        t.Vma = new VmaId(Actor.FindVma(m, t.Mm, t.Address));
        if (t.Vma.IsNone)
            return Actor.Finished;
        m.Mms[t.Mm.Value].MmapSem = self;
        m.Vmas[t.Vma.Value].InUse = VmArea.Detached;
        t.Cursor = m.Vmas[t.Vma.Value].Start;
        return (int)MunmapStep.ZapEntry;
    }

    private static int ZapEntry(Machine m, ref KernelTask t, int self)
    {
        ulong end = m.Vmas[t.Vma.Value].End;
        t.Cursor = Actor.NextEntry(m, t.Mm, t.Cursor, end);
        if (t.Cursor == end)
            return (int)MunmapStep.Unlink;
        return Zap.One(m, ref t, self, t.Mm, t.Cursor) switch
        {
            ZapResult.Blocked => Actor.Blocked,
            ZapResult.Gathered => (int)MunmapStep.Flush,
            _ => (int)MunmapStep.ZapEntry,
        };
    }

    private static int Unlink(Machine m, ref KernelTask t, int self)
    {
        ref VmArea vma = ref m.Vmas[t.Vma.Value];
        if (!vma.AnonVma.IsNone && Locks.Busy(m.AnonVmas[vma.AnonVma.Value].Lock, self))
            return Actor.Wait(ref t, WaitKind.AnonVmaLock, vma.AnonVma.Value);
        if (!vma.File.IsNone && Locks.Busy(m.Mappings[vma.File.Value].ImmapLock, self))
            return Actor.Wait(ref t, WaitKind.ImmapLock, vma.File.Value);
        if (!vma.AnonVma.IsNone)
        {
            ref int link = ref m.AnonVmas[vma.AnonVma.Value].Head;
            while (link != t.Vma.Value)
                link = ref m.Vmas[link].AnonNext;
            link = vma.AnonNext;
        }
        if (!vma.File.IsNone)
        {
            ref AddressSpace space = ref m.Mappings[vma.File.Value];
            ref int link = ref (vma.Has(VmFlags.Nonlinear) ? ref space.ImmapNonlinear : ref space.Immap);
            while (link != t.Vma.Value)
                link = ref m.Vmas[link].SharedNext;
            link = vma.SharedNext;
        }
        vma = new VmArea { File = MappingId.None, AnonVma = AnonVmaId.None, SharedNext = -1, AnonNext = -1 };
        t.Vma = VmaId.None;
        m.Mms[t.Mm.Value].MmapSem = 0;
        return Actor.Finished;
    }
}
