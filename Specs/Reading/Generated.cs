using MigrationConformance.Conventions;

namespace MigrationConformance.Specs;

/// <summary>Files of the repository that are written from what the specs say about themselves, and checked by them.</summary>
internal static class Generated
{
    public const string Command = "dotnet test Specs -c Release -e WRITE_GENERATED=1";

    /// <summary>Asserts that a file is up to date; writes it instead when the variable of <see cref="Command"/> is set.</summary>
    public static void AssertCurrent(string path, string expected)
    {
        string full = Path.Combine(SourceTree.Root, path);
        if (Environment.GetEnvironmentVariable("WRITE_GENERATED") == "1")
            File.WriteAllText(full, expected);
        Assert.That(File.Exists(full) ? File.ReadAllText(full) : "", Is.EqualTo(expected), $"{path} is out of date; write it with: {Command}");
    }
}

/// <summary>Where the fixtures of this assembly are written down.</summary>
internal static class SpecSources
{
    private static readonly Lazy<Dictionary<string, string>> Paths = new(() => SourceTree.Files("Specs", "*.cs")
        .GroupBy(file => Path.GetFileNameWithoutExtension(file.Path)).ToDictionary(files => files.Key, files => files.First().Path));

    public static string PathOf(Type fixture) => PathOf(fixture.Name);

    public static string PathOf(string fixture) => Paths.Value[fixture];
}
