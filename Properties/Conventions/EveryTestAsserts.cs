using System.Text.RegularExpressions;

namespace MigrationConformance.Conventions;

/// <summary>
/// No check that cannot fail: every test of the three test projects reaches an assertion, either itself
/// or through a helper of the test sources.
/// </summary>
[TestFixture]
public sealed class EveryTestAsserts
{
    private static readonly string[] TestProjects = ["Specs", "Properties", "Snapshots"];

    // Pass, Ignore and their like end a test; they check nothing.
    private static readonly Regex Assertion = new(
        @"\bAssert\s*\.\s*(?!Pass\b|Ignore\b|Inconclusive\b|Warn\b)\w"
        + @"|\bCheck\s*\.\s*Hash\s*\("
        + @"|\.\s*(?:Sample\w*|Exhaustive|Faults|Conform\w*|Faster)\s*\("
        + @"|\bthrow\b");

    private static readonly Regex Word = new(@"[A-Za-z_]\w*");

    [Test]
    public void Every_test_reaches_an_assertion()
    {
        IReadOnlyList<SourceFile> sources = [.. TestProjects.SelectMany(project => SourceTree.Files(project, "*.cs"))];

        Assert.That(sources.SelectMany(TestMethods.In).Count(method => method.IsTest), Is.GreaterThan(10));
        Hits.AssertNone(TestsWithoutAssertion(sources));
    }

    [TestCase("[Test] public void M() { }")]
    [TestCase("[Test] public void M() { Run(); }")]
    [TestCase("[Test] public void M() { // Assert.That(1, Is.EqualTo(1));\n }")]
    [TestCase("[Test] public void M() { Assert.Pass(); }")]
    [TestCase("[Test] public void M() => Run();")]
    [TestCase("[Test, Explicit] public void M() { }")]
    [TestCase("[TestCase(new[] { 1, 2 })] public void M(int[] a) { }")]
    [TestCase("[TestCaseSource(nameof(Cases))] public void M(int a) { }")]
    [TestCase("[Test] public void M() { Help(); } private static void Help() { Run(); }")]
    [TestCase("[Test] public async Task<int> M() { await Run(); return 1; }")]
    public void A_test_that_cannot_fail_is_caught_with_path_and_line(string member)
    {
        IReadOnlyList<string> hits = TestsWithoutAssertion([Fixture(member)]);

        Assert.That(hits, Is.EqualTo(new[] { "Specs/A.cs:3: M asserts nothing, use instead: Assert.That, Sample or a helper that does" }));
    }

    [TestCase("[Test] public void M() { Assert.That(1, Is.EqualTo(1)); }")]
    [TestCase("[Test] public void M() => Assert.That(1, Is.EqualTo(1));")]
    [TestCase("[Test] public void M() => Gen.Int.Sample(i => i == i);")]
    [TestCase("[Test] public void M() { Help(); } private static void Help() => Deep(); static void Deep() { throw new Exception(); }")]
    [TestCase("[TestCase(1, ExpectedResult = 2)] public int M(int a) { return a + 1; }")]
    [TestCase("public void M() { }")]
    [TestCase("[SetUp] public void M() { }")]
    public void Other_methods_are_left_alone(string member)
    {
        Assert.That(TestsWithoutAssertion([Fixture(member)]), Is.Empty);
    }

    private static SourceFile Fixture(string member) => new("Specs/A.cs", $"public sealed class A\n{{\n    {member}\n}}\n");

    private static IReadOnlyList<string> TestsWithoutAssertion(IReadOnlyList<SourceFile> sources)
    {
        List<Method> methods = [.. sources.SelectMany(TestMethods.In)];
        var asserting = new HashSet<string>();
        bool Asserts(Method method) =>
            Assertion.IsMatch(method.Body)
            || method.Attributes.Contains("ExpectedResult")
            || Word.Matches(method.Body).Any(word => asserting.Contains(word.Value));

        // Helpers that assert make their callers assert, until nothing is added any more.
        while (methods.Where(method => !method.IsTest && Asserts(method)).Count(method => asserting.Add(method.Name)) > 0)
        {
        }

        return
        [
            .. methods.Where(method => method.IsTest && !Asserts(method)).Select(method =>
                $"{method.File.Path}:{method.Line}: {method.Name} asserts nothing, "
                + "use instead: Assert.That, Sample or a helper that does"),
        ];
    }
}
