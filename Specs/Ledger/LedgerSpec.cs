using System.Text;
using MigrationConformance.Conventions;

namespace MigrationConformance.Specs;

/// <summary>The ledger of differences is true: each scenario ends as its entry says, each pinning spec exists, and the page is written from it.</summary>
[TestFixture]
public sealed class LedgerSpec
{
    private static IEnumerable<TestCaseData> Entries => Differences.All.Select(entry => new TestCaseData(entry.Id).SetArgDisplayNames(entry.Id, entry.Title));

    [TestCaseSource(nameof(Entries))]
    public void The_smallest_scenario_ends_as_the_entry_says(string id)
    {
        Difference entry = Differences.All.Single(each => each.Id == id);

        Assert.That(EndOf(ScenarioReader.Read(Encoding.UTF8.GetBytes(entry.Scenario))), Is.EqualTo(entry.Ends));
    }

    [TestCaseSource(nameof(Entries))]
    public void The_pinning_spec_is_a_test(string id)
    {
        Difference entry = Differences.All.Single(each => each.Id == id);

        Assert.That(entry.Fixture.GetMethod(entry.Spec)?.GetCustomAttributes(false), Has.Some.InstanceOf<NUnit.Framework.Interfaces.ITestBuilder>()
            .Or.Some.InstanceOf<NUnit.Framework.Interfaces.ISimpleTestBuilder>());
    }

    [Test]
    public void Entries_are_numbered_without_gaps() =>
        Assert.That(Differences.All.Select(entry => entry.Id), Is.EqualTo(Enumerable.Range(1, Differences.All.Count()).Select(number => $"L{number:00}")));

    [Test]
    public void DIFFERENCES_md_is_what_the_ledger_says() => Generated.AssertCurrent("Specs/DIFFERENCES.md", Page());

    private static string EndOf(Scenario scenario)
    {
        MigrationResult result = Outcome.Of(scenario).Result;
        string end = result.End switch
        {
            StepResult.Finished => $"returns {result.Task.Result} after {result.Passes} {(result.Passes == 1 ? "pass" : "passes")}",
            StepResult.Blocked => $"blocked in pass {result.Task.Pass} on {result.Task.WaitsFor} {result.Task.WaitsForNumber}",
            _ => $"BUG {result.Run.Machine.Bug.Check} in pass {result.Task.Pass}",
        };
        return end + string.Concat(result.Pages.Select(page => $"; {page.Page} {page.Fate}{(page.Reason == BackOutReason.None ? "" : $" {page.Reason}")}"));
    }

    private static string Page()
    {
        var text = new StringBuilder();
        text.Append("# Where the documentation and the code differ\n\n");
        text.Append("What the patch's documentation, comments and changelog say, what its code does, and the smallest scenario that shows it.\n");
        text.Append("Each scenario is run, and each behaviour is pinned by a spec. To see one: `migration-conformance explain FILE --page 0`.\n\n");
        text.Append($"Written from [Ledger/Differences.cs](Ledger/Differences.cs) by `{Generated.Command}`; do not edit.\n");
        foreach ((string title, Difference[] entries) in new[] { ("Passes, lists and the return value", Differences.Passes), ("Steps", Differences.Steps), ("Kinds of pages", Differences.Pages) })
        {
            text.Append($"\n## {title}\n");
            foreach (Difference entry in entries)
                Append(text, entry);
        }
        return text.ToString();
    }

    private static void Append(StringBuilder text, Difference entry)
    {
        text.Append($"\n### {entry.Id} {entry.Title}\n\n");
        text.Append($"- **Documentation:** {entry.Documentation}\n");
        text.Append($"- **Code:** {entry.Code}\n");
        text.Append($"- **Consequence:** {entry.Consequence}\n");
        text.Append($"- **Pinned by:** [{entry.Fixture.Name}]({SpecSources.PathOf(entry.Fixture)["Specs/".Length..]}) `{entry.Spec}`\n");
        text.Append($"- **Smallest scenario:** {entry.Ends}\n\n");
        text.Append($"```json\n{entry.Scenario}\n```\n");
    }
}
