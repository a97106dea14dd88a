namespace MigrationConformance.Core;

// The backing stores: what is given, and else what clean pages say.
public sealed partial class ScenarioBuilder
{
    private void FillBlocks()
    {
        for (int number = 0; number < s.Files?.Count; number++)
        {
            foreach (ScenarioBlock block in s.Files[number].Blocks)
                m.Blocks.Add(new Block { Index = block.Index, Contents = block.Contents, Mapping = number + 1 });
        }
        Sort();
        for (int row = 1; row < m.Blocks.Count; row++)
        {
            if (Compare(m.Blocks[row - 1], m.Blocks[row]) == 0)
                throw Wrong($"$.files[{m.Blocks[row].Mapping - 1}].blocks", $"index {m.Blocks[row].Index} twice", "each index once");
        }
        AddCleanPages(m.Blocks.Count);
        Sort();
        DropZeros();
    }

    private void AddCleanPages(int given)
    {
        ReserveBlocks();
        ReadOnlySpan<ScenarioPage> pages = s.Pages.AsSpan();
        for (int item = 0; item < pages.Length; item++)
        {
            ScenarioPage page = pages[item];
            if (page.File is not { } file || m.Mappings[file + 1].Kind == MappingKind.Tmpfs)
                continue;
            for (int nth = 0; nth < page.Repeat; nth++)
            {
                ref Page p = ref m.Pages[firstFrames[item] + nth];
                if ((p.Flags & (PageFlags.Uptodate | PageFlags.Dirty)) != PageFlags.Uptodate)
                    continue;
                var block = new Block { Index = page.Index + (ulong)nth, Contents = p.Contents, Mapping = file + 1 };
                if (doubleClaims && RadixTree.Lookup(m, m.Mappings[file + 1].PageTree, block.Index) != firstFrames[item] + nth)
                    continue;
                if (given == 0 || m.Blocks.Items.AsSpan(0, given).BinarySearch(new OfPage(block)) < 0)
                    m.Blocks.Add(block);
            }
        }
    }

    private void ReserveBlocks()
    {
        int cached = m.Globals.NrPagecache;
        if (cached > m.Blocks.Items.Length)
            m.Blocks.Count = m.Blocks.AddZeroed(cached);
    }

    private void Sort()
    {
        for (int row = 1; row < m.Blocks.Count; row++)
        {
            if (Compare(m.Blocks[row - 1], m.Blocks[row]) > 0)
            {
                m.Blocks.Rows.Sort(default(ByPage));
                return;
            }
        }
    }

    // A block that is not there reads as zero.
    private void DropZeros()
    {
        int kept = 0;
        foreach (Block block in m.Blocks.Rows)
        {
            if (block.Contents != 0)
                m.Blocks[kept++] = block;
        }
        m.Blocks.Count = kept;
    }

    private static int Compare(in Block x, in Block y) =>
        x.Mapping != y.Mapping ? x.Mapping.CompareTo(y.Mapping) : x.Index.CompareTo(y.Index);

    private readonly struct ByPage : IComparer<Block>
    {
        public int Compare(Block x, Block y) => ScenarioBuilder.Compare(x, y);
    }

    private readonly struct OfPage(Block block) : IComparable<Block>
    {
        public int CompareTo(Block other) => Compare(block, other);
    }
}
