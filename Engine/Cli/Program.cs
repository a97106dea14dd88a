using System;
using System.CommandLine;

namespace MigrationConformance.Cli;

/// <summary>The entry point: reads the command line and leaves the work to the engine.</summary>
internal static class Program
{
    private static int Main(string[] args)
    {
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
            return Refuse(error.Message);
        }
    }

    private static int Run(string[] args)
    {
        RootCommand root = new("Runs the page migration of the Linux patch \"Direct Migration V9\" (2006), step by step, on a modelled machine.");
        root.Subcommands.Add(CaptureVerb.Make());
        root.Subcommands.Add(Bench.BenchVerb.Make());
        ParseResult parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        // Action of a wrong command line prints help and every error; one sentence is enough.
        if (parsed.Errors.Count > 0)
            throw new UserError(Sentence(parsed.Errors[0].Message));
        return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
    }

    private static int Refuse(string sentence)
    {
        Console.Error.WriteLine($"migration-conformance: {sentence}");
        return ExitCode.BadInput;
    }

    private static string Sentence(string message) => char.ToLowerInvariant(message[0]) + message[1..].TrimEnd('.').ReplaceLineEndings(" ");
}
