using System;
using System.Collections.Generic;
using System.Linq;
using Spectre.Console;

namespace MigrationConformance.Cli.Review;

/// <summary>The review at a terminal: a group at a time, with the difference of one snapshot of it, and a key for each decision.</summary>
internal sealed class ReviewTerminal(IAnsiConsole console, Func<char> readKey, SkippedSnapshots skipped)
{
    private const int NamesShown = 8, RowsShown = 40;
    private int accepted, rejected;

    /// <summary>Goes through the groups until all are decided or the reviewer leaves. Every decision is done at once.</summary>
    /// <param name="pending">What is pending.</param>
    /// <returns>Whether nothing is left.</returns>
    public bool Run(IReadOnlyList<PendingSnapshot> pending)
    {
        List<PendingSnapshot> left = [.. skipped.NotSkipped(pending)];
        if (left.Count < pending.Count)
            console.MarkupLine($"[grey]{pending.Count - left.Count} skipped before, for the next review[/]");
        bool stays = true;
        while (left.Count > 0 && stays)
            stays = Group(ReviewGroup.Of(left), left);
        if (left.Count == 0)
            skipped.Clear();
        console.MarkupLine($"{accepted} accepted, {rejected} rejected, {pending.Count - accepted - rejected} still pending");
        return pending.Count == accepted + rejected;
    }

    /// <summary>Decides on the first group, or on one snapshot of it.</summary>
    /// <returns>False when the reviewer leaves.</returns>
    private bool Group(List<ReviewGroup> groups, List<PendingSnapshot> left)
    {
        ReviewGroup group = groups[0];
        int at = 0;
        while (true)
        {
            Show(group, groups.Count, at);
            PendingSnapshot snapshot = group.Snapshots[at];
            switch (char.ToLowerInvariant(readKey()))
            {
                case 'a':
                    return Decide(group.Snapshots, left, Decision.Accept, ref accepted);
                case 'r':
                    return Decide(group.Snapshots, left, Decision.Reject, ref rejected);
                case 's':
                    return Skip(group.Snapshots, left);
                case 'f':
                    return Decide([snapshot], left, Decision.Accept, ref accepted);
                case 'x':
                    return Decide([snapshot], left, Decision.Reject, ref rejected);
                case 'k':
                    return Skip([snapshot], left);
                case 'n':
                    at = (at + 1) % group.Snapshots.Count;
                    break;
                case 'q' or '\u001b' or '\0':
                    return false;
            }
        }
    }

    private static bool Decide(IReadOnlyList<PendingSnapshot> snapshots, List<PendingSnapshot> left, Action<PendingSnapshot> decide, ref int count)
    {
        foreach (PendingSnapshot snapshot in snapshots)
        {
            decide(snapshot);
            left.Remove(snapshot);
            count++;
        }
        return true;
    }

    private bool Skip(IReadOnlyList<PendingSnapshot> snapshots, List<PendingSnapshot> left)
    {
        skipped.Add(snapshots);
        foreach (PendingSnapshot snapshot in snapshots)
            left.Remove(snapshot);
        return true;
    }

    private void Show(ReviewGroup group, int groups, int at)
    {
        console.WriteLine();
        console.Write(new Rule($"[bold]{Markup.Escape(group.Title)}[/] [grey]({groups} group{(groups == 1 ? "" : "s")} left)[/]").LeftJustified());
        foreach (string also in group.AlsoInWords)
            console.MarkupLine($"[yellow]{Markup.Escape(also)}[/]");
        foreach (PendingSnapshot snapshot in group.Snapshots.Skip(at).Take(NamesShown))
            console.MarkupLine($"  {Markup.Escape(snapshot.Name)}{(snapshot.Approved is null ? " [grey](new)[/]" : "")}");
        if (group.Snapshots.Count - at > NamesShown)
            console.MarkupLine($"  [grey]and {group.Snapshots.Count - at - NamesShown} more[/]");
        console.Write(Diff(group.Snapshots[at]));
        console.MarkupLine("[grey]group:[/] (a)ccept (r)eject (s)kip   [grey]this file:[/] accept (f), reject (x), skip (k)   (n)ext file   (q)uit");
    }

    private static Table Diff(PendingSnapshot snapshot)
    {
        Table table = new Table().Border(TableBorder.Minimal).Expand();
        table.AddColumn("approved");
        table.AddColumn("received");
        List<DiffRow> rows = LineDiff.Shortened(snapshot.Approved ?? "", snapshot.Text);
        foreach (DiffRow row in rows.Take(RowsShown))
        {
            if (row == default)
                table.AddRow("[grey]…[/]", "[grey]…[/]");
            else
                table.AddRow(Side(row, row.Left, "red"), Side(row, row.Right, "green"));
        }
        if (rows.Count > RowsShown)
            table.AddRow($"[grey]{rows.Count - RowsShown} more rows[/]", "");
        return table;
    }

    private static string Side(DiffRow row, string? side, string colour) =>
        side is null ? "" : row.Same ? Markup.Escape(Visible(side)) : $"[{colour}]{Markup.Escape(Visible(side))}[/]";

    // A name in a scenario must not be able to drive the terminal.
    private static string Visible(string text) => string.Concat(text.Select(c => char.IsControl(c) ? '\ufffd' : c));
}
