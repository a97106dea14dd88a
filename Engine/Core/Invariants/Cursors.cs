namespace MigrationConformance.Core;

/// <summary>Walks the items of a radix tree in the order of their indexes, without allocating.</summary>
internal ref struct TreeCursor
{
    private readonly Machine m;
    private readonly RadixRoot root;
    private ulong next;
    private bool ended;

    /// <summary>Stands before the first item.</summary>
    public TreeCursor(Machine m, in RadixRoot root)
    {
        this.m = m;
        this.root = root;
    }

    /// <summary>The item.</summary>
    public int Item { get; private set; }

    /// <summary>Its index.</summary>
    public ulong Index { get; private set; }

    /// <summary>Goes to the next item.</summary>
    public bool Next()
    {
        Span<int> item = stackalloc int[1];
        Span<ulong> index = stackalloc ulong[1];
        if (ended || RadixTree.GangLookup(m, root, next, item, index) == 0)
            return false;
        (Item, Index) = (item[0], index[0]);
        ended = Index == ulong.MaxValue;
        next = Index + 1;
        return true;
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
