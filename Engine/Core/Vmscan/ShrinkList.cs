namespace MigrationConformance.Core;

/// <summary>shrink_list: reclaims the pages of a private list, as a task that makes one atomic step a call.</summary>
/// <remarks>
/// Kernel: mm/vmscan.c shrink_list(). The patch changes none of its decisions: it only hands ignore_refs 0 to
/// try_to_unmap. Pages that stay go to the head of the list <see cref="KernelTask.Moved"/> (ret_pages); freed ones
/// are released at once, where the kernel gathers them in a pagevec first. Locals of the task:
/// <see cref="KernelTask.Local0"/> is the <see cref="ScanControl"/>, <see cref="KernelTask.Local1"/> nr_scanned,
/// <see cref="KernelTask.Rc"/> referenced, <see cref="KernelTask.Result"/> nr_reclaimed.
/// </remarks>
public static class ShrinkList
{
    /// <summary>Makes a task that stands before the first step of shrink_list.</summary>
    /// <param name="pageList">The pages, isolated with one reference each; taken from the tail.</param>
    /// <param name="retPages">Receives the pages that stay.</param>
    /// <param name="scanControl">What is allowed.</param>
    /// <param name="cpu">The CPU it runs on.</param>
    /// <returns>The row to add to the machine's tasks.</returns>
    public static KernelTask NewTask(ListId pageList, ListId retPages, ScanControl scanControl, int cpu = 0) =>
        KernelTask.New(TaskKind.Reclaim, cpu) with
        {
            Step = (int)ReclaimStep.ChoosePage,
            From = pageList,
            Moved = retPages,
            Local0 = (int)scanControl,
        };

    /// <summary>Makes one step.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="task">The task.</param>
    /// <returns>What happened. Only Ran and Bug change the machine, but for what the task waits for.</returns>
    public static StepResult Advance(Machine m, TaskId task)
    {
        ref KernelTask t = ref m.Tasks[task.Value];
        if (m.Bug.Check != BugCheck.None)
            return StepResult.Bug;
        if (t.Step == (int)ReclaimStep.Finished)
            return StepResult.Finished;
        t.WaitsFor = WaitKind.None;
        try
        {
            if (Step(m, ref t, task.Value + 1) is not ReclaimStep next)
                return StepResult.Blocked;
            t.Step = (int)next;
            return StepResult.Ran;
        }
        catch (KernelBugException bug)
        {
            m.NoteBug(bug, task);
            return StepResult.Bug;
        }
    }

    private static ReclaimStep? Step(Machine m, ref KernelTask t, int self) => (ReclaimStep)t.Step switch
    {
        ReclaimStep.ChoosePage => ChoosePage(m, ref t, self),
        ReclaimStep.AddToSwap => AddToSwap(m, ref t, self),
        ReclaimStep.AddToSwapCache => AddToSwapCache(m, ref t, self),
        ReclaimStep.TryToUnmap => Unmap(m, ref t, self),
        ReclaimStep.Pageout => StartPageout(m, ref t),
        ReclaimStep.Writepage => Writepage(m, ref t, self),
        ReclaimStep.HandleWriteError => HandleWriteError(m, ref t),
        ReclaimStep.Relock => Relock(m, ref t),
        ReclaimStep.ReleaseBuffers => ReleaseBuffers(m, ref t, self),
        ReclaimStep.RemoveMapping => RemoveMapping(m, ref t, self),
        _ => throw new EngineFault(m, $"a reclaim stands at step {t.Step}"),
    };

    private static bool May(in KernelTask t, ScanControl what) => ((ScanControl)t.Local0 & what) != 0;

    private static ReclaimStep? ChoosePage(Machine m, ref KernelTask t, int self)
    {
        t.Page = PageList.Last(m, t.From);
        if (t.Page.IsNone)
            return ReclaimStep.Finished;
        if (ReferencedWaits(m, ref t, self))
            return null;
        PageList.Del(m, t.Page);
        if (!PageLock.TryLock(m, t.Page))
            return Keep(m, ref t);
        t.HoldsPageLock = 1;
        ref Page p = ref m.Pages[t.Page.Value];
        if (p.Has(PageFlags.Active))
            KernelBugException.Throw(BugCheck.ShrinkListPageActive, t.Page);
        t.Local1 += p.IsMapped || p.Has(PageFlags.SwapCache) ? 2 : 1;
        if (p.Has(PageFlags.Writeback))
            return KeepLocked(m, ref t);
        t.Rc = PageReferenced.Count(m, t.Page, isLocked: true);
        if (t.Rc != 0 && PageMappingInuse(m, p))
            return ActivateLocked(m, ref t);
        if (!p.IsAnon || p.Has(PageFlags.SwapCache))
            return AfterSwap(m, ref t);
        return May(t, ScanControl.MaySwap) ? ReclaimStep.AddToSwap : KeepLocked(m, ref t);
    }

    /// <summary>page_referenced takes the lock of the page's rmap inside the step.</summary>
    private static bool ReferencedWaits(Machine m, ref KernelTask t, int self)
    {
        ref Page p = ref m.Pages[t.Page.Value];
        if (p.Has(PageFlags.Locked) || !p.IsMapped || p.Mapping.IsNull)
            return false;
        bool busy = p.IsAnon
            ? Locks.Busy(m.AnonVmas[p.Mapping.AnonVma.Value].Lock, self)
            : Locks.Busy(m.Mappings[p.Mapping.Mapping.Value].ImmapLock, self);
        if (busy)
            t.Block(p.IsAnon ? WaitKind.AnonVmaLock : WaitKind.ImmapLock, p.IsAnon ? p.Mapping.AnonVma.Value : p.Mapping.Mapping.Value);
        return busy;
    }

    /// <summary>page_mapping_inuse(): mapped, in the swap cache, or of a file that somebody maps.</summary>
    private static bool PageMappingInuse(Machine m, in Page p)
    {
        if (p.IsMapped || p.Has(PageFlags.SwapCache))
            return true;
        MappingId mapping = p.PageMapping;
        return !mapping.IsNone && (m.Mappings[mapping.Value].Immap >= 0 || m.Mappings[mapping.Value].ImmapNonlinear >= 0);
    }

    private static ReclaimStep? AddToSwap(Machine m, ref KernelTask t, int self)
    {
        if (Locks.WaitsForSwap(m, ref t, self))
            return null;
        t.Entry = SwapFile.GetSwapPage(m);
        return t.Entry.IsNone ? ActivateLocked(m, ref t) : ReclaimStep.AddToSwapCache;
    }

    private static ReclaimStep? AddToSwapCache(Machine m, ref KernelTask t, int self)
    {
        if (SwapState.AddToSwapCacheWaits(m, ref t, self))
            return null;
        int error = SwapState.AddToSwapWithSlot(m, t.Page, t.Entry);
        t.Entry = default;
        if (error == -Errno.EEXIST)
            return ReclaimStep.AddToSwap;
        if (error != 0)
            return ActivateLocked(m, ref t);
        return AfterSwap(m, ref t);
    }

    private static ReclaimStep? AfterSwap(Machine m, ref KernelTask t)
    {
        ref Page p = ref m.Pages[t.Page.Value];
        t.Mapping = p.PageMapping;
        if (!p.IsMapped || t.Mapping.IsNone)
            return AfterUnmap(m, ref t);
        return May(t, ScanControl.MaySwap) ? ReclaimStep.TryToUnmap : KeepLocked(m, ref t);
    }

    private static ReclaimStep? Unmap(Machine m, ref KernelTask t, int self)
    {
        switch (TryToUnmap.Step(m, ref t, self, ignoreRefs: false))
        {
            case UnmapProgress.Blocked:
                return null;
            case UnmapProgress.More:
                return ReclaimStep.TryToUnmap;
        }
        return (SwapResult)t.UnmapResult switch
        {
            SwapResult.Fail => ActivateLocked(m, ref t),
            SwapResult.Again => KeepLocked(m, ref t),
            _ => AfterUnmap(m, ref t),
        };
    }

    /// <summary>A dirty page is written only if it was not referenced and the caller allows it.</summary>
    private static ReclaimStep? AfterUnmap(Machine m, ref KernelTask t)
    {
        ref Page p = ref m.Pages[t.Page.Value];
        if (!p.Has(PageFlags.Dirty))
            return AfterPageout(p);
        bool mayEnterFs = May(t, ScanControl.GfpFs) || (p.Has(PageFlags.SwapCache) && May(t, ScanControl.GfpIo));
        bool write = t.Rc == 0 && mayEnterFs && May(t, ScanControl.MayWritepage);
        return write ? ReclaimStep.Pageout : KeepLocked(m, ref t);
    }

    private static ReclaimStep? StartPageout(Machine m, ref KernelTask t) => Pageout.Start(m, t.Page, t.Mapping) switch
    {
        PageoutStart.NotFreeable or PageoutStart.NoMapping => KeepLocked(m, ref t),
        PageoutStart.NoWritepage => ActivateLocked(m, ref t),
        PageoutStart.Write => ReclaimStep.Writepage,
        _ => AfterPageout(m.Pages[t.Page.Value]),
    };

    private static ReclaimStep? Writepage(Machine m, ref KernelTask t, int self)
    {
        if (Pageout.WritepageWaits(m, ref t, self, t.Mapping))
            return null;
        int result = Pageout.Writepage(m, t.Page, t.Mapping);
        if (result < 0)
        {
            t.HoldsPageLock = 0;
            return ReclaimStep.HandleWriteError;
        }
        if (Pageout.AfterWritepage(m, t.Page, result))
            return ActivateLocked(m, ref t);
        t.HoldsPageLock = 0;
        return AfterSuccess(m, ref t);
    }

    private static ReclaimStep? HandleWriteError(Machine m, ref KernelTask t)
    {
        if (!Pageout.HandleWriteError(m, t.Page, t.Mapping, -Errno.EIO))
        {
            t.Block(WaitKind.PageLock, t.Page.Value);
            return null;
        }
        Pageout.AfterWritepage(m, t.Page, 0);
        return AfterSuccess(m, ref t);
    }

    private static ReclaimStep? AfterSuccess(Machine m, ref KernelTask t) =>
        m.Pages[t.Page.Value].Has(PageFlags.Writeback | PageFlags.Dirty) ? Keep(m, ref t) : ReclaimStep.Relock;

    private static ReclaimStep? Relock(Machine m, ref KernelTask t)
    {
        if (!PageLock.TryLock(m, t.Page))
            return Keep(m, ref t);
        t.HoldsPageLock = 1;
        ref Page p = ref m.Pages[t.Page.Value];
        if (p.Has(PageFlags.Dirty | PageFlags.Writeback))
            return KeepLocked(m, ref t);
        t.Mapping = p.PageMapping;
        return AfterPageout(p);
    }

    private static ReclaimStep AfterPageout(in Page p) =>
        p.Has(PageFlags.Private) ? ReclaimStep.ReleaseBuffers : ReclaimStep.RemoveMapping;

    private static ReclaimStep? ReleaseBuffers(Machine m, ref KernelTask t, int self)
    {
        if (Buffers.ReleaseWaits(m, ref t, self))
            return null;
        if (!Buffers.TryToReleasePage(m, t.Page))
            return ActivateLocked(m, ref t);
        bool last = t.Mapping.IsNone && m.Pages[t.Page.Value].Count == 1;
        return last ? FreeIt(m, ref t) : ReclaimStep.RemoveMapping;
    }

    private static ReclaimStep? RemoveMapping(Machine m, ref KernelTask t, int self)
    {
        if (Pageout.RemoveMappingWaits(m, ref t, self))
            return null;
        return Pageout.RemoveMapping(m, t.Mapping, t.Page) == BackOutReason.None ? FreeIt(m, ref t) : KeepLocked(m, ref t);
    }

    private static ReclaimStep FreeIt(Machine m, ref KernelTask t)
    {
        PageLock.UnlockPage(m, t.Page);
        t.HoldsPageLock = 0;
        t.Result++;
        PageRefs.PutPage(m, t.Page);
        return ReclaimStep.ChoosePage;
    }

    private static ReclaimStep ActivateLocked(Machine m, ref KernelTask t)
    {
        m.Pages[t.Page.Value].Set(PageFlags.Active);
        return KeepLocked(m, ref t);
    }

    private static ReclaimStep KeepLocked(Machine m, ref KernelTask t)
    {
        PageLock.UnlockPage(m, t.Page);
        t.HoldsPageLock = 0;
        return Keep(m, ref t);
    }

    private static ReclaimStep Keep(Machine m, ref KernelTask t)
    {
        PageList.Add(m, t.Page, t.Moved);
        return ReclaimStep.ChoosePage;
    }
}
