namespace MigrationConformance.Core;

/// <summary>A migration as text: one line a step, with what it changed in the whole machine.</summary>
/// <remarks>
/// <code>
/// pass 0
///   page 0
///     1 LockPage: page 0 +locked
///     2 WaitOnWriteback
/// </code>
/// Documented steps carry their number, the other control points a dash. Passes that say the same as the one before
/// are told in one line. Every step renders the machine, so this is for machines of some dozens of pages.
/// </remarks>
public static class TraceText
{
    /// <summary>Runs a machine and tells each step. The machine is changed.</summary>
    /// <param name="run">The machine; its migration has not begun.</param>
    /// <returns>Lines that end in a line feed; the last one says how it ended.</returns>
    public static string Run(ScenarioMachine run) => Run(run, out _);

    /// <summary>Runs a machine and tells each step. The machine is changed.</summary>
    /// <param name="run">The machine; its migration has not begun.</param>
    /// <param name="result">How it ended.</param>
    /// <returns>Lines that end in a line feed; the last one says how it ended.</returns>
    public static string Run(ScenarioMachine run, out MigrationResult result)
    {
        var view = new MachineView(run);
        var watch = new StepWatch(view);
        var observer = new StepWatch.Observer { Watch = watch };
        result = MigrationRun.Run(run, ref observer);
        return watch + PassBlocks.Ending(view, result) + "\n";
    }
}
