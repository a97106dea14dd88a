using System.Text;

namespace MigrationConformance.Core;

/// <summary>A radix tree as text: one node or page a line, each under the slot that holds it.</summary>
/// <remarks>
/// <code>
/// tree of file 0: height 2, fan-out 8, nrpages 2
///   node 0x0: height 2, slots 2
///     [0x0]: node 0x0, height 1, slots 1, tags dirty
///       [0x7]: page 0, index 0x7, count 3, mapcount 1, flags uptodate|dirty, tags dirty
/// </code>
/// A node is named by the first index below it. Tags stand with the slot they belong to, so that a line has
/// everything about one slot; a tag on an empty slot, which no tree should have, gets a line of its own.
/// </remarks>
public static class TreeText
{
    /// <summary>The tree of a mapping.</summary>
    /// <param name="view">The machine.</param>
    /// <param name="mapping">swapper_space or a file.</param>
    /// <returns>Lines that end in a line feed.</returns>
    public static string Of(MachineView view, MappingId mapping)
    {
        var lines = new TextLines();
        Machine m = view.Machine;
        AddressSpace space = m.Mappings[mapping.Value];
        lines.Line(0, $"tree of {MachineView.Mapping(mapping)}{view.FileLabel(mapping)}: height {space.PageTree.Height}, fan-out {m.FanOut}, nrpages {space.Nrpages}");
        if (space.PageTree.Rnode != 0)
        {
            int node = space.PageTree.Rnode - 1;
            lines.Line(1, $"node 0x0: height {space.PageTree.Height}, {Slots(m, node)}");
            Children(lines, view, node, space.PageTree.Height, 0, 2);
        }
        return lines.ToString();
    }

    /// <summary>The trees of every mapping that has pages, and of every file.</summary>
    /// <param name="view">The machine.</param>
    /// <returns>Lines that end in a line feed.</returns>
    public static string OfAll(MachineView view)
    {
        var text = new StringBuilder();
        for (int mapping = 0; mapping < view.Machine.Mappings.Count; mapping++)
        {
            if (mapping > 0 || view.Machine.Mappings[0].PageTree.Height > 0)
                text.Append(Of(view, new MappingId(mapping)));
        }
        return text.Length == 0 ? "no tree\n" : text.ToString();
    }

    private static void Children(TextLines lines, MachineView view, int node, int height, ulong first, int depth)
    {
        Machine m = view.Machine;
        int shift = m.Globals.RadixTreeMapShift;
        for (int slot = 0; slot < m.FanOut; slot++)
        {
            int item = m.Slots[(node << shift) + slot] - 1;
            string tags = Tags(m.Nodes[node], slot);
            ulong index = first + ((ulong)slot << (shift * (height - 1)));
            if (item < 0 && tags.Length > 0)
                lines.Line(depth, $"[0x{slot:x}]: empty{tags}");
            else if (item >= 0 && height > 1)
            {
                lines.Line(depth, $"[0x{slot:x}]: node 0x{index:x}, height {height - 1}, {Slots(m, item)}{tags}");
                Children(lines, view, item, height - 1, index, depth + 1);
            }
            else if (item >= 0)
                lines.Line(depth, $"[0x{slot:x}]: {view.Page(new Pfn(item))}, index 0x{index:x}, {PageText.Short(m.Pages[item])}{tags}");
        }
    }

    private static string Slots(Machine m, int node)
    {
        int used = 0;
        for (int slot = 0; slot < m.FanOut; slot++)
            used += m.Slots[(node << m.Globals.RadixTreeMapShift) + slot] != 0 ? 1 : 0;
        int count = m.Nodes[node].Count;
        return FormattableString.Invariant(used == count ? $"slots {used}" : (FormattableString)$"slots {used}, count {count}");
    }

    private static string Tags(in RadixNode node, int slot)
    {
        ulong bits = (node.DirtyTags >> slot & 1) | (node.WritebackTags >> slot & 1) << 1;
        return bits == 0 ? "" : ", tags " + RenderWords.Join(["dirty", "writeback"], bits);
    }
}
