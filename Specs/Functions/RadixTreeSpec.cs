namespace MigrationConformance.Specs;

/// <summary>lib/radix-tree.c of the patch's time: an item always sits in a node, tags only in nodes.</summary>
[TestFixture]
public sealed class RadixTreeSpec
{
    private Machine m = null!;
    private RadixRoot root;

    [SetUp]
    public void Empty()
    {
        m = new Machine();
        root = default;
    }

    [TestCase(0, 0UL)]
    [TestCase(1, 63UL)]
    [TestCase(2, 4095UL)]
    [TestCase(10, (1UL << 60) - 1)]
    [TestCase(11, ulong.MaxValue)]
    [KernelFunction("radix_tree_maxindex")]
    public void A_height_holds_indexes_up_to(int height, ulong index) => Assert.That(RadixTree.MaxIndex(6, height), Is.EqualTo(index));

    [TestCase(0UL, 1)]
    [TestCase(63UL, 1)]
    [TestCase(64UL, 2)]
    [TestCase(4095UL, 2)]
    [TestCase(4096UL, 3)]
    [TestCase(ulong.MaxValue, 11)]
    [KernelFunction("radix_tree_insert"), KernelFunction("radix_tree_lookup")]
    public void The_first_item_makes_the_tree_as_high_as_its_index_needs(ulong index, int height)
    {
        Assert.That(RadixTree.Insert(m, ref root, index, 5), Is.EqualTo(0));

        Assert.That((root.Height, RadixTree.Lookup(m, root, index)), Is.EqualTo((height, 5)));
        Assert.That(m.Nodes.Rows.ToArray().Count(node => node.InUse != 0), Is.EqualTo(height));
    }

    [Test, KernelFunction("radix_tree_insert")]
    public void A_taken_index_answers_EEXIST_and_keeps_its_item()
    {
        RadixTree.Insert(m, ref root, 7, 5);

        Assert.That((RadixTree.Insert(m, ref root, 7, 6), RadixTree.Lookup(m, root, 7)), Is.EqualTo((-Errno.EEXIST, 5)));
    }

    [Test, KernelFunction("radix_tree_insert"), KernelFunction("radix_tree_extend")]
    public void Growing_takes_the_tags_up_with_the_old_top()
    {
        RadixTree.Insert(m, ref root, 7, 5);
        RadixTree.TagSet(m, ref root, 7, PagecacheTag.Dirty);

        RadixTree.Insert(m, ref root, 4096, 6);

        Assert.That(RadixTree.Tagged(m, root, PagecacheTag.Dirty), Is.True);
        Assert.That(RadixTree.Tagged(m, root, PagecacheTag.Writeback), Is.False);
        Assert.That((RadixTree.TagGet(m, root, 7, PagecacheTag.Dirty), RadixTree.TagGet(m, root, 4096, PagecacheTag.Dirty)), Is.EqualTo((true, false)));
        Assert.That(Gang(0, PagecacheTag.Dirty), Is.EqualTo(new[] { 7UL }), "a tagged look-up finds it from the top");
    }

    [Test, KernelFunction("radix_tree_insert")]
    public void A_tag_on_the_empty_slot_is_a_BUG()
    {
        RadixTree.Insert(m, ref root, 7, 5);
        m.Nodes[0].SetTag(PagecacheTag.Dirty, 8, true);

        Bugs.AssertHit(BugCheck.RadixTreeInsertTagSet, () => RadixTree.Insert(m, ref root, 8, 6));
    }

    [Test, KernelFunction("radix_tree_lookup_slot")]
    public void The_slot_of_an_empty_tree_is_the_root_for_index_0_and_NULL_for_any_other()
    {
        Assert.That((RadixTree.LookupSlot(m, root, 0), RadixTree.LookupSlot(m, root, 1)), Is.EqualTo((RadixTree.RootSlot, RadixTree.NullSlot)));
        Assert.That(RadixTree.Lookup(m, root, 0), Is.EqualTo(-1));
    }

    [Test, KernelFunction("radix_tree_lookup_slot")]
    public void A_slot_is_found_where_a_leaf_is_and_NULL_where_none_is()
    {
        RadixTree.Insert(m, ref root, 4096, 5);

        int slot = RadixTree.LookupSlot(m, root, 4097);
        Assert.That(m.Slots[slot], Is.EqualTo(0), "an empty slot beside the item");
        Assert.That(RadixTree.LookupSlot(m, root, 0), Is.EqualTo(RadixTree.NullSlot), "no leaf on the path");
        Assert.That(RadixTree.LookupSlot(m, root, 64 * 64 * 64), Is.EqualTo(RadixTree.NullSlot), "beyond the height");
    }

    [Test, KernelFunction("radix_tree_tag_set")]
    public void A_tag_is_set_from_the_top_to_the_leaf()
    {
        RadixTree.Insert(m, ref root, 4096, 5);

        Assert.That(RadixTree.TagSet(m, ref root, 4096, PagecacheTag.Writeback), Is.EqualTo(5));
        Assert.That(m.Nodes.Rows.ToArray().Select(node => node.WritebackTags != 0), Is.All.True);
        Assert.That(m.Nodes.Rows.ToArray().Select(node => node.DirtyTags), Is.All.EqualTo(0));
    }

    [Test, KernelFunction("radix_tree_tag_set")]
    public void A_tag_beyond_the_height_is_not_set()
    {
        RadixTree.Insert(m, ref root, 7, 5);

        Assert.That(RadixTree.TagSet(m, ref root, 64, PagecacheTag.Dirty), Is.EqualTo(-1));
    }

    [Test, KernelFunction("radix_tree_tag_set")]
    public void A_tag_for_an_item_that_is_not_there_is_a_BUG()
    {
        RadixTree.Insert(m, ref root, 7, 5);

        Bugs.AssertHit(BugCheck.RadixTreeTagSetEmptySlot, () => RadixTree.TagSet(m, ref root, 8, PagecacheTag.Dirty));
    }

    [Test, KernelFunction("radix_tree_tag_clear"), KernelFunction("radix_tree_tagged")]
    public void A_cleared_tag_goes_upwards_until_another_slot_has_it()
    {
        foreach (ulong index in new ulong[] { 0, 1, 64 })
        {
            RadixTree.Insert(m, ref root, index, 5);
            RadixTree.TagSet(m, ref root, index, PagecacheTag.Dirty);
        }
        int top = root.Rnode - 1;

        Assert.That(RadixTree.TagClear(m, ref root, 0, PagecacheTag.Dirty), Is.EqualTo(5));
        Assert.That(m.Nodes[top].DirtyTags, Is.EqualTo(0b11), "index 1 keeps the leaf tagged");
        RadixTree.TagClear(m, ref root, 1, PagecacheTag.Dirty);
        Assert.That(m.Nodes[top].DirtyTags, Is.EqualTo(0b10));
        RadixTree.TagClear(m, ref root, 64, PagecacheTag.Dirty);
        Assert.That(RadixTree.Tagged(m, root, PagecacheTag.Dirty), Is.False);
    }

    [Test, KernelFunction("radix_tree_tag_clear")]
    public void Clearing_a_tag_where_no_item_is_changes_nothing()
    {
        RadixTree.Insert(m, ref root, 7, 5);
        RadixTree.TagSet(m, ref root, 7, PagecacheTag.Dirty);
        var before = new Machine(m);

        Assert.That(RadixTree.TagClear(m, ref root, 8, PagecacheTag.Dirty), Is.EqualTo(-1));
        Assert.That(m, Is.EqualTo(before));
    }

    [Test, KernelFunction("radix_tree_delete")]
    public void The_last_item_leaves_an_empty_tree_and_no_node()
    {
        RadixTree.Insert(m, ref root, 4096, 5);

        Assert.That(RadixTree.Delete(m, ref root, 4096), Is.EqualTo(5));
        Assert.That((root.Rnode, root.Height), Is.EqualTo((0, 0)));
        Assert.That(m.Nodes.Rows.ToArray().Select(node => node.InUse), Is.All.EqualTo(0));
        Assert.That(m.Slots.Rows.ToArray(), Is.All.EqualTo(0));
    }

    [Test, KernelFunction("radix_tree_delete")]
    public void Deleting_what_is_not_there_changes_nothing()
    {
        RadixTree.Insert(m, ref root, 7, 5);
        var before = new Machine(m);

        Assert.That(RadixTree.Delete(m, ref root, 8), Is.EqualTo(-1));
        Assert.That(m, Is.EqualTo(before));
    }

    [Test, KernelFunction("radix_tree_delete")]
    public void Deleting_clears_both_tags_upwards()
    {
        RadixTree.Insert(m, ref root, 64, 5);
        RadixTree.Insert(m, ref root, 128, 6);
        RadixTree.TagSet(m, ref root, 64, PagecacheTag.Dirty);
        RadixTree.TagSet(m, ref root, 64, PagecacheTag.Writeback);

        RadixTree.Delete(m, ref root, 64);

        Assert.That((RadixTree.Tagged(m, root, PagecacheTag.Dirty), RadixTree.Tagged(m, root, PagecacheTag.Writeback)), Is.EqualTo((false, false)));
    }

    [Test, KernelFunction("radix_tree_delete"), KernelFunction("radix_tree_shrink")]
    public void The_tree_shrinks_when_only_slot_0_of_the_top_is_left()
    {
        RadixTree.Insert(m, ref root, 5, 1);
        RadixTree.TagSet(m, ref root, 5, PagecacheTag.Dirty);
        RadixTree.Insert(m, ref root, 4096, 2);
        Assert.That(root.Height, Is.EqualTo(3));

        RadixTree.Delete(m, ref root, 4096);

        Assert.That((root.Height, RadixTree.Lookup(m, root, 5), RadixTree.TagGet(m, root, 5, PagecacheTag.Dirty)), Is.EqualTo((1, 1, true)));
    }

    [Test, KernelFunction("radix_tree_shrink")]
    public void The_tree_does_not_shrink_when_another_slot_is_left()
    {
        RadixTree.Insert(m, ref root, 5, 1);
        RadixTree.Insert(m, ref root, 64, 2);

        RadixTree.Delete(m, ref root, 5);

        Assert.That((root.Height, RadixTree.Lookup(m, root, 64)), Is.EqualTo((2, 2)));
    }

    [Test, KernelFunction("radix_tree_gang_lookup")]
    public void A_gang_look_up_answers_in_ascending_order_from_its_start()
    {
        foreach (ulong index in new[] { 4096UL, 0UL, 63UL, 64UL, ulong.MaxValue })
            RadixTree.Insert(m, ref root, index, 1);

        Assert.That(Gang(0), Is.EqualTo(new[] { 0UL, 63UL, 64UL, 4096UL, ulong.MaxValue }));
        Assert.That(Gang(64), Is.EqualTo(new[] { 64UL, 4096UL, ulong.MaxValue }));
        Assert.That(Gang(65, most: 1), Is.EqualTo(new[] { 4096UL }));
    }

    [Test, KernelFunction("radix_tree_gang_lookup_tag")]
    public void A_tagged_gang_look_up_answers_tagged_items_only()
    {
        foreach (ulong index in new[] { 1UL, 2UL, 65UL, 4097UL })
            RadixTree.Insert(m, ref root, index, 1);
        RadixTree.TagSet(m, ref root, 2, PagecacheTag.Dirty);
        RadixTree.TagSet(m, ref root, 4097, PagecacheTag.Dirty);

        Assert.That(Gang(0, PagecacheTag.Dirty), Is.EqualTo(new[] { 2UL, 4097UL }));
        Assert.That(Gang(0, PagecacheTag.Writeback), Is.Empty);
    }

    [Test, KernelFunction("radix_tree_gang_lookup_tag")]
    public void A_tagged_slot_that_is_empty_is_a_BUG()
    {
        RadixTree.Insert(m, ref root, 7, 5);
        m.Nodes[0].SetTag(PagecacheTag.Dirty, 8, true);

        Bugs.AssertHit(BugCheck.RadixTreeGangLookupTagEmptySlot, () => Gang(0, PagecacheTag.Dirty));
    }

    [TestCase(8, 7UL, 1)]
    [TestCase(8, 8UL, 2)]
    [TestCase(16, 16UL, 2)]
    [KernelFunction("radix_tree_insert")]
    public void A_smaller_fan_out_makes_small_trees_deep(int fanOut, ulong index, int height)
    {
        m = new Machine(fanOut);

        RadixTree.Insert(m, ref root, index, 5);

        Assert.That((root.Height, RadixTree.Lookup(m, root, index)), Is.EqualTo((height, 5)));
    }

    private ulong[] Gang(ulong first, PagecacheTag? tag = null, int most = 9)
    {
        int[] items = new int[most];
        ulong[] indexes = new ulong[most];
        int found = tag is { } wanted ? RadixTree.GangLookupTag(m, root, first, items, indexes, wanted) : RadixTree.GangLookup(m, root, first, items, indexes);
        return indexes[..found];
    }
}
