namespace MigrationConformance.Properties.Naive;

/// <summary>migrate_pages(2): the pages of a process leave some nodes for others.</summary>
internal sealed partial class Kernel
{
    /// <summary>Makes the system call of the scenario.</summary>
    /// <returns>What it returns.</returns>
    public int SystemCall(Call call)
    {
        At("CheckArguments");
        return call.Name == "mbind" ? SysMbind(call) : SysMigratePages(call);
    }

    private int SysMigratePages(Call call)
    {
        if (!AreOnline(call.From) || !AreOnline(call.To))
        {
            return EINVAL;
        }

        if (call.Process is not { } mm)
        {
            return ESRCH;
        }

        // One of the caller's user ids must be one of the target's.
        Mm caller = call.Caller;
        bool same = caller.Euid == mm.Suid || caller.Euid == mm.Uid || caller.Uid == mm.Suid || caller.Uid == mm.Uid;
        bool allowed = mm.Mems is null || call.To.IsSubsetOf(mm.Mems);
        if (!caller.CapSysNice && !(same && allowed))
        {
            return EPERM;
        }

        Mpol flags = caller.CapSysNice ? Mpol.MoveAll : Mpol.Move;
        At("TakeMmapSem");
        Take("mmapSem", mm.Number);
        int returned = _world.Level >= Level.PolicyLayer
            ? DoMigratePages(mm, call, flags)
            : DoMigratePagesBySwapping(mm, call, flags);
        At("ReleaseMmapSem");
        Drop("mmapSem", mm.Number);
        return returned;
    }

    private bool AreOnline(SortedSet<int> nodes) => nodes.All(node => node < _world.Zones.Count);

    /// <summary>Before the policy layer: what is on nodes that are left for good is swapped out.</summary>
    private int DoMigratePagesBySwapping(Mm mm, Call call, Mpol flags)
    {
        (_, int err) = CheckRange(mm, 0, ulong.MaxValue, node => call.From.Contains(node) && !call.To.Contains(node), flags, discontigOk: true);
        if (err != 0)
        {
            return err;
        }

        int left = _world.From.Count > 0 ? SwapPages() : 0;
        PutbackOfCall(_world.From, "PutBackRest");
        return left;
    }

    /// <summary>Node after node, first one whose destination is not itself waiting to be left.</summary>
    /// <returns>Pages that stayed, or an error.</returns>
    private int DoMigratePages(Mm mm, Call call, Mpol flags)
    {
        SortedSet<int> remaining = [.. call.From];
        int busy = 0;
        while (true)
        {
            At("ChooseNodes");
            (int Source, int Dest)? pair = null;
            foreach (int node in remaining)
            {
                int dest = NodeRemap(node, call.From, call.To);
                if (dest == node)
                {
                    continue;
                }

                pair = (node, dest);
                if (!remaining.Contains(dest))
                {
                    break;
                }
            }

            if (pair is not { } chosen)
            {
                return busy;
            }

            remaining.Remove(chosen.Source);
            int err = MigrateToNode(mm, chosen.Source, chosen.Dest, flags);
            if (err < 0)
            {
                return err;
            }

            busy += err;
        }
    }

    /// <summary>The node that stands in one set where a node stands in the other, around and around.</summary>
    private static int NodeRemap(int node, SortedSet<int> from, SortedSet<int> to) =>
        to.Count == 0 ? node : to.ElementAt(from.Count(other => other < node) % to.Count);

    private int MigrateToNode(Mm mm, int source, int dest, Mpol flags)
    {
        (_, int err) = CheckRange(mm, 0, ulong.MaxValue, node => node == source, flags, discontigOk: true);
        if (err != 0)
        {
            return err;
        }

        int left = _world.From.Count > 0 ? MigratePagesTo(call: null, vma: null, dest) : 0;
        PutbackOfCall(_world.From, "PutBackRest");
        return left;
    }
}
