using System;
using System.CommandLine;
using System.IO;
using MigrationConformance.Core;

namespace MigrationConformance.Cli;

/// <summary>The verb <c>migrate</c>: runs a scenario and says what became of its pages.</summary>
internal static class MigrateVerb
{
    private const string After =
        """
        Examples:
          migration-conformance migrate                          the memory of this machine, now
          migration-conformance migrate machine.json             a scenario from a file; - is standard input
          migration-conformance migrate machine.json --patch before
          migration-conformance migrate call.json                a scenario with a "call": mbind or migrate_pages(2)
          migration-conformance migrate machine.json --pages     what became of each page
          migration-conformance migrate machine.json --json      the whole machine afterwards, for programs
          migration-conformance migrate --jsonl < many.jsonl     one scenario a line in, one result a line out

        Without FILE the machine it runs on is captured, which takes Linux and root; elsewhere the capture
        that comes with the program is run. Exit code: 0 when migrate_pages returned, 1 when the run ended in
        a kernel BUG or would block for ever, 2 when an input cannot be used. With --jsonl a bad line gives
        {"line":N,"error":"..."} and the rest go on; empty lines are skipped; the exit code is the highest of
        all lines.
        """;

    /// <summary>Makes the verb.</summary>
    /// <returns>The verb with its options and help.</returns>
    public static Command Make()
    {
        Argument<string?> file = new("FILE") { Description = "A scenario; without it this machine is captured.", Arity = ArgumentArity.ZeroOrOne };
        Option<PatchLevel?> patch = PatchOption.Make();
        Option<bool> json = new("--json") { Description = "Print the result document instead of a table." };
        Option<bool> jsonl = new("--jsonl") { Description = "Read one scenario a line from standard input, write one result a line." };
        Option<bool> pages = new("--pages") { Description = "List what became of each page, too." };
        Command verb = new("migrate", "Run migrate_pages over a scenario, or over this machine.") { file, patch, json, jsonl, pages };
        HelpWithExamples.Add(verb, After);
        verb.SetAction(parsed =>
        {
            string? path = ScenarioInput.PathOf(parsed.GetValue(file));
            if (!parsed.GetValue(jsonl))
                return Run(path, parsed.GetValue(patch), parsed.GetValue(json), parsed.GetValue(pages));
            if (path is not null || parsed.GetValue(json) || parsed.GetValue(pages))
                throw new UserError("--jsonl reads standard input and writes JSON: expected no FILE, --json or --pages beside it");
            return JsonLines.Run(parsed.GetValue(patch));
        });
        return verb;
    }

    private static int Run(string? path, PatchLevel? patch, bool json, bool pages)
    {
        if (json && pages)
            throw new UserError("--json has every page already: expected no --pages beside it");
        MigrationResult result;
        using (ProgressBar progress = new())
            result = Migrate(path, patch, progress);
        if (json)
        {
            using Stream output = StandardOutput.Open();
            ResultWriter.Write(output, result, indented: true);
            output.Write("\n"u8);
        }
        else
        {
            using TextOutput output = TextOutput.Standard();
            Summary.Print(output, result);
            if (pages)
                PageTable.Print(output.Plain, result);
        }
        return result.End == StepResult.Finished ? ExitCode.Fine : ExitCode.Finding;
    }

    private static MigrationResult Migrate(string? path, PatchLevel? patch, ProgressBar progress)
    {
        Scenario scenario = path is null ? ScenarioInput.ThisMachine(progress) : ScenarioInput.Read(path);
        if (patch is { } level)
            scenario = scenario with { Patch = level };
        ScenarioMachine run = ScenarioInput.Build(path, scenario);
        ProgressObserver observer = new(progress, run.FromPages.Length);
        return MigrationRun.Run(run, ref observer);
    }
}
