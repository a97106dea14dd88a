namespace MigrationConformance.Specs;

/// <summary>
/// Step B3: an anonymous page without swap entry gets one, since its page table entries will be turned into swap
/// entries. The only step that can fail for good: −ENOMEM sends the page to <c>failed</c>.
/// </summary>
[TestFixture, Step("B3"), KernelFunction("add_to_swap"), KernelFunction("__add_to_swap_cache"), PatchLines(PatchLinesAttribute.Documentation, 80, 82)]
public sealed class B03_AddToSwap
{
    private static readonly Scenario Anonymous = Given.AnonPage(index: 5).MappedBy(1);

    [Test, KernelFunction("get_swap_page")]
    public void Takes_a_slot_first()
    {
        Attempt.Before(MigrationStep.AddToSwap, Anonymous)
            .Changes("slot 1: swap_map 0 -> 1", "swap: nr_swap_pages 1 -> 0", "task 0: entry slot 0 -> slot 1")
            .StandsBefore(MigrationStep.AddToSwapCache);
    }

    [Test]
    public void Then_enters_the_swap_cache_dirty_and_leaves_mapping_index_and_entries_alone()
    {
        Attempt.Before(MigrationStep.AddToSwapCache, Anonymous)
            .Changes("page 0: count 2 -> 3", "page 0: private 0 -> 1", "page 0: +PG_swapcache", "page 0: +PG_dirty",
                "swapper_space: [1] none -> page 0", "swapper_space: nrpages 0 -> 1", "swapper_space: height 0 -> 1", "swapper_space: nodes 0 -> 1",
                "global: nr_pagecache 0 -> 1", "task 0: entry slot 1 -> slot 0")
            .StandsBefore(MigrationStep.PrepareNewPage);
    }

    [Test]
    public void Makes_a_page_uptodate_that_was_not()
    {
        Attempt attempt = Attempt.Before(MigrationStep.PrepareNewPage, new() { Pages = [new() { AnonVma = 0, MappedBy = 1, Flags = PageFlags.None }] });

        Assert.That(attempt.Page(0).Has(PageFlags.Uptodate), Is.True);
    }

    [Test]
    public void Is_passed_over_by_a_page_that_is_in_the_swap_cache_already()
    {
        Attempt.Before(MigrationStep.WaitOnWriteback, Given.AnonPage().InSwapCache(3).MappedBy(1))
            .ChangesNothing()
            .StandsBefore(MigrationStep.PrepareNewPage);
    }

    [Test]
    public void Is_passed_over_by_a_file_page()
    {
        Attempt.Before(MigrationStep.WaitOnWriteback, Given.FilePage().MappedBy(1))
            .ChangesNothing()
            .StandsBefore(MigrationStep.PrepareNewPage);
    }

    [Test, Reason(BackOutReason.NoSwapSlot)]
    public void Fails_for_good_with_ENOMEM_when_no_slot_is_free_and_changes_only_the_lock()
    {
        Attempt.Before(MigrationStep.AddToSwap, Anonymous with { Swap = new() { Slots = 0 } })
            .Changes("page 0: -PG_locked")
            .BackedOut(BackOutReason.NoSwapSlot, -Errno.ENOMEM, MigrationStep.FinishPage)
            .Changes("from 0 -> empty", "failed empty -> 0", "task 0: nr_failed 0 -> 1")
            .Returns(1, from: [], to: [1], moved: [], failed: [0]);
    }

    [Test, Reason(BackOutReason.NoSwapSlot)]
    public void Fails_for_good_when_the_device_hands_out_no_slots()
    {
        Attempt.Before(MigrationStep.AddToSwap, Anonymous with { Swap = new() { Writable = false } })
            .Changes("page 0: -PG_locked")
            .BackedOut(BackOutReason.NoSwapSlot, -Errno.ENOMEM, MigrationStep.FinishPage);
    }

    [Test, Reason(BackOutReason.NoSwapCacheMemory)]
    public void Fails_for_good_without_memory_for_the_tree_and_gives_the_slot_back()
    {
        Attempt.Before(MigrationStep.AddToSwapCache, Anonymous with { Swap = new() { RadixPreloadFails = true } })
            .Changes("page 0: -PG_locked", "slot 1: swap_map 1 -> 0", "swap: nr_swap_pages 0 -> 1", "task 0: entry slot 1 -> slot 0")
            .BackedOut(BackOutReason.NoSwapCacheMemory, -Errno.ENOMEM, MigrationStep.FinishPage)
            .Returns(1, from: [], to: [1], moved: [], failed: [0]);
    }

    [Test, KernelFunction("add_to_swap_cache")]
    public void Looks_for_another_slot_when_readahead_put_a_page_there_meanwhile()
    {
        Attempt attempt = Attempt.Before(MigrationStep.AddToSwapCache, Anonymous with { Swap = new() { Slots = 2 } });
        Pfn other = attempt.Machine.AddFrames(1);
        attempt.Page(other.Value).Count = 1;
        Assert.That(SwapState.AddToSwapCache(attempt.Machine, other, new SwpEntry(1)), Is.EqualTo(0));

        attempt.Changes("slot 1: swap_map 2 -> 1", "task 0: entry slot 1 -> slot 0").StandsBefore(MigrationStep.AddToSwap);
        attempt.Changes("slot 2: swap_map 0 -> 1", "swap: nr_swap_pages 1 -> 0", "task 0: entry slot 0 -> slot 2");
    }

    [Test]
    public void Waits_for_swap_lock()
    {
        Attempt.Before(MigrationStep.AddToSwap, Anonymous with { Locks = [new(ScenarioLockKind.Swap)] }).Waits(WaitKind.SwapLock, 0);
    }

    [Test]
    public void Waits_for_the_tree_lock_of_swapper_space()
    {
        Attempt.Before(MigrationStep.AddToSwapCache, Anonymous with { Locks = [new(ScenarioLockKind.Tree, ScenarioLock.Swapper)] })
            .Waits(WaitKind.TreeLock, 0);
    }

    [Test]
    public void The_slot_stays_when_the_attempt_backs_out_later()
    {
        Outcome outcome = Outcome.Of(Anonymous);

        outcome.NeverMigrated(BackOutReason.PageoutNotFreeable);
        Assert.That((outcome.Page(0).SwapEntry, outcome.Machine.SwapMap[1]), Is.EqualTo((new SwpEntry(1), (ushort)1)));
    }
}
