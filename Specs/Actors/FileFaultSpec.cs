namespace MigrationConformance.Specs;

/// <summary>
/// An access to a page of a file: truncate_count is remembered, the page looked up, and locked only if it is not uptodate; it is
/// marked as used, copied for a private write, and mapped unless the file was truncated or the entry filled meanwhile.
/// </summary>
[TestFixture, KernelFunction("do_no_page"), KernelFunction("filemap_nopage")]
public sealed class FileFaultSpec
{
    private const ulong Address = 0x10007000;

    private static readonly MmId Process = new(0);
    private static readonly KernelTask Read = Tasks.Access(TaskKind.Fault, Process, Address), Write = Tasks.Access(TaskKind.Fault, Process, Address, write: true);

    // Page 0 of the file at index 7, which nobody maps; page 1 is free.
    private static readonly GivenPages Cached = Mapped(Given.FilePage(index: 7).Holding(42).On(PagePlace.Lru), VmFlags.None);

    private static readonly GivenPages SharedMapping = Mapped(Given.FilePage(index: 7).Holding(42).On(PagePlace.Lru), VmFlags.Shared | VmFlags.MayShare);

    private static readonly GivenPages NotUptodate = Mapped(Given.FilePage(index: 7).NotUptodate().Holding(1).On(PagePlace.Lru), VmFlags.Shared);

    // Page 0 is another page of the file, and of index 7 the store has 42.
    private static readonly GivenPages Missing = Mapped(Given.FilePage(index: 0).On(PagePlace.Lru), VmFlags.Shared);

    [Test, KernelFunction("find_get_page"), KernelFunction("mark_page_accessed")]
    public void An_uptodate_page_is_taken_without_its_lock_and_marked_as_used()
    {
        Acting.Before("FileLookup", Cached, Read).Meanwhile(m => m.Pages[0].Set(PageFlags.Locked))
            .Changes("page 0: count 1 -> 2", "page 0: +PG_referenced").StandsBefore("FileInstall");
    }

    [Test]
    public void A_page_that_was_used_before_becomes_active()
    {
        Acting.Before("FileLookup", Mapped(Given.FilePage(index: 7).Referenced().On(PagePlace.Lru), VmFlags.None), Read)
            .Changes("page 0: count 1 -> 2", "page 0: -PG_referenced", "page 0: +PG_active", "zone 0: active_list empty -> 0", "zone 0: inactive_list 0 -> empty",
                "zone 0: nr_active 0 -> 1", "zone 0: nr_inactive 1 -> 0");
    }

    [Test]
    public void The_look_up_waits_for_the_tree_lock() => Acting.Before("FileLookup", Cached.OthersLock(ScenarioLockKind.Tree), Read).Waits(WaitKind.TreeLock, 1);

    [Test]
    public void Behind_the_end_of_the_file_the_access_is_a_signal_and_the_tree_is_not_asked()
    {
        Acting.Before("FileLookup", Cached.OthersLock(ScenarioLockKind.Tree), Read).Meanwhile(m => m.Mappings[1].SizePages = 7)
            .Changes("mmap_sem given back").IsOver();
    }

    [Test]
    public void A_page_that_is_not_uptodate_is_held_and_not_marked_before_its_lock_was_had()
    {
        Acting.Before("FileLookup", NotUptodate, Read).Changes("page 0: count 1 -> 2").StandsBefore("FileLock");
    }

    // A new page of a migration, between steps 13 and 15: locked, not uptodate.
    [Test]
    public void Sleeps_on_a_new_page_that_is_being_copied_and_maps_it_once_it_is_uptodate()
    {
        Acting.Before("FileLock", NotUptodate, Read).Meanwhile(m => m.Pages[0].Set(PageFlags.Locked)).Waits(WaitKind.PageLock, 0)
            .Meanwhile(m => { m.Pages[0].Set(PageFlags.Uptodate); m.Pages[0].Clear(PageFlags.Locked); })
            .Changes("page 0: +PG_referenced").StandsBefore("FileInstall");
    }

    [Test]
    public void A_page_that_was_truncated_while_it_slept_is_let_go_and_looked_up_again_and_the_count_is_not_read_anew()
    {
        Acting acting = Acting.Before("FileLock", NotUptodate, Read).Meanwhile(m =>
        {
            m.Mappings[1].TruncateCount = 5;
            m.Pages[0].Set(PageFlags.Locked);
            Filemap.RemoveFromPageCache(m, new Pfn(0));
            m.Pages[0].Count--;
            m.Pages[0].Clear(PageFlags.Locked);
        });

        acting.Changes("page 0: count 1 -> 0", "page 0: -PG_lru", "zone 0: inactive_list 0 -> empty", "zone 0: nr_inactive 1 -> 0").StandsBefore("FileLookup");
        // What is mapped after the truncation is found by a look-up after it: the fault of before looks up once more.
        acting.GoesTo("FileInstall").Changes("page 0: count 3 -> 2").StandsBefore("FileLookup");
    }

    [Test]
    public void A_page_that_is_not_uptodate_once_its_lock_is_had_is_read_under_that_lock()
    {
        Acting.Before("FileLock", NotUptodate, Read)
            .Changes("page 0: +PG_locked").StandsBefore("FileReadEnds")
            .Changes("page 0: contents 1 -> 42", "page 0: +PG_uptodate", "page 0: -PG_locked", "page 0: +PG_referenced").StandsBefore("FileInstall");
    }

    [Test]
    public void A_missing_page_changes_nothing() => Acting.Before("FileLookup", Missing, Read).ChangesNothing().StandsBefore("FileRead");

    [Test, KernelFunction("add_to_page_cache"), KernelFunction("lru_cache_add")]
    public void A_missing_page_is_allocated_locked_into_the_tree_and_queued_for_the_inactive_list()
    {
        Acting.Before("FileRead", Missing, Read)
            .Changes("page 1: count 0 -> 3", "page 1: +PG_locked", "page 1: mapping NULL -> file 0", "page 1: index 0 -> 7", "cpu 0: lru_add empty -> 1",
                "file 0: [7] none -> page 1", "file 0: nrpages 1 -> 2", "global: nr_pagecache 1 -> 2")
            .StandsBefore("FileReadEnds")
            .Changes("page 1: contents 0 -> 42", "page 1: +PG_uptodate", "page 1: -PG_locked", "page 1: +PG_referenced").StandsBefore("FileInstall");
    }

    [Test]
    public void A_page_that_somebody_brought_meanwhile_is_looked_up()
    {
        Acting.Before("FileRead", Mapped(Given.FilePage(index: 0).On(PagePlace.Lru).And.Page(new() { List = PagePlace.Free, Contents = 0 }), VmFlags.Shared), Read)
            .Meanwhile(m => { m.Pages[2].Count = 1; Filemap.AddToPageCache(m, new Pfn(2), new MappingId(1), new Pgoff(7)); })
            .ChangesNothing().StandsBefore("FileLookup");
    }

    [TestCase(true)]
    [TestCase(false)]
    public void Without_memory_for_page_or_tree_the_fault_gives_up(bool page)
    {
        Scenario scenario = page ? Missing.Scenario with { Pages = [Missing.Scenario.Pages[0]] } : Missing.WithSwap(new() { RadixPreloadFails = true });

        Acting.Before("FileRead", scenario, Read).Changes("mmap_sem given back").IsOver();
    }

    [Test, KernelFunction("page_add_file_rmap")]
    public void A_read_of_a_private_mapping_gets_a_young_read_only_entry_which_takes_over_the_reference()
    {
        Acting.Before("FileInstall", Cached, Read)
            .Changes("process 0: 10007000 none -> page 0 young", "page 0: mapcount 0 -> 1", "process 0: file_rss 0 -> 1", "global: nr_mapped 0 -> 1", "mmap_sem given back")
            .IsOver();
    }

    [Test]
    public void A_read_of_a_shared_mapping_that_may_be_written_gets_a_writable_entry_which_is_clean()
    {
        Acting.Before("FileInstall", SharedMapping, Read)
            .Changes("process 0: 10007000 none -> page 0 young write", "page 0: mapcount 0 -> 1", "process 0: file_rss 0 -> 1", "global: nr_mapped 0 -> 1", "mmap_sem given back");
    }

    [Test]
    public void A_read_of_a_shared_mapping_that_forbids_writing_gets_a_read_only_entry()
    {
        Acting.Before("FileInstall", Mapped(Given.FilePage(index: 7).On(PagePlace.Lru), VmFlags.Shared, VmFlags.Read), Read)
            .Changes("process 0: 10007000 none -> page 0 young", "page 0: mapcount 0 -> 1", "process 0: file_rss 0 -> 1", "global: nr_mapped 0 -> 1", "mmap_sem given back");
    }

    // There is no tracking of writes through entries: PG_dirty comes when the entry goes.
    [Test]
    public void A_write_to_a_shared_mapping_makes_the_entry_dirty_and_not_the_page()
    {
        Acting.Before("FileInstall", SharedMapping, Write)
            .Changes("process 0: 10007000 none -> page 0 young dirty write", "page 0: mapcount 0 -> 1", "process 0: file_rss 0 -> 1", "global: nr_mapped 0 -> 1", "mmap_sem given back")
            .StandsBefore("Store");
    }

    [Test, KernelFunction("anon_vma_prepare")]
    public void A_write_to_a_private_mapping_copies_the_page_gives_the_VMA_an_anon_vma_and_lets_go_of_the_original()
    {
        Acting.Before("FileCopy", Cached, Write)
            .Changes("page 1: count 0 -> 1", "page 1: contents 0 -> 42", "page 0: count 2 -> 1", "vma 0: anon_vma none -> anon_vma 0", "anon_vma 0: lock none -> free")
            .StandsBefore("FileInstall");
    }

    [Test]
    public void Without_memory_for_the_copy_the_original_is_let_go()
    {
        Acting.Before("FileCopy", Cached.Scenario with { Pages = [Cached.Scenario.Pages[0]] }, Write)
            .Changes("page 0: count 2 -> 1", "vma 0: anon_vma none -> anon_vma 0", "anon_vma 0: lock none -> free", "mmap_sem given back").IsOver();
    }

    [Test, KernelFunction("lru_cache_add_active")]
    public void The_copy_is_mapped_as_anonymous_memory_and_queued_for_the_active_list()
    {
        Acting.Before("FileInstall", Cached, Write)
            .Changes("process 0: 10007000 none -> page 1 young dirty write", "page 1: mapcount 0 -> 1", "page 1: count 1 -> 2", "page 1: mapping NULL -> anon_vma 0", "page 1: index 0 -> 7",
                "process 0: anon_rss 0 -> 1", "global: nr_mapped 0 -> 1", "cpu 0: lru_add_active empty -> 1", "mmap_sem given back")
            .StandsBefore("Store");
    }

    [Test]
    public void Installing_waits_for_the_page_table_lock_and_for_no_other()
    {
        Acting.Before("FileInstall", Cached, Read).Meanwhile(m => (m.Mms[0].PageTableLock, m.Mappings[1].TreeLock) = (Machine.LockedByOthers, Machine.LockedByOthers))
            .Waits(WaitKind.PageTableLock, 0)
            .Meanwhile(m => m.Mms[0].PageTableLock = 0).GoesTo("Finished");
    }

    [Test, KernelFunction("vmtruncate")]
    public void A_truncation_since_the_fault_began_sends_it_back_to_the_look_up_even_if_its_page_is_still_there()
    {
        Acting.Of(Cached, Read).GoesTo("FileLookup").Meanwhile(m => m.Mappings[1].TruncateCount++).GoesTo("FileInstall")
            .Changes("page 0: count 2 -> 1").StandsBefore("FileLookup")
            .GoesTo("FileInstall").GoesTo("Finished");
    }

    [Test]
    public void A_truncation_drops_the_copy_of_a_private_write()
    {
        Acting.Before("FileInstall", Cached, Write).Meanwhile(m => m.Mappings[1].TruncateCount++).Changes("page 1: count 1 -> 0").StandsBefore("FileLookup");
    }

    [Test]
    public void An_entry_that_somebody_else_filled_meanwhile_stays_and_the_access_is_made_again()
    {
        Acting.Before("FileInstall", Cached, Read).Meanwhile(m => PageTables.Set(m, Process, Address, Pte.Swap(new SwpEntry(1))))
            .Changes("page 0: count 2 -> 1", "mmap_sem given back").StandsBefore("HandlePteFault");
    }

    [Test]
    public void A_file_entry_of_a_nonlinear_mapping_asks_for_the_offset_it_names()
    {
        GivenPages nonlinear = Given.FilePage(index: 2).On(PagePlace.Lru).From().WithVma(new()
        {
            Process = 0,
            Start = 0x10000000,
            Pages = 8,
            File = 0,
            Flags = VmFlags.Read | VmFlags.Write | VmFlags.Shared | VmFlags.Nonlinear,
            Entries = [new(Address, 0, 2)],
        });

        Acting.Before("FileInstall", nonlinear, Read)
            .Changes("process 0: 10007000 file offset 2 -> page 0 young write", "page 0: mapcount 0 -> 1", "process 0: file_rss 0 -> 1", "global: nr_mapped 0 -> 1", "mmap_sem given back");
    }

    private static GivenPages Mapped(GivenPages pages, VmFlags more, VmFlags access = VmFlags.Read | VmFlags.Write) => pages
        .And.Page(new() { List = PagePlace.Free, Contents = 0 }).From().WithFile(new() { Size = 8, Blocks = [new(7, 42)] })
        .WithVma(new() { Process = 0, Start = 0x10000000, Pages = 8, File = 0, Flags = access | more });
}
