namespace MigrationConformance.Cli;

/// <summary>A sparse set counts its members below each of them.</summary>
[TestFixture]
public sealed class SparseSetSpec
{
    [Test]
    public void The_rank_of_a_member_is_its_place_among_the_members()
    {
        ulong[] members = [0, 1, 63, 64, 4095, 32767, 32768, 1UL << 40, (1UL << 55) - 1];
        SparseSet set = new();
        foreach (ulong member in members.Reverse())
            Assert.That(set.Add(member), Is.True);

        ulong[] chunks = set.Rank();

        Assert.That(members.Select(set.RankOf), Is.EqualTo(Enumerable.Range(0, members.Length)));
        Assert.That(chunks, Is.EqualTo(new ulong[] { 0, 32768, 1UL << 40, (1UL << 55) - 32768 }));
        Assert.That(set.Count, Is.EqualTo(members.Length));
    }

    [Test]
    public void A_number_that_was_not_added_has_no_rank()
    {
        SparseSet set = new();
        set.Add(70);
        set.Rank();

        Assert.That(new ulong[] { 0, 69, 71, 32768 + 70 }.Select(set.RankOf), Has.All.EqualTo(-1));
    }

    [Test]
    public void A_number_is_added_once()
    {
        SparseSet set = new();
        set.Add(70);

        Assert.That(set.Add(70), Is.False);
        Assert.That(set.Count, Is.EqualTo(1));
    }
}
