namespace MigrationConformance.Specs;

/// <summary>
/// An access to a swap entry: the page is looked up in the swap cache or read into it, marked as used, locked, looked at once more,
/// and mapped if the entry is still the same. The reference of the look-up becomes the entry's.
/// </summary>
[TestFixture, KernelFunction("do_swap_page"), KernelFunction("handle_pte_fault")]
public sealed class FaultOnSwapEntrySpec
{
    private const ulong Address = 0x10007000;
    private const int Slot = 3;

    private static readonly KernelTask Read = Tasks.Access(TaskKind.Fault, new MmId(0), Address), Write = Tasks.Access(TaskKind.Fault, new MmId(0), Address, write: true);
    private static readonly MmId Process = new(0);

    // Page 0: in the swap cache, on the inactive list; its only user is the swap entry of process 0. Page 1 is free.
    private static readonly GivenPages Cached = Given.AnonPage(index: 7).InSwapCache(Slot).SwappedOutBy(1).On(PagePlace.Lru).Holding(42)
        .And.Page(new() { List = PagePlace.Free, Contents = 0 }).From().WithSwap(new() { Slots = 8 });

    // Page 0 of the same file is only there to keep the frames apart: nothing is in the swap cache, page 1 is free.
    private static readonly GivenPages NotCached = Given.NoPage.And.FilePage().On(PagePlace.Lru).And.Page(new() { List = PagePlace.Free, Contents = 0 }).From()
        .WithVma(new() { Process = 0, Start = 0x10000000, Pages = 8, AnonVma = 0, Entries = [new(Address, Slot)] })
        .WithSwap(new() { Slots = 8, Contents = [new(Slot, 42)] });

    [Test]
    public void Takes_mmap_sem_for_reading_and_reads_the_entry_without_the_page_table_lock()
    {
        Acting.Of(Cached.OthersLock(ScenarioLockKind.PageTable), Read).Changes("mmap_sem read").StandsBefore("SwapLookup");
    }

    [Test]
    public void Waits_for_mmap_sem() => Acting.Of(Cached.OthersLock(ScenarioLockKind.MmapSem), Read).Waits(WaitKind.MmapSem, 0);

    [Test, KernelFunction("lookup_swap_cache")]
    public void The_look_up_takes_a_reference_and_marks_the_page_as_used()
    {
        Acting.Before("SwapLookup", Cached, Read).Changes("page 0: count 1 -> 2", "page 0: +PG_referenced").StandsBefore("SwapLock");
    }

    [Test, KernelFunction("mark_page_accessed"), KernelFunction("activate_page")]
    public void A_page_that_was_used_before_becomes_active()
    {
        Acting.Before("SwapLookup", Referenced(PagePlace.Lru), Read)
            .Changes("page 0: count 1 -> 2", "page 0: -PG_referenced", "page 0: +PG_active", "zone 0: active_list empty -> 0", "zone 0: inactive_list 0 -> empty",
                "zone 0: nr_active 0 -> 1", "zone 0: nr_inactive 1 -> 0");
    }

    [Test]
    public void A_page_that_is_off_the_LRU_stays_referenced_and_no_more()
    {
        Acting.Before("SwapLookup", Referenced(PagePlace.LruAdd), Read).Changes("page 0: count 2 -> 3");
    }

    [Test]
    public void The_look_up_waits_for_the_tree_lock_that_a_migration_has_from_step_6_to_13()
    {
        Acting.Before("SwapLookup", Cached.OthersLock(ScenarioLockKind.Tree, ScenarioLock.Swapper), Read).Waits(WaitKind.TreeLock, 0);
    }

    [Test]
    public void Sleeps_on_the_page_lock_with_its_reference()
    {
        Acting acting = Acting.Before("SwapLock", Cached, Read).Meanwhile(m => m.Pages[0].Set(PageFlags.Locked));

        acting.Waits(WaitKind.PageLock, 0);
        Assert.That(acting.Machine.Pages[0].Count, Is.EqualTo(2));
    }

    [Test]
    public void Locks_the_page() => Acting.Before("SwapLock", Cached, Read).Changes("page 0: +PG_locked").StandsBefore("SwapRecheck");

    [Test]
    public void A_page_that_left_the_swap_cache_meanwhile_is_let_go_and_the_entry_looked_up_again()
    {
        Acting.Before("SwapRecheck", Cached, Read).Meanwhile(m => SwapState.DeleteFromSwapCache(m, new Pfn(0)))
            .Changes("page 0: -PG_locked", "page 0: count 1 -> 0", "page 0: mapping anon_vma 0 -> NULL", "zone 0: inactive_list 0 -> empty", "zone 0: nr_inactive 1 -> 0", "page 0: -PG_lru")
            .StandsBefore("SwapLookup");
    }

    [Test]
    public void Before_the_series_nobody_looks_whether_the_page_is_in_the_swap_cache_still()
    {
        Acting.Before("SwapRecheck", Cached.BeforeThePatch(), Read).Meanwhile(m => SwapState.DeleteFromSwapCache(m, new Pfn(0)))
            .ChangesNothing().StandsBefore("SwapInstall");
    }

    [Test]
    public void A_page_that_is_in_the_swap_cache_still_is_installed() =>
        Acting.Before("SwapRecheck", Cached, Read).ChangesNothing().StandsBefore("SwapInstall");

    [Test, KernelFunction("page_add_anon_rmap"), KernelFunction("swap_free")]
    public void A_read_installs_a_young_read_only_entry_which_takes_over_the_reference_and_frees_the_slots_user()
    {
        Acting.Before("SwapInstall", Cached, Read)
            .Changes("process 0: 10007000 slot 3 -> page 0 young", "process 0: anon_rss 0 -> 1", "page 0: mapcount 0 -> 1", "global: nr_mapped 0 -> 1",
                "slot 3: swap_map 2 -> 1", "page 0: -PG_locked", "mmap_sem given back")
            .IsOver();
    }

    [Test]
    public void A_page_without_mapping_gets_that_of_the_VMA_and_the_index_of_the_address()
    {
        GivenPages readAhead = Given.SwapCachePage(Slot).On(PagePlace.Lru).From().WithSwap(new() { Slots = 8 })
            .WithVma(new() { Process = 0, Start = 0x10000000, Pages = 8, AnonVma = 0, Entries = [new(Address, Slot)] });

        Acting.Before("SwapInstall", readAhead, Read)
            .Changes("process 0: 10007000 slot 3 -> page 0 young", "process 0: anon_rss 0 -> 1", "page 0: mapcount 0 -> 1", "global: nr_mapped 0 -> 1",
                "slot 3: swap_map 2 -> 1", "page 0: -PG_locked", "page 0: mapping NULL -> anon_vma 0", "page 0: index 0 -> 7", "mmap_sem given back");
    }

    [Test, KernelFunction("can_share_swap_page")]
    public void A_write_by_the_only_user_gets_a_writable_dirty_entry_at_once_and_stores_without_mmap_sem()
    {
        Acting.Before("SwapInstall", Cached, Write)
            .Changes("process 0: 10007000 slot 3 -> page 0 young dirty write", "process 0: anon_rss 0 -> 1", "page 0: mapcount 0 -> 1", "global: nr_mapped 0 -> 1",
                "slot 3: swap_map 2 -> 1", "page 0: -PG_locked", "mmap_sem given back")
            .StandsBefore("Store");
    }

    [Test, KernelFunction("do_wp_page")]
    public void A_write_to_a_page_with_another_user_maps_it_read_only_and_goes_on_to_copy_it_under_the_same_lock()
    {
        Acting.Before("SwapInstall", Given.AnonPage(index: 7).InSwapCache(Slot).SwappedOutBy(2).On(PagePlace.Lru).From().WithSwap(new() { Slots = 8 }), Write)
            .Changes("process 0: 10007000 slot 3 -> page 0 young", "process 0: anon_rss 0 -> 1", "page 0: mapcount 0 -> 1", "global: nr_mapped 0 -> 1",
                "slot 3: swap_map 3 -> 2", "page 0: -PG_locked", "page 0: count 2 -> 3")
            .StandsBefore("WpCopy");
    }

    [Test]
    public void The_copy_of_a_page_that_was_just_mapped_replaces_the_entry_that_the_fault_itself_made()
    {
        GivenPages shared = Given.AnonPage(index: 7).InSwapCache(Slot).SwappedOutBy(2).On(PagePlace.Lru).And.Page(new() { List = PagePlace.Free, Contents = 0 }).From().WithSwap(new() { Slots = 8 });

        Acting.Before("WpInstall", shared, Write)
            .Changes("process 0: 10007000 page 0 young -> page 1 young dirty write", "page 0: mapcount 1 -> 0", "page 0: count 3 -> 1", "page 1: mapcount 0 -> 1", "page 1: count 1 -> 2",
                "page 1: mapping NULL -> anon_vma 0", "page 1: index 0 -> 7", "cpu 0: lru_add_active empty -> 1", "mmap_sem given back")
            .StandsBefore("Store");
    }

    // Page 0 loses its entry on the way, and both references that the fault had on it.
    [Test]
    public void A_write_to_a_page_with_another_user_ends_with_its_slot_for_the_other_user()
    {
        Acting acting = Acting.Of(Given.AnonPage(index: 7).InSwapCache(Slot).SwappedOutBy(2).On(PagePlace.Lru).And.Page(new() { List = PagePlace.Free, Contents = 0 }).From().WithSwap(new() { Slots = 8 }), Write);

        acting.Ends("process 0: 10007000 slot 3 -> page 1 young dirty write", "process 0: anon_rss 0 -> 1", "global: nr_mapped 0 -> 1", "slot 3: swap_map 3 -> 2", "page 0: +PG_referenced",
            "page 1: count 0 -> 2", "page 1: mapcount 0 -> 1", $"page 1: contents 0 -> {Write.Cursor}", "page 1: mapping NULL -> anon_vma 0", "page 1: index 0 -> 7", "cpu 0: lru_add_active empty -> 1");
    }

    [Test, KernelFunction("remove_exclusive_swap_page"), KernelFunction("vm_swap_full")]
    public void When_swap_is_more_than_half_full_the_page_leaves_the_swap_cache_dirty_and_its_slot_is_free()
    {
        Acting.Before("SwapInstall", FullSwap, Read)
            .Changes("process 0: 10007000 slot 1 -> page 0 young", "process 0: anon_rss 0 -> 1", "page 0: mapcount 0 -> 1", "global: nr_mapped 0 -> 1",
                "slot 1: swap_map 2 -> 0", "swap: nr_swap_pages 0 -> 1", "page 0: count 2 -> 1", "page 0: -PG_swapcache", "page 0: private 1 -> 0", "page 0: +PG_dirty",
                "swapper_space: [1] page 0 -> none", "swapper_space: nrpages 1 -> 0", "swapper_space: height 1 -> 0", "swapper_space: nodes 1 -> 0",
                "global: nr_pagecache 1 -> 0", "page 0: -PG_locked", "mmap_sem given back")
            .IsOver();
    }

    [Test]
    public void A_page_that_somebody_else_holds_stays_in_a_full_swap_cache()
    {
        Acting.Before("SwapInstall", FullSwap.Pinned(), Read)
            .Changes("process 0: 10007000 slot 1 -> page 0 young", "process 0: anon_rss 0 -> 1", "page 0: mapcount 0 -> 1", "global: nr_mapped 0 -> 1",
                "slot 1: swap_map 2 -> 1", "page 0: -PG_locked", "mmap_sem given back");
    }

    [TestCase(ScenarioLockKind.PageTable, 0, WaitKind.PageTableLock)]
    [TestCase(ScenarioLockKind.Swap, 0, WaitKind.SwapLock)]
    public void Installing_waits_for_a_lock(ScenarioLockKind held, int number, WaitKind kind) =>
        Acting.Before("SwapInstall", Cached.OthersLock(held, number), Read).Waits(kind, 0);

    [Test]
    public void Installing_needs_no_tree_lock_while_the_page_stays_in_the_swap_cache()
    {
        Acting acting = Acting.Before("SwapInstall", Cached, Read).Meanwhile(HoldSwapperTree);

        acting.GoesTo("Finished");
        Assert.That(PageTables.Get(acting.Machine, Process, Address).IsPresent, Is.True);
    }

    [Test]
    public void Installing_waits_for_the_tree_lock_when_the_page_is_to_leave_the_swap_cache() =>
        Acting.Before("SwapInstall", FullSwap, Read).Meanwhile(HoldSwapperTree).Waits(WaitKind.TreeLock, 0);

    [TestCase(true)]
    [TestCase(false)]
    public void An_entry_that_changed_meanwhile_is_left_alone_and_the_access_made_again(bool uptodate)
    {
        Acting.Before("SwapInstall", uptodate ? Cached : Failed, Read)
            .Meanwhile(m => PageTables.Set(m, Process, Address, Pte.Zero))
            .Changes("page 0: -PG_locked", "page 0: count 2 -> 1", "mmap_sem given back")
            .StandsBefore("HandlePteFault");
    }

    [Test]
    public void An_entry_that_changed_needs_no_swap_lock()
    {
        Acting.Before("SwapInstall", Cached.OthersLock(ScenarioLockKind.Swap), Read)
            .Meanwhile(m => PageTables.Set(m, Process, Address, Pte.Zero))
            .Changes("page 0: -PG_locked", "page 0: count 2 -> 1", "mmap_sem given back");
    }

    [Test]
    public void A_page_whose_read_failed_is_a_signal_and_the_entry_stays()
    {
        Acting.Before("SwapInstall", Failed, Read).Changes("page 0: -PG_locked", "page 0: count 2 -> 1", "mmap_sem given back").IsOver();
    }

    // What is not in the swap cache.
    [Test]
    public void A_miss_changes_nothing() => Acting.Before("SwapLookup", NotCached, Read).ChangesNothing().StandsBefore("SwapRead");

    [Test, KernelFunction("read_swap_cache_async"), KernelFunction("add_to_swap_cache"), KernelFunction("lru_cache_add_active")]
    public void A_miss_puts_a_fresh_locked_page_into_the_swap_cache_queues_it_for_the_active_list_and_marks_it_as_used()
    {
        // Three references: the task's, the tree's, the pagevec's.
        Acting.Before("SwapRead", NotCached, Read)
            .Changes("page 1: count 0 -> 3", "page 1: +PG_locked", "page 1: +PG_swapcache", "page 1: private 0 -> 3", "page 1: +PG_referenced", "cpu 0: lru_add_active empty -> 1",
                "slot 3: swap_map 1 -> 2", "swapper_space: [3] none -> page 1", "swapper_space: nrpages 0 -> 1", "swapper_space: height 0 -> 1", "swapper_space: nodes 0 -> 1",
                "global: nr_pagecache 1 -> 2")
            .StandsBefore("SwapReadEnds");
    }

    [Test]
    public void The_end_of_the_read_makes_the_page_uptodate_and_unlocks_it_and_the_fault_has_to_lock_it_again()
    {
        Acting.Before("SwapReadEnds", NotCached, Read)
            .Changes("page 1: contents 0 -> 42", "page 1: +PG_uptodate", "page 1: -PG_locked").StandsBefore("SwapLock")
            .Changes("page 1: +PG_locked").StandsBefore("SwapRecheck");
    }

    [Test]
    public void A_page_that_somebody_brought_meanwhile_is_looked_up_and_costs_no_memory()
    {
        Acting.Before("SwapRead", NotCached, Read).Meanwhile(m =>
        {
            m.Pages[1].Count = 1;
            SwapState.AddToSwapCache(m, new Pfn(1), new SwpEntry(Slot));
        }).ChangesNothing().StandsBefore("SwapLookup").Changes("page 1: count 2 -> 3", "page 1: +PG_referenced");
    }

    [Test]
    public void Without_memory_the_fault_looks_at_its_entry_once_more_and_gives_up()
    {
        Acting.Before("SwapRead", NotCached.WithSwap(new() { Slots = 8, RadixPreloadFails = true }), Read)
            .ChangesNothing().StandsBefore("SwapReadFailed")
            .Changes("mmap_sem given back").IsOver();
    }

    [Test]
    public void Without_memory_and_with_another_entry_by_now_the_access_is_made_again()
    {
        Acting.Before("SwapReadFailed", NotCached.WithSwap(new() { Slots = 8, RadixPreloadFails = true }), Read)
            .Meanwhile(m => PageTables.Set(m, Process, Address, Pte.Zero))
            .Changes("mmap_sem given back").StandsBefore("HandlePteFault");
    }

    [Test]
    public void The_last_look_at_the_entry_waits_for_the_page_table_lock()
    {
        Acting.Before("SwapReadFailed", NotCached.WithSwap(new() { Slots = 8, RadixPreloadFails = true }).OthersLock(ScenarioLockKind.PageTable), Read)
            .Waits(WaitKind.PageTableLock, 0);
    }

    // Slots 1 to 7 are one cluster: 1 and 2 are used, 3 is the fault's own, 4 is used, 5 is free and ends it.
    [Test, KernelFunction("swapin_readahead")]
    public void Reads_ahead_the_used_slots_of_the_cluster_up_to_the_first_that_is_free()
    {
        Acting acting = Acting.Before("SwapLookup", Frames(4).WithSwap(new() { Slots = 8, Map = [new(1, 1), new(2, 1), new(4, 1), new(6, 1)] }), Read);

        acting.ChangesNothing().StandsBefore("SwapReadahead").GoesTo("SwapRead");
        Assert.That(Enumerable.Range(1, 7).Where(slot => RadixTree.Lookup(acting.Machine, acting.Machine.Mappings[0].PageTree, (ulong)slot) >= 0), Is.EqualTo(new[] { 1, 2, 4 }));
    }

    [Test]
    public void A_page_that_is_read_ahead_is_left_in_the_swap_cache_unlocked_and_not_marked()
    {
        Acting.Before("SwapReadahead", Frames(2).WithSwap(new() { Slots = 8, Map = [new(1, 1)], Contents = [new(1, 21)] }), Read)
            .Changes("page 1: count 0 -> 2", "page 1: +PG_swapcache", "page 1: private 0 -> 1", "page 1: contents 0 -> 21", "page 1: +PG_uptodate", "cpu 0: lru_add_active empty -> 1",
                "slot 1: swap_map 1 -> 2", "swapper_space: [1] none -> page 1", "swapper_space: nrpages 0 -> 1", "swapper_space: height 0 -> 1", "swapper_space: nodes 0 -> 1",
                "global: nr_pagecache 1 -> 2")
            .StandsBefore("SwapRead");
    }

    [Test]
    public void Reading_ahead_ends_where_memory_does()
    {
        Acting.Before("SwapReadahead", Frames(0).WithSwap(new() { Slots = 8, Map = [new(1, 1), new(2, 1)] }), Read).ChangesNothing().StandsBefore("SwapRead");
    }

    [Test]
    public void A_slot_that_nobody_uses_by_now_ends_the_cluster()
    {
        Acting.Before("SwapReadahead", Frames(4).WithSwap(new() { Slots = 8, Map = [new(1, 1), new(2, 1)] }), Read)
            .Meanwhile(m => SwapFile.SwapFree(m, new SwpEntry(1))).ChangesNothing().StandsBefore("SwapRead");
    }

    // Slot 9 is in the cluster of 8 to 15.
    [Test]
    public void A_cluster_begins_at_a_multiple_of_eight_and_ends_before_the_next()
    {
        GivenPages pages = Frames(5).WithSwap(new() { Slots = 20, Map = [new(7, 1), new(8, 1), new(10, 1), new(11, 1)] });
        Scenario ninth = pages.Scenario with { Vmas = [pages.Scenario.Vmas![0] with { Entries = [new(Address, 9)] }] };

        Acting acting = Acting.Before("SwapReadahead", ninth, Read).GoesTo("SwapRead");
        Assert.That(Enumerable.Range(1, 20).Where(slot => RadixTree.Lookup(acting.Machine, acting.Machine.Mappings[0].PageTree, (ulong)slot) >= 0), Is.EqualTo(new[] { 8, 10, 11 }));
    }

    [Test]
    public void Get_user_pages_looks_at_the_entry_again_with_mmap_sem_when_its_fault_is_served()
    {
        Acting.Before("SwapInstall", Cached, Tasks.Access(TaskKind.GetUserPages, Process, Address))
            .Changes("process 0: 10007000 slot 3 -> page 0 young", "process 0: anon_rss 0 -> 1", "page 0: mapcount 0 -> 1", "global: nr_mapped 0 -> 1",
                "slot 3: swap_map 2 -> 1", "page 0: -PG_locked")
            .StandsBefore("FollowPage");
    }

    private static readonly GivenPages Failed = Given.AnonPage(index: 7).InSwapCache(Slot).SwappedOutBy(1).NotUptodate().On(PagePlace.Lru).From().WithSwap(new() { Slots = 8 });

    private static void HoldSwapperTree(Machine m) => m.Mappings[MappingId.Swapper.Value].TreeLock = Machine.LockedByOthers;

    private static GivenPages FullSwap => Given.AnonPage(index: 7).InSwapCache(1).SwappedOutBy(1).On(PagePlace.Lru).From().WithSwap(new() { Slots = 1 });

    private static GivenPages Frames(int free) => Given.The(NotCached.Scenario with
    {
        Pages = [NotCached.Scenario.Pages[0], .. Enumerable.Repeat(new ScenarioPage { List = PagePlace.Free, Contents = 0 }, free)],
    });

    private static GivenPages Referenced(PagePlace place) => Given.AnonPage(index: 7).InSwapCache(Slot).SwappedOutBy(1).Referenced().On(place).From().WithSwap(new() { Slots = 8 });
}
