using CsCheck;
using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>The radix tree against a sorted dictionary: items, both tags, gang look-ups, and the shape that the items force.</summary>
[TestFixture]
public sealed class RadixTreeModel
{
    /// <summary>Indexes around the node borders of every fan-out, and far ones that make the tree high.</summary>
    private static readonly Gen<ulong> Index = Gen.OneOf(
        Gen.Int[0, 9].Select(i => (ulong)i), Gen.Int[62, 66].Select(i => (ulong)i), Gen.Int[4094, 4097].Select(i => (ulong)i),
        Gen.Const(ulong.MaxValue), Gen.ULong[1UL << 40, (1UL << 40) + 3]);

    private static readonly Gen<(int What, ulong Index, int Item, int Tag)> Operation =
        Gen.Select(Gen.Int[0, 6], Index, Gen.Int[0, 99], Gen.Int[0, 1]);

    [Exercises(
        "radix_tree_delete", "radix_tree_extend", "radix_tree_gang_lookup", "radix_tree_gang_lookup_tag", "radix_tree_insert", "radix_tree_lookup",
        "radix_tree_maxindex", "radix_tree_shrink", "radix_tree_tag_clear", "radix_tree_tag_set", "radix_tree_tagged")]
    [Test]
    public void Is_a_sorted_dictionary_with_two_tags() =>
        Gen.Select(Gen.OneOf(Gen.Const(8), Gen.Const(16), Gen.Const(64)), Operation.Array[1, 60]).Sample((fanOut, operations) =>
        {
            var m = new Machine(fanOut);
            var root = default(RadixRoot);
            var model = new SortedDictionary<ulong, (int Item, bool Dirty, bool Writeback)>();
            foreach ((int what, ulong index, int item, int tag) in operations)
            {
                Apply(m, ref root, model, what, index, item, (PagecacheTag)tag);
                Compare(m, root, model);
            }
        }, iter: Knobs.Iterations(3_000), threads: 1);

    private static void Apply(Machine m, ref RadixRoot root, SortedDictionary<ulong, (int Item, bool Dirty, bool Writeback)> model, int what, ulong index, int item, PagecacheTag tag)
    {
        bool there = model.TryGetValue(index, out var entry);
        bool dirty = tag == PagecacheTag.Dirty;
        switch (what)
        {
            case 0 or 1 or 2:
                Same(RadixTree.Insert(m, ref root, index, item), there ? -Errno.EEXIST : 0, "insert");
                model.TryAdd(index, (item, false, false));
                break;
            case 3:
                Same(RadixTree.Delete(m, ref root, index), there ? entry.Item : -1, "delete");
                model.Remove(index);
                break;
            case 4 or 5 when there:
                RadixTree.TagSet(m, ref root, index, tag);
                model[index] = dirty ? entry with { Dirty = true } : entry with { Writeback = true };
                break;
            case 6:
                RadixTree.TagClear(m, ref root, index, tag);
                if (there)
                    model[index] = dirty ? entry with { Dirty = false } : entry with { Writeback = false };
                break;
        }
    }

    private static void Compare(Machine m, in RadixRoot root, SortedDictionary<ulong, (int Item, bool Dirty, bool Writeback)> model)
    {
        int[] items = new int[model.Count + 1];
        ulong[] indexes = new ulong[model.Count + 1];
        Same(RadixTree.GangLookup(m, root, 0, items, indexes), model.Count, "gang look-up");
        int at = 0;
        foreach ((ulong index, (int item, bool dirty, bool writeback)) in model)
        {
            Same(indexes[at], index, "index");
            Same(items[at++], item, "item");
            Same(RadixTree.Lookup(m, root, index), item, "look-up");
            Same(RadixTree.TagGet(m, root, index, PagecacheTag.Dirty), dirty, "DIRTY");
            Same(RadixTree.TagGet(m, root, index, PagecacheTag.Writeback), writeback, "WRITEBACK");
        }
        Same(RadixTree.GangLookupTag(m, root, 0, items, indexes, PagecacheTag.Dirty), model.Values.Count(entry => entry.Dirty), "tagged gang look-up");
        Same(RadixTree.Tagged(m, root, PagecacheTag.Writeback), model.Values.Any(entry => entry.Writeback), "tagged");
        // The nodes in use are those that the items need, and no more than the height says.
        Same(m.Nodes.Rows.ToArray().Count(node => node.InUse != 0), NodesNeeded(m, root.Height, model.Keys), "nodes");
    }

    private static int NodesNeeded(Machine m, int height, IEnumerable<ulong> indexes)
    {
        int nodes = 0;
        for (int level = 1; level <= height; level++)
            nodes += indexes.Select(index => level * m.Globals.RadixTreeMapShift >= 64 ? 0 : index >> (level * m.Globals.RadixTreeMapShift)).Distinct().Count();
        return nodes;
    }

    private static void Same<T>(T found, T expected, string what)
    {
        if (!Equals(found, expected))
            throw new InvalidOperationException($"{what}: found {found}, expected {expected}");
    }
}
