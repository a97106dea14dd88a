using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>The pages of a drawn machine: their owners and offsets, their slots, and their state; and what the stores hold of them.</summary>
internal sealed class DrawnPages
{
    private readonly MachineDraw draw;
    private readonly int[] owners;
    private readonly ulong[] indexes;
    private readonly int[] slots;

    /// <summary>Gives each page its offset and its slot.</summary>
    public DrawnPages(MachineDraw draw)
    {
        this.draw = draw;
        owners = [.. draw.Pages.Select(OwnerOf)];
        indexes = new ulong[owners.Length];
        slots = new int[owners.Length];
        Spans = new ulong[DrawnAreas.Owners];
        var gaps = new bool[DrawnAreas.Owners];
        int slot = draw.FirstSlot;
        for (int page = 0; page < owners.Length; page++)
        {
            int owner = owners[page];
            if (IsCached(draw.Pages[page]))
                slots[page] = slot++;
            if (owner < 0)
                continue;
            // One gap an owner, and none when there are many pages, so that all of them fit into a VMA.
            bool gap = !gaps[owner] && owners.Length <= 4 && draw.Pages[page].Gap > 0;
            gaps[owner] |= gap;
            Spans[owner] += gap ? (ulong)draw.Pages[page].Gap : 0;
            indexes[page] = draw.Bases[owner] + Spans[owner]++;
        }
        NextSlot = slot;
    }

    /// <summary>For each owner the offset behind its last page, counted from its base.</summary>
    public ulong[] Spans { get; }

    /// <summary>The first slot behind those of the pages.</summary>
    public int NextSlot { get; }

    /// <summary>What the files' stores hold, for each of them.</summary>
    public List<ScenarioBlock>[] Blocks { get; } = [[], []];

    /// <summary>What the swap device holds.</summary>
    public List<ScenarioSlotContents> SwapContents { get; } = [];

    /// <summary>The swap vector of tmpfs.</summary>
    public List<ScenarioSwapped> Swapped { get; } = [];

    /// <summary>The offset of a page.</summary>
    public ulong IndexOf(int page) => indexes[page];

    /// <summary>The owner in whose VMAs a page lies, −1 for none.</summary>
    public int OwnerOf(int page) => owners[page];

    /// <summary>The slot of a page, 0 for none.</summary>
    public int SlotOf(int page) => slots[page];

    /// <summary>The page for the scenario.</summary>
    public ScenarioPage Page(int number, DrawnAreas areas)
    {
        PageDraw page = draw.Pages[number];
        ReadState read = ReadOf(page);
        (ScenarioPte[] ptes, ScenarioSwapPte[] swapPtes) = DrawnEntries.Of(draw, areas, page, owners[number], indexes[number], mapped: read == ReadState.Uptodate);
        bool dirtyEntry = ptes.Any(pte => pte.Dirty), cached = slots[number] != 0;
        bool dirty = read == ReadState.PartlyWritten || (page.Dirty && read == ReadState.Uptodate && page.Class != PageClass.Readahead);
        // Clean tmpfs memory was never written: it reads as zero, and can be dropped.
        bool hole = page.Class == PageClass.Tmpfs && !dirty && !dirtyEntry;
        bool writes = page.Writeback >= 0 && read == ReadState.Uptodate && page.Class is PageClass.File or PageClass.AnonSwapCache or PageClass.TmpfsSwapped;
        ScenarioBuffer[] buffers = BuffersOf(page, read, dirty);
        Store(number, read, dirty, dirtyEntry, writes, buffers);
        return new ScenarioPage
        {
            File = page.Class switch { PageClass.File => page.File, PageClass.Tmpfs => DrawnAreas.Tmpfs, _ => null },
            AnonVma = AnonVmaOf(page, owners[number]),
            Index = page.Class is PageClass.Ownerless or PageClass.Readahead ? 0 : indexes[number],
            SwapCache = slots[number],
            Flags = FlagsOf(page, read, dirty, writes),
            DirtyTag = page.DirtyTag && (cached ? dirty : page.Class == PageClass.File && !dirty) ? true : null,
            Contents = hole ? 0 : null,
            Ptes = [.. ptes],
            SwapPtes = [.. swapPtes],
            Buffers = [.. buffers],
            References = ReferencesOf(page),
            Locked = page.Locked < 0 ? null : page.Locked,
            Writeback = writes ? WriteOf(page, number, dirty || dirtyEntry) : null,
            List = PlaceOf(page),
            Zone = page.Zone % draw.Zones,
            Cpu = page.Cpu % draw.Cpus,
        };
    }

    private static bool IsCached(PageDraw page) => page.Class is PageClass.AnonSwapCache or PageClass.Readahead or PageClass.TmpfsSwapped;

    private int OwnerOf(PageDraw page) => page.Class switch
    {
        PageClass.File => page.File,
        PageClass.Tmpfs or PageClass.TmpfsSwapped => DrawnAreas.Tmpfs,
        PageClass.Ownerless => -1,
        PageClass.AnonSwapCache when page.Anon == 4 => -1,
        PageClass.Anon or PageClass.AnonSwapCache when page.Anon is 2 or 3 && DrawnAreas.CanWritePrivately(draw, 0, page.Anon - 2) => page.Anon - 2,
        _ => DrawnAreas.RegularFiles + 1 + (page.Anon % DrawnAreas.Anons),
    };

    private static int? AnonVmaOf(PageDraw page, int owner) => page.Class is not (PageClass.Anon or PageClass.AnonSwapCache) ? null
        : owner < 0 ? DrawnAreas.DesertedAnonVma
        : owner < DrawnAreas.RegularFiles ? DrawnAreas.PrivateAnonVma(owner)
        : owner - DrawnAreas.RegularFiles - 1;

    // Only pages of regular files and of readahead can be found unread, and only buffers can tell which part of a page was written.
    private ReadState ReadOf(PageDraw page) => page.Read switch
    {
        _ when page.Class is not (PageClass.File or PageClass.Readahead) => ReadState.Uptodate,
        ReadState.BeingRead when page.Locked < 0 => page.Class == PageClass.File ? ReadState.NotRead : ReadState.Uptodate,
        ReadState.NotRead when page.Class == PageClass.Readahead => ReadState.Uptodate,
        ReadState.PartlyWritten when !(page.Class == PageClass.File && page.Dirty && page.Buffers.Length > 1 && HasBuffers(page)) => ReadState.Uptodate,
        _ => page.Read,
    };

    // A file whose set_page_dirty knows no buffers has none; a truncated page can keep buffers that somebody used at the time.
    private bool HasBuffers(PageDraw page) =>
        page.Class == PageClass.Ownerless || (page.Class == PageClass.File && draw.Files[page.File].Nobuffers != true);

    private ScenarioBuffer[] BuffersOf(PageDraw page, ReadState read, bool dirty)
    {
        if (!HasBuffers(page))
            return [];
        bool PageDirties(int i) => read == ReadState.PartlyWritten ? i == 0
            : dirty && (page.DirtyBuffers == DirtyBuffers.All || (page.DirtyBuffers == DirtyBuffers.First && i == 0));
        return [.. page.Buffers.Select((b, i) => new ScenarioBuffer
        {
            Dirty = PageDirties(i) || (b.Dirty && read == ReadState.Uptodate),
            // What has not been read is in no buffer; the part that was written is.
            Uptodate = read == ReadState.PartlyWritten ? i == 0 : b.Uptodate && read == ReadState.Uptodate,
            Mapped = b.Mapped,
            Associated = b.Associated,
            WriteEio = b.WriteEio,
            Users = b.User < 0 ? [] : [b.User],
            Locked = b.Locked >= 0 ? b.Locked : read == ReadState.BeingRead ? page.Locked : null,
        })];
    }

    private static PageFlags FlagsOf(PageDraw page, ReadState read, bool dirty, bool writes)
    {
        PageFlags flags = page.Flags & ~(writes ? PageFlags.None : PageFlags.Reclaim);
        if (page.Place is PagePlace.LruAdd or PagePlace.LruAddActive)
            flags &= ~PageFlags.Active;
        if (read is ReadState.NotRead or ReadState.BeingRead)
            flags &= ~PageFlags.Error;
        flags |= read == ReadState.Uptodate ? PageFlags.Uptodate : read == ReadState.ReadError ? PageFlags.Error : PageFlags.None;
        return flags | (dirty ? PageFlags.Dirty : PageFlags.None);
    }

    // Who holds a lock holds the page too, unless a tree does that.
    private static ValueList<int> ReferencesOf(PageDraw page) =>
        page.Locked >= 0 && page.Class is PageClass.Anon or PageClass.Ownerless ? [.. page.References, page.Locked] : [.. page.References];

    private static ScenarioWriteback WriteOf(PageDraw page, int number, bool dirtied) => new()
    {
        Until = page.Writeback,
        Fails = page.InFlight == InFlight.Fails,
        Contents = page.InFlight == InFlight.Older && dirtied ? 800 + (ulong)number : null,
    };

    // What shmem_writepage has moved is on the LRU: isolated it would end many runs in the known BUG.
    private PagePlace PlaceOf(PageDraw page)
    {
        bool isolates = draw.Caller.Before.Contains(CallerAction.Isolate);
        bool lru = page.Class == PageClass.TmpfsSwapped || (isolates && (page.Class != PageClass.Ownerless || page.References.Length > 0));
        return page.Class == PageClass.Ownerless && !lru ? PagePlace.Isolated : page.Place == PagePlace.Isolated && lru ? PagePlace.Lru : page.Place;
    }

    // The store holds something else than the page where the page is newer, unread, or on its way to it.
    private void Store(int number, ReadState read, bool dirty, bool dirtyEntry, bool writes, ScenarioBuffer[] buffers)
    {
        PageDraw page = draw.Pages[number];
        ulong contents = (ulong)number + 1;
        if (page.Class == PageClass.TmpfsSwapped)
            Swapped.Add(new ScenarioSwapped(indexes[number], slots[number]));
        if (slots[number] != 0 && (dirtyEntry || writes || read != ReadState.Uptodate))
            SwapContents.Add(new ScenarioSlotContents(slots[number], 900 + (ulong)slots[number]));
        if (page.Class != PageClass.File)
            return;
        bool byHand = dirty && !dirtyEntry && !writes && buffers.Length > 0 && !buffers.Any(buffer => buffer.Dirty);
        if (read == ReadState.PartlyWritten || byHand)
            Blocks[page.File].Add(new ScenarioBlock(indexes[number], contents));
        else if (writes || read != ReadState.Uptodate || (!dirty && (dirtyEntry || buffers.Any(buffer => buffer.Dirty))))
            Blocks[page.File].Add(new ScenarioBlock(indexes[number], 700 + (ulong)number));
    }
}
