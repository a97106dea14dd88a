namespace MigrationConformance.Specs;

/// <summary>mlock: VM_LOCKED is set and the page faulted in, all with mmap_sem for writing; the page is marked as used, and no reference is kept.</summary>
[TestFixture, KernelFunction("do_mlock")]
public sealed class MlockSpec
{
    private const ulong Address = 0x10007000;

    private static readonly KernelTask Mlock = Tasks.Access(TaskKind.Mlock, new MmId(0), Address);
    private static readonly ScenarioVma Vma = new() { Process = 0, Start = 0x10000000, Pages = 8, File = 0 };

    private static readonly GivenPages Present = Given.FilePage(index: 7).WithPte().On(PagePlace.Lru).WithVma(Vma).From();
    private static readonly GivenPages Unmapped = Given.FilePage(index: 7).On(PagePlace.Lru).WithVma(Vma).From();

    [Test]
    public void Sets_VM_LOCKED_and_keeps_mmap_sem_for_writing()
    {
        Acting.Of(Present, Mlock).Changes("vma 0: flags Read, Write -> Read, Write, Locked", "process 0: mmap_sem 0 -> 2").StandsBefore("FollowPage");
    }

    [Test, KernelFunction("mark_page_accessed")]
    public void A_page_that_is_there_is_marked_as_used_and_not_held_and_mmap_sem_given_back()
    {
        Acting.Of(Present, Mlock).GoesTo("FollowPage").Changes("page 0: +PG_referenced", "process 0: mmap_sem 2 -> 0").IsOver();
    }

    [Test]
    public void A_page_that_is_not_there_is_faulted_in_and_then_touched()
    {
        Acting.Of(Unmapped, Mlock).GoesTo("FollowPage")
            .ChangesNothing().StandsBefore("HandlePteFault")
            .ChangesNothing().StandsBefore("FileLookup").GoesTo("FileInstall")
            .Changes("process 0: 10007000 none -> page 0 young", "page 0: mapcount 0 -> 1", "process 0: file_rss 0 -> 1", "global: nr_mapped 0 -> 1").StandsBefore("FollowPage")
            .Changes("page 0: -PG_referenced", "page 0: +PG_active", "zone 0: active_list empty -> 0", "zone 0: inactive_list 0 -> empty",
                "zone 0: nr_active 0 -> 1", "zone 0: nr_inactive 1 -> 0", "process 0: mmap_sem 2 -> 0").IsOver();
    }

    [Test]
    public void Faults_of_the_process_wait_until_the_page_is_there()
    {
        Acting acting = Acting.Of(Unmapped, Mlock).GoesTo("FileInstall");
        TaskId fault = acting.Machine.AddTask(Tasks.Access(TaskKind.Fault, new MmId(0), Address));

        Assert.That((Tasks.Advance(acting.Machine, fault), acting.Machine.Tasks[fault.Value].WaitsFor), Is.EqualTo((StepResult.Blocked, WaitKind.MmapSem)));
        acting.GoesTo("Finished");
        Assert.That(Tasks.Advance(acting.Machine, fault), Is.EqualTo(StepResult.Ran));
    }

    [Test]
    public void Waits_for_a_writer_and_for_a_reader_of_mmap_sem()
    {
        Acting.Of(Present.OthersLock(ScenarioLockKind.MmapSem), Mlock).Waits(WaitKind.MmapSem, 0);
        Acting.Of(Unmapped, Mlock).Meanwhile(m => Tasks.Advance(m, m.AddTask(Tasks.Access(TaskKind.Fault, new MmId(0), Address)))).Waits(WaitKind.MmapSem, 0);
    }

    [Test]
    public void A_fault_that_fails_gives_mmap_sem_back_and_VM_LOCKED_stays()
    {
        Acting.Of(Unmapped, Mlock).GoesTo("FileLookup").Meanwhile(m => m.Mappings[1].SizePages = 0).Changes("process 0: mmap_sem 2 -> 0").IsOver();
    }

    [Test]
    public void Where_there_is_no_VMA_nothing_happens() => Acting.Of(Present, Mlock with { Address = 0x20000000 }).ChangesNothing().IsOver();
}
