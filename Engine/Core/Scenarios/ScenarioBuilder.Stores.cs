namespace MigrationConformance.Core;

// What swap and the files' backing stores hold.
public sealed partial class ScenarioBuilder
{
    // The slot's count as the machine shows it; it sticks at the largest value, as in the kernel.
    private void UseSlot(int slot, int by)
    {
        ref ushort count = ref m.SwapMap[slot];
        if (count != SwapArea.MapMax)
            count = (ushort)(count + by);
    }

    private void FillSwap()
    {
        FillSwapVectors();
        FillSwapCacheSlots();
        byte[] said = s.Swap.Map.Count + s.Swap.Contents.Count == 0 ? [] : new byte[slots + 1];
        for (int i = 0; i < s.Swap.Map.Count; i++)
            FillSlotUse(i, s.Swap.Map[i], said);
        for (int i = 0; i < s.Swap.Contents.Count; i++)
        {
            ScenarioSlotContents stored = s.Swap.Contents[i];
            Say($"$.swap.contents[{i}].slot", stored.Slot, said, 2);
            m.SwapContents[stored.Slot] = stored.Contents;
        }
        int free = 0, lowest = slots + 1;
        for (int slot = slots; slot > 0; slot--)
        {
            if (m.SwapMap[slot] == 0)
            {
                free++;
                lowest = slot;
            }
        }
        m.Swap.NrSwapPages = free;
        m.Swap.LowestFree = lowest;
    }

    private void FillSwapCacheSlots()
    {
        if (m.Mappings[MappingId.Swapper.Value].Nrpages == 0)
            return;
        ReadOnlySpan<ScenarioPage> pages = s.Pages.AsSpan();
        for (int item = 0; item < pages.Length; item++)
        {
            ScenarioPage page = pages[item];
            for (int nth = 0; page.SwapCache != 0 && nth < page.Repeat; nth++)
            {
                int slot = page.SwapCache + nth;
                int frame = firstFrames[item] + nth;
                if (doubleClaims && RadixTree.Lookup(m, m.Mappings[MappingId.Swapper.Value].PageTree, (ulong)slot) != frame)
                    continue;
                UseSlot(slot, 1);
                if (!m.Pages[frame].Has(PageFlags.Dirty))
                    m.SwapContents[slot] = m.Pages[frame].Contents;
            }
        }
    }

    private void FillSlotUse(int i, ScenarioSlotUse use, byte[] said)
    {
        Say($"$.swap.map[{i}].slot", use.Slot, said, 1);
        if ((use.Users != 0 ? 1 : 0) + (use.Bad ? 1 : 0) + (use.Count is null ? 0 : 1) > 1)
            throw Wrong($"$.swap.map[{i}]", "several of \"users\", \"bad\" and \"count\"", "one of them");
        ref ushort count = ref m.SwapMap[use.Slot];
        if (use.Count is { } raw)
        {
            if (!s.Illegal)
                throw Wrong($"$.swap.map[{i}].count", "a raw value", "\"illegal\": true");
            CheckRange($"$.swap.map[{i}].count", raw, 0, ushort.MaxValue);
            count = (ushort)raw;
        }
        else if (use.Bad)
        {
            if (count != 0 && !s.Illegal)
                throw Contradiction($"$.swap.map[{i}].bad", $"a bad slot with {count} users", "a slot that nothing uses");
            count = SwapArea.MapBad;
        }
        else
        {
            CheckRange($"$.swap.map[{i}].users", use.Users, 0, SwapArea.MapMax);
            count = (ushort)Math.Min(SwapArea.MapMax, count + use.Users);
        }
    }

    private void Say(string place, int slot, byte[] said, byte what)
    {
        if (slot < 1 || slot > slots)
            throw Dangling(place, slot);
        if ((said[slot] & what) != 0)
            throw Wrong(place, $"slot {slot} for the second time", "each slot once");
        said[slot] |= what;
    }

    private void FillSwapVectors()
    {
        for (int number = 0; number < s.Files?.Count; number++)
        {
            ScenarioFile file = s.Files[number];
            int first = m.ShmemSwap.Count;
            for (int i = 0; i < file.Swapped.Count; i++)
                AddSwapped(number, i, file.Swapped[i]);
            m.ShmemSwap.Rows[first..].Sort(default(BySwappedIndex));
            for (int row = first + 1; row < m.ShmemSwap.Count; row++)
            {
                if (m.ShmemSwap[row].Index == m.ShmemSwap[row - 1].Index)
                    throw Wrong($"$.files[{number}].swapped", $"index {m.ShmemSwap[row].Index} twice", "each index once");
            }
        }
    }

    private void AddSwapped(int number, int i, ScenarioSwapped swapped)
    {
        if (swapped.Slot < 1 || swapped.Slot > slots)
            throw Dangling($"$.files[{number}].swapped[{i}].slot", swapped.Slot);
        MappingId mapping = ScenarioMachine.MappingOf(number);
        if (!s.Illegal && RadixTree.Lookup(m, m.Mappings[mapping.Value].PageTree, swapped.Index) >= 0)
            throw Contradiction($"$.files[{number}].swapped[{i}].index",
                $"{swapped.Index}, which is in the page cache", "an index without a page");
        m.ShmemSwap.Add(new ShmemSwapEntry { Index = swapped.Index, Entry = new SwpEntry((ulong)swapped.Slot), Mapping = mapping.Value });
        UseSlot(swapped.Slot, 1);
    }

    private readonly struct BySwappedIndex : IComparer<ShmemSwapEntry>
    {
        public int Compare(ShmemSwapEntry x, ShmemSwapEntry y) => x.Index.CompareTo(y.Index);
    }
}
