namespace MigrationConformance.Specs;

/// <summary>Step B14: the contents are copied; the new page is findable already, but locked and not uptodate.</summary>
[TestFixture, Step("B14"), KernelFunction("migrate_page_copy")]
[PatchLines(PatchLinesAttribute.Documentation, 113), PatchLines(PatchLinesAttribute.Vmscan, 753, 758)]
public sealed class B14_CopyContents
{
    [TestCase(1UL)]
    [TestCase(0xffUL)]
    [TestCase(0xff00_0000_0000_0000UL)]
    [TestCase(ulong.MaxValue)]
    public void Gives_the_new_page_all_of_the_contents_and_changes_nothing_else(ulong contents)
    {
        Attempt.Before(MigrationStep.CopyContents, Given.FilePage().Holding(contents))
            .Changes($"page 1: contents 2 -> {contents}")
            .StandsBefore(MigrationStep.CopyFlags);
    }

    [Test]
    public void Overwrites_what_the_frame_had()
    {
        Attempt.Before(MigrationStep.CopyContents, new()
        {
            Pages = [new() { File = 0, Contents = 5 }, new() { List = PagePlace.New, Contents = 6 }],
            From = [0],
            To = ScenarioTo.List([1]),
        }).Changes("page 1: contents 6 -> 5");
    }
}
