namespace MigrationConformance.Core;

/// <summary>migrate_pages(2): who may move whose pages where, and the pairs of nodes.</summary>
/// <remarks>
/// Kernel: mm/mempolicy.c sys_migrate_pages(), do_migrate_pages(). The order of the checks and their errors are those that the
/// manual pages migrate_pages(2) and capabilities(7) describe, told of the code of that time: there is one privilege, here
/// CAP_SYS_NICE, and whoever has it moves shared pages too.
/// </remarks>
internal static class SysMigratePages
{
    /// <summary>sys_migrate_pages(): −EINVAL for a node that does not exist, −ESRCH without a process, −EPERM for somebody else's process or a node outside its cpuset.</summary>
    /// <remarks>Kernel: mm/mempolicy.c sys_migrate_pages().</remarks>
    public static PolicyStep CheckArguments(Machine m, ref KernelTask t, ref PolicyCall c)
    {
        if (!c.FromNodes.IsSubsetOf(NodeMask.Online(m)) || !c.ToNodes.IsSubsetOf(NodeMask.Online(m)))
            return PolicyCalls.Return(ref t, -Errno.EINVAL);
        if (c.Mm.Value < 0)
            return PolicyCalls.Return(ref t, -Errno.ESRCH);
        Cred caller = m.Creds[c.Caller.Value], target = m.Creds[c.Mm.Value];
        bool capable = caller.CapSysNice != 0;
        bool same = caller.Euid == target.Suid || caller.Euid == target.Uid || caller.Uid == target.Suid || caller.Uid == target.Uid;
        if (!same && !capable)
            return PolicyCalls.Return(ref t, -Errno.EPERM);
        if (!c.ToNodes.IsSubsetOf(target.MemsAllowed) && !capable)
            return PolicyCalls.Return(ref t, -Errno.EPERM);
        c.Flags = capable ? MpolFlags.MoveAll : MpolFlags.Move;
        c.Remaining = c.FromNodes;
        return PolicyStep.TakeMmapSem;
    }

    /// <summary>
    /// do_migrate_pages(): the nodes are left one after the other, each for the node that stands in its place in the other set;
    /// first those that go to a node which is not to be left itself, so that memory is not filled before it is emptied.
    /// Before the policy layer all of them are left at once, for swap.
    /// </summary>
    /// <remarks>Kernel: mm/mempolicy.c do_migrate_pages().</remarks>
    public static PolicyStep ChooseNodes(Machine m, ref PolicyCall c)
    {
        if (!PatchSet.AllocatesNewPages(m))
        {
            c.Nodes = c.FromNodes.AndNot(c.ToNodes);
            return CheckRange.Begin(m, ref c, 0, ulong.MaxValue);
        }
        c.Source = -1;
        for (int node = c.Remaining.Next(-1); node < NodeMask.MaxNodes; node = c.Remaining.Next(node))
        {
            int dest = NodeMask.Remap(node, c.FromNodes, c.ToNodes);
            if (node == dest)
                continue;
            (c.Source, c.Dest) = (node, dest);
            if (!c.Remaining.Has(dest))
                break;
        }
        if (c.Source < 0)
            return PolicyStep.ReleaseMmapSem;
        c.Remaining = c.Remaining.Without(c.Source);
        c.Nodes = new NodeMask(1UL << c.Source);
        return CheckRange.Begin(m, ref c, 0, ulong.MaxValue);
    }

    /// <summary>An error, or how many pages stayed where they were.</summary>
    public static int Result(in PolicyCall c) => c.Err < 0 ? c.Err : c.Busy;
}
