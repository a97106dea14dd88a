namespace MigrationConformance.Specs;

/// <summary>swap_page(), condition by condition: without <c>to</c>, and as the fallback for busy buffers after pass 4.</summary>
[TestFixture, KernelFunction("swap_page"), PatchLines(PatchLinesAttribute.Vmscan, 626), PatchLines(PatchLinesAttribute.Vmscan, 892, 895)]
public sealed class SwapPageSpec
{
    private const PageFlags Dirty = PageFlags.Uptodate | PageFlags.Dirty;

    [Test]
    public void Without_to_every_locked_page_goes_there()
    {
        Attempt.Before(MigrationStep.SwapInstead, SwapOut(new() { File = 0 })).ChangesNothing().StandsBefore(MigrationStep.SwapPageUnmap);
    }

    [Test, Reason(BackOutReason.SwapPageStillMapped)]
    public void A_young_entry_makes_it_back_out_since_references_are_not_ignored_and_is_old_afterwards()
    {
        Attempt.Before(MigrationStep.SwapPageUnmap, SwapOut(new() { File = 0, Ptes = [new() { Young = true }] }))
            .Changes("process 0: 10000000 page 0 young -> page 0", "page 0: -PG_locked")
            .BackedOut(BackOutReason.SwapPageStillMapped, next: MigrationStep.FinishPage)
            .Changes("task 0: retry 0 -> 1");
    }

    [Test]
    public void An_old_entry_goes()
    {
        Attempt attempt = Attempt.Before(MigrationStep.SwapPageUnmap, SwapOut(new() { File = 0, MappedBy = 2 })).GoesTo(MigrationStep.SwapPageRemoveMapping);

        Assert.That((attempt.Page(0).Mapcount, attempt.Page(0).Count), Is.EqualTo((0, 2)));
    }

    [Test, Reason(BackOutReason.SwapPageStillMapped)]
    public void A_locked_VMA_makes_it_back_out()
    {
        Attempt.Before(MigrationStep.SwapPageUnmap, SwapOut(new() { File = 0, MappedBy = 1 }) with
        {
            Vmas = [new() { Process = 0, Start = 0x10000000, Pages = 1, File = 0, Flags = VmFlags.Read | VmFlags.Locked }],
        }).Changes("page 0: -PG_locked").BackedOut(BackOutReason.SwapPageStillMapped, next: MigrationStep.FinishPage);
    }

    [Test, Reason(BackOutReason.SwapPageNotFreeable)]
    public void A_dirty_page_that_others_hold_backs_out_and_stays_dirty()
    {
        Attempt.Before(MigrationStep.SwapPagePageout, SwapOut(new() { File = 0, Flags = Dirty, References = [Until.Never] }))
            .Changes("page 0: -PG_locked")
            .BackedOut(BackOutReason.SwapPageNotFreeable, next: MigrationStep.FinishPage);
    }

    [Test, Reason(BackOutReason.SwapPageDirtyNoMapping)]
    public void A_dirty_page_without_mapping_and_without_buffers_backs_out()
    {
        Attempt.Before(MigrationStep.SwapPagePageout, SwapOut(new() { List = PagePlace.Isolated, Flags = Dirty, References = [Until.Never] }))
            .Changes("page 0: -PG_locked")
            .BackedOut(BackOutReason.SwapPageDirtyNoMapping, next: MigrationStep.FinishPage);
    }

    [Test, Reason(BackOutReason.SwapPageNoWritepage)]
    public void A_dirty_page_of_a_mapping_without_writepage_backs_out()
    {
        Attempt.Before(MigrationStep.SwapPagePageout, SwapOut(new() { File = 0, Flags = Dirty }) with { Files = [new() { Writepage = WritepageMode.Absent }] })
            .Changes("page 0: -PG_locked")
            .BackedOut(BackOutReason.SwapPageNoWritepage, next: MigrationStep.FinishPage);
    }

    [Test, Reason(BackOutReason.SwapPageActivate)]
    public void A_writepage_that_answers_ACTIVATE_makes_it_back_out_and_unlocks_the_page()
    {
        Attempt.Before(MigrationStep.Writepage, SwapOut(new() { File = 0, Index = 7, Flags = Dirty }) with { Files = [new() { Writepage = WritepageMode.Activate }] })
            .Changes("page 0: -PG_locked", "page 0: +PG_dirty", "global: nr_dirty 0 -> 1", "file 0: flags AccountsDirty -> AccountsDirty, InodeDirty")
            .BackedOut(BackOutReason.SwapPageActivate, next: MigrationStep.FinishPage);
    }

    [Test, Reason(BackOutReason.SwapPageSuccess)]
    public void A_write_under_way_makes_it_back_out_with_the_page_unlocked_by_the_write()
    {
        Attempt.Before(MigrationStep.Writepage, SwapOut(new() { File = 0, Index = 7, Flags = Dirty }))
            .Changes("page 0: -PG_locked", "page 0: +PG_reclaim", "page 0: +PG_writeback", "file 0: -[7] DIRTY", "file 0: +[7] WRITEBACK",
                "global: nr_writeback 0 -> 1", "hold 0 none -> Writeback of page 0")
            .BackedOut(BackOutReason.SwapPageSuccess, next: MigrationStep.FinishPage);
    }

    [Test]
    public void A_page_that_is_not_dirty_any_more_goes_on()
    {
        Attempt.Before(MigrationStep.SwapPagePageout, SwapOut(new() { File = 0, Flags = Dirty }))
            .Meanwhile(other => other.Page(0).Clear(PageFlags.Dirty))
            .ChangesNothing()
            .StandsBefore(MigrationStep.SwapPageRemoveMapping);
    }

    [Test, Reason(BackOutReason.SwapPageBuffersBusy)]
    public void Busy_buffers_make_it_back_out()
    {
        Attempt.Before(MigrationStep.SwapPageReleaseBuffers, SwapOut(new() { File = 0, Buffers = [new() { Users = [Until.Never] }] }))
            .Changes("page 0: -PG_locked")
            .BackedOut(BackOutReason.SwapPageBuffersBusy, next: MigrationStep.FinishPage);
    }

    [Test]
    public void Idle_buffers_are_released_first()
    {
        Attempt.Before(MigrationStep.SwapPageReleaseBuffers, SwapOut(new() { File = 0, Buffers = [new()] }))
            .Changes("buffer 0 of page 0, Uptodate, Mapped, next 0 -> none", "page 0: -PG_private", "page 0: private 1 -> 0", "page 0: count 3 -> 2")
            .StandsBefore(MigrationStep.SwapPageRemoveMapping);
    }

    [Test, Reason(BackOutReason.SwapPageBuffersDropped)]
    public void A_truncated_page_that_only_its_buffers_kept_is_found_freed_by_the_next_pass()
    {
        Scenario truncated = SwapOut(new() { List = PagePlace.Isolated, Buffers = [new()] });

        Attempt.Before(MigrationStep.SwapPageReleaseBuffers, truncated)
            .Changes("buffer 0 of page 0, Uptodate, Mapped, next 0 -> none", "page 0: -PG_private", "page 0: private 1 -> 0", "page 0: count 2 -> 1", "page 0: -PG_locked")
            .BackedOut(BackOutReason.SwapPageBuffersDropped, next: MigrationStep.FinishPage)
            .Returns(0, from: [], to: [], moved: [0], failed: []);
    }

    [Test, Reason(BackOutReason.SwapPageNoMapping), KernelFunction("remove_mapping")]
    public void A_page_without_mapping_cannot_be_taken_out_of_a_tree()
    {
        Attempt.Before(MigrationStep.SwapPageRemoveMapping, SwapOut(new() { List = PagePlace.Isolated, References = [Until.Never] }))
            .Changes("page 0: -PG_locked")
            .BackedOut(BackOutReason.SwapPageNoMapping, next: MigrationStep.FinishPage);
    }

    [TestCase(1)]
    [TestCase(3)]
    [Reason(BackOutReason.SwapPageReferencesRemain), KernelFunction("remove_mapping")]
    public void A_page_whose_count_is_not_2_stays(int count)
    {
        Attempt.Before(MigrationStep.SwapPageRemoveMapping, SwapOut(new() { File = 0 }))
            .Meanwhile(other => other.Page(0).Count = count)
            .Changes("page 0: -PG_locked")
            .BackedOut(BackOutReason.SwapPageReferencesRemain, next: MigrationStep.FinishPage);
    }

    [Test, Reason(BackOutReason.SwapPageDirty), KernelFunction("remove_mapping")]
    public void A_page_that_became_dirty_again_stays()
    {
        // Between pageout and remove_mapping somebody who had a reference made it dirty and let go.
        Attempt.Before(MigrationStep.SwapPageRemoveMapping, SwapOut(new() { File = 0 }))
            .Meanwhile(other => other.Page(0).Set(PageFlags.Dirty))
            .Changes("page 0: -PG_locked")
            .BackedOut(BackOutReason.SwapPageDirty, next: MigrationStep.FinishPage);
    }

    [Test, Reason(BackOutReason.SwapPageReferencesRemain)]
    public void The_count_is_tested_before_the_dirty_bit()
    {
        Attempt attempt = Attempt.Before(MigrationStep.SwapPageRemoveMapping, SwapOut(new() { File = 0 }))
            .Meanwhile(other => (other.Page(0).Count, other.Page(0).Flags) = (3, other.Page(0).Flags | PageFlags.Dirty));

        attempt.Changes("page 0: -PG_locked").BackedOut(BackOutReason.SwapPageReferencesRemain, next: MigrationStep.FinishPage);
    }

    [Test, Reason(BackOutReason.SwappedOut), KernelFunction("remove_mapping"), KernelFunction("__remove_from_page_cache")]
    public void A_clean_file_page_leaves_its_tree_and_goes_to_moved()
    {
        Attempt.Before(MigrationStep.SwapPageRemoveMapping, SwapOut(new() { File = 0, Index = 7 }))
            .Changes("file 0: [7] page 0 -> none", "file 0: nrpages 1 -> 0", "file 0: height 1 -> 0", "file 0: nodes 1 -> 0", "global: nr_pagecache 1 -> 0",
                "page 0: mapping file 0 -> NULL", "page 0: count 2 -> 1", "page 0: -PG_locked")
            .BackedOut(BackOutReason.SwappedOut, rc: 0, next: MigrationStep.FinishPage)
            .Changes("from 0 -> empty", "moved empty -> 0");
    }

    [Test, Reason(BackOutReason.SwappedOut), KernelFunction("remove_mapping"), KernelFunction("__delete_from_swap_cache")]
    public void A_clean_swap_cache_page_leaves_the_swap_cache_and_its_slot_loses_one_user()
    {
        Attempt.Before(MigrationStep.SwapPageRemoveMapping, SwapOut(new() { AnonVma = 0, SwapCache = 3, SwappedBy = 1 }))
            .Changes("swapper_space: [3] page 0 -> none", "swapper_space: nrpages 1 -> 0", "swapper_space: height 1 -> 0", "swapper_space: nodes 1 -> 0",
                "global: nr_pagecache 1 -> 0", "page 0: -PG_swapcache", "page 0: private 3 -> 0", "page 0: count 2 -> 1", "page 0: -PG_locked",
                "slot 3: swap_map 2 -> 1");
    }

    [Test, Reason(BackOutReason.SwappedOut)]
    public void Without_to_a_clean_file_page_is_swapped_out_in_pass_0()
    {
        Outcome.Of(SwapOut(new() { File = 0, MappedBy = 2 })).Returned(0, passes: 1, from: [], to: [], moved: [0], failed: []);
    }

    [Test, PatchLines(PatchLinesAttribute.Vmscan, 935, 946)]
    public void As_fallback_it_unlocks_the_new_page_first_and_leaves_it_on_to()
    {
        Attempt.Before(MigrationStep.SwapFallback, Given.FilePage().WithBuffer(new() { Users = [Until.Never] }), pass: 5)
            .Changes("page 1: -PG_locked", "task 0: newpage page 1 -> none")
            .StandsBefore(MigrationStep.SwapPageUnmap)
            .AssertLists(from: [0], to: [1], moved: [], failed: []);
    }

    [Test, Reason(BackOutReason.SwappedOut), PatchLines(PatchLinesAttribute.Vmscan, 935, 946)]
    public void As_fallback_it_succeeds_when_the_buffers_become_idle_in_between_and_the_new_page_stays_unused()
    {
        Attempt.Before(MigrationStep.SwapFallback, Given.FilePage().WithBuffer(new() { Users = [Until.Never] }), pass: 5)
            .Meanwhile(other => other.Machine.Buffers[0].Count = 0)
            .Returns(0, from: [], to: [1], moved: [0], failed: []);
    }

    [TestCase(PatchLevel.Before)]
    [TestCase(PatchLevel.V9)]
    [Reason(BackOutReason.SwappedOut)]
    public void Before_the_patch_every_page_goes_there_even_with_to(PatchLevel patch)
    {
        Outcome outcome = Outcome.Of(new() { Patch = patch, Pages = [new() { File = 0 }], To = patch == PatchLevel.Before ? ScenarioTo.Frames(1) : ScenarioTo.SwapOut });

        outcome.Ended(0, PageFate.SwappedOut, BackOutReason.SwappedOut, 0);
    }

    private static Scenario SwapOut(ScenarioPage page) => new() { Pages = [page], To = ScenarioTo.SwapOut };
}
