using System.Diagnostics;
using System.Text;

namespace MigrationConformance.Cli;

/// <summary>What the program prints and answers, run as a program.</summary>
[TestFixture]
public sealed class CommandLine
{
    private const string OnePage = """{"pages":[{"file":0,"index":7,"mappedBy":1}]}""";
    private const string Blocked = """{"pages":[{"file":0,"locked":"never"}]}""";
    private const string Bug = """{"pages":[{"swapCache":1}]}""";

    private static readonly string Program = Path.Combine(TestContext.CurrentContext.TestDirectory, "migration-conformance.dll");

    [Test]
    public void A_run_that_returns_is_told_in_a_table_and_answers_0()
    {
        Answer answer = Run(OnePage, "migrate", "-");

        Assert.That(answer, Is.EqualTo(new Answer(0, answer.Output, "")));
        Assert.That(answer.Output, Does.StartWith("migrate_pages at Direct Migration V9: 1 page on from, 1 migrated, 0 left; returned 0 after 1 pass\n"));
        Assert.That(answer.Output, Does.Contain("20 move the new page to the LRU"));
        Assert.That(answer.Output, Does.Not.Contain("\e"));
    }

    [TestCase(Blocked, "blocked for ever in pass 3 at step \"1 lock the page\", page 0: waits for the lock of page 0")]
    [TestCase(Bug, "kernel BUG in try_to_unmap_file, page 0: TryToUnmapFileNullMapping, in pass 0 at step \"5 try_to_unmap\"")]
    public void A_finding_is_told_and_answers_1(string scenario, string finding)
    {
        Answer answer = Run(scenario, "migrate", "-");

        Assert.That(answer.Code, Is.EqualTo(1));
        Assert.That(answer.Output.Split('\n'), Has.Some.EqualTo(finding));
    }

    [TestCase("v9", "migrated")]
    [TestCase("before", "swapped out")]
    public void The_patch_level_of_the_command_line_wins(string level, string outcome)
    {
        Answer answer = Run("""{"patch":"v9","pages":[{"file":0}]}""", "migrate", "-", "--patch", level);

        Assert.That(answer.Output, Does.Contain($" {outcome} "));
    }

    [Test]
    public void The_pages_are_listed_on_request()
    {
        Answer answer = Run(OnePage, "migrate", "-", "--pages");

        Assert.That(answer.Output.Split('\n')[^2], Does.Match("^ +0  migrated +1 +0  20 move the new page to the LRU +file 0, offset 7$"));
    }

    [Test]
    public void The_result_document_is_the_same_bytes_each_time()
    {
        Answer first = Run(OnePage, "migrate", "-", "--json");
        Answer second = Run(OnePage, "migrate", "-", "--json");

        Assert.That(first.Code, Is.Zero);
        Assert.That(first.Output, Does.StartWith("{\n  \"patch\": \"v9\",\n").And.EndsWith("\n}\n"));
        Assert.That(second, Is.EqualTo(first));
    }

    [Test]
    public void Lines_in_are_lines_out_and_the_worst_of_them_is_the_answer()
    {
        Answer answer = Run($"{OnePage}\n\nnonsense\r\n{Blocked}\r\n{OnePage}", "migrate", "--jsonl");

        string[] lines = answer.Output.Split('\n');
        Assert.That(lines, Has.Length.EqualTo(5));
        Assert.That(lines[0], Does.StartWith("{\"patch\":\"v9\",\"outcome\":\"returned\""));
        Assert.That(lines[1], Does.StartWith("{\"line\":3,\"error\":\""));
        Assert.That(lines[2], Does.StartWith("{\"patch\":\"v9\",\"outcome\":\"blocked\""));
        Assert.That(lines[3], Is.EqualTo(lines[0]));
        Assert.That(answer.Code, Is.EqualTo(2));
    }

    [TestCase("{")]
    [TestCase("{\"pages\":[{\"file\":-1}]}")]
    [TestCase("{\"pages\":[{\"file\":0,\"swapCache\":1}]}")]
    public void A_scenario_that_cannot_be_is_one_sentence_on_standard_error_and_answers_2(string scenario)
    {
        Answer answer = Run(scenario, "migrate", "-");

        Assert.That(answer.Code, Is.EqualTo(2));
        Assert.That(answer.Output, Is.Empty);
        Assert.That(answer.Error, Does.Match("^migration-conformance: standard input: \\$.*, expected .*[^.]\n$"));
    }

    [Test]
    public void A_mistake_is_one_sentence_on_standard_error_and_answers_2()
    {
        Answer answer = Run(OnePage, "migrate", "-", "--patch", "v10");

        Assert.That(answer, Is.EqualTo(new Answer(2, "", "migration-conformance: --patch v10: expected one of before, swapCacheCheck, v9, removeFromSwap, policyLayer, migratepageMethod, newPageOrder, "
            + "chunkedAllocation, mlockedFails, entriesRestored, swapPageIgnoresReferences, swapRequired, faultStartsAgain, unmappedBeforeWritten\n")));
    }

    [TestCase("migration-conformance migrate  ")]
    [TestCase("migration-conformance migrate machine.json --patch before", "migrate")]
    [TestCase("migration-conformance capture --pid $$", "capture")]
    [TestCase("migration-conformance explain machine.json --page 12", "explain")]
    [TestCase("migration-conformance bench --json", "bench")]
    public void Help_has_examples(string example, params string[] verb)
    {
        Answer answer = Run("", [.. verb, "--help"]);

        Assert.That(answer.Code, Is.Zero);
        Assert.That(answer.Error, Is.Empty);
        Assert.That(answer.Output, Does.Contain($"Examples:\n").And.Contain($"  {example}"));
    }

    private static Answer Run(string input, params string[] args)
    {
        ProcessStartInfo start = new(Environment.ProcessPath!)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        start.ArgumentList.Add(Program);
        foreach (string arg in args)
            start.ArgumentList.Add(arg);
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        try
        {
            process.StandardInput.Write(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It answered without reading its input.
        }
        process.WaitForExit();
        return new Answer(process.ExitCode, output.Result, error.Result);
    }

    private sealed record Answer(int Code, string Output, string Error);
}
