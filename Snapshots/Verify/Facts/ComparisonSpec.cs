using VerifyNUnit;

namespace VerifyTests.Facts;

/// <summary>What a comparison does to the files, and what it says.</summary>
[TestFixture]
public sealed class ComparisonSpec
{
    private string folder = "";

    private string Prefix => Path.Combine(folder, "Type.Method");

    private string Verified => $"{Prefix}.verified.txt";

    private string Received => $"{Prefix}.received.txt";

    [SetUp]
    public void MakeFolder() => folder = Directory.CreateTempSubdirectory("verify-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(folder, recursive: true);

    [TestCase("a\nb\n", "a\nb\n")]
    [TestCase("a\nb\n", "a\r\nb\r")]
    [TestCase("\ufeffa\n", "a\n")]
    [TestCase("null", null)]
    [TestCase("emptyString", "")]
    public void The_same_text_passes_and_takes_stale_received_files_away(string approved, string? text)
    {
        File.WriteAllText(Verified, approved);
        File.WriteAllText(Received, "stale");
        File.WriteAllText($"{Prefix}.received.svg", "stale");

        Compare(text);

        Assert.That(Directory.GetFiles(folder), Is.EqualTo(new[] { Verified }));
    }

    [TestCase("a\nb\n", "a\nc\n")]
    [TestCase("a\n", "a\n\n")]
    [TestCase("a", "a ")]
    public void Another_text_leaves_a_received_file_and_the_approved_one_as_it_was(string approved, string text)
    {
        File.WriteAllText(Verified, approved);

        Assert.That(() => Compare(text), Throws.TypeOf<VerifyException>());
        Assert.That(File.ReadAllText(Verified), Is.EqualTo(approved));
        Assert.That(File.ReadAllText(Received), Is.EqualTo(text));
    }

    [Test]
    public void The_message_has_both_names_the_lines_that_differ_and_what_to_do()
    {
        File.WriteAllText(Verified, string.Concat(Enumerable.Range(1, 20).Select(i => $"line {i}\n")));

        string message = Message(File.ReadAllText(Verified).Replace("line 9\n", "line nine\n"));

        Assert.That(message, Does.Contain($"Directory: {folder}\n").And.Contain("NotEqual:\n"));
        Assert.That(message, Does.Contain("Type.Method.received.txt").And.Contain("Type.Method.verified.txt"));
        Assert.That(message, Does.Contain("     8  line 8\n-       line 9\n+    9  line nine\n    10  line 10\n"));
        Assert.That(message, Does.Not.Contain("line 6\n"));
        Assert.That(message, Does.Contain("dotnet run --project Engine/Cli -- review\n").And.Contain("review --accept Type.Method.received.txt"));
    }

    [Test]
    public void A_text_without_an_approved_file_is_new()
    {
        Assert.That(Message("a\n"), Does.Contain("New:\n").And.Contain("+    1  a\n"));
        Assert.That(File.Exists(Verified), Is.False);
    }

    [Test]
    public void A_received_file_begins_with_the_byte_order_mark()
    {
        Message("a\n");

        Assert.That(File.ReadAllBytes(Received), Is.EqualTo(new byte[] { 0xef, 0xbb, 0xbf, (byte)'a', (byte)'\n' }));
    }

    [Test]
    public void A_carriage_return_in_an_approved_file_is_an_error_of_its_own()
    {
        File.WriteAllText(Verified, "a\r\n");

        Assert.That(Message("a\n"), Does.Contain("carriage return"));
    }

    [Test]
    public void An_approved_file_of_another_extension_is_one_to_delete()
    {
        File.WriteAllText(Verified, "a\n");
        File.WriteAllText($"{Prefix}.verified.svg", "left behind");

        Assert.That(Message("a\n"), Does.Contain("Delete:\n  - Verified: Type.Method.verified.svg\n").And.Not.Contain("Received:"));
    }

    [Test]
    public void AutoVerify_accepts()
    {
        File.WriteAllText(Verified, "old\n");

        Snapshot.Compare(Prefix, "txt", "new\n", acceptsAll: true, isBuildServer: false);

        Assert.That(Directory.GetFiles(folder), Is.EqualTo(new[] { Verified }));
        Assert.That(File.ReadAllText(Verified), Is.EqualTo("new\n"));
    }

    [Test]
    public void AutoVerify_accepts_nothing_on_a_build_server()
    {
        File.WriteAllText(Verified, "old\n");

        Assert.That(() => Snapshot.Compare(Prefix, "txt", "new\n", acceptsAll: true, isBuildServer: true), Throws.TypeOf<VerifyException>());
        Assert.That(File.ReadAllText(Verified), Is.EqualTo("old\n"));
    }

    [TestCase("true", true)]
    [TestCase("1", true)]
    [TestCase("", null)]
    [TestCase(null, null)]
    public void CI_makes_a_build_server(string? ci, bool? expected)
    {
        string? before = Environment.GetEnvironmentVariable("CI");
        try
        {
            Environment.SetEnvironmentVariable("CI", ci);
            Assert.That(BuildServer.Detected, Is.EqualTo(expected ?? DiffEngine.BuildServerDetector.Detected));
        }
        finally
        {
            Environment.SetEnvironmentVariable("CI", before);
        }
    }

    [Test]
    public void The_same_prefix_twice_is_an_error()
    {
        File.WriteAllText(Verified, "a\n");
        Snapshot.Compare(Prefix, "txt", "a\n", acceptsAll: false);

        Assert.That(() => Snapshot.Compare(Prefix, "txt", "a\n", acceptsAll: false), Throws.TypeOf<VerifyException>());
    }

    [Test]
    public void A_task_that_is_dropped_compares_nothing()
    {
        Verifier.Verify("dropped\n").UseDirectory(folder);

        Assert.That(Directory.GetFiles(folder), Is.Empty);
    }

    [Test]
    public void A_task_fails_when_it_is_awaited()
    {
        Assert.That(
            async () => await Verifier.Verify("x\n").UseDirectory(folder).UseFileName("Awaited"),
            Throws.TypeOf<VerifyException>().With.Property(nameof(Exception.StackTrace)).Empty);
        Assert.That(Directory.GetFiles(folder).Select(Path.GetFileName), Is.EqualTo(new[] { "Awaited.received.txt" }));
    }

    private void Compare(string? text) => Snapshot.Compare(Prefix, "txt", text, acceptsAll: false, isBuildServer: true);

    private string Message(string text)
    {
        try
        {
            Compare(text);
        }
        catch (VerifyException e)
        {
            return e.Message;
        }

        throw new AssertionException("the comparison passed");
    }
}
