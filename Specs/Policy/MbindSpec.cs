namespace MigrationConformance.Specs;

/// <summary>do_mbind(): its arguments, its answer, and holes in its range.</summary>
[TestFixture, KernelFunction("do_mbind")]
public sealed class MbindSpec
{
    private const ulong Start = 0x10000000;

    private static Scenario OnePage(ScenarioCall call, params ScenarioProcess[] processes)
    {
        Scenario scenario = Calls.Make(call, Calls.OnNode(0), Calls.Free(1));
        return processes.Length == 0 ? scenario : scenario.By(processes);
    }

    [Test]
    public void Takes_mmap_sem_for_writing()
    {
        Calling.Before(PolicyStep.TakeMmapSem, OnePage(Calls.Mbind(MpolFlags.Move, 1)))
            .Changes("process 0: mmap_sem 0 -> 1", "call 0: mmap_sem 0 -> 2").StandsBefore(PolicyStep.ChooseNodes);
    }

    [Test]
    public void Moves_what_is_not_on_the_nodes_and_answers_0() => Calling.Run(OnePage(Calls.Mbind(MpolFlags.Move, 1))).Returned(0).CachesOnNodes(1);

    [Test]
    public void Leaves_alone_what_is_on_the_nodes() =>
        Calling.Run(OnePage(Calls.Mbind(MpolFlags.Move, 0, 1))).Returned(0).CachesOnNodes(0).Meanwhile(call => Assert.That(call.Locals.NrFound, Is.Zero));

    [TestCase(false, -Errno.EPERM)]
    [TestCase(true, 0)]
    public void MPOL_MF_MOVE_ALL_is_a_privilege(bool privileged, int result) =>
        Calling.Run(OnePage(Calls.Mbind(MpolFlags.MoveAll, 1), new ScenarioProcess { CapSysNice = privileged })).Returned(result);

    [Test]
    public void A_node_that_the_machine_does_not_have_is_EINVAL_and_so_is_no_node()
    {
        Calling.Run(OnePage(Calls.Mbind(MpolFlags.Move, 1, 4))).Returned(-Errno.EINVAL);
        Calling.Run(OnePage(Calls.Mbind(MpolFlags.Move))).Returned(-Errno.EINVAL);
    }

    [Test]
    public void Nodes_outside_the_cpuset_are_left_out_and_none_left_is_EINVAL()
    {
        Calling.Run(OnePage(Calls.Mbind(MpolFlags.Move, 1, 2), new ScenarioProcess { Mems = [1] })).Returned(0).CachesOnNodes(1);
        Calling.Run(OnePage(Calls.Mbind(MpolFlags.Move, 2), new ScenarioProcess { Mems = [1] })).Returned(-Errno.EINVAL);
    }

    [TestCase(0, 0)]
    [TestCase(1, -Errno.EINVAL)]
    public void An_empty_range_is_fine_whatever_the_nodes_are(int pages, int result) =>
        Calling.Run(OnePage(Calls.Mbind(MpolFlags.Move) with { Start = Start, Pages = (ulong)pages })).Returned(result);

    [TestCase(MpolFlags.None, 0)]
    [TestCase(MpolFlags.Strict, -Errno.EIO)]
    [TestCase(MpolFlags.Move, 0)]
    [TestCase(MpolFlags.Move | MpolFlags.Strict, -Errno.EIO)]
    public void A_page_that_stays_is_EIO_with_MPOL_MF_STRICT_only(MpolFlags flags, int result)
    {
        Scenario scenario = OnePage(Calls.Mbind(flags, 1));

        Calling.Run(scenario with { Pages = scenario.Pages.With(0, scenario.Pages[0] with { References = [Until.Never] }) }).Returned(result).CachesOnNodes(0);
    }

    [TestCase(MpolFlags.Strict)]
    [TestCase(MpolFlags.None)]
    public void Without_a_flag_to_move_nothing_is_isolated(MpolFlags flags) =>
        Calling.Run(OnePage(Calls.Mbind(flags, 1))).CachesOnNodes(0).Meanwhile(call => Assert.That((call.Locals.NrFound, call.Locals.NrIsolated), Is.EqualTo((0, 0))));

    [TestCase(MpolFlags.Move, 0)]
    [TestCase(MpolFlags.Move | MpolFlags.Strict, -Errno.EIO)]
    public void A_want_of_memory_is_not_told_otherwise_than_a_page_that_stays(MpolFlags flags, int result) =>
        Calling.Run(Calls.Make(Calls.Mbind(flags, 2), Calls.OnNode(0), Calls.Free(1))).Returned(result).CachesOnNodes(0);

    private static Scenario TwoVmas(ulong secondStart, ulong start, ulong pages) => new()
    {
        Patch = Calls.Chunks,
        Zones = 2,
        Vmas = [new() { Process = 0, Start = Start, Pages = 2, File = 0 }, new() { Process = 0, Start = secondStart, Pages = 2, File = 0, Pgoff = 2 }],
        Pages = [new() { File = 0, Repeat = 4, Ptes = [new()] }, Calls.Free(1, 4)],
        Call = Calls.Mbind(MpolFlags.Move, 1) with { Start = start, Pages = pages },
    };

    [Test]
    public void VMAs_side_by_side_are_one_range() => Calling.Run(TwoVmas(Start + 0x2000, Start, 4)).Returned(0).CachesOnNodes(1, 1, 1, 1);

    [Test]
    public void The_range_ends_where_it_ends() => Calling.Run(TwoVmas(Start + 0x2000, Start + 0x1000, 2)).Returned(0).CachesOnNodes(0, 1, 1, 0);

    [Test]
    public void A_hole_between_two_VMAs_is_EFAULT_and_what_was_isolated_goes_back()
    {
        Calling.Run(TwoVmas(Start + 0x3000, Start, 5)).Returned(-Errno.EFAULT).CachesOnNodes(0, 0, 0, 0)
            .Meanwhile(call => Assert.That((call.Locals.NrIsolated, call.Locals.NrPutBack, call.Locals.NrCalls), Is.EqualTo((2, 2, 0))));
    }

    [Test]
    public void A_hole_is_found_before_an_entry_and_without_the_page_table_lock() =>
        Calling.Run(TwoVmas(Start + 0x2000, Start + 0x2000, 5) with { Locks = [new(ScenarioLockKind.PageTable)] }).Returned(-Errno.EFAULT);

    [TestCase(4, 0)]
    [TestCase(5, -Errno.EFAULT)]
    public void A_range_behind_the_last_VMA_is_EFAULT(int pages, int result) => Calling.Run(TwoVmas(Start + 0x2000, Start, (ulong)pages)).Returned(result);

    [Test]
    public void A_range_without_any_VMA_behind_its_start_is_EFAULT() => Calling.Run(TwoVmas(Start + 0x2000, Start + 0x8000, 1)).Returned(-Errno.EFAULT);

    [Test]
    public void A_hole_in_front_of_the_first_VMA_is_not_noticed() => Calling.Run(TwoVmas(Start + 0x2000, Start - 0x1000, 2)).Returned(0).CachesOnNodes(1, 0, 0, 0);

    [Test]
    public void A_hole_behind_the_range_but_in_front_of_another_VMA_is_not_noticed() => Calling.Run(TwoVmas(Start + 0x8000, Start, 3)).Returned(0).CachesOnNodes(1, 1, 0, 0);
}
