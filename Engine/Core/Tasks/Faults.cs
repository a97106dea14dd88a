namespace MigrationConformance.Core;

/// <summary>Accesses of processes: the fault handlers of mm/memory.c, get_user_pages and mlock.</summary>
/// <remarks>
/// Kernel: mm/memory.c handle_pte_fault(), follow_page(), get_user_pages(); mm/mlock.c do_mlock(). Reads of devices complete in a step
/// of their own. Deviation: a read of anonymous memory that was never written maps the zero page, which is counted nowhere and
/// cannot be pinned. A read is over with its fault. mlock populates one page of its VMA, and as a read does: it breaks no
/// sharing. An entry of a shared mapping that forbids writing is made writable in place, as after mprotect.
/// </remarks>
internal static class Faults
{
    public static int Step(Machine m, ref KernelTask t, int self) => (FaultStep)t.Step switch
    {
        FaultStep.HandlePteFault => HandlePteFault(m, ref t, self),
        FaultStep.SetLocked => SetLocked(m, ref t, self),
        FaultStep.FollowPage => FollowPage(m, ref t, self),
        FaultStep.SwapLookup => SwapFaults.Lookup(m, ref t, self),
        FaultStep.SwapReadahead => SwapFaults.Readahead(m, ref t, self),
        FaultStep.SwapRead => SwapFaults.Read(m, ref t, self),
        FaultStep.SwapReadEnds => SwapFaults.ReadEnds(m, ref t, (int)FaultStep.SwapLock),
        FaultStep.SwapReadFailed => SwapFaults.ReadFailed(m, ref t, self),
        FaultStep.SwapLock => Actor.LockWaits(m, ref t) ? Actor.Blocked : (int)FaultStep.SwapRecheck,
        FaultStep.SwapRecheck => SwapFaults.Recheck(m, ref t),
        FaultStep.SwapInstall => SwapFaults.Install(m, ref t, self),
        FaultStep.WpCopy => CopyFaults.WpCopy(m, ref t),
        FaultStep.WpInstall => CopyFaults.WpInstall(m, ref t, self),
        FaultStep.FileLookup => FileFaults.Lookup(m, ref t, self),
        FaultStep.FileRead => FileFaults.Read(m, ref t, self),
        FaultStep.FileReadEnds => FileFaults.ReadEnds(m, ref t),
        FaultStep.FileLock => FileFaults.Lock(m, ref t),
        FaultStep.FileCopy => FileFaults.Copy(m, ref t),
        FaultStep.FileInstall => FileFaults.Install(m, ref t, self),
        FaultStep.AnonInstall => CopyFaults.AnonInstall(m, ref t, self),
        FaultStep.ShmemLookup => ShmemFaults.Lookup(m, ref t, self),
        FaultStep.ShmemRead => ShmemFaults.Read(m, ref t, self),
        FaultStep.ShmemReadEnds => ShmemFaults.ReadEnds(m, ref t),
        FaultStep.ShmemTryLock => ShmemFaults.TryLock(m, ref t),
        FaultStep.ShmemWaitLock => ShmemFaults.WaitLock(m, ref t),
        FaultStep.ShmemWaitWriteback => ShmemFaults.WaitWriteback(m, ref t, self),
        FaultStep.ShmemMove => ShmemFaults.Move(m, ref t, self),
        FaultStep.Store => Store(m, ref t),
        FaultStep.Pinned => Pinned(m, ref t),
        FaultStep.SetDirtyLock => SetDirtyLock(m, ref t, self),
        FaultStep.Unpin => Unpin(m, ref t),
        _ => throw new EngineFault(m, $"a fault stands at step {t.Step}"),
    };

    private static int HandlePteFault(Machine m, ref KernelTask t, int self)
    {
        Pte pte = PageTables.Get(m, t.Mm, t.Address);
        if (t.Kind == TaskKind.Fault && pte.IsPresent && (!Writes(t) || pte.IsWrite))
            return Access(m, ref t, pte);
        if (TakesMmapSem(t) && Locks.Busy(m.Mms[t.Mm.Value].MmapSem, self))
            return Actor.Wait(ref t, WaitKind.MmapSem, t.Mm.Value);
        // An entry that is not present is read without a lock, and compared under it when it is replaced.
        if (pte.IsPresent && (Actor.PageTableWaits(m, ref t, self) || (Writes(t) && !pte.IsWrite && CopyFaults.WpCheckWaits(m, ref t, self, pte.Page))))
            return Actor.Blocked;
        t.Pass = 1;
        t.Vma = new VmaId(Actor.FindVma(m, t.Mm, t.Address));
        if (t.Vma.IsNone || (Writes(t) && !m.Vmas[t.Vma.Value].Has(VmFlags.Write)))
            return End(m, ref t);
        t.OrigPte = pte;
        t.Entry = pte.IsSwap ? pte.SwapEntry : default;
        if (pte.IsPresent)
            return Present(m, ref t);
        if (pte.IsSwap)
            return (int)FaultStep.SwapLookup;
        if (!m.Vmas[t.Vma.Value].File.IsNone)
            return FileFaults.Begin(m, ref t);
        // A read of memory that was never written maps the zero page.
        return Writes(t) ? (int)FaultStep.AnonInstall : End(m, ref t);
    }

    // What the entry allows is no fault: the processor marks it without any lock, whoever has mmap_sem.
    private static int Access(Machine m, ref KernelTask t, Pte pte)
    {
        if (Writes(t))
            return (int)FaultStep.Store;
        PageTables.Set(m, t.Mm, t.Address, pte.MkYoung());
        return End(m, ref t);
    }

    // handle_pte_fault with a present entry: a write to a read-only one is do_wp_page.
    private static int Present(Machine m, ref KernelTask t)
    {
        ref Pte pte = ref m.Ptes[PageTables.Find(m, t.Mm, t.Address)];
        if (Writes(t) && !pte.IsWrite)
        {
            if (!m.Vmas[t.Vma.Value].Has(VmFlags.Shared))
                return CopyFaults.WpCheck(m, ref t, ref pte);
            pte = pte.MkWrite().MkDirty();
        }
        pte = pte.MkYoung();
        return AfterFault(m, ref t);
    }

    /// <summary>Where a task goes when its fault is served: a read is done, a write stores without mmap_sem, get_user_pages and mlock look again.</summary>
    public static int AfterFault(Machine m, ref KernelTask t)
    {
        if (t.Kind != TaskKind.Fault)
            return (int)FaultStep.FollowPage;
        return Writes(t) ? ReturnsTo(ref t, FaultStep.Store) : End(m, ref t);
    }

    /// <summary>A minor fault that has done nothing: the access takes it again, get_user_pages and mlock look again and keep mmap_sem.</summary>
    public static int Again(ref KernelTask t) => t.Kind == TaskKind.Fault ? ReturnsTo(ref t, FaultStep.HandlePteFault) : (int)FaultStep.FollowPage;

    // The fault returns to the user, who has no lock.
    private static int ReturnsTo(ref KernelTask t, FaultStep next)
    {
        t.Pass = 0;
        return (int)next;
    }

    /// <summary>The task is over: what it has of mmap_sem is given back.</summary>
    public static int End(Machine m, ref KernelTask t)
    {
        if (t.Kind == TaskKind.Mlock)
            m.Mms[t.Mm.Value].MmapSem = 0;
        return End(ref t);
    }

    /// <summary>Gives mmap_sem back, had for reading.</summary>
    public static int End(ref KernelTask t)
    {
        t.Pass = 0;
        return Actor.Finished;
    }

    /// <summary>Whether a task's next step takes mmap_sem for reading, if it stands before a step that can.</summary>
    public static bool TakesMmapSem(in KernelTask t) => t.Pass == 0 && t.Kind != TaskKind.Mlock;

    public static bool Writes(in KernelTask t) => (t.Local0 & Actor.Write) != 0;

    private static int SetLocked(Machine m, ref KernelTask t, int self)
    {
        if (Actor.MmapSemWriteWaits(m, ref t, self))
            return Actor.Blocked;
        int vma = Actor.FindVma(m, t.Mm, t.Address);
        if (vma < 0)
            return Actor.Finished;
        m.Mms[t.Mm.Value].MmapSem = self;
        m.Vmas[vma].Flags |= VmFlags.Locked;
        return (int)FaultStep.FollowPage;
    }

    // The user's instruction takes no lock; what it cannot write to it faults on.
    private static int Store(Machine m, ref KernelTask t)
    {
        int row = PageTables.Find(m, t.Mm, t.Address);
        if (row < 0 || !m.Ptes[row].IsPresent || !m.Ptes[row].IsWrite)
            return (int)FaultStep.HandlePteFault;
        m.Ptes[row] = m.Ptes[row].MkDirty().MkYoung();
        Overwrite(m, ref t, m.Ptes[row].Page);
        return End(m, ref t);
    }

    // A shared file page is rewritten with what it holds: only the dirty bit tells.
    private static void Overwrite(Machine m, ref KernelTask t, Pfn page)
    {
        if (!m.Pages[page.Value].IsAnon)
            return;
        m.Pages[page.Value].Contents = t.Cursor;
        t.Local0 |= Actor.Stored;
    }

    private static int FollowPage(Machine m, ref KernelTask t, int self)
    {
        if (TakesMmapSem(t) && Locks.Busy(m.Mms[t.Mm.Value].MmapSem, self))
            return Actor.Wait(ref t, WaitKind.MmapSem, t.Mm.Value);
        if (Actor.PageTableWaits(m, ref t, self))
            return Actor.Blocked;
        Pte pte = PageTables.Get(m, t.Mm, t.Address);
        bool there = pte.IsPresent && (!Writes(t) || pte.IsWrite);
        bool dirties = there && Writes(t) && !pte.IsDirty && !m.Pages[pte.Page.Value].Has(PageFlags.Dirty);
        if (dirties && Locks.WaitsForSetPageDirty(m, ref t, self, pte.Page))
            return Actor.Blocked;
        t.Pass = 1;
        if (!there)
            return (int)FaultStep.HandlePteFault;
        if (t.Kind == TaskKind.GetUserPages)
            Pin(m, ref t, pte.Page);
        if (dirties)
            Dirty.SetPageDirty(m, pte.Page);
        Lru.MarkPageAccessed(m, pte.Page);
        return t.Kind == TaskKind.GetUserPages ? ReturnsTo(ref t, FaultStep.Pinned) : End(m, ref t);
    }

    private static void Pin(Machine m, ref KernelTask t, Pfn page)
    {
        t.Page = page;
        t.Local1 = 1;
        PageRefs.GetPage(m, page);
    }

    private static int Pinned(Machine m, ref KernelTask t)
    {
        if (!Writes(t))
            return (int)FaultStep.Unpin;
        Overwrite(m, ref t, t.Page);
        return (int)FaultStep.SetDirtyLock;
    }

    // The page lock is had for this step only, so the locks inside it come first: who waits for them has let nobody go.
    private static int SetDirtyLock(Machine m, ref KernelTask t, int self)
    {
        if (Locks.WaitsForSetPageDirty(m, ref t, self, t.Page) || Actor.UnlockWaits(m, ref t))
            return Actor.Blocked;
        Dirty.SetPageDirty(m, t.Page);
        return (int)FaultStep.Unpin;
    }

    private static int Unpin(Machine m, ref KernelTask t)
    {
        Actor.Put(m, ref t);
        return End(m, ref t);
    }
}
