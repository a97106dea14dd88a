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

    /// <summary>In the swap cache without mapping, as readahead leaves it; processes can have swap entries for its slot.</summary>
    Readahead,

    /// <summary>A tmpfs page that shmem_writepage left in the swap cache: without mapping, its slot in the file's swap vector.</summary>
    TmpfsSwapped,

    /// <summary>Nobody's but its isolation's: freed, or truncated while others hold it.</summary>
    Ownerless,
}

/// <summary>How far a page of a file, or one that readahead asked for, has been read.</summary>
public enum ReadState
{
    /// <summary>It is uptodate.</summary>
    Uptodate,

    /// <summary>It is not, and nobody reads it.</summary>
    NotRead,

    /// <summary>It is being read, under its lock. Without a lock it is <see cref="NotRead"/>.</summary>
    BeingRead,

    /// <summary>Its read failed: PG_error.</summary>
    ReadError,

    /// <summary>Part of it was written and the rest never read: dirty, one of its buffers dirty, the others not uptodate. Without two buffers, or clean, it is <see cref="Uptodate"/>.</summary>
    PartlyWritten,
}

/// <summary>Which buffers of a dirty page say so beside those that are drawn dirty.</summary>
public enum DirtyBuffers
{
    /// <summary>The first one.</summary>
    First,

    /// <summary>All of them, as set_page_dirty leaves it.</summary>
    All,

    /// <summary>No other: somebody may have written all buffers by hand, and the page still says that it is dirty.</summary>
    None,
}

/// <summary>What a write of others in flight does when it completes.</summary>
public enum InFlight
{
    /// <summary>It stores what the page holds.</summary>
    Current,

    /// <summary>It stores what the page held before it was dirtied again; a clean page has nothing older.</summary>
    Older,

    /// <summary>It fails.</summary>
    Fails,
}

/// <summary>How a VMA covers the pages of its owner. What needs a process that covers them all is in process 0, which does for anonymous memory.</summary>
public enum Cover
{
    /// <summary>All of them.</summary>
    All,

    /// <summary>It begins behind the first one.</summary>
    BehindFirst,

    /// <summary>It ends before the last one.</summary>
    BeforeLast,
}

/// <summary>One page as drawn: every field is legal for every class; what does not apply is not used.</summary>
/// <param name="Class">Who owns it.</param>
/// <param name="File">Of two regular files the one it belongs to.</param>
/// <param name="Anon">Where anonymous memory lives: 0 and 1 in a VMA of its own, 2 and 3 in private mappings of file 0 and 1, 4 in no VMA any more.</param>
/// <param name="Gap">Offsets left free before it, 0 to 3; of four pages only one gap counts.</param>
/// <param name="Entries">What each process has of it, see <see cref="PageGen.Entry"/>.</param>
/// <param name="Second">What each process has of it in its second mapping of the file.</param>
/// <param name="Flags">Flags that say nothing about ownership.</param>
/// <param name="Dirty">PG_dirty.</param>
/// <param name="Read">How far it has been read.</param>
/// <param name="DirtyTag">A clean page of a file has the DIRTY tag, a dirty one of the swap cache too.</param>
/// <param name="Buffers">Its buffers.</param>
/// <param name="DirtyBuffers">Which of them are dirty because the page is.</param>
/// <param name="References">References of others.</param>
/// <param name="Locked">When the lock ends that others hold; −1 for none.</param>
/// <param name="Writeback">When a write of others ends; −1 for none.</param>
/// <param name="InFlight">What that write does.</param>
/// <param name="Place">Where it is.</param>
/// <param name="Cpu">Whose pagevec, modulo the number of CPUs.</param>
/// <param name="Zone">Its zone, modulo their number.</param>
public sealed record PageDraw(
    PageClass Class,
    int File,
    int Anon,
    int Gap,
    int[] Entries,
    int[] Second,
    PageFlags Flags,
    bool Dirty,
    ReadState Read,
    bool DirtyTag,
    BufferDraw[] Buffers,
    DirtyBuffers DirtyBuffers,
    int[] References,
    int Locked,
    int Writeback,
    InFlight InFlight,
    PagePlace Place,
    int Cpu,
    int Zone);

/// <summary>One buffer as drawn; −1 is no user and no lock.</summary>
public readonly record struct BufferDraw(bool Dirty, int User, int Locked, bool Uptodate = true, bool Mapped = true, bool Associated = false, bool WriteEio = false);

/// <summary>One file as drawn. Short: its last page lies behind its end.</summary>
public readonly record struct FileDraw(
    WritepageMode Writepage, ReleasepageMode Releasepage, MigratepageMode? Migratepage, bool AccountsDirty, bool? Nobuffers, int Completes, bool SegmentLocked,
    MappingFlags Flags, bool Short);

/// <summary>What one process has mapped of one owner, as drawn: one VMA, two that were split behind the first page, or a second mapping elsewhere.</summary>
/// <param name="Shared">VM_SHARED and VM_MAYSHARE; files only.</param>
/// <param name="MayShare">VM_MAYSHARE alone, a shared mapping that cannot be written; files only.</param>
/// <param name="Locked">VM_LOCKED, see <paramref name="LockedPart"/>.</param>
/// <param name="LockedPart">0 everywhere, 1 in the first VMA, 2 in the other one, if there are two.</param>
/// <param name="Nonlinear">VM_NONLINEAR; files only.</param>
/// <param name="ReadOnly">No VM_WRITE, in the last VMA if there are two.</param>
/// <param name="Reserved">VM_RESERVED.</param>
/// <param name="Lead">Pages that it begins before the first page of its owner.</param>
/// <param name="Shift">Pages by which its address differs from that of other processes.</param>
/// <param name="Cover">How much it covers.</param>
/// <param name="Split">It was split behind the first page.</param>
/// <param name="Second">A second mapping of the file.</param>
/// <param name="Place">A non-linear VMA: by how many pages each page stands behind its linear place.</param>
/// <param name="Long">A non-linear VMA: it is longer than a cluster of 32 pages.</param>
/// <param name="Cursor">A non-linear VMA: vm_private_data, in clusters.</param>
/// <param name="FileEntries">A non-linear VMA: file entries that stand in it, 0 to 2.</param>
public readonly record struct VmaDraw(
    bool Shared, bool MayShare, bool Locked, int LockedPart, bool Nonlinear, bool ReadOnly, bool Reserved,
    int Lead, int Shift, Cover Cover, bool Split, bool Second, int Place, bool Long, int Cursor, int FileEntries);

/// <summary>The swap device as drawn.</summary>
/// <param name="Slots">Slots beyond those that are needed; −1 leaves the default.</param>
/// <param name="Writable">SWP_WRITEOK.</param>
/// <param name="Write">How writes end.</param>
/// <param name="Completes">When.</param>
/// <param name="NoMemory">Nothing can be added to the swap cache.</param>
/// <param name="Users">Users of the first slot that the machine does not show; as many as swap_map can count stick there.</param>
/// <param name="Bad">Bad slots among the free ones, the lowest first.</param>
public readonly record struct SwapDraw(int Slots, bool Writable, SwapWriteMode Write, int Completes, bool NoMemory, int Users, int Bad);

/// <summary>One process as drawn.</summary>
/// <param name="HiwaterRss">0 for a high-water mark of 0, else 1 more than what it lies above the rss.</param>
/// <param name="OnMmlist">Whether it is on the mmlist even without a swap entry.</param>
public readonly record struct ProcessDraw(int HiwaterRss, bool OnMmlist);

/// <summary>A new page that is named on <c>to</c>: its zone, modulo their number, and what its last owner left in its flags.</summary>
public readonly record struct NewPageDraw(int Zone, PageFlags Stale);

/// <summary>The caller of migrate_pages as drawn.</summary>
/// <param name="Order">The order of <c>from</c>: 0 that of the pages, 1 the reverse, 2 begun with the second.</param>
/// <param name="LeavesOne">The last page of several is on a list of others instead.</param>
/// <param name="Before">What it does first.</param>
/// <param name="After">What it does afterwards.</param>
/// <param name="NewPages">The new pages when <c>to</c> names them.</param>
public sealed record CallerDraw(int Order, bool LeavesOne, CallerAction[] Before, CallerAction[] After, NewPageDraw[] NewPages)
{
    /// <summary>Isolates nothing, drains nothing, and keeps the order of the pages.</summary>
    public static CallerDraw Plain { get; } = new(0, LeavesOne: false, [], [], []);
}

/// <summary>A machine as drawn.</summary>
/// <param name="Pages">Its pages.</param>
/// <param name="Files">Two regular files and one of tmpfs.</param>
/// <param name="Vmas">For each process what it has mapped of each owner: the files, then two anon_vmas.</param>
/// <param name="Swap">The swap device.</param>
/// <param name="Processes">One to three.</param>
/// <param name="To">−1 as many new pages as pages, −2 none at all, −3 those that the caller names, else their number.</param>
/// <param name="Bases">For each owner the offset of its first page.</param>
/// <param name="FirstSlot">The first slot that is used.</param>
/// <param name="FanOut">Fan-out of the trees.</param>
/// <param name="SwappedOut">How many addresses and offsets live in slots without a page.</param>
/// <param name="Zones">Zones.</param>
/// <param name="Cpus">CPUs.</param>
/// <param name="Lock">A lock that others hold for ever.</param>
/// <param name="Caller">The caller.</param>
public sealed record MachineDraw(
    PageDraw[] Pages, FileDraw[] Files, VmaDraw[] Vmas, SwapDraw Swap, ProcessDraw[] Processes, int To, ulong[] Bases, int FirstSlot, int FanOut, int SwappedOut,
    int Zones, int Cpus, ScenarioLock? Lock, CallerDraw Caller);

/// <summary>An actor as drawn: what it does, which page it aims at, from which process, and how.</summary>
/// <param name="Kind">What it does.</param>
/// <param name="Page">The page, modulo their number.</param>
/// <param name="Process">The process, modulo their number.</param>
/// <param name="Write">It writes.</param>
/// <param name="Variant">The other variant of it.</param>
/// <param name="Second">Through the second mapping, if there is one; the last zone or CPU for those that work on one.</param>
public readonly record struct ActorDraw(TaskKind Kind, int Page, int Process, bool Write, bool Variant, bool Second);
