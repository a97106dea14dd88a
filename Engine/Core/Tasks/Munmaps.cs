namespace MigrationConformance.Core;

/// <summary>Where a munmap or an exit stands.</summary>
internal enum MunmapStep
{
    /// <summary>Takes mmap_sem for writing, detaches the VMAs from their process and drains this CPU's pagevecs.</summary>
    Detach = 0,

    /// <summary>Zaps the next entry; its page is gathered.</summary>
    ZapEntry,

    /// <summary>The gather is full: tlb_flush_mmu lets one page go.</summary>
    Flush,

    /// <summary>free_pgtables: takes a VMA off its file and its anon_vma.</summary>
    Unlink,

    /// <summary>tlb_finish_mmu: lets the gathered pages go, one a step.</summary>
    FinishMmu,

    /// <summary>mmput: an exiting process leaves the mmlist.</summary>
    LeaveMmlist,
}

/// <summary>munmap of a whole VMA, the one at <see cref="KernelTask.Address"/>, and exit, which takes all VMAs of its process.</summary>
/// <remarks>
/// Kernel: mm/mmap.c do_munmap(), unmap_region(), exit_mmap(), mm/memory.c unmap_vmas(), free_pgtables(), kernel/fork.c mmput().
/// A gathered page is a row of <see cref="Machine.Holds"/>; the VMAs are off the reverse mapping before the last of them goes.
/// Deviation: a gather holds <see cref="GatherSize"/> pages, and is flushed without the page table lock, page by page, with no
/// drain of this CPU's pagevecs before. An exit waits for mmap_sem, which stands for the other users of its mm, whose end it would
/// wait for.
/// </remarks>
internal static class Munmaps
{
    /// <summary>FREE_PTE_NR is 506; a small number makes small machines fill a gather.</summary>
    public const int GatherSize = 2;

    public static int Step(Machine m, ref KernelTask t, int self) => (MunmapStep)t.Step switch
    {
        MunmapStep.Detach => Detach(m, ref t, self),
        MunmapStep.ZapEntry => ZapEntry(m, ref t, self),
        MunmapStep.Flush => Flush(m, ref t, self, last: false),
        MunmapStep.Unlink => Unlink(m, ref t, self),
        MunmapStep.FinishMmu => Flush(m, ref t, self, last: true),
        MunmapStep.LeaveMmlist => LeaveMmlist(m, ref t, self),
        _ => throw new EngineFault(m, $"a munmap stands at step {t.Step}"),
    };

    private static int Detach(Machine m, ref KernelTask t, int self)
    {
        if (Actor.MmapSemWriteWaits(m, ref t, self))
            return Actor.Blocked;
        int found = t.Kind == TaskKind.Munmap ? Actor.FindVma(m, t.Mm, t.Address) : -1;
        if (t.Kind == TaskKind.Munmap && found < 0)
            return Actor.Finished;
        for (int vma = 0; vma < m.Vmas.Count; vma++)
        {
            if (m.Vmas[vma].InUse == 1 && m.Vmas[vma].Mm == t.Mm && (vma == found || t.Kind == TaskKind.Exit))
                m.Vmas[vma].InUse = VmArea.Detached;
        }
        m.Mms[t.Mm.Value].MmapSem = self;
        t.Vma = new VmaId(found);
        Lru.LruAddDrain(m, t.Cpu);
        if (t.Kind == TaskKind.Exit && !NextVma(m, ref t))
            return (int)MunmapStep.LeaveMmlist;
        t.Cursor = m.Vmas[t.Vma.Value].Start;
        return (int)MunmapStep.ZapEntry;
    }

    // The next detached VMA of the process after the one at work, from the first on when there is none.
    private static bool NextVma(Machine m, ref KernelTask t)
    {
        for (int vma = t.Vma.Value + 1; vma < m.Vmas.Count; vma++)
        {
            if (m.Vmas[vma].InUse != VmArea.Detached || m.Vmas[vma].Mm != t.Mm)
                continue;
            t.Vma = new VmaId(vma);
            t.Cursor = m.Vmas[vma].Start;
            return true;
        }
        t.Vma = VmaId.None;
        return false;
    }

    private static int ZapEntry(Machine m, ref KernelTask t, int self)
    {
        ulong end = m.Vmas[t.Vma.Value].End;
        t.Cursor = Actor.NextEntry(m, t.Mm, t.Cursor, end);
        if (t.Cursor == end)
        {
            if (t.Kind == TaskKind.Munmap)
                return (int)MunmapStep.Unlink;
            if (NextVma(m, ref t))
                return (int)MunmapStep.ZapEntry;
            // Unlinking begins with the first VMA again.
            NextVma(m, ref t);
            return (int)MunmapStep.Unlink;
        }
        switch (Zap.One(m, ref t, self, t.Mm, t.Cursor))
        {
            case ZapResult.Blocked:
                return Actor.Blocked;
            case ZapResult.Gathered:
                Others.Add(m, new Hold { Kind = HoldKind.Gather, Page = t.Page, Buffer = BhId.None, Until = Until.Never, Submitted = self });
                t.Page = Pfn.None;
                t.Local1 = 0;
                return (int)(++t.Local0 == GatherSize ? MunmapStep.Flush : MunmapStep.ZapEntry);
            default:
                return (int)MunmapStep.ZapEntry;
        }
    }

    // free_pages_and_swap_cache for one page of the gather.
    private static int Flush(Machine m, ref KernelTask t, int self, bool last)
    {
        int row = Others.FirstGathered(m, self);
        if (Zap.FlushWaits(m, ref t, self, m.Holds[row].Page))
            return Actor.Blocked;
        Others.EndGather(m, row);
        t.Local0--;
        return t.Local0 > 0 ? t.Step : last ? AfterFlush(m, ref t) : (int)MunmapStep.ZapEntry;
    }

    private static int Unlink(Machine m, ref KernelTask t, int self)
    {
        if (RmapWaits(m, ref t, self, t.Vma))
            return Actor.Blocked;
        UnlinkVma(m, t.Vma);
        if (t.Kind == TaskKind.Exit && NextVma(m, ref t))
            return (int)MunmapStep.Unlink;
        t.Vma = VmaId.None;
        return t.Local0 > 0 ? (int)MunmapStep.FinishMmu : AfterFlush(m, ref t);
    }

    private static int AfterFlush(Machine m, ref KernelTask t) => t.Kind == TaskKind.Exit ? (int)MunmapStep.LeaveMmlist : Finish(m, ref t);

    /// <summary>Whether a VMA would wait to be linked to its file and its anon_vma, or to be taken off them.</summary>
    public static bool RmapWaits(Machine m, ref KernelTask t, int self, VmaId number)
    {
        ref VmArea vma = ref m.Vmas[number.Value];
        if (!vma.AnonVma.IsNone && Locks.Busy(m.AnonVmas[vma.AnonVma.Value].Lock, self))
            return Actor.Wait(ref t, WaitKind.AnonVmaLock, vma.AnonVma.Value) == Actor.Blocked;
        return !vma.File.IsNone && Locks.Busy(m.Mappings[vma.File.Value].ImmapLock, self)
            && Actor.Wait(ref t, WaitKind.ImmapLock, vma.File.Value) == Actor.Blocked;
    }

    /// <summary>anon_vma_unlink and unlink_file_vma; the row is free then.</summary>
    public static void UnlinkVma(Machine m, VmaId number)
    {
        ref VmArea vma = ref m.Vmas[number.Value];
        if (!vma.AnonVma.IsNone)
        {
            ref int link = ref m.AnonVmas[vma.AnonVma.Value].Head;
            while (link != number.Value)
                link = ref m.Vmas[link].AnonNext;
            link = vma.AnonNext;
        }
        if (!vma.File.IsNone)
        {
            ref AddressSpace space = ref m.Mappings[vma.File.Value];
            ref int link = ref (vma.Has(VmFlags.Nonlinear) ? ref space.ImmapNonlinear : ref space.Immap);
            while (link != number.Value)
                link = ref m.Vmas[link].SharedNext;
            link = vma.SharedNext;
        }
        vma = new VmArea { File = MappingId.None, AnonVma = AnonVmaId.None, SharedNext = -1, AnonNext = -1 };
    }

    private static int LeaveMmlist(Machine m, ref KernelTask t, int self)
    {
        if (m.Mms[t.Mm.Value].MmlistNext == Mm.NotOnMmlist)
            return Finish(m, ref t);
        if (Locks.WaitsForMmlist(m, ref t, self))
            return Actor.Blocked;
        ref int link = ref m.Globals.MmlistHead;
        while (link != t.Mm.Value)
            link = ref m.Mms[link].MmlistNext;
        link = m.Mms[t.Mm.Value].MmlistNext;
        m.Mms[t.Mm.Value].MmlistNext = Mm.NotOnMmlist;
        return Finish(m, ref t);
    }

    private static int Finish(Machine m, ref KernelTask t)
    {
        m.Mms[t.Mm.Value].MmapSem = 0;
        return Actor.Finished;
    }
}
