using System;
using System.Collections.Generic;

namespace MigrationConformance.Cli;

/// <summary>A list that grows without copying: chunks of equal size.</summary>
/// <typeparam name="T">The element.</typeparam>
internal sealed class ChunkedList<T>
    where T : struct
{
    private const int ChunkBits = 15;

    private readonly List<T[]> chunks = [];

    /// <summary>How many elements there are.</summary>
    public int Count { get; private set; }

    /// <summary>One element.</summary>
    /// <param name="at">0 to <see cref="Count"/> − 1.</param>
    public ref T this[int at] => ref chunks[at >> ChunkBits][at & ((1 << ChunkBits) - 1)];

    /// <summary>Appends an element.</summary>
    /// <param name="item">Its value.</param>
    public void Add(T item)
    {
        if (Count >> ChunkBits == chunks.Count)
            chunks.Add(new T[1 << ChunkBits]);
        this[Count++] = item;
    }

    /// <summary>Drops the elements at the end.</summary>
    /// <param name="count">How many to keep, at most <see cref="Count"/>.</param>
    public void Truncate(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Count);
        Count = count;
    }
}
