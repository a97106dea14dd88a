using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using System.Text;

namespace MigrationConformance.Cli.Review;

/// <summary>What the reviewer skipped, so that the next review goes on where this one stopped. A snapshot that was received with other contents is not skipped.</summary>
internal sealed class SkippedSnapshots
{
    private readonly string path;
    private readonly HashSet<string> lines;

    /// <summary>Reads what was skipped.</summary>
    /// <param name="folder">The folder that is reviewed.</param>
    public SkippedSnapshots(string folder)
    {
        path = Path.Combine(folder, "artifacts", "review-skipped.txt");
        lines = File.Exists(path) ? [.. File.ReadAllLines(path)] : [];
    }

    /// <summary>What is left to decide; all of it when everything was skipped.</summary>
    /// <param name="pending">What is pending.</param>
    /// <returns>The snapshots in their order.</returns>
    public IReadOnlyList<PendingSnapshot> NotSkipped(IReadOnlyList<PendingSnapshot> pending)
    {
        List<PendingSnapshot> left = [.. pending.Where(p => !lines.Contains(Line(p)))];
        return left.Count > 0 ? left : pending;
    }

    /// <summary>Remembers snapshots.</summary>
    /// <param name="snapshots">The snapshots.</param>
    public void Add(IReadOnlyList<PendingSnapshot> snapshots)
    {
        lines.UnionWith(snapshots.Select(Line));
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        OutputFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(string.Concat(lines.Order(StringComparer.Ordinal).Select(l => l + "\n")))));
    }

    /// <summary>Forgets everything: the review went through.</summary>
    public void Clear()
    {
        lines.Clear();
        File.Delete(path);
    }

    private static string Line(PendingSnapshot snapshot) =>
        $"{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(snapshot.Text)))[..16]} {snapshot.Name}";
}
