namespace MigrationConformance.Properties.Naive;

/// <summary>mbind(2): pages of a range that do not follow its policy move to nodes that do.</summary>
internal sealed partial class Kernel
{
    private int SysMbind(Call call)
    {
        Mm mm = call.Process!;
        if (!AreOnline(call.Nodes))
        {
            return EINVAL;
        }

        if ((call.Flags & Mpol.MoveAll) != 0 && !mm.CapSysNice)
        {
            return EPERM;
        }

        if (call.Start == call.End)
        {
            return 0;
        }

        // The policy is for those of its nodes that the cpuset allows.
        call.Nodes.RemoveWhere(node => mm.Mems?.Contains(node) == false);
        if (call.Nodes.Count == 0)
        {
            return EINVAL;
        }

        At("TakeMmapSem");
        Take("mmapSem", mm.Number);
        int returned = DoMbind(mm, call);
        At("ReleaseMmapSem");
        Drop("mmapSem", mm.Number);
        return returned;
    }

    private int DoMbind(Mm mm, Call call)
    {
        (Vma? first, int err) = CheckRange(mm, call.Start, call.End, node => !call.Nodes.Contains(node), call.Flags, discontigOk: false);
        if (err == 0 && _world.From.Count > 0)
        {
            int left = _world.Level >= Level.PolicyLayer ? MigratePagesTo(call, first, dest: -1) : SwapPages();
            if (left != 0 && (call.Flags & Mpol.Strict) != 0)
            {
                err = EIO;
            }
        }

        PutbackOfCall(_world.From, "PutBackRest");
        return err;
    }

    /// <summary>The nodes to ask for a page at an offset of a VMA, in order.</summary>
    private IEnumerable<int> ZonelistOfPolicy(Call call, Vma vma, ulong offset) => call.Interleave
        ? ZonelistOfNode(call.Nodes.ElementAt((int)((vma.Pgoff + offset / Vma.PageSize) % (ulong)call.Nodes.Count)))
        : call.Nodes;
}
