namespace MigrationConformance.Conventions;

/// <summary>What CI runs is what the README tells a reader to run.</summary>
[TestFixture]
public sealed class ReadmeCommands
{
    private const string TestCommand = "dotnet test -c Release";

    [Test]
    public void The_README_and_CI_run_the_tests_by_the_same_command()
    {
        string[] readme = SourceTree.Read("README.md").Split('\n');
        string[] ci = SourceTree.Read(".ci/run").Split('\n');

        Assert.That(readme, Has.Some.EqualTo(TestCommand));
        Assert.That(ci, Has.Some.EqualTo($"{TestCommand} || status=$?"));
    }
}
