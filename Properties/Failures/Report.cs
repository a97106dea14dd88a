using System.Security.Cryptography;
using System.Text;
using MigrationConformance.Conventions;
using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>Thrown for a run that breaks a rule; the message is all that is needed to reproduce it.</summary>
public sealed class BrokenRule(string message) : Exception(message);

/// <summary>What a failing run prints, in this order: what broke; the shrunk run; the ledger; the command. It writes the run to a file.</summary>
public static class Report
{
    /// <summary>The message for a failing run, as small as it gets.</summary>
    /// <param name="failing">A run for which the check finds something.</param>
    /// <param name="check">Finds out what is wrong with a run.</param>
    /// <param name="stepper">Makes the steps of the check, where it is about every rule at every step; else null.</param>
    public static string Text(Interleaved failing, RunCheck check, IStepper? stepper = null)
    {
        Interleaved small = Canonical(failing, check(failing)!.Kind, check, stepper);
        return Stored(check(small)!, small);
    }

    /// <summary>The message for a run, which is written to its file.</summary>
    /// <param name="failure">What is wrong with it.</param>
    /// <param name="run">The run.</param>
    public static string Stored(Failure failure, Interleaved run)
    {
        string json = InterleavedText.Write(run);
        return Text(failure, json, Store(json));
    }

    /// <summary>The message for a run that is stored.</summary>
    /// <param name="failure">What is wrong with it.</param>
    /// <param name="json">The run.</param>
    /// <param name="file">Its file, from the folder of the solution.</param>
    public static string Text(Failure failure, string json, string file) =>
        $"""
        {failure.Violation}

        {json}
        {LedgerOf(failure)}

        dotnet run -c Release --project Engine/Cli -- replay {file}
        """;

    /// <summary>The run that stands for all those that fail in one way: the first of the small ones, or else the failing one with everything left out that can be.</summary>
    public static Interleaved Canonical(Interleaved failing, string kind, RunCheck check, IStepper? stepper)
    {
        Interleaved shrunk = Trimmed(Shrinker.Shrink(failing, kind, check), kind, check);
        return SmallestOf(shrunk, kind, check, stepper) is { } smallest ? Trimmed(Shrinker.Shrink(smallest, kind, check), kind, check) : shrunk;
    }

    private static Interleaved? SmallestOf(Interleaved shrunk, string kind, RunCheck check, IStepper? stepper)
    {
        bool call = shrunk.Scenario.Call is not null;
        // The patch itself first, whatever the level of the run that failed.
        PatchLevel[] levels = [PatchSet.Default, shrunk.Scenario.Patch];
        int actors = call || stepper is null ? 0 : shrunk.Actors.Count;
        TaskKind[] kinds = [.. shrunk.Actors.Select(actor => actor.Kind).Distinct()];
        return FirstOf(level => Smallest.Alone(kind, level, call, check))
            ?? (actors > 0 ? FirstOf(level => Smallest.Between(kind, level, [], check, stepper!)) : null)
            ?? (actors > 1 ? FirstOf(level => Smallest.Between(kind, level, kinds, check, stepper!)) : null);

        Interleaved? FirstOf(Func<PatchLevel, Interleaved?> find) => levels.Distinct().Select(find).FirstOrDefault(run => run is not null);
    }

    // The steps that were made are the schedule, when they are not more than it.
    private static Interleaved Trimmed(Interleaved run, string kind, RunCheck check)
    {
        if (check(run)!.Made is not { } made || made.Length >= run.Schedule.Count)
            return run;
        Interleaved trimmed = run with { Schedule = [.. made] };
        return Shrinker.Fails(trimmed, kind, check) ? trimmed : run;
    }

    private static string LedgerOf(Failure failure)
    {
        Pfn page = failure.Violation.Page;
        return failure.Machine is not { } m || page.IsNone || page.Value >= m.Pages.Count
            ? "no single page is guilty"
            : $"page {page.Value}: {Ledger.Describe(m, page)}; {Ledger.DescribeMapcount(m, page)}";
    }

    /// <summary>Writes a run to a file named by its contents.</summary>
    private static string Store(string json)
    {
        string name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(json)))[..16];
        string folder = Path.Combine(SourceTree.Root, "artifacts", "counterexamples");
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, $"{name}.json"), json);
        return $"artifacts/counterexamples/{name}.json";
    }
}
