using System.Text;
using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>
/// Every interleaving of a migration with an actor on another page of the same file or the same anonymous memory, which stays on the LRU: the two have no page
/// in common, but a tree, a list, the VMAs and their locks.
/// </summary>
[TestFixture]
public sealed class ClosedNeighbours
{
    private static readonly PageKind[] Kinds = [PageKind.AnonCleanInSwapCache, PageKind.FileClean, PageKind.FileWithBuffers, PageKind.Tmpfs];

    [Test]
    public void Close_and_have_the_pinned_size()
    {
        var text = new StringBuilder();
        foreach (PageKind kind in Kinds)
        {
            foreach (SmallActor actor in Enum.GetValues<SmallActor>().Where(actor => SmallMachines.Possible(kind, actor)))
                text.Append(Line(kind, actor));
        }
        text.Append(Line(PageKind.FileClean, SmallActor.WritebackStart, SmallActor.WritebackEnd));

        Approved.Check("Interleavings/ClosedNeighbours.approved.txt", text.ToString());
    }

    private static string Line(PageKind kind, params SmallActor[] actors) =>
        ClosedSpaces.Line($"{kind}, beside it {string.Join(" + ", actors)}", ClosedSpaces.Close(Run(kind, actors), null));

    // The other page is dirty: there is something to write back, and to lose.
    private static Interleaved Run(PageKind kind, params SmallActor[] actors)
    {
        Scenario small = SmallMachines.Scenario(kind);
        ScenarioPage page = small.Pages[0];
        ScenarioPage neighbour = page with
        {
            Index = page.Index + 1,
            SwapCache = page.SwapCache == 0 ? 0 : page.SwapCache + 1,
            Flags = page.Flags | PageFlags.Dirty,
            List = PagePlace.Lru,
            Ptes = [page.Ptes[0] with { Address = page.Ptes[0].Address + Machine.PageSize }],
        };
        return new Interleaved(small with { Pages = small.Pages.With(neighbour) }, [.. actors.Select(actor => Beside(SmallMachines.Actor(actor)))], []);
    }

    private static ActorSpec Beside(ActorSpec actor) => actor with
    {
        Address = actor.Address == 0 ? 0 : actor.Address + Machine.PageSize,
        Index = actor.Index == 0 ? 0 : actor.Index + 1,
    };
}
