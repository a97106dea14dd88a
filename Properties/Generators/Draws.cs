using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>Who owns a drawn page: the classes of page that the semantics tell apart.</summary>
public enum PageClass
{
    /// <summary>Page cache of a regular file.</summary>
    File,

    /// <summary>Page cache of a tmpfs file.</summary>
    Tmpfs,

    /// <summary>Anonymous, not in the swap cache.</summary>
    Anon,

    /// <summary>Anonymous, in the swap cache.</summary>
    AnonSwapCache,

    /// <summary>In the swap cache without mapping, as readahead leaves it.</summary>
    Readahead,

    /// <summary>A tmpfs page that shmem_writepage left in the swap cache: without mapping, its slot in the file's swap vector.</summary>
    TmpfsSwapped,

    /// <summary>Nobody's but its isolation's: freed, or truncated while others hold it.</summary>
    Ownerless,
}

/// <summary>One page as drawn: every field is legal for every class; what does not apply is not used.</summary>
public sealed record PageDraw(
    PageClass Class,
    int File,
    int Anon,
    int[] Entries,
    PageFlags Flags,
    bool Dirty,
    bool Uptodate,
    BufferDraw[] Buffers,
    int[] References,
    int Locked,
    int Writeback,
    PagePlace Place);

/// <summary>One buffer as drawn; −1 is no user and no lock.</summary>
public readonly record struct BufferDraw(bool Dirty, int User, int Locked);

/// <summary>One file as drawn.</summary>
public readonly record struct FileDraw(WritepageMode Writepage, ReleasepageMode Releasepage, MigratepageMode? Migratepage, bool AccountsDirty, int Completes, bool SegmentLocked);

/// <summary>One VMA's properties as drawn.</summary>
public readonly record struct VmaDraw(bool Shared, bool Locked, bool Nonlinear);

/// <summary>The swap device as drawn; Slots counts from what is needed: −1 leaves the default. HiddenUser: the first slot has a user that the machine does not show.</summary>
public readonly record struct SwapDraw(int Slots, bool Writable, SwapWriteMode Write, int Completes, bool NoMemory, bool HiddenUser);

/// <summary>A machine as drawn; SwappedOut is how many addresses and offsets live in slots without a page.</summary>
public sealed record MachineDraw(
    PageDraw[] Pages, FileDraw[] Files, VmaDraw[] Vmas, SwapDraw Swap, int Processes, int To, int FirstIndex, int FirstSlot, int FanOut, int SwappedOut);
