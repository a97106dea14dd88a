using System;
using System.Collections.Generic;
using System.IO;

namespace MigrationConformance.Cli.Review;

/// <summary>A snapshot that awaits a decision: what a test received, beside what is approved.</summary>
/// <param name="Name">Its path below the folder that is reviewed, with '/', up to <c>.received.</c>.</param>
/// <param name="Received">The full path of the received file.</param>
/// <param name="Verified">The full path of the approved file, which may not exist yet.</param>
/// <param name="Approved">The approved text, or null when there is none.</param>
/// <param name="Text">The received text.</param>
internal sealed record PendingSnapshot(string Name, string Received, string Verified, string? Approved, string Text)
{
    private const string Mark = ".received.";
    private static readonly string[] NotSources = ["bin", "obj", "artifacts", ".git", ".vs", "node_modules"];

    /// <summary>Whether the snapshot is a picture.</summary>
    public bool IsPicture => Received.EndsWith(".svg", StringComparison.Ordinal);

    /// <summary>Finds what is pending below a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <returns>The pending snapshots, ordered by name.</returns>
    public static List<PendingSnapshot> Find(string folder)
    {
        List<PendingSnapshot> pending = [];
        Collect(new DirectoryInfo(folder), folder, pending);
        pending.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        return pending;
    }

    private static void Collect(DirectoryInfo folder, string root, List<PendingSnapshot> pending)
    {
        foreach (FileInfo file in folder.EnumerateFiles($"*{Mark}*"))
        {
            int mark = file.Name.LastIndexOf(Mark, StringComparison.Ordinal);
            string verified = Path.Combine(folder.FullName, string.Concat(file.Name.AsSpan(0, mark), ".verified.", file.Name.AsSpan(mark + Mark.Length)));
            string name = Path.GetRelativePath(root, Path.Combine(folder.FullName, file.Name)).Replace('\\', '/').Replace(Mark, ".", StringComparison.Ordinal);
            pending.Add(new PendingSnapshot(name, file.FullName, verified, File.Exists(verified) ? File.ReadAllText(verified) : null, File.ReadAllText(file.FullName)));
        }
        foreach (DirectoryInfo child in folder.EnumerateDirectories())
        {
            if (Array.IndexOf(NotSources, child.Name) < 0 && child.LinkTarget is null)
                Collect(child, root, pending);
        }
    }
}
