namespace MigrationConformance.Specs;

/// <summary>migrate_pages_to(): new pages by node or policy, chunks of them, and what becomes of the four lists.</summary>
[TestFixture, KernelFunction("migrate_pages_to")]
public sealed class MigratePagesToSpec
{
    private static readonly ScenarioCall Move = Calls.MigratePages([0], [1]);

    [Test, Step("A2"), KernelFunction("prep_new_page")]
    public void A_new_page_is_the_lowest_free_frame_of_the_node_with_one_reference_and_nothing_else()
    {
        Calling.Before(PolicyStep.AllocateNewPage, Calls.Make(Move, Calls.OnNode(0), Calls.Free(2), Calls.Free(1) with { Flags = PageFlags.Error, Contents = 99 }, Calls.Free(1)))
            .Changes("page 2: count 0 -> 1", "page 2: -PG_error", "page 2: contents 99 -> 0", "to empty -> 2", "call 0: nr_pages 0 -> 1",
                "call 0: offset 0 -> 4096", "call 0: nr_calls 0 -> 1")
            .CallsMigratePages();
    }

    [TestCase(1, "1")]
    [TestCase(256, "256")]
    [TestCase(257, "257")]
    [TestCase(258, "257 1")]
    [TestCase(515, "257 257 1")]
    public void A_chunk_ends_with_the_page_after_the_256th(int pages, string chunks)
    {
        MigrationResult result = Run(Calls.Make(Move, Calls.OnNode(0, pages), Calls.Free(1, pages)));

        Assert.That(string.Join(' ', result.Call!.Chunks.Select(chunk => chunk.NewPages)), Is.EqualTo(chunks));
        Assert.That((result.Task.Result, result.Pages.Count(page => page.Fate == PageFate.Migrated)), Is.EqualTo((0, pages)));
    }

    [TestCase(PatchLevel.PolicyLayer, "1/3 1/2 1/1")]
    [TestCase(PatchLevel.NewPageOrder, "1/3 1/2 1/1")]
    [TestCase(PatchLevel.ChunkedAllocation, "3/3")]
    public void With_the_stray_semicolon_each_chunk_is_one_page(PatchLevel level, string chunks)
    {
        MigrationResult result = Run(Calls.MakeAt(level, Move, Calls.OnNode(0, 3), Calls.Free(1, 3)));

        Assert.That(string.Join(' ', result.Call!.Chunks.Select(chunk => $"{chunk.NewPages}/{chunk.Pages}")), Is.EqualTo(chunks));
        Assert.That(result.Task.Result, Is.Zero);
    }

    [Test, KernelFunction("swap_pages")]
    public void Before_the_policy_layer_pages_are_swapped_out_and_put_back()
    {
        Calling call = Calling.Run(Calls.MakeAt(PatchLevel.V9, Move, Calls.OnNode(0, 2), Calls.Free(1, 2)));

        call.Returned(0).CachesOnNodes();
        Assert.That((call.Locals.NrIsolated, call.Locals.NrPutBack, call.Locals.NrCalls, call.Task.To), Is.EqualTo((2, 2, 1, ListId.None)));
    }

    [TestCase(PatchLevel.RemoveFromSwap)]
    [TestCase(PatchLevel.PolicyLayer)]
    public void What_stays_is_counted_and_put_back(PatchLevel level)
    {
        Scenario scenario = Calls.MakeAt(level, Move, Calls.OnNode(0) with { References = [Until.Never] }, Calls.OnNode(0, index: 1), Calls.Free(1, 2));

        Calling call = Calling.Run(scenario).Returned(1);
        Assert.That((call.Locals.NrIsolated, call.Locals.NrPutBack), Is.EqualTo((2, 2)));
    }

    [Test]
    public void A_page_that_is_left_over_is_freed_and_the_next_call_can_have_it()
    {
        Calling call = Calling.Run(Calls.Make(Move, Calls.OnNode(0) with { References = [Until.Never] }, Calls.Free(1)));

        call.Returned(1);
        Assert.That(call.Machine.Pages[1].Count, Is.Zero);
    }

    [Test]
    public void A_new_page_that_is_left_over_is_freed_one_a_step()
    {
        Calling.Before(PolicyStep.FreeNewPage, Calls.Make(Move, Calls.OnNode(0) with { References = [Until.Never] }, Calls.Free(1)))
            .Changes("page 1: count 1 -> 0", "to 1 -> empty").StandsBefore(PolicyStep.FreeNewPage)
            .Changes().StandsBefore(PolicyStep.SpliceFailed);
    }

    [TestCase(0, -Errno.ENOMEM)]
    [TestCase(1, -Errno.ENOMEM)]
    [TestCase(2, 0)]
    public void Exhausted_memory_is_ENOMEM_with_every_page_put_back_and_none_kept(int free, int result)
    {
        Calling call = Calling.Run(Calls.Make(Move, [Calls.OnNode(0, 2), Calls.Free(1) with { Flags = PageFlags.Reserved }, .. Enumerable.Repeat(Calls.Free(1), free)]));

        call.Returned(result);
        Assert.That((call.Locals.NrIsolated, call.Locals.NrPutBack, call.Locals.NrCalls), Is.EqualTo((2, 2, result == 0 ? 1 : 0)));
        call.CachesOnNodes(result == 0 ? [1, 1] : [0, 0]);
        Assert.That(call.Machine.Pages.Rows.ToArray().Count(page => page.Count == 0 && !page.Has(PageFlags.Reserved)), Is.EqualTo(result == 0 ? 0 : free));
    }

    [Test]
    public void Memory_that_ends_in_a_later_chunk_leaves_what_was_moved_before()
    {
        Calling.Run(Calls.MakeAt(PatchLevel.PolicyLayer, Move, Calls.OnNode(0, 3), Calls.Free(1, 2))).Returned(-Errno.ENOMEM).CachesOnNodes(0, 1, 1);
        Calling.Run(Calls.MakeAt(PatchLevel.NewPageOrder, Move, Calls.OnNode(0, 3), Calls.Free(1, 2))).Returned(-Errno.ENOMEM).CachesOnNodes(1, 1, 0);
    }

    [Test, KernelFunction("__alloc_pages"), KernelFunction("alloc_pages_node")]
    public void A_full_node_sends_the_search_to_the_next_one_and_from_the_last_to_the_first()
    {
        Calling.Run(Calls.Make(Calls.MigratePages([1], [2]), Calls.OnNode(1, 3), Calls.Free(0), Calls.Free(2), Calls.Free(3)))
            .Returned(0).CachesOnNodes(0, 3, 2);
    }

    [Test, KernelFunction("cpuset_zone_allowed")]
    public void A_node_outside_the_cpuset_of_the_caller_gives_no_page()
    {
        Scenario scenario = Calls.Make(Calls.MigratePages([0], [1]), Calls.OnNode(0), Calls.Free(1), Calls.Free(2));

        Calling.Run(scenario.By(new ScenarioProcess { Mems = [0, 1] })).Returned(0).CachesOnNodes(1);
        Calling.Run(scenario.By(new ScenarioProcess { Mems = [0, 2], CapSysNice = true })).Returned(0).CachesOnNodes(2);
        Calling.Run(scenario.By(new ScenarioProcess { Mems = [0], CapSysNice = true })).Returned(-Errno.ENOMEM);
    }

    [Test, KernelFunction("alloc_page_vma"), KernelFunction("get_vma_policy")]
    public void MPOL_BIND_keeps_to_its_nodes_the_lowest_first()
    {
        Calling.Run(Calls.Make(Calls.Mbind(MpolFlags.Move | MpolFlags.Strict, 1, 3), Calls.OnNode(0, 2), Calls.Free(3), Calls.Free(2), Calls.Free(1)))
            .Returned(0).CachesOnNodes(3, 1);
        Calling.Run(Calls.Make(Calls.Mbind(MpolFlags.Move | MpolFlags.Strict, 1), Calls.OnNode(0, 2), Calls.Free(3), Calls.Free(2), Calls.Free(1)))
            .Returned(-Errno.EIO).CachesOnNodes(0, 0);
    }

    [TestCase(0UL, "1 2")]
    [TestCase(1UL, "2 1")]
    [KernelFunction("offset_il_node")]
    public void MPOL_INTERLEAVE_begins_with_the_node_of_the_first_VMAs_offset(ulong pgoff, string nodes)
    {
        Scenario scenario = Calls.MakeAt(PatchLevel.NewPageOrder, Calls.Interleave(1, 2), new ScenarioPage { File = 0, Index = pgoff, Repeat = 2, Ptes = [new()] }, Calls.Free(1, 2), Calls.Free(2, 2)) with
        {
            Vmas = [new() { Process = 0, Start = 0x10000000, Pages = 2, File = 0, Pgoff = pgoff }],
        };

        Calling.Run(scenario).Returned(0).CachesOnNodes([.. nodes.Split(' ').Select(int.Parse)]);
    }

    [Test]
    public void A_full_node_of_MPOL_INTERLEAVE_is_passed_over_even_for_one_outside_the_policy() =>
        Calling.Run(Calls.Make(Calls.Interleave(1, 2), Calls.OnNode(0, 2), Calls.Free(2), Calls.Free(3))).Returned(0).CachesOnNodes(3, 2);

    [Test]
    public void After_migrate_pages_its_locals_are_fresh_and_moved_is_put_back_one_page_a_step()
    {
        Calling call = Calling.Before(PolicyStep.PutBackMoved, Calls.Make(Move, Calls.OnNode(0, 2), Calls.Free(1, 2)));

        Assert.That((call.Task.Page, call.Task.Newpage, call.Task.Pass, call.Task.Reason), Is.EqualTo((Pfn.None, Pfn.None, 0, BackOutReason.None)));
        call.Changes("moved 1 0 -> 0", "cpu 0: lru_add 3 2 -> 3 2 1", "call 0: nr_put_back 0 -> 1").StandsBefore(PolicyStep.PutBackMoved)
            .Changes("moved 0 -> empty", "cpu 0: lru_add 3 2 1 -> 3 2 1 0", "call 0: nr_put_back 1 -> 2").StandsBefore(PolicyStep.FreeNewPage);
    }

    [Test, KernelFunction("putback_lru_pages")]
    public void The_page_that_fills_the_pagevec_needs_lru_lock()
    {
        // Thirteen new pages wait in the pagevec; the first old one would be the fourteenth.
        Scenario scenario = Calls.Make(Move, Calls.OnNode(0, 13), Calls.Free(1, 13));

        Calling call = Calling.Before(PolicyStep.PutBackMoved, scenario);
        call.Machine.Zones[0].LruLock = Machine.LockedByOthers;
        call.Waits(WaitKind.LruLock, 0);

        Calling other = Calling.Before(PolicyStep.PutBackMoved, Calls.Make(Move, Calls.OnNode(0, 12), Calls.Free(1, 12)));
        other.Machine.Zones[0].LruLock = Machine.LockedByOthers;
        other.GoesTo(PolicyStep.PutBackMoved).Meanwhile(_ => Assert.That(Tasks.Advance(other.Machine, new TaskId(0)), Is.EqualTo(StepResult.Ran)));
    }

    [Test, KernelFunction("list_splice")]
    public void What_failed_for_good_stands_in_front_of_what_was_retried_when_both_go_back()
    {
        // Page 0 is pinned; the two anonymous ones find no slot.
        Scenario scenario = Calls.Make(Move, Calls.OnNode(0) with { References = [Until.Never] }, new ScenarioPage { AnonVma = 0, MappedBy = 1 },
            new ScenarioPage { AnonVma = 0, Index = 1, MappedBy = 1 }, Calls.Free(1, 3)) with
        { Swap = new() { Slots = 0 } };

        Calling.Before(PolicyStep.SpliceFailed, scenario)
            .Changes("failed 2 1 -> empty", "from 0 -> 2 1 0", "call 0: busy 0 -> 3", "call 0: nr_failed_before 2 -> 0").StandsBefore(PolicyStep.PutBackRest);
        Calling.Run(scenario).Returned(3);
    }

    [Test]
    public void Pages_that_fail_for_good_stay_on_failed_from_chunk_to_chunk()
    {
        Scenario scenario = Calls.MakeAt(PatchLevel.NewPageOrder, Move, new ScenarioPage { AnonVma = 0, MappedBy = 1 }, new ScenarioPage { AnonVma = 0, Index = 1, MappedBy = 1 },
            Calls.OnNode(0), Calls.OnNode(0, index: 1), Calls.Free(1, 4)) with
        { Swap = new() { Slots = 0 } };

        Calling.Run(scenario).Returned(2).CachesOnNodes(1, 1);
    }

    private static MigrationResult Run(Scenario scenario)
    {
        Calling.Run(scenario);
        return MigrationRun.Run(ScenarioBuilder.Build(scenario));
    }
}
