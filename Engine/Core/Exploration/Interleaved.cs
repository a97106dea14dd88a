namespace MigrationConformance.Core;

/// <summary>A scenario, the actors beside its migration, and the order of their steps: all that a run depends on.</summary>
/// <param name="Scenario">The starting machine; its migration is task 0.</param>
/// <param name="Actors">Tasks 1 and up.</param>
/// <param name="Schedule">Task numbers, one a step.</param>
public sealed record Interleaved(Scenario Scenario, ValueList<ActorSpec> Actors, ValueList<int> Schedule)
{
    /// <summary>Builds the machine, with every actor added; what the caller does before the call is done.</summary>
    /// <returns>The machine. Actors that name what does not exist are left out.</returns>
    public ScenarioMachine Build()
    {
        ScenarioMachine built = ScenarioBuilder.Build(Scenario);
        foreach (ActorSpec actor in Actors)
        {
            if (actor.Fits(built.Machine))
                actor.AddTo(built.Machine);
            else
                built.Machine.AddTask(default);
        }
        return built;
    }
}
