using System.Runtime.CompilerServices;

namespace MigrationConformance.Core;

/// <summary>Walks the items of a radix tree in the order of their indexes, without allocating, and visits each node once.</summary>
internal ref struct TreeCursor
{
    private readonly Machine m;
    private readonly int height;

    // For each level from the top: the node, and the slot that comes next in it.
    private Path nodes, slots;
    private int level;

    /// <summary>Stands before the first item.</summary>
    public TreeCursor(Machine m, in RadixRoot root)
    {
        this.m = m;
        height = root.Height;
        level = root.Rnode == 0 ? -1 : 0;
        nodes[0] = root.Rnode - 1;
    }

    /// <summary>The item.</summary>
    public int Item { get; private set; }

    /// <summary>Its index.</summary>
    public ulong Index { get; private set; }

    /// <summary>Goes to the next item.</summary>
    public bool Next()
    {
        int fanOut = m.FanOut, map = m.Globals.RadixTreeMapShift;
        while (level >= 0)
        {
            int slot = slots[level];
            ReadOnlySpan<int> row = m.Slots.Items.AsSpan(nodes[level] * fanOut, fanOut);
            while (slot < fanOut && row[slot] == 0)
                slot++;
            slots[level] = slot + 1;
            if (slot == fanOut)
            {
                level--;
                continue;
            }
            int shift = map * (height - 1 - level);
            Index = (Index & ~(((ulong)fanOut << shift) - 1)) | ((ulong)slot << shift);
            if (level == height - 1)
            {
                Item = row[slot] - 1;
                return true;
            }
            level++;
            (nodes[level], slots[level]) = (row[slot] - 1, 0);
        }
        return false;
    }

    // A tree of 64-bit indexes with a fan-out of 8 has 22 levels.
    [InlineArray(22)]
    private struct Path
    {
        private int first;
    }
}

/// <summary>Walks the page table entries of a process that are not none, by address, without allocating.</summary>
internal ref struct EntryCursor
{
    private readonly Machine m;
    private TreeCursor leaves;
    private int offset;

    /// <summary>Stands before the first entry.</summary>
    public EntryCursor(Machine m, MmId mm)
    {
        this.m = m;
        leaves = new TreeCursor(m, m.Mms[mm.Value].PageTable);
        offset = m.FanOut;
    }

    /// <summary>The entry.</summary>
    public Pte Pte { get; private set; }

    /// <summary>Its address, in bytes.</summary>
    public ulong Address { get; private set; }

    /// <summary>Goes to the next entry.</summary>
    public bool Next()
    {
        int map = m.Globals.RadixTreeMapShift;
        while (true)
        {
            for (; offset < m.FanOut; offset++)
            {
                Pte pte = m.Ptes[(leaves.Item << map) + offset];
                if (pte.IsNone)
                    continue;
                (Pte, Address) = (pte, ((leaves.Index << map) + (ulong)offset++) << Machine.PageShift);
                return true;
            }
            if (!leaves.Next())
                return false;
            offset = 0;
        }
    }
}
