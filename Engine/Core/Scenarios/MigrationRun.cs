namespace MigrationConformance.Core;

/// <summary>Runs a scenario: what the caller does first, migrate_pages, and what the caller does afterwards.</summary>
public static class MigrationRun
{
    /// <summary>Runs a machine that was built from a scenario. The machine is changed.</summary>
    /// <param name="run">The machine; its migration has not begun.</param>
    /// <returns>How it ended. What the caller does afterwards is done only when migrate_pages returned.</returns>
    public static MigrationResult Run(ScenarioMachine run)
    {
        var nothing = default(NoObserver);
        return Run(run, ref nothing);
    }

    /// <summary>Runs a machine that was built from a scenario, and shows each step of the migration.</summary>
    /// <typeparam name="TObserver">The observer.</typeparam>
    /// <param name="run">The machine; its migration has not begun.</param>
    /// <param name="observer">Is told before and after each step of migrate_pages.</param>
    /// <returns>How it ended.</returns>
    public static MigrationResult Run<TObserver>(ScenarioMachine run, ref TObserver observer)
        where TObserver : struct, IMigrationObserver
    {
        Machine m = run.Machine;
        if (run.Scenario.Call is not null)
            return CallRun.Run(run, ref observer);
        var outcomes = new PageOutcome[run.FromPages.Length];
        for (int i = 0; i < outcomes.Length; i++)
            outcomes[i] = PageOutcome.WithoutAttempt(run.FromPages[i], PageFate.NotReached);
        StepResult end = Guard(run, () => CallerActions.Prepare(run, outcomes));
        if (end == StepResult.Finished)
        {
            var recorder = new Recorder<TObserver> { Inner = observer, Outcomes = outcomes, Positions = Positions(m, run.FromPages) };
            end = MigratePages.Run(m, run.Migration, ref recorder);
            observer = recorder.Inner;
            if (end != StepResult.Finished)
                NoteUnderWay(m.Tasks[run.Migration.Value], recorder);
        }
        if (end == StepResult.Finished)
            end = Guard(run, () => CallerActions.FollowUp(run));
        return new MigrationResult(run, end, outcomes);
    }

    /// <summary>A kernel BUG in what the caller does is an outcome too.</summary>
    private static StepResult Guard(ScenarioMachine run, Func<bool> action)
    {
        try
        {
            return action() ? StepResult.Finished : StepResult.Blocked;
        }
        catch (KernelBugException bug)
        {
            run.Machine.NoteBug(bug, run.Migration);
            return StepResult.Bug;
        }
    }

    private static int[] Positions(Machine m, Pfn[] pages)
    {
        int[] positions = new int[m.Pages.Count];
        for (int i = 0; i < pages.Length; i++)
            positions[pages[i].Value] = i;
        return positions;
    }

    private static void NoteUnderWay<TObserver>(in KernelTask t, in Recorder<TObserver> recorder)
        where TObserver : struct, IMigrationObserver
    {
        if (UnderWay(t))
            recorder.Outcomes[recorder.Positions[t.Page.Value]] = new PageOutcome(t.Page, PageFate.UnderWay, t.Newpage, t.Pass, (MigrationStep)t.Step, BackOutReason.None, 0);
    }

    /// <summary>Whether a migration that stopped stands inside the attempt at a page.</summary>
    internal static bool UnderWay(in KernelTask t) =>
        !t.Page.IsNone && (MigrationStep)t.Step is not (MigrationStep.Begin or MigrationStep.BeginPass or MigrationStep.ChoosePage or MigrationStep.FinishPass or MigrationStep.Finished);

    /// <summary>What became of the page whose attempt has just ended.</summary>
    internal static PageOutcome OutcomeOf(in KernelTask t)
    {
        bool migrated = t.Reason == BackOutReason.None;
        PageFate fate = t.Reason switch
        {
            BackOutReason.None => PageFate.Migrated,
            BackOutReason.PageFreed => PageFate.Freed,
            BackOutReason.SwappedOut => PageFate.SwappedOut,
            _ => t.Rc == -Errno.EAGAIN ? PageFate.Retry : PageFate.Failed,
        };
        MigrationStep step = migrated ? MigrationStep.MoveToLru : (MigrationStep)t.ReasonStep;
        return new PageOutcome(t.Page, fate, migrated ? t.Newpage : Pfn.None, t.Pass, step, t.Reason, t.Rc);
    }

    /// <summary>Notes what became of each page when its attempt ends, and hands every step on to another observer.</summary>
    private struct Recorder<TObserver> : IMigrationObserver
        where TObserver : struct, IMigrationObserver
    {
        public TObserver Inner;
        public PageOutcome[] Outcomes;
        public int[] Positions;

        public void Before(Machine m, TaskId task, MigrationStep step) => Inner.Before(m, task, step);

        public void After(Machine m, TaskId task, MigrationStep step)
        {
            if (step == MigrationStep.FinishPage)
                Outcomes[Positions[m.Tasks[task.Value].Page.Value]] = OutcomeOf(m.Tasks[task.Value]);
            Inner.After(m, task, step);
        }
    }
}
