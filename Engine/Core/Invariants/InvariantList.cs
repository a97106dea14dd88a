namespace MigrationConformance.Core;

/// <summary>All invariants, in the order in which they are checked: the sharpest first, so that a defect is told by its own rule.</summary>
public static class InvariantList
{
    private static readonly (string Name, InvariantCheck Check)[] Checks =
    [
        (NoBug.Name, NoBug.Check),
        (EachPageOnOneList.Name, EachPageOnOneList.Check),
        (PageLocksHaveOwners.Name, PageLocksHaveOwners.Check),
        (NobodySleepsUnderASpinLock.Name, NobodySleepsUnderASpinLock.Check),
        (LocksAreTakenInOrder.Name, LocksAreTakenInOrder.Check),
        (SpinLocksHaveOwners.Name, SpinLocksHaveOwners.Check),
        (TreesAreWellFormed.Name, TreesAreWellFormed.Check),
        (SlotsAndPagesAgree.Name, SlotsAndPagesAgree.Check),
        (OldPagesAreEmpty.Name, OldPagesAreEmpty.Check),
        (PageCountIsItsHolders.Name, PageCountIsItsHolders.Check),
        (TasksHoldWhatTheyWorkOn.Name, TasksHoldWhatTheyWorkOn.Check),
        (TasksThatAreOverHoldNothing.Name, TasksThatAreOverHoldNothing.Check),
        (MapcountIsItsEntries.Name, MapcountIsItsEntries.Check),
        (SwapMapIsItsUsers.Name, SwapMapIsItsUsers.Check),
        (FreeSwapIsCounted.Name, FreeSwapIsCounted.Check),
        (TagsAgree.Name, TagsAgree.Check),
        (BuffersBelongToTheirPage.Name, BuffersBelongToTheirPage.Check),
        (BufferCountsAreTheirUsers.Name, BufferCountsAreTheirUsers.Check),
        (BufferLocksHaveOwners.Name, BufferLocksHaveOwners.Check),
        (RmapFindsEveryEntry.Name, RmapFindsEveryEntry.Check),
        (SharedMemoryIsReadOnly.Name, SharedMemoryIsReadOnly.Check),
        (RssIsPresentEntries.Name, RssIsPresentEntries.Check),
        (CountersAreSums.Name, CountersAreSums.Check),
        (MmlistKnowsSwappedProcesses.Name, MmlistKnowsSwappedProcesses.Check),
        (NewPagesAreUntouched.Name, NewPagesAreUntouched.Check),
        (NewPagesCarryTheState.Name, NewPagesCarryTheState.Check),
        (ListsPartitionTheInput.Name, ListsPartitionTheInput.Check),
        (ToIsUsedOnlyByMigrations.Name, ToIsUsedOnlyByMigrations.Check),
        (MovedPagesAreAtRest.Name, MovedPagesAreAtRest.Check),
        (ResultCountsTheRest.Name, ResultCountsTheRest.Check),
        (CallsLeaveNoPageBehind.Name, CallsLeaveNoPageBehind.Check),
        (FreedPagesAreUnreferenced.Name, FreedPagesAreUnreferenced.Check),
        (ReadersReadTheirData.Name, ReadersReadTheirData.Check),
        (NoDataLost.Name, NoDataLost.Check),
        (DirtyIsNotLost.Name, DirtyIsNotLost.Check),
    ];

    /// <summary>Names and functions.</summary>
    public static ReadOnlySpan<(string Name, InvariantCheck Check)> All => Checks;

    /// <summary>Checks every invariant.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="survey">How the run began; it counts the machine first.</param>
    /// <returns>The first violation, or null when all hold.</returns>
    public static Violation? Check(Machine m, Survey survey)
    {
        if (m.Bug.Check != BugCheck.None)
            return NoBug.Check(m, survey);
        survey.Take(m);
        foreach ((_, InvariantCheck check) in Checks)
        {
            if (check(m, survey) is { } violation)
                return violation;
        }
        return null;
    }
}
