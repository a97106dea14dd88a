using MigrationConformance.Core;

namespace MigrationConformance.Properties;

// Defects that a fault cannot say: it changes the machine after a step, and these make a step possible, impossible,
// or two of one.

/// <summary>M05: the entry is looked at in one step and its page isolated in the next, without a lock or a reference in between.</summary>
public sealed class IsolatesWithoutHolding : IStepper
{
    public StepResult Advance(Machine m, TaskId task)
    {
        ref KernelTask t = ref m.Tasks[task.Value];
        if (t.Call == 0 || t.Step != (int)PolicyStep.CheckEntry)
            return Tasks.Advance(m, task);
        if (t.Local0 == 0)
        {
            Pte entry = PageTables.Get(m, new MmId(0), 0x10001000);
            bool takes = entry.IsPresent && m.Pages[entry.Page.Value].Has(PageFlags.Lru);
            t.Local0 = takes ? entry.Page.Value + 1 : 0;
            return takes ? StepResult.Ran : Tasks.Advance(m, task);
        }
        var page = new Pfn(t.Local0 - 1);
        t.Local0 = 0;
        if (m.Pages[page.Value].Count > 0)
            return Tasks.Advance(m, task);
        m.Pages[page.Value].Count++;
        PageList.AddTail(m, page, t.From);
        return StepResult.Ran;
    }
}

/// <summary>M09: lock_page in pass 0, where the code only tries.</summary>
public sealed class WaitsInPass0 : IStepper
{
    public StepResult Advance(Machine m, TaskId task)
    {
        ref KernelTask t = ref m.Tasks[task.Value];
        bool waits = t.Kind == TaskKind.Migration && t.Step == (int)MigrationStep.LockPage && t.Pass == 0 && m.Pages[t.Page.Value].Has(PageFlags.Locked);
        if (!waits)
            return Tasks.Advance(m, task);
        t.Block(WaitKind.PageLock, t.Page.Value);
        return StepResult.Blocked;
    }
}

/// <summary>M43: the dirty bit of an entry is read in one step and the entry cleared in the next, as read.</summary>
public sealed class SamplesDirtyFirst : IStepper
{
    private const int Sampled = 1, SampledDirty = 2;

    public StepResult Advance(Machine m, TaskId task)
    {
        ref KernelTask t = ref m.Tasks[task.Value];
        bool unmaps = t.Kind == TaskKind.Migration && t.Step == (int)MigrationStep.TryToUnmap && m.Pages[t.Page.Value].IsMapped;
        if (!unmaps)
            return Tasks.Advance(m, task);
        if (t.Local0 == 0)
        {
            t.Local0 = AnyDirty(m, t.Page) ? SampledDirty : Sampled;
            return StepResult.Ran;
        }
        bool wasDirty = m.Pages[t.Page.Value].Has(PageFlags.Dirty);
        StepResult result = Tasks.Advance(m, task);
        if (result == StepResult.Ran && t.Local0 == Sampled && !wasDirty && m.Pages[t.Page.Value].Has(PageFlags.Dirty))
            Dirty.TestClearPageDirty(m, t.Page);
        t.Local0 = result == StepResult.Ran ? 0 : t.Local0;
        return result;
    }

    private static bool AnyDirty(Machine m, Pfn page)
    {
        foreach (Pte pte in m.Ptes.Rows)
        {
            if (pte.IsPresent && pte.IsDirty && pte.Page == page)
                return true;
        }
        return false;
    }
}

/// <summary>D61: find_get_page takes its reference although somebody holds the tree lock.</summary>
public sealed class LooksUpWithoutTreeLock : IStepper
{
    public StepResult Advance(Machine m, TaskId task)
    {
        ref KernelTask t = ref m.Tasks[task.Value];
        if (t.Kind != TaskKind.FindGetPage || Tasks.StepName(t) != "Lookup")
            return Tasks.Advance(m, task);
        ref AddressSpace space = ref m.Mappings[t.Mapping.Value];
        int owner = space.TreeLock;
        space.TreeLock = 0;
        StepResult result = Tasks.Advance(m, task);
        m.Mappings[m.Tasks[task.Value].Mapping.Value].TreeLock = owner;
        return result;
    }
}

/// <summary>H35 to H39, H42 and H43: the first actor does not wait for a lock that others hold.</summary>
public sealed class IgnoresALock(LockField field) : IStepper
{
    public StepResult Advance(Machine m, TaskId task)
    {
        if (task.Value != 1 || field(m) != Machine.LockedByOthers)
            return Tasks.Advance(m, task);
        field(m) = 0;
        StepResult result = Tasks.Advance(m, task);
        // A lock that the step keeps for the next one is its own now.
        if (field(m) == 0)
            field(m) = Machine.LockedByOthers;
        return result;
    }
}

/// <summary>The owner of a lock.</summary>
public delegate ref int LockField(Machine m);
