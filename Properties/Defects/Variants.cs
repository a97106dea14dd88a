using MigrationConformance.Core;

namespace MigrationConformance.Properties;

// Defects that a fault cannot say: it changes the machine after a step, and these make a step possible, impossible,
// or two of one.

/// <summary>M05: the caller looks at PG_lru, and isolates the page in a later step, without a reference in between.</summary>
public sealed class IsolatesWithoutHolding : IStepper
{
    public StepResult Advance(Machine m, TaskId task) => Tasks.Advance(m, task);

    /// <summary>The first half only remembers the page; the second takes it, whatever has become of it.</summary>
    public static Machine Isolate(Machine before)
    {
        var m = new Machine(before);
        ref KernelTask t = ref m.Tasks[0];
        if (t.Page2.IsNone)
        {
            t.Page2 = CallerSpec.NextOnLru(m);
            return m;
        }
        ref Page p = ref m.Pages[t.Page2.Value];
        if (p.Next != ListHead.Unlinked)
            LruIsolation.IsolateLruPage(m, t.Page2);
        else
            p.Count++;
        PageList.AddTail(m, t.Page2, t.From);
        t.Page2 = Pfn.None;
        return m;
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
