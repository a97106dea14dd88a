using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>What a property finds wrong with a run.</summary>
/// <param name="Violation">The rule, the sentence, and the page that it is about.</param>
/// <param name="Machine">The machine in which it shows, for the ledger; or null.</param>
/// <param name="Made">The task of each step until then; or null when the run's schedule says it.</param>
public sealed record Failure(Violation Violation, Machine? Machine = null, int[]? Made = null)
{
    /// <summary>What makes two failures the same one: the rule, and which BUG it is where the rule is that there is none.</summary>
    public string Kind => Machine is { Bug.Check: not BugCheck.None } m ? $"{Violation.Rule}: {m.Bug.Check}" : Violation.Rule;

    /// <summary>A property that says in a sentence what is wrong.</summary>
    public static Failure? Of(string rule, string? sentence) => sentence is null ? null : new Failure(new Violation(rule, sentence, Pfn.None));

    /// <summary>Every invariant and every rule of a step, at every step.</summary>
    public static Failure? Of(CheckedRun run) => run.Violation is { } violation ? new Failure(violation, run.Run.Machine, run.Made) : null;

    /// <summary>The same, of a run with the engine's own steps.</summary>
    public static Failure? OfRules(Interleaved run) => Of(CheckedRun.Of(run));
}

/// <summary>Finds out what is wrong with a run, or null when nothing is.</summary>
/// <exception cref="ScenarioException">There is no such machine.</exception>
public delegate Failure? RunCheck(Interleaved run);
