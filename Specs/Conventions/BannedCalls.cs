using System.Text.RegularExpressions;

namespace MigrationConformance.Conventions;

/// <summary>
/// The same machine and the same choices give the same result, bit for bit, on every computer: the
/// engine has no threads, clocks, chance or files, and no container that orders by hash.
/// </summary>
[TestFixture]
public sealed class BannedCalls
{
    // These two talk to the outside: a scenario is read from a file, a rendering is written to one.
    private static readonly string[] Exempt = ["Engine/Core/Scenarios/", "Engine/Core/Rendering/"];

    private static readonly (string What, Regex Pattern, string Instead)[] Banned =
    [
        Ban("System.Threading", @"\bSystem\.Threading\b", "a task and its steps"),
        Ban("lock", @"\block\s*\(", "a lock of the modelled machine"),
        Ban("async", @"\b(?:async|await)\b", "a task and its steps"),
        Ban("DateTime", @"\bDateTime(?:Offset)?\b", "the count of steps"),
        Ban("Stopwatch", @"\bStopwatch\b", "the count of steps; time is measured outside the engine"),
        Ban("Environment", @"\bEnvironment\s*\.", "a parameter"),
        Ban("Random", @"\bRandom\b", "a schedule or a scenario from the caller"),
        Ban("Dictionary<", @"\bDictionary\s*<", "a table indexed by a handle, or a RadixTree"),
        Ban("HashSet<", @"\bHashSet\s*<", "a table of flags indexed by a handle"),
        Ban("HashCode", @"\bHashCode\b", "the machine's fingerprint; HashCode has another seed in every process"),
        Ban("Guid", @"\bGuid\b", "a typed handle"),
        Ban("System.IO", @"\bSystem\.IO\b(?!\.Hashing\b)", "Scenarios or Rendering"),
        Ban("Console", @"\bConsole\b", "an observer"),
    ];

    [Test]
    public void The_engine_makes_no_banned_call()
    {
        IReadOnlyList<SourceFile> sources = SourceTree.Files("Engine/Core", "*.cs");

        Assert.That(sources, Is.Not.Empty);
        Hits.AssertNone([.. sources.SelectMany(BannedCallsIn)]);
    }

    [TestCase("using System.Threading;", "System.Threading")]
    [TestCase("using System.Threading.Tasks;", "System.Threading")]
    [TestCase("lock (table) { }", "lock")]
    [TestCase("async void F() { }", "async")]
    [TestCase("var now = DateTime.UtcNow;", "DateTime")]
    [TestCase("var now = DateTimeOffset.UtcNow;", "DateTime")]
    [TestCase("var watch = Stopwatch.StartNew();", "Stopwatch")]
    [TestCase("int t = Environment.TickCount;", "Environment")]
    [TestCase("var r = new Random(1);", "Random")]
    [TestCase("int n = System.Random.Shared.Next();", "Random")]
    [TestCase("new Dictionary<int, int>()", "Dictionary<")]
    [TestCase("new HashSet<int>()", "HashSet<")]
    [TestCase("HashCode.Combine(1, 2)", "HashCode")]
    [TestCase("var id = Guid.NewGuid();", "Guid")]
    [TestCase("using System.IO;", "System.IO")]
    [TestCase("System.IO.File.ReadAllText(path)", "System.IO")]
    [TestCase("Console.WriteLine();", "Console")]
    [TestCase("f($\"{Environment.TickCount}\")", "Environment")]
    public void A_banned_call_is_caught_with_path_and_line(string line, string what)
    {
        var file = new SourceFile("Engine/Core/Rmap/A.cs", $"namespace A;\n\n{line}\n");

        IReadOnlyList<string> hits = BannedCallsIn(file);

        Assert.That(hits, Has.Count.EqualTo(1));
        Assert.That(hits[0], Does.StartWith($"Engine/Core/Rmap/A.cs:3: {what}, use instead: "));
    }

    [TestCase("// Random order")]
    [TestCase("throw new InvalidOperationException(\"Console.WriteLine\");")]
    [TestCase("using System.IO.Hashing;")]
    [TestCase("machine.RandomSchedule();")]
    [TestCase("buffer.unlock();")]
    public void Words_that_only_look_alike_are_left_alone(string line)
    {
        Assert.That(BannedCallsIn(new SourceFile("Engine/Core/Rmap/A.cs", line)), Is.Empty);
    }

    [TestCase("Engine/Core/Scenarios/A.cs")]
    [TestCase("Engine/Core/Rendering/A.cs")]
    public void Rooms_that_talk_to_the_outside_are_exempt(string path)
    {
        Assert.That(BannedCallsIn(new SourceFile(path, "using System.IO;")), Is.Empty);
    }

    private static IReadOnlyList<string> BannedCallsIn(SourceFile source)
    {
        if (Exempt.Any(room => source.Path.StartsWith(room, StringComparison.Ordinal)))
        {
            return [];
        }

        SourceFile file = source.CodeOnly();
        return
        [
            .. from ban in Banned
               from Match match in ban.Pattern.Matches(file.Text)
               let line = file.LineOf(match.Index)
               orderby line
               select $"{file.Path}:{line}: {ban.What}, use instead: {ban.Instead}",
        ];
    }

    private static (string What, Regex Pattern, string Instead) Ban(string what, string pattern, string instead) =>
        (what, new Regex(pattern), instead);
}
