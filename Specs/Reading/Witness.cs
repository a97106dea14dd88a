namespace MigrationConformance.Specs;

/// <summary>What the running spec really saw: the steps that its migrations made, and why pages backed out.</summary>
/// <remarks>Why: an attribute that ties a spec to a step or a reason must be true; it asks here after the spec.</remarks>
internal static class Witness
{
    [ThreadStatic]
    private static HashSet<MigrationStep>? steps;

    [ThreadStatic]
    private static HashSet<BackOutReason>? reasons;

    public static IReadOnlySet<BackOutReason> Reasons => reasons ??= [];

    public static IReadOnlySet<MigrationStep> Steps => steps ??= [];

    /// <summary>A step was made, at a level that has it. What the task notes of the locks it holds must be right between pages.</summary>
    public static void Saw(MigrationStep step, Machine m, in KernelTask t)
    {
        BackOutReason reason = t.Reason;
        Assert.That(m.Globals.Patch, Is.GreaterThanOrEqualTo(LevelTable.FirstOf(step)), $"{step} is made below the level that brings it");
        Assert.That(m.Globals.Patch, Is.GreaterThanOrEqualTo(LevelTable.FirstOf(reason)), $"a page leaves for {reason} below the level that brings it");
        if ((MigrationStep)t.Step is MigrationStep.FinishPage or MigrationStep.ChoosePage or MigrationStep.BeginPass)
            Assert.That((t.HoldsPageLock, t.HoldsNewpageLock), Is.EqualTo((0, 0)), $"page locks that the task says it holds after {step}");
        if ((MigrationStep)t.Step is MigrationStep.CheckPageMapping or MigrationStep.CheckReferences or MigrationStep.TakeTreeLock or MigrationStep.CopyContents)
            Assert.That((t.HoldsPageLock, t.HoldsNewpageLock), Is.EqualTo((1, 1)), $"page locks that the task says it holds after {step}");
        (steps ??= []).Add(step);
        (reasons ??= []).Add(reason);
    }

    public static void Forget()
    {
        steps?.Clear();
        reasons?.Clear();
    }
}
