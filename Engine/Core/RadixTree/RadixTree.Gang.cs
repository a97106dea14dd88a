using System.Numerics;

namespace MigrationConformance.Core;

// Looking up many items in the order of their indexes.
public static partial class RadixTree
{
    /// <summary>radix_tree_gang_lookup(): items in ascending order of their indexes.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="root">The tree.</param>
    /// <param name="first">The lowest index of interest.</param>
    /// <param name="items">Receives the items; its length is the most that are wanted.</param>
    /// <param name="indexes">Receives their indexes; at least as long as <paramref name="items"/>.</param>
    /// <returns>How many were found.</returns>
    public static int GangLookup(Machine m, in RadixRoot root, ulong first, Span<int> items, Span<ulong> indexes) =>
        Gang(m, root, first, items, indexes, null);

    /// <summary>radix_tree_gang_lookup_tag(): as <see cref="GangLookup"/>, but only items that carry a tag.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="root">The tree.</param>
    /// <param name="first">The lowest index of interest.</param>
    /// <param name="items">Receives the items; its length is the most that are wanted.</param>
    /// <param name="indexes">Receives their indexes; at least as long as <paramref name="items"/>.</param>
    /// <param name="tag">Which tag.</param>
    /// <returns>How many were found.</returns>
    /// <exception cref="KernelBugException">A tagged slot is empty.</exception>
    public static int GangLookupTag(Machine m, in RadixRoot root, ulong first, Span<int> items, Span<ulong> indexes, PagecacheTag tag) =>
        Gang(m, root, first, items, indexes, tag);

    private static int Gang(Machine m, in RadixRoot root, ulong first, Span<int> items, Span<ulong> indexes, PagecacheTag? tag)
    {
        int found = 0;
        ulong last = MaxIndex(m.Globals.RadixTreeMapShift, root.Height);
        ulong index = first;
        while (found < items.Length && root.Height > 0 && index <= last)
        {
            int item = NextItem(m, root, ref index, tag);
            if (item >= 0)
            {
                indexes[found] = index;
                items[found++] = item;
            }
            if (item == -1 || index == ulong.MaxValue)
                break;
            index++;
        }
        return found;
    }

    /// <summary>Finds the first item at or after an index: one descent, which skips empty (or untagged) slots.</summary>
    /// <returns>The item, its index in <paramref name="index"/>; −1 when there is none; −2 to go on at the index after.</returns>
    private static int NextItem(Machine m, in RadixRoot root, ref ulong index, PagecacheTag? tag)
    {
        int map = m.Globals.RadixTreeMapShift;
        int link = root.Rnode;
        for (int height = root.Height; height > 0; height--)
        {
            int node = link - 1;
            int shift = map * (height - 1);
            int offset = Offset(map, height, index);
            int used = NextUsed(m, node, offset, tag);
            if (used != offset)
            {
                // Skipping slots moves the index to the first one below the slot; past the last slot of this
                // node the search goes on behind the node.
                ulong span = shift + map >= 64 ? ulong.MaxValue : (1UL << (shift + map)) - 1;
                if (used < 0)
                {
                    index |= span;
                    return height == root.Height ? -1 : -2;
                }
                index = (index & ~span) | ((ulong)used << shift);
            }
            link = m.Slots[(node << map) + used];
            if (link == 0)
                KernelBugException.Throw(BugCheck.RadixTreeGangLookupTagEmptySlot, Pfn.None);
        }
        return link - 1;
    }

    private static int NextUsed(Machine m, int node, int offset, PagecacheTag? tag)
    {
        int fanOut = m.FanOut;
        if (tag is PagecacheTag wanted)
        {
            ulong rest = m.Nodes[node].Tags(wanted) >> offset;
            return rest == 0 ? -1 : offset + BitOperations.TrailingZeroCount(rest);
        }
        ReadOnlySpan<int> slots = m.Slots.Items.AsSpan(node * fanOut + offset, fanOut - offset);
        int next = slots.IndexOfAnyExcept(0);
        return next < 0 ? -1 : offset + next;
    }
}
