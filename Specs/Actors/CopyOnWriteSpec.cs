namespace MigrationConformance.Specs;

/// <summary>
/// A write to a present entry that forbids it: an anonymous page that nobody else uses is reused, if its lock can be had at once;
/// anything else is copied without the page table lock, and the copy installed if the entry is still the same, to the last bit.
/// </summary>
[TestFixture, KernelFunction("do_wp_page"), KernelFunction("handle_pte_fault")]
public sealed class CopyOnWriteSpec
{
    private const ulong Address = 0x10007000;

    private static readonly MmId Process = new(0);
    private static readonly KernelTask Write = Tasks.Access(TaskKind.Fault, Process, Address, write: true);

    // Page 0: anonymous, mapped read-only by process 0 alone. Page 1 is free.
    private static readonly GivenPages Own = WithFree(Given.AnonPage(index: 7).WithPte().On(PagePlace.Lru));

    // The same page mapped by process 1 too, as after fork.
    private static readonly GivenPages Shared = WithFree(Given.AnonPage(index: 7).Holding(42).MappedBy(2).On(PagePlace.Lru));

    // Page 0: of a file, mapped privately.
    private static readonly GivenPages Private = WithFree(Given.FilePage(index: 7).Holding(42).MappedBy(1).On(PagePlace.Lru));

    [Test, KernelFunction("can_share_swap_page")]
    public void A_page_of_one_user_is_reused_its_entry_young_dirty_and_writable_and_its_lock_free_again()
    {
        Acting.Of(Own, Write).Changes("process 0: 10007000 page 0 -> page 0 young dirty write").StandsBefore("Store");
    }

    [Test]
    public void The_store_takes_no_lock_and_changes_the_page_only()
    {
        Acting.Before("Store", Own, Write).Meanwhile(m => (m.Mms[0].PageTableLock, m.Mms[0].MmapSem) = (Machine.LockedByOthers, Machine.LockedByOthers))
            .Changes($"page 0: contents 1 -> {Write.Cursor}").IsOver();
    }

    [Test]
    public void A_store_through_an_entry_that_forbids_it_by_now_faults_again()
    {
        Acting.Before("Store", Own, Write).Meanwhile(m => PageTables.Set(m, Process, Address, Pte.Present(new Pfn(0), write: false, dirty: true, young: true)))
            .ChangesNothing().StandsBefore("HandlePteFault");
    }

    [Test]
    public void A_store_makes_its_entry_young_and_dirty()
    {
        Acting.Before("Store", Own, Write).Meanwhile(m => PageTables.Set(m, Process, Address, Pte.Present(new Pfn(0), write: true, dirty: false, young: false)))
            .Changes($"page 0: contents 1 -> {Write.Cursor}", "process 0: 10007000 page 0 write -> page 0 young dirty write");
    }

    [Test]
    public void A_read_of_a_present_entry_makes_it_young_and_gives_mmap_sem_back_at_once()
    {
        Acting.Of(Shared, Tasks.Access(TaskKind.Fault, Process, Address)).Changes("process 0: 10007000 page 0 -> page 0 young").IsOver();
    }

    // Fork, munmap and mremap have mmap_sem; what an entry allows goes on beside them until the entry changes.
    [TestCase(false)]
    [TestCase(true)]
    public void What_the_entry_allows_is_no_fault_and_waits_for_nobody(bool write)
    {
        GivenPages writable = Given.AnonPage(index: 7).WithPte(write: true).From().OthersLock(ScenarioLockKind.MmapSem).OthersLock(ScenarioLockKind.PageTable);
        Acting acting = Acting.Of(writable, Tasks.Access(TaskKind.Fault, Process, Address, write));

        if (write)
            acting.ChangesNothing().StandsBefore("Store").Changes("process 0: 10007000 page 0 write -> page 0 young dirty write", $"page 0: contents 1 -> {Write.Cursor}");
        else
            acting.Changes("process 0: 10007000 page 0 write -> page 0 young write");
        acting.IsOver();
    }

    [Test]
    public void A_page_whose_slot_has_another_user_is_copied()
    {
        Acting.Of(WithFree(Given.AnonPage(index: 7).InSwapCache(3).With(page => page with { MappedBy = 1, SwapPtes = [new(), new()] })), Write)
            .Changes("page 0: count 2 -> 3", "mmap_sem read").StandsBefore("WpCopy");
    }

    [Test]
    public void A_page_of_the_swap_cache_whose_slot_nobody_else_uses_is_reused_and_stays_there()
    {
        Acting.Of(WithFree(Given.AnonPage(index: 7).InSwapCache(3).MappedBy(1)), Write)
            .Changes("process 0: 10007000 page 0 -> page 0 young dirty write").StandsBefore("Store");
    }

    [Test]
    public void Whether_the_slot_has_another_user_is_asked_under_swap_lock()
    {
        Acting.Of(WithFree(Given.AnonPage(index: 7).InSwapCache(3).MappedBy(1)).OthersLock(ScenarioLockKind.Swap), Write).Waits(WaitKind.SwapLock, 0);
    }

    [Test]
    public void Of_a_page_with_two_entries_the_slot_is_not_asked()
    {
        Acting.Of(WithFree(Given.AnonPage(index: 7).InSwapCache(3).MappedBy(2)).OthersLock(ScenarioLockKind.Swap), Write)
            .Changes("page 0: count 3 -> 4", "mmap_sem read").StandsBefore("WpCopy");
    }

    [Test]
    public void A_page_that_a_migration_holds_locked_is_copied_even_though_nobody_else_uses_it()
    {
        Acting.Of(Own.OthersLock(ScenarioLockKind.Swap), Write).Meanwhile(m => m.Pages[0].Set(PageFlags.Locked))
            .Changes("page 0: count 1 -> 2", "mmap_sem read").StandsBefore("WpCopy");
    }

    [Test]
    public void A_shared_page_is_held_while_it_is_copied_and_its_entry_stays() =>
        Acting.Of(Shared, Write).Changes("page 0: count 2 -> 3", "mmap_sem read").StandsBefore("WpCopy");

    [Test]
    public void A_page_of_a_privately_mapped_file_is_copied_without_a_try_for_its_lock()
    {
        Acting.Of(Private, Write).Changes("page 0: count 2 -> 3", "mmap_sem read").StandsBefore("WpCopy");
    }

    [Test]
    public void Looks_at_the_entry_under_the_page_table_lock() =>
        Acting.Of(Shared.OthersLock(ScenarioLockKind.PageTable), Write).Waits(WaitKind.PageTableLock, 0);

    [Test]
    public void The_copy_is_a_fresh_page_and_is_made_without_the_page_table_lock()
    {
        Acting.Before("WpCopy", Shared, Write).Meanwhile(HoldPageTable)
            .Changes("page 1: count 0 -> 1", "page 1: contents 0 -> 42").StandsBefore("WpInstall");
    }

    [Test, KernelFunction("anon_vma_prepare")]
    public void A_VMA_without_anon_vma_gets_one_before_anything_is_allocated()
    {
        Acting.Before("WpCopy", Private.Scenario with { Pages = [Private.Scenario.Pages[0]] }, Write)
            .Changes("anon_vma 0: lock none -> free", "vma 0: anon_vma none -> anon_vma 0", "page 0: count 3 -> 2", "mmap_sem given back").IsOver();
    }

    [Test]
    public void Without_memory_the_page_is_let_go_and_the_entry_stays()
    {
        Acting.Before("WpCopy", Shared.Scenario with { Pages = [Shared.Scenario.Pages[0]] }, Write).Changes("page 0: count 3 -> 2", "mmap_sem given back").IsOver();
    }

    [Test, KernelFunction("lru_cache_add_active")]
    public void The_copy_is_installed_writable_and_dirty_queued_for_the_active_list_and_the_old_page_loses_entry_and_both_references()
    {
        // anon_rss goes down by one and up by one. The copy has the entry's reference and the pagevec's. It is not uptodate: nobody asks.
        Acting.Before("WpInstall", Shared, Write)
            .Changes("process 0: 10007000 page 0 -> page 1 young dirty write", "page 0: mapcount 2 -> 1", "page 0: count 3 -> 1", "page 1: mapcount 0 -> 1", "page 1: count 1 -> 2",
                "page 1: mapping NULL -> anon_vma 0", "page 1: index 0 -> 7", "global: nr_mapped 1 -> 2", "cpu 0: lru_add_active empty -> 1", "mmap_sem given back")
            .StandsBefore("Store");
    }

    [Test]
    public void A_copy_of_a_files_page_counts_as_anonymous_memory_instead()
    {
        Acting.Before("WpInstall", Private, Write)
            .Changes("process 0: 10007000 page 0 -> page 1 young dirty write", "page 0: mapcount 1 -> 0", "page 0: count 3 -> 1", "page 1: mapcount 0 -> 1", "page 1: count 1 -> 2",
                "page 1: mapping NULL -> anon_vma 0", "page 1: index 0 -> 7", "cpu 0: lru_add_active empty -> 1", "process 0: file_rss 1 -> 0", "process 0: anon_rss 0 -> 1", "mmap_sem given back");
    }

    [Test]
    public void The_last_user_of_the_old_page_frees_it()
    {
        Acting.Of(Own, Write).Meanwhile(m => m.Pages[0].Set(PageFlags.Locked)).GoesTo("WpInstall").Meanwhile(m => m.Pages[0].Clear(PageFlags.Locked))
            .Changes("process 0: 10007000 page 0 -> page 1 young dirty write", "page 0: mapcount 1 -> 0", "page 0: count 2 -> 0", "page 0: -PG_lru", "page 0: mapping anon_vma 0 -> NULL",
                "zone 0: inactive_list 0 -> empty", "zone 0: nr_inactive 1 -> 0", "page 1: mapcount 0 -> 1", "page 1: count 1 -> 2",
                "page 1: mapping NULL -> anon_vma 0", "page 1: index 0 -> 7", "cpu 0: lru_add_active empty -> 1", "mmap_sem given back");
    }

    [Test]
    public void Installing_waits_for_the_page_table_lock() => Acting.Before("WpInstall", Shared, Write).Meanwhile(HoldPageTable).Waits(WaitKind.PageTableLock, 0);

    // A migration unmaps page 0, or reclaim takes the young bit: either way the copy is of an entry that is no more.
    [TestCase(false)]
    [TestCase(true)]
    public void An_entry_that_changed_meanwhile_keeps_what_it_has_and_the_copy_is_dropped(bool onlyItsYoungBit)
    {
        Pte now = onlyItsYoungBit ? Pte.Present(new Pfn(0), write: false, dirty: false, young: true) : Pte.Swap(new SwpEntry(3));

        Acting.Before("WpInstall", Shared, Write).Meanwhile(m => PageTables.Set(m, Process, Address, now))
            .Changes("page 0: count 3 -> 2", "page 1: count 1 -> 0", "mmap_sem given back")
            .StandsBefore("HandlePteFault");
    }

    [Test]
    public void A_write_where_the_VMA_forbids_it_is_a_signal_and_changes_nothing()
    {
        Acting.Of(WithFree(Given.AnonPage(index: 7).With(page => page with { Ptes = [new() { Vma = 0 }] })
            .WithVma(new() { Process = 0, Start = 0x10000000, Pages = 8, AnonVma = 0, Flags = VmFlags.Read })), Write).ChangesNothing().IsOver();
    }

    private static void HoldPageTable(Machine m) => m.Mms[0].PageTableLock = Machine.LockedByOthers;

    private static GivenPages WithFree(GivenPages pages) => pages.And.Page(new() { List = PagePlace.Free, Contents = 0 }).From();
}
