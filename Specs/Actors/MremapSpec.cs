namespace MigrationConformance.Specs;

/// <summary>
/// mremap of a VMA: a new one is linked behind it, then entry by entry moves under the page table lock, for a file under i_mmap_lock
/// too, and no count changes; last the old VMA goes. The anon_vma is not locked: a walk over it can miss an entry that moves.
/// </summary>
[TestFixture, KernelFunction("move_vma"), KernelFunction("move_page_tables"), KernelFunction("move_ptes")]
public sealed class MremapSpec
{
    private const ulong Address = 0x10007000;

    private static readonly KernelTask Mremap = Tasks.OnProcess(TaskKind.Mremap, new MmId(0), Address);

    private static readonly GivenPages Anonymous = Given.AnonPage(index: 7).WithPte(young: true, dirty: true).On(PagePlace.Lru).From();
    private static readonly GivenPages File = Given.FilePage(index: 7).WithPte().On(PagePlace.Lru).From();

    [Test]
    public void Takes_mmap_sem_for_writing() => Acting.Of(Anonymous, Mremap).Changes("process 0: mmap_sem 0 -> 2").StandsBefore("CopyVma");

    [Test]
    public void Waits_for_mmap_sem() => Acting.Of(Anonymous.OthersLock(ScenarioLockKind.MmapSem), Mremap).Waits(WaitKind.MmapSem, 0);

    [Test]
    public void The_new_VMA_has_the_same_offsets_and_is_linked_last()
    {
        Acting acting = Acting.Before("MoveEntry", Given.AnonPage(index: 7).MappedBy(2).From(), Mremap);
        VmArea old = acting.Machine.Vmas[0], other = acting.Machine.Vmas[1], made = acting.Machine.Vmas[2];

        Assert.That((old.AnonNext, other.AnonNext, made.AnonNext), Is.EqualTo((1, 2, -1)));
        Assert.That((made.Mm, made.Pgoff, made.Flags, made.Pages), Is.EqualTo((old.Mm, old.Pgoff, old.Flags, old.Pages)));
        Assert.That((old.InUse, made.InUse, made.Start - old.Start), Is.EqualTo((VmArea.Detached, 1, 0x0400_0000UL)));
    }

    [TestCase(ScenarioLockKind.AnonVma, WaitKind.AnonVmaLock, 0)]
    [TestCase(ScenarioLockKind.Immap, WaitKind.ImmapLock, 1)]
    public void Linking_waits_for_a_lock(ScenarioLockKind held, WaitKind kind, int number)
    {
        GivenPages both = Given.FilePage(index: 7).MappedBy(1).From().WithVma(new() { Process = 0, Start = 0x10000000, Pages = 8, File = 0, AnonVma = 0 });

        Acting.Before("CopyVma", both.OthersLock(held), Mremap).Waits(kind, number);
    }

    [Test]
    public void An_entry_moves_with_all_its_bits_and_nothing_else_changes()
    {
        Acting.Before("MoveEntry", Anonymous, Mremap)
            .Changes("process 0: 10007000 page 0 young dirty write -> none", "process 0: 14007000 none -> page 0 young dirty write").StandsBefore("MoveEntry");
    }

    [Test]
    public void A_swap_entry_moves_without_a_change_of_its_slot()
    {
        Acting.Before("MoveEntry", Given.AnonPage(index: 7).InSwapCache(3).SwappedOutBy(1).From().WithSwap(new() { Slots = 8 }), Mremap)
            .Changes("process 0: 10007000 slot 3 -> none", "process 0: 14007000 none -> slot 3");
    }

    // A walk that a migration makes over the anon_vma does not keep it away.
    [Test]
    public void An_anonymous_entry_moves_while_its_anon_vma_is_locked()
    {
        Acting.Before("MoveEntry", Anonymous, Mremap).Meanwhile(m => m.AnonVmas[0].Lock = Machine.LockedByOthers)
            .Changes("process 0: 10007000 page 0 young dirty write -> none", "process 0: 14007000 none -> page 0 young dirty write");
    }

    [Test]
    public void An_entry_of_a_file_waits_for_the_walk() => Acting.Before("MoveEntry", File, Mremap).Meanwhile(m => m.Mappings[1].ImmapLock = Machine.LockedByOthers).Waits(WaitKind.ImmapLock, 1);

    [Test]
    public void An_entry_waits_for_the_page_table_lock() => Acting.Before("MoveEntry", Anonymous.OthersLock(ScenarioLockKind.PageTable), Mremap).Waits(WaitKind.PageTableLock, 0);

    [Test, KernelFunction("do_munmap"), KernelFunction("lru_add_drain")]
    public void In_the_end_the_old_VMA_leaves_the_reverse_mapping_the_pagevecs_are_drained_and_mmap_sem_is_given_back()
    {
        Acting acting = Acting.Before("UnmapOld", Given.AnonPage(index: 7).MappedBy(1).On(PagePlace.LruAddActive).From(), Mremap);

        acting.GoesTo("Finished");
        Machine m = acting.Machine;
        Assert.That((m.AnonVmas[0].Head, m.Vmas[0].InUse, m.Mms[0].MmapSem), Is.EqualTo((1, 0, 0)));
        Assert.That((m.Pagevecs[0].LruAddActive.Nr, m.Pages[0].Has(PageFlags.Active), m.Pages[0].Count), Is.EqualTo((0, true, 1)));
    }

    [Test]
    public void Leaving_the_reverse_mapping_waits_for_the_walk() =>
        Acting.Before("UnmapOld", Anonymous, Mremap).Meanwhile(m => m.AnonVmas[0].Lock = Machine.LockedByOthers).Waits(WaitKind.AnonVmaLock, 0);

    [TestCase(0x20000000UL)]
    [TestCase(Address)]
    public void Without_a_VMA_or_with_its_place_taken_nothing_happens(ulong address)
    {
        GivenPages taken = Given.AnonPage(index: 7).WithPte(vma: 0).From().WithVma(new() { Process = 0, Start = 0x10000000, Pages = 8, AnonVma = 0 })
            .WithVma(new() { Process = 0, Start = 0x14000000, Pages = 1, AnonVma = 1 });

        Acting.Of(taken, Mremap with { Address = address }).ChangesNothing().IsOver();
    }
}
