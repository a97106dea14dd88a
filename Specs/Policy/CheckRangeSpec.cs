namespace MigrationConformance.Specs;

/// <summary>check_range(): pagevecs first, then the entries in the order of their addresses, and which of their pages are isolated.</summary>
[TestFixture, KernelFunction("check_range"), KernelFunction("check_pte_range")]
public sealed class CheckRangeSpec
{
    private static readonly ScenarioCall Move = Calls.MigratePages([0], [1]);

    private static Scenario Entry(ScenarioPage page, ScenarioCall? call = null) => Calls.Make(call ?? Move, page, Calls.Free(1));

    [Test, KernelFunction("migrate_page_add"), Step("A1")]
    public void Isolates_a_page_on_the_node_and_links_it()
    {
        Calling.Before(PolicyStep.CheckEntry, Entry(Calls.OnNode(0)))
            .Changes("page 0: -PG_lru", "page 0: count 2 -> 3", "zone 0: inactive_list 0 -> empty", "zone 0: nr_inactive 1 -> 0",
                "from empty -> 0", "call 0: nr_found 0 -> 1", "call 0: nr_isolated 0 -> 1")
            .StandsBefore(PolicyStep.CheckEntry);
    }

    [Test]
    public void Passes_over_a_page_on_another_node() => Calling.Before(PolicyStep.CheckEntry, Entry(Calls.OnNode(2))).Changes().StandsBefore(PolicyStep.CheckEntry);

    [TestCase(0, 1)]
    [TestCase(1, 0)]
    public void Mbind_takes_what_is_not_on_its_nodes(int node, int found)
    {
        Calling call = Calling.Run(Entry(Calls.OnNode(node), Calls.Mbind(MpolFlags.Move, 1)));

        Assert.That(call.Locals.NrFound, Is.EqualTo(found));
    }

    [Test]
    public void Passes_over_a_reserved_page() =>
        Calling.Before(PolicyStep.CheckEntry, Entry(Calls.OnNode(0) with { Flags = PageFlags.Reserved })).Changes();

    [TestCase(1, false, 1)]
    [TestCase(2, false, 0)]
    [TestCase(1, true, 1)]
    [TestCase(2, true, 1)]
    [KernelFunction("migrate_page_add")]
    public void Takes_a_page_that_is_mapped_once_and_with_MPOL_MF_MOVE_ALL_any(int mappedBy, bool all, int isolated)
    {
        Scenario scenario = Entry(Calls.OnNode(0, mappedBy: mappedBy));
        ScenarioProcess process = new() { CapSysNice = all };

        Calling call = Calling.Run(scenario.By([.. Enumerable.Repeat(process, mappedBy)]));

        Assert.That((call.Locals.NrFound, call.Locals.NrShared, call.Locals.NrIsolated), Is.EqualTo((1, 1 - isolated, isolated)));
        call.Returned(0).CachesOnNodes(isolated);
    }

    [TestCase(MpolFlags.Move, 0)]
    [TestCase(MpolFlags.MoveAll, 1)]
    public void Mbind_takes_shared_pages_with_MPOL_MF_MOVE_ALL_only(MpolFlags flags, int node) =>
        Calling.Run(Entry(Calls.OnNode(0, mappedBy: 2), Calls.Mbind(flags, 1)).By(new() { CapSysNice = true }, new())).Returned(0).CachesOnNodes(node);

    [Test]
    public void A_page_that_is_not_on_the_LRU_is_left_alone()
    {
        Calling.Before(PolicyStep.CheckEntry, Entry(Calls.OnNode(0) with { List = PagePlace.None }))
            .Changes("call 0: nr_found 0 -> 1", "call 0: nr_not_on_lru 0 -> 1");
    }

    [Test]
    public void A_page_that_a_process_maps_twice_is_taken_once() =>
        Calling.Run(Calls.Make(Move,
            new ScenarioPage { File = 0, Ptes = [new() { Vma = 0 }, new() { Vma = 1 }] }, Calls.Free(1)) with
        {
            Vmas = [new() { Process = 0, Start = 0x10000000, Pages = 1, File = 0 }, new() { Process = 0, Start = 0x20000000, Pages = 1, File = 0 }],
            Processes = [new() { CapSysNice = true }],
        }).Returned(0).Meanwhile(call => Assert.That((call.Locals.NrFound, call.Locals.NrIsolated, call.Locals.NrNotOnLru), Is.EqualTo((2, 1, 1))));

    [Test]
    public void Swap_and_file_entries_are_no_business_of_it() =>
        Calling.Run(Calls.Make(Move, new ScenarioPage { AnonVma = 0, SwapCache = 1, SwappedBy = 1 })).Returned(0)
            .Meanwhile(call => Assert.That(call.Locals.NrFound, Is.Zero));

    [TestCase(VmFlags.None, MpolFlags.Move, 1)]
    [TestCase(VmFlags.Locked, MpolFlags.Move, 0)]
    [TestCase(VmFlags.Reserved, MpolFlags.Move, 0)]
    [TestCase(VmFlags.Locked, MpolFlags.Move | MpolFlags.Strict, 1)]
    public void A_VMA_whose_pages_cannot_move_is_searched_with_MPOL_MF_STRICT_only(VmFlags flags, MpolFlags how, int found)
    {
        Calling call = Calling.Run(Calls.Make(Calls.Mbind(how, 1), new ScenarioPage { File = 0, Ptes = [new()] }, Calls.Free(1)) with
        {
            Vmas = [new() { Process = 0, Start = 0x10000000, Pages = 1, File = 0, Flags = VmFlags.Read | flags }],
        });

        Assert.That(call.Locals.NrFound, Is.EqualTo(found));
    }

    [Test, KernelFunction("find_vma")]
    public void VMAs_are_walked_by_address_whatever_their_order_is() =>
        Assert.That(Calling.Before(PolicyStep.AllocateNewPage, Calls.Make(Move, new ScenarioPage { File = 0, Repeat = 2, Ptes = [new()] }, Calls.Free(1, 2)) with
        {
            Vmas = [new() { Process = 0, Start = 0x30000000, Pages = 1, File = 0 }, new() { Process = 0, Start = 0x10000000, Pages = 1, File = 0, Pgoff = 1 }],
        }).Pagelist, Is.EqualTo(new[] { 1, 0 }));

    [Test, KernelFunction("lru_add_drain_all")]
    public void Pagevecs_of_every_CPU_are_drained_first_one_CPU_a_step()
    {
        Scenario scenario = Calls.Make(Move, Calls.OnNode(0) with { List = PagePlace.LruAdd, Cpu = 1 }, Calls.OnNode(0, index: 1) with { List = PagePlace.LruAddActive }, Calls.Free(1, 2));

        Calling.Before(PolicyStep.DrainPagevecs, scenario with { Cpus = 2 })
            .Changes("page 1: +PG_lru", "page 1: +PG_active", "page 1: count 3 -> 2", "cpu 0: lru_add_active 1 -> empty",
                "zone 0: active_list empty -> 1", "zone 0: nr_active 0 -> 1")
            .StandsBefore(PolicyStep.DrainPagevecs)
            .Changes("page 0: +PG_lru", "page 0: count 3 -> 2", "cpu 1: lru_add 0 -> empty", "zone 0: inactive_list empty -> 0", "zone 0: nr_inactive 0 -> 1")
            .StandsBefore(PolicyStep.CheckEntry);
    }

    [Test]
    public void Without_a_flag_to_move_pagevecs_stay_as_they_are() =>
        Calling.Before(PolicyStep.ChooseNodes, Entry(Calls.OnNode(0) with { List = PagePlace.LruAdd }, Calls.Mbind(MpolFlags.Strict, 1)))
            .Changes().StandsBefore(PolicyStep.CheckEntry)
            .Changes("call 0: err 0 -> -5").StandsBefore(PolicyStep.ReleaseMmapSem);

    [Test]
    public void A_page_that_was_moved_by_one_pair_of_nodes_is_drained_before_the_next_pair_looks_for_it()
    {
        // From node 2 to 1, where a fault maps it, and from there back to 2. It waits in the pagevec of CPU 0 in between.
        Calling call = Calling.Before(PolicyStep.ChooseNodes, Calls.Make(Calls.MigratePages([0, 1, 2], [1, 2]), Calls.OnNode(2), Calls.Free(1), Calls.Free(2)), nth: 2);
        call.Faults(0x10000000);
        Assert.That(call.Machine.Pagevecs[0].LruAdd.Pages[..call.Machine.Pagevecs[0].LruAdd.Nr].ToArray(), Is.EqualTo(new[] { 1, 0 }));

        call.GoesTo(PolicyStep.Finished);

        Assert.That((call.Locals.NrIsolated, call.Locals.NrNotOnLru), Is.EqualTo((2, 0)));
    }

    [TestCase(PatchLevel.SwapPageIgnoresReferences, 0)]
    [TestCase(PatchLevel.SwapRequired, -Errno.ENODEV)]
    public void Without_a_free_slot_the_last_levels_say_so_before_they_isolate_anything(PatchLevel level, int result)
    {
        Scenario scenario = Calls.MakeAt(level, Move, Calls.OnNode(0), Calls.Free(1)) with { Swap = new() { Slots = 0 } };

        Calling.Run(scenario).Returned(result).CachesOnNodes(result == 0 ? 1 : 0);
        Calling.Run(scenario with { Call = Calls.Mbind(MpolFlags.Move, 1) }).Returned(result).CachesOnNodes(result == 0 ? 1 : 0);
    }

    [Test]
    public void One_free_slot_is_enough_and_a_full_device_is_none()
    {
        Scenario scenario = Calls.MakeAt(PatchSet.Last, Move, Calls.OnNode(0), Calls.Free(1));

        Calling.Run(scenario with { Swap = new() { Slots = 1 } }).Returned(0);
        Calling.Run(scenario with { Swap = new() { Slots = 1, Map = [new(1, Users: 1)] } }).Returned(-Errno.ENODEV);
    }

    [Test]
    public void Swap_is_of_no_matter_to_an_mbind_that_moves_nothing() =>
        Calling.Run(Calls.MakeAt(PatchSet.Last, Calls.Mbind(MpolFlags.None, 1), Calls.OnNode(0)) with { Swap = new() { Slots = 0 } }).Returned(0);

    [Test]
    public void Waits_for_the_page_table_lock_and_for_lru_lock()
    {
        Scenario scenario = Entry(Calls.OnNode(0));

        Calling.Before(PolicyStep.CheckEntry, scenario with { Locks = [new(ScenarioLockKind.PageTable)] }).Waits(WaitKind.PageTableLock, 0);
        Calling.Before(PolicyStep.CheckEntry, scenario with { Locks = [new(ScenarioLockKind.Lru)] }).Waits(WaitKind.LruLock, 0);
        Calling.Before(PolicyStep.DrainPagevecs, Entry(Calls.OnNode(0) with { List = PagePlace.LruAdd }) with { Locks = [new(ScenarioLockKind.Lru)] }).Waits(WaitKind.LruLock, 0);
    }

    [Test]
    public void A_page_of_another_node_needs_no_lru_lock() =>
        Calling.Before(PolicyStep.CheckEntry, Entry(Calls.OnNode(2)) with { Locks = [new(ScenarioLockKind.Lru, 2)] }).Changes();

    [Test]
    public void Waits_for_mmap_sem_that_a_writer_has()
    {
        Scenario scenario = Entry(Calls.OnNode(0)) with { Locks = [new(ScenarioLockKind.MmapSem)] };

        Calling.Before(PolicyStep.TakeMmapSem, scenario).Waits(WaitKind.MmapSem, 0);
        Calling.Before(PolicyStep.TakeMmapSem, scenario with { Call = Calls.Mbind(MpolFlags.Move, 1) }).Waits(WaitKind.MmapSem, 0);
    }

    [TestCase(false, false, false)]
    [TestCase(false, true, true)]
    [TestCase(true, false, true)]
    [TestCase(true, true, true)]
    public void Readers_of_mmap_sem_stand_side_by_side_and_a_writer_waits_for_them(bool firstWrites, bool secondWrites, bool waits)
    {
        Scenario scenario = Entry(Calls.OnNode(0), firstWrites ? Calls.Mbind(MpolFlags.Move, 1) : Move);
        Calling call = Calling.Before(PolicyStep.ChooseNodes, scenario);
        Machine m = call.Machine;
        TaskId second = m.AddTask(secondWrites
            ? PolicyCalls.NewMbind(m, new MmId(0), 0x10000000, 0x10001000, MpolMode.Bind, new NodeMask(2), MpolFlags.Move)
            : PolicyCalls.NewMigratePages(m, new MmId(0), new MmId(0), new NodeMask(1), new NodeMask(2)));
        Tasks.Advance(m, second);

        StepResult result = Tasks.Advance(m, second);

        Assert.That(result, Is.EqualTo(waits ? StepResult.Blocked : StepResult.Ran));
        Assert.That(WaitGraph.Holder(m, m.Tasks[second.Value]), Is.EqualTo(waits ? 0 : -1));
    }

    [Test]
    public void A_munmap_waits_for_a_call_that_has_mmap_sem_for_reading()
    {
        Calling call = Calling.Before(PolicyStep.CheckEntry, Entry(Calls.OnNode(0)));
        TaskId munmap = call.Machine.AddTask(Tasks.OnProcess(TaskKind.Munmap, new MmId(0), 0x10000000));

        Assert.That(Tasks.Advance(call.Machine, munmap), Is.EqualTo(StepResult.Blocked));
        call.GoesTo(PolicyStep.Finished);
        Assert.That(Tasks.Advance(call.Machine, munmap), Is.EqualTo(StepResult.Ran));
    }
}
