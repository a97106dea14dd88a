using System;
using System.Collections.Generic;

namespace MigrationConformance.Cli.Review;

/// <summary>One row of two texts side by side; null where a text has no line.</summary>
/// <param name="Left">The approved line.</param>
/// <param name="Right">The received line.</param>
internal readonly record struct DiffRow(string? Left, string? Right)
{
    /// <summary>Whether both sides say the same.</summary>
    public bool Same => Left == Right;
}

/// <summary>Lays two texts side by side, line by line, by their longest common subsequence of lines.</summary>
internal static class LineDiff
{
    private const int Context = 3;

    // Beyond this the table of the exact method is too large: what lies between the common ends is paired as it stands.
    private const long LargestTable = 4_000_000;

    /// <summary>All rows.</summary>
    /// <param name="left">The approved text.</param>
    /// <param name="right">The received text.</param>
    /// <returns>The rows, in order.</returns>
    public static List<DiffRow> Rows(string left, string right)
    {
        string[] a = Lines(left), b = Lines(right);
        int head = 0, tail = 0;
        while (head < a.Length && head < b.Length && a[head] == b[head])
            head++;
        while (tail < a.Length - head && tail < b.Length - head && a[^(tail + 1)] == b[^(tail + 1)])
            tail++;
        List<DiffRow> rows = [];
        for (int i = 0; i < head; i++)
            rows.Add(new DiffRow(a[i], a[i]));
        Middle(rows, a[head..^tail], b[head..^tail]);
        for (int i = a.Length - tail; i < a.Length; i++)
            rows.Add(new DiffRow(a[i], a[i]));
        return rows;
    }

    /// <summary>The rows that differ with some rows around them; a row of two nulls stands for what is left out.</summary>
    /// <param name="left">The approved text.</param>
    /// <param name="right">The received text.</param>
    /// <returns>The rows, in order.</returns>
    public static List<DiffRow> Shortened(string left, string right)
    {
        List<DiffRow> all = Rows(left, right), rows = [];
        for (int i = 0; i < all.Count; i++)
        {
            bool near = false;
            for (int j = Math.Max(0, i - Context); j <= Math.Min(all.Count - 1, i + Context) && !near; j++)
                near = !all[j].Same;
            if (near)
                rows.Add(all[i]);
            else if (rows.Count == 0 || rows[^1] != default)
                rows.Add(default);
        }
        return rows;
    }

    private static string[] Lines(string text) => text.Length == 0 ? [] : (text.EndsWith('\n') ? text[..^1] : text).Split('\n');

    private static void Middle(List<DiffRow> rows, string[] a, string[] b)
    {
        int i = 0, j = 0;
        if ((long)a.Length * b.Length <= LargestTable)
        {
            int[,] common = Common(a, b);
            List<string> gone = [], come = [];
            while (i < a.Length && j < b.Length)
            {
                if (a[i] == b[j])
                {
                    Pair(rows, gone, come);
                    rows.Add(new DiffRow(a[i++], b[j++]));
                }
                else if (common[i + 1, j] >= common[i, j + 1])
                    gone.Add(a[i++]);
                else
                    come.Add(b[j++]);
            }
            gone.AddRange(a[i..]);
            come.AddRange(b[j..]);
            Pair(rows, gone, come);
        }
        else
            Pair(rows, [.. a], [.. b]);
    }

    // A line that went and one that came at the same place stand in one row.
    private static void Pair(List<DiffRow> rows, List<string> gone, List<string> come)
    {
        for (int i = 0; i < Math.Max(gone.Count, come.Count); i++)
            rows.Add(new DiffRow(i < gone.Count ? gone[i] : null, i < come.Count ? come[i] : null));
        gone.Clear();
        come.Clear();
    }

    private static int[,] Common(string[] a, string[] b)
    {
        int[,] common = new int[a.Length + 1, b.Length + 1];
        for (int i = a.Length - 1; i >= 0; i--)
        {
            for (int j = b.Length - 1; j >= 0; j--)
                common[i, j] = a[i] == b[j] ? common[i + 1, j + 1] + 1 : Math.Max(common[i + 1, j], common[i, j + 1]);
        }
        return common;
    }
}
