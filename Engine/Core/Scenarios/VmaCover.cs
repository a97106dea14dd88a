namespace MigrationConformance.Core;

/// <summary>Finds the VMAs that cover a page, in VMA order: what an entry without <c>vma</c> takes.</summary>
internal sealed class VmaCover
{
    // From this many VMAs of one file or anon_vma on, its pages are visited in the order of their offsets.
    private const int Many = 64;

    private readonly Machine m;

    // The VMAs of owner o, in order, are list[starts[o]] to list[starts[o + 1] − 1]; files first, then anon_vmas.
    private readonly int[] starts, list;
    private readonly int files;
    private VmaSweep? sweep;
    private int owner = -1, sweptOwner = -1, at, last;
    private ulong index;

    /// <summary>Sorts the VMAs of a machine by what they map.</summary>
    /// <param name="m">The machine, with all its VMAs.</param>
    /// <param name="files">How many files there are.</param>
    /// <param name="anonVmas">How many anon_vmas there are.</param>
    public VmaCover(Machine m, int files, int anonVmas)
    {
        this.m = m;
        this.files = files;
        starts = new int[files + anonVmas + 2];
        foreach (ref VmArea vma in m.Vmas.Rows)
        {
            if (!vma.File.IsNone)
                starts[vma.File.Value + 1]++;
            if (!vma.AnonVma.IsNone)
                starts[files + vma.AnonVma.Value + 2]++;
        }
        for (int i = 1; i < starts.Length; i++)
            starts[i] += starts[i - 1];
        list = new int[starts[^1]];
        for (int number = 0; number < m.Vmas.Count; number++)
        {
            ref VmArea vma = ref m.Vmas[number];
            if (!vma.File.IsNone)
                list[starts[vma.File.Value]++] = number;
            if (!vma.AnonVma.IsNone)
                list[starts[files + vma.AnonVma.Value + 1]++] = number;
        }
    }

    /// <summary>How many VMAs cover the page, as far as they have been looked for.</summary>
    public int Found { get; private set; }

    /// <summary>What a page belongs to, as one number.</summary>
    /// <param name="page">The page.</param>
    /// <returns>The owner, or −1.</returns>
    public int OwnerOf(ScenarioPage page) => page.File ?? (page.AnonVma is { } anonVma ? files + anonVma : -1);

    /// <summary>Whether an owner has so many VMAs that looking at each for every page takes too long.</summary>
    /// <param name="number">The owner, or −1.</param>
    /// <returns>True: call <see cref="Begin"/> by ascending offset only.</returns>
    public bool HasMany(int number) => number >= 0 && starts[number + 1] - starts[number] > Many;

    /// <summary>Turns to another page.</summary>
    /// <param name="number">Its owner, or −1.</param>
    /// <param name="pageIndex">Its offset; for an owner with many VMAs not lower than the one before, unless the owner changes.</param>
    public void Begin(int number, ulong pageIndex)
    {
        owner = number;
        index = pageIndex;
        Found = 0;
        last = -1;
        if (!HasMany(number))
        {
            at = number < 0 ? 0 : starts[number];
            return;
        }
        if (sweptOwner != number)
            sweep = new VmaSweep(m, list.AsSpan(starts[number], starts[number + 1] - starts[number]));
        sweptOwner = number;
        at = 0;
        sweep!.MoveTo(pageIndex);
    }

    /// <summary>The VMA of one entry.</summary>
    /// <param name="nth">Which of the covering VMAs, from 0; not lower than in the call before.</param>
    /// <returns>Its number, or −1 when fewer VMAs cover the page.</returns>
    public int Nth(int nth)
    {
        while (Found <= nth)
        {
            last = owner < 0 ? -1 : HasMany(owner) ? NextOfSweep() : NextOfList();
            if (last < 0)
                return -1;
            Found++;
        }
        return last;
    }

    private int NextOfSweep()
    {
        int ordinal = sweep!.Next(at);
        at = ordinal + 1;
        return ordinal < 0 ? -1 : list[starts[owner] + ordinal];
    }

    private int NextOfList()
    {
        for (; at < starts[owner + 1]; at++)
        {
            ref VmArea vma = ref m.Vmas[list[at]];
            if (index >= vma.Pgoff.Value && index - vma.Pgoff.Value < vma.Pages)
                return list[at++];
        }
        return -1;
    }
}
