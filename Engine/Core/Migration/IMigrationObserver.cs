namespace MigrationConformance.Core;

/// <summary>Is shown a migration, step by step. Implemented by structs, so that the run is compiled for each of them.</summary>
public interface IMigrationObserver
{
    /// <summary>A step is about to be made.</summary>
    /// <param name="m">The machine before it.</param>
    /// <param name="task">The migration.</param>
    /// <param name="step">The step.</param>
    void Before(Machine m, TaskId task, MigrationStep step);

    /// <summary>A step was made. It is not called after a step that blocked or ran into a BUG.</summary>
    /// <param name="m">The machine after it.</param>
    /// <param name="task">The migration.</param>
    /// <param name="step">The step.</param>
    void After(Machine m, TaskId task, MigrationStep step);
}

/// <summary>The observer that does nothing.</summary>
public readonly struct NoObserver : IMigrationObserver
{
    /// <inheritdoc/>
    public void Before(Machine m, TaskId task, MigrationStep step)
    {
    }

    /// <inheritdoc/>
    public void After(Machine m, TaskId task, MigrationStep step)
    {
    }
}
