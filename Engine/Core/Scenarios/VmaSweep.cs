using System.Numerics;

namespace MigrationConformance.Core;

/// <summary>The VMAs of one owner that cover a moving offset, in VMA order.</summary>
/// <remarks>
/// Why: a million VMAs with a million pages must not take a million million looks. The offset only grows, so each
/// VMA enters and leaves once; the set of those that cover is a tree of bitmaps, 64 ways a level.
/// </remarks>
internal sealed class VmaSweep
{
    private readonly ulong[] starts, ends;
    private readonly int[] byStart, byEnd;

    // levels[0] has a bit for each VMA; a bit of levels[k + 1] says that a word of levels[k] is not zero.
    private readonly List<ulong[]> levels = [];
    private int started, ended;

    /// <summary>Starts before the first offset.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="vmas">The VMAs, in order.</param>
    public VmaSweep(Machine m, ReadOnlySpan<int> vmas)
    {
        starts = new ulong[vmas.Length];
        ends = new ulong[vmas.Length];
        byStart = new int[vmas.Length];
        byEnd = new int[vmas.Length];
        for (int i = 0; i < vmas.Length; i++)
        {
            ref VmArea vma = ref m.Vmas[vmas[i]];
            byStart[i] = byEnd[i] = i;
            starts[i] = vma.Pgoff.Value;
            ends[i] = vma.Pgoff.Value + vma.Pages;
        }
        Array.Sort(starts, byStart);
        Array.Sort(ends, byEnd);
        for (int words = (vmas.Length + 63) / 64; ; words = (words + 63) / 64)
        {
            levels.Add(new ulong[words]);
            if (words == 1)
                break;
        }
    }

    /// <summary>Moves on to an offset.</summary>
    /// <param name="index">The offset, not lower than the one before.</param>
    public void MoveTo(ulong index)
    {
        for (; started < starts.Length && starts[started] <= index; started++)
            Change(byStart[started], true);
        for (; ended < ends.Length && ends[ended] <= index; ended++)
            Change(byEnd[ended], false);
    }

    /// <summary>The first VMA from a place on that covers the offset.</summary>
    /// <param name="from">A position in the list of VMAs, 0 or more.</param>
    /// <returns>A position in the list of VMAs, or −1.</returns>
    public int Next(int from)
    {
        for (int level = 0; level < levels.Count; level++)
        {
            ulong[] words = levels[level];
            int word = from >> 6;
            if (word >= words.Length)
                return -1;
            ulong rest = words[word] & (ulong.MaxValue << (from & 63));
            if (rest != 0)
                return Descend(level, (word << 6) + BitOperations.TrailingZeroCount(rest));
            from = word + 1;
        }
        return -1;
    }

    private int Descend(int level, int position)
    {
        for (; level > 0; level--)
            position = (position << 6) + BitOperations.TrailingZeroCount(levels[level - 1][position]);
        return position;
    }

    private void Change(int position, bool on)
    {
        foreach (ulong[] words in levels)
        {
            ref ulong word = ref words[position >> 6];
            word = on ? word | (1UL << (position & 63)) : word & ~(1UL << (position & 63));
            if (!on && word != 0)
                return;
            position >>= 6;
        }
    }
}
