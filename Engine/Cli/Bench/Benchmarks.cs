using System;
using System.Buffers;
using System.Diagnostics;
using MigrationConformance.Core;

namespace MigrationConformance.Cli.Bench;

/// <summary>What it costs to migrate pages of one kind on a machine of one size.</summary>
/// <param name="Kind">What the pages are.</param>
/// <param name="Frames">Frames of the machine; one half is migrated to the other.</param>
/// <param name="NanosecondsPerPage">Median over the runs.</param>
/// <param name="Runs">How many runs were measured.</param>
/// <param name="BytesAllocated">Managed memory that one whole run allocated.</param>
/// <param name="MachineBytes">Memory of the machine's tables.</param>
internal readonly record struct MigrationFigure(BenchKind Kind, int Frames, double NanosecondsPerPage, int Runs, long BytesAllocated, long MachineBytes);

/// <summary>What it costs to handle a small machine as a value.</summary>
/// <param name="MachineBytes">Memory of its tables.</param>
/// <param name="CopyNanoseconds">One copy into a machine of the same size.</param>
/// <param name="FingerprintNanoseconds">One fingerprint.</param>
internal readonly record struct ValueFigure(long MachineBytes, double CopyNanoseconds, double FingerprintNanoseconds);

/// <summary>Measures the engine inside this process. Figures are medians, after a warm-up that lets the compiler settle.</summary>
internal static class Benchmarks
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromMilliseconds(600);

    /// <summary>Measures one kind of pages at one size.</summary>
    /// <param name="kind">What the pages are.</param>
    /// <param name="frames">Frames of the machine, 2 or more.</param>
    /// <returns>The figure.</returns>
    public static MigrationFigure Migrate(BenchKind kind, int frames)
    {
        WarmUpWith(kind);
        (Machine start, TaskId task) = BenchMachine.Build(kind, frames);
        int runs = Math.Clamp(4_000_000 / frames, 1, 1001);
        // A large machine is migrated in place, once: a second one would only cost memory.
        Machine m = runs == 1 ? start : new Machine(start);
        double[] times = new double[runs];
        long bytes = 0;
        for (int run = 0; run < runs; run++)
        {
            if (run > 0)
                m.CopyFrom(start);
            long before = GC.GetAllocatedBytesForCurrentThread();
            long began = Stopwatch.GetTimestamp();
            StepResult end = MigratePages.Run(m, task);
            times[run] = Stopwatch.GetElapsedTime(began).TotalNanoseconds / (frames / 2);
            bytes = GC.GetAllocatedBytesForCurrentThread() - before;
            if (end != StepResult.Finished)
                throw new EngineFault(m, $"the benchmark of {kind} ended with {end}");
        }
        return new MigrationFigure(kind, frames, Median(times), runs, bytes, m.SizeInBytes());
    }

    private static void WarmUpWith(BenchKind kind)
    {
        (Machine start, TaskId task) = BenchMachine.Build(kind, 4096);
        var m = new Machine(start);
        for (long began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began) < WarmUp; m.CopyFrom(start))
            MigratePages.Run(m, task);
    }

    /// <summary>Measures copy and fingerprint of a machine of four pages and two processes.</summary>
    /// <returns>The figure.</returns>
    public static ValueFigure Value()
    {
        Machine m = ScenarioBuilder.Build(FourPages).Machine;
        var copy = new Machine(m);
        ulong sum = 0;
        double copying = Repeat(() => copy.CopyFrom(m));
        double hashing = Repeat(() => sum ^= copy.Fingerprint());
        return new ValueFigure(m.SizeInBytes(), copying, hashing);
    }

    /// <summary>Measures small scenarios as <c>migrate --jsonl</c> handles them: read, built, run and written, on one core.</summary>
    /// <returns>Scenarios a second.</returns>
    public static double ScenariosASecond()
    {
        byte[][] lines = SmallScenarios.Lines();
        var output = new ArrayBufferWriter<byte>(1 << 16);
        int next = 0;
        double each = Repeat(() =>
        {
            output.ResetWrittenCount();
            MigrationResult result = MigrationRun.Run(ScenarioBuilder.Build(ScenarioReader.Read(lines[next])));
            ResultWriter.Write(output, result);
            next = (next + 1) % lines.Length;
        });
        return 1e9 / each;
    }

    /// <summary>Four pages of two processes: a shared file page, a private one, and two anonymous ones.</summary>
    private static Scenario FourPages => new()
    {
        Pages =
        [
            new() { File = 0, MappedBy = 2 },
            new() { File = 0, Index = 1, MappedBy = 1 },
            new() { AnonVma = 0, SwapCache = 1, MappedBy = 2 },
            new() { AnonVma = 0, Index = 1, MappedBy = 1 },
        ],
        To = ScenarioTo.Frames(0),
    };

    /// <summary>The median time of one call, over batches of calls.</summary>
    private static double Repeat(Action action)
    {
        const int Batches = 21, Calls = 5000;
        for (long began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began) < WarmUp;)
            action();
        double[] times = new double[Batches];
        for (int batch = 0; batch < Batches; batch++)
        {
            long began = Stopwatch.GetTimestamp();
            for (int call = 0; call < Calls; call++)
                action();
            times[batch] = Stopwatch.GetElapsedTime(began).TotalNanoseconds / Calls;
        }
        return Median(times);
    }

    private static double Median(double[] times)
    {
        Array.Sort(times);
        return times[times.Length / 2];
    }
}
