using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using System.Linq;
using System.Text;
using Spectre.Console;

namespace MigrationConformance.Cli.Review;

/// <summary>The verb <c>review</c>: decides on snapshots that differ from what is approved.</summary>
internal static class ReviewVerb
{
    private const string After =
        """
        Examples:
          migration-conformance review                                a group at a time, with a key for each decision
          migration-conformance review --list                         what is pending, grouped by what changed
          migration-conformance review --accept new-page-gains-pg_referenced
          migration-conformance review --reject Trees.Text_fanOut=8_height=1.txt
          migration-conformance review --html review.html             one page with pictures, for a browser

        GROUP is the word that --list shows; a snapshot's name or received file is accepted as well. Each file is
        replaced by one rename. Exit code 1 means that snapshots are pending. Nothing is accepted when CI is set.
        """;

    /// <summary>Makes the verb.</summary>
    /// <returns>The verb with its options and help.</returns>
    public static Command Make()
    {
        Option<bool> list = new("--list") { Description = "Print what is pending, grouped." };
        Option<bool> json = new("--json") { Description = "Print what is pending as one JSON object." };
        Option<string?> html = new("--html") { Description = "Write what is pending as one page with pictures.", HelpName = "FILE" };
        Option<string[]> accept = new("--accept") { Description = "Accept a group, or one snapshot; may be given several times.", HelpName = "GROUP" };
        Option<string[]> reject = new("--reject") { Description = "Reject one snapshot, or a group; may be given several times.", HelpName = "FILE" };
        Option<string?> folder = new("--folder") { Description = "Where to look; the folder of the solution by default.", HelpName = "DIR" };
        Command verb = new("review", "Decide on snapshots that differ from the approved ones.") { list, json, html, accept, reject, folder };
        HelpWithExamples.Add(verb, After);
        verb.SetAction(parsed =>
        {
            string root = Root(parsed.GetValue(folder));
            List<PendingSnapshot> pending = PendingSnapshot.Find(root);
            string[] accepts = parsed.GetValue(accept) ?? [], rejects = parsed.GetValue(reject) ?? [];
            if (accepts.Length + rejects.Length > 0)
                return Decide(parsed.InvocationConfiguration.Output, pending, accepts, rejects);
            if (parsed.GetValue(html) is { } file)
                return Html(parsed.InvocationConfiguration.Output, pending, file);
            if (parsed.GetValue(json))
                return Json(parsed.InvocationConfiguration.Output, pending);
            if (parsed.GetValue(list) || Console.IsInputRedirected || Console.IsOutputRedirected)
                return List(parsed.InvocationConfiguration.Output, pending);
            Decision.RefuseUnderCi();
            ReviewTerminal terminal = new(AnsiConsole.Console, () => Console.ReadKey(intercept: true).KeyChar, new SkippedSnapshots(root));
            return terminal.Run(pending) ? ExitCode.Fine : ExitCode.Finding;
        });
        return verb;
    }

    private static int List(TextWriter output, List<PendingSnapshot> pending)
    {
        ReviewListing.WriteText(output, ReviewGroup.Of(pending));
        return pending.Count == 0 ? ExitCode.Fine : ExitCode.Finding;
    }

    private static int Json(TextWriter output, List<PendingSnapshot> pending)
    {
        using MemoryStream json = new();
        ReviewListing.WriteJson(json, ReviewGroup.Of(pending));
        output.Write(Encoding.UTF8.GetString(json.ToArray()) + "\n");
        return pending.Count == 0 ? ExitCode.Fine : ExitCode.Finding;
    }

    private static int Html(TextWriter output, List<PendingSnapshot> pending, string file)
    {
        OutputFile.Write(file, stream =>
        {
            using StreamWriter writer = new(stream, new UTF8Encoding(false), leaveOpen: true);
            ReviewHtml.Write(writer, ReviewGroup.Of(pending));
        });
        output.Write($"{pending.Count} pending, shown in {file}\n");
        return pending.Count == 0 ? ExitCode.Fine : ExitCode.Finding;
    }

    // All names are looked up before anything is done: a wrong one leaves everything as it was.
    private static int Decide(TextWriter output, List<PendingSnapshot> pending, string[] accepts, string[] rejects)
    {
        if (accepts.Length > 0)
            Decision.RefuseUnderCi();
        List<ReviewGroup> groups = ReviewGroup.Of(pending);
        HashSet<PendingSnapshot> accepted = [.. accepts.SelectMany(name => Named(groups, pending, name))];
        HashSet<PendingSnapshot> rejected = [.. rejects.SelectMany(name => Named(groups, pending, name))];
        if (accepted.FirstOrDefault(rejected.Contains) is { } both)
            throw new UserError($"{both.Name} is to be both accepted and rejected");
        foreach (PendingSnapshot snapshot in accepted)
            Decision.Accept(snapshot);
        foreach (PendingSnapshot snapshot in rejected)
            Decision.Reject(snapshot);
        output.Write($"{accepted.Count} accepted, {rejected.Count} rejected, {pending.Count - accepted.Count - rejected.Count} still pending\n");
        return ExitCode.Fine;
    }

    private static IEnumerable<PendingSnapshot> Named(List<ReviewGroup> groups, List<PendingSnapshot> pending, string name)
    {
        if (groups.Find(g => g.Id == name) is { } group)
            return group.Snapshots;
        string file = Path.GetFileName(name).Replace(".received.", ".", StringComparison.Ordinal).Replace(".verified.", ".", StringComparison.Ordinal);
        List<PendingSnapshot> found = pending.FindAll(p => p.Name == name || p.Received == Path.GetFullPath(name));
        if (found.Count == 0)
            found = pending.FindAll(p => Path.GetFileName(p.Name) == file);
        return found.Count switch
        {
            1 => found,
            0 => throw new UserError($"\"{name}\" is neither a group nor a pending snapshot; review --list shows both"),
            _ => throw new UserError($"\"{name}\" is the name of {found.Count} pending snapshots; give the path that review --list shows"),
        };
    }

    private static string Root(string? folder)
    {
        if (folder is not null)
            return Directory.Exists(folder) ? Path.GetFullPath(folder) : throw new UserError($"--folder {folder}: expected a folder that exists");
        for (DirectoryInfo? at = new(Directory.GetCurrentDirectory()); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "MigrationConformance.sln")))
                return at.FullName;
        }
        throw new UserError("no MigrationConformance.sln in this folder or above it; run review inside the repository or give --folder DIR");
    }
}
