using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using MigrationConformance.Core;

namespace MigrationConformance.Cli.Compare;

/// <summary>A comparison as one page: no script, nothing from elsewhere, and no text that is not escaped.</summary>
internal static class ComparisonHtml
{
    private const string Head =
        """
        <!DOCTYPE html>
        <html lang="en"><head><meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>What a patch changes</title>
        <style>
        body{font:14px/1.5 system-ui,sans-serif;color:#1f2328;margin:2em auto;max-width:110em;padding:0 1em}
        h1{font-size:1.5em}h2{font-size:1.2em;margin:.2em 0}
        section{border:1px solid #d1d9e0;border-radius:6px;margin:1em 0;padding:.7em 1em}
        section.unclaimed{border-color:#cf222e;border-width:2px}
        table{border-collapse:collapse}th,td{text-align:left;vertical-align:top;padding:.15em .8em;border-bottom:1px solid #d1d9e0}
        td.number{text-align:right}td.unclaimed,b.unclaimed{color:#cf222e;font-weight:bold}
        code,pre{font:12px/1.45 ui-monospace,monospace}pre{white-space:pre-wrap;background:#f6f8fa;padding:.6em}
        div.levels{display:flex;gap:2em}div.levels>div{flex:1}
        img{max-width:100%;border:1px solid #d1d9e0}summary{cursor:pointer}
        </style></head><body>

        """;

    /// <summary>Writes a comparison.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="report">The comparison.</param>
    public static void Write(TextWriter output, ComparisonReport report)
    {
        output.Write(Head.ReplaceLineEndings("\n"));
        output.Write($"<h1>What changes between {Escape(report.Levels)}</h1>\n<p>{Escape(report.Headline)}.</p>\n");
        output.Write($"<p>Compared: {Escape(report.Machines)}.{(report.LeavesOut == "" ? "" : $" Left out: {Escape(report.LeavesOut)}.")}</p>\n");
        if (report.Claims.NothingBecause is { } why)
            output.Write($"<p>No difference is meant: {Escape(why)}</p>\n");
        if (report.Groups.Count > 0)
            Contents(output, report.Groups);
        foreach (Claim claim in report.Unseen)
            output.Write($"<p>Nothing was seen of the claim <code>{Escape(claim.Id)}</code>: {Escape(claim.Says)}</p>\n");
        for (int i = 0; i < report.Groups.Count; i++)
            Group(output, report.Comparison, report.Groups[i], i);
        output.Write("</body></html>\n");
    }

    private static void Contents(TextWriter output, IReadOnlyList<DifferenceGroup> groups)
    {
        output.Write("<table><tr><th>pages</th><th>what ends differently</th><th>claimed by</th><th>always</th></tr>\n");
        for (int i = 0; i < groups.Count; i++)
        {
            DifferenceGroup group = groups[i];
            string claim = group.Claim is null ? "<td class=\"unclaimed\">unclaimed</td>" : $"<td>{Escape(group.Claim.Id)}</td>";
            output.Write($"<tr><td class=\"number\">{group.Count:N0}</td><td><a href=\"#g{i}\">{Escape(group.Title)}</a></td>{claim}<td>{Escape(ComparisonWords.Facts(group.Always))}</td></tr>\n");
        }
        output.Write("</table>\n");
    }

    private static void Group(TextWriter output, Comparison comparison, DifferenceGroup group, int number)
    {
        GroupStory story = new(comparison, group);
        output.Write($"<section id=\"g{number}\"{(group.Claim is null ? " class=\"unclaimed\"" : "")}><h2>{Escape(group.Title)}</h2>\n");
        output.Write($"<p>{ComparisonReport.Number(group.Count, "page")}, " + (group.Claim is { } claim ? $"claimed by <code>{Escape(claim.Id)}</code>: {Escape(claim.Says)}" : "<b class=\"unclaimed\">unclaimed</b>") + "</p>\n");
        if (group.With.Count > 0)
            output.Write($"<p>With {Escape(string.Join("; ", group.With))}</p>\n");
        output.Write("<details open><summary>differences</summary><table>\n");
        foreach ((EndDifference difference, long count) in group.Differences)
            output.Write($"<tr><td class=\"number\">{count:N0}</td><td>{Escape(ComparisonWords.Text(difference))}</td></tr>\n");
        output.Write("</table></details>\n");
        if (story.Note != "")
            output.Write($"<p>{Escape(story.Note)}</p>\n");
        if (story.Scenario is { } scenario)
        {
            output.Write($"<details><summary>the smallest machine</summary><pre>{Escape(ScenarioWriter.ToText(scenario).Trim())}</pre></details>\n");
            output.Write("<div class=\"levels\">");
            Level(output, comparison.Before, story.Before);
            Level(output, comparison.After, story.After);
            output.Write("</div>\n");
            Picture(output, comparison, story.Before.Trees, story.After.Trees);
            Picture(output, comparison, story.Before.Lists, story.After.Lists);
        }
        output.Write("</section>\n");
    }

    private static void Level(TextWriter output, PatchLevel level, LevelStory story)
    {
        output.Write($"<div><p><b>{PatchSet.Word(level)}</b></p><ul>\n");
        foreach (string sentence in story.Sentences)
            output.Write($"<li>{Escape(sentence)}</li>\n");
        output.Write("</ul></div>");
    }

    private static void Picture(TextWriter output, Comparison comparison, string before, string after)
    {
        if (before == after || !Core.Picture.CanDraw(before) || !Core.Picture.CanDraw(after))
            return;
        string svg = Core.Picture.Draw(($"at the end, {PatchSet.Word(comparison.Before)}", before), ($"at the end, {PatchSet.Word(comparison.After)}", after));
        output.Write($"<p><img alt=\"before and after\" src=\"data:image/svg+xml;base64,{Convert.ToBase64String(Encoding.UTF8.GetBytes(svg))}\"></p>\n");
    }

    private static string Escape(string text) => System.Net.WebUtility.HtmlEncode(text);
}
