namespace MigrationConformance.Core;

/// <summary>A page table entry: none, present, a swap entry, or a file entry.</summary>
/// <param name="Raw">The word; 0 is none.</param>
/// <remarks>
/// <code>
///  63                     8  5    4     3      2      1      0
/// +------------------------+----+-----+------+------+------+---------+
/// | pfn, slot or page off. |file|swap |write |dirty |young | present |
/// +------------------------+----+-----+------+------+------+---------+
/// </code>
/// </remarks>
public readonly record struct Pte(ulong Raw)
{
    private const ulong PresentBit = 1, YoungBit = 2, DirtyBit = 4, WriteBit = 8, SwapBit = 16, FileBit = 32;
    private const int PayloadShift = 8;

    /// <summary>The largest offset that a file entry can hold.</summary>
    public const ulong MaxFileOffset = (1UL << 56) - 1;

    /// <summary>pte_none: the empty entry.</summary>
    public static Pte Zero => default;

    /// <summary>A present entry.</summary>
    /// <param name="page">The page it names.</param>
    /// <param name="write">Whether it allows writing.</param>
    /// <param name="dirty">Whether it was written through.</param>
    /// <param name="young">Whether it was used.</param>
    /// <returns>The entry.</returns>
    public static Pte Present(Pfn page, bool write, bool dirty, bool young) =>
        new(((ulong)page.Value << PayloadShift) | PresentBit | (young ? YoungBit : 0) | (dirty ? DirtyBit : 0) | (write ? WriteBit : 0));

    /// <summary>A swap entry: swp_entry_to_pte().</summary>
    /// <param name="entry">The swap entry.</param>
    /// <returns>The page table entry.</returns>
    public static Pte Swap(SwpEntry entry) => new((entry.Value << PayloadShift) | SwapBit);

    /// <summary>A file entry: pgoff_to_pte().</summary>
    /// <param name="offset">Offset in the file, at most <see cref="MaxFileOffset"/>.</param>
    /// <returns>The page table entry.</returns>
    public static Pte File(Pgoff offset) => new((offset.Value << PayloadShift) | FileBit);

    /// <summary>pte_none().</summary>
    public bool IsNone => Raw == 0;

    /// <summary>pte_present().</summary>
    public bool IsPresent => (Raw & PresentBit) != 0;

    /// <summary>True for a swap entry.</summary>
    public bool IsSwap => (Raw & SwapBit) != 0;

    /// <summary>pte_file().</summary>
    public bool IsFile => (Raw & FileBit) != 0;

    /// <summary>pte_young().</summary>
    public bool IsYoung => (Raw & YoungBit) != 0;

    /// <summary>pte_dirty().</summary>
    public bool IsDirty => (Raw & DirtyBit) != 0;

    /// <summary>pte_write().</summary>
    public bool IsWrite => (Raw & WriteBit) != 0;

    /// <summary>pte_pfn(); meaningful only when present.</summary>
    public Pfn Page => new((int)(Raw >> PayloadShift));

    /// <summary>pte_to_swp_entry(); meaningful only for a swap entry.</summary>
    public SwpEntry SwapEntry => new(Raw >> PayloadShift);

    /// <summary>pte_to_pgoff(); meaningful only for a file entry.</summary>
    public Pgoff FileOffset => new(Raw >> PayloadShift);

    /// <summary>pte_mkold().</summary>
    /// <returns>The entry with the young bit clear.</returns>
    public Pte MkOld() => new(Raw & ~YoungBit);

    /// <summary>pte_mkyoung().</summary>
    /// <returns>The entry with the young bit set.</returns>
    public Pte MkYoung() => new(Raw | YoungBit);

    /// <summary>pte_mkdirty().</summary>
    /// <returns>The entry with the dirty bit set.</returns>
    public Pte MkDirty() => new(Raw | DirtyBit);

    /// <summary>pte_mkclean().</summary>
    /// <returns>The entry with the dirty bit clear.</returns>
    public Pte MkClean() => new(Raw & ~DirtyBit);

    /// <summary>pte_wrprotect().</summary>
    /// <returns>The entry with the write bit clear.</returns>
    public Pte WrProtect() => new(Raw & ~WriteBit);

    /// <summary>pte_mkwrite().</summary>
    /// <returns>The entry with the write bit set.</returns>
    public Pte MkWrite() => new(Raw | WriteBit);
}
