using System.Text;
using MigrationConformance.Cli;
using MigrationConformance.Cli.Compare;

namespace MigrationConformance.Snapshots;

/// <summary>What <c>compare</c> says of two small machines, in each of its formats: one page moves, one no longer leaves.</summary>
[TestFixture]
public sealed class Comparisons
{
    private const string Claims = """
        { "before": "before", "after": "v9", "claims": [
            { "id": "moves", "says": "A clean page of a file moves.", "pages": ["file !dirty"], "shows": { "fate": ["* -> migrated"] },
              "with": { "reason": ["*"], "copied": ["+ uptodate"], "list": ["*"], "tree": ["*"], "identity": ["*"] } },
            { "id": "never-seen", "says": "Nothing here is of tmpfs.", "pages": ["tmpfs"], "shows": { "fate": ["*"] } } ] }
        """;

    private static readonly string[] Scenarios =
    [
        """{"fanOut":8,"pages":[{"file":0,"index":2,"mappedBy":1}]}""",
        """{"fanOut":8,"pages":[{"anonVma":0,"index":2,"mappedBy":1}]}""",
    ];

    [Test]
    public Task Table()
    {
        using MemoryStream stream = new();
        using (TextOutput output = new(stream, terminal: false))
            ComparisonTable.Print(output, Report());
        return Verify(Encoding.UTF8.GetString(stream.ToArray()));
    }

    [Test]
    public Task Markdown() => Verify(Text(ComparisonMarkdown.Write), "md");

    [Test]
    public Task Json() => Verify(Text(ComparisonJson.Write), "json");

    // The pictures are approved elsewhere, as pictures; here only that they are there.
    [Test]
    public Task Html() => Verify(System.Text.RegularExpressions.Regex.Replace(Text(ComparisonHtml.Write), "base64,[^\"]+", "base64,…"), "html");

    private static string Text(Action<TextWriter, ComparisonReport> write)
    {
        using StringWriter text = new() { NewLine = "\n" };
        write(text, Report());
        return text.ToString();
    }

    private static ComparisonReport Report()
    {
        Comparison comparison = CompareRun.Over(
            [.. Scenarios.Select(text => ScenarioBuilder.Build(ScenarioReader.Read(Encoding.UTF8.GetBytes(text))))], [PatchLevel.Before, PatchLevel.V9])[0];
        return new ComparisonReport(comparison, ClaimsReader.Parse("claims.json", Claims), "two files", "");
    }
}
