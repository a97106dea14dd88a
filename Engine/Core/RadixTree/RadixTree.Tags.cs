namespace MigrationConformance.Core;

// The two tags of each item. A node's bitmap has a bit for each slot below which something carries the tag.
public static partial class RadixTree
{
    /// <summary>radix_tree_tag_set().</summary>
    /// <param name="m">The machine.</param>
    /// <param name="root">The tree.</param>
    /// <param name="index">The index of an item that is there.</param>
    /// <param name="tag">Which tag.</param>
    /// <returns>The item, or −1 when the index is beyond the tree's height.</returns>
    /// <exception cref="KernelBugException">A slot on the path is empty.</exception>
    public static int TagSet(Machine m, ref RadixRoot root, ulong index, PagecacheTag tag)
    {
        int map = m.Globals.RadixTreeMapShift;
        if (index > MaxIndex(map, root.Height) || root.Height == 0)
            return -1;
        int link = root.Rnode;
        for (int height = root.Height; height > 0; height--)
        {
            int node = link - 1;
            int offset = Offset(map, height, index);
            link = m.Slots[(node << map) + offset];
            if (link == 0)
                KernelBugException.Throw(BugCheck.RadixTreeTagSetEmptySlot, Pfn.None);
            m.Nodes[node].SetTag(tag, offset, true);
        }
        return link - 1;
    }

    /// <summary>radix_tree_tag_clear(): also clears the tag of each node above that has no other tagged slot.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="root">The tree.</param>
    /// <param name="index">The index.</param>
    /// <param name="tag">Which tag.</param>
    /// <returns>The item, or −1 when there is none and nothing changed.</returns>
    public static int TagClear(Machine m, ref RadixRoot root, ulong index, PagecacheTag tag)
    {
        Span<int> path = stackalloc int[24];
        int item = WalkDown(m, root, index, path);
        if (item >= 0)
            ClearTagUpwards(m, root, index, tag, path);
        return item;
    }

    /// <summary>Whether an item carries a tag.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="root">The tree.</param>
    /// <param name="index">The index.</param>
    /// <param name="tag">Which tag.</param>
    /// <returns>False also when there is no item.</returns>
    public static bool TagGet(Machine m, in RadixRoot root, ulong index, PagecacheTag tag)
    {
        int map = m.Globals.RadixTreeMapShift;
        int row = LookupSlot(m, root, index);
        return row >= 0 && (m.Nodes[row >> map].Tags(tag) & (1UL << (row & (m.FanOut - 1)))) != 0;
    }

    /// <summary>radix_tree_tagged(): whether any item carries a tag.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="root">The tree.</param>
    /// <param name="tag">Which tag.</param>
    /// <returns>What the top node's bitmap says; false for an empty tree.</returns>
    public static bool Tagged(Machine m, in RadixRoot root, PagecacheTag tag) =>
        root.Rnode != 0 && m.Nodes[root.Rnode - 1].Tags(tag) != 0;

    private static void ClearTagUpwards(Machine m, in RadixRoot root, ulong index, PagecacheTag tag, Span<int> path)
    {
        int map = m.Globals.RadixTreeMapShift;
        for (int height = 1; height <= root.Height; height++)
        {
            ref RadixNode node = ref m.Nodes[path[height]];
            int offset = Offset(map, height, index);
            if ((node.Tags(tag) & (1UL << offset)) == 0)
                return;
            node.SetTag(tag, offset, false);
            if (node.Tags(tag) != 0)
                return;
        }
    }
}
