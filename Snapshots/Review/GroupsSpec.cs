using MigrationConformance.Cli.Review;

namespace MigrationConformance.Snapshots.Review;

/// <summary>Snapshots that differ for one reason are one decision, whatever kind of snapshot they are.</summary>
[TestFixture]
public sealed class GroupsSpec
{
    private const string Cause = "new page gains PG_referenced";

    [Test]
    public void Lists_trees_and_traces_that_changed_for_one_reason_are_one_group()
    {
        List<ReviewGroup> groups = ReviewGroup.Of(Kinds("a"));

        Assert.That(groups.Select(g => g.Title), Is.EqualTo(new[] { $"{Cause}: 3 snapshots" }));
        Assert.That(groups[0].Id, Is.EqualTo("new-page-gains-pg_referenced"));
    }

    [Test]
    public void A_thousand_snapshots_of_two_reasons_are_two_groups_and_none_is_lost()
    {
        List<PendingSnapshot> pending = [.. Enumerable.Range(0, 250).SelectMany(i => Kinds($"{i:000}"))];
        pending.AddRange(Enumerable.Range(0, 250).Select(i => One($"z{i:000}", "page 0: count 2\n", "page 0: count 3\n")));

        List<ReviewGroup> groups = ReviewGroup.Of(pending);

        Assert.That(groups.Select(g => (g.Cause, g.Snapshots.Count)), Is.EqualTo(new[] { (Cause, 750), ("page: count +1", 250) }));
        Assert.That(groups.SelectMany(g => g.Snapshots), Is.EquivalentTo(pending));
    }

    [Test]
    public void What_else_changed_in_a_group_is_said_with_how_many()
    {
        List<PendingSnapshot> pending = [.. Kinds("a"), One("b", "newpage 1: count 2, flags uptodate\n", "newpage 1: count 3, flags referenced|uptodate\n")];

        ReviewGroup group = ReviewGroup.Of(pending).Single();

        Assert.That(group.Cause, Is.EqualTo(Cause));
        Assert.That(group.Also, Is.EqualTo(new[] { ("new page: count +1", 1) }));
    }

    private static IReadOnlyList<PendingSnapshot> Kinds(string name) =>
    [
        One($"{name}1", "lru_add: pages 1\n  newpage 1: count 2, flags uptodate\n", "lru_add: pages 1\n  newpage 1: count 2, flags referenced|uptodate\n"),
        One($"{name}2", "    [0x7]: newpage 4, count 2, flags uptodate\n", "    [0x7]: newpage 4, count 2, flags referenced|uptodate\n"),
        One($"{name}3", "    15 CopyFlags: newpage 9 +uptodate\n", "    15 CopyFlags: newpage 9 +referenced +uptodate\n"),
    ];

    private static PendingSnapshot One(string name, string approved, string received) =>
        new($"{name}.txt", $"{name}.received.txt", $"{name}.verified.txt", approved, received);
}
