using System.Text;
using CsCheck;
using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>The generators reach every class of state, every outcome and every kind of actor, each at least as often as its floor says.</summary>
[TestFixture]
public sealed class Distribution
{
    private const int Runs = 4_000;

    private static readonly Lazy<(Tally Tally, SortedSet<string> Steps)> Between = new(() => Interleaved(5));

    [Test]
    public void Reaches_every_class_and_every_way_out() => AssertNoneIsRare(Floors.Alone, Alone(3), Missing(Floors.OutOfReachAlone));

    [Test]
    public void Reaches_every_actor_and_every_outcome_between_them() => AssertNoneIsRare(Floors.Interleaved, Between.Value.Tally, Missing(Floors.OutOfReach));

    /// <summary>The actors are not there for show: over fixed runs, each step of each kind of actor is taken.</summary>
    [Test]
    public void Drawn_actors_take_every_step_of_theirs()
    {
        string[] enums =
        [
            "FaultStep", "ReaderStep", "TruncateStep", "MunmapStep", "ForkStep", "WritebackStep", "KswapdStep", "ReclaimStep", "SwapoffStep", "BufferStep",
            "MremapStep", "IsolationStep", "MsyncStep",
        ];
        string[] all = [.. enums.SelectMany(name => Enum.GetNames(typeof(Machine).Assembly.GetType($"{typeof(Machine).Namespace}.{name}", throwOnError: true)!)
            .Where(step => step is not ("None" or "Finished")).Select(step => $"{name}.{step}"))];
        Assert.That(all, Has.Length.GreaterThan(80));
        Assert.That(all.Except(Between.Value.Steps), Is.Empty);
    }

    // Migrations alone: classes of pages, outcomes and reasons, of all pages.
    private static Tally Alone(uint stream)
    {
        var tally = new Tally("pages");
        for (int i = 0; i < Runs; i++)
        {
            MachineDraw draw = MachineGen.Machine.Generate(new PCG(stream, (ulong)i), null!, out _);
            Scenario scenario = Drawn.Scenario(draw);
            ScenarioMachine run = ScenarioBuilder.Build(scenario);
            tally.Of += draw.Pages.Length;
            for (int page = 0; page < draw.Pages.Length; page++)
                Classes.Of(tally, scenario, scenario.Pages[page], draw.Pages[page].Class);
            var watch = new Reasons(tally, "");
            MigrationResult result = MigrationRun.Run(run, ref watch);
            // Ways out that later levels bring: the same machines again, at the levels in turn.
            var later = new Reasons(tally, "later level, ");
            MigrationRun.Run(ScenarioBuilder.Build(scenario with { Patch = (PatchLevel)(i % ((int)PatchSet.Last + 1)) }), ref later);
            foreach (PageOutcome outcome in result.Pages)
                tally.Count($"outcome: {outcome.Fate}");
            tally.Count($"end: {result.End}");
        }
        return tally;
    }

    // Migrations with one to three actors: how many, which, what they meet, how it ends, of all runs.
    private static (Tally Tally, SortedSet<string> Steps) Interleaved(uint stream)
    {
        var taken = new SortedSet<string>(StringComparer.Ordinal);
        var tally = new Tally("runs");
        for (int i = 0; i < Runs; i++)
        {
            Interleaved run = MachineGen.Interleaved.Generate(new PCG(stream, (ulong)i), null!, out _);
            tally.Of++;
            tally.Count($"actors: {run.Actors.Count}");
            foreach (TaskKind kind in run.Actors.Select(actor => actor.Kind).Distinct())
                tally.Count($"actor: {kind}");
            var watch = new Watched(tally, taken);
            CheckedRun made = CheckedRun.Of(run, watch);
            tally.Count(made.Violation is not null ? "end: a rule is broken" : made.End == InterleavingEnd.KnownBug ? "end: known BUG" : $"end: {made.End}");
            watch.End();
        }
        return (tally, taken);
    }

    private static string[] Missing((BackOutReason Reason, string Why)[] outOfReach) =>
        [.. Enum.GetValues<BackOutReason>().Where(reason => reason != BackOutReason.None && outOfReach.All(entry => entry.Reason != reason)).Select(reason => $"reason: {reason}")];

    private static void AssertNoneIsRare((string Class, int Floor)[] floors, Tally tally, string[] reasons)
    {
        TestContext.Out.WriteLine(tally.Table(floors));
        Assert.That(floors.Where(floor => tally.Share(floor.Class) < floor.Floor).Select(floor => $"{floor.Class}: {tally.Share(floor.Class)} of 10,000 {tally.What}, floor {floor.Floor}"), Is.Empty);
        Assert.That(reasons.Where(reason => !floors.Any(floor => floor.Class == reason)), Is.Empty, "reachable reasons without a floor");
        Assert.That(tally.Counts.Keys.Where(name => !floors.Any(floor => floor.Class == name) && name.StartsWith("reason", StringComparison.Ordinal)), Is.Empty, "reasons that were thought out of reach");
    }

    /// <summary>Counts of classes by name.</summary>
    internal sealed class Tally(string what)
    {
        public string What => what;

        public int Of { get; set; }

        public SortedDictionary<string, int> Counts { get; } = new(StringComparer.Ordinal);

        public void Count(string name) => Counts[name] = Counts.GetValueOrDefault(name) + 1;

        public long Share(string name) => Counts.GetValueOrDefault(name) * 10_000L / Of;

        public string Table((string Class, int Floor)[] floors)
        {
            var table = new StringBuilder($"{Of} {what}; of 10,000, with the floor\n");
            foreach ((string name, _) in Counts)
                table.Append($"{Share(name),7}  {floors.FirstOrDefault(floor => floor.Class == name).Floor,6}  {name}\n");
            return table.ToString();
        }
    }

    private readonly struct Reasons(Tally tally, string prefix) : IMigrationObserver
    {
        public void Before(Machine m, TaskId task, MigrationStep step)
        {
        }

        public void After(Machine m, TaskId task, MigrationStep step)
        {
            BackOutReason reason = m.Tasks[task.Value].Reason;
            bool ended = step == MigrationStep.FinishPage || (step == MigrationStep.ChoosePage && reason == BackOutReason.ToEmpty);
            if (ended && reason != BackOutReason.None)
                tally.Count($"{prefix}reason: {reason}");
        }
    }

    // Each run counts a class once.
    private readonly struct Watched(Tally tally, SortedSet<string> taken) : IStepper
    {
        private readonly SortedSet<string> seen = new(StringComparer.Ordinal);

        public StepResult Advance(Machine m, TaskId task)
        {
            KernelTask t = m.Tasks[task.Value];
            string step = Tasks.StepName(t);
            StepResult result = Tasks.Advance(m, task);
            if (result == StepResult.Blocked)
                seen.Add($"waits: {m.Tasks[task.Value].WaitsFor}");
            if (result != StepResult.Ran)
                return result;
            if (t.Kind == TaskKind.Migration)
                Migrated(m.Tasks[task.Value], t, task.Value > 0 ? " of the second migration" : "");
            else
            {
                taken.Add($"{EnumOf(t)}.{step}");
                if (m.Tasks[0].HoldsPageLock != 0)
                    seen.Add($"strikes: at {(MigrationStep)m.Tasks[0].Step}");
            }
            return result;
        }

        public void End()
        {
            foreach (string name in seen)
                tally.Count(name);
        }

        private void Migrated(in KernelTask now, in KernelTask before, string whose)
        {
            if (before.Step == (int)MigrationStep.FinishPage)
                seen.Add(whose.Length > 0 ? $"outcome{whose}: {(now.Reason == BackOutReason.None ? "moved" : "not moved")}" : now.Reason == BackOutReason.None ? "outcome: moved" : $"reason: {now.Reason}");
            else if (before.Step == (int)MigrationStep.ChoosePage && now.Reason == BackOutReason.ToEmpty)
                seen.Add("reason: ToEmpty");
        }

        private static string EnumOf(in KernelTask t) => t.Kind switch
        {
            TaskKind.Fault or TaskKind.GetUserPages or TaskKind.Mlock => "FaultStep",
            TaskKind.FindGetPage or TaskKind.FindLockPage => "ReaderStep",
            TaskKind.Truncate or TaskKind.InvalidateMappingPages or TaskKind.InvalidateInodePages2 => "TruncateStep",
            TaskKind.WritebackStart or TaskKind.WritebackWait => "WritebackStep",
            TaskKind.Munmap or TaskKind.Exit => "MunmapStep",
            TaskKind.Kswapd => t.Step >= 100 ? "KswapdStep" : "ReclaimStep",
            TaskKind.BufferUser => "BufferStep",
            _ => $"{t.Kind}Step",
        };
    }
}
