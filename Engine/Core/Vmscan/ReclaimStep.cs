namespace MigrationConformance.Core;

/// <summary>Where a reclaim task stands in shrink_list: the step that it makes next.</summary>
public enum ReclaimStep
{
    /// <summary>The next page from the tail of the list: lock it, look at it, decide.</summary>
    ChoosePage = 0,

    /// <summary>An anonymous page gets a slot.</summary>
    AddToSwap = 1,

    /// <summary>The page enters the swap cache under its new entry.</summary>
    AddToSwapCache = 2,

    /// <summary>The changed call: try_to_unmap with ignore_refs 0, one entry a step.</summary>
    TryToUnmap = 3,

    /// <summary>pageout up to the clearing of PG_dirty.</summary>
    Pageout = 4,

    /// <summary>The call of writepage.</summary>
    Writepage = 5,

    /// <summary>writepage failed: the error is recorded.</summary>
    HandleWriteError = 6,

    /// <summary>The write is over already: try to lock the page again.</summary>
    Relock = 7,

    /// <summary>Buffers are released.</summary>
    ReleaseBuffers = 8,

    /// <summary>The page leaves its tree and is freed.</summary>
    RemoveMapping = 9,

    /// <summary>shrink_list has returned.</summary>
    Finished = 10,
}

/// <summary>What the caller of shrink_list allows: the fields of scan_control.</summary>
/// <remarks>Kernel: mm/vmscan.c struct scan_control.</remarks>
[Flags]
public enum ScanControl
{
    /// <summary>Nothing is allowed.</summary>
    None = 0,

    /// <summary>may_swap: mapped and anonymous pages may be reclaimed.</summary>
    MaySwap = 1 << 0,

    /// <summary>may_writepage: dirty pages may be written.</summary>
    MayWritepage = 1 << 1,

    /// <summary>__GFP_FS: filesystem code may be entered.</summary>
    GfpFs = 1 << 2,

    /// <summary>__GFP_IO: I/O may be started, which is enough for swap cache pages.</summary>
    GfpIo = 1 << 3,

    /// <summary>Everything is allowed.</summary>
    All = MaySwap | MayWritepage | GfpFs | GfpIo,
}
