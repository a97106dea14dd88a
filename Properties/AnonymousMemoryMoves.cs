using CsCheck;
using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>At the last level mapped anonymous memory moves without swap being written, and its entries are present again at the end.</summary>
[TestFixture]
public sealed class AnonymousMemoryMoves
{
    // Not in the swap cache, of one process or shared by up to three as after fork, entries young, dirty, writable or not; nothing in the way.
    private static readonly Gen<Scenario> Memory = Gen.Select(MachineGen.Machine, Gen.Int[0, 2], (draw, spare) => Drawn.Scenario(draw with
    {
        Pages = [.. draw.Pages.Select(page => page with { Class = PageClass.Anon, References = [], Locked = -1, Writeback = -1, Place = PagePlace.Isolated })],
        Vmas = [.. draw.Vmas.Select(vma => vma with { Locked = false })],
        Swap = new SwapDraw(1 + spare, Writable: true, SwapWriteMode.Asynchronous, Until.Waited, NoMemory: false, Users: 0, Bad: 0),
        To = -1,
        SwappedOut = 0,
        Lock = null,
        Caller = CallerDraw.Plain,
    }) with
    { Patch = PatchSet.Last });

    [Test]
    public void Without_a_write_to_swap_and_with_every_entry_present_again()
    {
        int shared = 0, written = 0;
        Property.Holds(Memory, 2_000, "anonymous memory moves without a write to swap", scenario =>
        {
            ScenarioMachine run = ScenarioBuilder.Build(scenario);
            var start = new Machine(run.Machine);
            var watch = new Watch(start);
            MigrationResult result = MigrationRun.Run(run, ref watch);
            Require(result.End == StepResult.Finished && run.Machine.Tasks[0].Result == 0, $"it ended with {result.End} and {run.Machine.Tasks[0].Result}");
            Require(run.Machine.SwapMap.Rows.SequenceEqual(start.SwapMap.Rows) && run.Machine.Swap.NrSwapPages == start.Swap.NrSwapPages, "a slot is not free again");
            foreach (PageOutcome page in result.Pages)
            {
                Require(page.Fate == PageFate.Migrated && page.Pass == 0, $"{page.Page} is {page.Fate} in pass {page.Pass}");
                int entries = Restored(start, run.Machine, page);
                shared += entries > 1 ? 1 : 0;
                written += start.Pages[page.Page.Value].Mapcount == 1 ? 1 : 0;
            }
            return true;
        });

        TestContext.Out.WriteLine($"{shared} pages of several processes, {written} of one");
        Assert.That(Knobs.IsShort || (shared > 100 && written > 100), "both kinds are drawn");
    }

    /// <summary>With a fork, a fault or a munmap in between pages may have to back out; but none is ever written, and who moved is restored.</summary>
    [Test]
    public void Not_even_with_others_in_between_is_swap_written()
    {
        int moved = 0;
        Gen<TaskKind> kind = Gen.OneOf(Gen.Const(TaskKind.Fork), Gen.Const(TaskKind.Fault), Gen.Const(TaskKind.Munmap), Gen.Const(TaskKind.GetUserPages));
        Gen<Interleaved> between = Gen.Select(Memory, kind, Gen.Int[0, 2], Gen.Bool, ActorGen.Schedule, (scenario, actor, process, write, schedule) =>
        {
            bool acts = actor is TaskKind.Fault or TaskKind.GetUserPages;
            int by = process % scenario.Processes!.Count;
            ScenarioPte aim = scenario.Pages[0].Ptes[0];
            var spec = new ActorSpec(actor, by, actor == TaskKind.Fork ? 0 : aim.Address!.Value, Write: acts && write);
            return new Interleaved(scenario, [spec], [.. schedule]);
        });
        Property.Holds(between, 2_000, "anonymous memory moves without a write to swap", drawn =>
        {
            ScenarioMachine run = drawn.Build();
            Interleaving.Run(run.Machine, null, drawn.Schedule.AsSpan(), new NeverWritten(run.Machine));
            ref KernelTask t = ref run.Machine.Tasks[0];
            Require(t.Step == (int)MigrationStep.Finished, $"the migration stands at {(MigrationStep)t.Step}");
            foreach (Pfn old in PageList.Walk(run.Machine, t.Moved))
                moved += run.Machine.Pages[old.Value].Mapcount == 0 ? 1 : 0;
            SwpEntry[] left = [.. PageList.Walk(run.Machine, t.From).Select(page => run.Machine.Pages[page.Value].SwapEntry)];
            for (int mm = 0; mm < run.Machine.Mms.Count; mm++)
                Require(PageTables.Entries(run.Machine, new MmId(mm)).All(entry => !entry.Pte.IsSwap || left.Contains(entry.Pte.SwapEntry)), $"process {mm} has a swap entry of a page that moved");
            return true;
        });

        if (Knobs.IsShort)
            return;
        Assert.That(moved, Is.GreaterThan(1_000));
    }

    // Every entry of the page is present where it was, names the new page, and is old, clean and read-only; contents and rss are those before.
    private static int Restored(Machine start, Machine m, PageOutcome page)
    {
        int entries = 0;
        for (int mm = 0; mm < start.Mms.Count; mm++)
        {
            foreach ((ulong address, Pte pte) in PageTables.Entries(start, new MmId(mm)))
            {
                if (!pte.IsPresent || pte.Page != page.Page)
                    continue;
                entries++;
                Pte now = PageTables.Get(m, new MmId(mm), address);
                Require(now == Pte.Present(page.Newpage, write: false, dirty: false, young: false), $"process {mm} at 0x{address:x} has {now}");
            }
            Require(m.Mms[mm].AnonRss == start.Mms[mm].AnonRss, $"anon_rss of process {mm}");
        }
        ref Page n = ref m.Pages[page.Newpage.Value];
        Require(n.Mapcount == entries && n.Contents == start.Pages[page.Page.Value].Contents && !n.Has(PageFlags.SwapCache), $"{page.Newpage}: {Ledger.Describe(m, page.Newpage)}");
        return entries;
    }

    private static void Require(bool holds, string sentence)
    {
        if (!holds)
            throw new BrokenRule(sentence);
    }

    private static void NoWrite(Machine m, Machine start)
    {
        Require(m.Globals.NrWriteback == 0, "a write is under way");
        Require(m.SwapContents.Rows.SequenceEqual(start.SwapContents.Rows), "the swap device was written");
    }

    private readonly struct Watch(Machine start) : IMigrationObserver
    {
        public void Before(Machine m, TaskId task, MigrationStep step)
        {
        }

        public void After(Machine m, TaskId task, MigrationStep step) => NoWrite(m, start);
    }

    private sealed class NeverWritten(Machine start) : IStepper
    {
        private readonly Machine start = new(start);

        public StepResult Advance(Machine m, TaskId task)
        {
            StepResult result = Tasks.Advance(m, task);
            NoWrite(m, start);
            return result;
        }
    }
}
