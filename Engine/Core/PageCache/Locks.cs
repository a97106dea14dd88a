using System.Runtime.CompilerServices;

namespace MigrationConformance.Core;

/// <summary>Whether a task can take the locks that a step needs. A step looks at all of them before it changes anything.</summary>
/// <remarks>
/// Spin locks that the kernel takes and drops inside one step are never seen held at a step's boundary, unless a
/// scenario says that others hold them; what matters then is only that the step waits.
/// </remarks>
public static class Locks
{
    /// <summary>Whether somebody else holds a lock.</summary>
    /// <param name="owner">The lock field: 0, an owner's task number + 1, or <see cref="Machine.LockedByOthers"/>.</param>
    /// <param name="self">The asking task's number + 1.</param>
    /// <returns>True when the asking task would wait.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Busy(int owner, int self) => owner != 0 && owner != self;

    /// <summary>The task that has a process's mmap_sem for reading. The lock itself counts writers only.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="mm">The process.</param>
    /// <returns>The first such task's number, or −1.</returns>
    public static int MmapSemReader(Machine m, MmId mm)
    {
        for (int task = 0; task < m.Tasks.Count; task++)
        {
            ref KernelTask t = ref m.Tasks[task];
            if (ReadsMmapSem(m, t) && (t.Call != 0 ? m.PolicyCalls[t.Call - 1].Mm : t.Mm) == mm)
                return task;
        }
        return -1;
    }

    /// <summary>Whether a task has mmap_sem for reading.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="t">The task.</param>
    /// <returns>True when it has, of whichever process.</returns>
    public static bool ReadsMmapSem(Machine m, in KernelTask t) => t.Call != 0
        ? m.PolicyCalls[t.Call - 1].MmapSem == 1
        : t.Kind is TaskKind.Fault or TaskKind.GetUserPages or TaskKind.Msync && t.Pass != 0;

    /// <summary>Whether a task would wait for a mapping's tree_lock.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="t">The task; it is marked as waiting.</param>
    /// <param name="self">The task's number + 1.</param>
    /// <param name="mapping">The mapping, or none.</param>
    /// <returns>True when it would.</returns>
    public static bool WaitsForTree(Machine m, ref KernelTask t, int self, MappingId mapping)
    {
        if (mapping.IsNone || !Busy(m.Mappings[mapping.Value].TreeLock, self))
            return false;
        t.Block(WaitKind.TreeLock, mapping.Value);
        return true;
    }

    /// <summary>Whether a task would wait for a mapping's private_lock.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="t">The task; it is marked as waiting.</param>
    /// <param name="self">The task's number + 1.</param>
    /// <param name="mapping">The mapping, or none.</param>
    /// <returns>True when it would.</returns>
    public static bool WaitsForPrivate(Machine m, ref KernelTask t, int self, MappingId mapping)
    {
        if (mapping.IsNone || !Busy(m.Mappings[mapping.Value].PrivateLock, self))
            return false;
        t.Block(WaitKind.PrivateLock, mapping.Value);
        return true;
    }

    /// <summary>Whether a task would wait for swap_lock.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="t">The task; it is marked as waiting.</param>
    /// <param name="self">The task's number + 1.</param>
    /// <returns>True when it would.</returns>
    public static bool WaitsForSwap(Machine m, ref KernelTask t, int self)
    {
        if (!Busy(m.Globals.SwapLock, self))
            return false;
        t.Block(WaitKind.SwapLock, 0);
        return true;
    }

    /// <summary>Whether a task would wait for mmlist_lock.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="t">The task; it is marked as waiting.</param>
    /// <param name="self">The task's number + 1.</param>
    /// <returns>True when it would.</returns>
    internal static bool WaitsForMmlist(Machine m, ref KernelTask t, int self)
    {
        if (!Busy(m.Globals.MmlistLock, self))
            return false;
        t.Block(WaitKind.MmlistLock, 0);
        return true;
    }

    /// <summary>Whether a task would wait for a lock that set_page_dirty takes.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="t">The task; it is marked as waiting.</param>
    /// <param name="self">The task's number + 1.</param>
    /// <param name="page">The page that is to become dirty.</param>
    /// <returns>True when it would.</returns>
    public static bool WaitsForSetPageDirty(Machine m, ref KernelTask t, int self, Pfn page)
    {
        MappingId mapping = m.Pages[page.Value].PageMapping;
        if (mapping.IsNone)
            return false;
        bool buffers = !m.Mappings[mapping.Value].Has(MappingFlags.SetPageDirtyNobuffers);
        // A page that is dirty already needs no tag: tree_lock is for those that become so.
        return (buffers && WaitsForPrivate(m, ref t, self, mapping))
            || (!m.Pages[page.Value].Has(PageFlags.Dirty) && WaitsForTree(m, ref t, self, mapping));
    }
}
