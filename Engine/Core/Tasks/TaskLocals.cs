namespace MigrationConformance.Core;

/// <summary>What the local variables of a task hold: references, locks, and what it wrote or read.</summary>
/// <remarks>
/// One convention for all actors: <see cref="KernelTask.Local1"/> is the number of references the task holds on
/// <see cref="KernelTask.Page"/>, <see cref="KernelTask.Newpage"/> is a page it allocated and still holds,
/// <see cref="KernelTask.Pass"/> is 1 while it has mmap_sem for reading; an mlock has it for writing from its first step on.
/// </remarks>
public static class TaskLocals
{
    /// <summary>References on <see cref="KernelTask.Page"/> that are recorded nowhere else.</summary>
    /// <param name="t">A task, not a migration.</param>
    /// <returns>Their number.</returns>
    public static int References(in KernelTask t) => Reclaims(t)
        ? t.Step is > (int)ReclaimStep.ChoosePage and < (int)ReclaimStep.Finished ? 1 : 0
        : t.Kind is TaskKind.None or TaskKind.Migration ? 0 : t.Local1;

    /// <summary>Whether the task holds the allocation of <see cref="KernelTask.Newpage"/>.</summary>
    /// <param name="t">The task.</param>
    /// <returns>True when it does.</returns>
    public static bool HoldsFreshPage(in KernelTask t) =>
        t.Kind is not (TaskKind.None or TaskKind.Migration) && !Reclaims(t) && !t.Newpage.IsNone;

    /// <summary>Whether the task runs shrink_list.</summary>
    /// <param name="t">The task.</param>
    /// <returns>True for a reclaim and for kswapd.</returns>
    public static bool Reclaims(in KernelTask t) => t.Kind is TaskKind.Reclaim or TaskKind.Kswapd;

    /// <summary>Whether the task is over.</summary>
    /// <param name="t">The task.</param>
    /// <returns>True when Advance would answer <see cref="StepResult.Finished"/>.</returns>
    public static bool IsFinished(in KernelTask t) => t.Kind switch
    {
        TaskKind.None => true,
        TaskKind.Migration => t.Step == (t.Call == 0 ? (int)MigrationStep.Finished : (int)PolicyStep.Finished),
        TaskKind.Reclaim => t.Step == (int)ReclaimStep.Finished,
        _ => t.Step == Actor.Finished,
    };

    /// <summary>Whether the task stands where it holds a page table lock or mmap_sem.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="t">The task.</param>
    /// <param name="kind">Which kind of lock.</param>
    /// <param name="number">Its number.</param>
    /// <returns>True when it does.</returns>
    internal static bool Holds(Machine m, in KernelTask t, WaitKind kind, int number) => kind switch
    {
        WaitKind.PageTableLock => t.Kind == TaskKind.Fork && t.Step == (int)ForkStep.CopyDup && t.Mm.Value == number,
        WaitKind.MmapSem when t.Kind == TaskKind.Migration => PolicyCalls.HoldsForWriting(m, t, new MmId(number)),
        WaitKind.MmapSem when t.Kind == TaskKind.Mlock => t.Mm.Value == number && t.Step is not ((int)FaultStep.SetLocked or Actor.Finished),
        WaitKind.MmapSem => t.Mm.Value == number && t.Step is > 0 and < Actor.Finished
            && t.Kind is TaskKind.Fork or TaskKind.Munmap or TaskKind.Exit or TaskKind.Mremap,
        _ => false,
    };

    /// <summary>Whether the task holds a use of a buffer.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="t">The task.</param>
    /// <param name="row">The buffer's row of <see cref="Machine.Buffers"/>.</param>
    /// <returns>True for a buffer user after get_bh, and for a migration that has locked the buffer or sleeps on it.</returns>
    public static bool HoldsBuffer(Machine m, in KernelTask t, int row) => t.Kind == TaskKind.BufferUser
        ? t.Local0 - 1 == row
        : LocksBuffer(m, t, row) || (t.Kind == TaskKind.Migration && t.Local1 != 0 && t.Local0 - 1 == row);

    /// <summary>Whether the task holds the lock of a buffer.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="t">The task.</param>
    /// <param name="row">The buffer's row of <see cref="Machine.Buffers"/>.</param>
    /// <returns>True for a buffer user between lock_buffer and unlock_buffer, and for a migration that moves the buffer.</returns>
    public static bool LocksBuffer(Machine m, in KernelTask t, int row)
    {
        if (t.Kind == TaskKind.BufferUser)
            return t.Step == (int)BufferStep.UnlockBuffer && t.Local0 - 1 == row;
        if (t.Kind != TaskKind.Migration || t.NrRefs != BufferMigratePage.NrRefs || t.Rc != 0)
            return false;
        // In the order of the ring: while they are locked those before the buffer at work, while they are unlocked the rest.
        bool all = (MigrationStep)t.Step is MigrationStep.MoveBuffers or MigrationStep.SetBufferPages or MigrationStep.SetPagePrivate
            or MigrationStep.CopyContents or MigrationStep.CopyFlags or MigrationStep.TransferDirty or MigrationStep.ClearOldPage or MigrationStep.EndNewPageWriteback;
        bool locks = t.Step == (int)MigrationStep.LockBuffers, unlocks = t.Step == (int)MigrationStep.UnlockBuffers;
        if (!all && !unlocks && (!locks || t.Local0 == 0))
            return false;
        bool held = !unlocks;
        foreach (BhId bh in new BufferRing(m, m.Pages[m.Pages[t.Newpage.Value].Private != 0 ? t.Newpage.Value : t.Page.Value]))
        {
            held = locks ? held && bh.Value != t.Local0 - 1 : held || bh.Value == t.Local0 - 1;
            if (bh.Value == row)
                return held;
        }
        return false;
    }

    /// <summary>Whether a process reads at an address what a task of this machine wrote there.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="mm">The process.</param>
    /// <param name="address">The address, in bytes.</param>
    /// <param name="found">What it reads.</param>
    /// <returns>True when some task wrote that there, or in its parent before a fork.</returns>
    public static bool Wrote(Machine m, MmId mm, ulong address, ulong found)
    {
        foreach (ref KernelTask t in m.Tasks.Rows)
        {
            bool writes = t.Kind is TaskKind.Fault or TaskKind.GetUserPages && (t.Local0 & Actor.Stored) != 0;
            if (writes && t.Mm == mm && t.Address == address && t.Cursor == found)
                return true;
        }
        return false;
    }

    /// <summary>Whether a munmap, an exit or an mremap is taking away an address: its VMA is detached, its entries are not gone yet.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="mm">The process.</param>
    /// <param name="address">The address, in bytes.</param>
    /// <returns>True when one is.</returns>
    public static bool Unmapping(Machine m, MmId mm, ulong address)
    {
        foreach (ref VmArea vma in m.Vmas.Rows)
        {
            if (vma.InUse == VmArea.Detached && vma.Mm == mm && vma.Start <= address && address < vma.End)
                return true;
        }
        return false;
    }

    /// <summary>Where memory is now that a process had at an address.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="mm">The process.</param>
    /// <param name="address">The address, in bytes.</param>
    /// <returns>Another address after an mremap; else the same.</returns>
    public static ulong Moved(Machine m, MmId mm, ulong address)
    {
        foreach (ref KernelTask t in m.Tasks.Rows)
        {
            if (t.Kind == TaskKind.Mremap && t.Mm == mm && t.MaxNlSize != 0 && t.Step == Actor.Finished && t.MaxNlCursor <= address && address < t.Cursor)
                return t.MaxNlSize + (address - t.MaxNlCursor);
        }
        return address;
    }

    /// <summary>Whether a task of the machine cuts the tail off a page of a file, of which the model has one value only.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="mapping">The file.</param>
    /// <returns>True when one does or did.</returns>
    public static bool Cuts(Machine m, MappingId mapping)
    {
        foreach (ref KernelTask t in m.Tasks.Rows)
        {
            if (t.Kind == TaskKind.Truncate && (t.Local0 & Actor.Partial) != 0 && t.Mapping == mapping)
                return true;
        }
        return false;
    }

    /// <summary>Whether a task of the machine throws a file's unwritten data away, as its caller asked.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="mapping">The file.</param>
    /// <returns>True for the file of an invalidate_inode_pages2.</returns>
    public static bool Discards(Machine m, MappingId mapping)
    {
        foreach (ref KernelTask t in m.Tasks.Rows)
        {
            if (t.Kind == TaskKind.InvalidateInodePages2 && t.Mapping == mapping)
                return true;
        }
        return false;
    }

    /// <summary>Whether a task of the machine invalidates a file, in either way.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="mapping">The file.</param>
    /// <returns>True when one does or did.</returns>
    public static bool Invalidates(Machine m, MappingId mapping)
    {
        foreach (ref KernelTask t in m.Tasks.Rows)
        {
            if (t.Kind is TaskKind.InvalidateInodePages2 or TaskKind.InvalidateMappingPages && t.Mapping == mapping)
                return true;
        }
        return false;
    }

    /// <summary>What a reader of a file has read.</summary>
    /// <param name="t">The task.</param>
    /// <param name="mapping">The file.</param>
    /// <param name="index">The offset, in pages.</param>
    /// <param name="found">What it read.</param>
    /// <returns>False when it has read nothing.</returns>
    public static bool HasRead(in KernelTask t, out MappingId mapping, out ulong index, out ulong found)
    {
        (mapping, index, found) = (t.Mapping, t.Address, t.Cursor);
        return t.Kind is TaskKind.FindGetPage or TaskKind.FindLockPage && (t.Local0 & Actor.HasRead) != 0;
    }
}
