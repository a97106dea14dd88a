using MigrationConformance.Core;

namespace MigrationConformance.Cli;

/// <summary>Shows how far a migration is, now and then.</summary>
internal struct ProgressObserver : IMigrationObserver
{
    private const int Between = 1 << 14;

    private readonly ProgressBar bar;
    private readonly int pages;
    private int finished;

    /// <summary>Makes an observer.</summary>
    /// <param name="bar">Where progress is shown.</param>
    /// <param name="pages">Pages on <c>from</c>.</param>
    public ProgressObserver(ProgressBar bar, int pages)
    {
        this.bar = bar;
        this.pages = pages;
    }

    /// <inheritdoc/>
    public readonly void Before(Machine m, TaskId task, MigrationStep step)
    {
    }

    /// <inheritdoc/>
    public void After(Machine m, TaskId task, MigrationStep step)
    {
        if (step == MigrationStep.BeginPass)
            finished = 0;
        else if (step == MigrationStep.FinishPage && (++finished & (Between - 1)) == 0)
            bar.Report($"migrating, pass {m.Tasks[task.Value].Pass}", (double)finished / pages);
    }
}
