namespace MigrationConformance.Cli;

/// <summary>What the program says to command lines that it cannot use.</summary>
[TestFixture]
public sealed class Mistakes
{
    private string folder = null!;

    [OneTimeSetUp]
    public void SetUp()
    {
        folder = Directory.CreateTempSubdirectory("mistakes").FullName;
        File.WriteAllText(Path.Combine(folder, "one.json"), """{"pages":[{"file":0}]}""");
    }

    [OneTimeTearDown]
    public void TearDown() => Directory.Delete(folder, recursive: true);

    [TestCase("expected a verb: migrate, capture, explain, compare, review or bench")]
    [TestCase("frob: expected a verb: migrate, capture, explain, compare, review or bench", "frob")]
    [TestCase("--frob: expected one of the options that --help lists", "--frob")]
    [TestCase("--frob: expected one of the options that capture --help lists", "capture", "--frob")]
    [TestCase("--frob: expected an option that --help lists, or ./--frob for a file of this name", "migrate", "--frob")]
    [TestCase("--json has every page already: expected no --pages beside it", "migrate", "-", "--json", "--pages")]
    [TestCase("--jsonl reads standard input and writes JSON: expected no FILE, --json or --pages beside it", "migrate", "-", "--jsonl")]
    [TestCase("no/such/file.json: there is no such file", "migrate", "no/such/file.json")]
    [TestCase("/: this is a folder, expected a file", "migrate", "/")]
    [TestCase("option '--page' is required", "explain", "-")]
    [TestCase("--page x: expected the number of a page, from 0", "explain", "one.json", "--page", "x")]
    [TestCase("--page 2: expected a page of the scenario, 0 to 1", "explain", "one.json", "--page", "2")]
    [TestCase("--pid init: expected the number of a process", "capture", "--pid", "init")]
    [TestCase("--pid 0: expected the number of a process", "capture", "--pid", "0")]
    public void A_sentence_names_what_is_wrong_and_what_was_expected(string sentence, params string[] args)
    {
        string[] words = [.. args.Select(word => word == "one.json" ? Path.Combine(folder, word) : word)];

        Assert.That(() => Program.Run(words), Throws.TypeOf<UserError>().With.Message.EqualTo(sentence));
    }
}
