namespace MigrationConformance.Core;

/// <summary>One rule for a step of migrate_pages, of the call around it, or of every task: what has changed, and what has not, between the machine before and after.</summary>
/// <param name="Id">Its name, in capitals: <c>STEP-15</c>.</param>
/// <param name="Quote">What it says, in a sentence.</param>
/// <param name="Step">The step it is about; <see cref="MigrationStep.None"/> for every step.</param>
/// <param name="Then">Whether it holds.</param>
public sealed record StepRule(string Id, string Quote, MigrationStep Step, Func<Transition, bool> Then)
{
    /// <summary>Whether it is about the steps of a system call around migrate_pages.</summary>
    public bool OfCall { get; init; }

    /// <summary>Of a rule about the steps of every task: whether it is about the next step of a task, by its number. Otherwise null.</summary>
    public Func<Machine, int, bool>? OfEveryTask { get; init; }

    /// <summary>Whether a task's next step is one that the rule is about.</summary>
    /// <param name="before">The machine before the step.</param>
    /// <param name="task">The number of the task.</param>
    /// <returns>False for the steps of other tasks than migrations, unless the rule is about those of every task.</returns>
    public bool IsAbout(Machine before, int task)
    {
        if (OfEveryTask is not null)
            return OfEveryTask(before, task);
        ref KernelTask t = ref before.Tasks[task];
        return t.Kind == TaskKind.Migration && (Step == MigrationStep.None ? OfCall == PolicyRules.IsAbout(t) : t.Step == (int)Step);
    }
}

/// <summary>A step of a task: the machines on both sides of it, and the pages at work.</summary>
/// <param name="Before">The machine before.</param>
/// <param name="After">The machine after.</param>
/// <param name="Task">The number of the task that made the step.</param>
public readonly record struct Transition(Machine Before, Machine After, int Task)
{
    /// <summary>The task before the step.</summary>
    public KernelTask From => Before.Tasks[Task];

    /// <summary>The task after the step.</summary>
    public KernelTask To => After.Tasks[Task];

    /// <summary>The step.</summary>
    public MigrationStep Step => (MigrationStep)From.Step;

    /// <summary>The step that comes next.</summary>
    public MigrationStep Next => (MigrationStep)To.Step;

    /// <summary>The old page before the step.</summary>
    public Page OldBefore => Before.Pages[From.Page.Value];

    /// <summary>The old page after the step.</summary>
    public Page OldAfter => After.Pages[From.Page.Value];

    /// <summary>The new page before the step.</summary>
    public Page NewBefore => Before.Pages[From.Newpage.Value];

    /// <summary>The new page after the step.</summary>
    public Page NewAfter => After.Pages[From.Newpage.Value];

    /// <summary>The migratepage method of the old page's mapping.</summary>
    public MigratepageMode Method => Before.Mappings[OldBefore.PageMapping.Value].Migratepage;

    /// <summary>Where a page goes that is written and loses its buffers before it moves.</summary>
    public MigrationStep WriteFirst => OldBefore.Has(PageFlags.Dirty) ? MigrationStep.Pageout
        : OldBefore.Has(PageFlags.Private) ? MigrationStep.ReleaseBuffers : MigrationStep.CheckReferences;

    /// <summary>Whether nr_dirty counts pages of the mapping at work.</summary>
    public bool Accounts => Before.Mappings[From.Mapping.Value].Has(MappingFlags.AccountsDirty);

    /// <summary>What must remain of the old page's count: three with buffers that move, else two.</summary>
    public int NrRefs => From.NrRefs;

    /// <summary>Whether the code of a level runs.</summary>
    /// <param name="level">The level.</param>
    /// <returns>True from that level on.</returns>
    public bool Has(PatchLevel level) => Before.Globals.Patch >= level;

    /// <summary>Whether the step left the attempt.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="rc">With which answer.</param>
    /// <returns>True when both are so.</returns>
    public bool Left(BackOutReason reason, int rc) => To.Reason == reason && To.Rc == rc;
}
