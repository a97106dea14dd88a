using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace MigrationConformance.Conventions;

/// <summary>
/// Nothing but the compiler itself reads or writes our sources at build time: no Roslyn, no analyzer
/// and no source generator, direct or transitive.
/// </summary>
[TestFixture]
public sealed class NoRoslynInThePackageGraph
{
    private static readonly (string Pattern, string Why)[] Forbidden =
    [
        (@"^Microsoft\.CodeAnalysis(\.|$)", "is Roslyn"),
        (@"^Microsoft\.Net\.Compilers", "is Roslyn"),
        (@"Analyzers?(\.|$)", "is an analyzer"),
        (@"^(StyleCop|Roslynator|SonarAnalyzer|Roslyn)\b", "is an analyzer"),
        (@"^Microsoft\.Testing\.Extensions\.HangDump$", "brings an analyzer"),
        (@"(Source)?Generators?(\.|$)", "is a source generator"),
        (@"^(PolySharp|Refit|Riok\.Mapperly|CommunityToolkit\.Mvvm|Microsoft\.Windows\.CsWin32|ThisAssembly)(\.|$)",
            "brings a source generator"),
        (@"^BenchmarkDotNet(\.|$)", "brings Roslyn"),
    ];

    [Test]
    public void No_lock_file_names_a_forbidden_package()
    {
        Hits.AssertNone([.. SourceTree.Files("", "packages.lock.json").SelectMany(ForbiddenPackages)]);
    }

    [Test]
    public void Every_project_has_a_lock_file()
    {
        IReadOnlyList<SourceFile> projects = SourceTree.Files("", "*.csproj");

        Assert.That(projects, Is.Not.Empty);
        Hits.AssertNone(
        [
            .. projects.Select(project => Path.Combine(Path.GetDirectoryName(project.Path)!, "packages.lock.json"))
                .Where(path => !File.Exists(Path.Combine(SourceTree.Root, path)))
                .Select(path => $"{path}: missing, commit the file that restore writes"),
        ]);
    }

    [Test]
    public void The_compiler_is_handed_no_analyzer_of_the_SDK()
    {
        Assert.That(EmptiesAnalyzers(SourceTree.Read("Directory.Build.props")), Is.True);
    }

    [TestCase("Microsoft.CodeAnalysis")]
    [TestCase("Microsoft.CodeAnalysis.CSharp")]
    [TestCase("microsoft.codeanalysis.common")]
    [TestCase("NUnit.Analyzers")]
    [TestCase("Spectre.Console.Analyzer")]
    [TestCase("StyleCop.Analyzers.Unstable")]
    [TestCase("Microsoft.Extensions.Logging.Generators")]
    [TestCase("Mediator.SourceGenerator")]
    [TestCase("BenchmarkDotNet")]
    public void A_forbidden_package_is_caught_with_path_and_reason(string package)
    {
        var file = new SourceFile("A/packages.lock.json", LockFile(package));

        IReadOnlyList<string> hits = ForbiddenPackages(file);

        Assert.That(hits, Has.Count.EqualTo(1));
        Assert.That(hits[0], Does.StartWith($"A/packages.lock.json: {package}, "));
    }

    [TestCase("NUnit")]
    [TestCase("CsCheck")]
    [TestCase("Microsoft.CodeCoverage")]
    [TestCase("Microsoft.Extensions.DependencyModel")]
    public void An_ordinary_package_is_left_alone(string package)
    {
        Assert.That(ForbiddenPackages(new SourceFile("A/packages.lock.json", LockFile(package))), Is.Empty);
    }

    [TestCase("""<Project><Target BeforeTargets="CoreCompile"><ItemGroup /></Target></Project>""")]
    [TestCase("""<Project><Target BeforeTargets="Build"><ItemGroup><Analyzer Remove="@(Analyzer)" /></ItemGroup></Target></Project>""")]
    [TestCase("""<Project><Target BeforeTargets="CoreCompile" Condition="false"><ItemGroup><Analyzer Remove="@(Analyzer)" /></ItemGroup></Target></Project>""")]
    public void Build_settings_that_leave_analyzers_in_are_caught(string settings)
    {
        Assert.That(EmptiesAnalyzers(settings), Is.False);
    }

    private static IReadOnlyList<string> ForbiddenPackages(SourceFile lockFile)
    {
        using var json = JsonDocument.Parse(lockFile.Text);
        var hits = new List<string>();
        foreach (JsonProperty framework in json.RootElement.GetProperty("dependencies").EnumerateObject())
        {
            foreach (JsonProperty package in framework.Value.EnumerateObject())
            {
                string? why = Forbidden.FirstOrDefault(
                    rule => Regex.IsMatch(package.Name, rule.Pattern, RegexOptions.IgnoreCase)).Why;
                if (why is not null)
                {
                    string type = package.Value.GetProperty("type").GetString()!;
                    hits.Add($"{lockFile.Path}: {package.Name}, {why} ({type})");
                }
            }
        }

        return hits;
    }

    private static bool EmptiesAnalyzers(string buildSettings) =>
        XDocument.Parse(buildSettings).Root!.Elements("Target").Any(target =>
            (string?)target.Attribute("BeforeTargets") == "CoreCompile"
            && target.Attribute("Condition") is null
            && target.Elements("ItemGroup").Elements("Analyzer").Any(
                item => (string?)item.Attribute("Remove") == "@(Analyzer)" && item.Attribute("Condition") is null));

    private static string LockFile(string package) =>
        $$"""
        {
          "version": 2,
          "dependencies": {
            "net10.0": {
              "Harmless": { "type": "Direct", "resolved": "1.0.0" },
              "{{package}}": { "type": "Transitive", "resolved": "1.0.0" }
            }
          }
        }
        """;
}
