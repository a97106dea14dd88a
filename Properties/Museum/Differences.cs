using System.Text.RegularExpressions;
using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>What differs between two machines, in words for a reader: rows by name, fields with both values.</summary>
public static class Differences
{
    private static readonly Regex Field = new(@"(?<name>\w+)=(?<value>.*?)(?= \w+=|$)");

    // Cursors of the walks, and links.
    private static readonly string[] Private = ["Next", "Prev", "Vma", "First", "At", "Address", "Local0", "Local1", "Cursor"];

    /// <summary>How a machine differs from the right one.</summary>
    public static string Between(Machine right, Machine wrong)
    {
        Dictionary<string, string> one = Rows(right), other = Rows(wrong);
        IEnumerable<string> changed = one.Keys.Union(other.Keys).Where(row => one.GetValueOrDefault(row) != other.GetValueOrDefault(row))
            .Select(row => row == "bug" ? $"a kernel BUG, {wrong.Bug.Check} in {KernelBugChecks.Function(wrong.Bug.Check)}" : $"`{row}`: {Row(row, right, wrong, one.GetValueOrDefault(row, ""), other.GetValueOrDefault(row, ""))}");
        return string.Join("; ", changed.Where(text => !text.EndsWith(": ", StringComparison.Ordinal)).Concat(Lists(right, wrong)));
    }

    // Links say nothing to a reader; the order of the pages does.
    private static IEnumerable<string> Lists(Machine right, Machine wrong)
    {
        for (int list = 0; list < right.Lists.Count; list++)
        {
            string was = string.Join(" ", PageList.Walk(right, new ListId(list)).Select(page => page.Value)), now = string.Join(" ", PageList.Walk(wrong, new ListId(list)).Select(page => page.Value));
            if (was != now)
                yield return $"{Name(right, list)}: {(now.Length > 0 ? $"pages {now}" : "no page")} instead of {(was.Length > 0 ? $"pages {was}" : "none")}";
        }
    }

    private static string Name(Machine m, int list)
    {
        KernelTask t = m.Tasks[0];
        if (list < 2 * m.Zones.Count)
            return $"the {(m.Zones[list / 2].ActiveList.Value == list ? "active" : "inactive")} list of zone {list / 2}";
        return list == t.From.Value ? "`from`" : list == t.Moved.Value ? "`moved`" : list == t.Failed.Value ? "`failed`" : list == t.To.Value ? "`to`" : $"list {list}";
    }

    private static Dictionary<string, string> Rows(Machine m) => m.Dump().Split('\n').Where(line => line.Length > 0)
        .ToDictionary(line => line[..line.IndexOf(':')], line => line[(line.IndexOf(':') + 1)..].Trim());

    private static string Row(string row, Machine right, Machine wrong, string was, string now)
    {
        int number = Regex.Match(row, @" (\d+)$") is { Success: true } match ? int.Parse(match.Groups[1].Value) : -1;
        if (row.StartsWith("pte ", StringComparison.Ordinal))
            return $"{Entry(wrong.Ptes[number])} instead of {Entry(right.Ptes[number])}";
        if (row.StartsWith("list ", StringComparison.Ordinal))
            return "";
        if (!Field.IsMatch(now) || !Field.IsMatch(was))
            return $"{(now.Length > 0 ? now : "0")} instead of {(was.Length > 0 ? was : "0")}";
        Dictionary<string, string> old = Fields(was), fields = Fields(now);
        return string.Join(", ", fields.Where(field => old.GetValueOrDefault(field.Key) != field.Value && !Private.Contains(field.Key)).Select(field =>
            row.StartsWith("task ", StringComparison.Ordinal) && field.Key == "Step"
                ? $"goes on to {Tasks.StepName(wrong.Tasks[number])} instead of {Tasks.StepName(right.Tasks[number])}"
                : $"{field.Key} {Value(field.Key, field.Value)} instead of {Value(field.Key, old.GetValueOrDefault(field.Key, "0"))}"));
    }

    private static Dictionary<string, string> Fields(string row) =>
        Field.Matches(row).ToDictionary(match => match.Groups["name"].Value, match => match.Groups["value"].Value);

    private static string Value(string field, string value) => (field, value) switch
    {
        ("Rc", "-11") => "-EAGAIN",
        ("Rc", "-12") => "-ENOMEM",
        ("Flags", "") or ("Flags", "None") => "none",
        _ => value,
    };

    private static string Entry(Pte pte) => pte.IsNone ? "none"
        : pte.IsSwap ? $"a swap entry of {pte.SwapEntry}"
        : pte.IsFile ? $"a file entry of {pte.FileOffset}"
        : $"present, {pte.Page}{(pte.IsWrite ? ", writable" : "")}{(pte.IsDirty ? ", dirty" : "")}{(pte.IsYoung ? ", young" : "")}";
}
