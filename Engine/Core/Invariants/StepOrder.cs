namespace MigrationConformance.Core;

/// <summary>The steps of one page's migration in the order in which they are made, by whichever method: what an invariant allows depends on how far it is.</summary>
internal static class StepOrder
{
    private static readonly MigrationStep[] Order =
    [
        MigrationStep.CheckMapping, MigrationStep.CheckCount, MigrationStep.CheckSlot, MigrationStep.EstablishNewPage, MigrationStep.SwitchSlot,
        MigrationStep.DropTreeReference, MigrationStep.DropTreeLock, MigrationStep.LockBuffers, MigrationStep.MoveBuffers, MigrationStep.SetBufferPages,
        MigrationStep.SetPagePrivate, MigrationStep.CopyContents, MigrationStep.CopyFlags, MigrationStep.TransferDirty, MigrationStep.ClearOldPage,
        MigrationStep.EndNewPageWriteback, MigrationStep.RemoveFromSwap, MigrationStep.RestoreEntries,
        MigrationStep.DeleteFromSwapCache, MigrationStep.UnlockBuffers, MigrationStep.DropLocks, MigrationStep.MoveToLru, MigrationStep.FinishPage,
    ];

    private static readonly int[] Places = Make();

    /// <summary>Whether a task is a migration whose next step is one of those from one to another, both included.</summary>
    /// <param name="t">The task.</param>
    /// <param name="first">The first of the steps.</param>
    /// <param name="last">The last of the steps.</param>
    /// <returns>True when it is. A page that backs out comes by <see cref="MigrationStep.DropLocks"/> too.</returns>
    public static bool IsBetween(in KernelTask t, MigrationStep first, MigrationStep last)
    {
        if (t.Kind != TaskKind.Migration || t.Step >= Places.Length)
            return false;
        int place = Places[t.Step];
        return place >= Places[(int)first] && place <= Places[(int)last];
    }

    /// <summary>Whether a task is a migration that makes this step next.</summary>
    /// <param name="t">The task.</param>
    /// <param name="step">The step.</param>
    /// <returns>True when it is.</returns>
    public static bool IsAt(in KernelTask t, MigrationStep step) => t.Kind == TaskKind.Migration && t.Step == (int)step;

    private static int[] Make()
    {
        int[] places = new int[(int)Enum.GetValues<MigrationStep>()[^1] + 1];
        Array.Fill(places, -1);
        for (int place = 0; place < Order.Length; place++)
            places[(int)Order[place]] = place;
        return places;
    }
}
