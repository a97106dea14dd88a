using MigrationConformance.Cli;
using MigrationConformance.Conventions;

namespace MigrationConformance.Specs;

/// <summary>Nothing is without a spec, and the tables say so.</summary>
[TestFixture]
public sealed class TraceabilitySpec
{
    private const string Lines = "Engine/Cli/Trace/trace.tsv";

    private static readonly Traceability Table = new();

    private static IReadOnlyList<TraceRow> Patch => TraceTable.Parse(SourceTree.Read(Lines));

    [Test]
    public void Every_documented_step_has_a_spec() => Assert.That(Open(Table.StepRows), Is.Empty);

    [Test]
    public void Every_reason_to_back_out_has_a_spec_that_saw_it() => Assert.That(Open(Table.ReasonRows), Is.Empty);

    [Test]
    public void Every_kernel_function_of_the_engine_has_a_spec_or_an_excuse()
    {
        Assert.That(Traceability.Functions, Has.Count.GreaterThan(80), "the doc comments name the kernel's functions");
        Assert.That(Open(Table.FunctionRows), Is.Empty);
    }

    [Test]
    public void Every_added_line_of_the_patch_has_a_spec_or_an_excuse()
    {
        Assert.That(Patch, Has.Count.EqualTo(360));
        Assert.That(Table.Fill(Patch).Where(row => row.Specs.Length == 0).Select(row => $"{row.File}:{row.Number}"), Is.Empty);
    }

    [Test]
    public void Specs_are_tied_to_functions_and_lines_that_exist() =>
        Assert.That(Table.UnknownFunctions.Concat(Table.UnknownLines(Patch)), Is.Empty);

    [Test]
    public void Levels_are_given_for_functions_that_exist() => Assert.That(LevelTable.Unknown, Is.Empty);

    /// <summary>The levels are no promise: at its level a step, or a way out, is there. Step 18 as merged never gets to its entries.</summary>
    [TestCase(MigrationStep.CheckReferences, PatchLevel.V9)]
    [TestCase(MigrationStep.RemoveFromSwap, PatchLevel.V9)]
    [TestCase(MigrationStep.RestoreEntries, PatchLevel.EntriesRestored)]
    [TestCase(MigrationStep.DeleteFromSwapCache, PatchLevel.EntriesRestored)]
    [TestCase(MigrationStep.Migratepage, PatchLevel.MigratepageMethod)]
    [TestCase(MigrationStep.LockBuffers, PatchLevel.MigratepageMethod)]
    [TestCase(MigrationStep.UnlockBuffers, PatchLevel.MigratepageMethod)]
    [TestCase(MigrationStep.UnmapBeforeWriting, PatchLevel.UnmappedBeforeWritten)]
    public void A_step_is_made_from_its_level_on(MigrationStep step, PatchLevel level)
    {
        GivenPages pages = Given.AnonPage().InSwapCache(1).MappedBy(1).And.FilePage(0).WithBuffers().And.FilePage(1)
            .WithFile(new()).WithFile(new() { Migratepage = MigratepageMode.Absent });

        Assert.That(Seen(pages.At(level)), Does.Contain(step));
        Assert.That(Seen(pages.At(level - 1)), Does.Not.Contain(step));
    }

    private static HashSet<MigrationStep> Seen(Scenario scenario)
    {
        Witness.Forget();
        Outcome.Of(scenario);
        return [.. Witness.Steps];
    }

    [Test]
    public void Every_step_reason_and_function_has_a_property_or_says_why_not() =>
        Assert.That(Table.StepRows.Concat(Table.ReasonRows).Concat(Table.FunctionRows).Where(row => row.IsWithoutProperty).Select(row => row.Name), Is.Empty);

    [Test]
    public void Properties_are_tied_to_steps_and_functions_that_exist()
    {
        Assert.That(PropertyTies.Named, Is.Not.Empty);
        Assert.That(Traceability.UnknownToProperties, Is.Empty);
    }

    [Test]
    public void No_excuse_is_idle() => Assert.That(Excuses.Idle(Table, Table.Fill(Patch)), Is.Empty);

    [Test]
    public void No_line_of_the_patch_is_stored() =>
        Assert.That(Patch.Select(row => row.Hash), Is.All.Match("^[0-9a-f]{16}$"));

    [Test]
    public void TRACEABILITY_md_is_what_the_attributes_say() => Generated.AssertCurrent("Specs/TRACEABILITY.md", Table.Page(Patch));

    [Test]
    public void The_table_of_the_trace_verb_is_what_the_attributes_say() =>
        Generated.AssertCurrent(Lines, string.Concat(Table.Fill(Patch).Select(row => $"{row}\n")));

    private static IEnumerable<string> Open(IEnumerable<Traceability.Row> rows) => rows.Where(row => row.IsOpen).Select(row => $"{row.Name} {row.Engine}".Trim());
}
