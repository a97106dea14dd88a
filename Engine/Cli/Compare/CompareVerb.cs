using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using MigrationConformance.Core;

namespace MigrationConformance.Cli.Compare;

/// <summary>The verb <c>compare</c>: what a patch changes in behaviour, and whether each change is meant.</summary>
internal static class CompareVerb
{
    private const string After =
        """
        Examples:
          migration-conformance compare --before swapCacheCheck --after v9
          migration-conformance compare --before before --after v9 machine.json    over a captured machine
          migration-conformance compare --before v9 --after entriesRestored --html changes.html
          migration-conformance compare --before before --after swapCacheCheck --interleave writeFault
          migration-conformance compare --before v9 --after mlockedFails --claims mine.json

        Without FILE all small machines up to a bound are enumerated: --bound says how many features one of them may
        have beyond the plain page of its owner. FILE is a scenario, or an interleaved run as replay reads it, whose
        schedule is replaced by all. Differences are grouped by what ends differently, and claimed by what the patches
        between the levels are meant to change; Engine/Cli/Compare/CLAIMS.md describes claims files. - is standard
        output. Exit code 1 means that a difference is claimed by nobody.
        """;

    /// <summary>Makes the verb.</summary>
    /// <returns>The verb with its options and help.</returns>
    public static Command Make()
    {
        Option<PatchLevel> before = LevelOption("--before", "The level to start from"), after = LevelOption("--after", "The level to compare it with");
        Argument<string[]> files = new("FILE") { Description = "Scenarios; without any, all small machines.", Arity = ArgumentArity.ZeroOrMore };
        Option<string?> claims = new("--claims") { Description = "What is meant to change; that of the series by default.", HelpName = "FILE" };
        Option<string?> interleave = new("--interleave") { Description = "Compare the ends of every interleaving with one other actor, or all.", HelpName = "ACTOR" };
        Option<string?> bound = new("--bound") { Description = $"The most features of an enumerated machine; {Enumeration.DefaultBound} by default.", HelpName = "N" };
        Option<string?> markdown = new("--markdown") { Description = "Write the groups as Markdown.", HelpName = "FILE" };
        Option<string?> json = new("--json") { Description = "Write the groups as one JSON object.", HelpName = "FILE" };
        Option<string?> html = new("--html") { Description = "Write the groups as one page with pictures.", HelpName = "FILE" };
        Command verb = new("compare", "Compare two patch levels: what ends differently, and is it meant?") { before, after, files, claims, interleave, bound, markdown, json, html };
        HelpWithExamples.Add(verb, After);
        verb.SetAction(parsed =>
        {
            Request request = new(parsed.GetRequiredValue(before), parsed.GetRequiredValue(after), parsed.GetValue(files) ?? [], parsed.GetValue(interleave), parsed.GetValue(bound));
            ClaimsFile claimed = ClaimsOf(request, parsed.GetValue(claims));
            ComparisonReport report = Compare(request, claimed);
            Write(parsed.GetValue(markdown), writer => ComparisonMarkdown.Write(writer, report));
            Write(parsed.GetValue(json), writer => ComparisonJson.Write(writer, report));
            Write(parsed.GetValue(html), writer => ComparisonHtml.Write(writer, report));
            if (parsed.GetValue(markdown) != "-" && parsed.GetValue(json) != "-" && parsed.GetValue(html) != "-")
            {
                using TextOutput output = TextOutput.Standard();
                ComparisonTable.Print(output, report);
            }
            return report.Unclaimed.Any() ? ExitCode.Finding : ExitCode.Fine;
        });
        return verb;
    }

    /// <summary>Compares what was asked for.</summary>
    /// <param name="request">What was asked for.</param>
    /// <param name="claims">What is meant to change.</param>
    /// <returns>The report.</returns>
    internal static ComparisonReport Compare(Request request, ClaimsFile claims)
    {
        PatchLevel[] levels = [request.Before, request.After];
        using ProgressBar progress = new();
        if (request.Files.Count > 0)
        {
            if (request.Bound is not null || request.Interleave is not null)
                throw new UserError($"{(request.Bound is not null ? "--bound" : "--interleave")} is about machines that are made: expected no FILE beside it");
            return new ComparisonReport(OfFiles(request, progress), claims, request.Files.Count == 1 ? request.Files[0] : $"{request.Files.Count} files", "");
        }
        if (request.Interleave is { } actor)
        {
            if (request.Bound is not null)
                throw new UserError("--bound does not go with --interleave: the machines of interleavings are a fixed set");
            return OfInterleavings(request, claims, actor, progress);
        }
        Enumeration enumeration = new(BoundOf(request.Bound));
        Comparison comparison = CompareRun.Over(enumeration, levels, Environment.ProcessorCount, part => progress.Report("comparing", part))[0];
        return new ComparisonReport(comparison, claims, enumeration.Says, enumeration.LeavesOut);
    }

    private static Comparison OfFiles(Request request, ProgressBar progress)
    {
        List<ScenarioMachine> machines = [];
        List<Interleaved> runs = [];
        foreach (string file in request.Files)
        {
            string path = ScenarioInput.PathOf(file);
            if (InterleavedFile.TryRead(path) is { } run)
                runs.Add(run);
            else
                machines.Add(ScenarioInput.Build(path, ScenarioInput.Read(path)));
        }
        Comparison comparison = CompareRun.Over(machines, [request.Before, request.After])[0];
        if (runs.Count > 0)
            comparison.Add(CompareRun.Over(runs, request.Before, request.After, machines.Count, part => progress.Report("interleaving", part)));
        return comparison;
    }

    private static ComparisonReport OfInterleavings(Request request, ClaimsFile claims, string actor, ProgressBar progress)
    {
        List<Interleaved> runs = InterleavedFile.Small(actor);
        Comparison comparison = CompareRun.Over(runs, request.Before, request.After, 0, part => progress.Report("interleaving", part));
        string actors = actor == "all" ? "each other actor" : $"the actor {actor}";
        return new ComparisonReport(comparison, claims,
            $"every interleaving of a migration of one page with {actors}: {ComparisonReport.Number(runs.Count, "machine")}, {ComparisonReport.Number(Enum.GetValues<PageKind>().Length, "kind")} of page",
            "two other actors and more, two pages and more, kinds of page beside these");
    }

    private static ClaimsFile ClaimsOf(Request request, string? file)
    {
        if (file is null)
            return ClaimsReader.OfSeries(request.Before, request.After);
        ClaimsFile claims = ClaimsReader.Read(file);
        return claims.Before == request.Before && claims.After == request.After ? claims
            : throw new UserError($"{file}: these are the claims from {PatchSet.Word(claims.Before)} to {PatchSet.Word(claims.After)}, expected {PatchSet.Word(request.Before)} to {PatchSet.Word(request.After)}");
    }

    private static int BoundOf(string? text)
    {
        if (text is null)
            return Enumeration.DefaultBound;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int bound) && bound <= Enumeration.HighestBound ? bound
            : throw new UserError($"--bound {text}: expected a number from 0 to {Enumeration.HighestBound}");
    }

    private static Option<PatchLevel> LevelOption(string name, string says) => new(name)
    {
        Description = $"{says}: {PatchSet.Words(", ")}.",
        HelpName = "LEVEL",
        Required = true,
        CustomParser = result => PatchOption.Parse(name, result.Tokens[0].Value),
    };

    private static void Write(string? path, Action<TextWriter> write)
    {
        if (path is null)
            return;
        if (path == "-")
        {
            using StreamWriter output = new(StandardOutput.Open(), new UTF8Encoding(false), 1 << 16);
            write(output);
            return;
        }
        OutputFile.Write(path, stream =>
        {
            using StreamWriter writer = new(stream, new UTF8Encoding(false), leaveOpen: true);
            write(writer);
        });
    }

    /// <summary>What was asked for.</summary>
    internal sealed record Request(PatchLevel Before, PatchLevel After, IReadOnlyList<string> Files, string? Interleave = null, string? Bound = null);
}
