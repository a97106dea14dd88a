using System.Runtime.InteropServices;

namespace MigrationConformance.Core;

/// <summary>What the kernel keeps in page->mapping: NULL, a file's address_space, or an anon_vma with the low bit set.</summary>
/// <param name="Raw">0 is NULL; otherwise (number + 1) &lt;&lt; 1, plus 1 for an anon_vma.</param>
/// <remarks>Kernel: include/linux/mm.h PAGE_MAPPING_ANON.</remarks>
public readonly record struct MappingPtr(int Raw)
{
    /// <summary>The NULL mapping.</summary>
    public static MappingPtr Null => default;

    /// <summary>The encoding of a file's address_space.</summary>
    /// <param name="mapping">A mapping, not <see cref="MappingId.None"/>.</param>
    /// <returns>The pointer with the low bit clear.</returns>
    public static MappingPtr File(MappingId mapping) => new((mapping.Value + 1) << 1);

    /// <summary>The encoding of an anon_vma: the pointer plus one.</summary>
    /// <param name="anonVma">An anon_vma, not <see cref="AnonVmaId.None"/>.</param>
    /// <returns>The pointer with the low bit set.</returns>
    public static MappingPtr Anon(AnonVmaId anonVma) => new(((anonVma.Value + 1) << 1) | 1);

    /// <summary>True for NULL.</summary>
    public bool IsNull => Raw == 0;

    /// <summary>True when the low bit is set: PageAnon.</summary>
    public bool IsAnon => (Raw & 1) != 0;

    /// <summary>The anon_vma; meaningful only when <see cref="IsAnon"/>.</summary>
    public AnonVmaId AnonVma => new((Raw >> 1) - 1);

    /// <summary>The address_space; <see cref="MappingId.None"/> for NULL; meaningful only when not <see cref="IsAnon"/>.</summary>
    public MappingId Mapping => new((Raw >> 1) - 1);

    /// <inheritdoc/>
    public override string ToString() => IsNull ? "NULL" : IsAnon ? $"anon_vma {AnonVma.Value}" : Mapping.ToString();
}

/// <summary>One page frame: struct page and the frame's contents, in 48 bytes.</summary>
/// <remarks>
/// Kernel: include/linux/mm.h struct page. Counts are the logical ones: the kernel stores both biased by −1.
/// The contents of the frame are one 64-bit value, since migration copies whole pages only.
/// </remarks>
[StructLayout(LayoutKind.Sequential)]
public struct Page
{
    /// <summary>The frame's contents.</summary>
    public ulong Contents;

    /// <summary>page->index: offset in the file, or linear offset in the VMA; not the tree key of a swap cache page.</summary>
    public Pgoff Index;

    /// <summary>page->private: the swap entry (PG_swapcache), or the first buffer's number + 1 (PG_private), or 0.</summary>
    public ulong Private;

    private uint flags;

    /// <summary>page_count(): references held; 0 is a free frame.</summary>
    public int Count;

    /// <summary>page_mapcount(): present page table entries that name this page.</summary>
    public int Mapcount;

    /// <summary>page->mapping.</summary>
    public MappingPtr Mapping;

    /// <summary>page->lru.next; see <see cref="ListHead"/> for the encoding.</summary>
    public int Next;

    /// <summary>page->lru.prev; see <see cref="ListHead"/> for the encoding.</summary>
    public int Prev;

    /// <summary>The PG_* bits. Setting them leaves the zone number alone.</summary>
    public PageFlags Flags
    {
        readonly get => (PageFlags)(flags & (uint)PageFlags.All);
        set => flags = (flags & ~(uint)PageFlags.All) | (uint)value;
    }

    /// <summary>The zone of the frame, 0 to 255; fixed once the machine is built.</summary>
    public int Zone
    {
        readonly get => (int)(flags >> 24);
        set => flags = (flags & 0x00ff_ffffu) | ((uint)value << 24);
    }

    /// <summary>Whether any of <paramref name="bits"/> is set.</summary>
    /// <param name="bits">One bit or several.</param>
    /// <returns>True when at least one of them is set.</returns>
    public readonly bool Has(PageFlags bits) => (flags & (uint)bits) != 0;

    /// <summary>Sets bits: the kernel's SetPageXxx, a bare bit operation.</summary>
    /// <param name="bits">One bit or several.</param>
    public void Set(PageFlags bits) => flags |= (uint)bits;

    /// <summary>Clears bits: the kernel's ClearPageXxx, a bare bit operation.</summary>
    /// <param name="bits">One bit or several.</param>
    public void Clear(PageFlags bits) => flags &= ~(uint)bits;

    /// <summary>Sets one bit and tells what it was: TestSetPageXxx.</summary>
    /// <param name="bit">One bit.</param>
    /// <returns>True when the bit was set before.</returns>
    public bool TestSet(PageFlags bit)
    {
        bool old = Has(bit);
        Set(bit);
        return old;
    }

    /// <summary>Clears one bit and tells what it was: TestClearPageXxx.</summary>
    /// <param name="bit">One bit.</param>
    /// <returns>True when the bit was set before.</returns>
    public bool TestClear(PageFlags bit)
    {
        bool old = Has(bit);
        Clear(bit);
        return old;
    }

    /// <summary>PageAnon: <see cref="Mapping"/> carries the low bit. It stays set after the last entry is removed.</summary>
    public readonly bool IsAnon => Mapping.IsAnon;

    /// <summary>page_mapped(): at least one page table entry names this page.</summary>
    public readonly bool IsMapped => Mapcount > 0;

    /// <summary>The swap entry in <see cref="Private"/>; meaningful only under PG_swapcache.</summary>
    public readonly SwpEntry SwapEntry => new(Private);

    /// <summary>The first buffer of the ring in <see cref="Private"/>, or none for a value that cannot be one; meaningful only under PG_private.</summary>
    public readonly BhId FirstBuffer => Private <= int.MaxValue ? new((int)Private - 1) : BhId.None;

    /// <summary>page_mapping(): swapper_space for a swap cache page, none for another anonymous page, else the file.</summary>
    /// <remarks>Kernel: include/linux/mm.h page_mapping().</remarks>
    public readonly MappingId PageMapping =>
        Has(PageFlags.SwapCache) ? MappingId.Swapper : Mapping.IsAnon ? MappingId.None : Mapping.Mapping;

    /// <summary>page_index(): the key of the page in its tree: the swap entry under PG_swapcache, else <see cref="Index"/>.</summary>
    /// <remarks>Kernel: include/linux/mm.h page_index().</remarks>
    public readonly ulong PageIndex => Has(PageFlags.SwapCache) ? Private : Index.Value;
}
