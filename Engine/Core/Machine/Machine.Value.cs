using System.Linq;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace MigrationConformance.Core;

// What makes a machine a value: copy, equality, fingerprint and dump all go through the one list of tables in
// Visit, so that a new table cannot be forgotten by one of them.
public sealed partial class Machine : IEquatable<Machine>
{
    private interface ITableVisitor
    {
        void Table<T>(string name, ref Table<T> mine, ref Table<T> other)
            where T : unmanaged;

        void Single<T>(string name, ref T mine, ref T other)
            where T : unmanaged;
    }

    private void Visit<TVisitor>(Machine other, ref TVisitor visitor)
        where TVisitor : struct, ITableVisitor
    {
        visitor.Single("globals", ref Globals, ref other.Globals);
        visitor.Single("swap", ref Swap, ref other.Swap);
        visitor.Single("bug", ref Bug, ref other.Bug);
        visitor.Table("task", ref Tasks, ref other.Tasks);
        visitor.Table("page", ref Pages, ref other.Pages);
        visitor.Table("list", ref Lists, ref other.Lists);
        visitor.Table("zone", ref Zones, ref other.Zones);
        visitor.Table("pagevecs", ref Pagevecs, ref other.Pagevecs);
        visitor.Table("node", ref Nodes, ref other.Nodes);
        visitor.Table("slot", ref Slots, ref other.Slots);
        visitor.Table("mapping", ref Mappings, ref other.Mappings);
        visitor.Table("block", ref Blocks, ref other.Blocks);
        visitor.Table("shmem swap", ref ShmemSwap, ref other.ShmemSwap);
        visitor.Table("swap_map", ref SwapMap, ref other.SwapMap);
        visitor.Table("swap contents", ref SwapContents, ref other.SwapContents);
        visitor.Table("anon_vma", ref AnonVmas, ref other.AnonVmas);
        visitor.Table("vma", ref Vmas, ref other.Vmas);
        visitor.Table("mm", ref Mms, ref other.Mms);
        visitor.Table("pte", ref Ptes, ref other.Ptes);
        visitor.Table("buffer", ref Buffers, ref other.Buffers);
        visitor.Table("hold", ref Holds, ref other.Holds);
        visitor.Table("call", ref PolicyCalls, ref other.PolicyCalls);
        visitor.Table("cred", ref Creds, ref other.Creds);
    }

    /// <summary>Takes the value of another machine, reusing the storage of this one.</summary>
    /// <param name="other">The machine to copy.</param>
    public void CopyFrom(Machine other)
    {
        var visitor = new Copier();
        Visit(other, ref visitor);
    }

    /// <summary>Whether two machines have the same value in every table, running tasks included.</summary>
    /// <param name="other">The other machine.</param>
    /// <returns>True when they have.</returns>
    public bool Equals(Machine? other)
    {
        if (other is null)
            return false;
        var visitor = new Comparer { Same = true };
        Visit(other, ref visitor);
        return visitor.Same;
    }

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Machine);

    /// <inheritdoc/>
    public override int GetHashCode() => Fingerprint().GetHashCode();

    /// <summary>A 64-bit hash of the whole value. Equal machines have equal fingerprints, on every computer of the same byte order.</summary>
    /// <returns>The hash.</returns>
    public ulong Fingerprint()
    {
        var visitor = new Hasher { Hash = 0x9e37_79b9_7f4a_7c15 };
        Visit(this, ref visitor);
        return visitor.Hash;
    }

    /// <summary>The memory that the rows of all tables take.</summary>
    /// <returns>Bytes; the room that tables keep for growth is not counted.</returns>
    public long SizeInBytes()
    {
        var visitor = default(Sizer);
        Visit(this, ref visitor);
        return visitor.Bytes;
    }

    /// <summary>Everything in the machine as text: one row of one table a line, rows of value zero left out.</summary>
    /// <returns>Lines that end in a line feed.</returns>
    public string Dump()
    {
        var visitor = new Dumper { Text = new StringBuilder() };
        Visit(this, ref visitor);
        return visitor.Text.ToString();
    }

    /// <inheritdoc/>
    public override string ToString() => Dump();

    private struct Copier : ITableVisitor
    {
        public readonly void Table<T>(string name, ref Table<T> mine, ref Table<T> other)
            where T : unmanaged
        {
            mine.Items ??= [];
            mine.CopyFrom(other);
        }

        public readonly void Single<T>(string name, ref T mine, ref T other)
            where T : unmanaged => mine = other;
    }

    private struct Comparer : ITableVisitor
    {
        public bool Same;

        public void Table<T>(string name, ref Table<T> mine, ref Table<T> other)
            where T : unmanaged => Same = Same && mine.SameRows(other);

        public void Single<T>(string name, ref T mine, ref T other)
            where T : unmanaged => Same = Same && Bytes(new Span<T>(ref mine)).SequenceEqual(Bytes(new Span<T>(ref other)));
    }

    private struct Hasher : ITableVisitor
    {
        public ulong Hash;

        public void Table<T>(string name, ref Table<T> mine, ref Table<T> other)
            where T : unmanaged => Hash = Fingerprints.Add(Hash, Bytes(mine.Rows));

        public void Single<T>(string name, ref T mine, ref T other)
            where T : unmanaged => Hash = Fingerprints.Add(Hash, Bytes(new Span<T>(ref mine)));
    }

    private struct Sizer : ITableVisitor
    {
        public long Bytes;

        public void Table<T>(string name, ref Table<T> mine, ref Table<T> other)
            where T : unmanaged => Bytes += (long)mine.Count * Unsafe.SizeOf<T>();

        public void Single<T>(string name, ref T mine, ref T other)
            where T : unmanaged => Bytes += Unsafe.SizeOf<T>();
    }

    private struct Dumper : ITableVisitor
    {
        public StringBuilder Text;

        public readonly void Table<T>(string name, ref Table<T> mine, ref Table<T> other)
            where T : unmanaged
        {
            for (int row = 0; row < mine.Count; row++)
            {
                if (Bytes(mine.Rows.Slice(row, 1)).IndexOfAnyExcept((byte)0) >= 0)
                    Write($"{name} {row}", mine[row]);
            }
        }

        public readonly void Single<T>(string name, ref T mine, ref T other)
            where T : unmanaged => Write(name, mine);

        private readonly void Write<T>(string place, T row)
            where T : unmanaged
        {
            Text.Append(place).Append(':');
            if (typeof(T).IsPrimitive || typeof(T) == typeof(Pte))
                Text.Append(' ').Append(row.ToString());
            else if (row is CpuPagevecs pagevecs)
                Text.Append($" LruAdd=[{string.Join(' ', pagevecs.LruAdd.Pages[..pagevecs.LruAdd.Nr].ToArray())}]")
                    .Append($" LruAddActive=[{string.Join(' ', pagevecs.LruAddActive.Pages[..pagevecs.LruAddActive.Nr].ToArray())}]");
            else
                WriteMembers(row);
            Text.Append('\n');
        }

        private readonly void WriteMembers(object row)
        {
            foreach (FieldInfo field in row.GetType().GetFields(BindingFlags.Instance | BindingFlags.Public).OrderBy(f => f.MetadataToken))
                Text.Append($" {field.Name}={field.GetValue(row)}");
            if (row is Page page)
                Text.Append($" Flags={page.Flags} Zone={page.Zone}");
        }
    }

    private static Span<byte> Bytes<T>(Span<T> rows)
        where T : unmanaged => MemoryMarshal.AsBytes(rows);
}

/// <summary>The hash function of fingerprints: multiply and fold, sixteen bytes a step.</summary>
internal static class Fingerprints
{
    private const ulong Key0 = 0xa076_1d64_78bd_642f, Key1 = 0xe703_7ed1_a0b4_28db;

    /// <summary>Adds bytes, and their number, to a hash.</summary>
    /// <param name="hash">The hash so far.</param>
    /// <param name="bytes">What to add.</param>
    /// <returns>The new hash.</returns>
    public static ulong Add(ulong hash, ReadOnlySpan<byte> bytes)
    {
        // Two lanes, so that the multiplications of one do not wait for those of the other.
        ulong other = ~hash;
        ref byte start = ref MemoryMarshal.GetReference(bytes);
        int at = 0;
        for (; at <= bytes.Length - 32; at += 32)
        {
            hash = Fold(hash ^ Read(ref start, at) ^ Key0, Read(ref start, at + 8) ^ Key1);
            other = Fold(other ^ Read(ref start, at + 16) ^ Key1, Read(ref start, at + 24) ^ Key0);
        }
        for (; at <= bytes.Length - 8; at += 8)
            hash = Fold(hash ^ Read(ref start, at) ^ Key0, Key1);
        ulong tail = 0;
        for (; at < bytes.Length; at++)
            tail = (tail << 8) | bytes[at];
        return Fold(hash ^ tail ^ Key1, other ^ (uint)bytes.Length ^ Key0);
    }

    private static ulong Read(ref byte start, int at) => Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref start, at));

    private static ulong Fold(ulong a, ulong b)
    {
        ulong high = Math.BigMul(a, b, out ulong low);
        return high ^ low;
    }
}
