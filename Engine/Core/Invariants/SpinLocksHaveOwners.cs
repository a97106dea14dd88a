namespace MigrationConformance.Core;

/// <summary>A spin lock or semaphore is held by a task that stands where it holds it, or by others.</summary>
internal static class SpinLocksHaveOwners
{
    public const string Name = "spin locks have owners";

    public static Violation? Check(Machine m, Survey survey)
    {
        for (int i = 0; i < m.Mappings.Count; i++)
        {
            ref AddressSpace space = ref m.Mappings[i];
            if ((Wrong(m, space.TreeLock, WaitKind.TreeLock, i) ?? Wrong(m, space.ImmapLock, WaitKind.ImmapLock, i)
                ?? Wrong(m, space.PrivateLock, WaitKind.PrivateLock, i)) is { } wrong)
                return wrong;
        }
        for (int i = 0; i < m.AnonVmas.Count; i++)
        {
            if (Wrong(m, m.AnonVmas[i].Lock, WaitKind.AnonVmaLock, i) is { } wrong)
                return wrong;
        }
        for (int i = 0; i < m.Mms.Count; i++)
        {
            if ((Wrong(m, m.Mms[i].PageTableLock, WaitKind.PageTableLock, i) ?? Wrong(m, m.Mms[i].MmapSem, WaitKind.MmapSem, i)) is { } wrong)
                return wrong;
        }
        for (int i = 0; i < m.Zones.Count; i++)
        {
            if (Wrong(m, m.Zones[i].LruLock, WaitKind.LruLock, i) is { } wrong)
                return wrong;
        }
        return Wrong(m, m.Globals.SwapLock, WaitKind.SwapLock, 0) ?? Wrong(m, m.Globals.MmlistLock, WaitKind.MmlistLock, 0) ?? Missing(m);
    }

    private static Violation? Wrong(Machine m, int owner, WaitKind kind, int number)
    {
        if (owner == 0 || Math.Abs(owner) == Machine.LockedByOthers)
            return null;
        bool holds = owner > 0 && owner <= m.Tasks.Count && Holds(m, m.Tasks[owner - 1], kind, number);
        return holds ? null : new Violation(Name, $"{kind} {number} is held by task {owner - 1}, which stands where it does not hold it", Pfn.None);
    }

    // The other way round: a migration between steps 6 and 13 has the write side of the tree lock, one that restores entries the anon_vma's.
    private static Violation? Missing(Machine m)
    {
        for (int task = 0; task < m.Tasks.Count; task++)
        {
            ref KernelTask t = ref m.Tasks[task];
            if (UnderTreeLock(t) && m.Mappings[t.Mapping.Value].TreeLock != task + 1)
                return new Violation(Name, $"task {task} stands at {(MigrationStep)t.Step} without the tree lock of {t.Mapping}", t.Page);
            if (Restores(t) && m.AnonVmas[m.Pages[t.Newpage.Value].Mapping.AnonVma.Value].Lock != task + 1)
                return new Violation(Name, $"task {task} restores entries without the lock of the anon_vma", t.Newpage);
        }
        return null;
    }

    private static bool Holds(Machine m, in KernelTask t, WaitKind kind, int number) => kind switch
    {
        WaitKind.TreeLock => UnderTreeLock(t) && t.Mapping.Value == number,
        WaitKind.ImmapLock => t.UnmapPhase != TryToUnmap.Idle && m.Pages[t.Page.Value].Mapping == MappingPtr.File(new MappingId(number)),
        WaitKind.AnonVmaLock => (t.UnmapPhase != TryToUnmap.Idle && m.Pages[t.Page.Value].Mapping == MappingPtr.Anon(new AnonVmaId(number)))
            || (Restores(t) && m.Pages[t.Newpage.Value].Mapping == MappingPtr.Anon(new AnonVmaId(number))),
        _ => TaskLocals.Holds(m, t, kind, number),
    };

    private static bool UnderTreeLock(in KernelTask t) => StepOrder.IsBetween(t, MigrationStep.CheckMapping, MigrationStep.DropTreeLock);

    private static bool Restores(in KernelTask t) => StepOrder.IsAt(t, MigrationStep.RestoreEntries);
}
