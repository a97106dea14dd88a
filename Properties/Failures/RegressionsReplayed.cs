using MigrationConformance.Conventions;
using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>Stored runs that once broke a rule, replayed before anything is drawn.</summary>
[TestFixture, Order(0)]
public sealed class RegressionsReplayed
{
    private static string Folder => Path.Combine(SourceTree.Root, "Properties", "Regressions");

    private static IEnumerable<string> Files => Directory.GetFiles(Folder, "*.json").Order(StringComparer.Ordinal).Select(file => Path.GetFileName(file));

    [TestCaseSource(nameof(Files)), Order(0)]
    public void Breaks_no_rule_any_more(string file)
    {
        string json = File.ReadAllText(Path.Combine(Folder, file));

        Interleaved run = InterleavedText.Read(json);
        Failure? failure = Failure.OfRules(run) ?? (run.Actors.Count == 0 ? NaiveComparison.Check(run.Scenario) : null);

        if (failure is not null)
            throw new BrokenRule(Report.Text(failure, json, $"Properties/Regressions/{file}"));
    }
}
