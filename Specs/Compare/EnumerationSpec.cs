using MigrationConformance.Cli.Compare;
using MigrationConformance.Core;

namespace MigrationConformance.Compare;

/// <summary>The small machines: complete up to the bound, the same in every run, and what they leave out is said.</summary>
[TestFixture]
public sealed class EnumerationSpec
{
    [Test]
    public void Bound_0_is_a_plain_machine_for_each_owner()
    {
        EnumeratedMachine[] machines = [.. All(0)];

        Assert.That(machines.Select(machine => machine.Features), Is.All.Zero);
        Assert.That(machines.Select(machine => ScenarioWriter.ToText(machine.Built.Scenario)).Distinct().Count(), Is.EqualTo(machines.Length).And.EqualTo(6));
    }

    [Test]
    public void No_machine_comes_twice_and_none_has_more_features_than_the_bound()
    {
        EnumeratedMachine[] machines = [.. All(2)];
        string[] texts = [.. machines.Select(machine => ScenarioWriter.ToText(machine.Built.Scenario))];

        Assert.That(texts.Distinct().Count(), Is.EqualTo(texts.Length));
        Assert.That(machines.Select(machine => machine.Features), Is.All.LessThanOrEqualTo(2));
        Assert.That(machines.Select(machine => machine.Order), Is.Ordered.And.Unique);
    }

    // A machine with two features has each of the two alone among those with one.
    [Test]
    public void A_lower_bound_is_contained_in_a_higher_one()
    {
        HashSet<string> one = [.. All(1).Select(machine => ScenarioWriter.ToText(machine.Built.Scenario))];
        HashSet<string> two = [.. All(2).Select(machine => ScenarioWriter.ToText(machine.Built.Scenario))];

        Assert.That(one.IsSubsetOf(two));
        Assert.That(two, Has.Count.GreaterThan(one.Count * 10));
    }

    // What the choice of features promises, counted by hand for one owner: every pair of features of two dimensions.
    [Test]
    public void Every_pair_of_an_entry_and_a_method_of_the_file_is_there()
    {
        IEnumerable<(string Entries, WritepageMode Writepage)> pairs =
            from machine in All(2)
            let scenario = machine.Built.Scenario
            where scenario.Call is null && scenario.Pages.Count == 1 && scenario.Pages[0].File == 0 && scenario.Files![0].Kind == MappingKind.Regular
            select ($"{scenario.Pages[0].Ptes}", scenario.Files![0].Writepage ?? WritepageMode.Asynchronous);

        Assert.That(pairs.Distinct().Count(), Is.EqualTo(21 * Enum.GetValues<WritepageMode>().Length));
    }

    [Test]
    public void Every_owner_flag_and_method_is_among_the_machines()
    {
        Scenario[] scenarios = [.. All(1).Select(machine => machine.Built.Scenario)];

        Assert.That(scenarios.SelectMany(s => s.Files ?? []).Select(file => file.Releasepage).Distinct(), Is.EquivalentTo(Enum.GetValues<ReleasepageMode>()));
        Assert.That(scenarios.SelectMany(s => s.Files ?? []).Select(file => file.Migratepage).Distinct().Count(), Is.EqualTo(4));
        Assert.That(scenarios.Select(s => s.Swap.Write).Distinct(), Is.EquivalentTo(Enum.GetValues<SwapWriteMode>()));
        Assert.That(scenarios.SelectMany(s => s.Locks).Select(held => held.Kind).Distinct().Count(), Is.EqualTo(8));
        Assert.That(scenarios.Any(s => s.Call?.Kind == PolicyCallKind.MigratePages));
        Assert.That(All(2).Any(machine => machine.Built.Scenario.Call?.Kind == PolicyCallKind.Mbind));
        Assert.That(scenarios.Any(s => s.To.IsSwapOut) && scenarios.Any(s => s.To.NewFrames == 0));
    }

    [Test]
    public void It_says_its_bound_and_what_the_bound_leaves_out()
    {
        Assert.That(new Enumeration(3).Says, Is.EqualTo(
            "all machines of one page with at most 3 features beyond the plain one, where a second page counts as two and a system call that collects the pages as one"));
        Assert.That(new Enumeration(1).Says, Is.EqualTo("all machines of one page with at most 1 feature beyond the plain one"));
        Assert.That(new Enumeration(3).LeavesOut, Does.StartWith("three pages and more, more than 3 features at once, "));
        Assert.That(new Enumeration(1).LeavesOut, Does.StartWith("two pages and more, more than 1 features at once, "));
        Assert.That(Enumeration.Dimensions(), Has.Length.GreaterThan(20).And.Unique);
    }

    [TestCase(-1)]
    [TestCase(Enumeration.HighestBound + 1)]
    public void A_bound_out_of_its_range_is_refused(int bound) =>
        Assert.That(() => new Enumeration(bound), Throws.TypeOf<ArgumentOutOfRangeException>());

    [Test]
    public void The_result_does_not_depend_on_the_number_of_threads()
    {
        string[] reports = [.. new[] { 1, 2, 3 }.Select(threads =>
        {
            Comparison comparison = CompareRun.Over(new Enumeration(2), [PatchLevel.SwapCacheCheck, PatchLevel.V9], threads, _ => { })[0];
            using StringWriter text = new();
            ComparisonJson.Write(text, new ComparisonReport(comparison, ClaimsReader.OfSeries(PatchLevel.SwapCacheCheck, PatchLevel.V9), "", ""));
            return text.ToString();
        })];

        Assert.That(reports[1], Is.EqualTo(reports[0]));
        Assert.That(reports[2], Is.EqualTo(reports[0]));
        Assert.That(reports[0], Has.Length.GreaterThan(10_000));
    }

    private static IEnumerable<EnumeratedMachine> All(int bound)
    {
        Enumeration enumeration = new(bound);
        return Enumerable.Range(0, enumeration.Chunks).SelectMany(enumeration.Walk);
    }
}
