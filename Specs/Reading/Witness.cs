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

    public static void Saw(MigrationStep step, BackOutReason reason)
    {
        (steps ??= []).Add(step);
        (reasons ??= []).Add(reason);
    }

    public static void Forget()
    {
        steps?.Clear();
        reasons?.Clear();
    }
}
