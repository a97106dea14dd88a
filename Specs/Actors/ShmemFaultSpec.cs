namespace MigrationConformance.Specs;

/// <summary>
/// An access to a page of a tmpfs file: from the file under its lock, from swap by way of the swap cache, where the lock is only
/// tried and PG_swapcache looked at once more, or a page of zeroes.
/// </summary>
[TestFixture, KernelFunction("shmem_getpage")]
public sealed class ShmemFaultSpec
{
    private const ulong Address = 0x10007000;

    private static readonly MmId Process = new(0);
    private static readonly KernelTask Read = Tasks.Access(TaskKind.Fault, Process, Address);

    // Page 0: in the swap cache without mapping, as shmem_writepage left it; the file's swap vector has its slot. Page 1 is free.
    private static readonly GivenPages InSwap = Mapped(Given.SwapCachePage(3).Holding(42).On(PagePlace.Lru), swapped: true);

    private static readonly GivenPages OnDevice = Mapped(Given.FilePage(index: 0).On(PagePlace.Lru), swapped: true);

    private static readonly GivenPages Hole = Mapped(Given.FilePage(index: 0).On(PagePlace.Lru), swapped: false);

    private static readonly GivenPages InFile = Mapped(Given.FilePage(index: 7).On(PagePlace.Lru), swapped: false);

    [Test, KernelFunction("find_lock_page")]
    public void A_page_of_the_file_is_locked_even_though_it_is_uptodate_and_then_marked()
    {
        Acting.Before("FileLookup", InFile, Read)
            .Changes("page 0: count 1 -> 2").StandsBefore("FileLock")
            .Changes("page 0: +PG_referenced").StandsBefore("FileInstall");
    }

    [Test]
    public void Sleeps_on_the_lock_of_a_page_of_the_file()
    {
        Acting.Before("FileLock", InFile, Read).Meanwhile(m => m.Pages[0].Set(PageFlags.Locked)).Waits(WaitKind.PageLock, 0);
    }

    // tmpfs has written it out: the page is in the swap cache, without mapping.
    [Test]
    public void A_page_that_left_the_file_while_it_slept_is_let_go_and_looked_up_again()
    {
        Acting.Before("FileLock", InFile, Read).Meanwhile(m => m.Pages[0].Mapping = MappingPtr.Null).Changes("page 0: count 2 -> 1").StandsBefore("FileLookup");
    }

    [Test, KernelFunction("shmem_swp_entry"), KernelFunction("lookup_swap_cache")]
    public void What_is_not_in_the_file_is_looked_for_in_the_swap_vector_and_then_in_the_swap_cache_without_a_mark()
    {
        Acting.Before("FileLookup", InSwap, Read)
            .ChangesNothing().StandsBefore("ShmemLookup")
            .Changes("page 0: count 1 -> 2").StandsBefore("ShmemTryLock");
    }

    [Test]
    public void The_look_up_in_the_swap_cache_waits_for_its_tree_lock() =>
        Acting.Before("ShmemLookup", InSwap.OthersLock(ScenarioLockKind.Tree, ScenarioLock.Swapper), Read).Waits(WaitKind.TreeLock, 0);

    [Test]
    public void A_vector_without_entry_by_now_sends_the_fault_back_to_the_file()
    {
        Acting.Before("ShmemLookup", InSwap, Read).Meanwhile(m => Shmem.Forget(m, new MappingId(1), 7, new SwpEntry(3))).ChangesNothing().StandsBefore("FileLookup");
    }

    [Test]
    public void The_lock_of_a_page_in_the_swap_cache_is_had_at_once() => Acting.Before("ShmemTryLock", InSwap, Read).Changes("page 0: +PG_locked").StandsBefore("ShmemMove");

    // A migration holds it: the fault waits until it is free, but does not take it, and begins again.
    [Test]
    public void A_lock_that_is_taken_is_waited_for_and_everything_is_looked_at_again()
    {
        Acting.Before("ShmemTryLock", InSwap, Read).Meanwhile(m => m.Pages[0].Set(PageFlags.Locked))
            .ChangesNothing().StandsBefore("ShmemWaitLock").Waits(WaitKind.PageLock, 0)
            .Meanwhile(m => m.Pages[0].Clear(PageFlags.Locked)).Changes("page 0: count 2 -> 1").StandsBefore("FileLookup");
    }

    [Test]
    public void A_page_that_left_the_swap_cache_is_unlocked_let_go_and_everything_looked_at_again()
    {
        // PG_writeback would be waited for; what is no swap cache page is not even asked.
        Acting.Before("ShmemTryLock", InSwap, Read).Meanwhile(m => { m.Pages[0].Clear(PageFlags.SwapCache); m.Pages[0].Set(PageFlags.Writeback); })
            .Changes("page 0: count 2 -> 1").StandsBefore("FileLookup");
    }

    [Test]
    public void Before_the_series_nobody_looks_whether_the_page_is_in_the_swap_cache_still()
    {
        Acting.Before("ShmemTryLock", InSwap.BeforeThePatch(), Read).Meanwhile(m => m.Pages[0].Clear(PageFlags.SwapCache))
            .Changes("page 0: +PG_locked").StandsBefore("ShmemMove");
    }

    [Test]
    public void Writeback_is_waited_for_with_the_lock_which_is_then_given_back_and_everything_looked_at_again()
    {
        Acting.Before("ShmemTryLock", InSwap, Read).Meanwhile(m => m.Pages[0].Set(PageFlags.Writeback))
            .Changes("page 0: +PG_locked").StandsBefore("ShmemWaitWriteback").Waits(WaitKind.Writeback, 0)
            .Meanwhile(m => m.Pages[0].Clear(PageFlags.Writeback)).Changes("page 0: -PG_locked", "page 0: count 2 -> 1").StandsBefore("FileLookup");
    }

    [Test]
    public void A_page_whose_read_failed_is_an_error()
    {
        Acting.Before("ShmemTryLock", InSwap, Read).Meanwhile(m => m.Pages[0].Clear(PageFlags.Uptodate)).Changes("page 0: count 2 -> 1", "mmap_sem given back").IsOver();
    }

    [Test, KernelFunction("move_from_swap_cache"), KernelFunction("shmem_swp_set")]
    public void The_page_moves_to_the_file_dirty_and_tagged_its_slot_is_free_and_it_is_marked_as_used()
    {
        Acting.Before("ShmemMove", InSwap, Read)
            .Changes("page 0: -PG_swapcache", "page 0: private 3 -> 0", "page 0: mapping NULL -> file 0", "page 0: index 0 -> 7", "page 0: +PG_dirty", "page 0: +PG_referenced", "page 0: -PG_locked",
                "swapper_space: [3] page 0 -> none", "swapper_space: nrpages 1 -> 0", "swapper_space: height 1 -> 0", "swapper_space: nodes 1 -> 0",
                "file 0: [7] none -> page 0", "file 0: +[7] DIRTY", "file 0: nrpages 0 -> 1", "file 0: height 0 -> 1", "file 0: nodes 0 -> 1",
                "file 0: flags SetPageDirtyNobuffers, OnShmemSwaplist -> InodeDirty, SetPageDirtyNobuffers, OnShmemSwaplist",
                "file 0: swap vector 7 slot 3 -> none", "slot 3: swap_map 2 -> 0", "swap: nr_swap_pages 7 -> 8")
            .StandsBefore("FileInstall");
    }

    // shmem_writepage has set the bare bit; the file's tree needs the tag.
    [Test]
    public void A_page_that_was_dirty_in_the_swap_cache_gets_the_files_tag_all_the_same()
    {
        Acting acting = Acting.Before("ShmemMove", InSwap, Read).Meanwhile(m => m.Pages[0].Set(PageFlags.Dirty)).GoesTo("FileInstall");

        Assert.That(acting.Machine.Pages[0].Has(PageFlags.Dirty), Is.True);
        Assert.That(RadixTree.TagGet(acting.Machine, acting.Machine.Mappings[1].PageTree, 7, PagecacheTag.Dirty), Is.True);
    }

    [TestCase(ScenarioLockKind.Swap, 0, WaitKind.SwapLock, 0)]
    [TestCase(ScenarioLockKind.Tree, 0, WaitKind.TreeLock, 1)]
    public void The_move_waits_for_a_lock(ScenarioLockKind held, int which, WaitKind kind, int number)
    {
        Acting.Before("ShmemMove", InSwap, Read)
            .Meanwhile(m => { m.Globals.SwapLock = held == ScenarioLockKind.Swap ? Machine.LockedByOthers : 0; m.Mappings[1].TreeLock = held == ScenarioLockKind.Tree ? Machine.LockedByOthers : 0; })
            .Waits(kind, number + which);
    }

    [Test]
    public void The_move_waits_for_the_tree_lock_of_the_swap_cache() =>
        Acting.Before("ShmemMove", InSwap, Read).Meanwhile(m => m.Mappings[0].TreeLock = Machine.LockedByOthers).Waits(WaitKind.TreeLock, 0);

    [Test]
    public void A_vector_that_changed_meanwhile_moves_nothing()
    {
        Acting.Before("ShmemMove", InSwap, Read).Meanwhile(m => Shmem.Forget(m, new MappingId(1), 7, new SwpEntry(3)))
            .Changes("page 0: -PG_locked", "page 0: count 2 -> 1").StandsBefore("FileLookup");
    }

    [Test, KernelFunction("shmem_swapin")]
    public void What_is_only_on_the_device_is_read_into_the_swap_cache_let_go_and_looked_for_again()
    {
        Acting.Before("ShmemLookup", OnDevice, Read)
            .ChangesNothing().StandsBefore("ShmemRead")
            .Changes("page 1: count 0 -> 3", "page 1: +PG_locked", "page 1: +PG_swapcache", "page 1: private 0 -> 3", "cpu 0: lru_add_active empty -> 1", "slot 3: swap_map 1 -> 2",
                "swapper_space: [3] none -> page 1", "swapper_space: nrpages 0 -> 1", "swapper_space: height 0 -> 1", "swapper_space: nodes 0 -> 1", "global: nr_pagecache 1 -> 2")
            .StandsBefore("ShmemReadEnds")
            .Changes("page 1: contents 0 -> 42", "page 1: +PG_uptodate", "page 1: -PG_locked", "page 1: count 3 -> 2").StandsBefore("FileLookup");
    }

    [Test]
    public void Without_memory_the_fault_gives_up_while_the_vector_says_the_same() =>
        Acting.Before("ShmemRead", OnDevice.WithSwap(Swap with { RadixPreloadFails = true }), Read).Changes("mmap_sem given back").IsOver();

    [Test]
    public void Without_memory_and_with_another_vector_by_now_everything_is_looked_at_again()
    {
        Acting.Before("ShmemRead", OnDevice.WithSwap(Swap with { RadixPreloadFails = true }), Read)
            .Meanwhile(m => Shmem.Forget(m, new MappingId(1), 7, new SwpEntry(3))).ChangesNothing().StandsBefore("FileLookup");
    }

    [Test]
    public void A_page_that_somebody_read_meanwhile_costs_no_memory()
    {
        Acting.Before("ShmemRead", OnDevice, Read)
            .Meanwhile(m => { m.Pages[1].Count = 1; SwapState.AddToSwapCache(m, new Pfn(1), new SwpEntry(3)); }).ChangesNothing().StandsBefore("FileLookup");
    }

    [Test, KernelFunction("add_to_page_cache"), KernelFunction("lru_cache_add")]
    public void A_hole_becomes_an_uptodate_clean_unlocked_page_of_zeroes_on_its_way_to_the_inactive_list()
    {
        Acting.Before("FileRead", Hole, Read)
            .Changes("page 1: count 0 -> 3", "page 1: mapping NULL -> file 0", "page 1: index 0 -> 7", "page 1: +PG_uptodate", "page 1: +PG_referenced", "cpu 0: lru_add empty -> 1",
                "file 0: [7] none -> page 1", "file 0: nrpages 1 -> 2", "global: nr_pagecache 1 -> 2")
            .StandsBefore("FileInstall");
    }

    [Test]
    public void A_hole_that_has_a_slot_by_now_is_looked_at_again()
    {
        Acting.Before("FileRead", Hole, Read).Meanwhile(m => m.ShmemSwap.Add(new ShmemSwapEntry { Mapping = 1, Index = 7, Entry = new SwpEntry(3) }))
            .ChangesNothing().StandsBefore("FileLookup");
    }

    [Test]
    public void A_page_of_the_file_that_is_not_uptodate_is_zeroed()
    {
        Acting.Before("FileLock", Mapped(Given.FilePage(index: 7).NotUptodate().Holding(5).On(PagePlace.Lru), swapped: false), Read)
            .Changes("page 0: contents 5 -> 0", "page 0: +PG_uptodate", "page 0: +PG_referenced").StandsBefore("FileInstall");
    }

    private static readonly ScenarioSwap Swap = new() { Slots = 8, Contents = [new(3, 42)] };

    private static GivenPages Mapped(GivenPages pages, bool swapped) => pages
        .And.Page(new() { List = PagePlace.Free, Contents = 0 }).From().WithSwap(new() { Slots = 8, Contents = [new(3, 42)] })
        .WithFile(new() { Kind = MappingKind.Tmpfs, Size = 8, Swapped = swapped ? [new(7, 3)] : [] })
        .WithVma(new() { Process = 0, Start = 0x10000000, Pages = 8, File = 0, Flags = VmFlags.Read | VmFlags.Write | VmFlags.Shared });
}
