using System.Text.RegularExpressions;
using MigrationConformance.Conventions;

namespace MigrationConformance.Specs;

/// <summary>
/// Which properties exercise what, read from the sources of Properties, where each claim has a check: every step rule is
/// triggered, every planted defect caught by its rule, every reason counted in drawn machines, every step of an actor taken.
/// </summary>
internal static class PropertyTies
{
    public const string HowToRead = """
        Properties, and what makes the tie true: a rule of `MigrationRules` is triggered by the closed spaces and checked at each such step; a defect of `DefectList`, planted after
        the step, is caught by a rule; `Distribution` counts the reason among drawn machines, from the generators that `InvariantsHold` draws from; `BackOutMatrix` is the approved
        table of every interleaving; `NaiveComparison` compares whole results with a second implementation, which has the function too or does its work elsewhere; the rest is named by an attribute of
        the property. That the actors of `InvariantsHold` get everywhere is counted: `Distribution` fails when a step of an actor is never taken.
        Its oracle is the invariants: a wrong choice that keeps the machine consistent (whether swap counts as full, when a page is activated) is for the specs to see.


        """;

    private static readonly string Rules = SourceTree.Read("Engine/Core/StepRules/MigrationRules.cs"), Defects = string.Concat(SourceTree.Files("Properties/Defects", "DefectList*.cs").Select(file => file.Text)),
        Drawn = SourceTree.Read("Properties/Generators/Distribution.cs"), Matrix = SourceTree.Read("Properties/Interleavings/BackOutMatrix.approved.md"),
        Naive = string.Concat(SourceTree.Files("Properties/Naive", "Kernel*.cs").Select(file => file.Text));

    private static readonly (string Property, string[] What)[] Attributes =
    [
        .. SourceTree.Files("Properties", "*.cs").SelectMany(file =>
            Regex.Matches(file.Text, @"\[Exercises\((?<what>[^)]*)\)\]\s+(?:\[[^\n]*\]\s+)*public void (?<name>\w+)\(").Select(match =>
                ($"{Link(file.Path)} `{match.Groups["name"].Value}`", Names(match.Groups["what"].Value, @"""(\w+)""")))),
    ];

    /// <summary>All that properties name by attribute.</summary>
    public static IEnumerable<string> Named => Attributes.SelectMany(tie => tie.What);

    public static string OfStep(string step)
    {
        (string Id, string At)[] rules = [.. Regex.Matches(Rules, @"new\(""(STEP-(\d+)[A-Z-]*)"", "".*"", MigrationStep\.(\w+),")
            .Where(match => $"B{match.Groups[2].Value}" == step).Select(match => (match.Groups[1].Value, match.Groups[3].Value))];
        string[] defects = [.. Regex.Matches(Defects, @"\bAt\(""(\w+)[^""]*"", "".*"", .*, Step\.(\w+), \(b, m,")
            .Where(match => rules.Any(rule => rule.At == match.Groups[2].Value)).Select(match => match.Groups[1].Value)];
        return Joined([Quoted("Engine/Core/StepRules/MigrationRules.cs", rules.Select(rule => rule.Id)), Quoted("Properties/Defects/DefectList.cs", defects), .. ByAttribute(step)]);
    }

    /// <summary>The gate over the distribution fails for a reason that no drawn machine had, unless it says why.</summary>
    public static string OfReason(string reason)
    {
        Match why = Regex.Match(Drawn, $@"\(BackOutReason\.{reason}, ""(.*)""\)");
        string inMatrix = Regex.IsMatch(Matrix, $@"\b{reason}\b") ? Link("Properties/Interleavings/BackOutMatrix.cs") : "";
        return why.Success && inMatrix.Length == 0 ? $"none: {why.Groups[1].Value}"
            : Joined([why.Success ? "" : Link("Properties/Generators/Distribution.cs"), inMatrix]);
    }

    public static string OfFunction(string function)
    {
        string pascal = string.Concat(function.Split('_', StringSplitOptions.RemoveEmptyEntries).Select(word => char.ToUpperInvariant(word[0]) + word[1..]));
        bool naive = Regex.IsMatch(Naive, $@"^    (public|private) .*\b{pascal}\(", RegexOptions.Multiline);
        string ties = Joined([.. ByAttribute(function), naive ? Link("Properties/Models/NaiveComparison.cs") : ""]);
        return ties.Length == 0 && Excuses.OfProperty(function) is { } excuse ? $"none: {excuse}" : ties;
    }

    /// <summary>The links of a cell, without what is named behind them.</summary>
    public static IEnumerable<string> Links(string cell) => Regex.Matches(cell, @"\[\w+\]\([^)]*\)").Select(match => match.Value);

    private static IEnumerable<string> ByAttribute(string what) => Attributes.Where(tie => tie.What.Contains(what)).Select(tie => tie.Property);

    private static string Quoted(string path, IEnumerable<string> ids) => ids.Any() ? $"{Link(path)} {string.Join(' ', ids.Select(id => $"`{id}`"))}" : "";

    private static string Joined(string[] ties) => string.Join(", ", ties.Where(tie => tie.Length > 0));

    private static string Link(string path) => $"[{Path.GetFileNameWithoutExtension(path)}](../{path})";

    private static string[] Names(string text, string pattern) => [.. Regex.Matches(text, pattern).Select(match => match.Groups[1].Value)];
}
