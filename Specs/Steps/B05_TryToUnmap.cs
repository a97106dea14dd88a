namespace MigrationConformance.Specs;

/// <summary>
/// Step B5: every page table entry of the page goes: those of a file are dropped, those of an anonymous page become
/// swap entries. Young entries go too, entries of a locked VMA stay. Nothing is put back when a later test fails.
/// </summary>
[TestFixture, Step("B5"), KernelFunction("try_to_unmap"), KernelFunction("try_to_unmap_one")]
[PatchLines(PatchLinesAttribute.Documentation, 88, 90), PatchLines(PatchLinesAttribute.Vmscan, 691, 716), PatchLines(PatchLinesAttribute.Rmap, 545, 570)]
public sealed class B05_TryToUnmap
{
    private const ulong Start = 0x10000000;

    [Test]
    public void Drops_the_entry_of_a_file_page_with_its_reference_and_counters()
    {
        Attempt.Before(MigrationStep.TryToUnmap, Given.FilePage(index: 7).MappedBy(1))
            .Changes("process 0: 10007000 page 0 -> none", "page 0: mapcount 1 -> 0", "page 0: count 3 -> 2", "process 0: file_rss 1 -> 0",
                "process 0: hiwater_rss 0 -> 1", "global: nr_mapped 1 -> 0")
            .StandsBefore(MigrationStep.CheckUnmapped);
    }

    [Test]
    public void Turns_the_entry_of_an_anonymous_page_into_a_swap_entry_of_its_slot()
    {
        Attempt.Before(MigrationStep.TryToUnmap, Given.AnonPage(index: 7).InSwapCache(3).MappedBy(1))
            .Changes("process 0: 10007000 page 0 -> slot 3", "slot 3: swap_map 1 -> 2", "page 0: mapcount 1 -> 0", "page 0: count 3 -> 2",
                "process 0: anon_rss 1 -> 0", "process 0: hiwater_rss 0 -> 1", "process 0: mmlist_next -2 -> -1", "global: mmlist_head -1 -> 0",
                "global: nr_mapped 1 -> 0");
    }

    [Test]
    public void Ignores_that_an_entry_is_young_and_forgets_it()
    {
        Attempt attempt = Attempt.Before(MigrationStep.CheckUnmapped, Given.FilePage().WithPte(young: true));

        Assert.That(attempt.Page(0).Mapcount, Is.EqualTo(0));
        Assert.That(attempt.Page(0).Has(PageFlags.Referenced), Is.False);
    }

    [Test]
    public void Makes_the_page_dirty_when_its_entry_was()
    {
        Attempt.Before(MigrationStep.TryToUnmap, Given.FilePage(index: 7).WithPte(dirty: true))
            .Changes("process 0: 10007000 page 0 dirty write -> none", "page 0: mapcount 1 -> 0", "page 0: count 3 -> 2", "process 0: file_rss 1 -> 0",
                "process 0: hiwater_rss 0 -> 1", "global: nr_mapped 1 -> 0",
                "page 0: +PG_dirty", "file 0: +[7] DIRTY", "global: nr_dirty 0 -> 1", "file 0: flags AccountsDirty -> AccountsDirty, InodeDirty");
    }

    [Test]
    public void Removes_one_entry_a_step_and_holds_the_walks_lock_in_between()
    {
        Attempt.Before(MigrationStep.TryToUnmap, Given.FilePage().MappedBy(2))
            .Changes("file 0: immap_lock free -> task 0", "process 0: 10000000 page 0 -> none", "page 0: mapcount 2 -> 1",
                "page 0: count 4 -> 3", "process 0: file_rss 1 -> 0", "process 0: hiwater_rss 0 -> 1")
            .StandsBefore(MigrationStep.TryToUnmap)
            .Changes("file 0: immap_lock task 0 -> free", "process 1: 10000000 page 0 -> none", "page 0: mapcount 1 -> 0",
                "page 0: count 3 -> 2", "process 1: file_rss 1 -> 0", "process 1: hiwater_rss 0 -> 1", "global: nr_mapped 1 -> 0")
            .StandsBefore(MigrationStep.CheckUnmapped);
    }

    [Test]
    public void Changes_nothing_for_a_page_without_entries()
    {
        Attempt.Before(MigrationStep.TryToUnmap, Given.FilePage()).ChangesNothing().StandsBefore(MigrationStep.CheckUnmapped);
    }

    [Test]
    public void Does_not_touch_the_anon_vma_of_an_unmapped_page()
    {
        Attempt.Before(MigrationStep.TryToUnmap, new()
        {
            Pages = [new() { AnonVma = 0, SwapCache = 1, SwappedBy = 1 }],
            Locks = [new(ScenarioLockKind.AnonVma, 0)],
        }).ChangesNothing().StandsBefore(MigrationStep.CheckUnmapped);
    }

    [Test, Reason(BackOutReason.StillMapped)]
    public void Leaves_the_entry_of_a_locked_VMA_and_the_page_backs_out()
    {
        Attempt.Before(MigrationStep.TryToUnmap, Vmas(VmFlags.Locked))
            .ChangesNothing()
            .StandsBefore(MigrationStep.CheckUnmapped)
            .ChangesNothing()
            .BackedOut(BackOutReason.StillMapped)
            .Changes("page 0: -PG_locked", "page 1: -PG_locked");
    }

    // vma 0: page 0, dirty    vma 1: locked    vma 2: never looked at
    [Test, Reason(BackOutReason.StillMapped)]
    public void Stops_at_a_locked_VMA_and_puts_nothing_back()
    {
        Attempt attempt = Attempt.Before(MigrationStep.CheckUnmapped, Vmas(VmFlags.None, VmFlags.Locked, VmFlags.None));

        attempt.ChangesNothing().BackedOut(BackOutReason.StillMapped);
        Assert.That(attempt.Page(0).Mapcount, Is.EqualTo(2));
        Assert.That(PageTables.Get(attempt.Machine, new MmId(0), Start).IsNone, Is.True);
        Assert.That(PageTables.Get(attempt.Machine, new MmId(1), Start).IsPresent, Is.True);
        Assert.That(PageTables.Get(attempt.Machine, new MmId(2), Start).IsPresent, Is.True);
    }

    [Test, Reason(BackOutReason.StillMapped)]
    public void A_page_of_a_locked_VMA_is_retried_to_the_end_and_never_fails_for_good()
    {
        Outcome.Of(Vmas(VmFlags.Locked)).NeverMigrated(BackOutReason.StillMapped);
    }

    [Test]
    public void The_test_afterwards_lets_an_unmapped_page_pass()
    {
        Attempt.Before(MigrationStep.CheckUnmapped, Given.FilePage()).ChangesNothing().StandsBefore(MigrationStep.TakeTreeLock);
    }

    [TestCase(ScenarioLockKind.Immap, WaitKind.ImmapLock, 1)]
    [TestCase(ScenarioLockKind.PageTable, WaitKind.PageTableLock, 0)]
    public void Waits_for_the_locks_of_the_walk(ScenarioLockKind held, WaitKind kind, int number)
    {
        Attempt attempt = Attempt.Before(MigrationStep.TryToUnmap, new() { Pages = [new() { File = 0, MappedBy = 1 }], Locks = [new(held, 0)] });
        if (held == ScenarioLockKind.PageTable)
            attempt.Changes("file 0: immap_lock free -> task 0");

        attempt.Waits(kind, number);
    }

    [Test]
    public void Waits_for_the_lock_of_the_anon_vma()
    {
        Attempt.Before(MigrationStep.TryToUnmap, new() { Pages = [new() { AnonVma = 0, SwapCache = 1, MappedBy = 1 }], Locks = [new(ScenarioLockKind.AnonVma, 0)] })
            .Waits(WaitKind.AnonVmaLock, 0);
    }

    private static Scenario Vmas(params VmFlags[] flags) => new()
    {
        Vmas = [.. flags.Select((flag, process) => new ScenarioVma
        {
            Process = process, Start = Start, Pages = 1, File = 0, Flags = VmFlags.Read | VmFlags.Write | flag,
        })],
        Pages = [new() { File = 0, MappedBy = flags.Length }],
    };
}
