using MigrationConformance.Conventions;
using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>
/// Every interleaving of a migration with two actors: each pair of actors, an actor with itself among them, on every kind of page
/// on which the space closes with 10,000 states, or else on the one where it is smallest; on a private copy only with a truncation,
/// without which it is an anonymous page like others. The approved file lists them, with the sizes. Nothing in these spaces breaks a rule.
/// </summary>
[TestFixture]
public sealed class ClosedPairs
{
    private const string Approved = "Interleavings/ClosedSpacesOfPairs.approved.txt";
    private const int MostStates = 200_000;

    [Test]
    public void Close_and_have_the_pinned_size()
    {
        (PageKind Kind, SmallActor First, SmallActor Second)[] pairs = [.. Listed()];
        string[] lines = new string[pairs.Length];
        // Each space is its thread's own, and what is written down does not depend on which one was quicker.
        try
        {
            Parallel.For(0, pairs.Length, new ParallelOptions { MaxDegreeOfParallelism = 2 }, i =>
            {
                string name = $"{pairs[i].Kind} + {pairs[i].First} + {pairs[i].Second}";
                lines[i] = ClosedSpaces.Line(name, ClosedSpaces.Close(SmallMachines.Run(pairs[i].Kind, pairs[i].First, pairs[i].Second), null, MostStates));
            });
        }
        catch (AggregateException several)
        {
            throw several.InnerExceptions[0];
        }

        Properties.Approved.Check(Approved, string.Concat(lines));
    }

    [Test]
    public void Leave_no_pair_out()
    {
        SmallActor[] actors = Enum.GetValues<SmallActor>();
        PageKind[] kinds = Enum.GetValues<PageKind>();
        var listed = Listed().Select(pair => (pair.First, pair.Second)).ToHashSet();
        string[] missing = [.. from first in actors from second in actors where first <= second
            && kinds.Any(kind => SmallMachines.Possible(kind, first) && SmallMachines.Possible(kind, second)) && !listed.Contains((first, second))
            select $"{first} + {second}"];

        Assert.That(missing, Is.Empty, $"pairs without a space: add a line \"Kind + First + Second: \" to {Approved}");
        Assert.That(listed, Has.Count.GreaterThan(300));
    }

    private static IEnumerable<(PageKind Kind, SmallActor First, SmallActor Second)> Listed() =>
        File.ReadAllLines(Path.Combine(SourceTree.Root, "Properties", Approved)).Select(line => line.Split(':')[0].Split(" + "))
            .Select(names => (Enum.Parse<PageKind>(names[0]), Enum.Parse<SmallActor>(names[1]), Enum.Parse<SmallActor>(names[2])));
}
