using System;
using System.Collections.Generic;
using System.Numerics;

namespace MigrationConformance.Cli;

/// <summary>A set of numbers as bitmaps of 32,768 bits, which can tell the rank of a member.</summary>
/// <remarks>Numbers lie close together here: frames of a machine, pages of a file. A bit a member is then enough.</remarks>
internal sealed class SparseSet
{
    private const int ChunkBits = 15;
    private const int WordsInChunk = (1 << ChunkBits) / 64;

    private readonly Dictionary<ulong, Chunk> chunks = [];
    private Chunk? last;

    /// <summary>Numbers that one chunk stands for.</summary>
    public const int ChunkLength = 1 << ChunkBits;

    /// <summary>How many members there are.</summary>
    public int Count { get; private set; }

    /// <summary>Adds a number.</summary>
    /// <param name="number">Any number.</param>
    /// <returns>False when it was a member already.</returns>
    public bool Add(ulong number)
    {
        Chunk chunk = Find(number >> ChunkBits) ?? Make(number >> ChunkBits);
        ref ulong word = ref chunk.Bits[WordOf(number)];
        ulong bit = BitOf(number);
        if ((word & bit) != 0)
            return false;
        word |= bit;
        Count++;
        return true;
    }

    /// <summary>Computes the ranks; to be called after the last <see cref="Add"/> and before the first <see cref="RankOf"/>.</summary>
    /// <returns>First number of each chunk that has members, ascending.</returns>
    public ulong[] Rank()
    {
        ulong[] keys = [.. chunks.Keys];
        Array.Sort(keys);
        int rank = 0;
        foreach (ulong key in keys)
        {
            Chunk chunk = chunks[key];
            chunk.Ranks = new int[WordsInChunk];
            for (int word = 0; word < WordsInChunk; word++)
            {
                chunk.Ranks[word] = rank;
                rank += BitOperations.PopCount(chunk.Bits[word]);
            }
        }
        return Array.ConvertAll(keys, key => key << ChunkBits);
    }

    /// <summary>The number of members below a number.</summary>
    /// <param name="number">Any number.</param>
    /// <returns>Its rank, or −1 when it is no member.</returns>
    public int RankOf(ulong number)
    {
        Chunk? chunk = Find(number >> ChunkBits);
        if (chunk is null)
            return -1;
        ulong bits = chunk.Bits[WordOf(number)];
        ulong bit = BitOf(number);
        return (bits & bit) == 0 ? -1 : chunk.Ranks[WordOf(number)] + BitOperations.PopCount(bits & (bit - 1));
    }

    private static int WordOf(ulong number) => (int)(number & (ChunkLength - 1)) >> 6;

    private static ulong BitOf(ulong number) => 1UL << (int)(number & 63);

    private Chunk? Find(ulong key)
    {
        if (last is not null && last.Key == key)
            return last;
        if (!chunks.TryGetValue(key, out Chunk? chunk))
            return null;
        return last = chunk;
    }

    private Chunk Make(ulong key)
    {
        last = new Chunk(key);
        chunks.Add(key, last);
        return last;
    }

    private sealed class Chunk(ulong key)
    {
        public readonly ulong Key = key;
        public readonly ulong[] Bits = new ulong[WordsInChunk];
        public int[] Ranks = [];
    }
}
