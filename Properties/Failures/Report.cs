using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using CsCheck;
using MigrationConformance.Conventions;
using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>Thrown for a run that breaks a rule; the message is all that is needed to reproduce it.</summary>
public sealed class BrokenRule(string message) : Exception(message);

/// <summary>What a failing run prints, in this order: what broke; the shrunk run; the ledger; the command. It writes the run to a file.</summary>
public static class Report
{
    /// <summary>Samples runs, and reports the first that breaks a rule, shrunk.</summary>
    /// <param name="gen">The runs.</param>
    /// <param name="iterations">How many, unless CsCheck_Iter or CsCheck_Time says otherwise.</param>
    /// <returns>How many runs, and how many checked steps.</returns>
    public static (long Runs, long Steps) Sample(Gen<Interleaved> gen, int iterations)
    {
        Interleaved? failing = null;
        string seed = "";
        long runs = 0, steps = 0, told = 0;
        try
        {
            gen.Sample(run =>
            {
                // Once one is found, our own shrinking is better than more samples.
                if (failing is not null)
                    return true;
                (Broken? broken, int made, _, _) = Checked.Run(run);
                runs++;
                steps += made;
                if (runs - told >= 20_000)
                {
                    TestContext.Progress.WriteLine($"{runs} runs, {steps} checked steps");
                    told = runs;
                }
                if (broken is null)
                    return true;
                failing = run;
                return false;
            }, iter: Knobs.Iterations(iterations), threads: 1, print: run => $"{run.Scenario.Pages.Count} pages, {run.Actors.Count} actors");
        }
        catch (CsCheckException found) when (failing is not null)
        {
            seed = Regex.Match(found.Message, "CsCheck_Seed=(\\S+)").Groups[1].Value;
        }
        if (failing is not null)
            throw new BrokenRule($"{Text(failing, default(EngineStepper))}\ndotnet test Properties -c Release -e CsCheck_Seed={seed} --filter {TestContext.CurrentContext.Test.Name}");
        TestContext.Out.WriteLine($"{runs} runs, {steps} checked steps");
        return (runs, steps);
    }

    /// <summary>The message for a failing run.</summary>
    public static string Text<TStepper>(Interleaved failing, TStepper stepper)
        where TStepper : IStepper
    {
        string rule = Checked.Run(failing, stepper).Broken!.Rule;
        Interleaved small = Shrinker.Shrink(failing, rule, stepper);
        Broken broken = Checked.Run(small, stepper).Broken!;
        small = small with { Schedule = Trim(small, rule, broken, stepper) };
        broken = Checked.Run(small, stepper).Broken!;
        string json = InterleavedText.Write(small);
        string file = Store(json);
        string ledger = broken.Page.IsNone || broken.Page.Value >= broken.Machine.Pages.Count
            ? "no single page is guilty"
            : $"page {broken.Page.Value}: {Ledger.Describe(broken.Machine, broken.Page)}; {Ledger.DescribeMapcount(broken.Machine, broken.Page)}";
        return $"""
            {broken.Rule}: {broken.Sentence}

            {json}
            {ledger}

            dotnet run -c Release --project Engine/Cli -- replay {file}
            """;
    }

    // The steps that were made are the schedule, when they are not more than it.
    private static ValueList<int> Trim<TStepper>(Interleaved run, string rule, Broken broken, TStepper stepper)
        where TStepper : IStepper
    {
        ValueList<int> made = [.. broken.Made];
        bool same = made.Count < run.Schedule.Count && Checked.Run(run with { Schedule = made }, stepper).Broken?.Rule == rule;
        return same ? made : run.Schedule;
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

/// <summary>CsCheck's own knobs, respected where a property has another default than CsCheck.</summary>
public static class Knobs
{
    /// <summary>The property's own number of iterations, unless CsCheck_Iter is set.</summary>
    public static long Iterations(int own) => Environment.GetEnvironmentVariable("CsCheck_Iter") is null ? own : Check.Iter;
}
