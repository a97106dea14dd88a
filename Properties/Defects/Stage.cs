using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>What a defect is planted on: a small machine with its actors, all of whose interleavings are tried.</summary>
/// <param name="Run">The scenario and the actors; the schedule is empty.</param>
/// <param name="AllMove">Nothing stands in the way for good: when everything is over, every page has moved.</param>
public sealed record Stage(Interleaved Run, bool AllMove = false)
{
    /// <summary>One page of a kind, and some actors.</summary>
    public static Stage Of(PageKind kind, params ReadOnlySpan<SmallActor> actors)
    {
        var specs = new ActorSpec[actors.Length];
        for (int i = 0; i < actors.Length; i++)
            specs[i] = SmallMachines.Actor(actors[i]);
        return new Stage(new Interleaved(SmallMachines.Scenario(kind), [.. specs], []));
    }

    /// <summary>The same with the page changed.</summary>
    public Stage Page(Func<ScenarioPage, ScenarioPage> change) => Scenario(s => s with { Pages = [change(s.Pages[0]), .. s.Pages.AsSpan()[1..]] });

    /// <summary>The same with the machine changed.</summary>
    public Stage Scenario(Func<Scenario, Scenario> change) => this with { Run = Run with { Scenario = change(Run.Scenario) } };

    /// <summary>The same with another actor, which can stand in the way for as long as it is not its turn.</summary>
    public Stage And(ActorSpec actor) => this with { AllMove = false, Run = Run with { Actors = [.. Run.Actors, actor] } };

    /// <summary>The same, and others hold a lock for good: the first of its kind.</summary>
    public Stage Locked(ScenarioLockKind kind) => Scenario(s => s with { Locks = [new ScenarioLock(kind, 0)] });

    /// <summary>The same, and every page must have moved at the end.</summary>
    public Stage Moves => this with { AllMove = true };
}
