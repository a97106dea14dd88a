using System.Runtime.InteropServices;

namespace MigrationConformance.Core;

/// <summary>The BH_* bits that the modelled code looks at.</summary>
/// <remarks>Kernel: include/linux/buffer_head.h; the bit numbers are this engine's.</remarks>
[Flags]
public enum BufferFlags
{
    /// <summary>No bit.</summary>
    None = 0,

    /// <summary>BH_Uptodate.</summary>
    Uptodate = 1 << 0,

    /// <summary>BH_Dirty.</summary>
    Dirty = 1 << 1,

    /// <summary>BH_Lock.</summary>
    Lock = 1 << 2,

    /// <summary>BH_Mapped.</summary>
    Mapped = 1 << 3,

    /// <summary>The buffer saw a write error.</summary>
    WriteEio = 1 << 4,

    /// <summary>BH_Async_Write: locked for a write of the whole page that is in flight.</summary>
    AsyncWrite = 1 << 5,

    /// <summary>The buffer is on an inode's list of associated buffers.</summary>
    Associated = 1 << 6,
}

/// <summary>One buffer of a page.</summary>
/// <remarks>Kernel: include/linux/buffer_head.h struct buffer_head.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct BufferHead
{
    /// <summary>b_this_page: the next buffer of the page's ring.</summary>
    public BhId ThisPage;

    /// <summary>b_page, and with it b_data: the page the buffer's data sits in.</summary>
    public Pfn Page;

    /// <summary>b_count: users of the buffer.</summary>
    public int Count;

    /// <summary>b_state.</summary>
    public BufferFlags State;

    /// <summary>1 for a buffer that is allocated, 0 for a free one.</summary>
    public int InUse;

    private int unused;
}
