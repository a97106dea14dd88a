using CsCheck;
using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>An actor that is over has done its job: alone on random machines, and in every interleaving with a migration.</summary>
[TestFixture]
public sealed class ActorsDoTheirJob
{
    // Each kind as often as any other.
    private static readonly Gen<Interleaved> OneActor = Gen.Select(
        MachineGen.Machine, ActorGen.Actor, Gen.OneOf([.. ActorRules.All.Select(rule => rule.Kind).Distinct().Select(kind => Gen.Const(kind))]), (machine, actor, kind) =>
        {
            MachineDraw draw = kind == TaskKind.Kswapd ? ActorGen.Reclaimable(machine, PageClass.File) : machine;
            return new Interleaved(Drawn.Scenario(draw), [Drawn.Actor(draw, actor with { Kind = kind })], []);
        });

    /// <summary>The migration has not begun: what others hold ends where the actor waits for it.</summary>
    [Test]
    public void Alone_on_random_machines()
    {
        int[] worked = new int[ActorRules.All.Length];
        Property.Holds(OneActor, 20_000, "actors do their job", run =>
        {
            Machine m = run.Build().Machine;
            var start = new Machine(m);
            StepResult end = StepResult.Ran;
            for (int steps = 0; end == StepResult.Ran; steps++)
                end = steps < Interleaving.MostSteps ? Tasks.Advance(m, new TaskId(1)) : throw new BrokenRule($"After {steps} steps there is no end.");
            Violation? violation = end == StepResult.Finished ? NotDone(new ActorRun(start, m, 1), alone: true, worked) : null;
            return violation is null ? true : throw new BrokenRule(violation.Text);
        });

        if (!Knobs.IsShort)
            AssertEachWorked(worked, ActorRules.All, 5);
    }

    [Test]
    public void In_every_interleaving_with_a_migration()
    {
        int[] worked = new int[ActorRules.All.Length];
        foreach (PageKind kind in Enum.GetValues<PageKind>())
        {
            foreach (SmallActor actor in Enum.GetValues<SmallActor>().Where(actor => SmallMachines.Possible(kind, actor)))
            {
                Interleaved run = SmallMachines.Run(kind, actor);
                Machine start = run.Build().Machine;
                if (!ActorRules.All.Any(rule => !rule.Alone && rule.Kind == start.Tasks[1].Kind))
                    continue;
                var visitor = new AtTheEnd(start, worked);
                SearchReport report = StateSpace.Search(start, default(EngineStepper), ref visitor, isKnown: NoBug.IsKnown);
                if (report.Violation is { } violation)
                    throw new BrokenRule($"{violation}\n\n{InterleavedText.Write(run with { Schedule = [.. report.Schedule] })}");
                Assert.That(report.Closed, Is.True, $"{kind} + {actor}");
            }
        }

        AssertEachWorked(worked, [.. ActorRules.All.Where(rule => !rule.Alone)], 1);
    }

    [Test]
    public void Every_actor_has_a_rule_or_it_is_said_why_not()
    {
        TaskKind[] actors = [.. Enum.GetValues<SmallActor>().Select(actor => SmallMachines.Actor(actor).Kind).Distinct()];

        Assert.That(ActorRules.All.Select(rule => rule.Kind).Distinct().Concat(ActorRules.Without.Select(entry => entry.Kind)), Is.EquivalentTo(actors));
    }

    // The first rule of the actor that does not hold; counts those that did not at the start.
    private static Violation? NotDone(ActorRun run, bool alone, int[] worked)
    {
        for (int i = 0; i < ActorRules.All.Length; i++)
        {
            ActorRule rule = ActorRules.All[i];
            if (rule.Kind != run.Asked.Kind || (rule.Alone && !alone))
                continue;
            if (!rule.Done(run))
                return new Violation($"{rule.Kind} does its job", $"{rule.Quote} Not so at the end of task {run.Task}.", Pfn.None);
            worked[i] += rule.Done(run with { End = run.Start }) ? 0 : 1;
        }
        return null;
    }

    // A rule that holds before an actor has done anything says nothing about it.
    private static void AssertEachWorked(int[] worked, ActorRule[] rules, int least)
    {
        TestContext.Out.WriteLine(string.Join('\n', ActorRules.All.Select((rule, i) => $"{worked[i],6}  {rule.Kind}: {rule.Quote}")));
        Assert.That(rules.Where(rule => worked[Array.IndexOf(ActorRules.All, rule)] < least).Select(rule => $"{rule.Kind}: {rule.Quote}"), Is.Empty);
    }

    private readonly struct AtTheEnd(Machine start, int[] worked) : IStateVisitor
    {
        public bool Step(Machine before, Machine after, int task, out Violation? violation)
        {
            bool over = task == 1 && TaskLocals.IsFinished(after.Tasks[1]) && after.Bug.Check == BugCheck.None;
            violation = over ? NotDone(new ActorRun(start, after, 1), alone: false, worked) : null;
            return true;
        }

        public void End(Machine m)
        {
        }
    }
}
