using CsCheck;
using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>A planted defect of real history with the smallest run that shows it, found by running the wrong kernel.</summary>
public sealed class Exhibit
{
    private Exhibit(Defect defect, CatalogueEntry entry)
    {
        Defect = defect;
        Entry = entry;
    }

    public Defect Defect { get; }

    public CatalogueEntry Entry { get; }

    /// <summary>The run, for the right engine: scenario, actors, and the steps up to where the wrong one goes wrong.</summary>
    public required Interleaved Run { get; init; }

    /// <summary>Where the wrong kernel goes another way, and by what.</summary>
    public required string GoesWrong { get; init; }

    /// <summary>What the rule says then.</summary>
    public required string Sentence { get; init; }

    /// <summary>The levels at which the same wrong line breaks the same rule.</summary>
    public required PatchLevel[] Levels { get; init; }

    /// <summary>One exhibit a defect; a defect of two ids gives two, with the same run.</summary>
    public static IEnumerable<Exhibit> All => DefectList.All
        .SelectMany(defect => defect.Ids.Select(Catalogue.Of).Where(entry => entry.IsHistory).Select(entry => (Defect: defect, Entry: entry)))
        .OrderBy(pair => pair.Entry.When, StringComparer.Ordinal).ThenBy(pair => pair.Entry.Id, StringComparer.Ordinal)
        .Select(pair => Make(pair.Defect, pair.Entry));

    private static Exhibit Make(Defect defect, CatalogueEntry entry)
    {
        PatchLevel[] levels = [.. Enum.GetValues<PatchLevel>().Where(level => BreaksItsRule(defect, level))];
        if (defect.InTheCode)
            return new Exhibit(defect, entry) { Run = Titled(defect.On.Run, entry), GoesWrong = "the end of the run: the code of these levels has it, and `replay` shows it", Sentence = Found(defect), Levels = levels };
        Interleaved run = Smallest(defect);
        Violation broken = CheckedRun.Of(run, new Fitting(defect)).Violation!;
        var teller = new WrongStep(defect);
        CheckedRun.Of(run, teller);
        return new Exhibit(defect, entry) { Run = Titled(run, entry), GoesWrong = teller.Text, Sentence = Said(broken), Levels = levels };
    }

    private static Interleaved Titled(Interleaved run, CatalogueEntry entry) =>
        run with { Scenario = run.Scenario with { Title = $"{entry.Id} ({entry.When}): {entry.Title}" } };

    private static string Found(Defect defect)
    {
        PlantedDefects.SpecOf(defect.On, defect.Variant).Exhaustive(out SpecViolation<State>? violation, maxStates: 100_000);
        return violation!.Trace.Steps[^1].After.Violation!.Text;
    }

    // The shortest way to the rule among all interleavings, shrunk like any failure.
    private static Interleaved Smallest(Defect defect)
    {
        PlantedDefects.SpecOf(defect.On, new Fitting(defect)).Exhaustive(out SpecViolation<State>? violation, maxStates: 100_000);
        int[] schedule = [.. violation!.Trace.Steps.Select(step => step.Action[5] - '0')];
        Interleaved found = defect.On.Run with { Schedule = [.. schedule] };
        Failure? Check(Interleaved run) => Failure.Of(CheckedRun.Of(run, new Fitting(defect)));
        Interleaved small = Shrinker.Shrink(found, Check(found)!.Kind, Check);
        return CheckedRun.Of(small).Violation is null ? small : found;
    }

    // What the rule of a step says, or how an invariant does not hold.
    private static string Said(Violation broken) => Array.Find(StepRules.All.ToArray(), rule => rule.Id == broken.Rule)?.Quote ?? broken.Text;

    private static bool BreaksItsRule(Defect defect, PatchLevel level)
    {
        Stage on = defect.On.Scenario(s => s with { Patch = level });
        // What is planted at a later level is wrong code that earlier ones have not got.
        PatchLevel first = defect.On.Run.Scenario.Patch;
        if (first > PatchSet.Default && level < first)
            return false;
        PlantedDefects.SpecOf(on, new Fitting(defect)).Exhaustive(out SpecViolation<State>? violation, maxStates: 100_000);
        return violation?.Id == defect.Rule;
    }

    /// <summary>The wrong kernel's steps; a step that the wrong line cannot be told of, in a machine made smaller, is not made.</summary>
    private sealed class Fitting(Defect defect) : IStepper
    {
        private readonly IStepper wrong = defect.Variant ?? new FaultyStepper(defect);
        private readonly Machine before = new();

        public StepResult Advance(Machine m, TaskId task)
        {
            before.CopyFrom(m);
            try
            {
                return wrong.Advance(m, task);
            }
            catch (Exception unfit) when (unfit is IndexOutOfRangeException or EngineFault or ArgumentOutOfRangeException or OverflowException)
            {
                m.CopyFrom(before);
                return StepResult.Finished;
            }
        }
    }

    /// <summary>Notes the first step that the wrong kernel makes otherwise than the right one, and what differs after it.</summary>
    private sealed class WrongStep(Defect defect) : IStepper
    {
        private readonly IStepper wrong = new Fitting(defect);
        private int number;

        public string Text { get; private set; } = "";

        public StepResult Advance(Machine m, TaskId task)
        {
            var right = new Machine(m);
            string name = Tasks.StepName(m.Tasks[task.Value]);
            StepResult expected = Tasks.Advance(right, task);
            StepResult result = wrong.Advance(m, task);
            number += result is StepResult.Ran or StepResult.Bug ? 1 : 0;
            if (Text.Length == 0 && (result != expected || !m.Equals(right)))
                Text = $"step {number}, `{name}` of task {task.Value}" + (result != expected
                    ? $": the right kernel waits for {right.Tasks[task.Value].WaitsFor}, the wrong one goes on"
                    : $": the wrong kernel leaves {Differences.Between(right, m)}");
            return result;
        }
    }
}
