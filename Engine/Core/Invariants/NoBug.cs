namespace MigrationConformance.Core;

/// <summary>The machine did not run into a kernel BUG.</summary>
public static class NoBug
{
    internal const string Name = "no kernel BUG";

    /// <summary>
    /// Whether a machine stands at the patch's latent crash: try_to_unmap of a swap cache page without mapping, as tmpfs and
    /// readahead leave it. The code has it, and legal states run into it.
    /// </summary>
    /// <param name="m">The machine.</param>
    /// <returns>False for any other BUG, and without one.</returns>
    /// <remarks>Kernel: mm/rmap.c try_to_unmap_file()</remarks>
    public static bool IsKnown(Machine m) =>
        m.Bug.Check == BugCheck.TryToUnmapFileNullMapping
        && m.Pages[m.Bug.Page.Value].Mapping.IsNull && m.Pages[m.Bug.Page.Value].Has(PageFlags.SwapCache);

    internal static Violation? Check(Machine m, Survey survey) => m.Bug.Check == BugCheck.None
        ? null
        : new Violation(Name, $"{m.Bug.Check} in {KernelBugChecks.Function(m.Bug.Check)}, task {m.Bug.Task.Value}", m.Bug.Page);
}
