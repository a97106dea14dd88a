using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using MigrationConformance.Core;

namespace MigrationConformance.Cli.Review;

/// <summary>One page that shows what is pending: no script, nothing from elsewhere, and no text that is not escaped.</summary>
internal static class ReviewHtml
{
    private const string Head =
        """
        <!DOCTYPE html>
        <html lang="en"><head><meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>Pending snapshots</title>
        <style>
        body{font:14px/1.5 system-ui,sans-serif;color:#1f2328;margin:2em auto;max-width:110em;padding:0 1em}
        h1{font-size:1.5em}h2{font-size:1.2em;display:inline}
        section{border:1px solid #d1d9e0;border-radius:6px;margin:1em 0;padding:.7em 1em}
        details{margin:.4em 0}summary{cursor:pointer}
        code,pre,td{font:12px/1.45 ui-monospace,monospace}
        table{border-collapse:collapse;width:100%;table-layout:fixed}
        td{white-space:pre-wrap;overflow-wrap:anywhere;vertical-align:top;padding:0 .5em;width:50%}
        td.old{background:#ffebe9}td.new{background:#dafbe1}tr.gap td{background:#f6f8fa;text-align:center}
        p.also{color:#9a6700;margin:.2em 0}img{max-width:100%;border:1px solid #d1d9e0}
        </style></head><body>

        """;

    /// <summary>Writes the page.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="groups">The groups.</param>
    public static void Write(TextWriter output, IReadOnlyList<ReviewGroup> groups)
    {
        int pending = groups.Sum(g => g.Snapshots.Count);
        output.Write(Head.ReplaceLineEndings("\n"));
        output.Write($"<h1>{pending} pending snapshots in {groups.Count} groups</h1>\n");
        foreach (ReviewGroup group in groups)
        {
            output.Write($"<section id=\"{Escape(group.Id)}\"><h2>{Escape(group.Title)}</h2>\n");
            output.Write($"<p>Accept all: <code>dotnet run --project Engine/Cli -- review --accept {Escape(group.Id)}</code></p>\n");
            foreach (string also in group.AlsoInWords)
                output.Write($"<p class=\"also\">{Escape(also)}</p>\n");
            for (int i = 0; i < group.Snapshots.Count; i++)
                Snapshot(output, group.Snapshots[i], open: i == 0);
            output.Write("</section>\n");
        }
        output.Write("</body></html>\n");
    }

    private static void Snapshot(TextWriter output, PendingSnapshot snapshot, bool open)
    {
        output.Write($"<details{(open ? " open" : "")}><summary><code>{Escape(snapshot.Name)}</code></summary>\n");
        foreach (string svg in Pictures(snapshot))
            output.Write($"<p><img alt=\"before and after\" src=\"data:image/svg+xml;base64,{Convert.ToBase64String(Encoding.UTF8.GetBytes(svg))}\"></p>\n");
        output.Write("<table><tr><th>approved</th><th>received</th></tr>\n");
        foreach (DiffRow row in LineDiff.Shortened(snapshot.Approved ?? "", snapshot.Text))
        {
            output.Write(row == default
                ? "<tr class=\"gap\"><td colspan=\"2\">…</td></tr>\n"
                : $"<tr><td{Class(row, row.Left, "old")}>{Escape(row.Left ?? "")}</td><td{Class(row, row.Right, "new")}>{Escape(row.Right ?? "")}</td></tr>\n");
        }
        output.Write("</table></details>\n");
    }

    private static string Class(DiffRow row, string? side, string name) => row.Same || side is null ? "" : $" class=\"{name}\"";

    /// <summary>Approved and received pictures: those of a picture file as they are, those of a text drawn from each part that differs.</summary>
    private static IEnumerable<string> Pictures(PendingSnapshot snapshot)
    {
        if (snapshot.IsPicture)
        {
            if (snapshot.Approved is not null)
                yield return snapshot.Approved;
            yield return snapshot.Text;
            yield break;
        }
        Dictionary<string, string> approved = Parts(snapshot.Approved ?? "");
        foreach ((string name, string received) in Parts(snapshot.Text))
        {
            if (!Picture.CanDraw(received) || approved.GetValueOrDefault(name) == received)
                continue;
            string? old = approved.GetValueOrDefault(name) ?? approved.GetValueOrDefault("before and after");
            yield return old is not null && Picture.CanDraw(old)
                ? Picture.Draw(($"approved, {name}", old), ($"received, {name}", received))
                : Picture.Draw(($"received, {name}", received));
        }
    }

    // "before" and "after" with their text indented below them; a text without such heads is one part.
    private static Dictionary<string, string> Parts(string text)
    {
        Dictionary<string, string> parts = [];
        string name = "the whole";
        StringBuilder part = new();
        foreach (string line in text.Split('\n'))
        {
            if (line is "before" or "after" or "before and after")
            {
                parts[name] = part.ToString();
                name = line;
                part.Clear();
            }
            else if (line.Length > 0)
                part.Append(name != "the whole" && line.StartsWith("  ", StringComparison.Ordinal) ? line[2..] : line).Append('\n');
        }
        parts[name] = part.ToString();
        return parts;
    }

    private static string Escape(string text) => System.Net.WebUtility.HtmlEncode(text);
}
