namespace MigrationConformance.Core;

/// <summary>What became of a page of <c>from</c>.</summary>
public enum PageFate : byte
{
    /// <summary>It was never attempted: <c>to</c> ran empty before it, there was no memory for a new page, or the run stopped.</summary>
    NotReached,

    /// <summary>isolate_lru_page() answered 0, so it never came onto <c>from</c>.</summary>
    NotIsolated,

    /// <summary>The run stopped inside its attempt.</summary>
    UnderWay,

    /// <summary>Its last attempt answered −EAGAIN; it is still on <c>from</c>.</summary>
    Retry,

    /// <summary>It moved to a new page.</summary>
    Migrated,

    /// <summary>Its users had freed it: it is on <c>moved</c> without a new page.</summary>
    Freed,

    /// <summary>swap_page took it out of its tree: it is on <c>moved</c> without a new page.</summary>
    SwappedOut,

    /// <summary>It failed for good and is on <c>failed</c>.</summary>
    Failed,
}

/// <summary>What became of one page, and how its last attempt ended.</summary>
/// <param name="Page">The page.</param>
/// <param name="Fate">What became of it.</param>
/// <param name="Newpage">The page it moved to, or none.</param>
/// <param name="Pass">The pass of its last attempt, 0 to 10; −1 when there was none.</param>
/// <param name="Step">The step at which that attempt ended (or stands); None when there was none.</param>
/// <param name="Reason">Why; None for a page that migrated or was not attempted.</param>
/// <param name="Rc">What the attempt answered: 0, or a negated <see cref="Errno"/>.</param>
public readonly record struct PageOutcome(Pfn Page, PageFate Fate, Pfn Newpage, int Pass, MigrationStep Step, BackOutReason Reason, int Rc)
{
    /// <summary>The outcome of a page that was not attempted.</summary>
    /// <param name="page">The page.</param>
    /// <param name="fate">Why it was not.</param>
    /// <returns>The outcome without an attempt.</returns>
    public static PageOutcome WithoutAttempt(Pfn page, PageFate fate) =>
        new(page, fate, Pfn.None, -1, MigrationStep.None, BackOutReason.None, 0);

    /// <summary>Whether there was an attempt.</summary>
    public bool Attempted => Pass >= 0;
}

/// <summary>How a run ended: the machine as it is then, and what became of each page of <c>from</c>.</summary>
/// <param name="Run">The machine, which the run changed, and its lists.</param>
/// <param name="End">Finished when migrate_pages returned; Blocked; or Bug.</param>
/// <param name="Pages">One outcome for each page of <c>from</c>, in the scenario's order; for a system call one for each page that it isolated, in its order.</param>
public sealed record MigrationResult(ScenarioMachine Run, StepResult End, PageOutcome[] Pages)
{
    /// <summary>The migration's task, with its locals at the end.</summary>
    public ref KernelTask Task => ref Run.Machine.Tasks[Run.Migration.Value];

    /// <summary>What the system call around migrate_pages did; null when the scenario makes none.</summary>
    public CallOutcome? Call { get; init; }

    /// <summary>Passes begun, 0 to 11; of all its calls of migrate_pages together when the scenario makes a system call.</summary>
    public int Passes => Call is not null ? Call.Passes : Task.Step is (int)MigrationStep.Begin || (Task.Step == (int)MigrationStep.BeginPass && Task.Pass == 0) ? 0 : Task.Pass + 1;
}
