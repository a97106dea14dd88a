namespace MigrationConformance.Specs;

/// <summary>What differs between two machines, each difference one line: <c>page 3: count 2 -> 3</c>, <c>page 3: +PG_dirty</c>.</summary>
internal static class Changes
{
    public static string[] Between(Machine before, Machine after)
    {
        SortedDictionary<string, string> was = Facts.Of(before), now = Facts.Of(after);
        string[] lines =
        [
            .. was.Keys.Union(now.Keys).Order(StringComparer.Ordinal)
                .Where(name => was.GetValueOrDefault(name) != now.GetValueOrDefault(name))
                .Select(name => Line(name, was.GetValueOrDefault(name), now.GetValueOrDefault(name))),
        ];
        return lines;
    }

    /// <summary>Asserts that exactly these things changed. The order of the lines is of no meaning.</summary>
    public static void AssertExactly(Machine before, Machine after, params string[] expected) => AssertSame(Between(before, after), expected);

    /// <summary>Asserts that the lines that were found are those that were expected.</summary>
    public static void AssertSame(string[] actual, string[] expected)
    {
        string[] missing = [.. expected.Except(actual)], unexpected = [.. actual.Except(expected)];
        if (missing.Length + unexpected.Length > 0)
        {
            Assert.Fail(string.Join('\n',
            [
                "The machine did not change as stated.",
                .. missing.Select(line => $"  did not happen: {line}"),
                .. unexpected.Select(line => $"  not stated:     {line}"),
            ]));
        }
        Assert.That(actual, Is.EquivalentTo(expected));
    }

    // A flag, a tag or an index that comes or goes has no value on one side.
    private static string Line(string name, string? was, string? now)
    {
        if ((was ?? now) == "")
        {
            int colon = name.IndexOf(": ", StringComparison.Ordinal);
            return $"{name[..(colon + 2)]}{(was is null ? '+' : '-')}{name[(colon + 2)..]}";
        }
        return $"{name} {was ?? "none"} -> {now ?? "none"}";
    }
}
