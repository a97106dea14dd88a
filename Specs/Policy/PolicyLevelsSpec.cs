namespace MigrationConformance.Specs;

/// <summary>What the fixes of 2006 change in the policy layer: the same scenario at two neighbouring levels.</summary>
[TestFixture]
public sealed class PolicyLevelsSpec
{
    private static readonly ScenarioCall Move = Calls.MigratePages([0], [1]);

    private static IEnumerable<PatchLevel> OtherLevels => Enum.GetValues<PatchLevel>().Except(
        [PatchLevel.Before, PatchLevel.PolicyLayer, PatchLevel.NewPageOrder, PatchLevel.ChunkedAllocation, PatchLevel.SwapRequired]);

    // Four pages, and four free frames on each of two nodes.
    private static Scenario Interleaved(PatchLevel level) =>
        Calls.MakeAt(level, Calls.Interleave(1, 2), Calls.OnNode(0, 4), Calls.Free(1, 4), Calls.Free(2, 4));

    [Test]
    public void All_new_pages_of_an_interleaved_VMA_were_allocated_for_one_address_and_so_on_one_node() =>
        Calling.Run(Interleaved(PatchLevel.MigratepageMethod)).Returned(0).CachesOnNodes(1, 1, 1, 1);

    [Test]
    public void Rising_addresses_spread_them_in_the_order_of_the_old_ones() =>
        Calling.Run(Interleaved(PatchLevel.NewPageOrder)).Returned(0).CachesOnNodes(1, 2, 1, 2);

    [Test]
    public void In_a_chunk_of_more_than_one_page_the_order_is_turned_round_again_since_to_is_used_from_its_tail() =>
        Calling.Run(Interleaved(PatchLevel.ChunkedAllocation)).Returned(0).CachesOnNodes(2, 1, 2, 1);

    [TestCase(PatchLevel.MigratepageMethod, "2 1 0", "4 3")]
    [TestCase(PatchLevel.NewPageOrder, "0 1 2", "4 3")]
    public void Pagelist_was_built_from_its_head(PatchLevel level, string pagelist, string unused)
    {
        Calling call = Calling.Before(PolicyStep.AllocateNewPage, Calls.MakeAt(level, Move, Calls.OnNode(0, 3), Calls.Free(1, 3)));

        Assert.That(string.Join(' ', call.Pagelist), Is.EqualTo(pagelist), unused);
    }

    [TestCase(PatchLevel.NewPageOrder, "page 0 to 3, page 1 to 4, page 2 to 5")]
    [TestCase(PatchLevel.ChunkedAllocation, "page 0 to 5, page 1 to 4, page 2 to 3")]
    public void The_first_new_page_went_to_the_first_old_one_as_long_as_it_was_the_only_one(PatchLevel level, string moves)
    {
        MigrationResult result = MigrationRun.Run(ScenarioBuilder.Build(Calls.MakeAt(level, Move, Calls.OnNode(0, 3), Calls.Free(1, 3))));

        Assert.That(string.Join(", ", result.Pages.Select(page => $"{page.Page} to {page.Newpage.Value}")), Is.EqualTo(moves));
    }

    // A03: a list of new pages that is too short forgets the retries before its end.
    [TestCase(PatchLevel.NewPageOrder, "0 0 1", 15)]
    [TestCase(PatchLevel.ChunkedAllocation, "1", 11)]
    public void With_one_new_page_at_a_time_calls_of_migrate_pages_answer_0_while_a_page_waits(PatchLevel level, string returns, int passes)
    {
        Scenario scenario = Calls.MakeAt(level, Move, Calls.OnNode(0) with { References = [Until.Never] }, Calls.OnNode(0, 2, index: 1), Calls.Free(1, 3));

        MigrationResult result = MigrationRun.Run(ScenarioBuilder.Build(scenario));

        Assert.That(string.Join(' ', result.Call!.Chunks.Select(chunk => chunk.Returned)), Is.EqualTo(returns));
        Assert.That((result.Task.Result, result.Passes), Is.EqualTo((1, passes)), "the call counts what is left itself");
    }

    // D27: silence, then a clear answer, and no residue: the page is not in the swap cache.
    [Test]
    public void Without_swap_an_anonymous_page_failed_silently_and_then_the_caller_is_told()
    {
        Scenario scenario = Calls.MakeAt(PatchLevel.SwapPageIgnoresReferences, Move, new ScenarioPage { AnonVma = 0, MappedBy = 1 }, Calls.Free(1)) with { Swap = new() { Slots = 0 } };

        Calling silent = Calling.Run(scenario).Returned(1);
        Calling told = Calling.Run(scenario with { Patch = PatchLevel.SwapRequired }).Returned(-Errno.ENODEV);

        Assert.That((silent.Locals.NrIsolated, told.Locals.NrIsolated), Is.EqualTo((1, 0)));
        Assert.That(told.Machine.Pages[0].Flags, Is.EqualTo(PageFlags.Uptodate | PageFlags.Lru));
    }

    // D30: the caller must empty four lists; one forgotten keeps its pages off the LRU for ever.
    [TestCase(PolicyStep.PutBackMoved, PolicyStep.FreeNewPage)]
    [TestCase(PolicyStep.FreeNewPage, PolicyStep.SpliceFailed)]
    [TestCase(PolicyStep.SpliceFailed, PolicyStep.PutBackRest)]
    [TestCase(PolicyStep.PutBackRest, PolicyStep.ReleaseMmapSem)]
    public void A_call_that_forgets_one_of_its_lists_is_caught(PolicyStep step, PolicyStep next)
    {
        Scenario scenario = Calls.Make(Move, Calls.OnNode(0, 2), Calls.OnNode(0, index: 2) with { References = [Until.Never] },
            new ScenarioPage { AnonVma = 0, MappedBy = 1 }, Calls.Free(1, 4)) with
        { Swap = new() { Slots = 0 } };
        Calling.Run(scenario).Returned(2);
        Calling call = Calling.Of(scenario);
        var survey = new Survey(call.Machine);

        call.GoesTo(step).Task.Step = (int)next;
        // do_migrate_pages would look for another pair of nodes; here the call ends.
        call.GoesTo(PolicyStep.Finished);

        Assert.That(InvariantList.Check(call.Machine, survey)?.Rule, Is.EqualTo("calls leave no page behind"));
    }

    [Test]
    public void Levels_beside_these_four_do_with_clean_file_pages_what_the_one_before_does([ValueSource(nameof(OtherLevels))] PatchLevel level)
    {
        Scenario scenario = Calls.MakeAt(level, Calls.Interleave(1, 2), Calls.OnNode(0, 3), Calls.Free(1, 3), Calls.Free(2, 3)) with { Swap = new() { Slots = 0 } };

        Calling here = Calling.Run(scenario), before = Calling.Run(scenario with { Patch = level - 1 });

        here.Machine.Globals.Patch = before.Machine.Globals.Patch;
        Assert.That(here.Machine.Equals(before.Machine), Is.True);
    }
}
