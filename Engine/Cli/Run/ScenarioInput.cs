using System;
using System.Diagnostics.CodeAnalysis;
using System.IO;
using MigrationConformance.Core;

namespace MigrationConformance.Cli;

/// <summary>Where a scenario comes from: a file, standard input, this machine, or the embedded capture.</summary>
internal static class ScenarioInput
{
    /// <summary>Reads a scenario that the user named.</summary>
    /// <param name="path">A file, or <c>-</c> for standard input.</param>
    /// <returns>The scenario.</returns>
    /// <exception cref="UserError">It cannot be read or is no scenario.</exception>
    public static Scenario Read(string path)
    {
        return Guard(PlaceOf(path), () =>
        {
            using Stream input = path == "-" ? Console.OpenStandardInput() : new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1);
            return ScenarioReader.Read(input);
        });
    }

    /// <summary>A FILE from the command line, which takes an unknown option for one.</summary>
    /// <param name="path">What stands there.</param>
    /// <returns>The same.</returns>
    /// <exception cref="UserError">It looks like an option.</exception>
    [return: NotNullIfNotNull(nameof(path))]
    public static string? PathOf(string? path) =>
        path is ['-', _, ..] ? throw new UserError($"{path}: expected an option that --help lists, or ./{path} for a file of this name") : path;

    /// <summary>Captures this machine; where that is not possible, says why and takes the embedded capture.</summary>
    /// <param name="progress">Where progress is shown.</param>
    /// <returns>The scenario.</returns>
    public static Scenario ThisMachine(ProgressBar progress)
    {
        using MemoryStream text = new();
        CaptureDocument document;
        try
        {
            document = CaptureVerb.Read([], names: false, progress);
        }
        catch (CannotCapture e)
        {
            progress.Dispose();
            Console.Error.WriteLine($"migration-conformance: {e.Message}; using the capture that comes with the program");
            using Stream embedded = Captures.OpenEmbedded();
            return ScenarioReader.Read(embedded);
        }
        CaptureWriter.Write(document, text);
        progress.Dispose();
        CaptureVerb.Summarise(document);
        return Guard(PlaceOf(null), () => ScenarioReader.Read(text.GetBuffer().AsSpan(0, (int)text.Length)));
    }

    /// <summary>Builds the machine of a scenario.</summary>
    /// <param name="path">Where the scenario came from: a file, <c>-</c>, or null for this machine.</param>
    /// <param name="scenario">The scenario.</param>
    /// <returns>The machine.</returns>
    /// <exception cref="UserError">The scenario contradicts itself.</exception>
    public static ScenarioMachine Build(string? path, Scenario scenario) => Guard(PlaceOf(path), () => ScenarioBuilder.Build(scenario));

    private static string PlaceOf(string? path) => path switch
    {
        null => "the capture of this machine",
        "-" => "standard input",
        _ => path,
    };

    private static T Guard<T>(string place, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (ScenarioException e)
        {
            throw new UserError($"{place}: {e.Message.TrimEnd('.')}");
        }
        catch (OutOfMemoryException)
        {
            throw new UserError($"{place}: the scenario is larger than the memory of this machine");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new UserError($"{place}: there is no such file");
        }
        catch (UnauthorizedAccessException)
        {
            throw new UserError($"{place}: {(Directory.Exists(place) ? "this is a folder, expected a file" : "permission denied")}");
        }
        catch (IOException e)
        {
            throw new UserError($"{place}: {e.Message.TrimEnd('.')}");
        }
    }
}
