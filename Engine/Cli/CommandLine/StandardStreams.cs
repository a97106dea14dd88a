using System;
using System.IO;
using System.Runtime.InteropServices;

namespace MigrationConformance.Cli;

/// <summary>The reader of standard output has gone away: the program ends without a word.</summary>
internal sealed class BrokenPipe : IOException;

/// <summary>Standard output as a stream that tells when its reader has gone away, which the console's own stream hides.</summary>
/// <remarks>Each write goes straight to the descriptor, so that it lands where the shell's redirection stands.</remarks>
internal sealed class StandardOutput : Stream
{
    private const int Descriptor = 1, Interrupted = 4, NoReader = 32;

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Standard output on this system.</summary>
    /// <returns>A stream without a buffer.</returns>
    public static Stream Open() => OperatingSystem.IsWindows() ? Console.OpenStandardOutput() : new StandardOutput();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            nint written = write(Descriptor, in MemoryMarshal.GetReference(buffer), (nuint)buffer.Length);
            if (written >= 0)
            {
                buffer = buffer[(int)written..];
                continue;
            }
            int error = Marshal.GetLastPInvokeError();
            if (error == NoReader)
                throw new BrokenPipe();
            if (error != Interrupted)
                throw new UserError($"standard output cannot be written: {Marshal.GetPInvokeErrorMessage(error)}");
        }
    }

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    [DllImport("libc", SetLastError = true)]
    private static extern nint write(int descriptor, in byte buffer, nuint count);
}
