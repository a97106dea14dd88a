using MigrationConformance.Cli;

namespace MigrationConformance.Specs;

/// <summary>The verb <c>trace</c>: it knows the patch by the hashes of its lines, and finds what is new in another version.</summary>
[TestFixture]
public sealed class TraceVerbSpec
{
    private const string Patch =
        """
        diff --git a/mm/one.c b/mm/one.c
        --- a/mm/one.c
        +++ b/mm/one.c
        @@ -10,3 +10,4 @@ int f(void)
         before
        -gone
        +first
        +second
         after
        @@ -20 +21,2 @@
        +third
         context
        --- a/mm/two.c
        +++ b/mm/two.c
        @@ -1,0 +1,1 @@
        +fourth
        """;

    private static readonly string[] Lines = ["mm/one.c:11 first", "mm/one.c:12 second", "mm/one.c:21 third", "mm/two.c:1 fourth"];

    [Test]
    public void Added_lines_are_numbered_as_in_the_patched_file() => Assert.That(Read(Patch), Is.EqualTo(Lines));

    [Test]
    public void A_patch_with_CR_LF_and_one_in_a_mail_are_the_same_patch()
    {
        string mail = $"From: somebody\nSubject: a patch\n\n+ not a line of a hunk\n---\n mm/one.c | 2 +-\n\n{Patch}\n-- \n1.0\n";

        Assert.That(Read(Patch.Replace("\n", "\r\n")), Is.EqualTo(Lines));
        Assert.That(Read(mail), Is.EqualTo(Lines));
    }

    [Test]
    public void An_empty_context_line_that_lost_its_blank_is_read() => Assert.That(Read("+++ b/f\n@@ -1,2 +1,3 @@\n\n+new\n x\n"), Is.EqualTo(new[] { "f:2 new" }));

    [TestCase("", "expected a patch in unified format, found no hunk of a named file")]
    [TestCase("hello\n", "expected a patch in unified format, found no hunk of a named file")]
    [TestCase("@@ -1 +1,2 @@\n+a\n b\n", "expected a patch in unified format, found no hunk of a named file")]
    [TestCase("+++ b/f\n@@ -1,2 +1,3 @@\n+a\n", "line 2: the hunk ends early")]
    [TestCase("+++ b/f\n@@ -1,1 +1,2 @@\n+a\n?\n", "line 4: expected a line of a hunk, which begins with a space, + or -")]
    [TestCase("+++ b/f\n@@ -1,1 +1,1 @@\n+a\n+b\n", "line 4: the hunk of line 2 has more lines than it says")]
    [TestCase("+++ b/f\n@@ -1 +1,99999999999 @@\n+a\n", "line 2: expected a hunk of fewer lines")]
    public void What_is_no_patch_is_told_in_one_sentence(string text, string sentence) =>
        Assert.That(() => PatchReader.Read(text), Throws.TypeOf<UserError>().With.Message.EqualTo(sentence));

    [TestCase(20_000, false)]
    [TestCase(20_001, true)]
    public void A_patch_of_more_lines_than_any_is_refused(int lines, bool refused)
    {
        string patch = $"+++ b/f\n@@ -0,0 +1,{lines} @@\n{string.Concat(Enumerable.Repeat("+x\n", lines))}";

        if (refused)
            Assert.That(() => PatchReader.Read(patch), Throws.TypeOf<UserError>().With.Message.EqualTo("line 20003: expected a patch of at most 20000 added lines"));
        else
            Assert.That(PatchReader.Read(patch), Has.Count.EqualTo(lines));
    }

    [Test]
    public void The_known_patch_is_recognised_and_each_line_has_its_specs()
    {
        (int code, string[] told) = Tell(Patch, Known());

        Assert.That(code, Is.EqualTo(ExitCode.Fine));
        Assert.That(told[0], Is.EqualTo("This is the patch that the table was made for: 4 added lines, 3 exercised by specs"));
        Assert.That(told, Does.Contain("    11  first").And.Contain("        = Spec0").And.Contain("        = none: a reason"));
    }

    [Test]
    public void Of_another_version_it_says_which_lines_are_new()
    {
        (int code, string[] told) = Tell(Patch.Replace("+second", "+another second"), Known());

        Assert.That(code, Is.EqualTo(ExitCode.Finding));
        Assert.That(told[0], Is.EqualTo(
            "This is not the patch that the table was made for: 3 of 4 added lines are known, 1 are new and uncovered, 1 lines of the known patch are missing"));
        Assert.That(told[Array.IndexOf(told, "    12  another second") + 1], Is.EqualTo("        = NEW, no spec"));
        Assert.That(told[Array.IndexOf(told, "    21  third") + 1], Is.EqualTo("        = Spec2"));
    }

    [Test]
    public void A_line_that_moved_to_another_file_is_new() =>
        Assert.That(Tell(Patch.Replace("+++ b/mm/two.c", "+++ b/mm/three.c"), Known()).Told, Does.Contain("        = NEW, no spec"));

    [Test]
    public void Repeated_lines_are_matched_in_order_so_that_most_are_known()
    {
        List<AddedLine> added = PatchReader.Read("+++ b/f\n@@ -0,0 +1,4 @@\n+}\n+x\n+}\n+y\n");
        TraceRow[] rows = [.. new[] { "x", "}", "y" }.Select((text, i) => new TraceRow("f", i + 1, new AddedLine("f", 1, text).Hash, "code", text))];

        Assert.That(TraceTable.Match(added, rows).Select(row => row?.Specs), Is.EqualTo(new[] { null, "x", "}", "y" }));
    }

    [Test]
    public void Control_characters_of_the_patch_do_not_reach_the_terminal() =>
        Assert.That(Tell(Patch.Replace("first", "fi\u001b[31mrst"), Known()).Told, Does.Contain("    11  fi?[31mrst"));

    [Test]
    public void The_embedded_table_knows_the_five_files_of_the_patch() =>
        Assert.That(TraceTable.Embedded().Select(row => row.File).Distinct(), Is.EqualTo(new[]
        {
            PatchLinesAttribute.Documentation, PatchLinesAttribute.RmapHeader, PatchLinesAttribute.SwapHeader, PatchLinesAttribute.Rmap, PatchLinesAttribute.Vmscan,
        }));

    private static string[] Read(string patch) => [.. PatchReader.Read(patch).Select(line => $"{line.File}:{line.Number} {line.Text}")];

    private static List<TraceRow> Known() =>
        [.. PatchReader.Read(Patch).Select((line, i) => new TraceRow(line.File, line.Number, line.Hash, "code", i == 3 ? $"{TraceRow.NoSpec}a reason" : $"Spec{i}"))];

    private static (int Code, string[] Told) Tell(string patch, IReadOnlyList<TraceRow> rows)
    {
        using var output = new StringWriter { NewLine = "\n" };
        int code = TraceVerb.Tell(output, patch, rows);
        return (code, output.ToString().Split('\n'));
    }
}
