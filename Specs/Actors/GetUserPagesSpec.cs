namespace MigrationConformance.Specs;

/// <summary>
/// A pin of one page: follow_page takes a reference from a present entry, faults where there is none and looks again, all with
/// mmap_sem; what was written through the pin is marked dirty under the page lock before the reference goes, which needs no lock.
/// </summary>
[TestFixture, KernelFunction("get_user_pages"), KernelFunction("follow_page")]
public sealed class GetUserPagesSpec
{
    private const ulong Address = 0x10007000;

    private static readonly MmId Process = new(0);
    private static readonly KernelTask Read = Tasks.Access(TaskKind.GetUserPages, Process, Address), Write = Tasks.Access(TaskKind.GetUserPages, Process, Address, write: true);

    private static readonly GivenPages File = Given.FilePage(index: 7).MappedBy(1).On(PagePlace.Lru).From();
    private static readonly GivenPages Anonymous = Given.AnonPage(index: 7).WithPte(write: true).On(PagePlace.Lru).From();

    [Test, KernelFunction("mark_page_accessed")]
    public void A_pin_is_one_reference_and_marks_the_page_as_used_and_leaves_the_entry_old()
    {
        Acting.Of(File, Read).Changes("page 0: count 2 -> 3", "page 0: +PG_referenced").StandsBefore("Pinned");
    }

    [Test]
    public void A_pin_takes_no_page_lock()
    {
        Acting.Of(File, Read).Meanwhile(m => m.Pages[0].Set(PageFlags.Locked)).Changes("page 0: count 2 -> 3", "page 0: +PG_referenced")
            .ChangesNothing().StandsBefore("Unpin").Changes("page 0: count 3 -> 2").IsOver();
    }

    [Test]
    public void The_first_look_waits_for_mmap_sem_even_where_the_entry_is_present() => Acting.Of(File.OthersLock(ScenarioLockKind.MmapSem), Read).Waits(WaitKind.MmapSem, 0);

    [Test]
    public void A_look_waits_for_the_page_table_lock() => Acting.Of(File.OthersLock(ScenarioLockKind.PageTable), Read).Waits(WaitKind.PageTableLock, 0);

    [Test]
    public void Without_a_present_entry_it_faults_with_mmap_sem_held_all_the_while_and_looks_again()
    {
        GivenPages unmapped = Given.FilePage(index: 7).On(PagePlace.Lru).From().WithVma(new() { Process = 0, Start = 0x10000000, Pages = 8, File = 0 });

        Acting.Of(unmapped, Read).Changes("mmap_sem read").StandsBefore("HandlePteFault")
            .ChangesNothing().StandsBefore("FileLookup").GoesTo("FileInstall")
            .Changes("process 0: 10007000 none -> page 0 young", "page 0: mapcount 0 -> 1", "process 0: file_rss 0 -> 1", "global: nr_mapped 0 -> 1").StandsBefore("FollowPage");
    }

    // PG_referenced was set by the fault; the second mark activates the page. mmap_sem goes back with the pin.
    [Test]
    public void The_look_after_the_fault_marks_the_page_a_second_time()
    {
        GivenPages unmapped = Given.FilePage(index: 7).On(PagePlace.Lru).From().WithVma(new() { Process = 0, Start = 0x10000000, Pages = 8, File = 0 });

        Acting.Of(unmapped, Read).GoesTo("FileInstall").GoesTo("FollowPage")
            .Changes("page 0: count 2 -> 3", "page 0: -PG_referenced", "page 0: +PG_active", "zone 0: active_list empty -> 0", "zone 0: inactive_list 0 -> empty",
                "zone 0: nr_active 0 -> 1", "zone 0: nr_inactive 1 -> 0", "mmap_sem given back");
    }

    [Test]
    public void For_writing_a_read_only_entry_is_no_entry()
    {
        Acting.Of(Given.AnonPage(index: 7).MappedBy(1).From(), Write).Changes("mmap_sem read").StandsBefore("HandlePteFault")
            .Changes("process 0: 10007000 page 0 -> page 0 young dirty write").StandsBefore("FollowPage");
    }

    [Test]
    public void A_pin_for_writing_through_a_clean_entry_makes_a_clean_page_dirty_at_once()
    {
        Acting.Of(Shared(dirty: false), Write)
            .Changes("page 0: count 2 -> 3", "page 0: +PG_referenced", "page 0: +PG_dirty", "file 0: +[7] DIRTY", "global: nr_dirty 0 -> 1", "file 0: flags AccountsDirty -> AccountsDirty, InodeDirty");
    }

    [Test]
    public void A_pin_for_writing_through_a_dirty_entry_leaves_the_page_clean_and_needs_no_tree_lock()
    {
        Acting.Of(Shared(dirty: true).OthersLock(ScenarioLockKind.Tree), Write).Changes("page 0: count 2 -> 3", "page 0: +PG_referenced");
    }

    [Test]
    public void Making_the_page_dirty_waits_for_the_tree_lock() => Acting.Of(Shared(dirty: false).OthersLock(ScenarioLockKind.Tree), Write).Waits(WaitKind.TreeLock, 1);

    [Test]
    public void A_pin_for_reading_makes_nothing_dirty() => Acting.Of(Shared(dirty: false), Read).Changes("page 0: count 2 -> 3", "page 0: +PG_referenced");

    [Test]
    public void What_a_device_writes_goes_to_the_pinned_page_whatever_became_of_the_entry()
    {
        Acting.Of(Anonymous, Write).GoesTo("Pinned").Meanwhile(m => PageTables.Set(m, Process, Address, Pte.Zero))
            .Changes($"page 0: contents 1 -> {Write.Cursor}").StandsBefore("SetDirtyLock");
    }

    [Test]
    public void The_page_that_was_written_becomes_dirty_under_its_lock_which_is_free_again()
    {
        Acting.Of(Anonymous, Write).GoesTo("SetDirtyLock").Meanwhile(m => m.Pages[0].Clear(PageFlags.Dirty)).Changes("page 0: +PG_dirty").StandsBefore("Unpin");
    }

    // What holds the page here is a migration: it sees the reference, at step 7 at the latest.
    [Test]
    public void Who_unpins_after_writing_sleeps_on_the_page_lock_with_the_pin()
    {
        Acting acting = Acting.Of(Anonymous, Write).GoesTo("SetDirtyLock").Meanwhile(m => m.Pages[0].Set(PageFlags.Locked)).Waits(WaitKind.PageLock, 0);

        Assert.That(acting.Machine.Pages[0].Count, Is.EqualTo(2));
    }

    [Test]
    public void The_last_pin_frees_a_page_that_nobody_maps_any_more()
    {
        Acting.Of(Anonymous, Read).GoesTo("Unpin").Meanwhile(m => { PageTables.Set(m, Process, Address, Pte.Zero); Rmap.PageRemoveRmap(m, new Pfn(0)); m.Pages[0].Count--; })
            .Changes("page 0: count 1 -> 0", "page 0: -PG_lru", "page 0: mapping anon_vma 0 -> NULL", "zone 0: inactive_list 0 -> empty", "zone 0: nr_inactive 1 -> 0").IsOver();
    }

    private static GivenPages Shared(bool dirty) => Given.FilePage(index: 7).WithPte(dirty: dirty, write: true).On(PagePlace.Lru).From()
        .WithVma(new() { Process = 0, Start = 0x10000000, Pages = 8, File = 0, Flags = VmFlags.Read | VmFlags.Write | VmFlags.Shared });
}
