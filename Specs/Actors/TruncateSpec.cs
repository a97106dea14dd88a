namespace MigrationConformance.Specs;

/// <summary>vmtruncate: i_size, then the entries of the range, then its pages in two sweeps, the page in the middle between them, and what tmpfs has in swap.</summary>
[TestFixture, KernelFunction("vmtruncate")]
public sealed class TruncateSpec
{
    private const ulong Start = 0x10000000;

    private static readonly ActorSpec Truncate = new(TaskKind.Truncate, Index: 2), Part = Truncate with { Variant = true };

    // Offset 2 is the first that goes, 1 the page whose tail goes.
    private static readonly GivenPages Page = Given.FilePage(index: 2).On(PagePlace.Lru), Mapped = Page.WithPte().WithVma(Vma());

    private static readonly string[] OutOfTheFile =
    [
        "page 0: mapping file 0 -> NULL", "page 0: -PG_uptodate", "file 0: [2] page 0 -> none", "file 0: nrpages 1 -> 0", "file 0: height 1 -> 0", "file 0: nodes 1 -> 0",
        "global: nr_pagecache 1 -> 0",
    ];

    [Test]
    public void First_i_size_shrinks_whoever_has_i_mmap_lock() =>
        Acting.Of(Page.WithFile(new() { Size = 5 }).OthersLock(ScenarioLockKind.Immap), Truncate)
            .Changes("file 0: size_pages 5 -> 2").StandsBefore("RaiseCount");

    [Test]
    public void A_file_that_ends_before_does_not_grow() => Acting.Of(Given.FilePage(index: 0), Truncate).ChangesNothing().StandsBefore("RaiseCount");

    [Test, KernelFunction("unmap_mapping_range")]
    public void Then_truncate_count_rises_once_however_many_entries_there_are()
    {
        Acting run = Acting.Before("RaiseCount", Given.FilePage(index: 2).MappedBy(3), Truncate)
            .Changes("file 0: truncate_count 0 -> 1").StandsBefore("Unmap").GoesTo("TryLookup");

        Assert.That((run.Page(0).Mapcount, run.File().TruncateCount), Is.EqualTo((0, 1)));
    }

    [TestCase("RaiseCount")]
    [TestCase("Unmap")]
    [KernelFunction("unmap_mapping_range")]
    public void Both_wait_for_i_mmap_lock(string step) =>
        Acting.Before(step, Mapped, Truncate).Meanwhile(m => m.Mappings[1].ImmapLock = Machine.LockedByOthers).Waits(WaitKind.ImmapLock, 1);

    [Test, KernelFunction("zap_pte_range")]
    public void An_entry_is_zapped_and_its_page_let_go_after_the_flush()
    {
        Acting.Before("Unmap", Page.WithPte(young: true, dirty: true).WithVma(Vma()).WithFile(new() { Flags = MappingFlags.InodeDirty }), Truncate)
            .Changes("process 0: 10002000 page 0 young dirty write -> none", "process 0: file_rss 1 -> 0", "process 0: hiwater_rss 0 -> 1", "page 0: mapcount 1 -> 0",
                "global: nr_mapped 1 -> 0", "page 0: +PG_dirty", "page 0: +PG_referenced", "global: nr_dirty 0 -> 1", "file 0: +[2] DIRTY")
            .StandsBefore("Flush")
            .Changes("page 0: count 2 -> 1").StandsBefore("Unmap")
            .ChangesNothing().StandsBefore("TryLookup");
    }

    [Test, KernelFunction("zap_pte_range")]
    public void An_entry_waits_for_the_page_table_lock() =>
        Acting.Before("Unmap", Mapped.OthersLock(ScenarioLockKind.PageTable), Truncate).Waits(WaitKind.PageTableLock, 0);

    [Test, KernelFunction("unmap_mapping_range")]
    public void Entries_before_the_range_stay() =>
        Acting.Before("Unmap", Given.FilePage(index: 1).WithPte().WithVma(Vma()), Truncate).ChangesNothing().StandsBefore("TryLookup");

    [Test, KernelFunction("unmap_mapping_range")]
    public void A_private_copy_behind_the_end_goes_too_and_so_does_one_that_is_swapped_out()
    {
        ScenarioVma vma = Vma() with { AnonVma = 0, Flags = VmFlags.Read | VmFlags.Write, Entries = [new(Start + 0x3000, 3)] };

        Acting run = Acting.Before("TryLookup", Given.AnonPage(index: 2).WithPte(address: Start + 0x2000).WithVma(vma).WithFile(new() { Size = 4 }), Truncate);

        Assert.That(PageTables.Entries(run.Machine, new MmId(0)).Where(entry => !entry.Pte.IsNone), Is.Empty);
        Assert.That((run.Page(0).Mapcount, run.Machine.SwapMap[3], run.Machine.Mms[0].AnonRss), Is.EqualTo((0, 0, 0)));
    }

    [Test, KernelFunction("free_page_and_swap_cache")]
    public void With_the_flush_a_private_copy_leaves_the_swap_cache_if_its_lock_is_free_and_it_has_no_other_user()
    {
        Acting.Before("Flush", CachedCopy, Truncate)
            .Changes("page 0: count 2 -> 0", "page 0: -PG_swapcache", "page 0: private 3 -> 0", "page 0: -PG_lru", "page 0: mapping anon_vma 0 -> NULL", "slot 3: swap_map 1 -> 0",
                "swap: nr_swap_pages 3 -> 4", "zone 0: inactive_list 0 -> empty", "zone 0: nr_inactive 1 -> 0", "global: nr_pagecache 1 -> 0",
                "swapper_space: [3] page 0 -> none", "swapper_space: nrpages 1 -> 0", "swapper_space: height 1 -> 0", "swapper_space: nodes 1 -> 0");
        Acting.Before("Flush", CachedCopy.LockedUntil(Until.Never), Truncate).Changes("page 0: count 2 -> 1");
    }

    [TestCase(ScenarioLockKind.Swap, 0, WaitKind.SwapLock)]
    [TestCase(ScenarioLockKind.Tree, ScenarioLock.Swapper, WaitKind.TreeLock)]
    [KernelFunction("free_page_and_swap_cache")]
    public void Which_waits_for_swap_lock_and_the_tree_lock_of_swapper_space(ScenarioLockKind kind, int number, WaitKind waits) =>
        Acting.Before("Flush", CachedCopy.OthersLock(kind, number), Truncate).Waits(waits, 0);

    [Test, KernelFunction("unmap_mapping_range")]
    public void An_entry_of_a_non_linear_VMA_that_is_not_at_its_place_becomes_a_file_entry_and_is_left_alone_then()
    {
        ScenarioVma nonlinear = Vma() with { Flags = Vma().Flags | VmFlags.Nonlinear };

        Acting.Before("Unmap", Page.WithPte(vma: 0, address: Start).WithVma(nonlinear), Truncate)
            .Changes("process 0: 10000000 page 0 -> file offset 2", "process 0: file_rss 1 -> 0", "process 0: hiwater_rss 0 -> 1", "page 0: mapcount 1 -> 0", "global: nr_mapped 1 -> 0")
            .StandsBefore("Flush").Changes("page 0: count 2 -> 1")
            .ChangesNothing().StandsBefore("TryLookup");
    }

    [TestCase("TryLookup")]
    [TestCase("Lookup")]
    [KernelFunction("truncate_inode_pages_range")]
    public void Looking_pages_up_waits_for_tree_lock(string step) =>
        Acting.Before(step, Page.LockedUntil(Until.Waited), Truncate).Meanwhile(m => m.Mappings[1].TreeLock = Machine.LockedByOthers).Waits(WaitKind.TreeLock, 1);

    [Test, KernelFunction("truncate_complete_page")]
    public void A_clean_page_leaves_the_file_in_the_first_sweep()
    {
        Acting.Before("TryLookup", Given.FilePage(index: 1).And.FilePage(index: 2).Flagged(PageFlags.MappedToDisk), Truncate)
            .Changes("page 1: count 2 -> 3").StandsBefore("Try")
            .Changes("page 1: +PG_locked").StandsBefore("Remove")
            .Changes("page 1: mapping file 0 -> NULL", "page 1: -PG_uptodate", "page 1: -PG_mappedtodisk", "page 1: count 3 -> 2", "file 0: [2] page 1 -> none",
                "file 0: nrpages 2 -> 1", "global: nr_pagecache 2 -> 1").StandsBefore("Unlock")
            .Changes("page 1: -PG_locked").StandsBefore("Release")
            .Changes("page 1: count 2 -> 1").StandsBefore("TryLookup")
            .ChangesNothing().StandsBefore("Lookup")
            .ChangesNothing().IsOver();
    }

    [Test, KernelFunction("truncate_complete_page")]
    public void A_dirty_page_is_clean_before_it_leaves_and_its_data_is_lost() =>
        Acting.Before("Remove", Page.Dirty().WithFile(new() { Flags = MappingFlags.InodeDirty }), Truncate)
            .Changes([.. OutOfTheFile, "page 0: -PG_dirty", "global: nr_dirty 1 -> 0", "file 0: -[2] DIRTY", "page 0: count 2 -> 1"]);

    // As find_get_page and a migration see it: no mapping, no lock, and one reference more than theirs.
    [Test, KernelFunction("pagevec_release")]
    public void Once_unlocked_the_pagevec_still_has_a_reference_which_goes_with_a_drain_of_this_CPU()
    {
        Acting.Before("Release", Given.FilePage(index: 2).And.FilePage(1).On(PagePlace.LruAdd), Truncate)
            .Changes("page 0: count 2 -> 1", "page 1: count 2 -> 1", "page 1: +PG_lru", "cpu 0: lru_add 1 -> empty", "zone 0: inactive_list empty -> 1", "zone 0: nr_inactive 0 -> 1");
    }

    [Test, KernelFunction("truncate_complete_page")]
    public void Leaving_waits_for_tree_lock() =>
        Acting.Before("Remove", Page, Truncate).Meanwhile(m => m.Mappings[1].TreeLock = Machine.LockedByOthers).Waits(WaitKind.TreeLock, 1);

    [Test, KernelFunction("truncate_complete_page")]
    public void A_page_without_buffers_needs_no_private_lock() =>
        Acting.Before("Remove", Page.OthersLock(ScenarioLockKind.Private), Truncate).GoesTo("Unlock");

    [Test, KernelFunction("truncate_complete_page")]
    public void A_page_that_somebody_else_has_taken_out_is_left_alone() =>
        Acting.Before("Try", Page, Truncate).Meanwhile(m =>
        {
            Filemap.RemoveFromPageCacheLocked(m, new Pfn(0));
            PageRefs.PutPage(m, new Pfn(0));
        }).Changes("page 0: +PG_locked").StandsBefore("Unlock");

    [Test, KernelFunction("truncate_inode_pages_range")]
    public void The_first_sweep_passes_a_locked_page_over_and_keeps_it_until_the_pagevec_goes() =>
        Acting.Before("Try", Page.LockedUntil(Until.Never), Truncate)
            .ChangesNothing().StandsBefore("Release")
            .Changes("page 0: count 2 -> 1").StandsBefore("TryLookup")
            .ChangesNothing().StandsBefore("Lookup");

    [Test, KernelFunction("truncate_inode_pages_range")]
    public void And_one_under_writeback() =>
        Acting.Before("Try", Page.UnderWritebackUntil(Until.Never), Truncate).Changes("page 0: +PG_locked").StandsBefore("Unlock")
            .Changes("page 0: -PG_locked").StandsBefore("Release");

    [Test, KernelFunction("truncate_inode_pages_range")]
    public void The_second_waits_for_the_lock() =>
        Acting.Before("Lock", Page.LockedUntil(Until.Never), Truncate).Waits(WaitKind.PageLock, 0);

    [Test, KernelFunction("truncate_inode_pages_range")]
    public void And_for_the_write_with_the_lock()
    {
        Acting run = Acting.Before("Wait", Page.UnderWritebackUntil(Until.Never), Truncate).Waits(WaitKind.Writeback, 0);

        Assert.That(run.Page(0).Has(PageFlags.Locked), Is.True);
    }

    [Test, KernelFunction("truncate_inode_pages_range")]
    public void The_second_sweep_begins_again_until_nothing_is_left()
    {
        Acting run = Acting.Before("Lock", Given.FilePage(index: 3).LockedUntil(Until.Waited).And.Page(new() { List = PagePlace.None, References = [Until.Never] }), Truncate)
            .GoesTo("Release").Meanwhile(m =>
            {
                // As swapoff does with a page of tmpfs: it comes back behind the sweep.
                Filemap.AddToPageCache(m, new Pfn(1), new MappingId(1), new Pgoff(2));
                PageLock.UnlockPage(m, new Pfn(1));
                Dirty.SetPageDirty(m, new Pfn(1));
            })
            .GoesTo("Lookup")
            .ChangesNothing().StandsBefore("Lookup")
            .Changes("page 1: count 2 -> 3").StandsBefore("Lock");

        Assert.That(run.GoesTo("Finished").File().Nrpages, Is.EqualTo(0));
    }

    [Test, KernelFunction("block_invalidatepage")]
    public void Buffers_are_cleaned_and_unmapped_one_after_the_other_and_then_released()
    {
        Acting.Before("DiscardBuffer", Page.Dirty().WithBuffer(new() { Dirty = true }).WithBuffer(new() { Dirty = true }).WithFile(new() { Flags = MappingFlags.InodeDirty }), Truncate)
            .Changes("buffer 0 of page 0, Uptodate, Dirty, Mapped, next 1 -> of page 0, Uptodate, next 1").StandsBefore("DiscardBuffer")
            .Changes("buffer 1 of page 0, Uptodate, Dirty, Mapped, next 0 -> of page 0, Uptodate, next 0").StandsBefore("ReleaseBuffers")
            .Changes("buffer 0 of page 0, Uptodate, next 1 -> none", "buffer 1 of page 0, Uptodate, next 0 -> none", "page 0: -PG_private", "page 0: private 1 -> 0", "page 0: count 3 -> 2",
                "page 0: -PG_dirty", "global: nr_dirty 1 -> 0", "file 0: -[2] DIRTY")
            .StandsBefore("Remove")
            .Changes([.. OutOfTheFile, "page 0: count 2 -> 1"]);
    }

    [Test, KernelFunction("block_invalidatepage")]
    public void A_locked_buffer_is_waited_for_with_those_before_it_discarded()
    {
        Acting run = Acting.Before("DiscardBuffer", Page.WithBuffer(new()).WithBuffer(new() { Locked = Until.Never }).OthersLock(ScenarioLockKind.Private), Truncate)
            .Changes("buffer 0 of page 0, Uptodate, Mapped, next 1 -> of page 0, Uptodate, next 1")
            .Waits(WaitKind.BufferLock, 1);

        Assert.That(run.Page(0).Has(PageFlags.Locked), Is.True);
    }

    [Test, KernelFunction("try_to_release_page")]
    public void Their_release_waits_for_private_lock() =>
        Acting.Before("ReleaseBuffers", Page.WithBuffers().OthersLock(ScenarioLockKind.Private), Truncate).Waits(WaitKind.PrivateLock, 1);

    [Test, KernelFunction("try_to_release_page")]
    public void A_buffer_in_use_keeps_the_ring_and_the_page_leaves_the_file_with_it()
    {
        Acting.Before("ReleaseBuffers", Page.WithBuffer(new() { Users = [Until.Never] }), Truncate)
            .ChangesNothing().StandsBefore("Remove")
            .Changes([.. OutOfTheFile, "page 0: count 3 -> 2"]).StandsBefore("Unlock");
    }

    [Test, KernelFunction("truncate_partial_page")]
    public void The_page_in_the_middle_loses_the_buffers_of_its_tail_between_the_sweeps()
    {
        Acting.Before("PartialLookup", Middle.WithBuffer(new() { Dirty = true }).WithBuffer(new() { Dirty = true }).WithBuffer(new()), Part)
            .Changes("page 0: count 3 -> 4", "page 0: +PG_locked").StandsBefore("PartialWait")
            .ChangesNothing().StandsBefore("PartialCut")
            .Changes("buffer 1 of page 0, Uptodate, Dirty, Mapped, next 2 -> of page 0, Uptodate, next 2").StandsBefore("PartialCut")
            .Changes("buffer 2 of page 0, Uptodate, Mapped, next 0 -> of page 0, Uptodate, next 0", "page 0: -PG_locked", "page 0: count 4 -> 3").StandsBefore("Lookup");
    }

    [Test, KernelFunction("truncate_partial_page")]
    public void Without_buffers_it_is_let_go() =>
        Acting.Before("PartialCut", Middle, Part).Changes("page 0: -PG_locked", "page 0: count 3 -> 2").StandsBefore("Lookup");

    [Test, KernelFunction("truncate_partial_page")]
    public void Its_buffers_are_waited_for_and_private_lock_is_not()
    {
        GivenPages pages = Middle.OthersLock(ScenarioLockKind.Private);

        Acting.Before("PartialCut", pages.WithBuffer(new()).WithBuffer(new() { Locked = Until.Never }), Part).Waits(WaitKind.BufferLock, 1);
        Acting.Before("PartialCut", pages.WithBuffers(2), Part).GoesTo("Lookup");
    }

    [Test, KernelFunction("find_lock_page")]
    public void The_page_in_the_middle_is_waited_for()
    {
        Acting.Before("PartialLock", Middle.LockedUntil(Until.Never), Part).Waits(WaitKind.PageLock, 0);
        Acting.Before("PartialWait", Middle.UnderWritebackUntil(Until.Never), Part).Waits(WaitKind.Writeback, 0);
        Acting.Before("PartialLookup", Middle, Part).Meanwhile(m => m.Mappings[1].TreeLock = Machine.LockedByOthers).Waits(WaitKind.TreeLock, 1);
    }

    [Test, KernelFunction("find_lock_page")]
    public void After_the_sleep_it_is_looked_at_again_under_tree_lock()
    {
        Acting.Before("PartialVerify", Middle.LockedUntil(Until.Waited), Part).Meanwhile(m => m.Mappings[1].TreeLock = Machine.LockedByOthers).Waits(WaitKind.TreeLock, 1);
        Acting.Before("PartialVerify", Middle.LockedUntil(Until.Waited), Part).ChangesNothing().StandsBefore("PartialWait");
        Acting.Before("PartialVerify", Middle.LockedUntil(Until.Waited), Part).Meanwhile(m =>
        {
            Filemap.RemoveFromPageCache(m, new Pfn(0));
            PageRefs.PutPage(m, new Pfn(0));
        }).Changes("page 0: -PG_locked", "page 0: count 2 -> 1").StandsBefore("PartialLookup").ChangesNothing().StandsBefore("Lookup");
    }

    [Test]
    public void Only_a_truncation_in_the_middle_of_a_page_looks_for_it()
    {
        Acting.Before("TryLookup", Middle, Truncate).ChangesNothing().StandsBefore("Lookup");
        Acting.Before("TryLookup", Given.FilePage(index: 9).LockedUntil(Until.Never), Part with { Index = 0 }).GoesTo("Release").GoesTo("TryLookup").ChangesNothing().StandsBefore("Lookup");
    }

    [Test, KernelFunction("shmem_truncate_range"), KernelFunction("free_swap_and_cache")]
    public void What_tmpfs_has_in_swap_goes_slot_by_slot_with_a_page_that_only_the_cache_knows()
    {
        Acting.Before("FreeSwap", Given.SwapCachePage(2).On(PagePlace.Lru).WithSwap(new() { Slots = 4 })
                .WithFile(new() { Kind = MappingKind.Tmpfs, Swapped = [new(1, 1), new(2, 3), new(4, 2)] }), Truncate)
            .Changes("file 0: swap vector 2 slot 3 -> none", "slot 3: swap_map 1 -> 0", "swap: nr_swap_pages 1 -> 2").StandsBefore("Lookup")
            .ChangesNothing().StandsBefore("FreeSwap")
            .Changes("file 0: swap vector 4 slot 2 -> none", "slot 2: swap_map 2 -> 0", "swap: nr_swap_pages 2 -> 3", "page 0: count 1 -> 0", "page 0: -PG_lru", "page 0: -PG_swapcache",
                "page 0: private 2 -> 0", "zone 0: inactive_list 0 -> empty", "zone 0: nr_inactive 1 -> 0", "global: nr_pagecache 1 -> 0",
                "swapper_space: [2] page 0 -> none", "swapper_space: nrpages 1 -> 0", "swapper_space: height 1 -> 0", "swapper_space: nodes 1 -> 0")
            .StandsBefore("Lookup").ChangesNothing().IsOver();
    }

    [Test, KernelFunction("free_swap_and_cache")]
    public void A_slot_waits_for_swap_lock_and_the_last_user_for_the_tree_lock_of_swapper_space()
    {
        ScenarioFile file = new() { Kind = MappingKind.Tmpfs, Swapped = [new(2, 2)] };
        GivenPages cached = Given.SwapCachePage(2).WithFile(file), stored = Given.FilePage(1).WithFile(file).WithFile(new());

        Acting.Before("FreeSwap", cached.OthersLock(ScenarioLockKind.Swap), Truncate).Waits(WaitKind.SwapLock, 0);
        Acting.Before("FreeSwap", cached.OthersLock(ScenarioLockKind.Tree, ScenarioLock.Swapper), Truncate).Waits(WaitKind.TreeLock, 0);
        Acting.Before("FreeSwap", stored.OthersLock(ScenarioLockKind.Tree, ScenarioLock.Swapper), Truncate).GoesTo("Lookup");
    }

    [Test, KernelFunction("shmem_truncate_range")]
    public void A_page_that_swapoff_brings_back_before_its_slot_is_freed_goes_with_another_sweep()
    {
        Acting run = Acting.Before("FreeSwap", Given.SwapCachePage(2).Flagged(PageFlags.Dirty).On(PagePlace.Lru).WithFile(new() { Kind = MappingKind.Tmpfs, Swapped = [new(2, 2)] }), Truncate);

        run.Beside(new(TaskKind.Swapoff)).GoesTo("Finished");
        Assert.That(run.File().Nrpages, Is.EqualTo(1));

        run.ChangesNothing().StandsBefore("Lookup").GoesTo("Finished");
        Assert.That((run.File().Nrpages, run.Page(0).Count), Is.EqualTo((0, 0)));
    }

    // A copy-on-write copy in a private mapping of the file.
    private static GivenPages CachedCopy => Given.AnonPage(index: 2).InSwapCache(3).On(PagePlace.Lru).WithPte(address: Start + 0x2000).WithSwap(new() { Slots = 4 })
        .WithVma(Vma() with { AnonVma = 0, Flags = VmFlags.Read | VmFlags.Write }).WithFile(new() { Size = 4 });

    private static GivenPages Middle => Given.FilePage(index: 1);

    private static ScenarioVma Vma() => new() { Process = 0, Start = Start, Pages = 4, File = 0, Flags = VmFlags.Read | VmFlags.Write | VmFlags.Shared };
}
