using System.Text;
using MigrationConformance.Core;

namespace MigrationConformance.Cli;

/// <summary>The story of a page: who holds it, what each step changes, why it leaves.</summary>
[TestFixture]
public sealed class ExplainSpec
{
    [Test]
    public void A_page_that_migrates_goes_through_the_documented_steps_in_the_codes_order()
    {
        string[] story = Tell("""{"pages":[{"file":0,"index":7,"mappedBy":2}]}""", 0);

        int[] numbers = [.. story.Where(line => line.Length > 4 && char.IsDigit(line[3])).Select(line => int.Parse(line[2..4]))];
        Assert.That(numbers, Is.EqualTo(new[] { 1, 2, 4, 5, 5, 6, 9, 7, 8, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20 }));
        Assert.That(story[0], Is.EqualTo("page 0: file 0, offset 7"));
        Assert.That(story[1], Is.EqualTo("  count 4 = page cache 1 + entries 2 + isolation (on from) 1; mapcount 2"));
        Assert.That(story, Has.Some.EqualTo("   5 try_to_unmap                            count 4 → 3; mapcount 2 → 1; process 0 at 0x10007000: present → none"));
        Assert.That(story, Has.Some.EqualTo("  11 switch the tree's slot                  the tree finds page 1 now"));
        Assert.That(story, Has.Some.EqualTo("at the end: migrated to page 1"));
    }

    [Test]
    public void A_page_that_others_hold_says_who_and_until_when()
    {
        string[] story = Tell("""{"pages":[{"file":0,"buffers":1,"references":[3,"never"],"locked":1}]}""", 0);

        Assert.That(story[1], Is.EqualTo("  count 5 = page cache 1 + isolation (on from) 1 + buffers 1 + others 2; mapcount 0"));
        Assert.That(story, Has.Some.EqualTo("  others: the page lock until pass 1"));
        Assert.That(story, Has.Some.EqualTo("  others: a reference until pass 3"));
        Assert.That(story, Has.Some.EqualTo("  others: a reference for ever"));
        Assert.That(story, Has.Some.Matches("^   - begin a pass +others let go: count 4 → 3$"));
        Assert.That(story, Has.Some.Matches("^   - check the references \\(before 5\\) +backs out: page_count is not mapcount \\+ 2"));
    }

    [Test]
    public void Passes_that_repeat_the_one_before_are_told_once()
    {
        string[] story = Tell("""{"pages":[{"file":0,"references":["never"]}]}""", 0);

        Assert.That(story.Where(line => line.StartsWith("pass", StringComparison.Ordinal)), Is.EqualTo(new[] { "passes 0 to 10, each" }));
        Assert.That(story, Has.Some.Matches("^at the end: left, -EAGAIN: page_count is not mapcount \\+ 2"));
    }

    [Test]
    public void Entries_turn_into_swap_entries_before_the_eyes()
    {
        string[] story = Tell("""{"patch":"before","pages":[{"anonVma":0,"index":3,"mappedBy":1}]}""", 0);

        Assert.That(story, Has.Some.Matches("process 0 at 0x10003000: present → swap entry of slot 1"));
        Assert.That(story, Has.Some.Matches("^at the end: swapped out"));
    }

    [Test]
    public void A_new_page_says_whose_it_becomes()
    {
        string[] story = Tell("""{"pages":[{"file":0}]}""", 1);

        Assert.That(story[0], Is.EqualTo("page 1: new page"));
        Assert.That(story, Has.Some.Matches("^  10 establish the new page +as the new page of page 0: count 1 → 2; mapping NULL → file 0$"));
    }

    [Test]
    public void A_page_that_is_not_touched_has_no_story()
    {
        string[] story = Tell("""{"pages":[{"file":0,"list":"lru"},{"file":0,"index":1}]}""", 0);

        Assert.That(story, Has.Some.EqualTo("migrate_pages does not touch it"));
    }

    [Test]
    public void A_run_that_stops_says_where()
    {
        string[] story = Tell("""{"pages":[{"file":0,"locked":"never"}]}""", 0);

        Assert.That(story, Has.Some.Matches("^at the end: under way; blocked for ever in pass 3 at step \"1 lock the page\""));
    }

    private static string[] Tell(string scenario, int page)
    {
        using StringWriter output = new() { NewLine = "\n" };
        ExplainVerb.Tell(output, ScenarioBuilder.Build(ScenarioReader.Read(Encoding.UTF8.GetBytes(scenario))), new Pfn(page));
        return output.ToString().Split('\n');
    }
}
