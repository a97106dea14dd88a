namespace MigrationConformance.Core;

/// <summary>What files hold on their backing store: the rows of <see cref="Machine.Blocks"/>.</summary>
public static class BackingStore
{
    /// <summary>Reads one page of a file.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="file">The file.</param>
    /// <param name="index">Offset in the file, in pages.</param>
    /// <returns>What is stored; 0 for a hole.</returns>
    public static ulong Read(Machine m, MappingId file, ulong index)
    {
        int row = Find(m, file, index);
        return row >= 0 ? m.Blocks[row].Contents : 0;
    }

    /// <summary>Writes one page of a file.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="file">The file.</param>
    /// <param name="index">Offset in the file, in pages.</param>
    /// <param name="contents">What to store.</param>
    public static void Write(Machine m, MappingId file, ulong index, ulong contents)
    {
        int row = Find(m, file, index);
        if (row < 0)
        {
            row = ~row;
            m.Blocks.AddZeroed(1);
            m.Blocks.Rows[row..^1].CopyTo(m.Blocks.Rows[(row + 1)..]);
        }
        m.Blocks[row] = new Block { Mapping = file.Value, Index = index, Contents = contents };
    }

    /// <summary>Finds the row of a page by bisection.</summary>
    /// <returns>The row, or the complement of the row before which it belongs.</returns>
    private static int Find(Machine m, MappingId file, ulong index)
    {
        int low = 0, high = m.Blocks.Count - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            ref Block block = ref m.Blocks[middle];
            int order = block.Mapping != file.Value ? block.Mapping.CompareTo(file.Value) : block.Index.CompareTo(index);
            if (order == 0)
                return middle;
            if (order < 0)
                low = middle + 1;
            else
                high = middle - 1;
        }
        return ~low;
    }
}
