using System.Text.RegularExpressions;
using CsCheck;
using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>Samples runs with CsCheck, and tells the first that fails by <see cref="Report"/>.</summary>
public static class Property
{
    private const int ProgressEvery = 20_000;

    /// <summary>Samples runs, and checks every invariant and the rule of every step in each.</summary>
    /// <param name="gen">The runs.</param>
    /// <param name="iterations">How many, unless CsCheck_Iter or CsCheck_Time says otherwise.</param>
    /// <returns>How many runs, and how many checked steps.</returns>
    public static (long Runs, long Steps) HoldsRules(Gen<Interleaved> gen, int iterations)
    {
        long steps = 0;
        long runs = Holds(gen, iterations, Check, default(EngineStepper), () => $", {steps} checked steps");
        return (runs, steps);

        Failure? Check(Interleaved run)
        {
            CheckedRun made = CheckedRun.Of(run);
            steps += made.Made.Length;
            return Failure.Of(made);
        }
    }

    /// <summary>Samples scenarios, whose migration nobody disturbs.</summary>
    /// <param name="gen">The scenarios.</param>
    /// <param name="iterations">How many, unless CsCheck_Iter or CsCheck_Time says otherwise.</param>
    /// <param name="rule">What should hold, in a few words.</param>
    /// <param name="check">Whether it does; it may throw <see cref="BrokenRule"/> with a sentence instead.</param>
    /// <returns>How many scenarios.</returns>
    public static long Holds(Gen<Scenario> gen, int iterations, string rule, Func<Scenario, bool> check) =>
        Holds(gen.Select(scenario => new Interleaved(scenario, [], [])), iterations, rule, run => check(run.Scenario));

    /// <summary>Samples runs.</summary>
    /// <param name="gen">The runs.</param>
    /// <param name="iterations">How many, unless CsCheck_Iter or CsCheck_Time says otherwise.</param>
    /// <param name="rule">What should hold, in a few words.</param>
    /// <param name="check">Whether it does; it may throw <see cref="BrokenRule"/> with a sentence instead.</param>
    /// <returns>How many runs.</returns>
    public static long Holds(Gen<Interleaved> gen, int iterations, string rule, Func<Interleaved, bool> check) =>
        Holds(gen, iterations, run => Failure.Of(rule, Sentence(run, check)));

    /// <summary>Samples runs.</summary>
    /// <param name="gen">The runs.</param>
    /// <param name="iterations">How many, unless CsCheck_Iter or CsCheck_Time says otherwise.</param>
    /// <param name="check">What is wrong with one, or null.</param>
    /// <param name="stepper">Makes the steps of the check, where it is about every rule at every step.</param>
    /// <param name="also">What else to tell of the progress.</param>
    /// <returns>How many runs.</returns>
    public static long Holds(Gen<Interleaved> gen, int iterations, RunCheck check, IStepper? stepper = null, Func<string>? also = null)
    {
        RunCheck guarded = run => Guarded(run, check);
        Interleaved? failing = null;
        string seed = "", text = "";
        long runs = 0;
        try
        {
            gen.Sample(run =>
            {
                // Once one is found, our own shrinking is better than more samples.
                if (failing is not null)
                    return true;
                bool fails = guarded(run) is not null;
                if (++runs % ProgressEvery == 0)
                    Tell($"{runs} runs{also?.Invoke()}");
                if (!fails)
                    return true;
                failing = run;
                text = Report.Text(run, guarded, stepper);
                // Nobody should wait for the end of a long run to see it.
                Tell($"run {runs} fails: {text}");
                return false;
            }, iter: Knobs.Iterations(iterations), threads: 1, print: InterleavedText.Write);
        }
        catch (CsCheckException found) when (failing is not null)
        {
            seed = SeedIn(found);
        }
        if (failing is not null)
            throw new BrokenRule($"{text}\n{SeedCommand(seed)}");
        TestContext.Out.WriteLine($"{runs} runs{also?.Invoke()}");
        return runs;
    }

    /// <summary>Samples something else than runs: what CsCheck says of a failure, and a command to paste.</summary>
    /// <param name="sample">The sampling.</param>
    public static void Sampled(Action sample)
    {
        try
        {
            sample();
        }
        catch (CsCheckException found)
        {
            throw new BrokenRule($"{found.Message}\n{SeedCommand(SeedIn(found))}");
        }
    }

    private static string SeedIn(CsCheckException found) => Regex.Match(found.Message, "CsCheck_Seed=(\\S+)").Groups[1].Value;

    // A crash is a failure like any other: it is shrunk and told. A run that does not end, the watchdog tells.
    private static Failure? Guarded(Interleaved run, RunCheck check)
    {
        WatchdogAttribute.Begins(run);
        try
        {
            return check(run);
        }
        catch (Exception crash)
        {
            return Failure.Of($"no {crash.GetType().Name}", crash.Message.Split('\n')[0]);
        }
        finally
        {
            WatchdogAttribute.Ends();
        }
    }

    private static string? Sentence(Interleaved run, Func<Interleaved, bool> check)
    {
        try
        {
            return check(run) ? null : "It does not.";
        }
        catch (BrokenRule broken)
        {
            return broken.Message;
        }
    }

    // At once, in runs that somebody has asked to be long: what is written to Error, dotnet test shows as it comes.
    private static void Tell(string progress)
    {
        if (Knobs.AreSet)
            TestContext.Error.WriteLine($"{TestContext.CurrentContext.Test.MethodName}: {progress}");
    }

    // A test case's name has brackets, which a shell and a filter take for their own.
    private static string SeedCommand(string seed)
    {
        TestContext.TestAdapter test = TestContext.CurrentContext.Test;
        return $"dotnet test Properties -c Release -e CsCheck_Seed={seed} --filter FullyQualifiedName~{test.ClassName![(test.ClassName!.LastIndexOf('.') + 1)..]}.{test.MethodName}";
    }
}

/// <summary>CsCheck's own knobs, respected where a property has another default than CsCheck.</summary>
public static class Knobs
{
    /// <summary>Whether the length of the run was asked for.</summary>
    public static bool AreSet => Environment.GetEnvironmentVariable("CsCheck_Iter") is not null || Environment.GetEnvironmentVariable("CsCheck_Time") is not null;

    /// <summary>
    /// Whether fewer runs than a property's own number were asked for, as for the repetition of one: what is said of how often something
    /// happens among them says nothing then.
    /// </summary>
    public static bool IsShort => Environment.GetEnvironmentVariable("CsCheck_Iter") is not null && Check.Iter < 10_000;

    /// <summary>The property's own number of iterations, unless CsCheck_Iter is set.</summary>
    public static long Iterations(int own) => Environment.GetEnvironmentVariable("CsCheck_Iter") is null ? own : Check.Iter;
}
