using MigrationConformance.Core;

namespace MigrationConformance.Cli;

/// <summary>What <c>replay</c> tells of a run, and what it says of a text that is none.</summary>
[TestFixture]
public sealed class ReplaySpec
{
    private const string Fault = """{"kind":"fault","address":"0x10000000"}""";

    [Test]
    public void Each_step_stands_in_a_line_with_what_it_changed()
    {
        (int code, string[] lines) = Replay("""{"scenario":{"title":"one page","pages":[{"file":0,"mappedBy":1}]}}""");

        Assert.That(code, Is.EqualTo(ExitCode.Fine));
        Assert.That(lines[..3], Is.EqualTo(new[] { "one page", "task 0: the migration", "" }));
        Assert.That(lines, Has.Some.EqualTo("   1. task 0: Begin"));
        Assert.That(lines, Has.Some.EqualTo("   9. task 0: step 5, TryToUnmap: page 0 count 3->2 mapcount 1->0, process 0 file_rss 1->0 hiwater_rss 0->1, counters nr_mapped 1->0, process 0 at 0x10000000 gone"));
        Assert.That(lines, Has.Some.EqualTo("  14. task 0: step 8, CheckSlot"));
        Assert.That(lines[^1], Is.EqualTo("every task is over, every rule holds"));
    }

    [Test]
    public void A_task_that_waits_says_once_for_what_and_who_has_it()
    {
        // The fault comes when the slot has been switched: it finds the new page, locked and not uptodate.
        (int code, string[] lines) = Replay($$"""{"scenario":{"pages":[{"file":0,"mappedBy":1}]},"actors":[{{Fault}}],"schedule":[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,1,1,1,1,1,0,1,1]}""");

        Assert.That(code, Is.EqualTo(ExitCode.Fine));
        Assert.That(lines[1], Is.EqualTo("task 1: Fault of process 0 at 0x10000000"));
        Assert.That(lines.Where(line => line.Contains("waits", StringComparison.Ordinal)), Is.EqualTo(new[] { "      task 1 waits for PageLock 1, held by task 0" }));
    }

    [TestCase("""{"scenario":{"pages":[{"file":0,"locked":"never"}]}}""", "every rule holds, and these tasks wait for ever for what others hold: 0, for PageLock 0")]
    [TestCase("""{"scenario":{"pages":[{"swapCache":1}]}}""", "a crash that the patch has: TryToUnmapFileNullMapping in try_to_unmap_file with page 0; every rule held until then")]
    public void What_is_no_mistake_of_the_engine_is_a_finding_all_the_same(string run, string end)
    {
        (int code, string[] lines) = Replay(run);

        Assert.That((code, lines[^1]), Is.EqualTo((ExitCode.Finding, end)));
    }

    [Test]
    public void A_rule_that_does_not_hold_is_told_with_the_ledger_of_the_page()
    {
        (int code, string[] lines) = Replay("""{"scenario":{"illegal":true,"pages":[{"file":0,"count":5}]}}""");

        Assert.That(code, Is.EqualTo(ExitCode.Finding));
        Assert.That(lines[^2], Does.StartWith("at the start: page count is its holders: page 0: count 5, held by: "));
        Assert.That(lines[^1], Does.StartWith("page 0: count 5, held by: ").And.Contain("3 units held by nobody"));
    }

    [Test]
    public void An_actor_without_anything_to_act_on_is_left_out_and_it_says_so()
    {
        (int code, string[] lines) = Replay("""{"scenario":{"pages":[{"file":0}]},"actors":[{"kind":"fork"}]}""");

        Assert.That((code, lines[1]), Is.EqualTo((ExitCode.Fine, "task 1: Fork of process 0, which the machine has not: left out")));
    }

    [TestCase("{", "$: found no JSON (")]
    [TestCase("[]", "$: found [], expected an object with \"scenario\", \"actors\" and \"schedule\".")]
    [TestCase("{}", "$: found no \"scenario\", expected an object with")]
    [TestCase("""{"scenario":{},"scenario":{}}""", "$: found \"scenario\" for the second time, expected each of scenario, actors, schedule at most once.")]
    [TestCase("""{"scenario":{"pages":[{"file":-1}]}}""", "$.scenario.pages[0].file (line 1): found -1, expected a whole number")]
    [TestCase("""{"scenario":{},"actors":{}}""", "$.actors: found {}, expected an array.")]
    [TestCase("""{"scenario":{},"actors":[7]}""", "$.actors[0]: found 7, expected an actor such as { \"kind\": \"fault\" }.")]
    [TestCase("""{"scenario":{},"actors":[{}]}""", "$.actors[0].kind: found nothing, expected an actor such as \"fault\" or \"truncate\".")]
    [TestCase("""{"scenario":{},"actors":[{"kind":"migration"}]}""", "$.actors[0].kind: found \"migration\", expected")]
    [TestCase("""{"scenario":{},"actors":[{"kind":"12"}]}""", "$.actors[0].kind: found \"12\", expected")]
    [TestCase("""{"scenario":{},"actors":[{"kind":"fault","adress":1}]}""", "$.actors[0]: found \"adress\", expected each of kind, process, address")]
    [TestCase("""{"scenario":{},"actors":[{"kind":"fault","address":"0x11111111111111111111"}]}""", "$.actors[0].address: found \"0x11111111111111111111\", expected a whole number from 0 to 140737488355327")]
    [TestCase("""{"scenario":{},"actors":[{"kind":"fault","process":1.5}]}""", "$.actors[0].process: found 1.5, expected a whole number from 0 to 1000000")]
    [TestCase("""{"scenario":{},"actors":[{"kind":"fault","write":1}]}""", "$.actors[0].write: found 1, expected true or false.")]
    [TestCase("""{"scenario":{},"schedule":[0,-1]}""", "$.schedule[1]: found -1, expected a whole number from 0 to 255")]
    public void A_text_that_is_no_run_is_refused_in_a_sentence_with_place_value_and_expectation(string text, string sentence)
    {
        Assert.That(() => InterleavedText.Read(text), Throws.TypeOf<ScenarioException>().With.Message.StartsWith(sentence));
    }

    private static (int Code, string[] Lines) Replay(string json)
    {
        using StringWriter output = new() { NewLine = "\n" };
        int code = ReplayVerb.Tell(output, InterleavedText.Read(json));
        return (code, output.ToString().TrimEnd().Split('\n'));
    }
}
