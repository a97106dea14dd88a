namespace MigrationConformance.Core;

/// <summary>One call of migrate_pages inside a system call.</summary>
/// <param name="Pages">Pages on pagelist when it began.</param>
/// <param name="NewPages">Pages on newlist then; 0 before the policy layer, where pages are swapped out.</param>
/// <param name="Returned">What it returned; null when it did not.</param>
public readonly record struct CallChunk(int Pages, int NewPages, int? Returned);

/// <summary>What a system call did: its counts, and its calls of migrate_pages in their order.</summary>
/// <param name="Locals">The call's row at the end.</param>
/// <param name="Chunks">Its calls of migrate_pages.</param>
/// <param name="Passes">Passes that all of them began.</param>
public sealed record CallOutcome(PolicyCall Locals, CallChunk[] Chunks, int Passes);

/// <summary>Runs the system call of a scenario.</summary>
internal static class CallRun
{
    /// <summary>Runs it and shows each step.</summary>
    public static MigrationResult Run<TObserver>(ScenarioMachine run, ref TObserver observer)
        where TObserver : struct, IMigrationObserver
    {
        Machine m = run.Machine;
        var notes = new Notes { Positions = new int[m.Pages.Count] };
        var recorder = new Recorder<TObserver> { Inner = observer, Notes = notes };
        StepResult end = PolicyCalls.Run(m, run.Migration, ref recorder);
        observer = recorder.Inner;
        ref KernelTask t = ref m.Tasks[run.Migration.Value];
        if (MigrationRun.UnderWay(t))
            notes.Outcomes[notes.Positions[t.Page.Value]] = new PageOutcome(t.Page, PageFate.UnderWay, t.Newpage, t.Pass, (MigrationStep)t.Step, BackOutReason.None, 0);
        return new MigrationResult(run, end, [.. notes.Outcomes])
        {
            Call = new CallOutcome(m.PolicyCalls[t.Call - 1], [.. notes.Chunks], notes.Passes),
        };
    }

    private sealed class Notes
    {
        public List<PageOutcome> Outcomes = [];
        public List<CallChunk> Chunks = [];
        public int[] Positions = [];
        public int Passes;
    }

    /// <summary>Notes which pages the call collects, what becomes of each, and each call of migrate_pages.</summary>
    private struct Recorder<TObserver> : IMigrationObserver
        where TObserver : struct, IMigrationObserver
    {
        public TObserver Inner;
        public Notes Notes;

        public void Before(Machine m, TaskId task, MigrationStep step)
        {
            ref KernelTask t = ref m.Tasks[task.Value];
            if (step == MigrationStep.Begin)
                Notes.Chunks.Add(new CallChunk(Length(m, t.From), m.PolicyCalls[t.Call - 1].NrPages, null));
            else if (step == MigrationStep.Finished)
                Notes.Chunks[^1] = Notes.Chunks[^1] with { Returned = t.Result };
            Inner.Before(m, task, step);
        }

        public void After(Machine m, TaskId task, MigrationStep step)
        {
            ref KernelTask t = ref m.Tasks[task.Value];
            if ((PolicyStep)step == PolicyStep.CheckEntry)
                NoteCollected(m, t);
            else if (step == MigrationStep.BeginPass)
                Notes.Passes++;
            else if (step == MigrationStep.FinishPage)
                Notes.Outcomes[Notes.Positions[t.Page.Value]] = MigrationRun.OutcomeOf(t);
            Inner.After(m, task, step);
        }

        // Each page that was isolated is new on pagelist, at the end that grows.
        private readonly void NoteCollected(Machine m, in KernelTask t)
        {
            if (m.PolicyCalls[t.Call - 1].NrIsolated == Notes.Outcomes.Count)
                return;
            Pfn page = PatchSet.ListsPagesInOrder(m) ? PageList.Last(m, t.From) : PageList.First(m, t.From);
            Notes.Positions[page.Value] = Notes.Outcomes.Count;
            Notes.Outcomes.Add(PageOutcome.WithoutAttempt(page, PageFate.NotReached));
        }

        private static int Length(Machine m, ListId list)
        {
            int length = 0;
            for (Pfn page = PageList.First(m, list); !page.IsNone; page = PageList.Next(m, page))
                length++;
            return length;
        }
    }
}
