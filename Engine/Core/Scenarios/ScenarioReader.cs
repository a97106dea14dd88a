using System.IO;
using System.Text.Json;
using System.Text.Unicode;

namespace MigrationConformance.Core;

/// <summary>Reads scenarios from JSON, strictly: whatever the format does not know is refused in one sentence.</summary>
public static class ScenarioReader
{
    private static ReadOnlySpan<byte> ByteOrderMark => [0xef, 0xbb, 0xbf];

    /// <summary>Reads a scenario.</summary>
    /// <param name="utf8">The text, at most <see cref="ScenarioLimits.TextBytes"/> long.</param>
    /// <returns>The scenario.</returns>
    /// <exception cref="ScenarioException">The text is not a scenario.</exception>
    public static Scenario Read(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length > ScenarioLimits.TextBytes)
            throw TooLong();
        if (utf8.StartsWith(ByteOrderMark))
            utf8 = utf8[ByteOrderMark.Length..];
        if (!Utf8.IsValid(utf8))
            throw NotUtf8(utf8);
        var parser = new ScenarioParser(utf8);
        try
        {
            return parser.ReadText();
        }
        catch (JsonException e)
        {
            throw parser.Malformed(e);
        }
        catch (InvalidOperationException)
        {
            throw parser.NotUnicode();
        }
    }

    /// <summary>Reads a scenario from a stream, to its end.</summary>
    /// <param name="stream">The stream.</param>
    /// <returns>The scenario.</returns>
    /// <exception cref="ScenarioException">The text is not a scenario.</exception>
    public static Scenario Read(Stream stream)
    {
        if (stream.CanSeek && stream.Length - stream.Position > ScenarioLimits.TextBytes)
            throw TooLong();
        byte[] buffer = new byte[stream.CanSeek ? (int)Math.Clamp(stream.Length - stream.Position + 1, 1, ScenarioLimits.TextBytes + 1) : 1 << 16];
        int length = 0;
        for (; ; )
        {
            int read = stream.Read(buffer, length, buffer.Length - length);
            if (read == 0)
                return Read(buffer.AsSpan(0, length));
            length += read;
            if (length > ScenarioLimits.TextBytes)
                throw TooLong();
            if (length == buffer.Length)
                Array.Resize(ref buffer, (int)Math.Min(buffer.Length * 2L, ScenarioLimits.TextBytes + 1));
        }
    }

    /// <summary>Reads a scenario from a file.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The scenario.</returns>
    /// <exception cref="ScenarioException">The file cannot be read, or is not a scenario.</exception>
    public static Scenario ReadFile(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1);
            return Read(stream);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new ScenarioException(Echo.Of(path, ScenarioLimits.EchoedPath),
                e is FileNotFoundException or DirectoryNotFoundException ? "no such file" : "something that cannot be read", "a file with a scenario");
        }
    }

    private static ScenarioException TooLong() => new("$", "a longer text", $"at most {ScenarioLimits.TextBytes} bytes");

    private static ScenarioException NotUtf8(ReadOnlySpan<byte> text)
    {
        int at = 0;
        while (System.Text.Rune.DecodeFromUtf8(text[at..], out _, out int length) == System.Buffers.OperationStatus.Done)
            at += length;
        return new($"$ (line {1 + text[..at].Count((byte)'\n')})", $"the byte 0x{text[at]:x2}", "UTF-8");
    }
}
