namespace MigrationConformance.Properties;

/// <summary>Each drawn page to which a row of the table of outcomes applies ends as the row says, when it is migrated alone at the patch.</summary>
[TestFixture]
public sealed class OutcomeTableHolds
{
    [Exercises("migrate_pages", "pageout", "swap_page", "migrate_page", "try_to_unmap", "A3")]
    [Test]
    public void For_every_page_of_a_row_and_every_row_has_pages() => Counts.Rows(MachineGen.Machine, 9).AssertFloors([.. OutcomeRows.All.Select(row => (row.Name, row.Floor))]);
}
