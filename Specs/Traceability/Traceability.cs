using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using MigrationConformance.Cli;
using MigrationConformance.Conventions;

namespace MigrationConformance.Specs;

/// <summary>What each documented step, back-out reason, kernel function and added line of the patch is exercised by.</summary>
internal sealed class Traceability
{
    // Those that the migration reaches, and the other tasks last: what they share with the migration is named by its room.
    private static readonly string[] KernelRooms = ["RadixTree", "PageCache", "Swap", "Rmap", "Vmscan", "Migration", "Policy", "Tasks"];

    private readonly ILookup<string, string> specsOfStep, specsOfReason, specsOfFunction;
    private readonly (string Spec, PatchLinesAttribute Lines)[] lines;

    public Traceability()
    {
        (string Spec, TiedToAttribute Tie)[] ties = [.. Ties()];
        specsOfStep = Lookup<StepAttribute>(ties, tie => tie.Step);
        specsOfReason = Lookup<ReasonAttribute>(ties, tie => tie.Reason.ToString());
        specsOfFunction = Lookup<KernelFunctionAttribute>(ties, tie => tie.Function);
        lines = [.. ties.Where(tie => tie.Tie is PatchLinesAttribute).Select(tie => (tie.Spec, (PatchLinesAttribute)tie.Tie))];
    }

    /// <summary>Documented steps, in order: A1 to A4, then B1 to B20.</summary>
    public static IEnumerable<string> Steps => [.. Enumerable.Range(1, 4).Select(step => $"A{step}"), .. Enumerable.Range(1, 20).Select(step => $"B{step}")];

    /// <summary>The functions that the doc comments of the kernel rooms name as theirs, with the file that has them.</summary>
    public static SortedDictionary<string, string> Functions { get; } = ReadFunctions();

    public IEnumerable<Row> StepRows => Steps.Select(step => new Row(step, PlaceOfStep(step), LevelTable.OfStep(step), [.. specsOfStep[step]], PropertyTies.OfStep(step), null));

    public IEnumerable<Row> ReasonRows => Enum.GetValues<BackOutReason>().Where(reason => reason != BackOutReason.None)
        .Select(reason => new Row(reason.ToString(), "", LevelTable.OfReason(reason.ToString()), [.. specsOfReason[reason.ToString()]], PropertyTies.OfReason(reason.ToString()), null));

    public IEnumerable<Row> FunctionRows => Functions.Select(function =>
        new Row(function.Key, function.Value, LevelTable.OfFunction(function.Key), [.. specsOfFunction[function.Key]], PropertyTies.OfFunction(function.Key), Excuses.OfFunction(function.Key)));

    /// <summary>Functions that specs are tied to and that the engine does not name anywhere.</summary>
    public IEnumerable<string> UnknownFunctions => specsOfFunction.Select(group => group.Key).Where(function => !EngineText.Value.Contains($"{function}(") && !EngineText.Value.Contains($"\"{function}\"")
        && !EngineText.Value.Contains($"{function} turned"));

    /// <summary>What properties are tied to and that is neither a step nor a function.</summary>
    public static IEnumerable<string> UnknownToProperties => PropertyTies.Named.Where(name => !Steps.Contains(name) && !Functions.ContainsKey(name));

    /// <summary>Ranges of lines that specs are tied to and that hold no added line.</summary>
    public IEnumerable<string> UnknownLines(IReadOnlyList<TraceRow> table) => lines
        .Where(tie => !table.Any(row => Covers(tie.Lines, row))).Select(tie => $"{tie.Spec}: {tie.Lines.File} {tie.Lines.First}-{tie.Lines.Last}");

    /// <summary>The table of the patch's lines with the specs of each.</summary>
    public IReadOnlyList<TraceRow> Fill(IReadOnlyList<TraceRow> table) => [.. table.Select(row =>
    {
        string specs = string.Join(", ", lines.Where(tie => Covers(tie.Lines, row)).Select(tie => tie.Spec).Distinct().Order(StringComparer.Ordinal));
        string? excuse = Excuses.OfLine(row);
        return row with { Specs = row.Kind != "blank" && specs.Length > 0 ? specs : excuse is null ? "" : TraceRow.NoSpec + excuse };
    })];

    public string Page(IReadOnlyList<TraceRow> table)
    {
        var text = new StringBuilder();
        text.Append("# What is exercised by what\n\n");
        text.Append("Each documented step, each reason to back out, each kernel function of the engine and each line that the patch adds, with the specs and the properties that exercise it.\n");
        text.Append("A fixture's name stands for all its facts. A row without spec fails the build, unless [excuses.txt](Traceability/excuses.txt) says why it has none; so does a row without property.\n");
        text.Append("*Levels* says from which patch level on it exists; no spec may see a step or a reason below its level.\n\n");
        text.Append(PropertyTies.HowToRead);
        text.Append($"Written from the attributes of the specs and the sources of the properties by `{Generated.Command}`; do not edit. With the patch at hand: `migration-conformance trace --patch FILE`.\n");
        Append(text, "Documented steps", "Step | Engine | Levels | Specs | Properties", StepRows);
        Append(text, "Reasons to back out", "Reason | Levels | Specs | Properties", ReasonRows);
        Append(text, "Kernel functions", "Function | Engine | Levels | Specs | Properties", FunctionRows);
        text.Append("\n## Lines of the patch\n\nBy file and line of the patched file; empty lines are left out.\n");
        foreach (IGrouping<string, TraceRow> file in Fill(table).GroupBy(row => row.File))
        {
            text.Append($"\n### {file.Key}\n\n| Lines | Specs | Properties |\n|---|---|---|\n");
            foreach ((int first, int last, string specs) in Ranges(file.Where(row => row.Kind != "blank")))
                text.Append($"| {(first == last ? $"{first}" : $"{first}–{last}")} | {(specs.StartsWith(TraceRow.NoSpec, StringComparison.Ordinal) ? specs : Linked(specs.Split(", ")))} | {PropertiesOf(specs)} |\n");
        }
        return text.ToString();
    }

    // Those of the steps and functions that the specs of the lines are about; of a function, when its whole fixture is.
    private string PropertiesOf(string specs)
    {
        string[] names = [.. specs.Split(", ").SelectMany(spec => new[] { spec, spec.Split('.')[0] })];
        return string.Join(", ", StepRows.Concat(FunctionRows).Where(row => row.Specs.Intersect(names).Any())
            .SelectMany(row => PropertyTies.Links(row.Properties)).Distinct().Order(StringComparer.Ordinal));
    }

    private static IEnumerable<(int First, int Last, string Specs)> Ranges(IEnumerable<TraceRow> rows)
    {
        (int First, int Last, string Specs)? open = null;
        foreach (TraceRow row in rows)
        {
            if (open is { } range && range.Specs == row.Specs)
                open = range with { Last = row.Number };
            else
            {
                if (open is { } done)
                    yield return done;
                open = (row.Number, row.Number, row.Specs);
            }
        }
        if (open is { } end)
            yield return end;
    }

    private static void Append(StringBuilder text, string title, string columns, IEnumerable<Row> rows)
    {
        text.Append($"\n## {title}\n\n| {columns} |\n|{string.Concat(columns.Split('|').Select(_ => "---|"))}\n");
        foreach (Row row in rows)
        {
            string engine = row.Engine.Length == 0 ? "" : $" [{row.Engine}](../Engine/Core/{row.Engine}) |";
            text.Append($"| {(title == "Kernel functions" ? $"`{row.Name}()`" : row.Name)} |{engine} {row.Levels} | {(row.Specs.Length > 0 ? Linked(row.Specs) : TraceRow.NoSpec + row.Excuse)} | {row.Properties} |\n");
        }
    }

    private static string Linked(string[] specs) => string.Join(", ", specs.Select(spec =>
    {
        int dot = spec.IndexOf('.');
        string fixture = dot < 0 ? spec : spec[..dot];
        return $"[{fixture}]({SpecSources.PathOf(fixture)["Specs/".Length..]})" + (dot < 0 ? "" : $" `{spec[(dot + 1)..]}`");
    }));

    private static bool Covers(PatchLinesAttribute lines, TraceRow row) => lines.File == row.File && lines.First <= row.Number && row.Number <= lines.Last;

    private static ILookup<string, string> Lookup<T>((string Spec, TiedToAttribute Tie)[] ties, Func<T, string> key)
        where T : TiedToAttribute =>
        ties.Where(tie => tie.Tie is T).Select(tie => (Key: key((T)tie.Tie), tie.Spec)).Distinct()
            .OrderBy(tie => tie.Spec, StringComparer.Ordinal).ToLookup(tie => tie.Key, tie => tie.Spec);

    private static IEnumerable<(string Spec, TiedToAttribute Tie)> Ties()
    {
        foreach (Type fixture in typeof(Traceability).Assembly.GetTypes().Where(type => type.IsDefined(typeof(TestFixtureAttribute), false)))
        {
            foreach (TiedToAttribute tie in fixture.GetCustomAttributes<TiedToAttribute>())
                yield return (fixture.Name, tie);
            foreach (MethodInfo method in fixture.GetMethods())
            {
                foreach (TiedToAttribute tie in method.GetCustomAttributes<TiedToAttribute>())
                    yield return ($"{fixture.Name}.{method.Name}", tie);
            }
        }
    }

    private static readonly Lazy<string> EngineText = new(() => string.Concat(SourceTree.Files("Engine/Core", "*.cs").Select(file => file.Text)));

    private static SortedDictionary<string, string> ReadFunctions()
    {
        var functions = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (SourceFile file in KernelRooms.SelectMany(room => SourceTree.Files($"Engine/Core/{room}", "*.cs")))
        {
            foreach (Match line in Regex.Matches(file.Text, @"^\s*/// (?:<summary>(?<names>(?:\w+\(\)(?:, | and )?)+)|.*\bKernel: (?<names>.*))", RegexOptions.Multiline))
            {
                foreach (Match name in Regex.Matches(line.Groups["names"].Value, @"(\w+)\(\)"))
                    functions.TryAdd(name.Groups[1].Value, file.Path["Engine/Core/".Length..]);
            }
        }
        return functions;
    }

    private static string PlaceOfStep(string step)
    {
        string method = step switch
        {
            "A1" => "IsolateLruPage",
            "A2" => "PrepareNewPage",
            "A3" => "MigratePages",
            "A4" => "PutbackLruPages",
            "B5" => "Unmap",
            _ => ((MigrationStep)int.Parse(step[1..])).ToString(),
        };
        string room = step is "A1" or "A4" ? "Vmscan/" : "Migration/";
        return SourceTree.Files("Engine/Core/" + room, "*.cs").First(file => Regex.IsMatch(file.Text, $@"\b(class|int|MigrationStep) {method}\b[\s(]"))
            .Path["Engine/Core/".Length..];
    }

    /// <summary>A row of the page: what, where it is in the engine, the patch levels that have it, its specs and properties, and the excuse of a row without specs.</summary>
    internal sealed record Row(string Name, string Engine, string Levels, string[] Specs, string Properties, string? Excuse)
    {
        public bool IsOpen => Specs.Length == 0 && Excuse is null;

        public bool IsWithoutProperty => Properties.Length == 0;
    }
}
