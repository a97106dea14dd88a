namespace MigrationConformance.Core;

/// <summary>The page tables of a process as text: each entry that is not none under the VMA that holds it.</summary>
public static class PageTablesText
{
    private static readonly string[] VmFlagNames = ["read", "write", "shared", "mayshare", "locked", "reserved", "nonlinear"];

    /// <summary>The VMAs and entries of a process.</summary>
    /// <param name="view">The machine.</param>
    /// <param name="process">The process.</param>
    /// <returns>Lines that end in a line feed.</returns>
    public static string Of(MachineView view, MmId process)
    {
        var lines = new TextLines();
        Machine m = view.Machine;
        lines.Raw(0, $"page tables of {Process(view, process)}");
        var entries = new List<(ulong Address, Pte Pte)>(PageTables.Entries(m, process));
        for (int number = 0; number < m.Vmas.Count; number++)
        {
            VmArea vma = m.Vmas[number];
            if (vma.Mm != process || vma.InUse == 0)
                continue;
            lines.Raw(1, Vma(number, vma));
            foreach ((ulong address, Pte pte) in entries.FindAll(e => e.Address >= vma.Start && e.Address < vma.End))
                lines.Raw(2, $"{RenderWords.Hex(address)}: {Entry(view, pte)}");
            entries.RemoveAll(e => e.Address >= vma.Start && e.Address < vma.End);
        }
        foreach ((ulong address, Pte pte) in entries)
            lines.Raw(1, $"outside every vma {RenderWords.Hex(address)}: {Entry(view, pte)}");
        return lines.ToString();
    }

    /// <summary>The page tables of all processes.</summary>
    /// <param name="view">The machine.</param>
    /// <returns>Lines that end in a line feed.</returns>
    public static string OfAll(MachineView view)
    {
        var lines = new TextLines();
        for (int process = 0; process < view.Machine.Mms.Count; process++)
            lines.Block(Of(view, new MmId(process)));
        return lines.ToString();
    }

    /// <summary>A process and its counters, in one line.</summary>
    internal static string Process(MachineView view, MmId process)
    {
        Mm mm = view.Machine.Mms[process.Value];
        string onMmlist = mm.MmlistNext == Mm.NotOnMmlist ? "no" : "yes";
        return FormattableString.Invariant($"process {process.Value}{view.ProcessLabel(process)}: anon_rss {mm.AnonRss}, file_rss {mm.FileRss}, hiwater_rss {mm.HiwaterRss}, mmlist {onMmlist}");
    }

    /// <summary>What an entry holds.</summary>
    internal static string Entry(MachineView view, Pte pte)
    {
        if (pte.IsSwap)
            return FormattableString.Invariant($"swap slot {pte.SwapEntry.Value}");
        if (pte.IsFile)
            return $"file offset {RenderWords.Hex(pte.FileOffset.Value)}";
        ulong bits = (pte.IsYoung ? 1UL : 0) | (pte.IsDirty ? 2UL : 0) | (pte.IsWrite ? 4UL : 0);
        return $"{view.Page(pte.Page)}, bits {RenderWords.Join(["young", "dirty", "write"], bits)}";
    }

    private static string Vma(int number, in VmArea vma)
    {
        string owner = vma.File.IsNone ? "" : $", maps {MachineView.Mapping(vma.File)}";
        if (!vma.AnonVma.IsNone)
            owner += FormattableString.Invariant($", anon_vma {vma.AnonVma.Value}");
        string cursor = vma.Has(VmFlags.Nonlinear) ? $", cursor {RenderWords.Hex(vma.Cursor)}" : "";
        return FormattableString.Invariant($"vma {number}: from 0x{vma.Start:x}, to 0x{vma.End:x}")
            + $"{owner}, pgoff {RenderWords.Hex(vma.Pgoff.Value)}, bits {RenderWords.Join(VmFlagNames, (uint)vma.Flags)}{cursor}";
    }
}
