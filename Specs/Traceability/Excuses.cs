using MigrationConformance.Cli;
using MigrationConformance.Conventions;

namespace MigrationConformance.Specs;

/// <summary>Why some rows of the table have no spec: excuses.txt.</summary>
internal static class Excuses
{
    private static readonly (string[] What, string Reason)[] All =
    [
        .. SourceTree.Read("Specs/Traceability/excuses.txt").Split('\n').Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => line.Split(" | ")).Select(parts => (parts[0].Split(' '), parts[1])),
    ];

    public static string? OfFunction(string name) => All.FirstOrDefault(excuse => excuse.What[0] == "function" && excuse.What[1] == name).Reason;

    public static string? OfProperty(string function) => All.FirstOrDefault(excuse => excuse.What[0] == "property" && excuse.What[1] == function).Reason;

    public static string? OfLine(TraceRow row) => All.FirstOrDefault(excuse => (excuse.What[0] == "kind" && excuse.What[1] == row.Kind)
        || (excuse.What[0] == "lines" && excuse.What[1] == row.File && IsIn(excuse.What[2], row.Number))).Reason;

    /// <summary>Excuses that excuse nothing.</summary>
    public static IEnumerable<string> Idle(Traceability table, IReadOnlyList<TraceRow> lines) => All.Where(excuse => excuse.What[0] switch
    {
        "function" => !table.FunctionRows.Any(row => row.Specs.Length == 0 && row.Excuse == excuse.Reason),
        "property" => !table.FunctionRows.Any(row => row.Name == excuse.What[1] && row.Properties == TraceRow.NoSpec + excuse.Reason),
        _ => !lines.Any(row => row.Specs == TraceRow.NoSpec + excuse.Reason),
    }).Select(excuse => string.Join(' ', excuse.What));

    private static bool IsIn(string range, int number) =>
        range.Split('-') is [var first, var last] && int.Parse(first) <= number && number <= int.Parse(last);
}
