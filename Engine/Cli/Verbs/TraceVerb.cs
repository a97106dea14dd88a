using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using System.Linq;
using System.Text;

namespace MigrationConformance.Cli;

/// <summary>The verb <c>trace</c>: which spec exercises which line of the patch.</summary>
internal static class TraceVerb
{
    private const long LargestPatch = 4 << 20;

    private const string After =
        """
        Examples:
          migration-conformance trace --patch direct-migration-v9.patch
          git show a48d07afdf18 | migration-conformance trace --patch -

        The patch comes from you: the program knows only a hash of each of its lines. A mail with the patch in it will do.
        Of another version it says which lines are new, so that no spec exercises them. Answers 1 for another version.
        """;

    /// <summary>Makes the verb.</summary>
    /// <returns>The verb with its options and help.</returns>
    public static Command Make()
    {
        Option<string> patch = new("--patch") { Description = "The patch in unified format; - is standard input.", HelpName = "FILE", Required = true };
        Command verb = new("trace", "Tell for each line that the patch adds which specs exercise it.") { patch };
        HelpWithExamples.Add(verb, After);
        verb.SetAction(parsed => Run(parsed.GetRequiredValue(patch)));
        return verb;
    }

    /// <summary>Tells the specs of each added line.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="patch">The text of the patch.</param>
    /// <param name="rows">The table.</param>
    /// <returns>The exit code.</returns>
    /// <exception cref="UserError">It is no patch.</exception>
    public static int Tell(TextWriter output, string patch, IReadOnlyList<TraceRow> rows)
    {
        List<AddedLine> added = PatchReader.Read(patch);
        TraceRow?[] found = TraceTable.Match(added, rows);
        int known = found.Count(row => row is not null), missing = rows.Count - known;
        bool same = missing == 0 && known == added.Count;
        output.WriteLine(same
            ? $"This is the patch that the table was made for: {added.Count} added lines, {rows.Count(row => row.IsCovered)} exercised by specs"
            : $"This is not the patch that the table was made for: {known} of {added.Count} added lines are known, {added.Count - known} are new and uncovered, {missing} lines of the known patch are missing");
        string file = "";
        for (int i = 0; i < added.Count; i++)
        {
            if (added[i].File != file)
                output.WriteLine($"\n{file = added[i].File}");
            output.WriteLine($"{added[i].Number,6}  {Safe(added[i].Text)}\n        = {found[i]?.Specs ?? "NEW, no spec"}");
        }
        return same ? ExitCode.Fine : ExitCode.Finding;
    }

    private static int Run(string path)
    {
        string place = path == "-" ? "standard input" : path;
        try
        {
            string text = Read(path);
            using TextOutput output = TextOutput.Standard();
            return Tell(output.Plain, text, TraceTable.Embedded());
        }
        catch (UserError error)
        {
            throw new UserError($"{place}: {error.Message}");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new UserError($"{place}: there is no such file");
        }
        catch (UnauthorizedAccessException)
        {
            throw new UserError($"{place}: {(Directory.Exists(place) ? "this is a folder, expected a file" : "permission denied")}");
        }
    }

    private static string Read(string path)
    {
        using Stream input = path == "-" ? Console.OpenStandardInput() : new FileStream(path, FileMode.Open, FileAccess.Read);
        using MemoryStream bytes = new();
        byte[] block = new byte[1 << 16];
        for (int read; (read = input.Read(block)) > 0;)
        {
            bytes.Write(block, 0, read);
            if (bytes.Length > LargestPatch)
                throw new UserError("larger than 4 MiB, expected a patch");
        }
        return Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    }

    // A patch from anywhere may hold escape sequences; the terminal is not to obey them.
    private static string Safe(string text) => string.Concat(text.Select(c => c == '\t' ? "    " : char.IsControl(c) ? "?" : c.ToString()));
}
