using MigrationConformance.Core;

namespace MigrationConformance.Cli;

/// <summary>The capture that comes with the program.</summary>
[TestFixture]
public sealed class EmbeddedCapture
{
    [Test]
    public void It_is_a_scenario_with_pages_of_every_kind_that_processes_share()
    {
        Scenario scenario = ScenarioReader.Read(Captures.OpenEmbedded());

        ScenarioMachine run = ScenarioBuilder.Build(scenario);

        Assert.That(run.FromPages, Has.Length.GreaterThan(1000));
        Assert.That(scenario.Pages.Count(page => page.AnonVma is not null && page.Ptes.Count > 1), Is.Positive);
        Assert.That(scenario.Pages.Count(page => page.File is not null && page.Ptes.Count > 1), Is.Positive);
        Assert.That(scenario.Pages.Count(page => page.Buffers.Count > 0), Is.Positive);
        Assert.That(scenario.Files!.Count(file => file.Kind == MappingKind.Tmpfs), Is.Positive);
    }

    [Test]
    public void It_has_no_names()
    {
        Scenario scenario = ScenarioReader.Read(Captures.OpenEmbedded());

        Assert.That(scenario.Files!.Select(file => file.Name), Has.All.Null);
        Assert.That(scenario.Processes!.Select(process => process.Name), Has.All.Null);
    }
}
