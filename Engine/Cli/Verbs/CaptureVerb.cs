using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.IO;

namespace MigrationConformance.Cli;

/// <summary>The verb <c>capture</c>: the memory of running processes as a scenario.</summary>
internal static class CaptureVerb
{
    private const string After =
        """
        Examples:
          migration-conformance capture --out machine.json     every process of this machine
          migration-conformance capture --pid $$ --pid 1       two processes, to standard output
          migration-conformance capture --flags                how today's page flags become those of 2006

        Reads /proc/PID/smaps, /proc/PID/pagemap, /proc/kpageflags and /proc/kpagecount, which takes root.
        The contents of pages are never read. Files and processes are numbered; --names writes the paths of
        files and the names of processes too. The capturing process itself is not captured.
        """;

    /// <summary>Makes the verb.</summary>
    /// <returns>The verb with its options and help.</returns>
    public static Command Make()
    {
        Option<string[]> pid = new("--pid") { Description = "Capture this process only; may be given several times.", HelpName = "P" };
        Option<string?> output = new("--out") { Description = "Write the scenario to a file instead of standard output.", HelpName = "FILE" };
        Option<bool> names = new("--names") { Description = "Write the names of files and processes." };
        Option<bool> flags = new("--flags") { Description = "Print the table of page flags and capture nothing." };
        Command verb = new("capture", "Capture the memory of this Linux machine as a scenario.") { pid, output, names, flags };
        HelpWithExamples.Add(verb, After);
        verb.SetAction(parsed => parsed.GetValue(flags)
            ? PrintFlags()
            : Run(parsed.GetValue(pid) ?? [], parsed.GetValue(output), parsed.GetValue(names)));
        return verb;
    }

    /// <summary>Reads this machine.</summary>
    /// <param name="pids">Numbers of processes as they were typed; none for all.</param>
    /// <param name="names">Whether to read names.</param>
    /// <param name="progress">Where progress is shown.</param>
    /// <returns>The capture.</returns>
    /// <exception cref="UserError">A number is none, or names no process.</exception>
    /// <exception cref="CannotCapture">This machine cannot be read.</exception>
    public static CaptureDocument Read(string[] pids, bool names, ProgressBar progress)
    {
        ProcReader reader = new() { Progress = progress.Report };
        List<int> chosen = [];
        foreach (string text in pids)
        {
            int pid = Number(text);
            if (!chosen.Contains(pid))
                chosen.Add(pid);
        }
        if (reader.WhyNot() is { } why)
            throw new CannotCapture(why);
        foreach (int pid in chosen)
        {
            if (!reader.Exists(pid))
                throw new UserError($"--pid {pid}: there is no such process");
        }
        RawCapture raw = reader.Read(chosen.Count == 0 ? reader.Pids() : chosen, Environment.ProcessId, names);
        if (raw.HidesFrames)
            throw new CannotCapture("/proc/PID/pagemap does not tell the numbers of frames without CAP_SYS_ADMIN");
        CaptureDocument document = CaptureBuilder.Build(raw, names);
        document.Progress = progress.Report;
        return document;
    }

    /// <summary>Says on standard error what a capture has and what it has not.</summary>
    /// <param name="document">The capture, written.</param>
    public static void Summarise(CaptureDocument document)
    {
        TextWriter error = Console.Error;
        error.WriteLine($"captured {Count(document.Processes.Count, "process", "processes")}, {Count(document.Vmas.Count, "VMA", "VMAs")} and "
            + $"{Count(document.PageCount, "page", "pages")} (in {Count(document.RunCount, "run", "runs")})");
        foreach (string phrase in document.LeftOut.Phrases())
            error.WriteLine($"left out: {phrase}");
        if (document.Raw.Unread.Count > 0)
        {
            List<string> each = document.Raw.Unread.ConvertAll(process => $"{process.Pid} ({process.Why})");
            error.WriteLine($"left out: {Count(each.Count, "process", "processes")}: {string.Join(", ", each)}");
        }
    }

    private static int Run(string[] pids, string? path, bool names)
    {
        CaptureDocument document;
        try
        {
            using ProgressBar progress = new();
            document = Read(pids, names, progress);
            Write(document, path);
        }
        catch (CannotCapture e)
        {
            throw new UserError(e.Message);
        }
        Summarise(document);
        return ExitCode.Fine;
    }

    private static void Write(CaptureDocument document, string? path)
    {
        if (path is not null)
        {
            OutputFile.Write(path, file => CaptureWriter.Write(document, file));
            return;
        }
        using Stream output = StandardOutput.Open();
        CaptureWriter.Write(document, output);
    }

    private static int PrintFlags()
    {
        Console.Out.Write(FlagTable.Render());
        return ExitCode.Fine;
    }

    private static int Number(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int pid) && pid > 0
            ? pid
            : throw new UserError($"--pid {text}: expected the number of a process");

    private static string Count(long number, string one, string many) => $"{number:N0} {(number == 1 ? one : many)}";
}
