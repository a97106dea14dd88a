using System.Diagnostics;
using MigrationConformance.Core;
using NUnit.Framework.Interfaces;

[assembly: MigrationConformance.Properties.Watchdog]

namespace MigrationConformance.Properties;

/// <summary>
/// Ends the tests with a message when a run, or a test that makes none, does not end: an engine that loops inside one step
/// returns to nobody, and whoever waits for it learns nothing.
/// </summary>
[AttributeUsage(AttributeTargets.Assembly)]
internal sealed class WatchdogAttribute : Attribute, ITestAction
{
    // A run takes milliseconds; a test without runs of its own, the search of a thousand spaces, half a minute.
    private static readonly TimeSpan MostForRun = TimeSpan.FromMinutes(1), MostForTest = TimeSpan.FromMinutes(10), Patience = TimeSpan.FromSeconds(2);
    private static Watched? watched;
    private static Timer? timer;

    public ActionTargets Targets => ActionTargets.Test;

    public void BeforeTest(ITest test)
    {
        timer ??= new Timer(_ => Look(), null, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(5));
        Volatile.Write(ref watched, new Watched(test.FullName, null, Stopwatch.GetTimestamp()));
    }

    public void AfterTest(ITest test) => Volatile.Write(ref watched, null);

    /// <summary>A run begins.</summary>
    public static void Begins(Interleaved run) => Sign(run);

    /// <summary>The run is over.</summary>
    public static void Ends() => Sign(null);

    private static void Sign(Interleaved? run)
    {
        if (watched is { } before)
            Volatile.Write(ref watched, new Watched(before.Test, run, Stopwatch.GetTimestamp()));
    }

    private static void Look()
    {
        if (Volatile.Read(ref watched) is not { } now || Stopwatch.GetElapsedTime(now.Since) < (now.Run is null ? MostForTest : MostForRun))
            return;
        string what = now.Run is null ? $"nothing has happened for {MostForTest.TotalMinutes} minutes" : Endless.Text(now.Run, default(EngineStepper), Patience);
        // No test can be failed from outside while it runs; what stands in the message of a process that fails, dotnet test shows.
        Environment.FailFast($"{now.Test}: {what}");
    }

    private sealed record Watched(string Test, Interleaved? Run, long Since);
}
