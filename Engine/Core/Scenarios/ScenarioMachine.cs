namespace MigrationConformance.Core;

/// <summary>A machine built from a scenario, and what belongs to the call that it is about to make.</summary>
public sealed class ScenarioMachine
{
    /// <summary>The scenario it was built from.</summary>
    public required Scenario Scenario { get; init; }

    /// <summary>The machine.</summary>
    public required Machine Machine { get; init; }

    /// <summary>The migration: a row of <see cref="Machine.Tasks"/> that has not begun.</summary>
    public required TaskId Migration { get; init; }

    /// <summary>The list of pages to migrate.</summary>
    public required ListId From { get; init; }

    /// <summary>The list of new pages, or <see cref="ListId.None"/>.</summary>
    public required ListId To { get; init; }

    /// <summary>The list of pages that are done.</summary>
    public required ListId Moved { get; init; }

    /// <summary>The list of pages that failed for good.</summary>
    public required ListId Failed { get; init; }

    /// <summary>Isolated pages that are not on <see cref="From"/>.</summary>
    public required ListId Others { get; init; }

    /// <summary>
    /// The pages of <c>from</c>, first to last. They are on <see cref="From"/> already, unless the scenario has
    /// them isolated first (<see cref="CallerAction.Isolate"/>): then the list is still empty.
    /// </summary>
    public required Pfn[] FromPages { get; init; }

    /// <summary>The label of a file.</summary>
    /// <param name="file">Its number, from 0.</param>
    /// <returns>The name that the scenario gives, or <c>file N</c>.</returns>
    public string FileName(int file) => Scenario.Files?[file].Name ?? $"file {file}";

    /// <summary>The label of a process.</summary>
    /// <param name="process">Its number, from 0.</param>
    /// <returns>The name that the scenario gives, or <c>process N</c>.</returns>
    public string ProcessName(int process) => Scenario.Processes?[process].Name ?? $"process {process}";

    /// <summary>The mapping of a file.</summary>
    /// <param name="file">Its number in the scenario, from 0.</param>
    /// <returns>Its number in the machine, where swapper_space comes first.</returns>
    public static MappingId MappingOf(int file) => new(file + 1);
}
