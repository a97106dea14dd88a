namespace MigrationConformance.Core;

/// <summary>A scenario that cannot be read or built: a mistake in the scenario, told in one sentence of one line.</summary>
public sealed class ScenarioException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="place">Where: a JSON path, with the line if it is known.</param>
    /// <param name="found">What stands there.</param>
    /// <param name="expected">What should stand there.</param>
    internal ScenarioException(string place, string found, string expected)
        : base($"{place}: found {found}, expected {expected}.")
    {
    }

    /// <summary>Makes the exception from a whole sentence.</summary>
    /// <param name="sentence">The sentence.</param>
    internal ScenarioException(string sentence)
        : base(sentence)
    {
    }
}
