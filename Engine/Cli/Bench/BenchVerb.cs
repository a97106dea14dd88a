using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.IO;
using System.Text.Json;

namespace MigrationConformance.Cli.Bench;

/// <summary>The verb <c>bench</c>: what the engine costs on this machine.</summary>
internal static class BenchVerb
{
    private const string After =
        """
        Examples:
          migration-conformance bench                      the whole table, about a minute and 2 GiB
          migration-conformance bench --frames 100000      machines of one size only
          migration-conformance bench --json               the same figures for a program

        Run it in Release and on an idle machine. A machine of N frames has N/2 pages on from and N/2 on to.
        """;

    private static readonly int[] Sizes = [1_000, 100_000, 1_000_000, 16_000_000];

    /// <summary>Makes the verb.</summary>
    /// <returns>The verb with its options and help.</returns>
    public static Command Make()
    {
        Option<int[]> frames = new("--frames") { Description = "Frames of the machines, 10 to 16777216; may be given several times.", HelpName = "N" };
        Option<bool> json = new("--json") { Description = "Print one JSON object." };
        Command verb = new("bench", "Measure the engine on this machine.") { frames, json };
        HelpWithExamples.Add(verb, After);
        verb.SetAction(parsed => Run(parsed.GetValue(frames) ?? [], parsed.GetValue(json)));
        return verb;
    }

    private static int Run(int[] sizes, bool json)
    {
        foreach (int frames in sizes)
        {
            if (frames is < 10 or > 16_777_216)
                throw new UserError($"--frames {frames}: expected a number from 10 to 16777216");
        }
        using ProgressBar progress = new();
        int[] wanted = sizes.Length == 0 ? Sizes : sizes;
        BenchKind[] kinds = Enum.GetValues<BenchKind>();
        List<MigrationFigure> figures = [];
        foreach (int frames in wanted)
        {
            foreach (BenchKind kind in kinds)
            {
                progress.Report("measuring", figures.Count / (wanted.Length * kinds.Length + 2.0));
                figures.Add(Benchmarks.Migrate(kind, frames));
            }
        }
        ValueFigure value = Benchmarks.Value();
        progress.Report("measuring", (figures.Count + 1) / (figures.Count + 2.0));
        double scenarios = Benchmarks.ScenariosASecond();
        if (json)
            WriteJson(figures, value, scenarios);
        else
            WriteTable(Console.Out, figures, value, scenarios);
        return ExitCode.Fine;
    }

    private static void WriteTable(TextWriter output, List<MigrationFigure> figures, ValueFigure value, double scenarios)
    {
        output.WriteLine("pages                                      frames    ns a page      runs  bytes allocated   machine MiB");
        foreach (MigrationFigure figure in figures)
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{Words(figure.Kind),-38} {figure.Frames,10} {figure.NanosecondsPerPage,12:F1} {figure.Runs,9} {figure.BytesAllocated,16} {figure.MachineBytes / 1048576.0,13:F1}"));
        }
        output.WriteLine();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"four pages, two processes ({value.MachineBytes} bytes): copy {value.CopyNanoseconds:F0} ns, fingerprint {value.FingerprintNanoseconds:F0} ns"));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"small scenarios, read, run and written: {scenarios:F0} a second on one core"));
    }

    private static void WriteJson(List<MigrationFigure> figures, ValueFigure value, double scenarios)
    {
        using Stream output = StandardOutput.Open();
        using Utf8JsonWriter json = new(output, new JsonWriterOptions { Indented = true, NewLine = "\n" });
        json.WriteStartObject();
        json.WriteStartArray("migrate");
        foreach (MigrationFigure figure in figures)
        {
            json.WriteStartObject();
            json.WriteString("pages", JsonNamingPolicy.CamelCase.ConvertName(figure.Kind.ToString()));
            json.WriteNumber("frames", figure.Frames);
            json.WriteNumber("nanosecondsPerPage", Math.Round(figure.NanosecondsPerPage, 1));
            json.WriteNumber("runs", figure.Runs);
            json.WriteNumber("bytesAllocated", figure.BytesAllocated);
            json.WriteNumber("machineBytes", figure.MachineBytes);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartObject("smallMachine");
        json.WriteNumber("bytes", value.MachineBytes);
        json.WriteNumber("copyNanoseconds", Math.Round(value.CopyNanoseconds, 1));
        json.WriteNumber("fingerprintNanoseconds", Math.Round(value.FingerprintNanoseconds, 1));
        json.WriteEndObject();
        json.WriteNumber("scenariosPerSecond", Math.Round(scenarios));
        json.WriteEndObject();
    }

    private static string Words(BenchKind kind) => kind switch
    {
        BenchKind.FileUnmapped => "clean file pages, unmapped",
        BenchKind.FileMapped => "clean file pages, one entry each",
        BenchKind.SwapCacheMapped => "clean swap cache pages, one entry each",
        _ => "a mix, two fifths of it backing out",
    };
}
