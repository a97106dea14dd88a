using System.Diagnostics;
using System.Text.Json;
using MigrationConformance.Cli;
using MigrationConformance.Cli.Review;
using Spectre.Console;

namespace MigrationConformance.Snapshots.Review;

/// <summary>Decisions are done one file at a time, at once, each by one rename; what is not decided stays.</summary>
[TestFixture]
public sealed class DecisionsSpec
{
    [Test]
    public void Accepting_replaces_the_approved_file_and_rejecting_leaves_it()
    {
        using ReviewFolder folder = new ReviewFolder().With("A", "old\n", "new\n").With("B", "old\n", "new\n");

        Decision.Accept(folder.Pending[0]);
        Decision.Reject(folder.Pending[0]);

        Assert.That(File.ReadAllText(folder.Verified("A")), Is.EqualTo("new\n"));
        Assert.That(File.ReadAllText(folder.Verified("B")), Is.EqualTo("old\n"));
        Assert.That(folder.Pending, Is.Empty);
    }

    [Test]
    public void A_file_that_was_received_again_since_it_was_shown_is_not_accepted()
    {
        using ReviewFolder folder = new ReviewFolder().With("A", "old\n", "new\n");
        PendingSnapshot shown = folder.Pending[0];
        folder.With("A", "old\n", "newer\n");

        Assert.That(() => Decision.Accept(shown), Throws.TypeOf<UserError>());
        Assert.That(File.ReadAllText(folder.Verified("A")), Is.EqualTo("old\n"));
    }

    [Test]
    public void Interrupting_leaves_each_approved_file_old_or_new()
    {
        using ReviewFolder folder = new();
        string old = string.Concat(Enumerable.Repeat("page 0: count 1\n", 400)), now = string.Concat(Enumerable.Repeat("page 0: count 2\n", 400));
        string[] names = [.. Enumerable.Range(0, 200).Select(i => $"S{i:000}")];
        Array.ForEach(names, name => folder.With(name, old, now));

        using Process review = Start(folder, null, "--accept", "page-count-plus-1");
        while (File.Exists(folder.Received(names[0])) && !review.HasExited)
        {
            Thread.Yield();
        }

        review.Kill();
        review.WaitForExit();

        Assert.That(names.Select(name => File.ReadAllText(folder.Verified(name))), Is.All.EqualTo(old).Or.EqualTo(now));
        Assert.That(File.ReadAllText(folder.Verified(names[0])), Is.EqualTo(now));
    }

    [Test]
    public void Nothing_is_accepted_when_CI_is_set()
    {
        using ReviewFolder folder = new ReviewFolder().With("A", "old\n", "new\n");

        using Process review = Start(folder, "true", "--accept", "A.txt");
        string error = review.StandardError.ReadToEnd();
        review.WaitForExit();

        Assert.That(review.ExitCode, Is.EqualTo(2));
        Assert.That(error, Does.Contain("CI is set"));
        Assert.That(File.ReadAllText(folder.Verified("A")), Is.EqualTo("old\n"));
    }

    [Test]
    public void A_name_that_nothing_has_leaves_everything_as_it_was()
    {
        using ReviewFolder folder = new ReviewFolder().With("A", "old\n", "new\n");

        using Process review = Start(folder, null, "--accept", "A.txt", "--accept", "nothing");
        review.WaitForExit();

        Assert.That(review.ExitCode, Is.EqualTo(2));
        Assert.That(folder.Pending, Has.Count.EqualTo(1));
    }

    [Test]
    public void Json_names_groups_and_snapshots()
    {
        using ReviewFolder folder = new ReviewFolder().With("A", "page 0: count 1\n", "page 0: count 2\n").With("B", null, "x\n");

        using MemoryStream json = new();
        ReviewListing.WriteJson(json, ReviewGroup.Of(folder.Pending));
        using JsonDocument document = JsonDocument.Parse(json.ToArray());

        Assert.That(document.RootElement.GetProperty("pending").GetInt32(), Is.EqualTo(2));
        Assert.That(
            document.RootElement.GetProperty("groups").EnumerateArray().Select(g => g.GetProperty("id").GetString()),
            Is.EqualTo(new[] { "no-approved-file-yet", "page-count-plus-1" }));
    }

    [Test]
    public void At_a_terminal_keys_decide_on_groups_and_on_single_files()
    {
        using ReviewFolder folder = Six();

        // A, B and C come first: the second of them is accepted alone. Then two groups are alike in size, and D and E
        // come first by name: they are rejected. A and C are accepted, F stays.
        bool done = Terminal(folder, "nfraq", out string said);

        Assert.That(done, Is.False);
        Assert.That(said, Does.Contain("page: count +1: 3 snapshots").And.Contain("3 accepted, 2 rejected, 1 still pending"));
        Assert.That(
            "ABCDEF".Where(name => File.ReadAllText(folder.Verified($"{name}")) is var text && (text.Contains("count 2") || text.Contains("dirty"))),
            Is.EqualTo(new[] { 'A', 'B', 'C' }));
        Assert.That(folder.Pending.Select(p => p.Name), Is.EqualTo(new[] { "F.txt" }));
    }

    [Test]
    public void A_later_review_goes_on_where_the_first_one_stopped()
    {
        using ReviewFolder folder = Six();

        Terminal(folder, "sq", out _);
        Terminal(folder, "q", out string second);

        Assert.That(second, Does.Contain("3 skipped before").And.Contain("new page gains PG_dirty: 2 snapshots"));
        Assert.That(folder.Pending, Has.Count.EqualTo(6));
    }

    [Test]
    public void A_name_cannot_drive_the_terminal()
    {
        using ReviewFolder folder = new ReviewFolder().With("A", "tree of file 0\n", "tree of file 0 [red]\u001b[2J[/]\n");

        Terminal(folder, "q", out string said);

        Assert.That(said, Does.Contain("[red]\ufffd[2J[/]"));
    }

    private static ReviewFolder Six() => new ReviewFolder()
        .With("A", "page 0: count 1\n", "page 0: count 2\n")
        .With("B", "page 1: count 1\n", "page 1: count 2\n")
        .With("C", "page 2: count 1\n", "page 2: count 2\n")
        .With("D", "newpage 3: flags none\n", "newpage 3: flags dirty\n")
        .With("E", "newpage 4: flags none\n", "newpage 4: flags dirty\n")
        .With("F", "slot 1: swap_map 1\n", "slot 1: swap_map 2\n");

    private static bool Terminal(ReviewFolder folder, string keys, out string said)
    {
        using StringWriter output = new();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Out = new AnsiConsoleOutput(output) });
        console.Profile.Width = 160;
        Queue<char> left = new(keys);
        bool done = new ReviewTerminal(console, () => left.TryDequeue(out char key) ? key : 'q', new SkippedSnapshots(folder.Path)).Run(folder.Pending);
        said = output.ToString();
        return done;
    }

    private static Process Start(ReviewFolder folder, string? ci, params string[] arguments)
    {
        ProcessStartInfo start = new("dotnet") { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (string argument in (string[])["exec", Path.Combine(AppContext.BaseDirectory, "migration-conformance.dll"), "review", "--folder", folder.Path, .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment.Remove("CI");
        if (ci is not null)
        {
            start.Environment["CI"] = ci;
        }

        return Process.Start(start)!;
    }
}
