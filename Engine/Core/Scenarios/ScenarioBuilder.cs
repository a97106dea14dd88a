namespace MigrationConformance.Core;

/// <summary>Makes the machine that a scenario describes.</summary>
/// <remarks>
/// What is left out is computed, so that the machine is consistent; what is given is checked. References to things
/// that do not exist and numbers out of range are always refused, contradictory states unless the scenario says
/// <c>"illegal": true</c>.
/// </remarks>
public sealed partial class ScenarioBuilder
{
    private readonly Scenario s;
    private Machine m = null!;

    private ScenarioBuilder(Scenario scenario) => s = scenario;

    /// <summary>Builds the machine.</summary>
    /// <param name="scenario">The scenario.</param>
    /// <returns>The machine, with the migration ready to begin.</returns>
    /// <exception cref="ScenarioException">The scenario is inconsistent or out of range.</exception>
    public static ScenarioMachine Build(Scenario scenario) => new ScenarioBuilder(scenario).Build();

    private ScenarioMachine Build()
    {
        CheckNumbers();
        Survey();
        m = new Machine(s.FanOut, s.Zones, s.Cpus);
        m.Globals.Patch = s.Patch;
        Reserve();
        m.AddSwapSlots(slots);
        AddFiles();
        AddProcesses();
        AddCreds();
        AddVmas();
        m.AddFrames(frames);
        AddPages();
        AddNewFrames();
        AddEntries();
        FillSwap();
        FillBlocks();
        LinkMmlist();
        HoldLocks();
        return Lists();
    }

    // Room for the tables of a large machine, so that they need not be copied while they grow.
    private void Reserve()
    {
        const int large = 4096;
        if (frames < large)
            return;
        int fresh = s.To.IsSwapOut || s.To.Pages is not null || s.Call is not null ? 0 : s.To.NewFrames ?? s.From?.Count ?? frames;
        m.Pages = new Table<Page>(Math.Min(frames + fresh, ScenarioLimits.Frames));
        m.Ptes = new Table<Pte>(entries < large ? 0 : entries + large);
        m.Slots = new Table<int>(frames / m.FanOut * (m.FanOut + 1) + entries / m.FanOut + large);
    }

    private void CheckNumbers()
    {
        if (s.FanOut is not (8 or 16 or 64))
            throw Wrong("$.fanOut", $"{s.FanOut}", "8, 16 or 64");
        CheckRange("$.zones", s.Zones, 1, ScenarioLimits.ZonesAndCpus);
        CheckRange("$.cpus", s.Cpus, 1, ScenarioLimits.ZonesAndCpus);
        CheckRange("$.to", s.To.NewFrames ?? 0, 0, ScenarioLimits.Frames);
        if (!IsUntil(s.Swap.Completes))
            throw WrongUntil("$.swap.completes", s.Swap.Completes);
        CheckCall();
        isolates = s.Call is not null;
        for (int i = 0; i < s.Before.Count; i++)
        {
            if (s.Before[i] == CallerAction.Putback)
                throw Wrong($"$.before[{i}]", "\"putback\"", "\"drain\" or \"isolate\"");
            isolates |= s.Before[i] == CallerAction.Isolate;
        }
        for (int i = 0; i < s.After.Count; i++)
        {
            if (s.After[i] == CallerAction.Isolate)
                throw Wrong($"$.after[{i}]", "\"isolate\"", "\"putback\" or \"drain\"");
        }
    }

    private static ScenarioException Wrong(string place, string found, string expected) => new(place, found, expected);

    private static ScenarioException Contradiction(string place, string found, string expected) =>
        new(place, found, $"{expected}, or \"illegal\": true");

    private static void CheckRange(string place, long value, long least, long most)
    {
        if (value < least || value > most)
            throw Wrong(place, $"{value}", $"a number from {least} to {most}");
    }

    private static bool IsUntil(int until) => until is (>= 0 and <= ScenarioLimits.LastPass) or Until.Waited or Until.Never;

    private static ScenarioException WrongUntil(string place, int until) =>
        Wrong(place, $"{until}", "a pass from 0 to 10, \"waited\" or \"never\"");

    private static ScenarioException Dangling(string place, int number, string things, int count) =>
        Wrong(place, $"{number}", count == 0 ? $"no number, since there are no {things}" : $"one of the {things}, 0 to {count - 1}");
}
