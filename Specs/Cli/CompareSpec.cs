using System.Text;
using System.Text.Json;
using MigrationConformance.Cli.Compare;
using MigrationConformance.Core;

namespace MigrationConformance.Cli;

/// <summary>The verb <c>compare</c>: its outputs, its exit codes and its mistakes.</summary>
[TestFixture]
public sealed class CompareSpec
{
    private const string Moving = """{"fanOut":8,"pages":[{"file":0,"index":2,"mappedBy":1}]}""";
    private const string Escaped = """{"before":"before","after":"v9","claims":[{"id":"none","says":"<b>\"never\"</b>","pages":["anon"],"shows":{"fate":["*"]}}]}""";

    private string folder = "";

    [SetUp]
    public void MakeFolder() => folder = Directory.CreateTempSubdirectory("compare").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(folder, recursive: true);

    [Test]
    public void A_claimed_difference_answers_0_an_unclaimed_one_1()
    {
        string scenario = Write("page.json", Moving), claims = Write("claims.json", Escaped);

        Assert.That(Program.Run(["compare", "--before", "before", "--after", "v9", scenario, "--markdown", Path.Combine(folder, "a.md"), "--json", "/dev/null"]), Is.Zero);
        Assert.That(Program.Run(["compare", "--before", "before", "--after", "v9", scenario, "--claims", claims, "--markdown", Path.Combine(folder, "b.md")]), Is.EqualTo(1));
        Assert.That(File.ReadAllText(Path.Combine(folder, "a.md")), Does.Contain("| 1 | file page now moves (was: swapped out) | moves-directly |"));
        Assert.That(File.ReadAllText(Path.Combine(folder, "b.md")), Does.Contain("**unclaimed**").And.Contain("Claims that nothing was seen of: none."));
    }

    [Test]
    public void The_JSON_object_has_everything()
    {
        using JsonDocument json = JsonDocument.Parse(Text(ComparisonJson.Write));
        JsonElement root = json.RootElement, group = root.GetProperty("groups")[0];

        Assert.That((root.GetProperty("machines").GetInt32(), root.GetProperty("differing").GetInt32(), root.GetProperty("unclaimed").GetInt32()), Is.EqualTo((1, 1, 1)));
        Assert.That(group.GetProperty("claim").ValueKind, Is.EqualTo(JsonValueKind.Null));
        Assert.That(group.GetProperty("always").EnumerateArray().Select(word => word.GetString()), Is.EqualTo(new[] { "file", "mapped" }));
        Assert.That(group.GetProperty("differences")[0].GetProperty("aspect").GetString(), Is.EqualTo("fate"));
        Scenario smallest = ScenarioReader.Read(Encoding.UTF8.GetBytes(group.GetProperty("smallest").GetProperty("scenario").GetRawText()));
        Assert.That(smallest.Pages[0].Index, Is.EqualTo(2));
        Assert.That(group.GetProperty("smallest").GetProperty("after").EnumerateArray().Last().GetString(), Is.EqualTo("At the end: page 0 migrated to page 1; migrate_pages returned 0 after 1 pass."));
        Assert.That(root.GetProperty("claimsUnseen")[0].GetString(), Is.EqualTo("none"));
    }

    [Test]
    public void The_page_is_self_contained_and_shows_before_and_after()
    {
        string html = Text(ComparisonHtml.Write);

        Assert.That(html, Does.Not.Match("(?:src|href)=\"(?!data:|#)").And.Not.Contain("<script"));
        Assert.That(html, Does.Contain("default-src 'none'").And.Contain("data:image/svg+xml;base64,"));
        Assert.That(html, Does.Contain("&lt;b&gt;&quot;never&quot;&lt;/b&gt;").And.Not.Contain("<b>\"never\""));
        string svg = Encoding.UTF8.GetString(Convert.FromBase64String(html.Split("base64,")[1].Split('"')[0]));
        Assert.That(svg, Does.StartWith("<svg").And.Contain("at the end, before").And.Contain("at the end, v9"));
    }

    [Test]
    public void The_story_is_sentences_about_what_each_level_did()
    {
        string markdown = Text(ComparisonMarkdown.Write);

        Assert.That(markdown, Does.Contain("At `before`:\n\n- Pass 0: ").And.Contain("swap_page: remove_mapping: count 2 → 1"));
        Assert.That(markdown, Does.Contain("At `v9`:\n\n- Pass 0: ").And.Contain("11 switch the tree's slot: the tree finds page 1 now."));
    }

    [Test]
    public void The_same_comparison_is_the_same_bytes()
    {
        Assert.That(Text(ComparisonHtml.Write), Is.EqualTo(Text(ComparisonHtml.Write)));
        Assert.That(Text(ComparisonMarkdown.Write), Is.EqualTo(Text(ComparisonMarkdown.Write)));
    }

    [TestCase("--before v8 --after v9", "--before v8: expected one of before, swapCacheCheck, v9, ")]
    [TestCase("--before before", "option '--after' is required")]
    [TestCase("--before before --after v9 --bound 9", "--bound 9: expected a number from 0 to 5")]
    [TestCase("--before before --after v9 --bound 1 page.json", "--bound is about machines that are made: expected no FILE beside it")]
    [TestCase("--before before --after v9 --interleave frob", "--interleave frob: expected all, or one of readFault, ")]
    [TestCase("--before before --after v9 --interleave all --bound 1", "--bound does not go with --interleave")]
    [TestCase("--before before --after v9 --claims absent.json", "absent.json: there is no such file")]
    [TestCase("--before before --after v9 absent.json", "absent.json: there is no such file")]
    [TestCase("--before before --after v9 --frob", "--frob: expected an option that --help lists")]
    public void A_mistake_is_one_sentence(string arguments, string sentence) =>
        Assert.That(() => Program.Run(["compare", .. arguments.Split(' ')]), Throws.TypeOf<UserError>().With.Message.StartsWith(sentence));

    [Test]
    public void Claims_of_other_levels_are_refused()
    {
        string claims = Write("claims.json", Escaped);

        Assert.That(() => Program.Run(["compare", "--before", "v9", "--after", "policyLayer", "--claims", claims]),
            Throws.TypeOf<UserError>().With.Message.EqualTo($"{claims}: these are the claims from before to v9, expected v9 to policyLayer"));
    }

    [Test]
    public void An_interleaved_run_is_compared_in_every_order()
    {
        Interleaved run = new(SmallMachines.Scenario(PageKind.FileClean), [SmallMachines.Actor(SmallActor.FindGetPage)], [0, 1]);
        string file = Write("run.json", InterleavedText.Write(run)), json = Path.Combine(folder, "out.json");

        int answer = Program.Run(["compare", "--before", "before", "--after", "swapCacheCheck", file, "--json", json, "--markdown", "/dev/null", "--html", "/dev/null"]);

        Assert.That(answer, Is.Zero);
        Assert.That(File.ReadAllText(json), Does.Contain("\"machines\": 1,").And.Contain("\"differing\": 0,"));
    }

    private static string Text(Action<TextWriter, ComparisonReport> write)
    {
        Comparison comparison = CompareRun.Over([ScenarioBuilder.Build(ScenarioReader.Read(Encoding.UTF8.GetBytes(Moving)))], [PatchLevel.Before, PatchLevel.V9])[0];
        using StringWriter text = new() { NewLine = "\n" };
        write(text, new ComparisonReport(comparison, ClaimsReader.Parse("claims.json", Escaped), "one page", "nothing"));
        return text.ToString();
    }

    private string Write(string name, string text)
    {
        string path = Path.Combine(folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
