using MigrationConformance.Conventions;

namespace MigrationConformance.Properties;

/// <summary>Compares a text with an approved file of this project; what was found is written beside it as <c>.received</c>.</summary>
public static class Approved
{
    public static void Check(string path, string found)
    {
        string file = Path.Combine(SourceTree.Root, "Properties", path);
        string received = file.Replace(".approved.", ".received.", StringComparison.Ordinal);
        string approved = File.Exists(file) ? File.ReadAllText(file).ReplaceLineEndings("\n") : "";
        if (approved == found)
        {
            File.Delete(received);
            return;
        }
        File.WriteAllText(received, found);
        string[] old = approved.Split('\n'), now = found.Split('\n');
        int line = old.Zip(now).TakeWhile(pair => pair.First == pair.Second).Count();
        throw new BrokenRule($"""
            {path} differs at line {line + 1}:
            approved: {old.ElementAtOrDefault(line)}
            found:    {now.ElementAtOrDefault(line)}
            What was found is in {Path.GetRelativePath(SourceTree.Root, received)}; if it is right, rename it over the approved file.
            """);
    }
}
