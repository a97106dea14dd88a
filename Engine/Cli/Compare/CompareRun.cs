using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Text.Json;
using System.Threading;
using MigrationConformance.Core;

namespace MigrationConformance.Cli.Compare;

/// <summary>Compares levels over many machines. The result does not depend on the number of threads.</summary>
internal static class CompareRun
{
    private const int BetweenReports = 100;

    /// <summary>Compares over an enumeration.</summary>
    /// <param name="enumeration">The machines.</param>
    /// <param name="levels">The levels; each is compared with the one before it.</param>
    /// <param name="threads">How many threads share the work, at least 1.</param>
    /// <param name="report">Is told now and then what part is done, 0 to 1.</param>
    /// <returns>One comparison for each pair of neighbours.</returns>
    public static IReadOnlyList<Comparison> Over(Enumeration enumeration, PatchLevel[] levels, int threads, Action<double> report) =>
        Share(enumeration.Chunks, levels, threads, report, (comparer, chunk) =>
        {
            foreach (EnumeratedMachine machine in enumeration.Walk(chunk))
                comparer.Compare(machine);
        });

    /// <summary>Compares over given machines.</summary>
    /// <param name="machines">The machines, in the order in which they were named.</param>
    /// <param name="levels">The levels.</param>
    /// <returns>One comparison for each pair of neighbours.</returns>
    public static IReadOnlyList<Comparison> Over(IReadOnlyList<ScenarioMachine> machines, PatchLevel[] levels)
    {
        LevelComparer comparer = new(levels);
        for (int i = 0; i < machines.Count; i++)
            comparer.Compare(new EnumeratedMachine(machines[i], machines.Count == 1 ? 0 : Members(machines[i].Scenario), i));
        return comparer.Comparisons;
    }

    /// <summary>Compares the ends of every interleaving.</summary>
    /// <param name="runs">The machines with their actors.</param>
    /// <param name="before">The first level.</param>
    /// <param name="after">The second level.</param>
    /// <param name="first">The place of the first of them among all machines.</param>
    /// <param name="report">Is told what part is done.</param>
    /// <returns>The comparison.</returns>
    public static Comparison Over(IReadOnlyList<Interleaved> runs, PatchLevel before, PatchLevel after, int first, Action<double> report)
    {
        InterleavingComparer comparer = new(before, after);
        for (int i = 0; i < runs.Count; i++)
        {
            comparer.Compare(runs[i], first + i);
            report((double)(i + 1) / runs.Count);
        }
        return comparer.Comparison;
    }

    // Each thread takes the next piece of work and keeps its own comparisons; adding them up at the end does not depend on who had what.
    private static IReadOnlyList<Comparison> Share(int pieces, PatchLevel[] levels, int threads, Action<double> report, Action<LevelComparer, int> work)
    {
        int next = -1, done = 0;
        Exception? failure = null;
        var comparers = new LevelComparer[threads];
        void Work(int thread)
        {
            try
            {
                for (int piece; failure is null && (piece = Interlocked.Increment(ref next)) < pieces; Interlocked.Increment(ref done))
                    work(comparers[thread], piece);
            }
            catch (Exception e)
            {
                failure = e;
            }
        }

        Thread[] workers = [.. Enumerable.Range(0, threads).Select(number => new Thread(() => Work(number)))];
        for (int thread = 0; thread < threads; thread++)
        {
            comparers[thread] = new LevelComparer(levels);
            workers[thread].Start();
        }
        foreach (Thread worker in workers)
        {
            while (!worker.Join(BetweenReports))
                report((double)Volatile.Read(ref done) / pieces);
        }
        if (failure is not null)
            throw new InvalidOperationException("a comparison failed", failure);
        for (int thread = 1; thread < threads; thread++)
        {
            for (int pair = 0; pair < levels.Length - 1; pair++)
                comparers[0].Comparisons[pair].Add(comparers[thread].Comparisons[pair]);
        }
        return comparers[0].Comparisons;
    }

    // How much a given scenario says: what tells the smaller one of two of as many pages.
    private static int Members(Scenario scenario)
    {
        Utf8JsonReader json = new(Encoding.UTF8.GetBytes(ScenarioWriter.ToText(scenario)));
        int members = 0;
        while (json.Read())
            members += json.TokenType == JsonTokenType.PropertyName ? 1 : 0;
        return members;
    }
}
