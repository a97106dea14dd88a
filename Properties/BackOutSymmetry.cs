using CsCheck;
using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>After an attempt that backs out with nobody else running, the page is what it was, except for the residues that have a name.</summary>
[TestFixture]
public sealed class BackOutSymmetry
{
    /// <summary>Everything that a back-out may leave behind.</summary>
    private static readonly (string Residue, Func<Page, Page, bool> Excuses)[] Residues =
    [
        ("step 3: the page is in the swap cache now, dirty and uptodate, with the tree's reference", (b, a) => a.Has(PageFlags.SwapCache) && !b.Has(PageFlags.SwapCache)),
        ("step 5: entries are gone, and the references and the dirt they carried are the page's", (b, a) => a.Mapcount < b.Mapcount),
        ("pageout: dirt went to a write in flight or to the store", (b, a) => b.Has(PageFlags.Dirty) && !a.Has(PageFlags.Dirty)),
        ("pageout: a redirtied page was marked, a written one is under writeback", (b, a) => a.Has(PageFlags.Writeback) != b.Has(PageFlags.Writeback)),
        ("pageout: tmpfs moved the page to the swap cache", (b, a) => !b.Mapping.IsNull && a.Mapping.IsNull),
        ("buffers were released", (b, a) => b.Has(PageFlags.Private) && !a.Has(PageFlags.Private)),
        ("swap_page: the page left its tree", (b, a) => !b.PageMapping.IsNone && a.PageMapping.IsNone),
        ("others let go while the migration waited or a pass began", (b, a) => a.Count < b.Count || (b.Has(PageFlags.Locked) && !a.Has(PageFlags.Locked))),
    ];

    [Test]
    public void An_attempt_that_backs_out_leaves_only_named_residues()
    {
        int[] used = new int[Residues.Length];
        int attempts = 0;
        MachineGen.Scenarios.Sample(scenario =>
        {
            ScenarioMachine run = ScenarioBuilder.Build(scenario);
            var watch = new Watch(used);
            MigrationRun.Run(run, ref watch);
            attempts += watch.Attempts;
        }, iter: Knobs.Iterations(3_000), threads: 1, print: scenario => ScenarioWriter.ToText(scenario));

        TestContext.Out.WriteLine(string.Join('\n', Residues.Select((entry, i) => $"{used[i],7}  {entry.Residue}")));
        Assert.That(attempts, Is.GreaterThan(0));
        Assert.That(Environment.GetEnvironmentVariable("CsCheck_Iter") is not null || used.Count(n => n == 0) == 0, Is.True, "a residue that never happens is not a residue");
    }

    private struct Watch(int[] used) : IMigrationObserver
    {
        public int Attempts;
        private Machine? start;

        public void Before(Machine m, TaskId task, MigrationStep step)
        {
            if (step != MigrationStep.ChoosePage)
                return;
            start ??= new Machine(m);
            start.CopyFrom(m);
        }

        public void After(Machine m, TaskId task, MigrationStep step)
        {
            ref KernelTask t = ref m.Tasks[task.Value];
            if (step != MigrationStep.DropLocks && step != MigrationStep.FinishPage)
                return;
            if (t.Rc != -Errno.EAGAIN || step == MigrationStep.DropLocks || start!.Tasks[task.Value].Page2.IsNone)
                return;
            Attempts++;
            Check(m, start.Tasks[task.Value].Page2);
        }

        private readonly void Check(Machine m, Pfn page)
        {
            Page before = start!.Pages[page.Value], after = m.Pages[page.Value];
            bool excused = false;
            for (int i = 0; i < Residues.Length; i++)
            {
                if (!Residues[i].Excuses(before, after))
                    continue;
                used[i]++;
                excused = true;
            }
            // Referenced and reclaim are hints; everything else of the page is compared.
            const PageFlags Hints = PageFlags.Referenced | PageFlags.Reclaim;
            before.Flags &= ~Hints;
            after.Flags &= ~Hints;
            bool same = before.Flags == after.Flags && before.Count == after.Count && before.Mapcount == after.Mapcount && before.Mapping == after.Mapping
                && before.Index == after.Index && before.Private == after.Private && before.Contents == after.Contents;
            if (!same && !excused)
                throw new BrokenRule($"page {page.Value} backed out with {m.Tasks[0].Reason}: {before.Flags} count {before.Count}, then {after.Flags} count {after.Count}");
            if (before.Index != after.Index || before.Contents != after.Contents)
                throw new BrokenRule($"page {page.Value} backed out with another index or other contents");
        }
    }
}
