using System.Collections.Concurrent;
using System.Diagnostics;
using MigrationConformance.Core;
using NUnit.Framework.Interfaces;

[assembly: MigrationConformance.Properties.Watchdog]
[assembly: Parallelizable(ParallelScope.Fixtures)]

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

    // A test keeps its thread, so the thread is its key.
    private static readonly ConcurrentDictionary<int, Watched> Running = new();
    private static readonly Lazy<Timer> Clock = new(() => new Timer(_ => Look(), null, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(5)));

    public ActionTargets Targets => ActionTargets.Test;

    public void BeforeTest(ITest test)
    {
        _ = Clock.Value;
        Running[Environment.CurrentManagedThreadId] = new Watched(test.FullName, null, Stopwatch.GetTimestamp());
    }

    public void AfterTest(ITest test) => Running.TryRemove(Environment.CurrentManagedThreadId, out _);

    /// <summary>A run begins.</summary>
    public static void Begins(Interleaved run) => Sign(run);

    /// <summary>The run is over.</summary>
    public static void Ends() => Sign(null);

    private static void Sign(Interleaved? run)
    {
        if (Running.TryGetValue(Environment.CurrentManagedThreadId, out Watched? before))
            Running[Environment.CurrentManagedThreadId] = new Watched(before.Test, run, Stopwatch.GetTimestamp());
    }

    private static void Look()
    {
        foreach (Watched now in Running.Values)
        {
            if (Stopwatch.GetElapsedTime(now.Since) < (now.Run is null ? MostForTest : MostForRun))
                continue;
            string what = now.Run is null ? $"nothing has happened for {MostForTest.TotalMinutes} minutes" : Endless.Text(now.Run, default(EngineStepper), Patience);
            // No test can be failed from outside while it runs; what stands in the message of a process that fails, dotnet test shows.
            Environment.FailFast($"{now.Test}: {what}");
        }
    }

    private sealed record Watched(string Test, Interleaved? Run, long Since);
}
