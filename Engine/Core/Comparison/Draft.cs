namespace MigrationConformance.Core;

/// <summary>A page of an enumerated machine under construction.</summary>
internal sealed class DraftPage
{
    /// <summary>Whose it is.</summary>
    public SmallOwner Owner;

    /// <summary>Its flags.</summary>
    public PageFlags Flags;

    /// <summary>Its present entries, the i-th in process i.</summary>
    public ValueList<ScenarioPte> Ptes = [];

    /// <summary>Its buffers.</summary>
    public ValueList<ScenarioBuffer> Buffers = [];

    /// <summary>References of others.</summary>
    public ValueList<int> References = [];

    /// <summary>When the page lock of others ends, or null.</summary>
    public int? Locked;

    /// <summary>A write of others, or null.</summary>
    public ScenarioWriteback? Writeback;

    /// <summary>Whether the DIRTY tag is said, or null.</summary>
    public bool? DirtyTag;

    /// <summary>Swap entries beside the present ones.</summary>
    public int SwapEntries;

    /// <summary>Users of its slot that the machine does not show.</summary>
    public int HiddenSlotUsers;

    /// <summary>Makes it plain again.</summary>
    /// <param name="owner">Whose it is.</param>
    public void Reset(SmallOwner owner)
    {
        Owner = owner;
        Flags = PageFlags.Uptodate;
        Ptes = (owner & SmallOwner.Mappable) != 0 ? OneEntry : [];
        Buffers = [];
        References = [];
        Locked = null;
        Writeback = null;
        DirtyTag = null;
        SwapEntries = 0;
        HiddenSlotUsers = 0;
    }

    private static readonly ValueList<ScenarioPte> OneEntry = [new ScenarioPte()];
}

/// <summary>An enumerated machine under construction: plain, then feature by feature.</summary>
/// <remarks>
/// The plain machine: fan-out 8; pages at index 2 and 3 of one file or anon_vma, clean, with one entry each; isolated
/// on <c>from</c>; one new page each. A page in the swap cache has slot 2 or 3.
/// </remarks>
internal sealed class Draft
{
    private const ulong FirstIndex = 2, VmaPages = 4, VmaGap = 0x10000000;

    private static readonly ScenarioCall PlainCall = new() { Kind = PolicyCallKind.MigratePages, From = [0], To = [1] };

    public readonly List<DraftPage> Pages = [];
    public ScenarioFile File = ScenarioFile.Default;
    public ScenarioSwap Swap = ScenarioSwap.Default;
    public bool SwapIsFull, Nonlinear, IsolatesFirst;
    public int FirstLockedVma, LeastProcesses;
    public ScenarioTo To = ScenarioTo.AsManyAsFrom;
    public ValueList<CallerAction> After = [];
    public ScenarioLock? Lock;

    /// <summary>The system call that collects the pages, or null for a call of migrate_pages; and the free frames of the other node.</summary>
    public ScenarioCall? Call;
    public int FreeFrames;
    public ValueList<ScenarioProcess>? Processes;

    /// <summary>Makes it the plain machine of some owners.</summary>
    /// <param name="owners">The owner of each page.</param>
    /// <param name="call">Whether a system call collects them.</param>
    public void Reset(ReadOnlySpan<SmallOwner> owners, bool call)
    {
        (Call, FreeFrames, Processes) = (call ? PlainCall : null, owners.Length + 1, null);
        while (Pages.Count < owners.Length)
            Pages.Add(new DraftPage());
        Pages.RemoveRange(owners.Length, Pages.Count - owners.Length);
        for (int page = 0; page < owners.Length; page++)
            Pages[page].Reset(owners[page]);
        (File, Swap, To, After, Lock) = (ScenarioFile.Default, ScenarioSwap.Default, ScenarioTo.AsManyAsFrom, [], null);
        (SwapIsFull, Nonlinear, IsolatesFirst, FirstLockedVma, LeastProcesses) = (false, false, false, int.MaxValue, 1);
    }

    /// <summary>The scenario of what was put together.</summary>
    /// <returns>A scenario that says everything that the order of features could change.</returns>
    public Scenario ToScenario()
    {
        int processes = LeastProcesses;
        foreach (DraftPage page in Pages)
            processes = Math.Max(processes, page.Ptes.Count + page.SwapEntries);
        bool own = !IsolatesFirst && Call is null;
        return new Scenario
        {
            FanOut = 8,
            Zones = Call is null ? 1 : 2,
            Processes = Processes,
            Call = Call,
            Swap = SwapOf(),
            Files = Files(),
            Vmas = Vmas(processes),
            Pages = PagesOf(),
            From = own ? FromAll() : null,
            To = To,
            Before = IsolatesFirst ? [CallerAction.Isolate] : [],
            After = After,
            Locks = Lock is { } held ? [held] : [],
        };
    }

    private ScenarioSwap SwapOf()
    {
        var uses = new List<ScenarioSlotUse>();
        for (int page = 0; page < Pages.Count; page++)
        {
            if (Pages[page].HiddenSlotUsers > 0)
                uses.Add(new ScenarioSlotUse(SlotOf(page), Pages[page].HiddenSlotUsers));
        }
        // Slots 1 to 4; the pages' own are 2 and 3. A full device has others in the rest.
        for (int slot = 1; SwapIsFull && slot <= 4; slot++)
        {
            bool own = slot >= 2 && slot - 2 < Pages.Count && (Pages[slot - 2].Owner & SmallOwner.InSwap) != 0;
            if (!own)
                uses.Add(new ScenarioSlotUse(slot, 1));
        }
        return Swap with { Slots = 4, Map = [.. uses] };
    }

    // One file of each kind that a page needs; the features of files are those of the first one.
    private ValueList<ScenarioFile> Files()
    {
        var files = new List<ScenarioFile>();
        foreach (DraftPage page in Pages)
        {
            if ((page.Owner & SmallOwner.Cached) == 0 || FileOf(page.Owner) != files.Count)
                continue;
            ScenarioFile like = page.Owner == Pages[0].Owner ? File : ScenarioFile.Default;
            files.Add(like with { Kind = page.Owner == SmallOwner.Tmpfs ? MappingKind.Tmpfs : MappingKind.Regular, Size = VmaPages });
        }
        return [.. files];
    }

    private int FileOf(SmallOwner owner)
    {
        int file = 0;
        SmallOwner seen = SmallOwner.None;
        foreach (DraftPage page in Pages)
        {
            if (page.Owner == owner)
                return file;
            if ((page.Owner & SmallOwner.Cached) != 0 && (seen & page.Owner) == 0)
                file++;
            seen |= page.Owner;
        }
        return file;
    }

    private ValueList<ScenarioVma> Vmas(int processes)
    {
        var vmas = new List<ScenarioVma>();
        for (int process = 0; process < processes; process++)
        {
            ulong start = VmaGap;
            SmallOwner seen = SmallOwner.None;
            foreach (DraftPage page in Pages)
            {
                SmallOwner same = (page.Owner & SmallOwner.Anonymous) != 0 || page.Owner == SmallOwner.SwapCache
                    ? SmallOwner.Anonymous | SmallOwner.SwapCache : page.Owner;
                if (page.Owner == SmallOwner.Unowned || (seen & same) != 0)
                    continue;
                seen |= same;
                vmas.Add(Vma(process, start, page.Owner));
                start += VmaGap;
            }
        }
        return [.. vmas];
    }

    private ScenarioVma Vma(int process, ulong start, SmallOwner owner)
    {
        bool file = (owner & SmallOwner.Cached) != 0, first = owner == Pages[0].Owner;
        VmFlags flags = VmFlags.Read | VmFlags.Write | (file ? VmFlags.Shared | VmFlags.MayShare : VmFlags.None);
        if (process >= FirstLockedVma && first)
            flags |= VmFlags.Locked;
        if (Nonlinear && file && first)
            flags |= VmFlags.Nonlinear;
        return new ScenarioVma
        {
            Process = process,
            Start = start,
            Pages = VmaPages,
            File = file ? FileOf(owner) : null,
            AnonVma = file ? null : 0,
            Flags = flags,
        };
    }

    private ValueList<ScenarioPage> PagesOf()
    {
        var pages = new ScenarioPage[Pages.Count + (Call is not null && FreeFrames > 0 ? 1 : 0)];
        for (int i = 0; i < Pages.Count; i++)
        {
            DraftPage page = Pages[i];
            pages[i] = new ScenarioPage
            {
                File = (page.Owner & SmallOwner.Cached) != 0 ? FileOf(page.Owner) : null,
                AnonVma = (page.Owner & SmallOwner.Anonymous) != 0 ? 0 : null,
                Index = page.Owner == SmallOwner.Unowned ? 0 : FirstIndex + (ulong)i,
                SwapCache = (page.Owner & SmallOwner.InSwap) != 0 ? SlotOf(i) : 0,
                Flags = page.Flags,
                Contents = IsUnwritten(page) ? 0 : null,
                Ptes = page.Ptes,
                SwappedBy = page.SwapEntries,
                Buffers = page.Buffers,
                References = page.References,
                Locked = page.Locked,
                Writeback = page.Writeback,
                DirtyTag = page.DirtyTag,
                List = Call is not null || (IsolatesFirst && page.Owner != SmallOwner.Unowned) ? PagePlace.Lru : PagePlace.Isolated,
            };
        }
        if (pages.Length > Pages.Count)
            pages[^1] = new ScenarioPage { Zone = 1, Repeat = FreeFrames, List = PagePlace.Free };
        return new(pages);
    }

    // tmpfs has no store to read from: a page that was never written is all zero.
    private static bool IsUnwritten(DraftPage page)
    {
        bool written = (page.Flags & PageFlags.Dirty) != 0;
        foreach (ScenarioPte pte in page.Ptes)
            written |= pte.Dirty;
        return page.Owner == SmallOwner.Tmpfs && !written;
    }

    private ValueList<int> FromAll()
    {
        int[] from = new int[Pages.Count];
        for (int i = 0; i < from.Length; i++)
            from[i] = i;
        return new(from);
    }

    private static int SlotOf(int page) => page + 2;
}
