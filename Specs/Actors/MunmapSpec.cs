namespace MigrationConformance.Specs;

/// <summary>
/// munmap of a VMA: it is detached under mmap_sem; entry by entry goes under the page table lock, and its page is gathered with the
/// entry's reference; then the VMA leaves the reverse mapping, and last the gathered pages are let go.
/// </summary>
[TestFixture, KernelFunction("do_munmap"), KernelFunction("unmap_region"), KernelFunction("unmap_vmas"), KernelFunction("zap_pte_range")]
public sealed class MunmapSpec
{
    private const ulong Address = 0x10007000;

    private static readonly KernelTask Munmap = Tasks.OnProcess(TaskKind.Munmap, new MmId(0), Address);

    private static readonly GivenPages File = Given.FilePage(index: 7).WithPte().On(PagePlace.Lru).From();
    private static readonly GivenPages Anonymous = Given.AnonPage(index: 7).WithPte(young: true, dirty: true).On(PagePlace.Lru).From();
    private static readonly GivenPages Cached = Given.AnonPage(index: 7).InSwapCache(3).WithPte().On(PagePlace.Lru).From().WithSwap(new() { Slots = 8 });
    private static readonly GivenPages Swapped = Given.AnonPage(index: 7).InSwapCache(3).SwappedOutBy(1).On(PagePlace.Lru).From().WithSwap(new() { Slots = 8 });

    [Test, KernelFunction("lru_add_drain")]
    public void Detaches_the_VMA_with_mmap_sem_for_writing_and_drains_the_pagevecs_of_its_CPU()
    {
        Acting.Of(Given.FilePage(index: 7).WithPte().On(PagePlace.LruAdd).From(), Munmap)
            .Changes("process 0: mmap_sem 0 -> 2", "vma 0: in_use 1 -> 2", "cpu 0: lru_add 0 -> empty", "page 0: count 3 -> 2", "page 0: +PG_lru", "zone 0: inactive_list empty -> 0", "zone 0: nr_inactive 0 -> 1")
            .StandsBefore("ZapEntry");
    }

    [Test]
    public void Waits_for_a_writer_and_for_a_reader_of_mmap_sem()
    {
        Acting.Of(File.OthersLock(ScenarioLockKind.MmapSem), Munmap).Waits(WaitKind.MmapSem, 0);
        Acting.Of(Swapped, Munmap).Meanwhile(m => Tasks.Advance(m, m.AddTask(Tasks.Access(TaskKind.Fault, new MmId(0), Address)))).Waits(WaitKind.MmapSem, 0);
    }

    [Test]
    public void Where_there_is_no_VMA_nothing_happens() => Acting.Of(File, Munmap with { Address = 0x20000000 }).ChangesNothing().IsOver();

    // mapcount is lower than what the count tells: the state at which a migration backs out before it unmaps.
    [Test, KernelFunction("page_remove_rmap")]
    public void An_entry_of_a_file_goes_and_its_reference_stays_with_the_gather()
    {
        Acting.Before("ZapEntry", File, Munmap)
            .Changes("process 0: 10007000 page 0 -> none", "process 0: file_rss 1 -> 0", "process 0: hiwater_rss 0 -> 1", "page 0: mapcount 1 -> 0", "global: nr_mapped 1 -> 0", "hold 0 none -> Gather of page 0")
            .StandsBefore("ZapEntry");
    }

    [Test, KernelFunction("mark_page_accessed")]
    public void A_young_entry_of_a_file_marks_the_page_as_used()
    {
        Acting.Before("ZapEntry", Given.FilePage(index: 7).WithPte(young: true).On(PagePlace.Lru).From(), Munmap)
            .Changes("process 0: 10007000 page 0 young -> none", "process 0: file_rss 1 -> 0", "process 0: hiwater_rss 0 -> 1", "page 0: mapcount 1 -> 0", "global: nr_mapped 1 -> 0",
                "hold 0 none -> Gather of page 0", "page 0: +PG_referenced");
    }

    [Test, KernelFunction("set_page_dirty")]
    public void A_dirty_entry_of_a_file_makes_the_page_dirty()
    {
        Acting.Before("ZapEntry", Given.FilePage(index: 7).WithPte(dirty: true).On(PagePlace.Lru).From(), Munmap)
            .Changes("process 0: 10007000 page 0 dirty write -> none", "process 0: file_rss 1 -> 0", "process 0: hiwater_rss 0 -> 1", "page 0: mapcount 1 -> 0", "global: nr_mapped 1 -> 0",
                "hold 0 none -> Gather of page 0", "page 0: +PG_dirty", "file 0: +[7] DIRTY", "global: nr_dirty 0 -> 1", "file 0: flags AccountsDirty -> AccountsDirty, InodeDirty");
    }

    [Test]
    public void Of_an_anonymous_page_neither_the_young_nor_the_dirty_bit_is_looked_at()
    {
        Acting.Before("ZapEntry", Anonymous, Munmap)
            .Changes("process 0: 10007000 page 0 young dirty write -> none", "process 0: anon_rss 1 -> 0", "process 0: hiwater_rss 0 -> 1", "page 0: mapcount 1 -> 0", "global: nr_mapped 1 -> 0",
                "hold 0 none -> Gather of page 0");
    }

    [Test]
    public void Zapping_waits_for_the_page_table_lock() => Acting.Before("ZapEntry", File.OthersLock(ScenarioLockKind.PageTable), Munmap).Waits(WaitKind.PageTableLock, 0);

    [Test]
    public void A_dirty_entry_waits_for_the_tree_lock_and_a_clean_one_does_not()
    {
        Acting.Before("ZapEntry", Given.FilePage(index: 7).WithPte(dirty: true).From().OthersLock(ScenarioLockKind.Tree), Munmap).Waits(WaitKind.TreeLock, 1);
        Acting.Before("ZapEntry", File.OthersLock(ScenarioLockKind.Tree), Munmap).GoesTo("Unlink");
    }

    [Test, KernelFunction("free_swap_and_cache")]
    public void A_swap_entry_of_a_page_that_only_the_cache_uses_then_takes_the_page_out_of_it_and_frees_slot_and_page()
    {
        Acting.Before("ZapEntry", Swapped, Munmap)
            .Changes("process 0: 10007000 slot 3 -> none", "slot 3: swap_map 2 -> 0", "swap: nr_swap_pages 7 -> 8", "page 0: count 1 -> 0", "page 0: -PG_lru", "page 0: -PG_swapcache", "page 0: private 3 -> 0",
                "page 0: mapping anon_vma 0 -> NULL", "zone 0: inactive_list 0 -> empty", "zone 0: nr_inactive 1 -> 0", "swapper_space: [3] page 0 -> none", "swapper_space: nrpages 1 -> 0",
                "swapper_space: height 1 -> 0", "swapper_space: nodes 1 -> 0", "global: nr_pagecache 1 -> 0")
            .StandsBefore("ZapEntry");
    }

    [Test]
    public void A_swap_entry_of_a_slot_with_other_users_is_one_user_less_and_needs_no_tree_lock()
    {
        Acting.Before("ZapEntry", Given.AnonPage(index: 7).InSwapCache(3).SwappedOutBy(2).From().WithSwap(new() { Slots = 8 }).OthersLock(ScenarioLockKind.Tree, ScenarioLock.Swapper), Munmap)
            .Changes("process 0: 10007000 slot 3 -> none", "slot 3: swap_map 3 -> 2");
    }

    [Test]
    public void A_page_of_the_swap_cache_with_PG_private_is_a_bug_at_which_the_page_has_no_reference_more()
    {
        Acting acting = Acting.Before("ZapEntry", Swapped, Munmap).Meanwhile(m => m.Pages[0].Set(PageFlags.Private)).HitsBug(BugCheck.FreeSwapAndCachePrivate, 0);

        Assert.That(acting.Machine.Pages[0].Count, Is.EqualTo(1));
    }

    // A migration holds the page: reclaim will find it, with nothing but the cache at its slot.
    [Test]
    public void A_page_whose_lock_is_taken_stays_in_the_swap_cache_and_gets_no_reference()
    {
        Acting.Before("ZapEntry", Swapped, Munmap).Meanwhile(m => m.Pages[0].Set(PageFlags.Locked)).Changes("process 0: 10007000 slot 3 -> none", "slot 3: swap_map 2 -> 1");
    }

    [Test]
    public void A_page_that_others_hold_or_that_is_being_written_stays_in_the_swap_cache()
    {
        Acting.Before("ZapEntry", Swapped, Munmap).Meanwhile(m => m.Pages[0].Count++).Changes("process 0: 10007000 slot 3 -> none", "slot 3: swap_map 2 -> 1");
        Acting.Before("ZapEntry", Swapped, Munmap).Meanwhile(m => m.Pages[0].Set(PageFlags.Writeback)).Changes("process 0: 10007000 slot 3 -> none", "slot 3: swap_map 2 -> 1");
    }

    [Test, KernelFunction("vm_swap_full")]
    public void When_swap_is_more_than_half_full_a_page_that_others_hold_leaves_the_swap_cache_too_and_is_dirty()
    {
        Acting.Before("ZapEntry", Given.AnonPage(index: 7).InSwapCache(1).SwappedOutBy(1).On(PagePlace.Lru).Pinned().From().WithSwap(new() { Slots = 1 }), Munmap)
            .Changes("process 0: 10007000 slot 1 -> none", "slot 1: swap_map 2 -> 0", "swap: nr_swap_pages 0 -> 1", "page 0: count 2 -> 1", "page 0: -PG_swapcache", "page 0: +PG_dirty", "page 0: private 1 -> 0",
                "swapper_space: [1] page 0 -> none", "swapper_space: nrpages 1 -> 0", "swapper_space: height 1 -> 0", "swapper_space: nodes 1 -> 0", "global: nr_pagecache 1 -> 0");
    }

    [TestCase(ScenarioLockKind.Swap, 0, WaitKind.SwapLock)]
    [TestCase(ScenarioLockKind.Tree, ScenarioLock.Swapper, WaitKind.TreeLock)]
    public void The_last_swap_entry_of_a_slot_waits_for_a_lock(ScenarioLockKind held, int which, WaitKind kind) =>
        Acting.Before("ZapEntry", Swapped.OthersLock(held, which), Munmap).Waits(kind, 0);

    [Test]
    public void A_file_entry_just_goes()
    {
        GivenPages nonlinear = Given.FilePage(index: 2).From().WithVma(new()
        {
            Process = 0,
            Start = 0x10000000,
            Pages = 8,
            File = 0,
            Flags = VmFlags.Read | VmFlags.Shared | VmFlags.Nonlinear,
            Entries = [new(Address, 0, 2)],
        });

        Acting.Before("ZapEntry", nonlinear, Munmap).Changes("process 0: 10007000 file offset 2 -> none");
    }

    [Test, KernelFunction("free_pgtables")]
    public void The_VMA_leaves_its_anon_vma_while_its_pages_are_gathered_still()
    {
        Acting acting = Acting.Before("Unlink", Anonymous, Munmap);
        Assert.That(acting.Machine.Pages[0].Count, Is.EqualTo(1), "the gather's");

        acting.GoesTo("FinishMmu");
        Assert.That((acting.Machine.AnonVmas[0].Head, acting.Machine.Vmas[0].InUse, acting.Machine.Pages[0].Count), Is.EqualTo((-1, 0, 1)));
    }

    [TestCase(ScenarioLockKind.AnonVma, WaitKind.AnonVmaLock, 0)]
    [TestCase(ScenarioLockKind.Immap, WaitKind.ImmapLock, 1)]
    public void Leaving_the_reverse_mapping_waits_for_the_walk_that_a_migration_makes(ScenarioLockKind held, WaitKind kind, int number)
    {
        GivenPages both = Given.FilePage(index: 7).MappedBy(1).From().WithVma(new() { Process = 0, Start = 0x10000000, Pages = 8, File = 0, AnonVma = 0 });

        Acting.Before("Unlink", both.OthersLock(held), Munmap).Waits(kind, number);
    }

    [Test, KernelFunction("free_page_and_swap_cache")]
    public void In_the_end_the_gathers_reference_goes_and_mmap_sem_with_it()
    {
        Acting.Before("FinishMmu", File, Munmap).Changes("page 0: count 2 -> 1", "hold 0 Gather of page 0 -> none", "process 0: mmap_sem 2 -> 0").IsOver();
    }

    [Test, KernelFunction("remove_exclusive_swap_page")]
    public void A_gathered_page_that_only_the_swap_cache_knows_leaves_it_and_is_freed()
    {
        Acting.Before("FinishMmu", Cached, Munmap)
            .Changes("page 0: count 2 -> 0", "page 0: -PG_lru", "page 0: -PG_swapcache", "page 0: private 3 -> 0", "page 0: mapping anon_vma 0 -> NULL", "zone 0: inactive_list 0 -> empty",
                "zone 0: nr_inactive 1 -> 0", "slot 3: swap_map 1 -> 0", "swap: nr_swap_pages 7 -> 8", "swapper_space: [3] page 0 -> none", "swapper_space: nrpages 1 -> 0", "swapper_space: height 1 -> 0",
                "swapper_space: nodes 1 -> 0", "global: nr_pagecache 1 -> 0", "hold 0 Gather of page 0 -> none", "process 0: mmap_sem 2 -> 0");
    }

    // Between steps 6 and 13 too: this is how the count that step 7 reads can become right in time.
    [Test]
    public void A_gathered_page_that_a_migration_holds_locked_is_put_at_once_whatever_else_is_locked()
    {
        Acting.Before("FinishMmu", Cached, Munmap).Meanwhile(m =>
        {
            m.Pages[0].Set(PageFlags.Locked);
            m.Mappings[0].TreeLock = m.Globals.SwapLock = Machine.LockedByOthers;
        }).Changes("page 0: count 2 -> 1", "hold 0 Gather of page 0 -> none", "process 0: mmap_sem 2 -> 0");
    }

    [Test]
    public void A_gathered_page_that_others_hold_stays_in_the_swap_cache_and_needs_neither_lock()
    {
        Acting.Before("FinishMmu", Cached.Pinned(), Munmap).Meanwhile(m => m.Mappings[0].TreeLock = m.Globals.SwapLock = Machine.LockedByOthers)
            .Changes("page 0: count 3 -> 2", "hold 1 Gather of page 0 -> none", "process 0: mmap_sem 2 -> 0");
    }

    [Test]
    public void A_gathered_page_whose_slot_others_use_stays_in_the_swap_cache_and_needs_swap_lock_only()
    {
        Acting.Before("FinishMmu", Given.AnonPage(index: 7).InSwapCache(3).With(page => page with { MappedBy = 1, SwappedBy = 2 }).On(PagePlace.Lru).From().WithSwap(new() { Slots = 8 }), Munmap)
            .Meanwhile(m => m.Mappings[0].TreeLock = Machine.LockedByOthers)
            .Meanwhile(m => m.Globals.SwapLock = Machine.LockedByOthers).Waits(WaitKind.SwapLock, 0)
            .Meanwhile(m => m.Globals.SwapLock = 0).Changes("page 0: count 2 -> 1", "hold 0 Gather of page 0 -> none", "process 0: mmap_sem 2 -> 0");
    }

    // Of three pages two fill the gather.
    [Test]
    public void A_full_gather_is_flushed_before_the_next_entry_goes()
    {
        Acting acting = Acting.Of(Given.FilePage(index: 5).WithPte().And.FilePage(index: 6).WithPte().And.FilePage(index: 7).WithPte().From(), Munmap);

        acting.GoesTo("Flush");
        Assert.That(acting.Machine.Pages.Rows.ToArray().Select(page => (page.Mapcount, page.Count)), Is.EqualTo(new[] { (0, 2), (0, 2), (1, 2) }));
        acting.GoesTo("ZapEntry");
        Assert.That(acting.Machine.Pages.Rows.ToArray().Select(page => (page.Mapcount, page.Count)), Is.EqualTo(new[] { (0, 1), (0, 1), (1, 2) }));
    }
}
