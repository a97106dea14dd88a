namespace MigrationConformance.Core;

/// <summary>mbind(2): a policy for a range of the caller's memory, and the pages that do not follow it.</summary>
/// <remarks>
/// Kernel: mm/mempolicy.c do_mbind(). The errors are those of the manual page mbind(2). mbind_range itself is not modelled: the
/// policy is kept with the call, which is all that allocates by it, and no VMA is split.
/// </remarks>
internal static class Mbind
{
    /// <summary>do_mbind(): −EINVAL for a node that does not exist or no node that the cpuset allows, −EPERM for MPOL_MF_MOVE_ALL without the privilege.</summary>
    /// <remarks>Kernel: mm/mempolicy.c do_mbind().</remarks>
    public static PolicyStep CheckArguments(Machine m, ref KernelTask t, ref PolicyCall c)
    {
        Cred caller = m.Creds[c.Caller.Value];
        if (!c.ToNodes.IsSubsetOf(NodeMask.Online(m)))
            return PolicyCalls.Return(ref t, -Errno.EINVAL);
        if ((c.Flags & MpolFlags.MoveAll) != 0 && caller.CapSysNice == 0)
            return PolicyCalls.Return(ref t, -Errno.EPERM);
        if (c.Start == c.End)
            return PolicyCalls.Return(ref t, 0);
        c.ToNodes = c.ToNodes.And(caller.MemsAllowed);
        return c.ToNodes.IsEmpty ? PolicyCalls.Return(ref t, -Errno.EINVAL) : PolicyStep.TakeMmapSem;
    }

    /// <summary>The one range: the pages that are not on the nodes of the policy.</summary>
    public static PolicyStep ChooseNodes(Machine m, ref PolicyCall c)
    {
        c.Nodes = c.ToNodes;
        return CheckRange.Begin(m, ref c, c.Start, c.End);
    }

    /// <summary>Pages that stayed are an error with MPOL_MF_STRICT only; so is a want of memory, of which mbind says nothing more.</summary>
    public static int Result(in PolicyCall c) =>
        c.Err < 0 ? c.Err : c.Busy != 0 && (c.Flags & MpolFlags.Strict) != 0 ? -Errno.EIO : 0;

    /// <summary>The nodes on which a new page for an address may lie, in the order in which they are tried: from the first of the answer upwards, then from 0.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="c">The call.</param>
    /// <param name="first">The node to try first.</param>
    /// <returns>The nodes to try.</returns>
    /// <remarks>
    /// Kernel: mm/mempolicy.c alloc_page_vma(), get_vma_policy(), offset_il_node(). MPOL_BIND keeps to its nodes; the node of
    /// MPOL_INTERLEAVE is only where the search begins.
    /// </remarks>
    public static NodeMask NodesFor(Machine m, in PolicyCall c, out int first)
    {
        first = c.ToNodes.Next(-1);
        if (c.Mode == MpolMode.Bind)
            return c.ToNodes;
        ulong offset = m.Vmas[c.First.Value].Pgoff.Value + (c.Offset >> Machine.PageShift);
        first = c.ToNodes.Nth((int)(offset % (ulong)c.ToNodes.Weight));
        return NodeMask.Online(m);
    }
}
