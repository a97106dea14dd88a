using System;
using System.IO;

namespace MigrationConformance.Cli;

/// <summary>Lines of bytes from a stream, through one buffer that grows with the longest line.</summary>
internal sealed class LineReader
{
    private const int FirstBuffer = 1 << 18;

    private readonly Stream input;
    private readonly int longest;
    private byte[] buffer = new byte[FirstBuffer];
    private int start, searched, end;
    private bool atEnd;

    /// <summary>Makes a reader.</summary>
    /// <param name="input">The stream.</param>
    /// <param name="longest">The longest line, in bytes; of a longer one nothing is kept.</param>
    public LineReader(Stream input, int longest)
    {
        this.input = input;
        this.longest = longest;
    }

    /// <summary>Called before the stream is read, which can take for ever.</summary>
    public Action BeforeReading { get; init; } = () => { };

    /// <summary>The number of the line that was taken last, from 1.</summary>
    public long Number { get; private set; }

    /// <summary>Whether the line that was taken last was longer than is allowed; it is empty then.</summary>
    public bool TooLong { get; private set; }

    /// <summary>Takes the next line.</summary>
    /// <param name="line">The line without its line feed; valid until the next call.</param>
    /// <returns>False at the end.</returns>
    public bool Next(out ReadOnlySpan<byte> line)
    {
        TooLong = false;
        while (true)
        {
            int length = buffer.AsSpan(searched, end - searched).IndexOf((byte)'\n');
            if (length >= 0 || (atEnd && (end > start || TooLong)))
            {
                int stop = length >= 0 ? searched + length : end;
                line = TooLong ? [] : buffer.AsSpan(start, stop - start);
                start = searched = Math.Min(stop + 1, end);
                Number++;
                return true;
            }
            searched = end;
            if (atEnd)
            {
                line = [];
                return false;
            }
            Fill();
        }
    }

    // Reads more behind the part of a line that is there already.
    private void Fill()
    {
        if (end - start > longest || TooLong)
        {
            TooLong = true;
            end = start;
        }
        buffer.AsSpan(start, end - start).CopyTo(buffer);
        searched -= start;
        searched = Math.Min(searched, end - start);
        end -= start;
        start = 0;
        if (end == buffer.Length)
            Array.Resize(ref buffer, (int)Math.Min(buffer.Length * 2L, longest + 2L));
        BeforeReading();
        int read = input.Read(buffer, end, buffer.Length - end);
        end += read;
        atEnd = read == 0;
    }
}
