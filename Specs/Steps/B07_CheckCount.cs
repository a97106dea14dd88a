namespace MigrationConformance.Specs;

/// <summary>Step B7: under the tree lock nobody but the isolation and the tree may hold the page; otherwise it backs out, its entries gone.</summary>
[TestFixture, Step("B7"), KernelFunction("migrate_page_remove_references")]
[PatchLines(PatchLinesAttribute.Documentation, 94, 95), PatchLines(PatchLinesAttribute.Vmscan, 724, 728)]
public sealed class B07_CheckCount
{
    private static readonly Scenario Mapped = Given.FilePage(index: 7).MappedBy(1);

    [Test]
    public void Goes_on_at_a_count_of_2_and_changes_nothing()
    {
        Attempt.Before(MigrationStep.CheckCount, Mapped).ChangesNothing().StandsBefore(MigrationStep.CheckSlot);
    }

    [Test, Reason(BackOutReason.ReferencesRemain)]
    public void Backs_out_when_a_reference_appears_after_unmapping()
    {
        Attempt.Before(MigrationStep.TakeTreeLock, Mapped)
            .Meanwhile(reader => Filemap.FindGetPage(reader.Machine, new MappingId(1), 7))
            .GoesTo(MigrationStep.CheckCount)
            .Changes("file 0: tree_lock task 0 -> free")
            .BackedOut(BackOutReason.ReferencesRemain)
            .Changes("page 0: -PG_locked", "page 1: -PG_locked")
            .Changes("task 0: retry 0 -> 1")
            .AssertLists(from: [0], to: [1], moved: [], failed: []);
    }

    [Test, Reason(BackOutReason.ReferencesRemain)]
    public void Backs_out_when_a_fault_maps_the_page_again_after_the_test_for_remaining_entries()
    {
        // The new entry and its reference balance: it is the bare count that tells, not count and mapcount together.
        Attempt.Before(MigrationStep.TakeTreeLock, Mapped)
            .Meanwhile(fault =>
            {
                Filemap.FindGetPage(fault.Machine, new MappingId(1), 7);
                Rmap.PageAddFileRmap(fault.Machine, new Pfn(0));
            })
            .GoesTo(MigrationStep.CheckCount)
            .Changes("file 0: tree_lock task 0 -> free")
            .BackedOut(BackOutReason.ReferencesRemain);
    }

    [Test, Reason(BackOutReason.ReferencesRemain)]
    public void Backs_out_at_a_count_of_1()
    {
        // Illegal: the tree's reference is missing.
        Attempt.Before(MigrationStep.CheckCount, Mapped)
            .Meanwhile(other => other.Page(0).Count = 1)
            .Changes("file 0: tree_lock task 0 -> free")
            .BackedOut(BackOutReason.ReferencesRemain);
    }

    [Test, Reason(BackOutReason.ReferencesRemain)]
    public void The_entries_stay_gone_and_the_tree_keeps_the_old_page()
    {
        Attempt attempt = Attempt.Before(MigrationStep.TakeTreeLock, Mapped)
            .Meanwhile(reader => Filemap.FindGetPage(reader.Machine, new MappingId(1), 7))
            .GoesTo(MigrationStep.FinishPage);

        Assert.That((attempt.Page(0).Mapcount, attempt.Page(0).Count), Is.EqualTo((0, 3)));
        Assert.That(attempt.Lookup(new MappingId(1), 7), Is.EqualTo(0));
    }

    [Test, Reason(BackOutReason.ReferencesRemain)]
    public void Anonymous_entries_stay_swap_entries()
    {
        Attempt attempt = Attempt.Before(MigrationStep.TakeTreeLock, Given.AnonPage().InSwapCache(2).MappedBy(2))
            .Meanwhile(reader => SwapState.LookupSwapCache(reader.Machine, new SwpEntry(2)))
            .GoesTo(MigrationStep.FinishPage);

        Assert.That(PageTables.Get(attempt.Machine, new MmId(0), 0x10000000).SwapEntry, Is.EqualTo(new SwpEntry(2)));
        Assert.That(PageTables.Get(attempt.Machine, new MmId(1), 0x10000000).SwapEntry, Is.EqualTo(new SwpEntry(2)));
        Assert.That(attempt.Machine.SwapMap[2], Is.EqualTo(3));
    }

    [Test, Reason(BackOutReason.ReferencesRemain)]
    public void The_next_pass_migrates_the_page_once_the_reference_is_gone()
    {
        Attempt.Before(MigrationStep.TakeTreeLock, Mapped)
            .Meanwhile(reader => Filemap.FindGetPage(reader.Machine, new MappingId(1), 7))
            .GoesTo(MigrationStep.BeginPass, pass: 1)
            .Meanwhile(reader => PageRefs.PutPage(reader.Machine, new Pfn(0)))
            .Returns(0, from: [], to: [], moved: [0], failed: []);
    }
}
