namespace MigrationConformance.Core;

/// <summary>Each radix tree node counts its slots, is used once, and has a tag exactly where something below has it.</summary>
internal static class TreesAreWellFormed
{
    public const string Name = "radix trees are well formed";

    public static Violation? Check(Machine m, Survey survey)
    {
        for (int mapping = 0; mapping < m.Mappings.Count; mapping++)
        {
            RadixRoot root = m.Mappings[mapping].PageTree;
            if (root.Height > 0 && !Node(m, root.Rnode - 1, root.Height, out _, out _))
                return new Violation(Name, $"the tree of {new MappingId(mapping)} has a node whose count, tags or use is wrong", Pfn.None);
        }
        return null;
    }

    private static bool Node(Machine m, int node, int height, out bool dirty, out bool writeback)
    {
        dirty = writeback = false;
        if (node < 0 || node >= m.Nodes.Count || m.Nodes[node].InUse == 0)
            return false;
        int used = 0;
        for (int slot = 0; slot < m.FanOut; slot++)
        {
            int link = m.Slots[(node << m.Globals.RadixTreeMapShift) + slot];
            bool d = ((m.Nodes[node].DirtyTags >> slot) & 1) != 0, w = ((m.Nodes[node].WritebackTags >> slot) & 1) != 0;
            dirty |= d;
            writeback |= w;
            used += link != 0 ? 1 : 0;
            if (link == 0 ? d || w : height > 1 && (!Node(m, link - 1, height - 1, out bool dd, out bool ww) || dd != d || ww != w))
                return false;
        }
        return used == m.Nodes[node].Count && used > 0;
    }
}
