using System.Text;
using MigrationConformance.Core;

namespace MigrationConformance.Cli;

/// <summary>A system call on the command line: what it did in a few lines, and the story of a page through its calls of migrate_pages.</summary>
[TestFixture]
public sealed class CallsSpec
{
    // Page 2 is shared, page 3 pinned; at policyLayer each chunk is one page.
    private const string Scenario =
        """
        {"patch":"policyLayer","zones":2,"processes":[{},{}],
         "pages":[{"file":0,"repeat":2,"mappedBy":1},{"file":0,"index":2,"mappedBy":2},{"file":0,"index":3,"mappedBy":1,"references":["never"]},{"zone":1,"repeat":9}],
         "call":{"migratePages":{"from":[0],"to":[1]}}}
        """;

    [Test]
    public void Says_what_was_asked_found_skipped_moved_and_answered()
    {
        string[] lines = Lines(Scenario);

        Assert.That(lines[0], Is.EqualTo("migrate_pages(2) of process 0 from node 0 to node 1 at level policyLayer: returned 1"));
        Assert.That(lines[1], Is.EqualTo("found 4 pages on the wrong node, left 1 alone as shared; isolated 3, 2 migrated, 1 stayed; put back 3"));
        Assert.That(lines[2], Is.EqualTo("3 calls of migrate_pages: 3 with 1 new returned 0; 2 with 1 new returned 0; 1 with 1 new returned 1; 15 passes"));
        Assert.That(lines, Has.Length.EqualTo(3));
    }

    [Test]
    public void Levels_differ_in_the_chunks()
    {
        Assert.That(Lines(Scenario, PatchLevel.ChunkedAllocation)[2], Is.EqualTo("1 call of migrate_pages: 3 with 3 new returned 1; 11 passes"));
        Assert.That(Lines(Scenario, PatchLevel.V9)[2], Does.StartWith("1 call of migrate_pages: 3 to swap returned 1; "));
    }

    [Test]
    public void Many_chunks_are_told_by_their_number()
    {
        string[] lines = Lines("""{"patch":"policyLayer","zones":2,"pages":[{"file":0,"repeat":9,"mappedBy":1},{"zone":1,"repeat":9}],"call":{"mbind":{"nodes":[1],"flags":["strict","move"]}}}""");

        Assert.That(lines[0], Is.EqualTo("mbind(2) of process 0, bind on node 1 (strict, move) at level policyLayer: returned 0"));
        Assert.That(lines[2], Is.EqualTo("9 calls of migrate_pages with 1 to 1 new pages each, 9 passes"));
    }

    [Test]
    public void A_call_that_is_refused_says_only_that()
    {
        string[] lines = Lines("""{"zones":2,"processes":[{},{"uid":7}],"call":{"migratePages":{"process":1,"caller":0,"from":[0],"to":[0,1]}}}""");

        Assert.That(lines, Is.EqualTo(new[] { "migrate_pages(2) of process 1 from node 0 to nodes 0,1, by process 0, at Direct Migration V9: returned -EPERM" }));
    }

    [Test]
    public void A_call_that_waits_for_ever_is_told_without_a_pass()
    {
        MigrationResult result = Run("""{"pages":[{"file":0,"mappedBy":1}],"locks":[{"lock":"mmapSem","process":0}],"call":{"mbind":{"nodes":[0]}}}""", null);

        Assert.That(Summary.Finding(result), Is.EqualTo("blocked for ever at step \"- take mmap_sem\": waits for the mmap_sem of process 0"));
        Assert.That(CallSummary.Answer(result), Is.EqualTo("did not return"));
    }

    [Test]
    public void The_story_of_a_page_has_a_part_for_each_call_and_for_what_lies_between()
    {
        string[] story = Tell(Scenario, 3);

        Assert.That(story.Where(line => line.Length > 0 && char.IsLetter(line[0])).Skip(1).SkipLast(1), Is.EqualTo(new[]
        {
            "before migrate_pages", "call 1, pass 0", "call 1, pass 1", "call 2, pass 0", "call 2, pass 1", "call 3, passes 0 to 10, each", "after call 3 of migrate_pages",
        }));
        Assert.That(story, Has.Some.EqualTo("   - check_range: look at an entry           count 3 → 4; -lru"));
        Assert.That(story, Has.Some.EqualTo("   - give back what stayed                   back to the LRU, by a pagevec"));
        Assert.That(story, Has.Some.StartsWith("at the end: left, -EAGAIN"));
    }

    [Test]
    public void A_page_that_the_call_leaves_alone_has_no_story()
    {
        string[] story = Tell(Scenario, 2);

        Assert.That(story, Has.Some.EqualTo("the call does not touch it"));
        Assert.That(story, Has.Some.EqualTo("at the end: not isolated"));
    }

    [Test]
    public void A_run_of_a_call_and_an_actor_is_replayed()
    {
        using StringWriter output = new() { NewLine = "\n" };
        Interleaved run = new(ScenarioReader.Read(Encoding.UTF8.GetBytes(Scenario)), [new ActorSpec(TaskKind.Fault, Address: 0x10000000)], [0, 0, 1, 1, 0]);

        int code = ReplayVerb.Tell(output, run);

        Assert.That(code, Is.EqualTo(ExitCode.Fine), output.ToString());
        Assert.That(output.ToString(), Does.Contain("task 0: CheckEntry").And.Contain("task 0: step 1, LockPage").And.Contain("task 0: PutBackMoved"));
        Assert.That(output.ToString(), Does.EndWith("every task is over, every rule holds\n"));
    }

    [Test]
    public void Every_policy_step_has_words_that_no_other_step_has()
    {
        int[] steps = [.. Enum.GetValues<PolicyStep>().Select(step => (int)step), .. Enum.GetValues<MigrationStep>().Select(step => (int)step)];
        string[] words = [.. steps.Select(step => Words.Of((MigrationStep)step))];

        Assert.That(words, Is.Unique);
        Assert.That(words.Where((word, i) => word[3..] == PolicyCalls.StepName(steps[i])), Is.Empty);
    }

    private static string[] Lines(string scenario, PatchLevel? level = null)
    {
        MigrationResult result = Run(scenario, level);
        string words = result.Run.Machine.Globals.Patch == PatchLevel.V9 ? "at Direct Migration V9" : $"at level {PatchSet.Word(result.Run.Machine.Globals.Patch)}";
        return [.. CallSummary.Lines(result, result.Call!, words)];
    }

    private static MigrationResult Run(string scenario, PatchLevel? level)
    {
        Scenario read = ScenarioReader.Read(Encoding.UTF8.GetBytes(scenario));
        return MigrationRun.Run(ScenarioBuilder.Build(level is { } other ? read with { Patch = other } : read));
    }

    private static string[] Tell(string scenario, int page)
    {
        using StringWriter output = new() { NewLine = "\n" };
        ExplainVerb.Tell(output, ScenarioBuilder.Build(ScenarioReader.Read(Encoding.UTF8.GetBytes(scenario))), new Pfn(page));
        return output.ToString().Split('\n');
    }
}
