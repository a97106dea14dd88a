namespace MigrationConformance.Snapshots;

/// <summary>Two texts in one snapshot.</summary>
internal static class Two
{
    /// <summary>One below the other, each indented below its name; a text that stayed the same is not repeated.</summary>
    public static string Texts(string before, string after) =>
        before == after ? $"before and after\n{Indent(before)}" : $"before\n{Indent(before)}after\n{Indent(after)}";

    private static string Indent(string text) => string.Concat(text.TrimEnd('\n').Split('\n').Select(line => $"  {line}\n"));
}
