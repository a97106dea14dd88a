using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>The intervals of one attempt, as the matrix of actors numbers them.</summary>
internal enum Interval
{
    /// <summary>Before step 1: the page is isolated and unlocked.</summary>
    I0,

    /// <summary>From step 1 to the test before step 5: the page is locked, its entries are there.</summary>
    I1,

    /// <summary>Within step 5.</summary>
    I2,

    /// <summary>Between steps 5 and 6: unmapped, and still in the tree.</summary>
    I3,

    /// <summary>Steps 6 to 13, under the tree lock.</summary>
    I4,

    /// <summary>From step 13 to 15: the tree has the new page, which is not uptodate.</summary>
    I5,

    /// <summary>From step 15 to 19.</summary>
    I6,

    /// <summary>Between steps 19 and 20.</summary>
    I7,

    /// <summary>After step 20.</summary>
    I8,
}

/// <summary>Notes what a run sees, each thing once: which actors step in before which step of the migration, who waits for what, and how attempts end.</summary>
internal readonly struct Struck(SortedSet<string> taken) : IStepper
{
    /// <summary>What was seen.</summary>
    public SortedSet<string> Seen { get; } = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public StepResult Advance(Machine m, TaskId task)
    {
        KernelTask t = m.Tasks[task.Value];
        string step = Tasks.StepName(t);
        Interval? interval = IntervalOf(m, m.Tasks[0]);
        StepResult result = Tasks.Advance(m, task);
        if (result == StepResult.Blocked)
            Seen.Add($"waits: {m.Tasks[task.Value].WaitsFor}");
        if (result is StepResult.Ran or StepResult.Blocked && t.Kind != TaskKind.Migration && interval is not null)
            Seen.Add($"meets {interval}: {t.Kind}");
        if (result != StepResult.Ran)
            return result;
        if (t.Kind == TaskKind.Migration)
        {
            Migrated(m.Tasks[task.Value], t, task.Value > 0 ? " of the second migration" : "");
            return result;
        }
        taken.Add($"{EnumOf(t)}.{step}");
        if (interval is not null)
        {
            Seen.Add($"struck in {interval}");
            if (GoesWell(m.Tasks[0]))
                Seen.Add($"struck before {(MigrationStep)m.Tasks[0].Step}");
        }
        return result;
    }

    private void Migrated(in KernelTask now, in KernelTask before, string whose)
    {
        if (before.Step == (int)MigrationStep.FinishPage)
        {
            bool moved = now.Reason == BackOutReason.None;
            Seen.Add(moved ? $"outcome{whose}: moved" : whose.Length > 0 ? $"outcome{whose}: not moved" : $"reason: {now.Reason}");
        }
        else if (before.Step == (int)MigrationStep.ChoosePage && now.Reason == BackOutReason.ToEmpty)
            Seen.Add("reason: ToEmpty");
    }

    // Where the attempt of the first migration stands; null when it backs out, or swaps out instead.
    private static Interval? IntervalOf(Machine m, in KernelTask t) => (MigrationStep)t.Step switch
    {
        MigrationStep.Begin or MigrationStep.BeginPass or MigrationStep.ChoosePage or MigrationStep.FinishPass or MigrationStep.Finished =>
            PageList.IsEmpty(m, t.Moved) ? Interval.I0 : Interval.I8,
        MigrationStep.LockPage => Interval.I0,
        MigrationStep.WaitOnWriteback or MigrationStep.AddToSwap or MigrationStep.AddToSwapCache or MigrationStep.PrepareNewPage or MigrationStep.CheckPageMapping
            or MigrationStep.Pageout or MigrationStep.Writepage or MigrationStep.ReleaseBuffers or MigrationStep.CheckReferences => Interval.I1,
        MigrationStep.TryToUnmap => Interval.I2,
        MigrationStep.CheckUnmapped or MigrationStep.TakeTreeLock => Interval.I3,
        MigrationStep.CheckMapping or MigrationStep.CheckCount or MigrationStep.CheckSlot or MigrationStep.EstablishNewPage or MigrationStep.SwitchSlot
            or MigrationStep.DropTreeReference or MigrationStep.DropTreeLock => Interval.I4,
        MigrationStep.CopyContents or MigrationStep.CopyFlags => Interval.I5,
        MigrationStep.TransferDirty or MigrationStep.ClearOldPage or MigrationStep.EndNewPageWriteback or MigrationStep.RemoveFromSwap => Interval.I6,
        MigrationStep.DropLocks when GoesWell(t) => Interval.I6,
        MigrationStep.MoveToLru => Interval.I7,
        MigrationStep.FinishPage when GoesWell(t) => Interval.I8,
        _ => null,
    };

    private static bool GoesWell(in KernelTask t) => t.Rc == 0 && t.Reason == BackOutReason.None;

    private static string EnumOf(in KernelTask t) => t.Kind switch
    {
        TaskKind.Fault or TaskKind.GetUserPages or TaskKind.Mlock => "FaultStep",
        TaskKind.FindGetPage or TaskKind.FindLockPage => "ReaderStep",
        TaskKind.Truncate or TaskKind.InvalidateMappingPages or TaskKind.InvalidateInodePages2 => "TruncateStep",
        TaskKind.WritebackStart or TaskKind.WritebackWait => "WritebackStep",
        TaskKind.Munmap or TaskKind.Exit => "MunmapStep",
        TaskKind.Kswapd => t.Step >= 100 ? "KswapdStep" : "ReclaimStep",
        TaskKind.BufferUser => "BufferStep",
        _ => $"{t.Kind}Step",
    };
}
