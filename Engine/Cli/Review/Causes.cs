using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Text.RegularExpressions;
using MigrationConformance.Core;

namespace MigrationConformance.Cli.Review;

/// <summary>Why a snapshot differs from its approved text, in words that are the same for every snapshot that differs for this reason.</summary>
/// <remarks>
/// Computed on what the lines say, not on the lines: numbers of pages, slots and addresses are left out, and a flag that
/// a state has, a step sets or a picture shows is the same cause.
/// </remarks>
internal static class Causes
{
    private static readonly Regex Step = new(@"^(\d+|-) [A-Z][A-Za-z]+$", RegexOptions.CultureInvariant);
    private static readonly Regex Pass = new(@"^pass \d+( (to|as) .*)?$", RegexOptions.CultureInvariant);
    private static readonly Regex NameOfPage = new(@"^(new)?page \d+$", RegexOptions.CultureInvariant);
    private static readonly Regex AnyNumber = new("\"[^\"]*\"|0x[0-9a-f]+|\\b\\d+\\b", RegexOptions.CultureInvariant);
    private static readonly Regex AnyBlanks = new(@"\s+", RegexOptions.CultureInvariant);
    private static readonly Regex SlotOfPicture = new(
        @">(?<slot>\[0x[0-9a-f]+\])</text>(?<tags>(\s*<rect [^>]*class=""\w+""/>\s*<text [^>]*class=""tag"">\w</text>)*)", RegexOptions.CultureInvariant);
    private static readonly Regex TagOfPicture = new(@"<rect [^>]*class=""(?<tag>\w+)""/>", RegexOptions.CultureInvariant);
    private static readonly Regex PageOfPicture = new(
        @">(?<name>(new)?page \d+)  count (?<count>-?\d+) map (?<map>-?\d+)</text>\s*<text[^>]*>(?<flags>[^<]*)</text>", RegexOptions.CultureInvariant);

    /// <summary>The causes of one snapshot.</summary>
    /// <param name="snapshot">The snapshot.</param>
    /// <returns>At least one cause, each once, in ordinal order.</returns>
    public static SortedSet<string> Of(PendingSnapshot snapshot)
    {
        if (snapshot.Approved is null)
            return [.. new[] { "no approved file yet" }];
        SortedSet<string> causes = new(StringComparer.Ordinal);
        (string before, string after) = snapshot.IsPicture
            ? (TextOfPicture(snapshot.Approved), TextOfPicture(snapshot.Text))
            : (snapshot.Approved, snapshot.Text);
        List<OutlineChange> changes = OutlineDiff.Between(Outline.Parse(before), Outline.Parse(after));
        foreach (OutlineChange change in changes)
            Add(causes, change, changes);
        if (causes.Count == 0)
            causes.Add(snapshot.IsPicture ? "the drawing of pictures" : SameLines(before, after) ? "the order of lines" : "blanks or line ends");
        return causes;
    }

    private static void Add(SortedSet<string> causes, OutlineChange change, List<OutlineChange> all)
    {
        OutlineLine line = change.Line;
        if (Step.IsMatch(line.Subject) || Pass.IsMatch(line.Subject))
            AddStep(causes, change, all);
        else if (change.Attribute.Length == 0)
            causes.Add(Whole(change, all));
        else
            AddAttribute(causes, RoleOf(line, change.Attribute), change.Attribute, change.Old, change.New);
    }

    private static void AddAttribute(SortedSet<string> causes, string role, string attribute, string? old, string? now)
    {
        if (attribute is "flags" or "tags" or "bits" or "state")
        {
            foreach (string word in OutlineChange.SetWords(old, now))
                causes.Add(Word(role, attribute, word[0] == '+', word[1..]));
        }
        else if (long.TryParse(old, out long from) && long.TryParse(now, out long to))
            causes.Add($"{role}: {attribute} {to - from:+0;-0}");
        else if (old is null || now is null)
            causes.Add($"{role}: {attribute} {(old is null ? "appears" : "disappears")}");
        else
            causes.Add($"{role}: {Attribute(attribute)}{General(old)} becomes {General(now)}");
    }

    private static string Attribute(string attribute) => attribute == "holds" ? "" : attribute + " ";

    private static string Word(string role, string set, bool gains, string word) => set switch
    {
        "flags" => $"{role} {(gains ? "gains" : "loses")} PG_{word}",
        "tags" => $"slot {(gains ? "gains" : "loses")} tag {word}",
        "bits" => $"{role} {(gains ? "gains" : "loses")} bit {word}",
        _ => $"{role} {(gains ? "gains" : "loses")} {word}",
    };

    /// <summary>A line that came or went: a page that stands under another head has moved.</summary>
    private static string Whole(OutlineChange change, List<OutlineChange> all)
    {
        OutlineLine line = change.Line;
        string role = RoleOf(line, "holds"), place = line.Parent.Length == 0 ? "" : General(line.Parent[(line.Parent.LastIndexOf('/') + 1)..].Trim());
        if (NameOfPage.IsMatch(line.Subject))
        {
            OutlineChange? other = CameOrWent(change, all);
            if (other is not null)
            {
                string otherPlace = General(other.Line.Parent[(other.Line.Parent.LastIndexOf('/') + 1)..].Trim());
                (string from, string to) = change.After is null ? (place, otherPlace) : (otherPlace, place);
                return from == to ? $"{role} is under another {to}" : $"{role} is on {to} instead of {from}";
            }
        }
        string under = place.Length == 0 ? "" : $" under {place}";
        return $"{(role.Length == 0 ? "line" : role)}{under} {(change.After is null ? "disappears" : "appears")}";
    }

    // The other half of a move: the same subject that came where this one went, or went where this one came.
    private static OutlineChange? CameOrWent(OutlineChange change, List<OutlineChange> all) =>
        all.Find(c => c != change && c.Attribute.Length == 0 && c.Line.Subject == change.Line.Subject && (c.After is null) != (change.After is null));

    // A step's line lists what it changed. A change that it makes now and did not make before shows in the states after it.
    private static void AddStep(SortedSet<string> causes, OutlineChange change, List<OutlineChange> all)
    {
        if (change.Before is null || change.After is null)
        {
            string end = change.After is null ? "is gone" : "is new";
            causes.Add(Pass.IsMatch(change.Line.Subject) ? $"a pass {end}"
                : CameOrWent(change, all) is not null ? "steps are made in another pass, or for another page"
                : $"step {General(StepName(change.Line.Subject))} {end}");
            return;
        }
        SortedDictionary<string, string> old = Phrases(change.Before), now = Phrases(change.After);
        foreach ((string what, string value) in now)
        {
            if (!old.TryGetValue(what, out string? was))
                AddPhrase(causes, what, value, gains: true);
            else if (was != value)
                AddMoved(causes, what, was, value);
        }
        foreach ((string what, string value) in old)
        {
            if (!now.ContainsKey(what))
                AddPhrase(causes, what, value, gains: false);
        }
    }

    private static string StepName(string subject) => subject[(subject.IndexOf(' ') + 1)..];

    // "page 0 count 3->2 +dirty" is two phrases: "page|count" with "3->2", and "page|+dirty".
    private static SortedDictionary<string, string> Phrases(OutlineLine line)
    {
        SortedDictionary<string, string> phrases = new(StringComparer.Ordinal);
        foreach (OutlineAttribute attribute in line.Attributes)
        {
            string text = attribute.Name == "holds" ? attribute.Value : $"{attribute.Name} {attribute.Value}";
            string[] words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            int subject = Array.FindIndex(words, w => w[0] is '+' or '-' || w.Contains("->", StringComparison.Ordinal) || w is "new" or "gone");
            if (subject < 0)
            {
                phrases[$"answer|{words[0]}"] = string.Join(' ', words[1..]);
                continue;
            }
            int name = words[subject].Contains("->", StringComparison.Ordinal) && subject > 0 ? subject - 1 : subject;
            string role = Role(string.Join(' ', words[..name]));
            for (int i = name; i < words.Length; i++)
            {
                if (words[i] is "new" or "gone")
                {
                    phrases[$"{role}|{words[i]}"] = "";
                    break;
                }
                if (words[i][0] is '+' or '-')
                    phrases[$"{role}|{words[i]}"] = "";
                else if (words[i].Contains("->", StringComparison.Ordinal))
                    phrases[$"{role}|{(i > 0 ? words[i - 1] : "")}"] = words[i];
            }
        }
        return phrases;
    }

    private static void AddPhrase(SortedSet<string> causes, string what, string value, bool gains)
    {
        (string role, string rest) = (what[..what.IndexOf('|')], what[(what.IndexOf('|') + 1)..]);
        if (rest.Length > 1 && rest[0] is '+' or '-')
            causes.Add(Word(role, SetOf(role), (rest[0] == '+') == gains, rest[1..]));
        else if (rest is "new" or "gone")
            causes.Add($"{role} {(gains ? "is" : "is not")} {rest}");
        else if (role == "answer")
            causes.Add($"a step {(gains ? "now says" : "no longer says")} {rest} {General(value)}");
        else if (Numeric(value, out long from, out long to))
            causes.Add($"{role}: {rest} {(gains ? to - from : from - to):+0;-0}");
        else
            causes.Add($"{role}: {rest} {(gains ? "changes" : "no longer changes")}");
    }

    private static void AddMoved(SortedSet<string> causes, string what, string was, string value)
    {
        (string role, string rest) = (what[..what.IndexOf('|')], what[(what.IndexOf('|') + 1)..]);
        if (Numeric(was, out _, out long old) && Numeric(value, out _, out long now) && old != now)
            causes.Add($"{role}: {rest} {now - old:+0;-0}");
        else if (role == "answer")
            causes.Add($"a step says {rest} {General(value)} instead of {General(was)}");
        else
            causes.Add($"{role}: {rest} {General(was)} becomes {General(value)}");
    }

    // "3->2" as two numbers.
    private static bool Numeric(string value, out long from, out long to)
    {
        string[] ends = value.Split("->");
        to = 0;
        return long.TryParse(ends[0], out from) && ends.Length == 2 && long.TryParse(ends[1], out to);
    }

    private static string SetOf(string role) => role switch
    {
        "slot" => "tags",
        "page table entry" or "buffer" => "bits",
        "page" or "new page" => "flags",
        _ => "state",
    };

    private static string RoleOf(OutlineLine line, string attribute) =>
        line.Subject.StartsWith('[') ? attribute is "tags" or "holds" || line["holds"] is not { } held ? "slot" : Role(held) : Role(line.Subject);

    private static string Role(string subject) => General(subject) switch
    {
        "newpage" => "new page",
        var s when s.EndsWith(']') => "slot",
        var s when s.StartsWith("process at", StringComparison.Ordinal) => "page table entry",
        "slot" => "swap slot",
        var s => s,
    };

    // Names without numbers, addresses and labels; a number alone stays one.
    private static string General(string text) =>
        AnyBlanks.Replace(AnyNumber.Replace(text, ""), " ").Trim() is { Length: > 0 } general ? general : text;

    /// <summary>The pages that a picture shows, in the words of a list, and the tags of its slots.</summary>
    private static string TextOfPicture(string svg)
    {
        StringBuilder text = new();
        foreach (Match match in PageOfPicture.Matches(svg))
            text.Append($"{match.Groups["name"].Value}: count {match.Groups["count"].Value}, mapcount {match.Groups["map"].Value}, flags {match.Groups["flags"].Value}\n");
        foreach (Match match in SlotOfPicture.Matches(svg))
        {
            string tags = string.Join('|', TagOfPicture.Matches(match.Groups["tags"].Value).Select(tag => tag.Groups["tag"].Value));
            text.Append($"{match.Groups["slot"].Value}: tags {(tags.Length == 0 ? "none" : tags)}\n");
        }
        return text.ToString();
    }

    private static bool SameLines(string before, string after)
    {
        string[] a = before.Split('\n'), b = after.Split('\n');
        Array.Sort(a, StringComparer.Ordinal);
        Array.Sort(b, StringComparer.Ordinal);
        return a.AsSpan().SequenceEqual(b);
    }
}
