namespace MigrationConformance.Core;

/// <summary>What every process reads at each of its addresses, and every file at each offset, as a run begins; and what they would read now.</summary>
/// <remarks>Reading changes nothing here: it is what a read would find once nobody holds a lock that it would sleep on.</remarks>
public sealed class GhostMemory
{
    private readonly (MmId Mm, ulong Address, ulong Value)[] memory;
    private readonly (MappingId File, ulong Index, ulong Value)[] files;
    private readonly bool[] loses;

    /// <summary>Reads everything.</summary>
    /// <param name="start">The machine before its first step.</param>
    public GhostMemory(Machine start)
    {
        loses = Losing(start);
        memory = [.. Addresses(start)];
        files = [.. Offsets(start)];
    }

    /// <summary>The addresses that were read, with what was found there.</summary>
    public ReadOnlySpan<(MmId Mm, ulong Address, ulong Value)> Memory => memory;

    /// <summary>The file offsets that were read, with what was found there.</summary>
    public ReadOnlySpan<(MappingId File, ulong Index, ulong Value)> Files => files;

    /// <summary>Whether the store of a mapping loses writes by the scenario's own choice, so that nothing can be promised of it.</summary>
    /// <param name="mapping">A file, or swapper_space for the swap device.</param>
    /// <returns>True when its writes can fail.</returns>
    public bool Loses(MappingId mapping) => mapping.Value < loses.Length && loses[mapping.Value];

    /// <summary>What a process reads.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="mm">The process.</param>
    /// <param name="address">The address, in bytes.</param>
    /// <param name="value">What it reads.</param>
    /// <returns>False when nothing is mapped there, or only what lies behind the end of a file.</returns>
    public static bool Read(Machine m, MmId mm, ulong address, out ulong value)
    {
        value = 0;
        int vma = Actor.FindVma(m, mm, address);
        if (vma < 0)
            return false;
        Pte pte = PageTables.Get(m, mm, address);
        if (pte.IsPresent)
        {
            ref Page p = ref m.Pages[pte.Page.Value];
            value = Contents(m, pte.Page.Value, p.PageMapping, p.PageIndex);
            return true;
        }
        if (pte.IsSwap)
        {
            value = ReadSlot(m, pte.SwapEntry);
            return true;
        }
        MappingId file = m.Vmas[vma].File;
        return file.IsNone || ReadFile(m, file, (pte.IsFile ? pte.FileOffset : m.Vmas[vma].LinearPageIndex(address)).Value, out value);
    }

    /// <summary>What a read of a file finds.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="file">The file.</param>
    /// <param name="index">The offset, in pages.</param>
    /// <param name="value">What it finds.</param>
    /// <returns>False behind the end of the file.</returns>
    public static bool ReadFile(Machine m, MappingId file, ulong index, out ulong value)
    {
        value = 0;
        if (index >= m.Mappings[file.Value].SizePages)
            return false;
        int page = RadixTree.Lookup(m, m.Mappings[file.Value].PageTree, index);
        value = page >= 0 ? Contents(m, page, file, index) : ReadStore(m, file, index);
        return true;
    }

    /// <summary>What the store of a mapping holds.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="mapping">A file, or swapper_space.</param>
    /// <param name="index">The offset, or the slot.</param>
    /// <returns>The contents.</returns>
    public static ulong ReadStore(Machine m, MappingId mapping, ulong index)
    {
        if (mapping == MappingId.Swapper)
            return index < (ulong)m.SwapContents.Count ? m.SwapContents[(int)index] : 0;
        foreach (ref ShmemSwapEntry row in m.ShmemSwap.Rows)
        {
            if (row.Mapping == mapping.Value && row.Index == index)
                return ReadSlot(m, row.Entry);
        }
        return BackingStore.Read(m, mapping, index);
    }

    private static ulong ReadSlot(Machine m, SwpEntry entry)
    {
        int page = RadixTree.Lookup(m, m.Mappings[MappingId.Swapper.Value].PageTree, entry.Value);
        return page >= 0 ? Contents(m, page, MappingId.Swapper, entry.Value) : ReadStore(m, MappingId.Swapper, entry.Value);
    }

    // A page that is not uptodate is not read: its reader sleeps on the lock, and then finds what the migration
    // copies, or reads the store.
    private static ulong Contents(Machine m, int page, MappingId mapping, ulong index)
    {
        ref Page p = ref m.Pages[page];
        if (p.Has(PageFlags.Uptodate) || mapping.IsNone)
            return p.Contents;
        foreach (ref KernelTask t in m.Tasks.Rows)
        {
            if (t.Kind != TaskKind.Migration || t.Newpage.Value != page || t.HoldsNewpageLock == 0)
                continue;
            bool old = m.Pages[t.Page.Value].Has(PageFlags.Uptodate);
            return !old ? ReadStore(m, mapping, index)
                : t.Step == (int)MigrationStep.CopyFlags ? p.Contents : m.Pages[t.Page.Value].Contents;
        }
        return ReadStore(m, mapping, index);
    }

    private static bool[] Losing(Machine m)
    {
        bool[] loses = new bool[m.Mappings.Count];
        loses[0] = (SwapWriteMode)m.Swap.WriteMode == SwapWriteMode.AsynchronousFailing;
        for (int mapping = 1; mapping < loses.Length; mapping++)
            loses[mapping] = m.Mappings[mapping].Writepage is WritepageMode.Failing or WritepageMode.AsynchronousFailing;
        foreach (ref Hold hold in m.Holds.Rows)
        {
            if (hold.Kind == HoldKind.Writeback && hold.Fails != 0 && m.Pages[hold.Page.Value].PageMapping is { IsNone: false } mapping)
                loses[mapping.Value] = true;
        }
        for (int mapping = 1; mapping < loses.Length; mapping++)
            loses[mapping] |= m.Mappings[mapping].Kind == MappingKind.Tmpfs && loses[0];
        return loses;
    }

    private static IEnumerable<(MmId, ulong, ulong)> Addresses(Machine m)
    {
        for (int vma = 0; vma < m.Vmas.Count; vma++)
        {
            MmId mm = m.Vmas[vma].Mm;
            foreach (ulong address in Touched(m, m.Vmas[vma]))
            {
                if (!ReadFailed(m, mm, address) && Read(m, mm, address, out ulong value))
                    yield return (mm, address, value);
            }
        }
    }

    // Of memory that was never touched and whose file is empty there, the first page stands for all: a VMA can be huge.
    private static SortedSet<ulong> Touched(Machine m, in VmArea vma)
    {
        var touched = new SortedSet<ulong>();
        if (vma.InUse == 0)
            return touched;
        touched.Add(vma.Start);
        for (ulong from = vma.Start; PageTables.Next(m, vma.Mm, from, vma.End, out ulong address, out _); from = address + Machine.PageSize)
            touched.Add(address);
        if (vma.File.IsNone)
            return touched;
        foreach (ulong index in StoredOffsets(m, vma.File.Value))
        {
            if (index >= vma.Pgoff.Value && index - vma.Pgoff.Value < (vma.End - vma.Start) >> Machine.PageShift)
                touched.Add(vma.Start + ((index - vma.Pgoff.Value) << Machine.PageShift));
        }
        return touched;
    }

    // A page that a read of swap has left not uptodate: its fault ends in a signal, and swapoff maps it as it is.
    private static bool ReadFailed(Machine m, MmId mm, ulong address)
    {
        Pte pte = PageTables.Get(m, mm, address);
        int page = pte.IsSwap ? RadixTree.Lookup(m, m.Mappings[MappingId.Swapper.Value].PageTree, pte.SwapEntry.Value) : -1;
        return page >= 0 && !m.Pages[page].Has(PageFlags.Uptodate);
    }

    private static IEnumerable<(MappingId, ulong, ulong)> Offsets(Machine m)
    {
        for (int mapping = 1; mapping < m.Mappings.Count; mapping++)
        {
            // Files can be huge and empty: only offsets that somebody stored are of interest.
            foreach (ulong index in StoredOffsets(m, mapping))
            {
                if (ReadFile(m, new MappingId(mapping), index, out ulong value))
                    yield return (new MappingId(mapping), index, value);
            }
        }
    }

    private static SortedSet<ulong> StoredOffsets(Machine m, int mapping)
    {
        var offsets = new SortedSet<ulong>();
        var items = new TreeCursor(m, m.Mappings[mapping].PageTree);
        while (items.Next())
            offsets.Add(items.Index);
        foreach (ref Block block in m.Blocks.Rows)
        {
            if (block.Mapping == mapping)
                offsets.Add(block.Index);
        }
        foreach (ref ShmemSwapEntry row in m.ShmemSwap.Rows)
        {
            if (row.Mapping == mapping)
                offsets.Add(row.Index);
        }
        return offsets;
    }
}
