namespace MigrationConformance.Specs;

/// <summary>What becomes of each kind of page when it is migrated alone, with one new page: the whole table.</summary>
[TestFixture, KernelFunction("migrate_pages"), Step("A3")]
public sealed class OutcomeTableSpec
{
    private const PageFlags Dirty = PageFlags.Uptodate | PageFlags.Dirty;

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(4)]
    public void A_clean_file_page_migrates_in_pass_0_however_often_it_is_mapped(int mappedBy) => Run(new() { File = 0, MappedBy = mappedBy }).Migrated(pass: 0);

    [Test]
    public void A_clean_file_page_with_a_dirty_entry_migrates_in_pass_0_and_the_new_page_is_dirty()
    {
        Outcome outcome = Run(new() { File = 0, Ptes = [new() { Dirty = true, Young = true }] }).Migrated(pass: 0);

        Assert.That(outcome.Page(1).Has(PageFlags.Dirty), Is.True);
    }

    [Test]
    public void A_dirty_unmapped_file_page_is_written_in_pass_0_and_migrates_in_pass_1() => Run(new() { File = 0, Flags = Dirty }).Migrated(pass: 1);

    [Test]
    public void So_it_is_when_the_write_is_synchronous() => Run(new() { File = 0, Flags = Dirty }, WritepageMode.Synchronous).Migrated(pass: 1);

    [Test, Reason(BackOutReason.PageoutNotFreeable)]
    public void A_dirty_mapped_file_page_never_migrates() =>
        Run(new() { File = 0, Flags = Dirty, MappedBy = 1 }).NeverMigrated(BackOutReason.PageoutNotFreeable);

    [Test, Reason(BackOutReason.PageoutNoWritepage)]
    public void A_dirty_unmapped_page_without_writepage_never_migrates() =>
        Run(new() { File = 0, Flags = Dirty }, WritepageMode.Absent).NeverMigrated(BackOutReason.PageoutNoWritepage);

    [Test, Reason(BackOutReason.PageoutNotFreeable)]
    public void A_dirty_mapped_page_without_writepage_never_migrates() =>
        Run(new() { File = 0, Flags = Dirty, MappedBy = 1 }, WritepageMode.Absent).NeverMigrated(BackOutReason.PageoutNotFreeable);

    [Test, Reason(BackOutReason.SwapPageBuffersBusy), Reason(BackOutReason.BuffersBusy)]
    public void A_clean_page_with_busy_buffers_never_migrates_and_loses_its_entries_in_pass_5()
    {
        Outcome outcome = Run(new() { File = 0, MappedBy = 1, Buffers = [new() { Users = [Until.Never] }] }).NeverMigrated(BackOutReason.SwapPageBuffersBusy);

        Assert.That(outcome.Page(0).Mapcount, Is.EqualTo(0));
    }

    [Test, Reason(BackOutReason.SwapPageStillMapped)]
    public void A_young_entry_costs_the_fallback_a_pass()
    {
        Attempt attempt = Attempt.Before(MigrationStep.FinishPage, Given.FilePage().WithPte(young: true).WithBuffer(new() { Users = [Until.Never] }), pass: 5);

        attempt.BackedOut(BackOutReason.SwapPageStillMapped, next: MigrationStep.FinishPage);
        attempt.GoesTo(MigrationStep.FinishPage, pass: 6);
        Assert.That((attempt.Task.Reason, attempt.Page(0).Mapcount), Is.EqualTo((BackOutReason.SwapPageBuffersBusy, 0)));
    }

    [TestCase(3)]
    [TestCase(7)]
    public void Busy_buffers_that_become_idle_let_it_migrate_in_that_pass(int until) => Run(new() { File = 0, Buffers = [new() { Users = [until] }] }).Migrated(until);

    [TestCase(false, 6)]
    [TestCase(true, 7)]
    public void Buffers_that_are_busy_because_they_are_dirty_are_written_by_the_fallback_when_an_entry_is_dirty(bool young, int pass) =>
        Run(new() { File = 0, Ptes = [new() { Dirty = true, Young = young }], Buffers = [new() { Dirty = true }] }).Migrated(pass);

    [Test, Reason(BackOutReason.PageoutNotFreeable)]
    public void A_mapped_anonymous_page_outside_the_swap_cache_never_migrates_and_keeps_its_slot()
    {
        Outcome outcome = Run(new() { AnonVma = 0, MappedBy = 1 }).NeverMigrated(BackOutReason.PageoutNotFreeable);

        Assert.That((outcome.Page(0).Flags, outcome.Machine.SwapMap[1]), Is.EqualTo((Dirty | PageFlags.SwapCache, (ushort)1)));
    }

    [Test, Reason(BackOutReason.NoSwapSlot)]
    public void Without_a_slot_it_fails_at_once() =>
        Outcome.Of(new() { Swap = new() { Slots = 0 }, Pages = [new() { AnonVma = 0, MappedBy = 1 }] })
            .Returned(1, passes: 1, from: [], to: [1], moved: [], failed: [0])
            .Ended(0, PageFate.Failed, BackOutReason.NoSwapSlot, 0);

    [Test, Reason(BackOutReason.PageoutNotFreeable)]
    public void A_dirty_mapped_swap_cache_page_never_migrates() =>
        Run(new() { AnonVma = 0, SwapCache = 1, MappedBy = 1, Flags = Dirty }).NeverMigrated(BackOutReason.PageoutNotFreeable);

    [TestCase(1)]
    [TestCase(3)]
    public void A_clean_mapped_swap_cache_page_migrates_in_pass_0_and_its_entries_become_swap_entries(int mappedBy)
    {
        Outcome outcome = Run(new() { AnonVma = 0, SwapCache = 1, MappedBy = mappedBy }).Migrated(pass: 0);

        Assert.That(Enumerable.Range(0, mappedBy).Select(process => PageTables.Get(outcome.Machine, new MmId(process), 0x10000000).SwapEntry), Is.All.EqualTo(new SwpEntry(1)));
        Assert.That(outcome.Machine.SwapMap[1], Is.EqualTo(1 + mappedBy));
    }

    [Test]
    public void A_clean_unmapped_swap_cache_page_migrates_in_pass_0() => Run(new() { AnonVma = 0, SwapCache = 1, SwappedBy = 1 }).Migrated(pass: 0);

    [Test]
    public void A_dirty_unmapped_swap_cache_page_with_a_swap_entry_is_written_and_migrates_in_pass_1() =>
        Run(new() { AnonVma = 0, SwapCache = 1, SwappedBy = 1, Flags = Dirty }).Migrated(pass: 1);

    [Test, Reason(BackOutReason.PageFreed), Reason(BackOutReason.PageoutSuccess)]
    public void A_dirty_swap_cache_page_that_nothing_else_knows_is_dropped_from_the_cache_and_found_freed_in_pass_1() =>
        Run(new() { AnonVma = 0, SwapCache = 1, Flags = Dirty })
            .Returned(0, passes: 2, from: [], to: [1], moved: [0], failed: [])
            .Ended(0, PageFate.Freed, BackOutReason.PageFreed, 1);

    [Test]
    public void A_clean_tmpfs_page_migrates_in_pass_0() => Tmpfs(new() { File = 0 }).Migrated(pass: 0);

    [Test, Reason(BackOutReason.PageoutNotFreeable)]
    public void A_dirty_mapped_tmpfs_page_never_migrates() =>
        Tmpfs(new() { File = 0, Flags = Dirty, MappedBy = 1 }).NeverMigrated(BackOutReason.PageoutNotFreeable);

    [Test]
    public void A_dirty_unmapped_tmpfs_page_is_a_kernel_oops_in_pass_2() =>
        Tmpfs(new() { File = 0, Flags = Dirty }).HitBug(BugCheck.TryToUnmapFileNullMapping, page: 0, pass: 2);

    [TestCase(true, 1)]
    [TestCase(false, 0)]
    [Reason(BackOutReason.PageoutActivate)]
    public void With_a_locked_segment_or_without_a_slot_it_only_never_migrates(bool segmentLocked, int slots) =>
        Tmpfs(new() { File = 0, Flags = Dirty }, segmentLocked, slots).NeverMigrated(BackOutReason.PageoutActivate);

    [Test, Reason(BackOutReason.SwappedOut)]
    public void Without_to_a_dirty_unmapped_tmpfs_page_is_swapped_out_cleanly()
    {
        Outcome outcome = Outcome.Of(new() { Files = [new() { Kind = MappingKind.Tmpfs }], Pages = [new() { File = 0, Flags = Dirty, Contents = 9 }], To = ScenarioTo.SwapOut });

        outcome.Returned(0, passes: 3, from: [], to: [], moved: [0], failed: []).Ended(0, PageFate.SwappedOut, BackOutReason.SwappedOut, 2);
        Assert.That((outcome.Machine.SwapContents[1], outcome.Machine.SwapMap[1]), Is.EqualTo((9UL, (ushort)1)));
    }

    [Test]
    public void A_clean_swap_cache_page_without_mapping_is_a_kernel_oops_in_pass_0() =>
        Run(new() { SwapCache = 1 }).HitBug(BugCheck.TryToUnmapFileNullMapping, page: 0, pass: 0);

    [Test, Reason(BackOutReason.ReferencesBeforeUnmap)]
    public void A_reference_saves_it_from_the_oops() => Run(new() { SwapCache = 1, References = [Until.Never] }).NeverMigrated(BackOutReason.ReferencesBeforeUnmap);

    [Test, Reason(BackOutReason.StillMapped)]
    public void A_page_in_a_locked_VMA_never_migrates() => InVmas(dirtyEntry: false).NeverMigrated(BackOutReason.StillMapped);

    [Test, Reason(BackOutReason.StillMapped), Reason(BackOutReason.PageoutNotFreeable)]
    public void When_an_entry_before_the_locked_VMA_was_dirty_the_page_is_stuck_at_pageout_from_pass_1_on()
    {
        Outcome outcome = InVmas(dirtyEntry: true).NeverMigrated(BackOutReason.PageoutNotFreeable);

        Assert.That(outcome.Page(0).Mapcount, Is.EqualTo(1));
    }

    [TestCase(false, 0)]
    [TestCase(true, 1)]
    public void A_page_in_a_nonlinear_VMA_migrates_once_its_entry_is_old(bool young, int pass) =>
        Outcome.Of(new()
        {
            Vmas = [new() { Process = 0, Start = 0x10000000, Pages = 4, File = 0, Flags = VmFlags.Read | VmFlags.Nonlinear }],
            Pages = [new() { File = 0, Ptes = [new() { Vma = 0, Address = 0x10000000, Young = young }] }],
        }).Migrated(pass);

    [Test]
    public void A_page_that_is_being_read_is_awaited_in_pass_3() => Run(new() { File = 0, Flags = PageFlags.None, Locked = Until.Waited }).Migrated(pass: 3);

    [Test]
    public void A_page_with_a_read_error_migrates_and_stays_not_uptodate()
    {
        Outcome outcome = Run(new() { File = 0, Flags = PageFlags.Error }).Migrated(pass: 0);

        Assert.That(outcome.Page(1).Flags, Is.EqualTo(PageFlags.Error));
    }

    [Test]
    public void A_clean_page_of_a_mapping_without_writepage_migrates() => Run(new() { File = 0 }, WritepageMode.Absent).Migrated(pass: 0);

    [Test]
    public void A_dirty_page_with_dirty_buffers_is_written_and_migrates() => Run(new() { File = 0, Flags = Dirty, Buffers = [new() { Dirty = true }] }).Migrated(pass: 1);

    [Test, Reason(BackOutReason.PageoutNotFreeable)]
    public void A_transient_reference_on_a_dirty_page_costs_the_passes_it_lasts() => Run(new() { File = 0, Flags = Dirty, References = [2] }).Migrated(pass: 3);

    private static Outcome Run(ScenarioPage page, WritepageMode mode = WritepageMode.Asynchronous) =>
        Outcome.Of(new() { Files = [new() { Writepage = mode }], Pages = [page] });

    private static Outcome Tmpfs(ScenarioPage page, bool segmentLocked = false, int slots = 1) =>
        Outcome.Of(new() { Files = [new() { Kind = MappingKind.Tmpfs, SegmentLocked = segmentLocked }], Swap = new() { Slots = slots }, Pages = [page] });

    // An entry in an ordinary VMA, then one in a locked VMA.
    private static Outcome InVmas(bool dirtyEntry) => Outcome.Of(new()
    {
        Vmas =
        [
            new() { Process = 0, Start = 0x10000000, Pages = 1, File = 0 },
            new() { Process = 1, Start = 0x10000000, Pages = 1, File = 0, Flags = VmFlags.Read | VmFlags.Locked },
        ],
        Pages = [new() { File = 0, Ptes = [new() { Dirty = dirtyEntry }, new()] }],
    });
}
