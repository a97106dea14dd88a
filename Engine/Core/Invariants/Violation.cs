namespace MigrationConformance.Core;

/// <summary>A rule that does not hold: an invariant, or the rule of a step.</summary>
/// <param name="Rule">Its name.</param>
/// <param name="Text">What is wrong, one sentence.</param>
/// <param name="Page">The page it is about, or none.</param>
public sealed record Violation(string Rule, string Text, Pfn Page)
{
    /// <summary>Name and sentence.</summary>
    public override string ToString() => $"{Rule}: {Text}";
}

/// <summary>An invariant: a pure function over a machine and what the survey counted in it.</summary>
/// <param name="m">The machine.</param>
/// <param name="survey">The sums of this machine, and how the run began.</param>
/// <returns>What is wrong, or null when it holds.</returns>
public delegate Violation? InvariantCheck(Machine m, Survey survey);
