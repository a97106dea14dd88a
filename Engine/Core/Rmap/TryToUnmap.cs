namespace MigrationConformance.Core;

/// <summary>What try_to_unmap and its parts answer.</summary>
/// <remarks>Kernel: include/linux/rmap.h SWAP_*.</remarks>
public enum SwapResult
{
    /// <summary>SWAP_SUCCESS: no mapping is left.</summary>
    Success = 0,

    /// <summary>SWAP_AGAIN: a mapping was missed; also the answer of try_to_unmap_one after it removed an entry.</summary>
    Again = 1,

    /// <summary>SWAP_FAIL: the page cannot be unmapped.</summary>
    Fail = 2,
}

/// <summary>How far a walk of try_to_unmap came with one step.</summary>
public enum UnmapProgress
{
    /// <summary>One entry, or one cluster, was looked at; there is more to do.</summary>
    More,

    /// <summary>The walk is over, its lock dropped; the answer is in <see cref="KernelTask.UnmapResult"/>.</summary>
    Done,

    /// <summary>A lock is held by somebody else; nothing changed.</summary>
    Blocked,
}

/// <summary>try_to_unmap: removes the page table entries of a page, one entry a step.</summary>
/// <remarks>
/// Kernel: mm/rmap.c try_to_unmap(), try_to_unmap_anon(), try_to_unmap_file(), try_to_unmap_one(). The lock of the
/// anon_vma, or i_mmap_lock, is held from the first step to the last. VMAs in which the page is not mapped are
/// passed within a step. The kernel finds the linear VMAs of a file in a prio tree, whose order it leaves open:
/// here it is the order in which they were added to the machine.
/// </remarks>
public static class TryToUnmap
{
    /// <summary><see cref="KernelTask.UnmapPhase"/>: no walk is under way.</summary>
    public const int Idle = 0;

    /// <summary><see cref="KernelTask.UnmapPhase"/>: among the VMAs of the anon_vma, or the linear ones of the file.</summary>
    public const int Linear = 1;

    /// <summary><see cref="KernelTask.UnmapPhase"/>: among the clusters of the file's non-linear VMAs.</summary>
    public const int Nonlinear = 2;

    /// <summary>Makes one step of try_to_unmap.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="t">The task: its page, and the locals of the walk.</param>
    /// <param name="self">The task's number + 1.</param>
    /// <param name="ignoreRefs">ignore_refs: whether young entries are removed too.</param>
    /// <returns>Whether the walk goes on; after <see cref="UnmapProgress.Done"/> the result is Success if no mapping is left.</returns>
    /// <exception cref="KernelBugException">The page is not locked; a file page has no mapping; or an entry is in a state the kernel rules out.</exception>
    public static UnmapProgress Step(Machine m, ref KernelTask t, int self, bool ignoreRefs)
    {
        bool begins = t.UnmapPhase == Idle;
        if (begins && Begin(m, ref t, self) is UnmapProgress begun && begun != UnmapProgress.More)
            return begun;
        UnmapProgress progress = t.UnmapPhase == Linear
            ? LinearStep(m, ref t, self, ignoreRefs)
            : TryToUnmapNonlinear.Step(m, ref t, self);
        // A first step that got the walk's lock but not the next one did something: it holds the first.
        return begins && progress == UnmapProgress.Blocked ? UnmapProgress.More : progress;
    }

    /// <summary>Ends the walk: drops its lock and settles the answer.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="t">The task.</param>
    /// <returns><see cref="UnmapProgress.Done"/>.</returns>
    internal static UnmapProgress End(Machine m, ref KernelTask t)
    {
        ref Page p = ref m.Pages[t.Page.Value];
        if (t.UnmapPhase != Idle)
        {
            if (p.IsAnon)
                m.AnonVmas[p.Mapping.AnonVma.Value].Lock = 0;
            else
                m.Mappings[p.Mapping.Mapping.Value].ImmapLock = 0;
            t.UnmapPhase = Idle;
        }
        if (!p.IsMapped)
            t.UnmapResult = (int)SwapResult.Success;
        return UnmapProgress.Done;
    }

    private static UnmapProgress Begin(Machine m, ref KernelTask t, int self)
    {
        ref Page p = ref m.Pages[t.Page.Value];
        if (!p.Has(PageFlags.Locked))
            KernelBugException.Throw(BugCheck.TryToUnmapPageNotLocked, t.Page);
        t.UnmapResult = (int)SwapResult.Again;
        if (p.IsAnon)
        {
            // page_lock_anon_vma() refuses an unmapped page: its anon_vma may be gone.
            if (!p.IsMapped)
                return End(m, ref t);
            ref AnonVma anonVma = ref m.AnonVmas[p.Mapping.AnonVma.Value];
            if (Locks.Busy(anonVma.Lock, self))
                return Wait(ref t, WaitKind.AnonVmaLock, p.Mapping.AnonVma.Value);
            anonVma.Lock = self;
            t.UnmapVma = anonVma.Head;
        }
        else
        {
            if (p.Mapping.IsNull)
                KernelBugException.Throw(BugCheck.TryToUnmapFileNullMapping, t.Page);
            ref AddressSpace mapping = ref m.Mappings[p.Mapping.Mapping.Value];
            if (Locks.Busy(mapping.ImmapLock, self))
                return Wait(ref t, WaitKind.ImmapLock, p.Mapping.Mapping.Value);
            mapping.ImmapLock = self;
            t.UnmapVma = mapping.Immap;
        }
        t.UnmapPhase = Linear;
        return UnmapProgress.More;
    }

    private static UnmapProgress LinearStep(Machine m, ref KernelTask t, int self, bool ignoreRefs)
    {
        ref Page p = ref m.Pages[t.Page.Value];
        bool anon = p.IsAnon;
        int start = t.UnmapVma;
        while (t.UnmapVma >= 0)
        {
            ref VmArea vma = ref m.Vmas[t.UnmapVma];
            int next = anon ? vma.AnonNext : vma.SharedNext;
            int row = Rmap.VmaAddress(vma, p.Index, out ulong address) ? Rmap.PageCheckAddress(m, t.Page, vma.Mm, address) : -1;
            if (row >= 0)
            {
                if (EntryWaits(m, ref t, self, vma, m.Ptes[row], ignoreRefs))
                {
                    t.UnmapVma = start;
                    return UnmapProgress.Blocked;
                }
                SwapResult result = UnmapOne(m, ref t, vma, ref m.Ptes[row], ignoreRefs);
                t.UnmapVma = next;
                t.UnmapResult = (int)result;
                return result == SwapResult.Fail || !p.IsMapped ? End(m, ref t) : UnmapProgress.More;
            }
            t.UnmapVma = next;
        }
        return anon || !TryToUnmapNonlinear.Begin(m, ref t) ? End(m, ref t) : UnmapProgress.More;
    }

    /// <summary>try_to_unmap_one(), once the entry is found.</summary>
    private static SwapResult UnmapOne(Machine m, ref KernelTask t, in VmArea vma, ref Pte entry, bool ignoreRefs)
    {
        if (vma.Has(VmFlags.Locked))
            return SwapResult.Fail;
        bool young = entry.IsYoung;
        entry = entry.MkOld();
        if (young && !ignoreRefs)
            return SwapResult.Fail;
        ref Page p = ref m.Pages[t.Page.Value];
        ref Mm mm = ref m.Mms[vma.Mm.Value];
        Pte pteval = entry;
        entry = Pte.Zero;
        if (pteval.IsDirty)
            Dirty.SetPageDirty(m, t.Page);
        mm.HiwaterRss = Math.Max(mm.HiwaterRss, mm.FileRss + mm.AnonRss);
        if (p.IsAnon)
        {
            if (!p.Has(PageFlags.SwapCache))
                KernelBugException.Throw(BugCheck.TryToUnmapOneNotSwapCache, t.Page);
            SwapFile.SwapDuplicate(m, p.SwapEntry);
            AddToMmlist(m, vma.Mm);
            entry = Pte.Swap(p.SwapEntry);
            mm.AnonRss--;
        }
        else
            mm.FileRss--;
        Rmap.PageRemoveRmap(m, t.Page);
        PageRefs.PutPage(m, t.Page);
        return SwapResult.Again;
    }

    /// <summary>Puts an mm that gets a swap entry right after init_mm on the mmlist, so that swapoff finds it.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="mm">The process.</param>
    internal static void AddToMmlist(Machine m, MmId mm)
    {
        ref Mm row = ref m.Mms[mm.Value];
        if (row.MmlistNext != Mm.NotOnMmlist)
            return;
        row.MmlistNext = m.Globals.MmlistHead;
        m.Globals.MmlistHead = mm.Value;
    }

    /// <summary>Whether the removal of an entry must wait for one of the locks it takes.</summary>
    private static bool EntryWaits(Machine m, ref KernelTask t, int self, in VmArea vma, Pte pte, bool ignoreRefs)
    {
        if (Locks.Busy(m.Mms[vma.Mm.Value].PageTableLock, self))
            return Wait(ref t, WaitKind.PageTableLock, vma.Mm.Value) == UnmapProgress.Blocked;
        if (vma.Has(VmFlags.Locked) || (pte.IsYoung && !ignoreRefs))
            return false;
        if (pte.IsDirty && Locks.WaitsForSetPageDirty(m, ref t, self, t.Page))
            return true;
        if (!m.Pages[t.Page.Value].IsAnon)
            return false;
        if (Locks.WaitsForSwap(m, ref t, self))
            return true;
        bool listed = m.Mms[vma.Mm.Value].MmlistNext != Mm.NotOnMmlist;
        return !listed && Locks.WaitsForMmlist(m, ref t, self);
    }

    private static UnmapProgress Wait(ref KernelTask t, WaitKind kind, int number)
    {
        t.Block(kind, number);
        return UnmapProgress.Blocked;
    }
}
