using System.Text;
using CsCheck;

namespace MigrationConformance.Properties;

/// <summary>Counts of classes by name, printed as a table and held to their floors.</summary>
/// <param name="what">What is counted: pages, runs.</param>
internal sealed class Tally(string what)
{
    private readonly SortedDictionary<string, int> counts = new(StringComparer.Ordinal);

    /// <summary>How many there are in all.</summary>
    public int Of { get; set; }

    /// <summary>The classes that were counted.</summary>
    public IEnumerable<string> Names => counts.Keys;

    /// <summary>Counts one of a class.</summary>
    public void Count(string name) => counts[name] = counts.GetValueOrDefault(name) + 1;

    /// <summary>How many of ten thousand are of a class.</summary>
    public long Share(string name) => counts.GetValueOrDefault(name) * 10_000L / Of;

    /// <summary>Prints the table, and fails for each class that is rarer than its floor.</summary>
    /// <param name="floors">The floors, of ten thousand.</param>
    public void AssertFloors((string Class, int Floor)[] floors)
    {
        var table = new StringBuilder($"{Of} {what}; of 10,000, with the floor\n");
        foreach (string name in counts.Keys.Union(floors.Select(floor => floor.Class)).Order(StringComparer.Ordinal))
            table.Append($"{Share(name),7}  {floors.FirstOrDefault(floor => floor.Class == name).Floor,6}  {name}\n");
        TestContext.Out.WriteLine(table);
        Assert.That(floors.Where(floor => Share(floor.Class) < floor.Floor).Select(floor => $"{floor.Class}: {Share(floor.Class)} of 10,000 {what}, floor {floor.Floor}"), Is.Empty, "too rare");
        Assert.That(floors.GroupBy(floor => floor.Class).Where(floor => floor.Count() > 1).Select(floor => floor.Key), Is.Empty, "two floors");
    }
}

/// <summary>Fixed draws: the same ones in every run, until a generator changes.</summary>
internal static class FixedDraws
{
    /// <summary>The first draws of a stream.</summary>
    public static IEnumerable<T> Of<T>(Gen<T> gen, uint stream, int number)
    {
        for (int i = 0; i < number; i++)
            yield return gen.Generate(new PCG(stream, (ulong)i), null!, out _);
    }
}
