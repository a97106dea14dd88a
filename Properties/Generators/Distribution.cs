using System.Text;
using CsCheck;
using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>The generators reach every class of state and every outcome, each at least as often as its floor says.</summary>
[TestFixture]
public sealed class Distribution
{
    private const int Runs = 4_000;

    // Floors in pages of ten thousand drawn ones; a quarter to a half of what was measured for most, so that a generator
    // that loses a class fails, and one that shifts a little does not.
    private static readonly (string Class, int Floor)[] Floors =
    [
        ("state: file, clean, mapped", 500), ("state: file, dirty, mapped", 150), ("state: file, dirty, unmapped", 50),
        ("state: file with buffers", 500), ("state: file, not uptodate", 20), ("state: file, index not 0", 1000),
        ("state: tmpfs, clean", 300), ("state: tmpfs, dirty", 100),
        ("state: anonymous, not in swap cache", 500), ("state: anonymous, clean in swap cache", 600), ("state: anonymous, dirty in swap cache", 200),
        ("state: swap cache without mapping", 150), ("state: without owner", 150), ("state: mapped by two or more", 800),
        ("state: young entry", 800), ("state: dirty entry, clean page", 300), ("state: swap entries and present entries", 200),
        ("state: locked by others", 200), ("state: under writeback", 200), ("state: extra references", 800),
        ("state: in a VM_LOCKED VMA", 200), ("state: in a non-linear VMA", 100), ("state: slot differs from index", 800), ("state: fewer new pages than pages", 300),
        ("outcome: Migrated", 800), ("outcome: Freed", 100), ("outcome: SwappedOut", 50), ("outcome: Failed", 50), ("outcome: NotReached", 50),
        ("reason: PageFreed", 100), ("reason: ToEmpty", 20), ("reason: PageLocked", 60), ("reason: UnderWriteback", 60), ("reason: NoSwapSlot", 50),
        ("reason: NoMapping", 20), ("reason: PageoutNotFreeable", 200), ("reason: PageoutNoWritepage", 3), ("reason: PageoutActivate", 3), ("reason: PageoutSuccess", 40),
        ("reason: BuffersBusy", 60), ("reason: ReferencesBeforeUnmap", 400), ("reason: StillMapped", 60), ("reason: SwappedOut", 50),
        ("reason: SwapPageStillMapped", 100), ("reason: SwapPageNotFreeable", 10), ("reason: SwapPageSuccess", 30), ("reason: SwapPageBuffersBusy", 20),
        ("reason: SwapPageReferencesRemain", 40), ("reason: SwapPageNoMapping", 3),
    ];

    // What no single actor can reach, or only illegal states do.
    private static readonly (BackOutReason Reason, string Why)[] OutOfReach =
    [
        (BackOutReason.NoSwapCacheMemory, "memory for the tree is not drawn: Specs cover it"),
        (BackOutReason.MappingGoneBeforeUnmap, "between two steps under the page lock nobody takes a mapping"),
        (BackOutReason.ReferencesRemain, "needs an actor between steps 5 and 7: the back-out matrix"),
        (BackOutReason.SlotChanged, "nobody changes the slot of a page whose lock is held"),
        (BackOutReason.SwapPageDirty, "needs somebody who dirties the page between pageout and the end of swap_page"),
        (BackOutReason.MappingGone, "as MappingGoneBeforeUnmap"),
        (BackOutReason.BufferMigrateNoMapping, "as MappingGoneBeforeUnmap"),
    ];

    // Kswapd takes one page of the LRU, and none of those drawn for it has a write that ends at once: Specs take this step.
    private static readonly string[] StepsNotTaken = ["ReclaimStep.Relock"];

    [Test]
    public void Reaches_every_class_and_every_way_out()
    {
        var counts = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var later = new SortedDictionary<string, int>(StringComparer.Ordinal);
        int pages = 0;
        for (int i = 0; i < Runs; i++)
        {
            MachineDraw draw = MachineGen.Machine.Generate(new PCG(3, (ulong)i), null!, out _);
            Scenario scenario = Drawn.Scenario(draw);
            ScenarioMachine run = ScenarioBuilder.Build(scenario);
            pages += draw.Pages.Length;
            for (int page = 0; page < draw.Pages.Length; page++)
                Classify(counts, scenario, scenario.Pages[page]);
            var watch = new Reasons(counts);
            MigrationResult result = MigrationRun.Run(run, ref watch);
            // Ways out that later levels bring: the same machines again, at the levels in turn.
            var watchLater = new Reasons(later);
            MigrationRun.Run(ScenarioBuilder.Build(scenario with { Patch = (PatchLevel)(i % ((int)PatchSet.Last + 1)) }), ref watchLater);
            foreach (PageOutcome outcome in result.Pages)
                Count(counts, $"outcome: {outcome.Fate}");
            Count(counts, $"end: {result.End}");
        }

        TestContext.Out.WriteLine(Table(counts, pages));
        string[] rare = [.. Floors.Where(floor => counts.GetValueOrDefault(floor.Class) * 10_000L < (long)floor.Floor * pages)
            .Select(floor => $"{floor.Class}: {counts.GetValueOrDefault(floor.Class) * 10_000L / pages} of 10,000 pages, floor {floor.Floor}")];
        Assert.That(rare, Is.Empty);
        string[] missing = [.. Enum.GetValues<BackOutReason>().Where(reason => reason != BackOutReason.None
            && !counts.ContainsKey($"reason: {reason}") && !later.ContainsKey($"reason: {reason}") && !OutOfReach.Any(entry => entry.Reason == reason)).Select(reason => $"{reason}")];
        Assert.That(missing, Is.Empty, "ways out that no drawn machine took");
    }

    /// <summary>The actors are not there for show: over fixed runs, each step of each kind of actor is taken.</summary>
    [Test]
    public void Drawn_actors_take_every_step_of_theirs()
    {
        string[] enums = ["FaultStep", "ReaderStep", "TruncateStep", "MunmapStep", "ForkStep", "WritebackStep", "KswapdStep", "ReclaimStep", "SwapoffStep", "BufferStep"];
        string[] all = [.. enums.SelectMany(name => Enum.GetNames(typeof(Machine).Assembly.GetType($"{typeof(Machine).Namespace}.{name}", throwOnError: true)!)
            .Where(step => step is not ("None" or "Finished")).Select(step => $"{name}.{step}"))];
        var taken = new SortedSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < Runs; i++)
            Checked.Run(MachineGen.Interleaved.Generate(new PCG(5, (ulong)i), null!, out _), new ActorSteps(taken));

        Assert.That(all, Has.Length.GreaterThan(60));
        Assert.That(all.Except(taken).ToArray(), Is.EqualTo(StepsNotTaken));
    }

    private static void Classify(SortedDictionary<string, int> counts, Scenario scenario, ScenarioPage page)
    {
        bool dirty = (page.Flags & PageFlags.Dirty) != 0, mapped = page.Ptes.Count > 0;
        bool tmpfs = page.File == 2;
        void If(bool condition, string state)
        {
            if (condition)
                Count(counts, $"state: {state}");
        }

        If(page.File is { } && !tmpfs, $"file, {(dirty ? "dirty" : "clean")}, {(mapped ? "mapped" : "unmapped")}");
        If(page.Buffers.Count > 0, "file with buffers");
        If(page.File is { } && (page.Flags & PageFlags.Uptodate) == 0, "file, not uptodate");
        If(page.File is { } && page.Index != 0, "file, index not 0");
        If(tmpfs, $"tmpfs, {(dirty ? "dirty" : "clean")}");
        If(page.AnonVma is { } && page.SwapCache == 0, "anonymous, not in swap cache");
        If(page.AnonVma is { } && page.SwapCache != 0, $"anonymous, {(dirty ? "dirty" : "clean")} in swap cache");
        If(page.AnonVma is null && page.File is null && page.SwapCache != 0, "swap cache without mapping");
        If(page.AnonVma is null && page.File is null && page.SwapCache == 0, "without owner");
        If(page.Ptes.Count > 1, "mapped by two or more");
        If(page.Ptes.Any(pte => pte.Young), "young entry");
        If(!dirty && page.Ptes.Any(pte => pte.Dirty), "dirty entry, clean page");
        If(mapped && page.SwapPtes.Count > 0, "swap entries and present entries");
        If(page.Locked is { }, "locked by others");
        If(page.Writeback is { }, "under writeback");
        If(page.References.Count > 0, "extra references");
        If(page.Ptes.Any(pte => (scenario.Vmas![pte.Vma!.Value].Flags & VmFlags.Locked) != 0), "in a VM_LOCKED VMA");
        If(page.Ptes.Any(pte => (scenario.Vmas![pte.Vma!.Value].Flags & VmFlags.Nonlinear) != 0), "in a non-linear VMA");
        If(page.SwapCache != 0 && (ulong)page.SwapCache != page.Index, "slot differs from index");
        If(scenario.To.NewFrames < scenario.Pages.Count(p => p.List == PagePlace.Isolated), "fewer new pages than pages");
    }

    private static void Count(SortedDictionary<string, int> counts, string name) => counts[name] = counts.GetValueOrDefault(name) + 1;

    private static string Table(SortedDictionary<string, int> counts, int pages)
    {
        var table = new StringBuilder($"{Runs} machines, {pages} pages; of 10,000 pages\n");
        foreach ((string name, int count) in counts)
            table.Append($"{count * 10_000L / pages,7}  {Floors.FirstOrDefault(floor => floor.Class == name).Floor,6}  {name}\n");
        return table.ToString();
    }

    private readonly struct ActorSteps(SortedSet<string> taken) : IStepper
    {
        public StepResult Advance(Machine m, TaskId task)
        {
            KernelTask t = m.Tasks[task.Value];
            string step = Tasks.StepName(t);
            StepResult result = Tasks.Advance(m, task);
            if (result == StepResult.Ran)
                taken.Add($"{EnumOf(t)}.{step}");
            return result;
        }

        private static string EnumOf(in KernelTask t) => t.Kind switch
        {
            TaskKind.Fault or TaskKind.GetUserPages or TaskKind.Mlock => "FaultStep",
            TaskKind.FindGetPage or TaskKind.FindLockPage => "ReaderStep",
            TaskKind.Truncate or TaskKind.InvalidateMappingPages or TaskKind.InvalidateInodePages2 => "TruncateStep",
            TaskKind.WritebackStart => "WritebackStep",
            TaskKind.Kswapd => t.Step >= 100 ? "KswapdStep" : "ReclaimStep",
            TaskKind.BufferUser => "BufferStep",
            _ => $"{t.Kind}Step",
        };
    }

    private readonly struct Reasons(SortedDictionary<string, int> counts) : IMigrationObserver
    {
        public void Before(Machine m, TaskId task, MigrationStep step)
        {
        }

        public void After(Machine m, TaskId task, MigrationStep step)
        {
            BackOutReason reason = m.Tasks[task.Value].Reason;
            bool ended = step == MigrationStep.FinishPage || (step == MigrationStep.ChoosePage && reason == BackOutReason.ToEmpty);
            if (ended && reason != BackOutReason.None)
                Count(counts, $"reason: {reason}");
        }
    }
}
