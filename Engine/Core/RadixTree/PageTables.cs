using System.Runtime.CompilerServices;

namespace MigrationConformance.Core;

/// <summary>The page tables of a process: leaf tables of page table entries under a radix tree.</summary>
/// <remarks>
/// Kernel: the page table walk of mm/memory.c. A leaf table has as many entries as a radix tree node has slots;
/// leaf tables are never freed while the process lives.
/// </remarks>
public static class PageTables
{
    /// <summary>Finds the place of an entry without making page tables.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="mm">The process.</param>
    /// <param name="address">An address, in bytes.</param>
    /// <returns>The row of <see cref="Machine.Ptes"/>, or −1 when the page tables have no leaf for the address.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Find(Machine m, MmId mm, ulong address)
    {
        int map = m.Globals.RadixTreeMapShift;
        ulong number = address >> Machine.PageShift;
        int leaf = RadixTree.Lookup(m, m.Mms[mm.Value].PageTable, number >> map);
        return leaf < 0 ? -1 : (leaf << map) + (int)(number & ((1UL << map) - 1));
    }

    /// <summary>Reads an entry.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="mm">The process.</param>
    /// <param name="address">An address, in bytes.</param>
    /// <returns>The entry; <see cref="Pte.Zero"/> where there are no page tables.</returns>
    public static Pte Get(Machine m, MmId mm, ulong address)
    {
        int row = Find(m, mm, address);
        return row < 0 ? Pte.Zero : m.Ptes[row];
    }

    /// <summary>Writes an entry, making the page tables on the way.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="mm">The process.</param>
    /// <param name="address">An address, in bytes.</param>
    /// <param name="pte">The entry.</param>
    public static void Set(Machine m, MmId mm, ulong address, Pte pte)
    {
        int row = Find(m, mm, address);
        if (row < 0)
        {
            int leaf = m.Ptes.AddZeroed(m.FanOut) >> m.Globals.RadixTreeMapShift;
            ulong index = address >> Machine.PageShift >> m.Globals.RadixTreeMapShift;
            RadixTree.Insert(m, ref m.Mms[mm.Value].PageTable, index, leaf);
            row = Find(m, mm, address);
        }
        m.Ptes[row] = pte;
    }

    /// <summary>The first entry in a range that is not none. Page tables that are not there cost nothing.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="mm">The process.</param>
    /// <param name="start">First address, in bytes.</param>
    /// <param name="end">First address behind the range.</param>
    /// <param name="address">Its address; <paramref name="end"/> when there is none.</param>
    /// <param name="pte">The entry.</param>
    /// <returns>Whether there is one.</returns>
    public static bool Next(Machine m, MmId mm, ulong start, ulong end, out ulong address, out Pte pte)
    {
        int map = m.Globals.RadixTreeMapShift;
        Span<int> leaf = stackalloc int[1];
        Span<ulong> index = stackalloc ulong[1];
        ulong number = start >> Machine.PageShift, last = end >> Machine.PageShift;
        while (number < last && RadixTree.GangLookup(m, m.Mms[mm.Value].PageTable, number >> map, leaf, index) == 1)
        {
            for (number = Math.Max(number, index[0] << map); number < last && number >> map == index[0]; number++)
            {
                pte = m.Ptes[(leaf[0] << map) + (int)(number & ((1UL << map) - 1))];
                address = number << Machine.PageShift;
                if (!pte.IsNone)
                    return true;
            }
        }
        (address, pte) = (end, default);
        return false;
    }

    /// <summary>The first present entry in a range.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="mm">The process.</param>
    /// <param name="start">First address, in bytes.</param>
    /// <param name="end">First address behind the range.</param>
    /// <param name="address">Its address; <paramref name="end"/> when there is none.</param>
    /// <param name="pte">The entry.</param>
    /// <returns>Whether there is one.</returns>
    public static bool NextPresent(Machine m, MmId mm, ulong start, ulong end, out ulong address, out Pte pte)
    {
        bool more = Next(m, mm, start, end, out address, out pte);
        while (more && !pte.IsPresent)
            more = Next(m, mm, address + Machine.PageSize, end, out address, out pte);
        return more;
    }

    /// <summary>All entries of a process that are not none, by ascending address.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="mm">The process.</param>
    /// <returns>Addresses in bytes, and the entries.</returns>
    public static IEnumerable<(ulong Address, Pte Pte)> Entries(Machine m, MmId mm)
    {
        int map = m.Globals.RadixTreeMapShift;
        int[] leaf = new int[1];
        ulong[] index = new ulong[1];
        for (ulong first = 0; RadixTree.GangLookup(m, m.Mms[mm.Value].PageTable, first, leaf, index) == 1; first = index[0] + 1)
        {
            for (int offset = 0; offset < m.FanOut; offset++)
            {
                Pte pte = m.Ptes[(leaf[0] << map) + offset];
                if (!pte.IsNone)
                    yield return (((index[0] << map) + (ulong)offset) << Machine.PageShift, pte);
            }
        }
    }
}
