namespace MigrationConformance.Conventions;

/// <summary>
/// Every approved file `Type.Method[_parameter=value].verified.ext` lies beside the test that compares
/// it, and is text that reads the same everywhere. A file whose test was renamed or deleted would
/// otherwise stay for ever, approved and unread.
/// </summary>
[TestFixture]
public sealed class NoOrphanSnapshots
{
    private static readonly string[] Text = [".txt", ".svg", ".json", ".md"];

    [Test]
    public void Every_approved_file_has_a_test()
    {
        Hits.AssertNone(Orphans(SourceTree.Files("", "*.verified.*"), SourceTree.Files("", "*.cs")));
    }

    [Test]
    public void Every_approved_file_ends_its_lines_with_LF_and_the_last_one_too()
    {
        Hits.AssertNone([.. SourceTree.Files("", "*.verified.*").SelectMany(LineEndFaults)]);
    }

    [TestCase("Snapshots/Trees.Draws.verified.txt", 0)]
    [TestCase("Snapshots/Trees.Draws_height=2_tag=Dirty.verified.svg", 0)]
    [TestCase("Snapshots/Trees.Deep.Draws_again.verified.txt", 0)]
    [TestCase("Snapshots/Trees.Erases.verified.txt", 1)]
    [TestCase("Snapshots/Trees.Helper.verified.txt", 1)]
    [TestCase("Snapshots/Lists.Draws.verified.txt", 1)]
    [TestCase("Snapshots/Trees.Deep.Draws.verified.txt", 1)]
    [TestCase("Snapshots/Elsewhere/Trees.Draws.verified.txt", 1)]
    public void A_file_without_its_test_is_caught(string path, int orphans)
    {
        SourceFile tests = new("Snapshots/Trees.cs", """
            public sealed class Trees
            {
                [Test]
                public void Draws() { }

                private static void Helper() { }

                public sealed class Deep
                {
                    [TestCase(1)]
                    public void Draws_again(int height) { }
                }
            }
            """);

        IReadOnlyList<string> hits = Orphans([new SourceFile(path, "\n")], [tests]);

        Assert.That(hits, Has.Count.EqualTo(orphans));
        Assert.That(hits, Is.All.StartsWith($"{path}:1: no test"));
    }

    [TestCase("a\nb\n", null)]
    [TestCase("a\r\nb\n", "A.B.verified.txt:1: a carriage return, use instead: LF alone")]
    [TestCase("a\nb\r", "A.B.verified.txt:2: a carriage return, use instead: LF alone")]
    [TestCase("a\nb", "A.B.verified.txt:2: no newline at the end, use instead: a text that ends its last line")]
    [TestCase("", "A.B.verified.txt:1: no newline at the end, use instead: a text that ends its last line")]
    public void Line_ends_that_differ_between_computers_are_caught(string text, string? expected)
    {
        Assert.That(LineEndFaults(new SourceFile("A.B.verified.txt", text)).FirstOrDefault(), Is.EqualTo(expected));
    }

    private static IReadOnlyList<string> Orphans(IReadOnlyList<SourceFile> approved, IReadOnlyList<SourceFile> sources)
    {
        HashSet<string> prefixes =
        [
            .. sources.SelectMany(TestMethods.In).Where(method => method.IsTest)
                .Select(method => $"{FolderOf(method.File.Path)}{method.Type}.{method.Name}"),
        ];
        return
        [
            .. approved.Select(file => file.Path).Where(path => !Candidates(path).Any(prefixes.Contains))
                .Select(path => $"{path}:1: no test of that name beside it, use instead: git rm, or rename it after its test"),
        ];
    }

    // Method names hold underscores of their own, so the name may end at any of them.
    private static IEnumerable<string> Candidates(string path)
    {
        string name = path[..path.IndexOf(".verified.", StringComparison.Ordinal)];
        yield return name;
        for (int i = FolderOf(path).Length; i < name.Length; i++)
        {
            if (name[i] == '_')
            {
                yield return name[..i];
            }
        }
    }

    private static string FolderOf(string path) => path[..(path.LastIndexOf('/') + 1)];

    private static IEnumerable<string> LineEndFaults(SourceFile file)
    {
        if (!Text.Contains(Path.GetExtension(file.Path)))
        {
            yield break;
        }

        int carriageReturn = file.Text.IndexOf('\r');
        if (carriageReturn >= 0)
        {
            yield return $"{file.Path}:{file.LineOf(carriageReturn)}: a carriage return, use instead: LF alone";
        }

        if (!file.Text.EndsWith('\n') && !file.Text.EndsWith('\r'))
        {
            yield return $"{file.Path}:{file.LineOf(file.Text.Length)}: no newline at the end, "
                + "use instead: a text that ends its last line";
        }
    }
}
