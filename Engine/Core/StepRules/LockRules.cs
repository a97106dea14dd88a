namespace MigrationConformance.Core;

/// <summary>What a spin lock protects changes under its holder only: rules for the steps of every task.</summary>
/// <remarks>
/// A step that takes a lock and drops it again leaves nothing to see; one that should have waited is seen here, when the holder
/// stands between two steps of its own, or a scenario says that others hold the lock.
/// </remarks>
internal static class LockRules
{
    /// <summary>All rules, a lock each.</summary>
    public static readonly StepRule[] All =
    [
        Rule("LOCK-TREE", "While another holds tree_lock, the pages of the tree, their number and their tags stay as they are.",
            m => m.Mappings.Count, (m, i) => m.Mappings[i].TreeLock, SameTree),
        Rule("LOCK-IMMAP", "While another holds i_mmap_lock, the VMAs of the file are the same, in the same order.",
            m => m.Mappings.Count, (m, i) => m.Mappings[i].ImmapLock, SameVmasOfFile),
        Rule("LOCK-ANON", "While another holds the lock of an anon_vma, its VMAs are the same, in the same order.",
            m => m.AnonVmas.Count, (m, i) => m.AnonVmas[i].Lock, SameVmasOfAnonVma),
        Rule("LOCK-PTE", "While another holds page_table_lock, the entries stay as they are, but for the bits that the processor sets.",
            m => m.Mms.Count, (m, i) => m.Mms[i].PageTableLock, SameEntries),
        Rule("LOCK-LRU", "While another holds lru_lock, the lists of the zone have the same pages, in the same order.",
            m => m.Zones.Count, (m, i) => m.Zones[i].LruLock, SameLists),
        Rule("LOCK-SWAP", "While another holds swap_lock, no slot is taken, given back, or used once more or less.",
            m => 1, (m, _) => m.Globals.SwapLock, (before, after, _) => before.SwapMap.SameRows(after.SwapMap)
                && before.Swap.NrSwapPages == after.Swap.NrSwapPages && before.Swap.WriteOk == after.Swap.WriteOk),
        Rule("LOCK-MMLIST", "While another holds mmlist_lock, the same processes are on the mmlist, in the same order.",
            m => 1, (m, _) => m.Globals.MmlistLock, SameMmlist),
    ];

    private static StepRule Rule(string id, string quote, Func<Machine, int> count, Func<Machine, int, int> owner, Func<Machine, Machine, int, bool> same) =>
        new(id, quote, MigrationStep.None, step =>
        {
            for (int i = 0; i < count(step.Before); i++)
            {
                if (Locks.Busy(owner(step.Before, i), step.Task + 1) && !same(step.Before, step.After, i))
                    return false;
            }
            return true;
        })
        {
            OfEveryTask = (m, task) =>
            {
                for (int i = 0; i < count(m); i++)
                {
                    if (Locks.Busy(owner(m, i), task + 1))
                        return true;
                }
                return false;
            },
        };

    // Where others hold the lock they move pages when they let go: the end of a write rotates its page, a last reference frees it.
    private static bool SameLists(Machine before, Machine after, int zone) => Lru.SameLists(before, after, zone)
        || (before.Zones[zone].LruLock == Machine.LockedByOthers && Others.HaveLetGo(before, after));

    // In the same way the end of a write clears its tag.
    private static bool SameTree(Machine before, Machine after, int mapping)
    {
        bool others = before.Mappings[mapping].TreeLock == Machine.LockedByOthers && Others.HaveLetGo(before, after);
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

    private static bool SameVmasOfFile(Machine before, Machine after, int mapping) =>
        SameVmas(before, after, before.Mappings[mapping].Immap, after.Mappings[mapping].Immap)
        && SameVmas(before, after, before.Mappings[mapping].ImmapNonlinear, after.Mappings[mapping].ImmapNonlinear);

    private static bool SameVmas(Machine before, Machine after, int vma, int vmaAfter)
    {
        for (; vma >= 0 && vma == vmaAfter; (vma, vmaAfter) = (before.Vmas[vma].SharedNext, after.Vmas[vmaAfter].SharedNext))
        {
        }
        return vma == vmaAfter;
    }

    private static bool SameVmasOfAnonVma(Machine before, Machine after, int anonVma)
    {
        int vma = before.AnonVmas[anonVma].Head, vmaAfter = after.AnonVmas[anonVma].Head;
        for (; vma >= 0 && vma == vmaAfter; (vma, vmaAfter) = (before.Vmas[vma].AnonNext, after.Vmas[vmaAfter].AnonNext))
        {
        }
        return vma == vmaAfter;
    }

    // The processor sets the young and the dirty bit of an entry without any lock.
    private static bool SameEntries(Machine before, Machine after, int mm)
    {
        if (before.Ptes.SameRows(after.Ptes) && SameNodes(before, after))
            return true;
        using var entries = PageTables.Entries(before, new MmId(mm)).GetEnumerator();
        using var entriesAfter = PageTables.Entries(after, new MmId(mm)).GetEnumerator();
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

    private static bool SameMmlist(Machine before, Machine after, int zero)
    {
        int mm = before.Globals.MmlistHead, mmAfter = after.Globals.MmlistHead;
        for (; mm >= 0 && mm == mmAfter; (mm, mmAfter) = (before.Mms[mm].MmlistNext, after.Mms[mmAfter].MmlistNext))
        {
        }
        return mm == mmAfter;
    }
}
