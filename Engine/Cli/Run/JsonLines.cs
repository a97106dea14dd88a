using System;
using System.Buffers;
using System.IO;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using MigrationConformance.Core;

namespace MigrationConformance.Cli;

/// <summary>Runs scenarios from standard input, one a line, and writes one result a line.</summary>
/// <remarks>
/// Results are handed over when their buffer is full, or when no whole line is left to run: a program that waits
/// for each answer gets it, and one that sends many lines at once costs few system calls.
/// </remarks>
internal sealed class JsonLines
{
    // A line of forty bytes can ask for a result of gigabytes; a machine of that size belongs in a file.
    private const long MostFrames = 1 << 20, MostSlots = 1 << 20;

    private readonly LineReader lines;
    private readonly OutputBuffer results;
    private readonly PatchLevel? patch;
    private int exitCode = ExitCode.Fine;

    /// <summary>Makes a runner.</summary>
    /// <param name="input">The scenarios.</param>
    /// <param name="output">The results.</param>
    /// <param name="patch">The level that runs, or null for what each scenario says.</param>
    public JsonLines(Stream input, Stream output, PatchLevel? patch)
    {
        results = new OutputBuffer(output);
        lines = new LineReader(input, ScenarioLimits.TextBytes) { BeforeReading = results.Flush };
        this.patch = patch;
    }

    /// <summary>Runs standard input to its end.</summary>
    /// <param name="patch">The level that runs, or null for what each scenario says.</param>
    /// <returns>The exit code.</returns>
    public static int Run(PatchLevel? patch)
    {
        using Stream input = Console.OpenStandardInput(), output = StandardOutput.Open();
        return new JsonLines(input, output, patch).Run();
    }

    /// <summary>Runs the input to its end.</summary>
    /// <returns>The exit code: the highest of all lines.</returns>
    public int Run()
    {
        while (lines.Next(out ReadOnlySpan<byte> text))
        {
            if (lines.TooLong)
                Refuse($"a longer line: expected at most {ScenarioLimits.TextBytes} bytes");
            else if (text.Trim(" \t\r"u8) is { IsEmpty: false } scenario)
                RunLine(scenario);
        }
        results.Flush();
        return exitCode;
    }

    // The answer is written only when the run is over, so a line has a result or an error, never half of one.
    private void RunLine(ReadOnlySpan<byte> text)
    {
        MigrationResult result;
        try
        {
            Scenario scenario = ScenarioReader.Read(text);
            if (TooLarge(scenario) is { } sentence)
            {
                Refuse(sentence);
                return;
            }
            if (patch is { } level)
                scenario = scenario with { Patch = level };
            result = MigrationRun.Run(ScenarioBuilder.Build(scenario));
        }
        catch (ScenarioException e)
        {
            Refuse(e.Message);
            return;
        }
        catch (OutOfMemoryException)
        {
            Refuse("the scenario is larger than the memory of this machine");
            return;
        }
        catch (Exception defect)
        {
            Console.Error.WriteLine($"migration-conformance: line {lines.Number}: this is a defect of the program, please report it\n{defect}");
            Refuse("this is a defect of the program, told on standard error");
            exitCode = ExitCode.Defect;
            return;
        }
        ResultWriter.Write(results, result);
        results.Write("\n"u8);
        if (result.End != StepResult.Finished)
            exitCode = Math.Max(exitCode, ExitCode.Finding);
    }

    private static string? TooLarge(Scenario scenario)
    {
        long frames = scenario.To.NewFrames ?? 0;
        foreach (ScenarioPage page in scenario.Pages)
            frames += page.Repeat;
        if (frames > MostFrames)
            return $"$.pages: found {frames} page frames, expected at most {MostFrames} in a line; run it from a file.";
        return scenario.Swap.Slots > MostSlots
            ? $"$.swap.slots: found {scenario.Swap.Slots}, expected at most {MostSlots} in a line; run it from a file."
            : null;
    }

    private void Refuse(string sentence)
    {
        exitCode = Math.Max(exitCode, ExitCode.BadInput);
        results.Write(Encoding.UTF8.GetBytes($"{{\"line\":{lines.Number},\"error\":\"{JsonEncodedText.Encode(sentence, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"}}\n"));
    }
}
