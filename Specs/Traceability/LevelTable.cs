using System.Globalization;

namespace MigrationConformance.Specs;

/// <summary>The first patch level at which a step, a way out or a function exists. What stands here is checked: <see cref="Witness"/> refuses a spec that sees one below it.</summary>
internal static class LevelTable
{
    // Steps of the direct way, which begins with the patch itself; what is not named is as old as migrate_pages.
    private static readonly Dictionary<MigrationStep, PatchLevel> Steps = new()
    {
        [MigrationStep.CheckPageMapping] = PatchLevel.V9,
        [MigrationStep.Pageout] = PatchLevel.V9,
        [MigrationStep.ReleaseBuffers] = PatchLevel.V9,
        [MigrationStep.SwapFallback] = PatchLevel.V9,
        [MigrationStep.CheckReferences] = PatchLevel.V9,
        [MigrationStep.CheckUnmapped] = PatchLevel.V9,
        [MigrationStep.TransferDirty] = PatchLevel.V9,
        [MigrationStep.RestoreEntries] = PatchLevel.RemoveFromSwap,
        [MigrationStep.DeleteFromSwapCache] = PatchLevel.RemoveFromSwap,
        [MigrationStep.Migratepage] = PatchLevel.MigratepageMethod,
        [MigrationStep.LockBuffers] = PatchLevel.MigratepageMethod,
        [MigrationStep.MoveBuffers] = PatchLevel.MigratepageMethod,
        [MigrationStep.SetBufferPages] = PatchLevel.MigratepageMethod,
        [MigrationStep.SetPagePrivate] = PatchLevel.MigratepageMethod,
        [MigrationStep.UnlockBuffers] = PatchLevel.MigratepageMethod,
        [MigrationStep.UnmapBeforeWriting] = PatchLevel.UnmappedBeforeWritten,
        [MigrationStep.CheckUnmappedBeforeWriting] = PatchLevel.UnmappedBeforeWritten,
    };

    private static readonly Dictionary<BackOutReason, PatchLevel> Reasons = new()
    {
        [BackOutReason.ToEmpty] = PatchLevel.V9,
        [BackOutReason.NoMapping] = PatchLevel.V9,
        [BackOutReason.PageoutNotFreeable] = PatchLevel.V9,
        [BackOutReason.PageoutNoWritepage] = PatchLevel.V9,
        [BackOutReason.PageoutActivate] = PatchLevel.V9,
        [BackOutReason.PageoutSuccess] = PatchLevel.V9,
        [BackOutReason.BuffersBusy] = PatchLevel.V9,
        [BackOutReason.MappingGoneBeforeUnmap] = PatchLevel.V9,
        [BackOutReason.ReferencesBeforeUnmap] = PatchLevel.V9,
        [BackOutReason.StillMapped] = PatchLevel.V9,
        [BackOutReason.ReferencesRemain] = PatchLevel.V9,
        [BackOutReason.SlotChanged] = PatchLevel.V9,
        [BackOutReason.MappingGone] = PatchLevel.V9,
        [BackOutReason.MigratepageFails] = PatchLevel.MigratepageMethod,
        [BackOutReason.BufferMigrateNoMapping] = PatchLevel.MigratepageMethod,
        [BackOutReason.VmLocked] = PatchLevel.MlockedFails,
        [BackOutReason.VmLockedBeforeWriting] = PatchLevel.UnmappedBeforeWritten,
        [BackOutReason.StillMappedBeforeWriting] = PatchLevel.UnmappedBeforeWritten,
    };

    private static readonly Dictionary<string, PatchLevel> FunctionsOf = new(StringComparer.Ordinal)
    {
        ["migrate_page"] = PatchLevel.V9,
        ["migrate_page_copy"] = PatchLevel.V9,
        ["migrate_page_remove_references"] = PatchLevel.V9,
        ["remove_from_swap"] = PatchLevel.RemoveFromSwap,
        ["remove_vma_swap"] = PatchLevel.RemoveFromSwap,
        ["migrate_pages_to"] = PatchLevel.PolicyLayer,
        ["buffer_migrate_page"] = PatchLevel.MigratepageMethod,
        ["fail_migrate_page"] = PatchLevel.MigratepageMethod,
    };

    /// <summary>The first level at which the engine makes a step. Step 18 is made from the patch on, and is empty at first.</summary>
    public static PatchLevel FirstOf(MigrationStep step) => Steps.TryGetValue(step, out PatchLevel level) ? level
        : step is >= MigrationStep.PrepareNewPage and <= MigrationStep.MoveToLru ? PatchLevel.V9 : PatchLevel.Before;

    /// <summary>The first level at which a page can leave for a reason.</summary>
    public static PatchLevel FirstOf(BackOutReason reason) => Reasons.GetValueOrDefault(reason);

    /// <summary>Names in the table that are no function of the engine.</summary>
    public static IEnumerable<string> Unknown => FunctionsOf.Keys.Where(function => !Traceability.Functions.ContainsKey(function));

    public static string OfStep(string step) => step switch
    {
        "B18" => $"{Text(PatchLevel.RemoveFromSwap)}, with effect {Text(PatchLevel.EntriesRestored)}",
        "A2" => Text(PatchLevel.V9),
        ['B', ..] => Text(FirstOf((MigrationStep)int.Parse(step[1..], CultureInfo.InvariantCulture))),
        _ => Text(PatchLevel.Before),
    };

    public static string OfReason(string reason) => Text(FirstOf(Enum.Parse<BackOutReason>(reason)));

    public static string OfFunction(string function) => Text(FunctionsOf.GetValueOrDefault(function));

    private static string Text(PatchLevel level) => level == PatchLevel.Before ? "all" : $"from `{PatchSet.Word(level)}`";
}
