using System.Text;
using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>Every interleaving of sys_migrate_pages with one actor at every patch level: the spaces close, and nothing in them breaks a rule.</summary>
[TestFixture]
public sealed class ClosedCalls
{
    /// <summary>Rules of the steps of a call.</summary>
    internal static string[] OfCalls => [.. StepRules.All.ToArray().Where(rule => rule.OfCall).Select(rule => rule.Id)];

    private static readonly PageKind[] Kinds = [PageKind.AnonNotInSwapCache, PageKind.AnonCleanInSwapCache, PageKind.AnonShared, PageKind.FileClean];

    private static readonly SmallActor[] Actors = [SmallActor.ReadFault, SmallActor.WriteFault, SmallActor.Munmap, SmallActor.Fork];

    [Test]
    public void Close_at_every_level_and_have_the_pinned_size()
    {
        var text = new StringBuilder();
        int[] triggered = new int[StepRules.All.Length];
        foreach (PatchLevel level in Enum.GetValues<PatchLevel>())
        {
            foreach (PageKind kind in Kinds)
            {
                foreach (SmallActor actor in Actors)
                {
                    string name = $"{level}: sys_migrate_pages, {kind} + {actor}";
                    text.Append(ClosedSpaces.Line(name, ClosedSpaces.Close(Run(level, kind, actor), triggered)));
                }
            }
        }

        Assert.That(ClosedSpaces.NeverTriggered(triggered).Intersect(OfCalls), Is.Empty, "rules that no step triggered");
        Approved.Check("Interleavings/ClosedCalls.approved.txt", text.ToString());
    }

    // The page is on the LRU of node 0, the free frames are on node 1.
    private static Interleaved Run(PatchLevel level, PageKind kind, SmallActor actor)
    {
        Scenario small = SmallMachines.Scenario(kind);
        Scenario scenario = small with
        {
            Patch = level,
            Zones = 2,
            Pages = [small.Pages[0] with { List = PagePlace.Lru }, .. small.Pages.Skip(1).Select(page => page with { Zone = 1 })],
            Call = new ScenarioCall { Kind = PolicyCallKind.MigratePages, From = [0], To = [1] },
        };
        return new Interleaved(scenario, [SmallMachines.Actor(actor)], []);
    }
}
