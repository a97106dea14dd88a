namespace MigrationConformance.Specs;

/// <summary>try_to_unuse: every slot's page is brought back to who uses the slot, and then leaves the swap cache.</summary>
[TestFixture, KernelFunction("try_to_unuse")]
public sealed class SwapoffSpec
{
    private const ulong Start = 0x10000000;
    private const int SwapperTree = 0, FileTree = 1;

    private static readonly ActorSpec Swapoff = new(TaskKind.Swapoff);

    // On the LRU, so that nobody but the swap cache holds the page.
    private static readonly GivenPages Cached = Given.AnonPage(index: 0).InSwapCache(2).SwappedOutBy(1).On(PagePlace.Lru).WithSwap(new() { Slots = 3 });

    private static readonly GivenPages Stored = Given.Page(new() { List = PagePlace.Free, Contents = 0 }).WithSwap(new() { Slots = 3, Contents = [new(2, 9)] })
        .WithVma(new() { Process = 0, Start = Start, Pages = 1, AnonVma = 0, Entries = [new(Start, 2)] });

    private static readonly GivenPages Tmpfs = Given.SwapCachePage(2).Holding(5).Flagged(PageFlags.Dirty).On(PagePlace.Lru).WithSwap(new() { Slots = 3 })
        .WithFile(new() { Kind = MappingKind.Tmpfs, Swapped = [new(4, 2)] });

    private static readonly string[] MovedToFile =
    [
        "file 0: [4] none -> page 0", "file 0: nrpages 0 -> 1", "file 0: height 0 -> 1", "file 0: nodes 0 -> 1", "file 0: +[4] DIRTY", "file 0: flags SetPageDirtyNobuffers, OnShmemSwaplist -> InodeDirty, SetPageDirtyNobuffers, OnShmemSwaplist",
        "page 0: mapping NULL -> file 0", "page 0: index 0 -> 4", "page 0: private 2 -> 0", "page 0: -PG_swapcache", "file 0: swap vector 4 slot 2 -> none", "slot 2: swap_map 2 -> 0",
        "swap: nr_swap_pages 2 -> 3", "swapper_space: [2] page 0 -> none", "swapper_space: nrpages 1 -> 0", "swapper_space: height 1 -> 0", "swapper_space: nodes 1 -> 0",
    ];

    [Test]
    public void First_the_device_hands_out_no_slots_any_more() =>
        Acting.Of(Cached, Swapoff).Changes("swap: write_ok 1 -> 0").StandsBefore("ChooseSlot");

    [Test]
    public void Which_waits_for_swap_lock() => Acting.Of(Cached.OthersLock(ScenarioLockKind.Swap), Swapoff).Waits(WaitKind.SwapLock, 0);

    [Test]
    public void Free_and_bad_slots_are_passed_over_without_a_lock() =>
        Acting.Before("ChooseSlot", Given.FilePage().WithSwap(new() { Slots = 3, Map = [new(2, Bad: true)] }), Swapoff)
            .Meanwhile(HoldSwapLock).ChangesNothing().IsOver();

    [Test]
    public void A_page_that_is_in_the_swap_cache_is_referenced_without_swap_lock() =>
        Acting.Before("ReadPage", Cached, Swapoff).Meanwhile(HoldSwapLock).Changes("page 0: count 1 -> 2").StandsBefore("AwaitUnlock");

    [Test]
    public void The_look_up_waits_for_the_tree_lock_of_swapper_space() =>
        Acting.Before("ReadPage", Cached.OthersLock(ScenarioLockKind.Tree, ScenarioLock.Swapper), Swapoff).Waits(WaitKind.TreeLock, SwapperTree);

    [Test, KernelFunction("read_swap_cache_async")]
    public void A_page_that_is_not_there_is_read_into_the_swap_cache()
    {
        Acting.Before("ReadPage", Stored, Swapoff)
            .Changes("page 0: count 0 -> 3", "page 0: +PG_locked", "page 0: +PG_swapcache", "page 0: private 0 -> 2", "slot 2: swap_map 1 -> 2", "global: nr_pagecache 0 -> 1",
                "cpu 0: lru_add_active empty -> 0", "swapper_space: [2] none -> page 0", "swapper_space: nrpages 0 -> 1", "swapper_space: height 0 -> 1", "swapper_space: nodes 0 -> 1")
            .StandsBefore("ReadEnds")
            .Changes("page 0: contents 0 -> 9", "page 0: +PG_uptodate", "page 0: -PG_locked").StandsBefore("AwaitUnlock");
    }

    [Test]
    public void Which_waits_for_swap_lock_once_nothing_was_found() =>
        Acting.Before("ReadPage", Stored, Swapoff).Meanwhile(HoldSwapLock).Waits(WaitKind.SwapLock, 0);

    [Test]
    public void A_slot_that_became_free_meanwhile_is_passed_over() =>
        Acting.Before("ReadPage", Stored, Swapoff).Meanwhile(m =>
        {
            PageTables.Set(m, new MmId(0), Start, Pte.Zero);
            SwapFile.SwapFree(m, new SwpEntry(2));
        }).ChangesNothing().StandsBefore("ChooseSlot").ChangesNothing().IsOver();

    [Test]
    public void A_locked_page_is_waited_for_and_its_lock_not_taken()
    {
        Acting.Before("AwaitUnlock", Cached.LockedUntil(Until.Never), Swapoff).Waits(WaitKind.PageLock, 0);
        Acting.Before("AwaitUnlock", Cached.LockedUntil(Until.Waited), Swapoff).Changes("page 0: -PG_locked", "hold 0 PageLock of page 0 -> none").StandsBefore("AwaitWriteback");
    }

    // A migration can take the lock meanwhile.
    [Test]
    public void Writeback_is_waited_for_without_the_lock()
    {
        Acting run = Acting.Before("AwaitWriteback", Cached.UnderWritebackUntil(Until.Never), Swapoff).Waits(WaitKind.Writeback, 0);

        Assert.That(run.Page(0).Has(PageFlags.Locked), Is.False);
    }

    [Test]
    public void Then_for_the_lock() => Acting.Before("Lock", Cached, Swapoff).Meanwhile(m => Hold(m, HoldKind.PageLock, PageFlags.Locked)).Waits(WaitKind.PageLock, 0);

    [Test]
    public void A_page_that_left_the_swap_cache_is_let_go_and_its_slot_looked_up_again() =>
        Acting.Before("Recheck", Cached, Swapoff).Meanwhile(m => SwapState.DeleteFromSwapCache(m, new Pfn(0)))
            .Changes("page 0: -PG_locked", "page 0: count 1 -> 0", "page 0: -PG_lru", "page 0: mapping anon_vma 0 -> NULL", "zone 0: inactive_list 0 -> empty", "zone 0: nr_inactive 1 -> 0")
            .StandsBefore("ReadPage");

    [Test]
    public void Before_the_series_nobody_looked() =>
        Acting.Before("Recheck", Cached.BeforeThePatch(), Swapoff).Meanwhile(m => SwapState.DeleteFromSwapCache(m, new Pfn(0))).ChangesNothing().StandsBefore("UnuseShmem");

    [Test]
    public void Under_the_lock_writeback_is_waited_for_once_more() =>
        Acting.Before("Recheck", Cached, Swapoff).Meanwhile(m => Hold(m, HoldKind.Writeback, PageFlags.Writeback)).Waits(WaitKind.Writeback, 0);

    [Test, KernelFunction("unuse_pte")]
    public void Each_entry_becomes_present_old_clean_and_read_only_and_the_page_active()
    {
        Acting.Before("UnusePte", Cached, Swapoff)
            .Changes("process 0: 10000000 slot 2 -> page 0", "process 0: anon_rss 0 -> 1", "page 0: count 2 -> 3", "page 0: mapcount 0 -> 1", "global: nr_mapped 0 -> 1",
                "slot 2: swap_map 2 -> 1", "page 0: +PG_active", "zone 0: inactive_list 0 -> empty", "zone 0: active_list empty -> 0", "zone 0: nr_inactive 1 -> 0", "zone 0: nr_active 0 -> 1")
            .StandsBefore("UnusePte").ChangesNothing().StandsBefore("Delete");
    }

    [TestCase(ScenarioLockKind.Mmlist, WaitKind.MmlistLock)]
    [TestCase(ScenarioLockKind.PageTable, WaitKind.PageTableLock)]
    public void An_entry_waits_for_the_locks_on_the_way_to_it(ScenarioLockKind held, WaitKind waits) =>
        Acting.Before("UnusePte", Cached.OthersLock(held), Swapoff).Waits(waits, 0);

    [Test]
    public void And_for_swap_lock() => Acting.Before("UnusePte", Cached, Swapoff).Meanwhile(HoldSwapLock).Waits(WaitKind.SwapLock, 0);

    [Test]
    public void Without_other_users_of_the_slot_no_process_is_searched() =>
        Acting.Before("UnusePte", Given.AnonPage().InSwapCache(2).On(PagePlace.Lru).OthersLock(ScenarioLockKind.Mmlist), Swapoff).ChangesNothing().StandsBefore("Delete");

    [Test]
    public void A_process_whose_mmap_sem_is_taken_is_waited_for_without_the_page_lock()
    {
        Acting.Before("UnusePte", Cached.OthersLock(ScenarioLockKind.MmapSem), Swapoff)
            .Changes("page 0: -PG_locked").StandsBefore("WaitForMmapSem")
            .Waits(WaitKind.MmapSem, 0)
            .Meanwhile(m => m.Mms[0].MmapSem = 0)
            .ChangesNothing().StandsBefore("LockAgain")
            .Changes("page 0: +PG_locked").StandsBefore("UnusePte");
    }

    [Test]
    public void It_does_not_look_again_then_whether_the_page_is_in_the_swap_cache()
    {
        Acting.Before("WaitForMmapSem", Cached.Pinned().OthersLock(ScenarioLockKind.MmapSem), Swapoff)
            .Meanwhile(m =>
            {
                // The process gives its entry up, and with it goes the page from a swap area that is more than half full.
                m.Mms[0].MmapSem = 0;
                PageTables.Set(m, new MmId(0), Start, Pte.Zero);
                SwapFile.SwapFree(m, new SwpEntry(2));
                PageLock.TryLock(m, new Pfn(0));
                SwapState.DeleteFromSwapCache(m, new Pfn(0));
                PageLock.UnlockPage(m, new Pfn(0));
            })
            .GoesTo("Delete")
            .Changes("page 0: +PG_dirty", "page 0: -PG_locked", "page 0: count 2 -> 1").StandsBefore("ChooseSlot");
    }

    [Test]
    public void At_the_end_the_page_leaves_the_swap_cache_dirty_by_the_bare_bit()
    {
        Acting.Before("Delete", Cached, Swapoff)
            .Changes("page 0: -PG_swapcache", "page 0: private 2 -> 0", "page 0: +PG_dirty", "page 0: -PG_locked", "page 0: count 3 -> 1", "slot 2: swap_map 1 -> 0",
                "swap: nr_swap_pages 2 -> 3", "global: nr_pagecache 1 -> 0",
                "swapper_space: [2] page 0 -> none", "swapper_space: nrpages 1 -> 0", "swapper_space: height 1 -> 0", "swapper_space: nodes 1 -> 0")
            .StandsBefore("ChooseSlot");
    }

    [TestCase(true)]
    [TestCase(false)]
    public void Which_waits_for_swap_lock_and_the_tree_lock_of_swapper_space(bool swapLock)
    {
        Acting run = Acting.Before("Delete", Cached, Swapoff).Meanwhile(swapLock ? HoldSwapLock : HoldSwapperTree);

        run.Waits(swapLock ? WaitKind.SwapLock : WaitKind.TreeLock, 0);
        Assert.That(run.Page(0).Has(PageFlags.SwapCache | PageFlags.Locked), Is.True);
    }

    [Test, KernelFunction("swap_writepage")]
    public void A_dirty_page_of_a_slot_that_somebody_unseen_still_uses_is_written_first()
    {
        Acting.Before("WriteOut", Unseen.Dirty(), Swapoff)
            .Changes("page 0: +PG_writeback", "page 0: -PG_locked", "swapper_space: +[2] WRITEBACK", "global: nr_writeback 0 -> 1", "hold 0 none -> Writeback of page 0")
            .StandsBefore("Relock")
            .Changes("page 0: +PG_locked").StandsBefore("WaitForWrite")
            .Changes("page 0: -PG_writeback", "swapper_space: -[2] WRITEBACK", "global: nr_writeback 1 -> 0", "hold 0 Writeback of page 0 -> none", "slot 2: contents 0 -> 1")
            .StandsBefore("Delete")
            .Changes("page 0: -PG_swapcache", "page 0: private 2 -> 0", "page 0: -PG_locked", "page 0: count 2 -> 0", "slot 2: swap_map 2 -> 1", "global: nr_pagecache 1 -> 0",
                "page 0: -PG_lru", "page 0: -PG_dirty", "page 0: mapping anon_vma 0 -> NULL", "zone 0: inactive_list 0 -> empty", "zone 0: nr_inactive 1 -> 0",
                "swapper_space: [2] page 0 -> none", "swapper_space: nrpages 1 -> 0", "swapper_space: height 1 -> 0", "swapper_space: nodes 1 -> 0");
    }

    [Test]
    public void A_clean_one_is_not() => Acting.Before("UnusePte", Unseen, Swapoff).ChangesNothing().StandsBefore("Delete");

    [Test]
    public void The_write_waits_for_the_tree_lock_of_swapper_space() =>
        Acting.Before("WriteOut", Unseen.Dirty(), Swapoff).Meanwhile(HoldSwapperTree).Waits(WaitKind.TreeLock, SwapperTree);

    [Test]
    public void The_lock_that_the_write_gave_up_is_waited_for() =>
        Acting.Before("Relock", Unseen.Dirty(), Swapoff).Meanwhile(m => Hold(m, HoldKind.PageLock, PageFlags.Locked)).Waits(WaitKind.PageLock, 0);

    [Test]
    public void The_end_of_the_write_is_waited_for_under_it() =>
        Acting.Before("WaitForWrite", Unseen.Dirty().WithSwap(Unseen.Scenario.Swap with { Completes = Until.Never }), Swapoff).Waits(WaitKind.Writeback, 0);

    [Test, KernelFunction("shmem_unuse"), KernelFunction("move_from_swap_cache")]
    public void A_page_of_tmpfs_goes_back_to_its_file_tagged_dirty_and_the_slot_is_free()
    {
        Acting.Before("UnuseShmem", Tmpfs, Swapoff).Changes(MovedToFile).StandsBefore("UnusePte")
            .ChangesNothing().StandsBefore("Delete")
            .Changes("page 0: -PG_locked", "page 0: count 2 -> 1").StandsBefore("ChooseSlot");
    }

    [TestCase(ScenarioLockKind.Swap, 0, WaitKind.SwapLock, 0)]
    [TestCase(ScenarioLockKind.Tree, ScenarioLock.Swapper, WaitKind.TreeLock, SwapperTree)]
    [TestCase(ScenarioLockKind.Tree, 0, WaitKind.TreeLock, FileTree)]
    [KernelFunction("shmem_unuse")]
    public void Going_back_to_the_file_waits_for_each_of_its_locks(ScenarioLockKind kind, int number, WaitKind waits, int waitsFor)
    {
        Acting run = Acting.Before("UnuseShmem", Tmpfs, Swapoff).Meanwhile(m =>
        {
            if (kind == ScenarioLockKind.Swap)
                HoldSwapLock(m);
            else
                m.Mappings[number + 1].TreeLock = Machine.LockedByOthers;
        });

        run.Waits(waits, waitsFor);
        Assert.That((run.Machine.SwapMap[2], run.File().Nrpages, run.Page(0).Has(PageFlags.SwapCache)), Is.EqualTo((2, 0, true)));
    }

    [Test, KernelFunction("shmem_unuse")]
    public void Without_room_in_the_file_the_page_and_its_slot_stay()
    {
        Acting.Before("UnuseShmem", Tmpfs, Swapoff).Meanwhile(m => m.Swap.RadixPreloadFails = 1)
            .ChangesNothing().GoesTo("Delete").Meanwhile(HoldSwapLock)
            .Changes("page 0: -PG_locked", "page 0: count 2 -> 1").StandsBefore("ChooseSlot")
            .ChangesNothing().IsOver();
    }

    [Test]
    public void A_slot_that_stays_does_not_keep_the_next_one()
    {
        Acting run = Acting.Before("UnuseShmem", Tmpfs.And.AnonPage().InSwapCache(3).On(PagePlace.Lru), Swapoff).Meanwhile(m => m.Swap.RadixPreloadFails = 1).GoesTo("Finished");

        Assert.That((run.Page(0).Has(PageFlags.SwapCache), run.Machine.SwapMap[2], run.Machine.SwapMap[3]), Is.EqualTo((true, 2, 0)));
    }

    [Test]
    public void Anonymous_pages_have_no_file_to_go_to() => Acting.Before("UnuseShmem", Cached, Swapoff).ChangesNothing().StandsBefore("UnusePte");

    private static GivenPages Unseen =>
        Given.AnonPage(index: 0).InSwapCache(2).On(PagePlace.Lru).WithSwap(new() { Slots = 3, Map = [new(2, Users: 1)] });

    private static void HoldSwapLock(Machine m) => m.Globals.SwapLock = Machine.LockedByOthers;

    private static void HoldSwapperTree(Machine m) => m.Mappings[SwapperTree].TreeLock = Machine.LockedByOthers;

    // Others, for ever.
    private static void Hold(Machine m, HoldKind kind, PageFlags flag)
    {
        if (kind == HoldKind.Writeback)
            Writeback.TestSetPageWriteback(m, new Pfn(0));
        else
            m.Pages[0].Set(flag);
        Others.Add(m, new Hold { Kind = kind, Page = new Pfn(0), Buffer = BhId.None, Until = Until.Never });
    }
}
