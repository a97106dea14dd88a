using System;
using System.Diagnostics;

namespace MigrationConformance.Cli;

/// <summary>A line on standard error that shows how far a long piece of work is: only on a terminal, and only after a second.</summary>
internal sealed class ProgressBar : IDisposable
{
    private const int Cells = 30;
    private const long FirstShown = 1000, Between = 100;

    private readonly bool enabled = !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("TERM") != "dumb";
    private readonly Stopwatch watch = Stopwatch.StartNew();
    private long nextShown = FirstShown;
    private bool shown;

    /// <summary>Says how far the work is.</summary>
    /// <param name="what">What is being done.</param>
    /// <param name="part">0 to 1.</param>
    public void Report(string what, double part)
    {
        if (!enabled || watch.ElapsedMilliseconds < nextShown)
            return;
        nextShown = watch.ElapsedMilliseconds + Between;
        shown = true;
        int full = (int)(Math.Clamp(part, 0, 1) * Cells);
        Console.Error.Write($"\r{what} [{new string('#', full)}{new string('.', Cells - full)}] {part,4:P0}");
        EraseRest();
    }

    /// <summary>Takes the line away.</summary>
    public void Dispose()
    {
        if (!shown)
            return;
        Console.Error.Write('\r');
        EraseRest();
        shown = false;
    }

    private static void EraseRest() => Console.Error.Write("\e[K");
}
