namespace MigrationConformance.Core;

/// <summary>The spin locks that a task holds from one step to the next.</summary>
internal static class SpinLocksHeld
{
    /// <summary>How many a task holds.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="task">The task.</param>
    /// <param name="kind">One of them.</param>
    /// <param name="number">Its number.</param>
    /// <returns>0 when it holds none.</returns>
    public static int By(Machine m, int task, out WaitKind kind, out int number)
    {
        int self = task + 1, held = 0;
        (kind, number) = (WaitKind.None, 0);
        for (int i = 0; i < m.Mappings.Count; i++)
        {
            ref AddressSpace space = ref m.Mappings[i];
            held += Note(space.TreeLock == self, WaitKind.TreeLock, i, ref kind, ref number) + Note(space.ImmapLock == self, WaitKind.ImmapLock, i, ref kind, ref number)
                + Note(space.PrivateLock == self, WaitKind.PrivateLock, i, ref kind, ref number);
        }
        for (int i = 0; i < m.AnonVmas.Count; i++)
            held += Note(m.AnonVmas[i].Lock == self, WaitKind.AnonVmaLock, i, ref kind, ref number);
        for (int i = 0; i < m.Mms.Count; i++)
            held += Note(m.Mms[i].PageTableLock == self, WaitKind.PageTableLock, i, ref kind, ref number);
        for (int i = 0; i < m.Zones.Count; i++)
            held += Note(m.Zones[i].LruLock == self, WaitKind.LruLock, i, ref kind, ref number);
        return held + Note(m.Globals.SwapLock == self, WaitKind.SwapLock, 0, ref kind, ref number)
            + Note(m.Globals.MmlistLock == self, WaitKind.MmlistLock, 0, ref kind, ref number);
    }

    private static int Note(bool mine, WaitKind lockKind, int lockNumber, ref WaitKind kind, ref int number)
    {
        if (!mine)
            return 0;
        (kind, number) = (lockKind, lockNumber);
        return 1;
    }
}
