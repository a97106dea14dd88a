namespace MigrationConformance.Specs;

/// <summary>A place where documentation and code disagree, or where the code does what nobody would expect.</summary>
/// <param name="Id">Stable: an entry keeps its number for ever.</param>
/// <param name="Title">The difference in one line.</param>
/// <param name="Documentation">What the documentation or a comment of the patch says, in our words.</param>
/// <param name="Code">What the code does.</param>
/// <param name="Scenario">The smallest scenario that shows it, as a scenario file.</param>
/// <param name="Ends">How that scenario ends: checked each time.</param>
/// <param name="Consequence">What follows for whoever relies on it.</param>
/// <param name="Fixture">The fixture whose spec pins the code's behaviour.</param>
/// <param name="Spec">The spec's name.</param>
internal sealed record Difference(
    string Id, string Title, string Documentation, string Code, string Scenario, string Ends, string Consequence, Type Fixture, string Spec);
