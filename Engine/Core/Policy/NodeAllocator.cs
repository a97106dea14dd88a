namespace MigrationConformance.Core;

/// <summary>Page frames by node.</summary>
/// <remarks>
/// Kernel: mm/page_alloc.c __alloc_pages(), kernel/cpuset.c cpuset_zone_allowed(). A zonelist begins at its node and goes on with the
/// others, here in the order of their numbers, since distances are not modelled. Nodes outside the cpuset of the process that
/// runs, which is the caller, are passed over. Nothing is reclaimed to make room.
/// </remarks>
internal static class NodeAllocator
{
    /// <summary>alloc_pages_node(), and the end of alloc_page_vma(): the lowest free frame of the first node that has one.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="current">The process that allocates.</param>
    /// <param name="nodes">The nodes of the zonelist.</param>
    /// <param name="first">Where it begins; it goes on upwards, and then from 0.</param>
    /// <returns>A fresh page with one reference, or none.</returns>
    public static Pfn AllocPage(Machine m, in Cred current, NodeMask nodes, int first)
    {
        nodes = nodes.And(current.MemsAllowed);
        for (int node = nodes.Next(first - 1); node < NodeMask.MaxNodes; node = nodes.Next(node))
        {
            if (OnNode(m, node) is { IsNone: false } page)
                return page;
        }
        for (int node = nodes.Next(-1); node < first; node = nodes.Next(node))
        {
            if (OnNode(m, node) is { IsNone: false } page)
                return page;
        }
        return Pfn.None;
    }

    private static Pfn OnNode(Machine m, int node)
    {
        ref int hint = ref m.Zones[node].FreeHint;
        for (; hint < m.Pages.Count; hint++)
        {
            ref Page p = ref m.Pages[hint];
            if (p.Zone != node || p.Count != 0 || p.Next != ListHead.Unlinked || p.Has(PageFlags.Reserved))
                continue;
            PrepNewPage(ref p);
            return new Pfn(hint++);
        }
        return Pfn.None;
    }

    /// <summary>prep_new_page(): the state that the allocator gives a page.</summary>
    /// <param name="p">A free frame.</param>
    /// <remarks>Kernel: mm/page_alloc.c prep_new_page().</remarks>
    public static void PrepNewPage(ref Page p)
    {
        p.Flags = PageFlags.None;
        p.Count = 1;
        p.Private = 0;
        p.Index = default;
        p.Mapping = MappingPtr.Null;
        p.Contents = 0;
    }
}
