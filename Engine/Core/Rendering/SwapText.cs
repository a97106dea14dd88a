namespace MigrationConformance.Core;

/// <summary>The swap map and the swap device as text: each slot that is used or holds something on a line.</summary>
public static class SwapText
{
    /// <summary>The swap area.</summary>
    /// <param name="view">The machine.</param>
    /// <returns>Lines that end in a line feed.</returns>
    public static string Of(MachineView view)
    {
        var lines = new TextLines();
        lines.Raw(0, Head(view.Machine));
        for (int slot = 1; slot < view.Machine.SwapMap.Count; slot++)
        {
            if (IsUsed(view.Machine, slot))
                lines.Raw(1, Slot(view, slot));
        }
        return lines.ToString();
    }

    /// <summary>The area's own line.</summary>
    internal static string Head(Machine m)
    {
        string writable = m.Swap.WriteOk != 0 ? "yes" : "no";
        return FormattableString.Invariant($"swap: slots {m.SwapMap.Count - 1}, free {m.Swap.NrSwapPages}, writable {writable}");
    }

    /// <summary>Whether there is anything to say about a slot.</summary>
    internal static bool IsUsed(Machine m, int slot) => m.SwapMap[slot] != 0 || m.SwapContents[slot] != 0;

    /// <summary>One slot: its users, the page that the swap cache has for it, and what the device holds.</summary>
    internal static string Slot(MachineView view, int slot)
    {
        Machine m = view.Machine;
        string count = m.SwapMap[slot] == SwapArea.MapBad ? "bad" : FormattableString.Invariant($"{m.SwapMap[slot]}");
        int cached = RadixTree.Lookup(m, m.Mappings[MappingId.Swapper.Value].PageTree, (ulong)slot);
        string cache = cached < 0 ? "none" : view.Page(new Pfn(cached));
        return FormattableString.Invariant($"slot {slot}: swap_map {count}, cache {cache}, device {RenderWords.Hex(m.SwapContents[slot])}");
    }
}
