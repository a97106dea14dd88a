namespace MigrationConformance.Specs;

/// <summary>msync of a shared mapping: the dirt of each entry becomes the page's, under the page_table_lock and with no reference.</summary>
[TestFixture, KernelFunction("msync_pte_range")]
public sealed class MsyncSpec
{
    private const ulong Start = 0x10000000;

    private static readonly ActorSpec Msync = new(TaskKind.Msync, Address: Start);

    private static readonly GivenPages Dirtied = Given.FilePage(index: 1).WithPte(dirty: true, young: true).WithVma(Vma(VmFlags.Shared));

    private static readonly string[] Moved =
    [
        "page 0: +PG_dirty", "file 0: +[1] DIRTY", "global: nr_dirty 0 -> 1", "file 0: flags AccountsDirty -> AccountsDirty, InodeDirty",
        "process 0: 10001000 page 0 young dirty write -> page 0 young write",
    ];

    [Test]
    public void A_dirty_entry_becomes_clean_and_its_page_dirty()
    {
        Acting.Of(Dirtied, Msync)
            .Changes("mmap_sem read").StandsBefore("SyncEntry")
            .Changes(Moved).StandsBefore("SyncEntry")
            .Changes("mmap_sem given back").IsOver();
    }

    [Test]
    public void While_it_runs_it_has_mmap_sem_for_reading()
    {
        Acting run = Acting.Before("SyncEntry", Dirtied, Msync);

        Assert.That(Locks.MmapSemReader(run.Machine, new MmId(0)), Is.EqualTo(1));
        Assert.That(Locks.MmapSemReader(run.GoesTo("Finished").Machine, new MmId(0)), Is.EqualTo(-1));
    }

    [Test]
    public void It_waits_for_mmap_sem() => Acting.Of(Dirtied.OthersLock(ScenarioLockKind.MmapSem), Msync).Waits(WaitKind.MmapSem, 0);

    [Test]
    public void An_entry_waits_for_the_page_table_lock() =>
        Acting.Before("SyncEntry", Dirtied.OthersLock(ScenarioLockKind.PageTable), Msync).Waits(WaitKind.PageTableLock, 0);

    [TestCase(ScenarioLockKind.Tree, WaitKind.TreeLock)]
    [TestCase(ScenarioLockKind.Private, WaitKind.PrivateLock)]
    public void And_for_the_locks_of_set_page_dirty_with_the_entry_still_dirty(ScenarioLockKind held, WaitKind waits) =>
        Acting.Before("SyncEntry", Dirtied.OthersLock(held), Msync).Waits(waits, 1);

    // Whoever has the page locked, a migration among them, does not keep its dirt away.
    [Test]
    public void The_page_lock_is_of_no_interest() =>
        Acting.Before("SyncEntry", Dirtied.LockedUntil(Until.Never), Msync).Changes(Moved);

    [Test, KernelFunction("set_page_dirty")]
    public void A_page_that_is_dirty_already_has_all_its_buffers_dirtied_once_more() =>
        Acting.Before("SyncEntry", Dirtied.Dirty().WithBuffers().WithFile(new() { Flags = MappingFlags.InodeDirty }), Msync)
            .Changes("process 0: 10001000 page 0 young dirty write -> page 0 young write", "buffer 0 of page 0, Uptodate, Mapped, next 0 -> of page 0, Uptodate, Dirty, Mapped, next 0");

    [Test]
    public void A_clean_entry_of_whatever_page_stays_as_it_is() =>
        Acting.Before("SyncEntry", Given.FilePage(index: 1).WithPte(young: true, write: true).WithVma(Vma(VmFlags.Shared)), Msync).ChangesNothing().StandsBefore("SyncEntry");

    [Test]
    public void Each_entry_of_the_VMA_is_a_step_from_its_start_on()
    {
        Acting.Before("SyncEntry", Given.FilePage(index: 0).WithPte(dirty: true).And.FilePage(index: 3).Dirty().WithPte(dirty: true)
                .WithVma(Vma(VmFlags.Shared)).WithFile(new() { Flags = MappingFlags.InodeDirty }), Msync with { Address = Start + 0x2000 })
            .Changes("page 0: +PG_dirty", "file 0: +[0] DIRTY", "global: nr_dirty 1 -> 2", "process 0: 10000000 page 0 dirty write -> page 0 write")
            .Changes("process 0: 10003000 page 1 dirty write -> page 1 write")
            .Changes("mmap_sem given back").IsOver();
    }

    [Test]
    public void A_private_mapping_is_left_alone() =>
        Acting.Of(Given.FilePage(index: 1).WithPte().WithVma(Vma(VmFlags.None)), Msync).ChangesNothing().IsOver();

    [Test]
    public void Anonymous_memory_is_left_alone() =>
        Acting.Of(Given.AnonPage().WithPte(dirty: true).WithVma(new() { Process = 0, Start = Start, Pages = 4, AnonVma = 0, Flags = VmFlags.Read | VmFlags.Write | VmFlags.Shared }), Msync)
            .ChangesNothing().IsOver();

    [Test]
    public void An_address_without_VMA_ends_it() => Acting.Of(Dirtied, Msync with { Address = Start + 0x4000 }).ChangesNothing().IsOver();

    private static ScenarioVma Vma(VmFlags shared) =>
        new() { Process = 0, Start = Start, Pages = 4, File = 0, Flags = VmFlags.Read | VmFlags.Write | shared };
}
