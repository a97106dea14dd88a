namespace MigrationConformance.Properties.Naive;

internal enum WritepageMethod
{
    Asynchronous,
    AsynchronousFailing,
    Synchronous,
    Failing,
    Activate,
    Absent,
    Tmpfs,
    Swap,
}

internal enum MigratepageMethod
{
    Absent,
    MigratePage,
    BufferMigratePage,
    FailMigratePage,
}

internal enum ReleasepageMethod
{
    Absent,
    FreesBuffers,
    Refuses,
}

/// <summary>An address_space: swapper_space (number −1) or a file's.</summary>
/// <remarks>
/// The radix tree is a sorted dictionary and a set of indices for each tag. Its height is bookkeeping beside it: nodes
/// cannot be seen from outside, except by whether a leaf exists for an index.
/// </remarks>
internal sealed class Mapping(int number, int fanOut)
{
    public const int SwapperNumber = -1;

    public readonly int Number = number;
    public readonly SortedDictionary<ulong, Page> Tree = [];
    public readonly SortedSet<ulong> DirtyTag = [];
    public readonly SortedSet<ulong> WritebackTag = [];
    public int Height;

    public bool IsTmpfs;
    public WritepageMethod Writepage;
    public ReleasepageMethod Releasepage;
    public MigratepageMethod Migratepage;
    public bool SetPageDirtyWithBuffers;
    public bool AccountsDirty;
    public Until Completes = new(null, Never: false);
    public bool Eio;
    public bool Enospc;
    public bool InodeDirty;
    public bool SegmentLocked;
    public ulong TruncateCount;
    public bool OnShmemSwaplist;

    /// <summary>What the backing store of a file holds.</summary>
    public readonly SortedDictionary<ulong, ulong> Blocks = [];

    /// <summary>The swap vector of a tmpfs file.</summary>
    public readonly SortedDictionary<ulong, ulong> Swapped = [];

    public bool IsSwapper => Number == SwapperNumber;

    public void Insert(ulong index, Page page)
    {
        if ((index == 0 && Height == 0) || index > MaxIndex(Height))
        {
            do
            {
                Height++;
            }
            while (index > MaxIndex(Height));
        }

        Tree.Add(index, page);
    }

    /// <summary>Takes the item out, with its tags; the tree gets lower while its top uses only slot 0.</summary>
    public void Delete(ulong index)
    {
        if (!Tree.Remove(index))
        {
            return;
        }

        DirtyTag.Remove(index);
        WritebackTag.Remove(index);
        if (Tree.Count == 0)
        {
            Height = 0;
            return;
        }

        while (Height > 1 && Tree.Keys.Last() <= MaxIndex(Height - 1))
        {
            Height--;
        }
    }

    /// <summary>Whether a look-up of the slot gives an address, be the slot empty or not.</summary>
    public bool HasSlot(ulong index)
    {
        if (index > MaxIndex(Height))
        {
            return false;
        }

        // The slot of an empty tree at index 0 is the root pointer itself.
        return Height == 0 || Tree.Keys.Any(other => other / (ulong)fanOut == index / (ulong)fanOut);
    }

    /// <summary>Whether tagging the index runs into an empty slot; beyond the height nothing happens at all.</summary>
    public bool TaggingHitsEmptySlot(ulong index) =>
        Height > 0 && index <= MaxIndex(Height) && !Tree.ContainsKey(index);

    private ulong MaxIndex(int height)
    {
        UInt128 size = 1;
        for (int level = 0; level < height && size <= ulong.MaxValue; level++)
        {
            size *= (UInt128)fanOut;
        }

        return size > ulong.MaxValue ? ulong.MaxValue : (ulong)(size - 1);
    }
}
