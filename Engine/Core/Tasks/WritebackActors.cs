namespace MigrationConformance.Core;

/// <summary>Where a start of writeback stands.</summary>
internal enum WritebackStep
{
    /// <summary>Looks the next page up by its DIRTY tag.</summary>
    Lookup = 0,

    /// <summary>lock_page.</summary>
    Lock,

    /// <summary>Under the lock: is there something to write? WB_SYNC_ALL waits for a write in flight.</summary>
    Check,

    /// <summary>writepage.</summary>
    Writepage,

    /// <summary>pagevec_release: drains this CPU's LRU pagevecs and drops the lookup's reference.</summary>
    Put,

    /// <summary>wait_on_page_writeback_range: waits, with a reference and without the lock.</summary>
    Wait,
}

/// <summary>writepages of one file, the completion of a write, and the wait for a file's writes.</summary>
/// <remarks>
/// Kernel: fs/mpage.c mpage_writepages(), fs/buffer.c end_buffer_async_write(), mm/filemap.c end_page_writeback(),
/// wait_on_page_writeback_range(). Deviation: a lookup's pagevec holds one page; a start begins at the head of the file; a page
/// without buffers gets none; a write that fails leaves no error in the mapping and does not end the sweep, and who waits for
/// writes does not collect errors.
/// </remarks>
internal static class WritebackActors
{
    public static int Step(Machine m, ref KernelTask t, int self) => (WritebackStep)t.Step switch
    {
        WritebackStep.Lookup => Lookup(m, ref t, self),
        WritebackStep.Lock => Actor.LockWaits(m, ref t) ? Actor.Blocked : (int)WritebackStep.Check,
        WritebackStep.Check => Check(m, ref t, self),
        WritebackStep.Writepage => Writepage(m, ref t, self),
        WritebackStep.Put => Put(m, ref t),
        WritebackStep.Wait => Actor.WritebackWaits(m, ref t, self) ? Actor.Blocked : (int)WritebackStep.Put,
        _ => throw new EngineFault(m, $"a writeback stands at step {t.Step}"),
    };

    private static int Lookup(Machine m, ref KernelTask t, int self)
    {
        ref AddressSpace space = ref m.Mappings[t.Mapping.Value];
        bool waits = t.Kind == TaskKind.WritebackWait;
        // What is in memory only is never written; a wait does not ask.
        if (!waits && (space.Kind != MappingKind.Regular || space.Writepage == WritepageMode.Absent))
            return Actor.Finished;
        if (Locks.WaitsForTree(m, ref t, self, t.Mapping))
            return Actor.Blocked;
        if (!Actor.Lookup(m, ref t, t.Mapping, t.MaxNlCursor, orLater: true, waits ? PagecacheTag.Writeback : PagecacheTag.Dirty))
            return Actor.Finished;
        t.MaxNlCursor = m.Pages[t.Page.Value].Index.Value + 1;
        return (int)(waits ? WritebackStep.Wait : WritebackStep.Lock);
    }

    private static int Check(Machine m, ref KernelTask t, int self)
    {
        ref Page p = ref m.Pages[t.Page.Value];
        bool ours = p.Mapping == MappingPtr.File(t.Mapping);
        if (ours && (t.Local0 & Actor.SyncAll) != 0 && Actor.WritebackWaits(m, ref t, self))
            return Actor.Blocked;
        if (ours && !p.Has(PageFlags.Writeback) && Dirty.ClearPageDirtyForIo(m, t.Page))
            return (int)WritebackStep.Writepage;
        Actor.Unlock(m, ref t);
        return (int)WritebackStep.Put;
    }

    private static int Writepage(Machine m, ref KernelTask t, int self)
    {
        if (Pageout.WritepageWaits(m, ref t, self, t.Mapping))
            return Actor.Blocked;
        // Not through pageout: PG_reclaim is vmscan's.
        if (FileWritepage.Writepage(m, t.Page, t.Mapping) == FileWritepage.AopWritepageActivate)
            PageLock.UnlockPage(m, t.Page);
        t.HoldsPageLock = 0;
        return (int)WritebackStep.Put;
    }

    private static int Put(Machine m, ref KernelTask t)
    {
        Actor.PagevecRelease(m, ref t);
        return (int)WritebackStep.Lookup;
    }

    /// <summary>An interrupt: a write that a task of this machine submitted completes, the first one of the table, if there is one.</summary>
    public static int Complete(Machine m, ref KernelTask t, int self)
    {
        foreach (ref Hold hold in m.Holds.Rows)
        {
            if (hold.Kind != HoldKind.Writeback || hold.Submitted == 0)
                continue;
            if (Locks.WaitsForTree(m, ref t, self, m.Pages[hold.Page.Value].PageMapping))
                return Actor.Blocked;
            Others.EndWriteback(m, hold.Page);
            break;
        }
        return Actor.Finished;
    }
}
