namespace MigrationConformance.Core;

/// <summary>Number of a page frame: its position in <see cref="Machine.Pages"/>, from 0; −1 is <see cref="None"/>.</summary>
/// <param name="Value">Position, 0 to the number of frames − 1, or −1.</param>
public readonly record struct Pfn(int Value)
{
    /// <summary>No page: the kernel's NULL page pointer.</summary>
    public static Pfn None => new(-1);

    /// <summary>True when this names no page.</summary>
    public bool IsNone => Value < 0;

    /// <inheritdoc/>
    public override string ToString() => IsNone ? "none" : $"page {Value}";
}

/// <summary>An offset in a file, or of an anonymous page in its VMA, in pages.</summary>
/// <param name="Value">Pages from the start; the full 64-bit range.</param>
public readonly record struct Pgoff(ulong Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value.ToString();
}

/// <summary>A swap entry: the number of a slot in the swap area. 0 means no entry, since slot 0 holds the header.</summary>
/// <param name="Value">Slot number; it is also the index of the page in the tree of <see cref="MappingId.Swapper"/>.</param>
/// <remarks>Kernel: include/linux/swapops.h swp_entry_t, with one swap device of type 0.</remarks>
public readonly record struct SwpEntry(ulong Value)
{
    /// <summary>True when this is no entry.</summary>
    public bool IsNone => Value == 0;

    /// <inheritdoc/>
    public override string ToString() => $"slot {Value}";
}

/// <summary>Number of an address_space in <see cref="Machine.Mappings"/>; −1 is <see cref="None"/>.</summary>
/// <param name="Value">0 is swapper_space; files are numbered from 1.</param>
public readonly record struct MappingId(int Value)
{
    /// <summary>No mapping: the kernel's NULL.</summary>
    public static MappingId None => new(-1);

    /// <summary>The one swapper_space.</summary>
    public static MappingId Swapper => new(0);

    /// <summary>True when this names no mapping.</summary>
    public bool IsNone => Value < 0;

    /// <inheritdoc/>
    public override string ToString() => Value < 0 ? "none" : Value == 0 ? "swapper_space" : $"file {Value - 1}";
}

/// <summary>Number of an anon_vma in <see cref="Machine.AnonVmas"/>; −1 is <see cref="None"/>.</summary>
/// <param name="Value">Position, from 0, or −1.</param>
public readonly record struct AnonVmaId(int Value)
{
    /// <summary>No anon_vma.</summary>
    public static AnonVmaId None => new(-1);

    /// <summary>True when this names no anon_vma.</summary>
    public bool IsNone => Value < 0;
}

/// <summary>Number of a VMA in <see cref="Machine.Vmas"/>; −1 is <see cref="None"/>.</summary>
/// <param name="Value">Position, from 0, or −1.</param>
public readonly record struct VmaId(int Value)
{
    /// <summary>No VMA: the end of a list.</summary>
    public static VmaId None => new(-1);

    /// <summary>True when this names no VMA.</summary>
    public bool IsNone => Value < 0;
}

/// <summary>Number of an mm (a process) in <see cref="Machine.Mms"/>.</summary>
/// <param name="Value">Position, from 0.</param>
public readonly record struct MmId(int Value);

/// <summary>Number of a buffer head in <see cref="Machine.Buffers"/>; −1 is <see cref="None"/>.</summary>
/// <param name="Value">Position, from 0, or −1.</param>
public readonly record struct BhId(int Value)
{
    /// <summary>No buffer.</summary>
    public static BhId None => new(-1);

    /// <summary>True when this names no buffer.</summary>
    public bool IsNone => Value < 0;
}

/// <summary>Number of a task in <see cref="Machine.Tasks"/>.</summary>
/// <param name="Value">Position, from 0.</param>
public readonly record struct TaskId(int Value);

/// <summary>Number of a list head in <see cref="Machine.Lists"/>; −1 is the kernel's NULL list.</summary>
/// <param name="Value">Position, from 0, or −1.</param>
public readonly record struct ListId(int Value)
{
    /// <summary>No list: migrate_pages with <c>to</c> == NULL.</summary>
    public static ListId None => new(-1);

    /// <summary>True when this names no list.</summary>
    public bool IsNone => Value < 0;
}
