using System;
using System.Collections.Generic;
using System.Text;

namespace MigrationConformance.Cli;

/// <summary>Reads the text of /proc/PID/maps, and of /proc/PID/smaps, which is the same with more lines a mapping.</summary>
/// <remarks>
/// <code>
/// 7f28996fc000-7f2899700000 r--p 001cf000 fe:00 332096                     /usr/lib/libc.so.6
/// Rss:                  16 kB
/// VmFlags: rd mr mw me ac
/// </code>
/// </remarks>
internal static class MapsParser
{
    /// <summary>Adds the mappings that a text names.</summary>
    /// <param name="text">The whole file.</param>
    /// <param name="vmas">Where they go, in the order of the text.</param>
    /// <returns>False when a line cannot be understood; <paramref name="vmas"/> then holds those before it.</returns>
    public static bool TryParse(ReadOnlySpan<byte> text, List<RawVma> vmas)
    {
        RawVma? vma = null;
        ulong resident = 0;
        while (!text.IsEmpty)
        {
            int end = text.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? text : text[..end];
            text = end < 0 ? [] : text[(end + 1)..];
            if (line.IsEmpty)
                continue;
            if (line[0] is >= (byte)'A' and <= (byte)'Z')
            {
                if (vma is not null)
                    Detail(line, vma, ref resident);
                continue;
            }
            vma = Header(line);
            if (vma is null)
                return false;
            resident = 0;
            vmas.Add(vma);
        }
        return true;
    }

    private static RawVma? Header(ReadOnlySpan<byte> line)
    {
        if (!Hex(ref line, '-', out ulong start) || !Hex(ref line, ' ', out ulong end) || line.Length < 5)
            return null;
        ReadOnlySpan<byte> letters = line[..4];
        line = line[5..];
        if (!Hex(ref line, ' ', out ulong offset) || !Hex(ref line, ':', out ulong major) || !Hex(ref line, ' ', out ulong minor))
            return null;
        int digits = line.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        if (!ulong.TryParse(digits < 0 ? line : line[..digits], out ulong inode))
            return null;
        ReadOnlySpan<byte> name = digits < 0 ? [] : line[digits..].TrimStart((byte)' ');
        if (start >= end || ((start | end | offset) & 4095) != 0 || major > uint.MaxValue || minor > uint.MaxValue)
            return null;
        return new RawVma
        {
            Start = start,
            End = end,
            Offset = offset,
            Device = (major << 32) | minor,
            Inode = inode,
            Name = name.IsEmpty ? "" : Encoding.UTF8.GetString(name),
            Flags = FlagsOf(letters),
        };
    }

    // A shared mapping of a file that was opened for reading only has the letter s, but not VM_SHARED; without
    // smaps the letter w tells them apart.
    private static RawVmaFlags FlagsOf(ReadOnlySpan<byte> letters)
    {
        RawVmaFlags flags = RawVmaFlags.None;
        if (letters[0] == 'r')
            flags |= RawVmaFlags.Read;
        if (letters[1] == 'w')
            flags |= RawVmaFlags.Write;
        if (letters[3] == 's')
            flags |= RawVmaFlags.MayShare | (letters[1] == 'w' ? RawVmaFlags.Shared : RawVmaFlags.None);
        return flags;
    }

    private static void Detail(ReadOnlySpan<byte> line, RawVma vma, ref ulong resident)
    {
        if (line.StartsWith("Rss:"u8))
            resident += Number(line["Rss:"u8.Length..]);
        else if (line.StartsWith("Swap:"u8))
            resident += Number(line["Swap:"u8.Length..]);
        else if (line.StartsWith("VmFlags:"u8))
        {
            VmFlags(line["VmFlags:"u8.Length..], vma);
            if (resident == 0)
                vma.Flags |= RawVmaFlags.Empty;
        }
    }

    // Documentation/filesystems/proc.rst lists the two-letter codes.
    private static void VmFlags(ReadOnlySpan<byte> codes, RawVma vma)
    {
        vma.Flags &= ~RawVmaFlags.Shared;
        foreach (Range range in codes.Split((byte)' '))
        {
            ReadOnlySpan<byte> code = codes[range];
            if (code.SequenceEqual("sh"u8))
                vma.Flags |= RawVmaFlags.Shared;
            else if (code.SequenceEqual("lo"u8))
                vma.Flags |= RawVmaFlags.Locked;
            else if (code.SequenceEqual("io"u8) || code.SequenceEqual("pf"u8))
                vma.Flags |= RawVmaFlags.Device;
            else if (code.SequenceEqual("ht"u8))
                vma.Flags |= RawVmaFlags.HugeTlb;
        }
    }

    private static ulong Number(ReadOnlySpan<byte> text)
    {
        text = text.TrimStart((byte)' ');
        int digits = text.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        return ulong.TryParse(digits < 0 ? text : text[..digits], out ulong value) ? value : 0;
    }

    private static bool Hex(ref ReadOnlySpan<byte> line, char end, out ulong value)
    {
        int at = line.IndexOf((byte)end);
        if (at < 0)
        {
            value = 0;
            return false;
        }
        bool good = ulong.TryParse(line[..at], System.Globalization.NumberStyles.AllowHexSpecifier, null, out value);
        line = line[(at + 1)..];
        return good;
    }
}
