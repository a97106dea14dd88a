using System.Text.Json;
using System.Text.RegularExpressions;
using MigrationConformance.Conventions;
using MigrationConformance.Core;

namespace MigrationConformance.Scenarios;

/// <summary>The schema and the page about the format say what the reader does.</summary>
[TestFixture]
public sealed class FormatSpec
{
    private const string Room = "Engine/Core/Scenarios/";

    // Where the reader meets an object of each definition: the text around it.
    private static readonly (string Definition, string Before, string After)[] Objects =
    [
        ("", "", ""),
        ("swap", "{'swap':", "}"),
        ("slotUse", "{'swap':{'map':[", "]}}"),
        ("slotContents", "{'swap':{'contents':[", "]}}"),
        ("file", "{'files':[", "]}"),
        ("block", "{'files':[{'blocks':[", "]}]}"),
        ("swapped", "{'files':[{'swapped':[", "]}]}"),
        ("process", "{'processes':[", "]}"),
        ("vma", "{'vmas':[", "]}"),
        ("entry", "{'vmas':[{'entries':[", "]}]}"),
        ("page", "{'pages':[", "]}"),
        ("pte", "{'pages':[{'ptes':[", "]}]}"),
        ("swapPte", "{'pages':[{'swapPtes':[", "]}]}"),
        ("buffer", "{'pages':[{'buffers':[", "]}]}"),
        ("writeback", "{'pages':[{'writeback':", "}]}"),
        ("mapping", "{'pages':[{'mapping':", "}]}"),
        ("lock", "{'locks':[", "]}"),
        ("call", "{'call':", "}"),
        ("migratePages", "{'call':{'migratePages':", "}}"),
        ("mbind", "{'call':{'mbind':", "}}"),
    ];

    private static JsonElement Schema => JsonDocument.Parse(SourceTree.Read(Room + "scenario.schema.json")).RootElement;

    private static string Page => SourceTree.Read(Room + "FORMAT.md");

    [Test]
    public void The_schema_defines_every_object_that_the_reader_knows()
    {
        IEnumerable<string> defined = Schema.GetProperty("$defs").EnumerateObject()
            .Where(definition => definition.Value.TryGetProperty("properties", out _)).Select(definition => definition.Name);

        Assert.That(defined, Is.EquivalentTo(Objects.Select(o => o.Definition).Where(name => name != "")));
    }

    [TestCaseSource(nameof(Objects))]
    public void The_schema_and_the_reader_know_the_same_names((string Definition, string Before, string After) of)
    {
        string[] named = [.. Definition(of.Definition).GetProperty("properties").EnumerateObject().Select(member => member.Name)];

        string sentence = Sentence.OfReading((of.Before + "{'?':0}" + of.After).Replace('\'', '"'));

        Assert.That(sentence, Does.Contain("found the unknown name \"?\", expected "));
        Assert.That(Quoted(sentence[sentence.IndexOf(", expected ", StringComparison.Ordinal)..]), Is.EqualTo(named));
    }

    [TestCaseSource(nameof(Objects))]
    public void The_schema_and_the_reader_know_the_same_words((string Definition, string Before, string After) of)
    {
        foreach (JsonProperty member in Definition(of.Definition).GetProperty("properties").EnumerateObject())
        {
            JsonElement value = member.Value;
            bool list = value.TryGetProperty("items", out JsonElement items);
            if (!(list ? items : value).TryGetProperty("enum", out JsonElement words) || words[0].ValueKind != JsonValueKind.String)
                continue;
            string wrong = list ? "['?']" : "'?'";
            string sentence = Sentence.OfReading($"{of.Before}{{'{member.Name}':{wrong}}}{of.After}".Replace('\'', '"'));
            string[] known = [.. Quoted(sentence[sentence.IndexOf(", expected ", StringComparison.Ordinal)..])];
            string[] computed = ["locked", "lru", "private", "writeback", "swapCache"];
            string[] allowed = of.Definition == "page" && member.Name == "flags" ? [.. known.Except(computed)]
                : member.Name == "before" ? [.. known.Except(["putback"])]
                : member.Name == "after" ? [.. known.Except(["isolate"])] : known;
            Assert.That(words.EnumerateArray().Select(word => word.GetString()), Is.EquivalentTo(allowed), $"{of.Definition}.{member.Name}");
        }
    }

    [TestCaseSource(nameof(Objects))]
    public void The_reader_requires_what_the_schema_requires((string Definition, string Before, string After) of)
    {
        bool requires = Definition(of.Definition).TryGetProperty("required", out JsonElement required);

        string sentence = Sentence.OfReading((of.Before + "{}" + of.After).Replace('\'', '"'));

        Assert.That(sentence.Contains("found no \""), Is.EqualTo(requires), sentence);
        Assert.That(!requires || sentence.Contains($"found no \"{required[0].GetString()}\""), Is.True, sentence);
    }

    [Test]
    public void Every_example_of_the_schema_makes_a_machine_that_runs()
    {
        JsonElement examples = Schema.GetProperty("examples");

        Assert.That(examples.GetArrayLength(), Is.GreaterThan(2));
        foreach (JsonElement example in examples.EnumerateArray())
            Assert.That(MigrationRun.Run(Sentence.Build(example.GetRawText())).End, Is.EqualTo(StepResult.Finished), example.GetRawText());
    }

    [Test]
    public void Every_example_of_the_page_makes_a_machine()
    {
        MatchCollection examples = Regex.Matches(Page, "```json\n(?<text>.*?)```", RegexOptions.Singleline);

        Assert.That(examples, Is.Not.Empty);
        foreach (Match example in examples)
            Assert.That(Sentence.OfBuilding(example.Groups["text"].Value), Is.EqualTo("it was accepted"), example.Value);
    }

    [Test]
    public void The_page_names_every_member_of_the_schema()
    {
        foreach (string definition in Objects.Select(o => o.Definition))
        {
            foreach (JsonProperty member in Definition(definition).GetProperty("properties").EnumerateObject())
                Assert.That(Page, Does.Match($"[`\"]{member.Name}[`\"]"), $"{definition}.{member.Name}");
        }
    }

    private static JsonElement Definition(string name) =>
        name == "" ? Schema : Schema.GetProperty("$defs").GetProperty(name);

    private static IEnumerable<string> Quoted(string text) => Regex.Matches(text, "\"([^\"]*)\"").Select(match => match.Groups[1].Value);
}
