namespace MigrationConformance.Core;

/// <summary>Compares the sets of ends that two levels can reach, over every interleaving of a migration of one page with other actors.</summary>
/// <remarks>
/// A difference has only one side: what only the second level reaches, or what only the first does. Two levels that
/// reach the same set of machines are not told apart, in whatever number of ways they reach them.
/// </remarks>
public sealed class InterleavingComparer
{
    private const int MostStates = 2_000_000;

    /// <summary>Makes a comparer.</summary>
    /// <param name="before">The first level.</param>
    /// <param name="after">The second level.</param>
    public InterleavingComparer(PatchLevel before, PatchLevel after) => Comparison = new Comparison(before, after);

    /// <summary>What was found so far.</summary>
    public Comparison Comparison { get; }

    /// <summary>Compares one machine with its actors.</summary>
    /// <param name="run">The machine and the actors; its schedule is of no meaning here.</param>
    /// <param name="order">Its place among the machines.</param>
    public void Compare(Interleaved run, int order)
    {
        ScenarioMachine start = run.Build();
        var ends = new EndCollector(start, run);
        SortedSet<string> before = ends.Of(Comparison.Before, MostStates), after = ends.Of(Comparison.After, MostStates);
        if (before.SetEquals(after))
        {
            Comparison.CountMachine(start.FromPages.Length, false);
            return;
        }
        List<EndDifference> found = ends.Differences(before, after);
        PageFacts facts = new StartOf(start).FactsOf(0);
        Comparison.CountMachine(start.FromPages.Length, true);
        Comparison.Add(new EnumeratedMachine(start, run.Actors.Count, order), start.FromPages[0], facts, string.Join(" and ", (IEnumerable<ActorSpec>)run.Actors), found);
    }

    /// <summary>Collects what the ends of all runs look like, an end a line, an aspect a field.</summary>
    private sealed class EndCollector(ScenarioMachine start, Interleaved run)
    {
        private const char Between = '\u001f';

        private static readonly Aspect[] Aspects =
            [Aspect.End, Aspect.Fate, Aspect.Result, Aspect.Flags, Aspect.Entries, Aspect.Tree, Aspect.Identity, Aspect.Contents, Aspect.Rule, Aspect.Elsewhere];

        private readonly Machine scratch = new();

        public SortedSet<string> Of(PatchLevel level, int mostStates)
        {
            Machine machine = (run with { Scenario = run.Scenario with { Patch = level } }).Build().Machine;
            var visitor = new Visitor { Collector = this, Ends = new(StringComparer.Ordinal) };
            SearchReport report = StateSpace.Search(machine, default(EngineStepper), ref visitor, mostStates, _ => true);
            if (!report.Closed)
                visitor.Ends.Add(Line("", "", report.Violation is { } broken ? broken.Rule : report.Deadlock is not null ? "deadlock" : "not all states were visited"));
            return visitor.Ends;
        }

        // Aspect by aspect; ends that differ only in how values go together are told as such.
        public List<EndDifference> Differences(SortedSet<string> before, SortedSet<string> after)
        {
            var found = new List<EndDifference>();
            for (int field = 0; field < Aspects.Length - 1; field++)
            {
                SortedSet<string> was = Values(before, field), now = Values(after, field);
                foreach (string value in now)
                {
                    if (!was.Contains(value))
                        found.Add(new EndDifference(Aspects[field], "", value));
                }
                foreach (string value in was)
                {
                    if (!now.Contains(value))
                        found.Add(new EndDifference(Aspects[field], value, ""));
                }
            }
            if (found.Count == 0)
                found.Add(new EndDifference(Aspect.Elsewhere, "", "other ends"));
            return found;
        }

        private static SortedSet<string> Values(SortedSet<string> ends, int field)
        {
            var values = new SortedSet<string>(StringComparer.Ordinal);
            foreach (string end in ends)
            {
                string value = end.Split(Between)[field];
                if (value.Length > 0)
                    values.Add(value);
            }
            return values;
        }

        private static string Line(string end, string fate, string rule, params string[] rest)
        {
            string[] fields = new string[Aspects.Length];
            Array.Fill(fields, "");
            (fields[0], fields[1], fields[8]) = (end, fate, rule);
            for (int i = 0; i < rest.Length; i++)
                fields[i < 6 ? i + 2 : Aspects.Length - 1] = rest[i];
            return string.Join(Between, fields);
        }

        private string Describe(Machine m)
        {
            if (m.Bug.Check != BugCheck.None)
                return Line($"BUG {m.Bug.Check} in {m.Tasks[m.Bug.Task.Value].Kind}", "", "");
            ref KernelTask t = ref m.Tasks[start.Migration.Value];
            bool over = true;
            foreach (ref KernelTask task in m.Tasks.Rows)
                over &= TaskLocals.IsFinished(task);
            Pfn page = start.FromPages[0], newpage = start.To.IsNone ? Pfn.None : PageList.Last(start.Machine, start.To);
            bool used = !newpage.IsNone && PageList.IsEmpty(m, start.To);
            string fate = t.Step != (int)MigrationStep.Finished ? "under way" : used ? "migrated" : PageList.First(m, start.Moved) == page ? "moved without a new page"
                : PageList.First(m, start.Failed) == page ? "failed" : "left";
            Page p = m.Pages[(used ? newpage : page).Value];
            string whole = RenderWords.Hex(WithoutLocals(m).Fingerprint());
            return Line(over ? "every task is over" : "blocks", fate, "", $"{t.Result}", RenderWords.Flags(p.Flags), Entries(m, page, used ? newpage : Pfn.None), Tree(p),
                p.Mapping == start.Machine.Pages[page.Value].Mapping ? "same mapping" : $"mapping {(p.Mapping.IsNull ? "NULL" : "changed")}",
                p.Contents == start.Machine.Pages[page.Value].Contents ? "same" : "changed", whole);
        }

        // What a task that is over had in its locals is of no meaning; what it answered is.
        private Machine WithoutLocals(Machine m)
        {
            scratch.CopyFrom(m);
            scratch.Globals.Patch = PatchSet.Default;
            foreach (ref KernelTask task in scratch.Tasks.Rows)
            {
                if (TaskLocals.IsFinished(task))
                    task = KernelTask.New(task.Kind) with { Result = task.Result };
            }
            return scratch;
        }

        private static string Tree(in Page p) => p.PageMapping.IsNone ? "none" : p.Has(PageFlags.SwapCache) ? "swap cache" : "page cache";

        private static string Entries(Machine m, Pfn page, Pfn newpage)
        {
            string text = "";
            foreach (ref Pte pte in m.Ptes.Rows)
            {
                if (pte.IsNone)
                    continue;
                string bits = (pte.IsYoung ? " young" : "") + (pte.IsDirty ? " dirty" : "") + (pte.IsWrite ? " writable" : "");
                text += (text.Length > 0 ? ", " : "") + (pte.IsSwap ? "swap" : pte.IsFile ? "file"
                    : (pte.Page == newpage ? "the new page" : pte.Page == page ? "the old page" : "another page") + bits);
            }
            return text.Length == 0 ? "none" : text;
        }

        private struct Visitor : IStateVisitor
        {
            public EndCollector Collector;
            public SortedSet<string> Ends;

            public readonly bool Step(Machine before, Machine after, int task, out Violation? violation)
            {
                violation = null;
                if (after.Bug.Check != BugCheck.None)
                    Ends.Add(Collector.Describe(after));
                return true;
            }

            public readonly void End(Machine m) => Ends.Add(Collector.Describe(m));
        }
    }
}
