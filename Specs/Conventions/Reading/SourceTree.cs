namespace MigrationConformance.Conventions;

/// <summary>A file of the repository as a convention reads it: where it is and what it says.</summary>
internal sealed record SourceFile(string Path, string Text)
{
    /// <summary>The one-based line that the character at <paramref name="index"/> stands on.</summary>
    public int LineOf(int index) => 1 + Text.AsSpan(0, index).Count('\n');

    /// <summary>The same file with comments and literals blanked; every index and line stays where it was.</summary>
    public SourceFile CodeOnly() => this with { Text = CSharpCode.Only(Text) };
}

/// <summary>The files of the repository that the tests were built from.</summary>
internal static class SourceTree
{
    private static readonly string[] NotSources = ["bin", "obj", "artifacts", ".git"];

    // Found by walking up, not from caller paths: a CI build rewrites those.
    public static string Root { get; } = FindRoot(TestContext.CurrentContext.TestDirectory);

    /// <summary>Files below <paramref name="folder"/> whose name matches, ordered by path, with '/' in the paths.</summary>
    public static IReadOnlyList<SourceFile> Files(string folder, string pattern)
    {
        var files = new List<SourceFile>();
        Collect(new DirectoryInfo(Path.Combine(Root, folder)), pattern, files);
        files.Sort((a, b) => string.CompareOrdinal(a.Path, b.Path));
        return files;
    }

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    private static void Collect(DirectoryInfo folder, string pattern, List<SourceFile> files)
    {
        foreach (FileInfo file in folder.EnumerateFiles(pattern))
        {
            string path = Path.GetRelativePath(Root, file.FullName).Replace('\\', '/');
            files.Add(new SourceFile(path, File.ReadAllText(file.FullName)));
        }

        foreach (DirectoryInfo child in folder.EnumerateDirectories())
        {
            if (!NotSources.Contains(child.Name))
            {
                Collect(child, pattern, files);
            }
        }
    }

    private static string FindRoot(string start)
    {
        for (DirectoryInfo? folder = new(start); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "MigrationConformance.sln")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException($"no MigrationConformance.sln in {start} or above it");
    }
}

/// <summary>What a convention found, told one hit a line.</summary>
internal static class Hits
{
    public static void AssertNone(IReadOnlyCollection<string> hits)
    {
        if (hits.Count > 0)
        {
            Assert.Fail(string.Join('\n', hits));
        }
    }
}
