using System;
using System.IO;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace MigrationConformance.Cli;

/// <summary>Writes JSON text with one object of a list a line, straight into a stream.</summary>
internal sealed class JsonText : IDisposable
{
    private const int Largest = 4096;

    private readonly Stream stream;
    private readonly byte[] buffer = new byte[1 << 16];
    private int used;
    private bool first = true;

    /// <summary>Makes a writer.</summary>
    /// <param name="stream">Where the text goes; it stays open.</param>
    public JsonText(Stream stream) => this.stream = stream;

    /// <summary>Writes text as it is.</summary>
    /// <param name="text">ASCII text.</param>
    public void Raw(ReadOnlySpan<byte> text)
    {
        MakeRoom(text.Length);
        text.CopyTo(buffer.AsSpan(used));
        used += text.Length;
    }

    /// <summary>Starts a list, or an object: the next item has no comma before it.</summary>
    /// <param name="text">Its opening bracket and what comes before.</param>
    public void Open(ReadOnlySpan<byte> text)
    {
        Raw(text);
        first = true;
    }

    /// <summary>Ends a list or an object.</summary>
    /// <param name="text">Its closing bracket.</param>
    public void Close(ReadOnlySpan<byte> text)
    {
        Raw(text);
        first = false;
    }

    /// <summary>Writes a comma unless the item is the first one.</summary>
    public void Item()
    {
        if (!first)
            Raw(","u8);
        first = false;
    }

    /// <summary>Starts an item on a line of its own.</summary>
    public void Line()
    {
        Item();
        Raw("\n  "u8);
    }

    /// <summary>Writes a name and leaves the value to come.</summary>
    /// <param name="name">The name with its quotation marks and the colon.</param>
    public void Name(ReadOnlySpan<byte> name)
    {
        Item();
        Raw(name);
    }

    /// <summary>Writes a name with a number.</summary>
    /// <param name="name">The name with its quotation marks and the colon.</param>
    /// <param name="value">The number.</param>
    public void Number(ReadOnlySpan<byte> name, ulong value)
    {
        Name(name);
        Number(value);
    }

    /// <summary>Writes a number.</summary>
    /// <param name="value">The number.</param>
    public void Number(ulong value)
    {
        MakeRoom(20);
        value.TryFormat(buffer.AsSpan(used), out int written);
        used += written;
    }

    /// <summary>Writes any text as a string.</summary>
    /// <param name="text">The text; it is escaped.</param>
    public void Text(string text)
    {
        ReadOnlySpan<byte> escaped = JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).EncodedUtf8Bytes;
        Raw("\""u8);
        for (; escaped.Length > Largest; escaped = escaped[Largest..])
            Raw(escaped[..Largest]);
        Raw(escaped);
        Raw("\""u8);
    }

    /// <summary>Writes an address as a string in hexadecimal.</summary>
    /// <param name="address">The address.</param>
    public void Address(ulong address)
    {
        Raw("\"0x"u8);
        MakeRoom(16);
        address.TryFormat(buffer.AsSpan(used), out int written, "x");
        used += written;
        Raw("\""u8);
    }

    /// <summary>Hands over what is buffered.</summary>
    public void Dispose()
    {
        stream.Write(buffer, 0, used);
        used = 0;
    }

    private void MakeRoom(int bytes)
    {
        if (used + bytes <= buffer.Length)
            return;
        stream.Write(buffer, 0, used);
        used = 0;
    }
}
