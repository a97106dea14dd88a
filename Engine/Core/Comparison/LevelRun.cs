namespace MigrationConformance.Core;

/// <summary>One machine run at one level. The storage is used again for the next machine.</summary>
internal sealed class LevelRun(PatchLevel level)
{
    private readonly Machine copy = new();
    private Machine machine = new();
    private int[] swapWrites = [], fileWrites = [];

    /// <summary>The level.</summary>
    public PatchLevel Level => level;

    /// <summary>How the last run ended.</summary>
    public MigrationResult Result { get; private set; } = null!;

    /// <summary>What became of a page; a page that the call did not isolate has no attempt.</summary>
    /// <param name="number">Its place among the pages of <c>from</c>; its frame, when a system call collects them.</param>
    /// <param name="page">The page.</param>
    public PageOutcome OutcomeOf(int number, Pfn page)
    {
        if (Result.Call is null)
            return Result.Pages[number];
        foreach (PageOutcome outcome in Result.Pages)
        {
            if (outcome.Page == page)
                return outcome;
        }
        return PageOutcome.WithoutAttempt(page, PageFate.NotIsolated);
    }

    /// <summary>Runs a machine.</summary>
    /// <param name="start">The machine; it is not changed.</param>
    public void Run(ScenarioMachine start)
    {
        ScenarioMachine call = At(start);
        machine = call.Machine;
        Clear(ref swapWrites, machine.Pages.Count);
        Clear(ref fileWrites, machine.Pages.Count);
        var watch = new Watch { Swap = swapWrites, File = fileWrites };
        Result = MigrationRun.Run(call, ref watch);
    }

    /// <summary>Writes of a page to swap.</summary>
    public int SwapWrites(Pfn page) => swapWrites[page.Value];

    /// <summary>Calls of writepage of a page's file.</summary>
    public int FileWrites(Pfn page) => fileWrites[page.Value];

    /// <summary>Whether another run of the same machine ended in the same machine, with the same story for every page.</summary>
    /// <param name="other">The run at another level.</param>
    /// <returns>True when nothing can be told apart.</returns>
    public bool IsSameAs(LevelRun other)
    {
        machine.Globals.Patch = other.machine.Globals.Patch;
        bool same = Result.End == other.Result.End && Result.Pages.AsSpan().SequenceEqual(other.Result.Pages)
            && swapWrites.AsSpan(0, machine.Pages.Count).SequenceEqual(other.swapWrites.AsSpan(0, machine.Pages.Count))
            && fileWrites.AsSpan(0, machine.Pages.Count).SequenceEqual(other.fileWrites.AsSpan(0, machine.Pages.Count))
            && machine.Equals(other.machine);
        machine.Globals.Patch = level;
        return same;
    }

    // Which lists a system call has depends on the level, so it is built anew; any other machine is copied.
    private ScenarioMachine At(ScenarioMachine start)
    {
        Scenario scenario = start.Scenario with { Patch = level };
        if (scenario.Call is not null)
            return ScenarioBuilder.Build(scenario);
        copy.CopyFrom(start.Machine);
        copy.Globals.Patch = level;
        return new ScenarioMachine
        {
            Scenario = scenario,
            Machine = copy,
            Migration = start.Migration,
            From = start.From,
            To = start.To,
            Moved = start.Moved,
            Failed = start.Failed,
            Others = start.Others,
            FromPages = start.FromPages,
        };
    }

    private static void Clear(ref int[] counts, int length)
    {
        if (counts.Length < length)
            counts = new int[length];
        Array.Clear(counts, 0, length);
    }

    // swap_writepage without I/O, for a page that only the swap cache knows, is no write: it sets no PG_writeback.
    private struct Watch : IMigrationObserver
    {
        public int[] Swap, File;
        private MappingKind kind;

        public void Before(Machine m, TaskId task, MigrationStep step)
        {
            if (step == MigrationStep.Writepage && m.Pages[m.Tasks[task.Value].Page.Value].PageMapping is { IsNone: false } mapping)
                kind = m.Mappings[mapping.Value].Kind;
        }

        public readonly void After(Machine m, TaskId task, MigrationStep step)
        {
            if (step != MigrationStep.Writepage)
                return;
            int page = m.Tasks[task.Value].Page.Value;
            if (kind == MappingKind.Swapper && m.Pages[page].Has(PageFlags.Writeback))
                Swap[page]++;
            else if (kind == MappingKind.Regular)
                File[page]++;
        }
    }
}
