namespace MigrationConformance.Specs;

/// <summary>
/// fork: with mmap_sem of the parent for writing, each VMA is linked to its file and anon_vma before its entries are copied, one by
/// one; a present entry is write-protected and its page gets the reference, then mapcount and the child's entry, under one lock.
/// </summary>
[TestFixture, KernelFunction("dup_mmap"), KernelFunction("copy_page_range"), KernelFunction("copy_one_pte")]
public sealed class ForkSpec
{
    private static readonly KernelTask Fork = Tasks.OnProcess(TaskKind.Fork, new MmId(0));

    private static readonly GivenPages Anonymous = Given.AnonPage(index: 7).WithPte(young: true, dirty: true).On(PagePlace.Lru).From();
    private static readonly GivenPages Swapped = Given.AnonPage(index: 7).InSwapCache(3).SwappedOutBy(1).On(PagePlace.Lru).From().WithSwap(new() { Slots = 8 });

    [Test]
    public void Takes_mmap_sem_for_writing_and_makes_an_empty_process()
    {
        Acting acting = Acting.Of(Anonymous, Fork);

        acting.GoesTo("LinkVma");
        Assert.That((acting.Machine.Mms[0].MmapSem, acting.Machine.Mms.Count, acting.Machine.Mms[1].MmlistNext), Is.EqualTo((2, 2, Mm.NotOnMmlist)));
    }

    [Test]
    public void Waits_for_mmap_sem() => Acting.Of(Anonymous.OthersLock(ScenarioLockKind.MmapSem), Fork).Waits(WaitKind.MmapSem, 0);

    [Test]
    public void Links_the_childs_VMA_last_in_its_anon_vma_and_not_mlocked_before_any_entry_is_copied()
    {
        Acting acting = Acting.Of(Given.AnonPage(index: 7).WithPte(vma: 0).From()
            .WithVma(new() { Process = 0, Start = 0x10000000, Pages = 8, AnonVma = 0, Flags = VmFlags.Read | VmFlags.Write | VmFlags.Locked })
            .WithVma(new() { Process = 1, Start = 0x10000000, Pages = 8, AnonVma = 0 }), Fork).GoesTo("Copy");

        Assert.That((acting.Machine.Vmas[0].AnonNext, acting.Machine.Vmas[1].AnonNext, acting.Machine.Vmas[2].AnonNext), Is.EqualTo((1, 2, -1)));
        Assert.That((acting.Machine.Vmas[2].Mm, acting.Machine.Vmas[2].Flags), Is.EqualTo((new MmId(2), VmFlags.Read | VmFlags.Write)));
        Assert.That(PageTables.Entries(acting.Machine, new MmId(2)), Is.Empty);
    }

    [TestCase(ScenarioLockKind.AnonVma, WaitKind.AnonVmaLock, 0)]
    [TestCase(ScenarioLockKind.Immap, WaitKind.ImmapLock, 1)]
    public void Linking_waits_for_the_walk_that_a_migration_makes(ScenarioLockKind held, WaitKind kind, int number)
    {
        GivenPages both = Given.FilePage(index: 7).MappedBy(1).From().WithVma(new() { Process = 0, Start = 0x10000000, Pages = 8, File = 0, AnonVma = 0 });

        Acting.Before("LinkVma", both.OthersLock(held), Fork).Waits(kind, number);
    }

    // Each VMA by itself: the second is linked when the entries of the first are copied.
    [Test]
    public void The_second_VMA_is_linked_after_the_entries_of_the_first_were_copied()
    {
        Acting acting = Acting.Of(Given.AnonPage(index: 1).WithPte(vma: 0).And.FilePage(index: 1).WithPte(vma: 1).From()
            .WithVma(new() { Process = 0, Start = 0x10000000, Pages = 4, AnonVma = 0 }).WithVma(new() { Process = 0, Start = 0x20000000, Pages = 4, File = 0 })
            .OthersLock(ScenarioLockKind.Immap), Fork);

        acting.GoesTo("CopyDup").GoesTo("Copy").ChangesNothing().StandsBefore("LinkVma").Waits(WaitKind.ImmapLock, 1);
        Assert.That(PageTables.Get(acting.Machine, new MmId(1), 0x10001000).IsPresent, Is.True);
    }

    [Test]
    public void A_present_private_entry_loses_its_write_bit_and_its_page_gets_a_reference_and_the_page_table_lock_stays_taken()
    {
        // Half-way: one reference more than entries, at which step 5 of a migration backs out.
        Acting.Before("Copy", Anonymous, Fork)
            .Changes("process 0: 10007000 page 0 young dirty write -> page 0 young dirty", "page 0: count 1 -> 2", "process 0: page_table_lock free -> task 1").StandsBefore("CopyDup");
    }

    [Test, KernelFunction("page_dup_rmap")]
    public void The_childs_entry_is_old_and_in_private_memory_as_dirty_as_the_parents()
    {
        Acting.Before("CopyDup", Anonymous, Fork)
            .Changes("process 1: 10007000 none -> page 0 dirty", "page 0: mapcount 1 -> 2", "process 1: anon_rss 0 -> 1", "process 0: page_table_lock task 1 -> free").StandsBefore("Copy");
    }

    [Test]
    public void In_a_shared_mapping_the_parents_entry_stays_and_the_childs_is_clean_and_writable()
    {
        GivenPages shared = Given.FilePage(index: 7).WithPte(young: true, dirty: true).From()
            .WithVma(new() { Process = 0, Start = 0x10000000, Pages = 8, File = 0, Flags = VmFlags.Read | VmFlags.Write | VmFlags.Shared });

        Acting.Before("Copy", shared, Fork)
            .Changes("page 0: count 2 -> 3", "process 0: page_table_lock free -> task 1")
            .Changes("process 1: 10007000 none -> page 0 write", "page 0: mapcount 1 -> 2", "process 1: file_rss 0 -> 1", "process 0: page_table_lock task 1 -> free");
    }

    [Test, KernelFunction("swap_duplicate")]
    public void A_swap_entry_is_one_user_more_of_its_slot_and_the_child_is_next_to_its_parent_on_the_mmlist()
    {
        Acting.Before("Copy", Swapped, Fork)
            .Changes("process 1: 10007000 none -> slot 3", "slot 3: swap_map 2 -> 3", "process 0: mmlist_next -1 -> 1", "process 1: mmlist_next -2 -> -1").StandsBefore("Copy");
    }

    [Test]
    public void The_child_comes_right_behind_its_parent_and_not_first()
    {
        Acting acting = Acting.Of(Given.AnonPage(index: 7).InSwapCache(3).SwappedOutBy(2).From().WithSwap(new() { Slots = 8 }), Fork);
        int[] before = Mmlist(acting.Machine);

        acting.GoesTo("Copy").GoesTo("Finished");

        Assert.That(before, Has.Length.EqualTo(2));
        Assert.That(Mmlist(acting.Machine), Is.EqualTo(before.SelectMany(mm => mm == 0 ? new[] { 0, 2 } : [mm])));
    }

    [TestCase(ScenarioLockKind.Swap, WaitKind.SwapLock)]
    [TestCase(ScenarioLockKind.Mmlist, WaitKind.MmlistLock)]
    [TestCase(ScenarioLockKind.PageTable, WaitKind.PageTableLock)]
    public void Copying_a_swap_entry_waits_for_a_lock(ScenarioLockKind held, WaitKind kind) => Acting.Before("Copy", Swapped.OthersLock(held), Fork).Waits(kind, 0);

    // Steps 6 to 13 of a migration hold the tree lock; a swap entry can be copied all the while.
    [Test]
    public void Copying_a_swap_entry_needs_no_tree_lock_and_no_page_lock()
    {
        Acting.Before("Copy", Swapped.OthersLock(ScenarioLockKind.Tree, ScenarioLock.Swapper), Fork).Meanwhile(m => m.Pages[0].Set(PageFlags.Locked))
            .Changes("process 1: 10007000 none -> slot 3", "slot 3: swap_map 2 -> 3", "process 0: mmlist_next -1 -> 1", "process 1: mmlist_next -2 -> -1");
    }

    [Test]
    public void A_file_entry_is_copied_as_it_is()
    {
        GivenPages nonlinear = Given.FilePage(index: 2).From().WithVma(new()
        {
            Process = 0,
            Start = 0x10000000,
            Pages = 8,
            File = 0,
            Flags = VmFlags.Read | VmFlags.Shared | VmFlags.Nonlinear,
            Entries = [new(0x10007000, 0, 2)],
        });

        Acting.Before("Copy", nonlinear, Fork).Changes("process 1: 10007000 none -> file offset 2");
    }

    [Test]
    public void Gives_mmap_sem_back_in_the_end()
    {
        Acting acting = Acting.Of(Anonymous, Fork).GoesTo("CopyDup").GoesTo("LinkVma");

        acting.Changes("process 0: mmap_sem 2 -> 0").IsOver();
    }

    private static int[] Mmlist(Machine m)
    {
        var list = new List<int>();
        for (int mm = m.Globals.MmlistHead; mm >= 0; mm = m.Mms[mm].MmlistNext)
            list.Add(mm);
        return [.. list];
    }
}
