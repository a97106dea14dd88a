using System;
using System.Collections.Generic;
using System.IO;
using System.Reflection;

namespace MigrationConformance.Cli;

/// <summary>An added line of the known patch, without its text.</summary>
/// <param name="File">The file.</param>
/// <param name="Number">The line's number in the patched file.</param>
/// <param name="Hash">See <see cref="AddedLine.Hash"/>.</param>
/// <param name="Kind">What it is: code, comment, text or blank.</param>
/// <param name="Specs">The specs that exercise it, or why none does; empty before the table was written.</param>
internal sealed record TraceRow(string File, int Number, string Hash, string Kind, string Specs)
{
    /// <summary>What <see cref="Specs"/> begins with when it is a reason.</summary>
    public const string NoSpec = "none: ";

    /// <summary>Whether specs exercise the line.</summary>
    public bool IsCovered => Specs.Length > 0 && !Specs.StartsWith(NoSpec, StringComparison.Ordinal);

    /// <summary>The row as a line of the table.</summary>
    public override string ToString() => $"{File}\t{Number}\t{Hash}\t{Kind}\t{Specs}";
}

/// <summary>The table of the added lines of the patch that this engine models. The specs write its last column.</summary>
internal static class TraceTable
{
    /// <summary>Reads the table that comes with the program.</summary>
    /// <returns>Its rows, in the order of the patch.</returns>
    public static List<TraceRow> Embedded()
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("trace.tsv")!;
        using StreamReader reader = new(stream);
        return Parse(reader.ReadToEnd());
    }

    /// <summary>Reads a table.</summary>
    /// <param name="text">One row a line, columns apart by tabs.</param>
    /// <returns>Its rows.</returns>
    public static List<TraceRow> Parse(string text)
    {
        List<TraceRow> rows = [];
        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] columns = line.Split('\t');
            rows.Add(new TraceRow(columns[0], int.Parse(columns[1]), columns[2], columns[3], columns[4]));
        }
        return rows;
    }

    /// <summary>Finds, for each added line of a patch, the row of the table that it is.</summary>
    /// <param name="added">The lines of the patch.</param>
    /// <param name="rows">The table.</param>
    /// <returns>One row or null for each line. Lines are matched in order, file by file, so that as many as possible match.</returns>
    public static TraceRow?[] Match(IReadOnlyList<AddedLine> added, IReadOnlyList<TraceRow> rows)
    {
        var found = new TraceRow?[added.Count];
        Dictionary<string, List<int>> linesOf = [];
        Dictionary<string, List<TraceRow>> rowsOf = [];
        for (int i = 0; i < added.Count; i++)
            Of(linesOf, added[i].File).Add(i);
        foreach (TraceRow row in rows)
            Of(rowsOf, row.File).Add(row);
        foreach ((string file, List<int> lines) in linesOf)
        {
            if (rowsOf.TryGetValue(file, out List<TraceRow>? known))
                MatchFile(added, lines, known, found);
        }
        return found;
    }

    private static List<T> Of<T>(Dictionary<string, List<T>> lists, string key)
    {
        if (!lists.TryGetValue(key, out List<T>? list))
            lists[key] = list = [];
        return list;
    }

    // The longest common subsequence of the two files' hashes. The table's side is small, so the table of lengths is too.
    private static void MatchFile(IReadOnlyList<AddedLine> added, List<int> lines, List<TraceRow> known, TraceRow?[] found)
    {
        string[] hashes = [.. lines.ConvertAll(line => added[line].Hash)];
        int[,] longest = new int[lines.Count + 1, known.Count + 1];
        for (int i = lines.Count - 1; i >= 0; i--)
        {
            for (int j = known.Count - 1; j >= 0; j--)
                longest[i, j] = hashes[i] == known[j].Hash ? longest[i + 1, j + 1] + 1 : Math.Max(longest[i + 1, j], longest[i, j + 1]);
        }
        for (int i = 0, j = 0; i < lines.Count && j < known.Count;)
        {
            if (hashes[i] == known[j].Hash)
                found[lines[i++]] = known[j++];
            else if (longest[i + 1, j] >= longest[i, j + 1])
                i++;
            else
                j++;
        }
    }
}
