namespace MigrationConformance.Core;

/// <summary>What a spin lock protects, nobody changes while another holds it: the rule of every step of every task.</summary>
/// <remarks>
/// A step that takes a lock and drops it again leaves nothing to see; one that should have waited is seen here, when the holder
/// stands between two steps of its own, or a scenario says that others hold the lock.
/// </remarks>
public static class LockRules
{
    /// <summary>The name of the rule.</summary>
    public const string Id = "what a lock protects changes under it";

    /// <summary>What is wrong with a step, in a sentence.</summary>
    /// <param name="step">The step, of a task of any kind.</param>
    /// <returns>The violation, or null.</returns>
    public static Violation? Check(in Transition step)
    {
        int self = step.Task + 1;
        Machine before = step.Before, after = step.After;
        for (int i = 0; i < before.Mappings.Count; i++)
        {
            ref AddressSpace space = ref before.Mappings[i];
            if (Locks.Busy(space.TreeLock, self) && !SameTree(before, after, i))
                return Changed(step, "tree_lock", new MappingId(i).ToString(), space.TreeLock);
            if (Locks.Busy(space.ImmapLock, self) && !(SameVmas(before, after, space.Immap, after.Mappings[i].Immap) && SameVmas(before, after, space.ImmapNonlinear, after.Mappings[i].ImmapNonlinear)))
                return Changed(step, "i_mmap_lock", new MappingId(i).ToString(), space.ImmapLock);
        }
        for (int i = 0; i < before.AnonVmas.Count; i++)
        {
            if (Locks.Busy(before.AnonVmas[i].Lock, self) && !SameAnonVmas(before, after, i))
                return Changed(step, "the lock", $"anon_vma {i}", before.AnonVmas[i].Lock);
        }
        for (int i = 0; i < before.Mms.Count; i++)
        {
            if (Locks.Busy(before.Mms[i].PageTableLock, self) && !SameEntries(before, after, new MmId(i)))
                return Changed(step, "page_table_lock", $"process {i}", before.Mms[i].PageTableLock);
        }
        for (int i = 0; i < before.Zones.Count; i++)
        {
            if (Locks.Busy(before.Zones[i].LruLock, self) && !SameLru(before, after, i))
                return Changed(step, "lru_lock", $"zone {i}", before.Zones[i].LruLock);
        }
        bool sameSwap = !Locks.Busy(before.Globals.SwapLock, self)
            || (before.SwapMap.SameRows(after.SwapMap) && before.Swap.NrSwapPages == after.Swap.NrSwapPages && before.Swap.WriteOk == after.Swap.WriteOk);
        return sameSwap ? null : Changed(step, "swap_lock", "the swap area", before.Globals.SwapLock);
    }

    private static Violation Changed(in Transition step, string name, string what, int owner)
    {
        string holder = Math.Abs(owner) == Machine.LockedByOthers ? "others" : FormattableString.Invariant($"task {owner - 1}");
        return new Violation(Id, $"{StepRules.Where(step.From, step.Task)} changed what {name} of {what} protects, which {holder} held.", step.From.Page);
    }

    // Where others hold the lock the end of a write, which is theirs too, clears its tag.
    private static bool SameTree(Machine before, Machine after, int mapping)
    {
        bool others = before.Mappings[mapping].TreeLock == Machine.LockedByOthers;
        if (before.Mappings[mapping].Nrpages != after.Mappings[mapping].Nrpages)
            return false;
        if (SameNodes(before, after))
            return true;
        Span<int> item = stackalloc int[1], itemAfter = stackalloc int[1];
        Span<ulong> index = stackalloc ulong[1], indexAfter = stackalloc ulong[1];
        RadixRoot root = before.Mappings[mapping].PageTree, rootAfter = after.Mappings[mapping].PageTree;
        for (ulong first = 0; RadixTree.GangLookup(before, root, first, item, index) == 1; first = index[0] + 1)
        {
            if (RadixTree.GangLookup(after, rootAfter, first, itemAfter, indexAfter) != 1 || index[0] != indexAfter[0] || item[0] != itemAfter[0]
                || RadixTree.TagGet(before, root, index[0], PagecacheTag.Dirty) != RadixTree.TagGet(after, rootAfter, index[0], PagecacheTag.Dirty)
                || (!others && RadixTree.TagGet(before, root, index[0], PagecacheTag.Writeback) != RadixTree.TagGet(after, rootAfter, index[0], PagecacheTag.Writeback)))
                return false;
            if (index[0] == ulong.MaxValue)
                break;
        }
        return true;
    }

    // Trees and page tables stand in these tables; most steps change none of them, which is seen fast.
    private static bool SameNodes(Machine before, Machine after) => before.Nodes.SameRows(after.Nodes) && before.Slots.SameRows(after.Slots);

    private static bool SameVmas(Machine before, Machine after, int vma, int vmaAfter)
    {
        for (; vma >= 0 && vma == vmaAfter; (vma, vmaAfter) = (before.Vmas[vma].SharedNext, after.Vmas[vmaAfter].SharedNext))
        {
        }
        return vma == vmaAfter;
    }

    private static bool SameAnonVmas(Machine before, Machine after, int anonVma)
    {
        int vma = before.AnonVmas[anonVma].Head, vmaAfter = after.AnonVmas[anonVma].Head;
        for (; vma >= 0 && vma == vmaAfter; (vma, vmaAfter) = (before.Vmas[vma].AnonNext, after.Vmas[vmaAfter].AnonNext))
        {
        }
        return vma == vmaAfter;
    }

    // The processor sets the young and the dirty bit of an entry without any lock.
    private static bool SameEntries(Machine before, Machine after, MmId mm)
    {
        if (before.Ptes.SameRows(after.Ptes) && SameNodes(before, after))
            return true;
        using var entries = PageTables.Entries(before, mm).GetEnumerator();
        using var entriesAfter = PageTables.Entries(after, mm).GetEnumerator();
        while (true)
        {
            bool more = entries.MoveNext();
            if (more != entriesAfter.MoveNext())
                return false;
            if (!more)
                return true;
            (ulong address, Pte pte) = entries.Current;
            (ulong addressAfter, Pte pteAfter) = entriesAfter.Current;
            bool same = pte.IsPresent && pteAfter.IsPresent ? pte.MkYoung().MkDirty() == pteAfter.MkYoung().MkDirty() : pte == pteAfter;
            if (address != addressAfter || !same)
                return false;
        }
    }

    private static bool SameLru(Machine before, Machine after, int zone)
    {
        ref Zone z = ref before.Zones[zone];
        return z.NrActive == after.Zones[zone].NrActive && z.NrInactive == after.Zones[zone].NrInactive
            && SamePages(before, after, z.ActiveList) && SamePages(before, after, z.InactiveList);
    }

    private static bool SamePages(Machine before, Machine after, ListId list)
    {
        int page = before.Lists[list.Value].Next, pageAfter = after.Lists[list.Value].Next;
        for (; page >= 0 && page == pageAfter; (page, pageAfter) = (before.Pages[page].Next, after.Pages[pageAfter].Next))
        {
        }
        return page == pageAfter;
    }
}
