using System;
using System.Collections.Generic;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace MigrationConformance.Cli;

/// <summary>A line that a patch adds.</summary>
/// <param name="File">The file, without the first folder of its path.</param>
/// <param name="Number">The line's number in the patched file.</param>
/// <param name="Text">What it says.</param>
internal readonly record struct AddedLine(string File, int Number, string Text)
{
    /// <summary>What stands for the text where the text is not kept: half of a SHA-256, in hexadecimal.</summary>
    public string Hash => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Text.TrimEnd())).AsSpan(0, 8));
}

/// <summary>Reads the added lines of a patch in unified format, as git, a mail or a web page gives it.</summary>
internal static class PatchReader
{
    /// <summary>The most added lines: matching takes memory for each of them and each line of the table.</summary>
    private const int MostLines = 20_000;

    private static readonly Regex FileLine = new(@"^\+\+\+ [^/\s]+/(?<path>[^\t]+?)\s*(\t.*)?$");

    private static readonly Regex HunkLine = new(@"^@@ -\d+(,(?<oldLines>\d+))? \+(?<start>\d+)(,(?<newLines>\d+))? @@");

    /// <summary>Reads a patch.</summary>
    /// <param name="text">The patch; lines end in LF or CR LF, and what stands around the hunks does not matter.</param>
    /// <returns>The added lines, in order.</returns>
    /// <exception cref="UserError">It has no hunk, or a hunk that ends early.</exception>
    public static List<AddedLine> Read(string text)
    {
        string[] lines = text.Split('\n');
        List<AddedLine> added = [];
        string? file = null;
        bool hunks = false;
        for (int i = 0; i < lines.Length; i++)
        {
            string line = lines[i].TrimEnd('\r');
            if (FileLine.Match(line) is { Success: true } named)
                file = named.Groups["path"].Value;
            else if (file is not null && HunkLine.Match(line) is { Success: true } hunk)
            {
                hunks = true;
                i = ReadHunk(lines, i, file, hunk, added);
            }
        }
        return hunks ? added : throw new UserError("expected a patch in unified format, found no hunk of a named file");
    }

    private static int ReadHunk(string[] lines, int at, string file, Match hunk, List<AddedLine> added)
    {
        int start = at + 1, number = Number(hunk, "start", at);
        int oldLeft = Number(hunk, "oldLines", at), newLeft = Number(hunk, "newLines", at);
        while (oldLeft > 0 || newLeft > 0)
        {
            if (++at == lines.Length)
                throw new UserError($"line {start}: the hunk ends early");
            string line = lines[at].TrimEnd('\r');
            switch (line.Length == 0 ? ' ' : line[0])
            {
                case '+':
                    if (added.Count == MostLines)
                        throw new UserError($"line {at + 1}: expected a patch of at most {MostLines} added lines");
                    added.Add(new AddedLine(file, number++, line[1..]));
                    newLeft--;
                    break;
                case '-':
                    oldLeft--;
                    break;
                case ' ':
                    number++;
                    oldLeft--;
                    newLeft--;
                    break;
                case '\\': // "No newline at end of file"
                    break;
                default:
                    throw new UserError($"line {at + 1}: expected a line of a hunk, which begins with a space, + or -");
            }
            if (oldLeft < 0 || newLeft < 0)
                throw new UserError($"line {at + 1}: the hunk of line {start} has more lines than it says");
        }
        return at;
    }

    // A count that is left out is 1.
    private static int Number(Match hunk, string group, int at) =>
        !hunk.Groups[group].Success ? 1
        : int.TryParse(hunk.Groups[group].ValueSpan, out int number) ? number
        : throw new UserError($"line {at + 1}: expected a hunk of fewer lines");

}
