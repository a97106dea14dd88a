using System;
using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.IO;

namespace MigrationConformance.Cli;

/// <summary>The usual help of a verb, and after it lines that can be copied and run.</summary>
internal sealed class HelpWithExamples : SynchronousCommandLineAction
{
    private readonly HelpAction usual;
    private readonly string after;

    private HelpWithExamples(HelpAction usual, string after)
    {
        this.usual = usual;
        this.after = after;
    }

    /// <summary>Gives a verb its help.</summary>
    /// <param name="command">The verb.</param>
    /// <param name="after">What stands below the options: examples first.</param>
    public static void Add(Command command, string after)
    {
        HelpOption help = new();
        AddTo(help, after);
        command.Options.Add(help);
    }

    /// <summary>Adds to a help that is there already.</summary>
    /// <param name="help">The help option of a command.</param>
    /// <param name="after">What stands below the options.</param>
    public static void AddTo(HelpOption help, string after) => help.Action = new HelpWithExamples((HelpAction)help.Action!, after);

    /// <summary>Whoever asks for help may leave out what is required.</summary>
    public override bool ClearsParseErrors => true;

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        int answer = usual.Invoke(parseResult);
        TextWriter output = parseResult.InvocationConfiguration.Output;
        output.Write(after);
        output.Write('\n');
        return answer;
    }
}
