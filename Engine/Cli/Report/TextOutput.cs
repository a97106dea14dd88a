using System;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace MigrationConformance.Cli;

/// <summary>Where text for people goes, and whether it may have colour.</summary>
internal sealed class TextOutput : IDisposable
{
    private const int WidthOfFiles = 200;

    private readonly StreamWriter writer;
    private readonly StringWriter rendered = new() { NewLine = "\n" };
    private readonly IAnsiConsole console;

    /// <summary>Makes an output over a stream.</summary>
    /// <param name="stream">Where the text goes; it is closed with this.</param>
    /// <param name="terminal">Whether a terminal shows it.</param>
    public TextOutput(Stream stream, bool terminal)
    {
        writer = new StreamWriter(stream, new UTF8Encoding(false), 1 << 16) { NewLine = "\n" };
        bool colour = terminal && MayHaveColour();
        console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new Page(rendered, terminal ? TerminalWidth() : WidthOfFiles),
            Ansi = colour ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = colour ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
        });
        console.Profile.Capabilities.Unicode = true;
    }

    /// <summary>Columns of the terminal.</summary>
    public int Width => console.Profile.Width;

    /// <summary>For many plain lines.</summary>
    public TextWriter Plain => writer;

    /// <summary>Standard output.</summary>
    /// <returns>An output with colour where a terminal shows it and NO_COLOR is not set.</returns>
    public static TextOutput Standard() => new(StandardOutput.Open(), !Console.IsOutputRedirected);

    /// <summary>Writes a line in a style.</summary>
    /// <param name="line">The line.</param>
    /// <param name="style">Its style, shown where there is colour.</param>
    public void WriteLine(string line, Style style) => Write(new Text(line, style).Overflow(Overflow.Fold));

    /// <summary>Writes a table or the like; blanks at the ends of lines and empty lines around it are left out.</summary>
    /// <param name="what">What to write.</param>
    public void Write(IRenderable what)
    {
        console.Write(what);
        foreach (string line in rendered.ToString().Split('\n'))
        {
            string trimmed = line.TrimEnd();
            if (trimmed != "")
                writer.WriteLine(trimmed);
        }
        rendered.GetStringBuilder().Clear();
    }

    /// <inheritdoc/>
    public void Dispose() => writer.Dispose();

    private static bool MayHaveColour() =>
        string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")) && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");

    // The console's own property sends control sequences to the terminal first.
    private static int TerminalWidth()
    {
        const nuint TIOCGWINSZ = 0x5413;
        int width = !OperatingSystem.IsLinux() ? Console.WindowWidth : ioctl(1, TIOCGWINSZ, out WindowSize size) == 0 ? size.Columns : 0;
        return width > 0 ? width : 80;
    }

    [DllImport("libc")]
    private static extern int ioctl(int descriptor, nuint request, out WindowSize size);

    /// <summary>A place for text of a known width. The library's own asks the terminal, with control sequences.</summary>
    private sealed class Page(TextWriter writer, int width) : IAnsiConsoleOutput
    {
        public TextWriter Writer => writer;

        public bool IsTerminal => false;

        public int Width => width;

        public int Height => int.MaxValue;

        public void SetEncoding(Encoding encoding)
        {
        }
    }

    private struct WindowSize
    {
        public ushort Rows, Columns, Width, Height;
    }
}
