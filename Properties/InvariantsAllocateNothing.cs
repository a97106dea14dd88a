using CsCheck;
using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>A check that finds nothing wrong allocates nothing: invariants run at every state of every search.</summary>
[TestFixture]
public sealed class InvariantsAllocateNothing
{
    [Test]
    public void When_they_hold()
    {
        // Machines on their way, with actors between the steps.
        (Machine Machine, Survey Survey)[] states = [.. Enumerable.Range(0, 60).Select(i => OnItsWay(i))];
        foreach ((string name, InvariantCheck check) in InvariantList.All)
            Assert.That((name, Allocated(states, check)), Is.EqualTo((name, 0)));
        Assert.That(Allocated(states, InvariantList.Check), Is.Zero, "all of them, with the survey");
    }

    private static long Allocated((Machine Machine, Survey Survey)[] states, InvariantCheck check)
    {
        // What is broken is told, and told by others.
        states = [.. states.Where(state => Survey(state.Machine, state.Survey, check) is null)];
        Assert.That(states, Has.Length.GreaterThan(10));
        int broken = 0;
        long before = GC.GetAllocatedBytesForCurrentThread();
        foreach ((Machine m, Survey survey) in states)
            broken += Survey(m, survey, check) is null ? 0 : 1;
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.That(broken, Is.Zero);
        return allocated;
    }

    private static Violation? Survey(Machine m, Survey survey, InvariantCheck check)
    {
        survey.Take(m);
        return check(m, survey);
    }

    private static (Machine Machine, Survey Survey) OnItsWay(int number)
    {
        Interleaved run = ActorGen.Interleaved.Generate(new PCG(23, (ulong)number), null!, out _);
        Machine m = run.Build().Machine;
        var survey = new Survey(m);
        for (int step = 0; step < 2 * number; step++)
            Tasks.Advance(m, new TaskId(step % 3 == 2 ? 1 : 0));
        return NoBug.IsKnown(m) ? OnItsWay(number + 1_000) : (m, survey);
    }
}
