using CsCheck;
using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>The system calls of the policy layer, on random machines with three nodes, at random patch levels.</summary>
[TestFixture]
public sealed class CallsMigrate
{
    [Exercises(
        "sys_migrate_pages", "do_migrate_pages", "do_mbind", "check_range", "check_pte_range", "migrate_page_add", "lru_add_drain_all", "lru_add_drain",
        "isolate_lru_page", "migrate_pages_to", "swap_pages", "list_splice", "putback_lru_pages", "move_to_lru", "find_vma", "A1", "A2", "A4")]
    [Test]
    public void Alone_every_invariant_holds_at_every_step_and_no_page_is_left_behind()
    {
        (long runs, long steps) = Property.HoldsRules(CallGen.Scenarios.Select(scenario => new Interleaved(scenario, [], [])), 8_000);

        // Calls that end with their arguments would make the property empty.
        Assert.That(Knobs.IsShort || steps > 27 * runs, $"{steps} steps in {runs} runs");
    }

    [Test]
    public void With_one_or_two_actors_between_its_steps_too()
    {
        (long runs, long steps) = Property.HoldsRules(CallGen.Interleaved, 8_000);

        Assert.That(Knobs.IsShort || steps > 40 * runs, $"{steps} steps in {runs} runs");
    }

    /// <summary>A chunk takes 257 new pages, more than any drawn call has. Memory comes first and finds no swap slot, so that pages fail in the first chunk and stay for the second.</summary>
    [Test]
    public void In_two_chunks_with_failures_in_the_first_every_rule_holds()
    {
        var scenario = new Scenario
        {
            Patch = PatchLevel.ChunkedAllocation,
            Zones = 2,
            Swap = new ScenarioSwap { Slots = 0 },
            Vmas =
            [
                new ScenarioVma { Process = 0, Start = 0x10000, Pages = 3, AnonVma = 0 },
                new ScenarioVma { Process = 0, Start = 0x20000000, Pages = 259, File = 0 },
            ],
            Pages = [new ScenarioPage { AnonVma = 0, Repeat = 3, MappedBy = 1 }, new ScenarioPage { File = 0, Repeat = 259, MappedBy = 1 }, new ScenarioPage { Zone = 1, Repeat = 300 }],
            Call = new ScenarioCall { Kind = PolicyCallKind.MigratePages, From = [0], To = [1] },
        };

        CheckedRun run = CheckedRun.Of(new Interleaved(scenario, [], []));

        Assert.That(run.Violation?.ToString(), Is.Null);
        Assert.That(run.Run.Machine.PolicyCalls[0].NrCalls, Is.EqualTo(2));
        Assert.That(run.Run.Machine.PolicyCalls[0].Busy, Is.EqualTo(3), "the pages of memory, which had no slot");
    }

    [Exercises("__alloc_pages", "alloc_pages_node", "alloc_page_vma", "get_vma_policy", "offset_il_node", "cpuset_zone_allowed", "prep_new_page")]
    [Test]
    public void What_moves_goes_to_its_node_or_where_the_search_goes_when_that_is_full()
    {
        int moved = 0, strayed = 0, refused = 0;
        Property.Holds(CallGen.Scenarios, 6_000, "what moves goes to its node", scenario =>
        {
            ScenarioMachine run = ScenarioBuilder.Build(scenario);
            var watch = new Places { Seen = new Seen() };
            MigrationResult result = MigrationRun.Run(run, ref watch);
            Machine m = run.Machine;
            refused += result.End == StepResult.Finished && result.Task.Result < 0 ? 1 : 0;
            foreach (PageOutcome page in result.Pages.Where(page => page.Fate == PageFate.Migrated))
            {
                moved++;
                strayed += watch.Seen.Strayed ? 1 : 0;
                if (!watch.Seen.Strayed && !result.Call!.Locals.ToNodes.Has(m.Pages[page.Newpage.Value].Zone))
                    throw new BrokenRule($"{page.Newpage} is on node {m.Pages[page.Newpage.Value].Zone}.");
            }
            return watch.Seen.Wrong is { } wrong ? throw new BrokenRule(wrong) : true;
        });

        TestContext.Out.WriteLine($"{moved} pages moved, {strayed} by calls that met a full node, {refused} calls refused");
        if (Knobs.IsShort)
            return;
        Assert.That(moved, Is.GreaterThan(700));
        Assert.That(strayed, Is.GreaterThan(200));
        Assert.That(refused, Is.GreaterThan(700));
    }

    private sealed class Seen
    {
        public bool Strayed;
        public string? Wrong;
    }

    // Watches each allocation: the page lies on the node that was asked for, or there was no free frame on it that the caller may use.
    private struct Places : IMigrationObserver
    {
        public Seen Seen;
        private int before;

        public void Before(Machine m, TaskId task, MigrationStep step)
        {
            if ((PolicyStep)step != PolicyStep.AllocateNewPage)
                return;
            ref PolicyCall c = ref m.PolicyCalls[0];
            before = -1;
            foreach (int node in Order(m, c))
            {
                if (before < 0 && m.Creds[c.Caller.Value].MemsAllowed.Has(node) && m.Pages.Rows.ToArray().Any(page => page.Zone == node && page.Count == 0))
                    before = node;
            }
            Seen.Strayed |= before >= 0 && before != Order(m, c)[0];
        }

        public readonly void After(Machine m, TaskId task, MigrationStep step)
        {
            if ((PolicyStep)step != PolicyStep.AllocateNewPage)
                return;
            ref PolicyCall c = ref m.PolicyCalls[0];
            Pfn page = PatchSet.ListsPagesInOrder(m) ? PageList.Last(m, c.NewList) : PageList.First(m, c.NewList);
            if (c.Err == -Errno.ENOMEM ? before >= 0 : m.Pages[page.Value].Zone != before)
                Seen.Wrong ??= $"page {page.Value} is on node {m.Pages[page.Value].Zone}, wanted {before}";
        }

        // The nodes in the order in which they are asked.
        private static int[] Order(Machine m, in PolicyCall c)
        {
            ulong bits = c.ToNodes.Bits;
            int[] policy = [.. Enumerable.Range(0, CallGen.Nodes).Where(node => (bits >> node & 1) != 0)];
            if (c.Kind == PolicyCallKind.Mbind && c.Mode == MpolMode.Bind)
                return policy;
            int first = c.Kind == PolicyCallKind.Mbind
                ? policy[(int)((m.Vmas[c.First.Value].Pgoff.Value + (c.Offset >> 12)) % (ulong)policy.Length)]
                : c.Dest;
            return [.. Enumerable.Range(0, CallGen.Nodes).Select(step => (first + step) % CallGen.Nodes)];
        }
    }
}
