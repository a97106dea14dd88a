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

    private static readonly Gen<int> Item = Gen.Int[0, 99];

    private static readonly Gen<PagecacheTag> Tag = Gen.Enum<PagecacheTag>();

    private static readonly GenOperation<Tree, Model> Insert = Gen.Select(Index, Item).Operation<Tree, Model>(x => $"insert {x.Item1}: {x.Item2}",
        (tree, x) => tree.Answer = $"{RadixTree.Insert(tree.Machine, ref tree.Root, x.Item1, x.Item2)}",
        (model, x) => model.Answer = model.Items.TryAdd(x.Item1, new Entry(x.Item2)) ? "0" : $"{-Errno.EEXIST}");

    private static readonly GenOperation<Tree, Model> Delete = Index.Operation<Tree, Model>(x => $"delete {x}",
        (tree, x) => tree.Answer = $"{RadixTree.Delete(tree.Machine, ref tree.Root, x)}",
        (model, x) => model.Answer = model.Items.Remove(x, out Entry? entry) ? $"{entry.Item}" : "-1");

    // A tag is set on what is there only: the path of an absent index is a kernel BUG.
    private static readonly GenOperation<Tree, Model> TagSet = Gen.Select(Index, Tag).Operation<Tree, Model>(x => $"set {x.Item2} at {x.Item1}",
        (tree, x) => tree.Answer = RadixTree.Lookup(tree.Machine, tree.Root, x.Item1) < 0 ? "absent" : $"{RadixTree.TagSet(tree.Machine, ref tree.Root, x.Item1, x.Item2)}",
        (model, x) => model.Answer = model.Tagged(x.Item1, x.Item2, true));

    private static readonly GenOperation<Tree, Model> TagClear = Gen.Select(Index, Tag).Operation<Tree, Model>(x => $"clear {x.Item2} at {x.Item1}",
        (tree, x) => tree.Answer = RadixTree.TagClear(tree.Machine, ref tree.Root, x.Item1, x.Item2) is >= 0 and var item ? $"{item}" : "absent",
        (model, x) => model.Answer = model.Tagged(x.Item1, x.Item2, false));

    private static readonly GenOperation<Tree, Model> GangLookup = Gen.Select(Index, Gen.Int[1, 5]).Operation<Tree, Model>(x => $"look up {x.Item2} from {x.Item1}",
        (tree, x) => tree.Answer = tree.Gang(x.Item1, x.Item2, null),
        (model, x) => model.Answer = model.Gang(x.Item1, x.Item2, _ => true));

    private static readonly GenOperation<Tree, Model> GangLookupTag = Gen.Select(Index, Gen.Int[1, 5], Tag).Operation<Tree, Model>(x => $"look up {x.Item2} tagged {x.Item3} from {x.Item1}",
        (tree, x) => tree.Answer = tree.Gang(x.Item1, x.Item2, x.Item3),
        (model, x) => model.Answer = model.Gang(x.Item1, x.Item2, entry => entry.Has(x.Item3)));

    [Exercises(
        "radix_tree_delete", "radix_tree_extend", "radix_tree_gang_lookup", "radix_tree_gang_lookup_tag", "radix_tree_insert", "radix_tree_lookup",
        "radix_tree_maxindex", "radix_tree_shrink", "radix_tree_tag_clear", "radix_tree_tag_set", "radix_tree_tagged")]
    [Test]
    public void Is_a_sorted_dictionary_with_two_tags() => Property.Sampled(() =>
        Gen.OneOf(Gen.Const(8), Gen.Const(16), Gen.Const(64)).Select(fanOut => (new Tree(fanOut), new Model()))
            .SampleModelBased([Insert, Insert, Insert, Delete, TagSet, TagSet, TagClear, GangLookup, GangLookupTag], Same,
                iter: Knobs.Iterations(6_000), threads: 1, printActual: tree => $"{tree}", printModel: model => $"{model}"));

    // The answers of the last operation, every item with its tags, and the nodes that the items need.
    private static bool Same(Tree tree, Model model) => tree.Answer == model.Answer && $"{tree}" == $"{model}"
        && RadixTree.Tagged(tree.Machine, tree.Root, PagecacheTag.Dirty) == model.Items.Values.Any(entry => entry.Dirty)
        && RadixTree.Tagged(tree.Machine, tree.Root, PagecacheTag.Writeback) == model.Items.Values.Any(entry => entry.Writeback)
        && tree.Machine.Nodes.Rows.ToArray().Count(node => node.InUse != 0) == NodesNeeded(tree.Machine, tree.Root.Height, model.Items.Keys);

    private static int NodesNeeded(Machine m, int height, IEnumerable<ulong> indexes)
    {
        int nodes = 0;
        for (int level = 1; level <= height; level++)
            nodes += indexes.Select(index => level * m.Globals.RadixTreeMapShift >= 64 ? 0 : index >> (level * m.Globals.RadixTreeMapShift)).Distinct().Count();
        return nodes;
    }

    private sealed class Tree(int fanOut)
    {
        public readonly Machine Machine = new(fanOut);
        public RadixRoot Root;
        public string Answer = "";

        public string Gang(ulong first, int most, PagecacheTag? tag)
        {
            int[] items = new int[most];
            ulong[] indexes = new ulong[most];
            int found = tag is { } t ? RadixTree.GangLookupTag(Machine, Root, first, items, indexes, t) : RadixTree.GangLookup(Machine, Root, first, items, indexes);
            return string.Join(' ', Enumerable.Range(0, found).Select(i => $"{indexes[i]}:{items[i]}"));
        }

        public override string ToString() => string.Join(' ', Indexes().Select(index => new Entry(RadixTree.Lookup(Machine, Root, index))
        {
            Dirty = RadixTree.TagGet(Machine, Root, index, PagecacheTag.Dirty),
            Writeback = RadixTree.TagGet(Machine, Root, index, PagecacheTag.Writeback),
        }.At(index)));

        private ulong[] Indexes()
        {
            int[] items = new int[64];
            ulong[] indexes = new ulong[64];
            return indexes[..RadixTree.GangLookup(Machine, Root, 0, items, indexes)];
        }
    }

    private sealed record Entry(int Item)
    {
        public bool Dirty { get; set; }

        public bool Writeback { get; set; }

        public bool Has(PagecacheTag tag) => tag == PagecacheTag.Dirty ? Dirty : Writeback;

        public string At(ulong index) => $"{index}:{Item}{(Dirty ? "D" : "")}{(Writeback ? "W" : "")}";
    }

    private sealed class Model
    {
        public readonly SortedDictionary<ulong, Entry> Items = [];
        public string Answer = "";

        public string Tagged(ulong index, PagecacheTag tag, bool on)
        {
            if (!Items.TryGetValue(index, out Entry? entry))
                return "absent";
            if (tag == PagecacheTag.Dirty)
                entry.Dirty = on;
            else
                entry.Writeback = on;
            return $"{entry.Item}";
        }

        public string Gang(ulong first, int most, Func<Entry, bool> which) =>
            string.Join(' ', Items.Where(pair => pair.Key >= first && which(pair.Value)).Take(most).Select(pair => $"{pair.Key}:{pair.Value.Item}"));

        public override string ToString() => string.Join(' ', Items.Select(pair => pair.Value.At(pair.Key)));
    }
}
