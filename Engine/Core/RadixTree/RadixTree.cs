using System.Runtime.CompilerServices;

namespace MigrationConformance.Core;

/// <summary>Radix trees from a 64-bit index to a number, with two tags: the trees of the page caches and of the page tables.</summary>
/// <remarks>
/// Kernel: lib/radix-tree.c of the patch's time. An item always sits in a node; the tree grows at the top, and
/// shrinks there when only slot 0 of the top node is left. Items are numbers ≥ 0; "absent" is −1.
/// </remarks>
public static partial class RadixTree
{
    /// <summary>The slot address that stands for NULL.</summary>
    public const int NullSlot = -1;

    /// <summary>The slot address of the root pointer of an empty tree, whose content is NULL.</summary>
    public const int RootSlot = -2;

    /// <summary>radix_tree_maxindex(): the highest index that a tree of some height can hold.</summary>
    /// <param name="shift">log2 of the fan-out.</param>
    /// <param name="height">Levels, 0 or more.</param>
    /// <returns>0 for height 0; saturates at the largest 64-bit number.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong MaxIndex(int shift, int height)
    {
        int bits = shift * height;
        return bits >= 64 ? ulong.MaxValue : (1UL << bits) - 1;
    }

    /// <summary>radix_tree_lookup_slot(): where the item of an index is stored.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="root">The tree.</param>
    /// <param name="index">The index.</param>
    /// <returns>
    /// The row of <see cref="Machine.Slots"/>, whose content may be 0; <see cref="NullSlot"/> when the path ends
    /// before the leaf; <see cref="RootSlot"/> for index 0 of an empty tree.
    /// </returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int LookupSlot(Machine m, in RadixRoot root, ulong index)
    {
        int map = m.Globals.RadixTreeMapShift;
        int height = root.Height;
        if (index > MaxIndex(map, height))
            return NullSlot;
        if (height == 0)
            return RootSlot;
        ulong mask = (1UL << map) - 1;
        int[] slots = m.Slots.Items;
        int node = root.Rnode;
        int shift = map * (height - 1);
        for (; ; )
        {
            if (node == 0)
                return NullSlot;
            int row = ((node - 1) << map) + (int)((index >> shift) & mask);
            if (shift == 0)
                return row;
            node = slots[row];
            shift -= map;
        }
    }

    /// <summary>radix_tree_lookup().</summary>
    /// <param name="m">The machine.</param>
    /// <param name="root">The tree.</param>
    /// <param name="index">The index.</param>
    /// <returns>The item, or −1 when there is none.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Lookup(Machine m, in RadixRoot root, ulong index)
    {
        int row = LookupSlot(m, root, index);
        return row < 0 ? -1 : m.Slots.Items[row] - 1;
    }

    /// <summary>radix_tree_insert().</summary>
    /// <param name="m">The machine.</param>
    /// <param name="root">The tree.</param>
    /// <param name="index">The index.</param>
    /// <param name="item">The item, 0 or more.</param>
    /// <returns>0, or −EEXIST when the index is taken. Memory is the caller's matter: radix_tree_preload().</returns>
    /// <exception cref="KernelBugException">The empty slot carries a tag.</exception>
    public static int Insert(Machine m, ref RadixRoot root, ulong index, int item)
    {
        int map = m.Globals.RadixTreeMapShift;
        if ((index == 0 && root.Rnode == 0) || index > MaxIndex(map, root.Height))
            Extend(m, ref root, index);
        int row = RootSlot, parent = -1;
        int node = root.Rnode;
        for (int height = root.Height; height > 0; height--)
        {
            if (node == 0)
            {
                node = AllocNode(m) + 1;
                if (parent < 0)
                    root.Rnode = node;
                else
                {
                    m.Slots[row] = node;
                    m.Nodes[parent].Count++;
                }
            }
            parent = node - 1;
            row = (parent << map) + Offset(map, height, index);
            node = m.Slots[row];
        }
        if (node != 0)
            return -Errno.EEXIST;
        ref RadixNode leaf = ref m.Nodes[parent];
        ulong bit = 1UL << (row - (parent << map));
        if (((leaf.DirtyTags | leaf.WritebackTags) & bit) != 0)
            KernelBugException.Throw(BugCheck.RadixTreeInsertTagSet, new Pfn(item));
        m.Slots[row] = item + 1;
        leaf.Count++;
        return 0;
    }

    /// <summary>radix_tree_extend(): raises the height until the index fits. The top node's tags go up with it.</summary>
    private static void Extend(Machine m, ref RadixRoot root, ulong index)
    {
        int map = m.Globals.RadixTreeMapShift;
        int target = root.Height + 1;
        while (index > MaxIndex(map, target))
            target++;
        if (root.Rnode == 0)
        {
            root.Height = target;
            return;
        }
        bool dirty = m.Nodes[root.Rnode - 1].DirtyTags != 0;
        bool writeback = m.Nodes[root.Rnode - 1].WritebackTags != 0;
        for (; root.Height < target; root.Height++)
        {
            int top = AllocNode(m);
            m.Slots[top << map] = root.Rnode;
            ref RadixNode node = ref m.Nodes[top];
            node.Count = 1;
            node.DirtyTags = dirty ? 1UL : 0;
            node.WritebackTags = writeback ? 1UL : 0;
            root.Rnode = top + 1;
        }
    }

    /// <summary>radix_tree_delete().</summary>
    /// <param name="m">The machine.</param>
    /// <param name="root">The tree.</param>
    /// <param name="index">The index.</param>
    /// <returns>The item that was there, or −1 when there was none and nothing changed.</returns>
    public static int Delete(Machine m, ref RadixRoot root, ulong index)
    {
        Span<int> path = stackalloc int[24];
        int item = WalkDown(m, root, index, path);
        if (item < 0)
            return -1;
        ClearTagUpwards(m, root, index, PagecacheTag.Dirty, path);
        ClearTagUpwards(m, root, index, PagecacheTag.Writeback, path);
        int map = m.Globals.RadixTreeMapShift;
        for (int height = 1; height <= root.Height; height++)
        {
            int node = path[height];
            m.Slots[(node << map) + Offset(map, height, index)] = 0;
            if (--m.Nodes[node].Count > 0)
            {
                if (height == root.Height)
                    Shrink(m, ref root);
                return item;
            }
            FreeNode(m, node);
        }
        root = default;
        return item;
    }

    /// <summary>radix_tree_shrink(): drops top nodes that hold nothing but slot 0.</summary>
    private static void Shrink(Machine m, ref RadixRoot root)
    {
        int map = m.Globals.RadixTreeMapShift;
        while (root.Height > 1)
        {
            int top = root.Rnode - 1;
            int only = m.Slots[top << map];
            if (m.Nodes[top].Count != 1 || only == 0)
                return;
            m.Slots[top << map] = 0;
            FreeNode(m, top);
            root.Rnode = only;
            root.Height--;
        }
    }

    /// <summary>Records the node of each level on the way to an index: path[1] is the leaf, path[height] the top.</summary>
    private static int WalkDown(Machine m, in RadixRoot root, ulong index, Span<int> path)
    {
        int map = m.Globals.RadixTreeMapShift;
        if (root.Height == 0 || index > MaxIndex(map, root.Height))
            return -1;
        int link = root.Rnode;
        for (int height = root.Height; height > 0; height--)
        {
            if (link == 0)
                return -1;
            path[height] = link - 1;
            link = m.Slots[((link - 1) << map) + Offset(map, height, index)];
        }
        return link - 1;
    }

    private static int Offset(int map, int height, ulong index) =>
        (int)((index >> (map * (height - 1))) & ((1UL << map) - 1));

    private static int AllocNode(Machine m)
    {
        int node = m.Globals.NodeHint;
        while (node < m.Nodes.Count && m.Nodes[node].InUse != 0)
            node++;
        if (node == m.Nodes.Count)
        {
            m.Nodes.AddZeroed(1);
            m.Slots.AddZeroed(m.FanOut);
        }
        m.Nodes[node].InUse = 1;
        m.Globals.NodeHint = node + 1;
        return node;
    }

    private static void FreeNode(Machine m, int node)
    {
        m.Nodes[node] = default;
        m.Globals.NodeHint = Math.Min(m.Globals.NodeHint, node);
    }
}
