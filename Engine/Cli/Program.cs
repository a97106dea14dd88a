using System;
using System.CommandLine;
using System.Globalization;

namespace MigrationConformance.Cli;

/// <summary>The entry point: reads the command line and leaves the work to the engine.</summary>
internal static class Program
{
    private const string After =
        """
        Examples:
          migration-conformance migrate                            what becomes of the memory of this machine
          migration-conformance capture --out machine.json         keep it for later
          migration-conformance explain machine.json --page 12     why one page did not move
          migration-conformance compare --before before --after v9 what the patch changes, and whether it is meant
          migration-conformance review --list                      snapshots that await a decision

        Each verb has examples of its own: migration-conformance VERB --help
        Exit code: 0 fine, 1 a finding (a kernel BUG, a run that would block for ever, a pending snapshot, an
        unclaimed difference), 2 bad input, 3 a defect of this program.
        """;

    private static int Main(string[] args)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        CultureInfo.CurrentUICulture = CultureInfo.InvariantCulture;
        try
        {
            return Run(args);
        }
        catch (BrokenPipe)
        {
            return ExitCode.Fine;
        }
        catch (UserError error)
        {
            Console.Error.WriteLine($"migration-conformance: {error.Message}");
            return ExitCode.BadInput;
        }
        catch (Exception defect)
        {
            Console.Error.WriteLine($"migration-conformance: this is a defect of the program, please report it\n{defect}");
            return ExitCode.Defect;
        }
    }

    /// <summary>Runs a command line.</summary>
    /// <param name="args">Its words.</param>
    /// <returns>The exit code.</returns>
    /// <exception cref="UserError">It, or an input that it names, cannot be used.</exception>
    internal static int Run(string[] args)
    {
        RootCommand root = new("Runs the page migration of the Linux patch \"Direct Migration V9\" (2006), step by step, on a modelled machine.")
        {
            MigrateVerb.Make(),
            CaptureVerb.Make(),
            ExplainVerb.Make(),
            ReplayVerb.Make(),
            Compare.CompareVerb.Make(),
            TraceVerb.Make(),
            Review.ReviewVerb.Make(),
            Bench.BenchVerb.Make(),
        };
        foreach (Option option in root.Options)
        {
            if (option is System.CommandLine.Help.HelpOption help)
                HelpWithExamples.AddTo(help, After);
        }
        ParseResult parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        // What the library does with a wrong command line is to print the help and every error; one sentence is enough.
        if (parsed.Errors.Count > 0)
            throw new UserError(Sentence(parsed));
        return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
    }

    // A word that fits nowhere tells more than what is missing because of it.
    private static string Sentence(ParseResult parsed)
    {
        if (parsed.UnmatchedTokens.Count > 0)
        {
            string word = parsed.UnmatchedTokens[0];
            return parsed.CommandResult.Command is not RootCommand ? $"{word}: expected one of the options that {parsed.CommandResult.Command.Name} --help lists"
                : word.StartsWith('-') ? $"{word}: expected one of the options that --help lists"
                : $"{word}: expected a verb: migrate, capture, explain, compare, review or bench";
        }
        if (parsed.CommandResult.Command is RootCommand)
            return "expected a verb: migrate, capture, explain, compare, review or bench";
        string message = parsed.Errors[0].Message;
        return char.ToLowerInvariant(message[0]) + message[1..].TrimEnd('.').ReplaceLineEndings(" ");
    }
}
