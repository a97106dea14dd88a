using System.Text;
using CsCheck;
using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>
/// After an attempt that backs out, at any step and for any reason, the machine equals the one before, except for the
/// residues that have a name: those are added to the machine before, and then every byte of the two must agree.
/// </summary>
[TestFixture]
public sealed class BackOutSymmetry
{
    private const string Rule = "a back-out leaves the machine before and named residues";

    // What only another actor between two steps can bring about (the strikes below do), and what only a young entry of a
    // non-linear VMA does at the last level, too rarely to ask for.
    private static readonly BackOutReason[] NotAlone =
        [BackOutReason.MappingGoneBeforeUnmap, BackOutReason.ReferencesRemain, BackOutReason.SlotChanged, BackOutReason.MappingGone, BackOutReason.SwapPageDirty,
        BackOutReason.BufferMigrateNoMapping, BackOutReason.StillMappedBeforeWriting];

    // Ways out that are none of a back-out: the page is done with.
    private static readonly BackOutReason[] Done = [BackOutReason.None, BackOutReason.PageFreed, BackOutReason.SwappedOut];

    [Test]
    public void The_residues_are_the_approved_ones()
    {
        var text = new StringBuilder("# What a back-out may leave behind\n\n| residue | left by | what differs, and how |\n|---|---|---|\n");
        foreach (Residue residue in Residues.All)
            text.Append($"| {residue.Name} | {residue.LeftBy} | {residue.What} |\n");

        Approved.Check("BackOut/Residues.approved.md", text.ToString());
    }

    [Test]
    public void An_attempt_that_backs_out_leaves_the_machine_before_and_named_residues()
    {
        int[] used = new int[Residues.All.Length];
        var reasons = new SortedDictionary<BackOutReason, int>();
        Property.Holds(MachineGen.ScenariosAtAnyLevel, 6_000, Rule, scenario =>
        {
            ScenarioMachine run = ScenarioBuilder.Build(scenario);
            var watch = new Watch(used, reasons, default, null);
            MigrationRun.Run(run, ref watch);
            return true;
        });

        TestContext.Out.WriteLine(string.Join('\n', Residues.All.Select((residue, i) => $"{used[i],7}  {residue.Name}")));
        TestContext.Out.WriteLine(string.Join('\n', reasons.Select(pair => $"{pair.Value,7}  {pair.Key}")));
        if (Knobs.IsShort)
            return;
        Assert.That(Residues.All.Where((_, i) => used[i] == 0).Select(residue => residue.Name), Is.Empty, "a residue that never happens is not a residue");
        Assert.That(Enum.GetValues<BackOutReason>().Except(reasons.Keys).Except(NotAlone).Except(Done), Is.Empty, "reasons that no attempt backed out for");
    }

    /// <summary>At each step of its own, somebody takes a reference, or what no task of this machine can do: takes the mapping away, or the slot.</summary>
    [TestCase(Strike.Reference)]
    [TestCase(Strike.Mapping)]
    [TestCase(Strike.Slot)]
    public void An_attempt_that_is_struck_at_a_step_does_too(Strike strike)
    {
        int[] used = new int[Residues.All.Length];
        var reasons = new SortedDictionary<BackOutReason, int>();
        Property.Holds(MachineGen.Scenarios, 400, $"{Rule}, struck by {strike}", scenario =>
        {
            foreach (MigrationStep step in StepsOf(strike))
            {
                ScenarioMachine run = ScenarioBuilder.Build(scenario with { To = ScenarioTo.AsManyAsFrom });
                var watch = new Watch(used, reasons, strike, step);
                MigratePages.Run(run.Machine, run.Migration, ref watch);
            }
            return true;
        });

        TestContext.Out.WriteLine(string.Join('\n', reasons.Select(pair => $"{pair.Value,7}  {pair.Key}")));
        if (Knobs.IsShort)
            return;
        Assert.That(reasons.Keys, Is.SupersetOf(strike switch
        {
            Strike.Mapping => [BackOutReason.MappingGoneBeforeUnmap, BackOutReason.MappingGone],
            Strike.Slot => [BackOutReason.SlotChanged],
            _ => new[] { BackOutReason.ReferencesBeforeUnmap, BackOutReason.ReferencesRemain },
        }));
    }

    /// <summary>What strikes between two steps of an attempt.</summary>
    public enum Strike
    {
        /// <summary>A reference more, as a lookup takes it.</summary>
        Reference,

        /// <summary>The page has no mapping any more.</summary>
        Mapping,

        /// <summary>The slot holds another page.</summary>
        Slot,
    }

    private static MigrationStep[] StepsOf(Strike strike) => strike switch
    {
        Strike.Mapping => [MigrationStep.CheckReferences, MigrationStep.CheckMapping],
        Strike.Slot => [MigrationStep.CheckSlot],
        _ => [MigrationStep.LockPage, MigrationStep.WaitOnWriteback, MigrationStep.PrepareNewPage, MigrationStep.CheckPageMapping, MigrationStep.ReleaseBuffers,
            MigrationStep.CheckReferences, MigrationStep.TryToUnmap, MigrationStep.CheckUnmapped, MigrationStep.TakeTreeLock, MigrationStep.CheckMapping, MigrationStep.CheckCount],
    };

    private struct Watch(int[] used, SortedDictionary<BackOutReason, int> reasons, Strike strike, MigrationStep? at) : IMigrationObserver
    {
        private Machine? start;
        private ulong steps;
        private Action<Machine>? struck;
        private bool over;

        public void Before(Machine m, TaskId task, MigrationStep step)
        {
            if (step == MigrationStep.ChoosePage)
            {
                (start ??= new Machine(m)).CopyFrom(m);
                (steps, struck) = (0, null);
            }
            if (step == at && struck is null && !over)
                Hit(m, m.Tasks[task.Value]);
            if (step == MigrationStep.FinishPage && m.Tasks[task.Value].Rc != 0)
                Check(m, m.Tasks[task.Value].Page);
        }

        public void After(Machine m, TaskId task, MigrationStep step)
        {
            steps |= 1UL << (int)step;
            if (step == MigrationStep.ChoosePage && m.Tasks[task.Value].Reason == BackOutReason.ToEmpty)
                Check(m, m.Tasks[task.Value].Page);
        }

        private void Hit(Machine m, in KernelTask t)
        {
            int page = t.Page.Value, slot = t.RadixPointer;
            struck = strike switch
            {
                Strike.Reference => e =>
                {
                    Others.Add(e, new Hold { Kind = HoldKind.Reference, Page = new Pfn(page), Buffer = BhId.None, Until = Until.Never });
                    e.Pages[page].Count++;
                }
                ,
                Strike.Mapping => e =>
                {
                    e.Pages[page].Mapping = MappingPtr.Null;
                    e.Pages[page].Clear(PageFlags.SwapCache);
                }
                ,
                _ => e => e.Slots[slot] = page + 2,
            };
            struck(m);
        }

        private void Check(Machine m, Pfn page)
        {
            BackOutReason reason = m.Tasks[0].Reason;
            // Once struck the machine is not legal any more: only this attempt counts.
            bool counts = !over && (at is null || struck is not null);
            over |= struck is not null;
            if (!counts)
                return;
            reasons[reason] = reasons.GetValueOrDefault(reason) + 1;
            var expected = new Machine(start!);
            var attempt = new BackedOut(start!, m, page, steps);
            // Rows are given out in the order of events: the first two residues are those of steps 1 and 2.
            int when = at switch { MigrationStep.LockPage => 0, MigrationStep.WaitOnWriteback => 1, _ => Residues.All.Length };
            for (int i = 0; i <= Residues.All.Length; i++)
            {
                if (i == when)
                    struck?.Invoke(expected);
                // One that changes nothing was not seen: without it the machines would agree as well.
                ulong before = expected.Fingerprint();
                if (i < Residues.All.Length && Residues.All[i].Leave(attempt, expected) && expected.Fingerprint() != before)
                    used[i]++;
            }
            KernelTask t = m.Tasks[0];
            if (t.HoldsPageLock != 0 || t.HoldsNewpageLock != 0 || !t.Entry.IsNone || t.UnmapPhase != TryToUnmap.Idle || t.Pass != start!.Tasks[0].Pass)
                throw new BrokenRule($"page {page.Value} backed out with {reason}, and the task holds something");
            expected.Tasks[0] = t;
            if (!expected.Equals(m))
                throw new BrokenRule($"page {page.Value} backed out with {reason}; expected and found:\n{Difference(expected, m)}");
        }

        private static string Difference(Machine expected, Machine found)
        {
            string[] left = expected.Dump().Split('\n'), right = found.Dump().Split('\n');
            return string.Join('\n', left.Except(right).Select(line => $"- {line}").Concat(right.Except(left).Select(line => $"+ {line}")));
        }
    }
}
