namespace MigrationConformance.Core;

/// <summary>A scenario, the actors beside its migration, and the order of their steps: all that a run depends on.</summary>
/// <param name="Scenario">The starting machine; its migration is task 0.</param>
/// <param name="Actors">Tasks 1 and up.</param>
/// <param name="Schedule">Task numbers, one a step.</param>
public sealed record Interleaved(Scenario Scenario, ValueList<ActorSpec> Actors, ValueList<int> Schedule)
{
    /// <summary>Builds the machine, with every actor added; what the caller does before the call is done.</summary>
    /// <returns>The machine. Actors that name what does not exist are left out.</returns>
    /// <exception cref="ScenarioException">The scenario has no machine, or its caller never comes to the call.</exception>
    public ScenarioMachine Build()
    {
        ScenarioMachine built = ScenarioBuilder.Build(Scenario);
        var outcomes = new PageOutcome[built.FromPages.Length];
        for (int i = 0; i < outcomes.Length; i++)
            outcomes[i] = PageOutcome.WithoutAttempt(built.FromPages[i], PageFate.NotReached);
        if (!CallerActions.Prepare(built, outcomes))
            throw new ScenarioException("$.scenario.before: the caller waits for ever for an lru_lock, expected a call that is made.");
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
