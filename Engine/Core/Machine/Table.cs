using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MigrationConformance.Core;

/// <summary>A growable array of plain structs: one table of a <see cref="Machine"/>.</summary>
/// <typeparam name="T">A struct without references and without padding, so that its bytes are its value.</typeparam>
public struct Table<T>
    where T : unmanaged
{
    /// <summary>The storage; rows from <see cref="Count"/> on are unused.</summary>
    public T[] Items;

    /// <summary>Rows in use.</summary>
    public int Count;

    /// <summary>An empty table with room for some rows.</summary>
    /// <param name="capacity">Rows to make room for, 0 or more.</param>
    public Table(int capacity)
    {
        Items = capacity == 0 ? [] : new T[capacity];
        Count = 0;
    }

    /// <summary>One row, by position.</summary>
    /// <param name="row">0 to <see cref="Count"/> − 1.</param>
    /// <returns>The row itself, to read or to change; it is valid until the table grows.</returns>
    public readonly ref T this[int row]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref Items[row];
    }

    /// <summary>The rows in use, in order.</summary>
    public readonly Span<T> Rows => Items.AsSpan(0, Count);

    /// <summary>Appends a row.</summary>
    /// <param name="row">Its value.</param>
    /// <returns>Its position.</returns>
    public int Add(in T row)
    {
        if (Count == Items.Length)
            Array.Resize(ref Items, Math.Max(4, Items.Length * 2));
        Items[Count] = row;
        return Count++;
    }

    /// <summary>Appends rows of value zero.</summary>
    /// <param name="rows">How many, 0 or more.</param>
    /// <returns>The position of the first one.</returns>
    public int AddZeroed(int rows)
    {
        int first = Count;
        if (Items.Length - Count < rows)
            Array.Resize(ref Items, Math.Max(Count + rows, (int)Math.Min(Array.MaxLength, Items.Length * 2L)));
        Array.Clear(Items, first, rows);
        Count += rows;
        return first;
    }

    /// <summary>Removes one row and closes the gap, keeping the order.</summary>
    /// <param name="row">0 to <see cref="Count"/> − 1.</param>
    public void RemoveAt(int row)
    {
        Rows[(row + 1)..].CopyTo(Items.AsSpan(row));
        Count--;
    }

    /// <summary>Whether the rows of another table are the same, byte for byte.</summary>
    /// <param name="other">The other table.</param>
    /// <returns>True when both have the same rows in the same order.</returns>
    public readonly bool SameRows(in Table<T> other) => MemoryMarshal.AsBytes(Rows).SequenceEqual(MemoryMarshal.AsBytes(other.Rows));

    /// <summary>Makes this table equal to another, reusing the storage when it is large enough.</summary>
    /// <param name="other">The table to copy.</param>
    public void CopyFrom(in Table<T> other)
    {
        if (Items.Length < other.Count)
            Items = new T[other.Count];
        Count = other.Count;
        other.Rows.CopyTo(Items);
    }
}
