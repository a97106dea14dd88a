namespace MigrationConformance.Specs;

/// <summary>do_migrate_pages(): which node is left for which, in which order, and what adds up.</summary>
[TestFixture, KernelFunction("do_migrate_pages")]
public sealed class DoMigratePagesSpec
{
    [TestCase(0, "0,1", "2,3", 2)]
    [TestCase(1, "0,1", "2,3", 3)]
    [TestCase(1, "0,1,2", "3", 3)]
    [TestCase(2, "0,1,2", "1,3", 1)]
    [TestCase(5, "0,1", "2,3", 5)]
    [TestCase(1, "0,1", "", 1)]
    [TestCase(63, "0,63", "62,63", 63)]
    [KernelFunction("node_remap")]
    public void A_node_goes_to_the_one_in_its_place_and_the_places_repeat(int node, string from, string to, int dest) =>
        Assert.That(NodeMask.Remap(node, Mask(from), Mask(to)), Is.EqualTo(dest));

    // Each pair as "source>dest".
    private static string[] Pairs(ValueList<int> from, ValueList<int> to)
    {
        var pairs = new List<string>();
        Calling call = Calling.Of(Calls.Make(Calls.MigratePages(from, to), Calls.OnNode(0) with { Flags = PageFlags.Reserved }));
        for (call.GoesTo(PolicyStep.ChooseNodes); call.Task.Step != (int)PolicyStep.Finished;)
        {
            bool chooses = call.Next == PolicyStep.ChooseNodes;
            Tasks.Advance(call.Machine, new TaskId(0));
            if (chooses && call.Next != PolicyStep.ReleaseMmapSem)
                pairs.Add($"{call.Locals.Source}>{call.Locals.Dest}");
        }
        return [.. pairs];
    }

    [Test]
    public void Nodes_are_left_in_their_order_when_nothing_is_in_the_way() => Assert.That(Pairs([0, 1], [2, 3]), Is.EqualTo(new[] { "0>2", "1>3" }));

    [Test]
    public void A_node_that_goes_to_one_which_is_still_to_be_left_waits() => Assert.That(Pairs([0, 1, 2], [1, 2, 3]), Is.EqualTo(new[] { "2>3", "1>2", "0>1" }));

    [Test]
    public void In_a_circle_the_last_pair_goes_first() => Assert.That(Pairs([0, 1, 2], [1, 2]), Is.EqualTo(new[] { "2>1", "1>2", "0>1" }));

    [Test]
    public void A_set_has_no_order_so_nodes_cannot_be_exchanged() => Assert.That(Pairs([0, 1], [1, 0]), Is.Empty);

    [Test]
    public void A_node_that_stays_is_no_pair()
    {
        Assert.That(Pairs([0, 1], [0, 2]), Is.EqualTo(new[] { "1>2" }));
        Assert.That(Pairs([0, 1], [0, 1]), Is.Empty);
    }

    [Test]
    public void Before_the_policy_layer_all_nodes_are_left_at_once_except_those_that_are_gone_to()
    {
        Calling call = Calling.Before(PolicyStep.ChooseNodes, Calls.MakeAt(PatchLevel.V9, Calls.MigratePages([0, 1, 2], [1, 3]), Calls.OnNode(0)));

        call.Changes();

        Assert.That(call.Locals.Nodes, Is.EqualTo(Mask("0,2")));
    }

    [Test]
    public void A_chain_of_nodes_moves_each_page_once() =>
        Calling.Run(Calls.Make(Calls.MigratePages([0, 1], [1, 2]),
                Calls.OnNode(0), Calls.OnNode(1, index: 1), Calls.Free(1), Calls.Free(2)))
            .Returned(0).CachesOnNodes(1, 2);

    [Test]
    public void In_a_circle_what_has_just_come_is_moved_once_more()
    {
        // A fault between the pairs maps the new page, so that the second pair finds it.
        Calling call = Calling.Before(PolicyStep.ChooseNodes, Calls.Make(Calls.MigratePages([0, 1, 2], [1, 2]), Calls.OnNode(2), Calls.Free(1), Calls.Free(2)), nth: 2);

        call.CachesOnNodes(1).Faults(0x10000000).GoesTo(PolicyStep.Finished);

        call.CachesOnNodes(2);
        Assert.That((call.Locals.NrIsolated, call.Task.Result), Is.EqualTo((2, 0)));
    }

    [Test]
    public void Pages_that_stay_are_added_up_over_the_pairs() =>
        Calling.Run(Calls.Make(Calls.MigratePages([0, 1], [2, 3]),
                Calls.OnNode(0) with { References = [Until.Never] }, Calls.OnNode(1, index: 1), Calls.OnNode(1, index: 2) with { References = [Until.Never] },
                Calls.Free(2), Calls.Free(3, 2)))
            .Returned(2).CachesOnNodes(0, 3, 1);

    [Test]
    public void An_error_ends_the_search_for_pairs_and_is_the_answer() =>
        Calling.Run(Calls.Make(Calls.MigratePages([0, 1], [2, 3]), Calls.OnNode(0), Calls.OnNode(1, index: 1)))
            .Returned(-Errno.ENOMEM).CachesOnNodes(0, 1).Meanwhile(call => Assert.That(call.Locals.NrIsolated, Is.EqualTo(1)));

    [Test]
    public void Nothing_on_the_nodes_is_0_without_a_call_of_migrate_pages() =>
        Calling.Run(Calls.Make(Calls.MigratePages([1], [2]), Calls.OnNode(0))).Returned(0).Meanwhile(call => Assert.That(call.Locals.NrCalls, Is.Zero));

    [Test]
    public void Holes_between_VMAs_are_fine() =>
        Calling.Run(new Scenario
        {
            Patch = Calls.Chunks,
            Zones = 2,
            Vmas = [new() { Process = 0, Start = 0x30000000, Pages = 1, File = 0 }, new() { Process = 0, Start = 0x10000000, Pages = 1, File = 0, Pgoff = 1 }],
            Pages = [new() { File = 0, Repeat = 2, Ptes = [new()] }, Calls.Free(1, 2)],
            Call = Calls.MigratePages([0], [1]),
        }).Returned(0).CachesOnNodes(1, 1);

    private static NodeMask Mask(string nodes) => new(nodes.Split(',', StringSplitOptions.RemoveEmptyEntries).Aggregate(0UL, (bits, node) => bits | (1UL << int.Parse(node))));
}
