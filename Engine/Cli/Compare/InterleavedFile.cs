using System;
using System.Collections.Generic;
using System.IO;
using System.Text.Json;
using MigrationConformance.Core;

namespace MigrationConformance.Cli.Compare;

/// <summary>Machines with other actors: from files, and the small ones that come with the engine.</summary>
internal static class InterleavedFile
{
    /// <summary>Reads an interleaved run.</summary>
    /// <param name="path">A file.</param>
    /// <returns>The run; null when the file is something else, a scenario most likely.</returns>
    /// <exception cref="UserError">It looks like one and is none.</exception>
    public static Interleaved? TryRead(string path)
    {
        if (path == "-" || !File.Exists(path) || !StartsWithScenario(path))
            return null;
        try
        {
            Interleaved run = InterleavedText.Read(File.ReadAllText(path));
            run.Build();
            return run;
        }
        catch (ScenarioException e)
        {
            throw new UserError($"{path}: {e.Message.TrimEnd('.')}");
        }
    }

    /// <summary>Every small page kind with an actor.</summary>
    /// <param name="word">The name of a <see cref="SmallActor"/> in camelCase, or <c>all</c>.</param>
    /// <returns>A run for each combination that is possible.</returns>
    /// <exception cref="UserError">There is no such actor.</exception>
    public static List<Interleaved> Small(string word)
    {
        List<Interleaved> runs = [];
        foreach (PageKind kind in Enum.GetValues<PageKind>())
        {
            foreach (SmallActor actor in Enum.GetValues<SmallActor>())
            {
                if (SmallMachines.Possible(kind, actor) && (word == "all" || Word(actor) == word))
                    runs.Add(new Interleaved(SmallMachines.Scenario(kind), [SmallMachines.Actor(actor)], []));
            }
        }
        return runs.Count > 0 ? runs
            : throw new UserError($"--interleave {word}: expected all, or one of {string.Join(", ", Array.ConvertAll(Enum.GetValues<SmallActor>(), Word))}");
    }

    private static string Word(SmallActor actor)
    {
        string name = $"{actor}";
        return char.ToLowerInvariant(name[0]) + name[1..];
    }

    // An interleaved run begins with its scenario; a scenario has no member of that name. The start of the file tells.
    private static bool StartsWithScenario(string path)
    {
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read);
            Span<byte> start = stackalloc byte[256];
            Utf8JsonReader json = new(start[..file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)], isFinalBlock: false, default);
            return json.Read() && json.TokenType == JsonTokenType.StartObject && json.Read() && json.TokenType == JsonTokenType.PropertyName && json.ValueTextEquals("scenario");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return false;
        }
    }
}
