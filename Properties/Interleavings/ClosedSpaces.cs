using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>Every interleaving of a migration with one actor, and with pairs of them: the spaces close, and nothing in them breaks a rule.</summary>
[TestFixture]
public sealed class ClosedSpaces
{
    [Test]
    public void Probe()
    {
        var watch = System.Diagnostics.Stopwatch.StartNew();
        long states = 0, transitions = 0;
        foreach (PageKind kind in Enum.GetValues<PageKind>())
            foreach (SmallActor actor in Enum.GetValues<SmallActor>())
            {
                if (!SmallMachines.Possible(kind, actor)) continue;
                SearchReport r = StateSpace.Search(SmallMachines.Build(kind, actor), 400_000);
                states += r.States; transitions += r.Transitions;
                TestContext.Out.WriteLine($"{kind} {actor} {r.States} {r.Transitions} {r.Closed} ends {r.Ends} starved {r.Starved} {r.Violation} {r.Deadlock} {string.Join(",", r.Schedule)} {watch.ElapsedMilliseconds}");
            }
        Assert.That(states, Is.GreaterThan(0));
        TestContext.Out.WriteLine($"{states} {transitions} {watch.ElapsedMilliseconds} ms");
    }
}
