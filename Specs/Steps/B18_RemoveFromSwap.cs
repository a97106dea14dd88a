namespace MigrationConformance.Specs;

/// <summary>Step B18: the documentation has swap entries turned back; at this patch there is no code for it, and they stay until they fault.</summary>
[TestFixture, Step("B18"), KernelFunction("migrate_page"), PatchLines(PatchLinesAttribute.Documentation, 122), PatchLines(PatchLinesAttribute.Vmscan, 805, 808)]
public sealed class B18_RemoveFromSwap
{
    [Test]
    public void Changes_nothing()
    {
        Attempt.Before(MigrationStep.RemoveFromSwap, Given.AnonPage().InSwapCache(3).MappedBy(2))
            .ChangesNothing()
            .StandsBefore(MigrationStep.DropLocks);
    }

    [Test]
    public void Swap_entries_slot_and_swap_cache_stay_after_the_migration()
    {
        Outcome outcome = Outcome.Of(Given.AnonPage(index: 1).InSwapCache(3).MappedBy(2)).Migrated(pass: 0);

        Assert.That(PageTables.Get(outcome.Machine, new MmId(0), 0x10001000).SwapEntry, Is.EqualTo(new SwpEntry(3)));
        Assert.That(PageTables.Get(outcome.Machine, new MmId(1), 0x10001000).SwapEntry, Is.EqualTo(new SwpEntry(3)));
        Assert.That((outcome.Machine.SwapMap[3], outcome.Page(1).Mapcount, outcome.Page(1).SwapEntry), Is.EqualTo(((ushort)3, 0, new SwpEntry(3))));
    }
}
