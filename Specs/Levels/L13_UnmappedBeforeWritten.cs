namespace MigrationConformance.Specs;

/// <summary>The fix of 28 April 2006: where the mapping has no method, a page is unmapped before PG_dirty is looked at, so that it is up to date and pageout finds no entry.</summary>
[TestFixture, KernelFunction("migrate_pages")]
public sealed class L13_UnmappedBeforeWritten
{
    private const PatchLevel Level = PatchLevel.UnmappedBeforeWritten, Before = PatchLevel.FaultStartsAgain;

    [Test]
    public void A_page_without_a_method_is_unmapped_first_and_its_dirt_is_the_pages()
    {
        Attempt.Before(MigrationStep.CheckPageMapping, File(dirty: true))
            .ChangesNothing()
            .StandsBefore(MigrationStep.UnmapBeforeWriting)
            .Changes("process 0: 10007000 page 0 young dirty write -> none", "process 0: file_rss 1 -> 0", "process 0: hiwater_rss 0 -> 1",
                "page 0: count 3 -> 2", "page 0: mapcount 1 -> 0", "global: nr_mapped 1 -> 0",
                "page 0: +PG_dirty", "file 0: +[7] DIRTY", "global: nr_dirty 0 -> 1", "file 0: flags AccountsDirty -> AccountsDirty, InodeDirty")
            .StandsBefore(MigrationStep.CheckUnmappedBeforeWriting)
            .ChangesNothing()
            .StandsBefore(MigrationStep.Pageout);
    }

    [Test]
    public void A_clean_one_goes_on_to_its_buffers_or_to_migrate_page()
    {
        Attempt.Before(MigrationStep.CheckUnmappedBeforeWriting, File()).ChangesNothing().StandsBefore(MigrationStep.CheckReferences);
        Attempt.Before(MigrationStep.CheckUnmappedBeforeWriting, File(buffers: 1)).ChangesNothing().StandsBefore(MigrationStep.ReleaseBuffers);
    }

    [Test]
    public void A_mapping_with_a_method_is_asked_as_before()
    {
        Attempt.Before(MigrationStep.CheckPageMapping, Given.FilePage().MappedBy(1).At(Level)).ChangesNothing().StandsBefore(MigrationStep.Migratepage);
    }

    [Test, Reason(BackOutReason.VmLockedBeforeWriting)]
    public void A_locked_VMA_fails_for_good()
    {
        Scenario locked = File() with { Vmas = [new() { Process = 0, Start = 0x10000000, Pages = 8, File = 0, Flags = VmFlags.Read | VmFlags.Locked }] };

        Attempt.Before(MigrationStep.CheckUnmappedBeforeWriting, locked).ChangesNothing().BackedOut(BackOutReason.VmLockedBeforeWriting, -Errno.EPERM);
        Outcome.Of(locked).Returned(1, passes: 1, from: [], to: [1], moved: [], failed: [0]).Ended(0, PageFate.Failed, BackOutReason.VmLockedBeforeWriting, 0);
        Outcome.Of(locked with { Patch = Before }).Ended(0, PageFate.Failed, BackOutReason.VmLocked, 0);
    }

    [Test, Reason(BackOutReason.StillMappedBeforeWriting)]
    public void Entries_that_remain_are_a_retry()
    {
        // A fault has mapped the page again.
        Attempt.Before(MigrationStep.CheckUnmappedBeforeWriting, File())
            .Meanwhile(other => other.Page(0).Mapcount = 1)
            .ChangesNothing()
            .BackedOut(BackOutReason.StillMappedBeforeWriting);
    }

    [Test]
    public void Waits_for_the_locks_of_the_walk()
    {
        Attempt.Before(MigrationStep.UnmapBeforeWriting, File() with { Locks = [new(ScenarioLockKind.Immap, 0)] }).Waits(WaitKind.ImmapLock, 1);
    }

    [Test]
    public void Dirt_of_an_entry_is_written_before_the_page_moves_and_was_carried_along_unwritten()
    {
        Scenario scenario = File(dirty: true) with { Files = [new() { Migratepage = MigratepageMode.Absent, Blocks = [new(7, 5)] }] };
        Outcome before = Outcome.Of(scenario with { Patch = Before }).Migrated(pass: 0);
        Outcome outcome = Outcome.Of(scenario).Migrated(pass: 1);

        Assert.That((before.Page(1).Has(PageFlags.Dirty), BackingStore.Read(before.Machine, new MappingId(1), 7)), Is.EqualTo((true, 5UL)));
        Assert.That((outcome.Page(1).Has(PageFlags.Dirty), BackingStore.Read(outcome.Machine, new MappingId(1), 7)), Is.EqualTo((false, 1UL)));
    }

    [Test]
    public void A_mapped_dirty_page_was_stuck_and_is_written_and_moved()
    {
        Scenario stuck = Given.FilePage(index: 7).Dirty().WithPte(young: true).WithFile(new() { Migratepage = MigratepageMode.Absent });

        Outcome.Of(stuck with { Patch = Before }).NeverMigrated(BackOutReason.PageoutNotFreeable);
        Outcome.Of(stuck with { Patch = Level }).Migrated(pass: 1);
    }

    [Test]
    public void A_mapped_dirty_tmpfs_page_was_stuck_and_runs_into_the_BUG_of_the_unmapped_one()
    {
        // pageout moves it to the swap cache, where its mapping is NULL, and the method of swapper_space unmaps it once more.
        Scenario tmpfs = Given.FilePage().Dirty().MappedBy(1).WithFile(new() { Kind = MappingKind.Tmpfs });

        Outcome.Of(tmpfs with { Patch = Before }).NeverMigrated(BackOutReason.PageoutNotFreeable);
        Outcome.Of(tmpfs with { Patch = Level }).HitBug(BugCheck.TryToUnmapFileNullMapping, page: 0, pass: 1);
    }

    [Test]
    public void An_unmapped_page_and_a_clean_mapped_one_end_as_they_did()
    {
        TwoLevels.Agree(Given.FilePage().Dirty().WithFile(new() { Migratepage = MigratepageMode.Absent }), Before, Level);
        TwoLevels.Agree(File(), Before, Level);
        TwoLevels.Agree(File(buffers: 2), Before, Level);
    }

    private static Scenario File(bool dirty = false, int buffers = 0) => Given.FilePage(index: 7).WithPte(young: true, dirty: dirty)
        .With(page => page with { Buffers = ScenarioBuffer.Defaults(buffers) }).WithFile(new() { Migratepage = MigratepageMode.Absent }).At(Level);
}
