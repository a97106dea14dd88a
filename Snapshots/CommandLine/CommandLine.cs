using System.Diagnostics;

namespace MigrationConformance.Snapshots;

/// <summary>What the command line says: its help, and its main output for one small scenario.</summary>
[TestFixture]
public sealed class CommandLine
{
    private const string Scenario =
        """
        { "title": "three kinds", "fanOut": 8, "pages": [
            { "file": 0, "index": 7, "ptes": [ { "dirty": true } ] },
            { "anonVma": 0, "index": 3, "mappedBy": 1 },
            { "file": 0, "index": 9, "references": [ "never" ] } ] }
        """;

    [TestCase("")]
    [TestCase("migrate")]
    [TestCase("capture")]
    [TestCase("explain")]
    [TestCase("compare")]
    [TestCase("trace")]
    [TestCase("review")]
    [TestCase("bench")]
    public Task Help(string verb) => Verify(Output([.. verb.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]));

    [Test]
    public Task Migrate() => Verify(Output(["migrate", "-", "--pages"]));

    [Test]
    public Task Migrate_before_the_patch() => Verify(Output(["migrate", "-", "--pages", "--patch", "before"]));

    [Test]
    public Task Explain_a_page_that_migrates() => Verify(Output(["explain", "-", "--page", "0"]));

    [Test]
    public Task Explain_a_page_that_stays() => Verify(Output(["explain", "-", "--page", "2"]));

    private static string Output(string[] arguments)
    {
        ProcessStartInfo start = new("dotnet") { RedirectStandardInput = true, RedirectStandardOutput = true };
        foreach (string argument in (string[])["exec", Path.Combine(AppContext.BaseDirectory, "migration-conformance.dll"), .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        using Process process = Process.Start(start)!;
        process.StandardInput.Write(Scenario);
        process.StandardInput.Close();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero);
        return output;
    }
}
