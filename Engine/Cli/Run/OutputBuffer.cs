using System;
using System.Buffers;
using System.IO;

namespace MigrationConformance.Cli;

/// <summary>A buffer before a stream that hands over what it has when it has much, however long the whole is.</summary>
internal sealed class OutputBuffer : IBufferWriter<byte>
{
    private const int Full = 1 << 18;

    private readonly Stream stream;
    private byte[] buffer = new byte[Full];
    private int used;

    /// <summary>Makes a buffer.</summary>
    /// <param name="stream">Where the bytes go.</param>
    public OutputBuffer(Stream stream) => this.stream = stream;

    /// <inheritdoc/>
    public void Advance(int count) => used += count;

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        MakeRoom(Math.Max(sizeHint, 4096));
        return buffer.AsMemory(used);
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <summary>Hands over what is there.</summary>
    public void Flush()
    {
        if (used == 0)
            return;
        stream.Write(buffer, 0, used);
        used = 0;
    }

    private void MakeRoom(int bytes)
    {
        if (used + bytes <= buffer.Length)
            return;
        Flush();
        if (bytes > buffer.Length)
            buffer = new byte[bytes];
    }
}
