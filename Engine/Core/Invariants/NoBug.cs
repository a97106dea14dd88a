namespace MigrationConformance.Core;

/// <summary>The machine did not run into a kernel BUG.</summary>
internal static class NoBug
{
    public const string Name = "no kernel BUG";

    public static Violation? Check(Machine m, Survey survey) => m.Bug.Check == BugCheck.None
        ? null
        : new Violation(Name, $"{m.Bug.Check} in {KernelBugChecks.Function(m.Bug.Check)}, task {m.Bug.Task.Value}", m.Bug.Page);
}
