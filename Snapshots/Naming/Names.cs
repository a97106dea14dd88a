namespace MigrationConformance.Snapshots;

/// <summary>Where approved files lie: each name that the snapshot library makes, so that another one that makes other names is noticed.</summary>
[TestFixture]
public sealed class Names
{
    [Test]
    public Task Plain() => Verify("plain\n");

    [TestCase(null)]
    [TestCase("a: b/c?")]
    public Task Text(string? value) => Verify($"{value ?? "null"}\n");

    [TestCase(-1, 0.5, true)]
    public Task Several(int whole, double part, bool yes) => Verify(FormattableString.Invariant($"{whole} {part} {yes}\n"));

    [TestCase(new[] { 1, 2 })]
    [TestCase(new int[0])]
    public Task Items(int[] items) => Verify($"[{string.Join(',', items)}]\n");

    [TestCase(7)]
    public Task Given(int ignored) => Verify($"{ignored}\n").UseParameters(8);

    [TestCase(7)]
    public Task Worded(int ignored) => Verify($"{ignored}\n").UseTextForParameters("words");

    [Test]
    public Task Another_extension() => Verify("{}\n", "json");

    [Test]
    public Task Foreign_line_ends() => Verify("a\r\nb\rc\n");

    public sealed class Nested
    {
        [Test]
        public Task Plain() => Verify("nested\n");
    }
}

/// <summary>The arguments of a fixture come before those of the method.</summary>
[TestFixture("left")]
[TestFixture("right")]
public sealed class NamesOfFixtures(string side)
{
    [TestCase(1)]
    public Task Both(int number) => Verify($"{side} {number}\n");
}
