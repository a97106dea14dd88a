using CsCheck;
using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>A start state that is wrong in exactly one way.</summary>
/// <param name="Kind">In which way.</param>
/// <param name="Scenario">The scenario, which says it if a scenario can.</param>
public sealed record IllegalRun(Illegality Kind, Scenario Scenario)
{
    /// <summary>Builds the machine, and breaks it unless the scenario has said so.</summary>
    public ScenarioMachine Build()
    {
        ScenarioMachine run = new Interleaved(Scenario, [], []).Build();
        IllegalCases.All[(int)Kind].Break?.Invoke(run);
        return run;
    }
}

/// <summary>Generators of illegal start states: a legal machine, and one thing wrong with it.</summary>
public static class IllegalGen
{
    /// <summary>Each illegality as often as any other, at any patch level.</summary>
    public static readonly Gen<IllegalRun> Runs = Gen.Select(MachineGen.Machine, Gen.Enum<Illegality>(), MachineGen.Level, (draw, kind, level) =>
    {
        IllegalCase illegal = IllegalCases.All[(int)kind];
        Scenario legal = Drawn.Scenario(illegal.Shape(draw with { Caller = CallerDraw.Plain, Lock = null }));
        return new IllegalRun(kind, (illegal.Say is { } say ? say(legal) : legal) with { Patch = level });
    });
}
