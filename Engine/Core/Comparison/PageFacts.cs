namespace MigrationConformance.Core;

/// <summary>What is true of a page, its mapping and the call when a run begins, as far as a difference may come from it.</summary>
[Flags]
public enum PageFacts : ulong
{
    /// <summary>Nothing is known.</summary>
    None = 0,

    /// <summary>A page of a file.</summary>
    File = 1UL << 0,

    /// <summary>A page of a tmpfs file.</summary>
    Tmpfs = 1UL << 1,

    /// <summary>An anonymous page that is not in the swap cache.</summary>
    Anon = 1UL << 2,

    /// <summary>An anonymous page in the swap cache.</summary>
    AnonInSwapCache = 1UL << 3,

    /// <summary>A page that is in the swap cache and has no mapping.</summary>
    SwapCache = 1UL << 4,

    /// <summary>A page without owner: truncated, or freed by its users.</summary>
    Unowned = 1UL << 5,

    /// <summary>Not a page: what the call as a whole answers and leaves behind.</summary>
    Call = 1UL << 6,

    /// <summary>PG_dirty.</summary>
    Dirty = 1UL << 8,

    /// <summary>At least one present entry.</summary>
    Mapped = 1UL << 9,

    /// <summary>At least two present entries.</summary>
    Shared = 1UL << 10,

    /// <summary>An entry has its young bit.</summary>
    YoungEntry = 1UL << 11,

    /// <summary>An entry has its dirty bit.</summary>
    DirtyEntry = 1UL << 12,

    /// <summary>PG_referenced.</summary>
    Referenced = 1UL << 13,

    /// <summary>PG_uptodate is missing.</summary>
    NotUptodate = 1UL << 14,

    /// <summary>A VMA that covers it is VM_LOCKED.</summary>
    Mlocked = 1UL << 16,

    /// <summary>A non-linear VMA maps its file.</summary>
    Nonlinear = 1UL << 17,

    /// <summary>It has buffers.</summary>
    Buffers = 1UL << 18,

    /// <summary>A buffer is in use, locked or dirty.</summary>
    BusyBuffers = 1UL << 19,

    /// <summary>Others hold a reference.</summary>
    Held = 1UL << 20,

    /// <summary>Others hold the page lock.</summary>
    Locked = 1UL << 21,

    /// <summary>Others are writing it.</summary>
    Writeback = 1UL << 22,

    /// <summary>Its mapping has no writepage method.</summary>
    NoWritepage = 1UL << 24,

    /// <summary>Its mapping's writepage, or the swap device, fails or gives the page back.</summary>
    WritesFail = 1UL << 25,

    /// <summary>Its mapping's releasepage refuses.</summary>
    ReleaseRefuses = 1UL << 26,

    /// <summary>Its mapping has no migratepage method.</summary>
    NoMigratepage = 1UL << 27,

    /// <summary>Its mapping's migratepage is fail_migrate_page.</summary>
    FailMigratepage = 1UL << 28,

    /// <summary>Its mapping's migratepage is migrate_page, for pages without buffers.</summary>
    PlainMigratepage = 1UL << 29,

    /// <summary>No swap slot can be had.</summary>
    NoSwapSlot = 1UL << 32,

    /// <summary>A lock is held by others for ever.</summary>
    LockHeld = 1UL << 33,

    /// <summary>The caller gives no list of new pages.</summary>
    ToAbsent = 1UL << 34,

    /// <summary>The list of new pages is shorter than the list of pages.</summary>
    ToShort = 1UL << 35,

    /// <summary>There are other pages in the same call.</summary>
    WithOthers = 1UL << 36,

    /// <summary>A system call collects the pages: migrate_pages(2).</summary>
    SysMigratePages = 1UL << 37,

    /// <summary>A system call collects the pages: mbind(2).</summary>
    SysMbind = 1UL << 38,
}

/// <summary>Words for <see cref="PageFacts"/>, and how they are found.</summary>
public static class PageFactsOf
{
    /// <summary>The facts that say whose a page is; a page has exactly one of them.</summary>
    public const PageFacts Owners = PageFacts.File | PageFacts.Tmpfs | PageFacts.Anon | PageFacts.AnonInSwapCache
        | PageFacts.SwapCache | PageFacts.Unowned | PageFacts.Call;

    /// <summary>The facts that tell kinds of page apart in a list of groups.</summary>
    public const PageFacts Kinds = Owners | PageFacts.Dirty | PageFacts.Mapped | PageFacts.ToAbsent;

    private static readonly PageFacts[] Single = Array.FindAll(Enum.GetValues<PageFacts>(), fact => fact != PageFacts.None);

    /// <summary>The words of facts, as a claims file has them.</summary>
    /// <param name="facts">Any facts.</param>
    /// <returns>Their names in camelCase, in the order of the enumeration, with blanks between.</returns>
    public static string Words(PageFacts facts)
    {
        var words = new List<string>();
        foreach (PageFacts fact in Single)
        {
            if ((facts & fact) != 0)
                words.Add(Word(fact));
        }
        return string.Join(' ', words);
    }

    /// <summary>The fact of a word.</summary>
    /// <param name="word">A name in camelCase.</param>
    /// <returns>The fact, or null when there is none of that name.</returns>
    public static PageFacts? Find(string word)
    {
        foreach (PageFacts fact in Single)
        {
            if (Word(fact) == word)
                return fact;
        }
        return null;
    }

    /// <summary>Every word.</summary>
    /// <returns>The names in camelCase, with commas between.</returns>
    public static string AllWords() => string.Join(", ", Array.ConvertAll(Single, Word));

    /// <summary>The facts of the whole call.</summary>
    /// <param name="start">The machine before the run.</param>
    /// <returns>Facts that hold for every page of it.</returns>
    internal static PageFacts OfCall(ScenarioMachine start)
    {
        Machine m = start.Machine;
        PageFacts facts = m.Swap.WriteOk == 0 || m.Swap.NrSwapPages == 0 || m.Swap.RadixPreloadFails != 0 ? PageFacts.NoSwapSlot : PageFacts.None;
        if (start.Scenario.Locks.Count > 0)
            facts |= PageFacts.LockHeld;
        if (start.Scenario.Call is { } call)
            return facts | (call.Kind == PolicyCallKind.Mbind ? PageFacts.SysMbind : PageFacts.SysMigratePages) | (InUse(m) > 1 ? PageFacts.WithOthers : 0);
        if (start.To.IsNone)
            facts |= PageFacts.ToAbsent;
        else if (Length(m, start.To) < start.FromPages.Length)
            facts |= PageFacts.ToShort;
        return start.FromPages.Length > 1 ? facts | PageFacts.WithOthers : facts;
    }

    /// <summary>The facts of a page.</summary>
    /// <param name="m">The machine before the run.</param>
    /// <param name="page">The page.</param>
    /// <param name="entries">The rows of its entries in <see cref="Machine.Ptes"/>.</param>
    /// <returns>What is true of it and of its mapping.</returns>
    internal static PageFacts OfPage(Machine m, Pfn page, ReadOnlySpan<int> entries)
    {
        ref Page p = ref m.Pages[page.Value];
        PageFacts facts = Owner(m, p) | OfEntries(m, entries) | OfVmas(m, p) | OfMapping(m, p);
        facts |= p.Has(PageFlags.Dirty) ? PageFacts.Dirty : 0;
        facts |= p.Has(PageFlags.Referenced) ? PageFacts.Referenced : 0;
        facts |= p.Has(PageFlags.Uptodate) ? 0 : PageFacts.NotUptodate;
        facts |= p.Has(PageFlags.Locked) ? PageFacts.Locked : 0;
        facts |= p.Has(PageFlags.Writeback) ? PageFacts.Writeback : 0;
        return facts | OfHolds(m, page) | OfBuffers(m, p);
    }

    private static PageFacts Owner(Machine m, in Page p) =>
        p.IsAnon ? (p.Has(PageFlags.SwapCache) ? PageFacts.AnonInSwapCache : PageFacts.Anon)
        : p.Has(PageFlags.SwapCache) ? PageFacts.SwapCache
        : p.Mapping.IsNull ? PageFacts.Unowned
        : m.Mappings[p.Mapping.Mapping.Value].Kind == MappingKind.Tmpfs ? PageFacts.Tmpfs : PageFacts.File;

    private static PageFacts OfEntries(Machine m, ReadOnlySpan<int> entries)
    {
        PageFacts facts = PageFacts.None;
        foreach (int row in entries)
        {
            Pte pte = m.Ptes[row];
            if (!pte.IsPresent)
                continue;
            facts |= (facts & PageFacts.Mapped) != 0 ? PageFacts.Shared : PageFacts.Mapped;
            facts |= (pte.IsYoung ? PageFacts.YoungEntry : 0) | (pte.IsDirty ? PageFacts.DirtyEntry : 0);
        }
        return facts;
    }

    private static PageFacts OfVmas(Machine m, in Page p)
    {
        PageFacts facts = PageFacts.None;
        if (p.IsAnon)
        {
            for (int vma = m.AnonVmas[p.Mapping.AnonVma.Value].Head; vma >= 0; vma = m.Vmas[vma].AnonNext)
                facts |= Covers(m.Vmas[vma], p) && m.Vmas[vma].Has(VmFlags.Locked) ? PageFacts.Mlocked : 0;
            return facts;
        }
        if (p.Mapping.IsNull)
            return facts;
        ref AddressSpace mapping = ref m.Mappings[p.Mapping.Mapping.Value];
        for (int vma = mapping.Immap; vma >= 0; vma = m.Vmas[vma].SharedNext)
            facts |= Covers(m.Vmas[vma], p) && m.Vmas[vma].Has(VmFlags.Locked) ? PageFacts.Mlocked : 0;
        for (int vma = mapping.ImmapNonlinear; vma >= 0; vma = m.Vmas[vma].SharedNext)
            facts |= PageFacts.Nonlinear | (m.Vmas[vma].Has(VmFlags.Locked) ? PageFacts.Mlocked : 0);
        return facts;
    }

    private static bool Covers(in VmArea vma, in Page p) => p.Index.Value >= vma.Pgoff.Value && p.Index.Value - vma.Pgoff.Value < vma.Pages;

    private static PageFacts OfMapping(Machine m, in Page p)
    {
        if (p.Has(PageFlags.SwapCache) || p.IsAnon)
            return m.Swap.WriteMode != (int)SwapWriteMode.Asynchronous ? PageFacts.WritesFail : PageFacts.None;
        if (p.Mapping.IsNull)
            return PageFacts.None;
        ref AddressSpace mapping = ref m.Mappings[p.Mapping.Mapping.Value];
        PageFacts facts = mapping.Releasepage == ReleasepageMode.Refuses ? PageFacts.ReleaseRefuses : PageFacts.None;
        facts |= mapping.Migratepage switch
        {
            MigratepageMode.Absent => PageFacts.NoMigratepage,
            MigratepageMode.FailMigratePage => PageFacts.FailMigratepage,
            MigratepageMode.MigratePage => PageFacts.PlainMigratepage,
            _ => PageFacts.None,
        };
        if (mapping.Kind == MappingKind.Tmpfs)
            return facts | (mapping.Has(MappingFlags.SegmentLocked) ? PageFacts.WritesFail : 0);
        return facts | mapping.Writepage switch
        {
            WritepageMode.Absent => PageFacts.NoWritepage,
            WritepageMode.Failing or WritepageMode.AsynchronousFailing or WritepageMode.Activate => PageFacts.WritesFail,
            _ => PageFacts.None,
        };
    }

    private static PageFacts OfHolds(Machine m, Pfn page)
    {
        PageFacts facts = PageFacts.None;
        for (int hold = RadixTree.Lookup(m, m.Globals.HoldsOfPage, (ulong)page.Value); hold >= 0; hold = m.Holds[hold].Next)
            facts |= m.Holds[hold].Kind == HoldKind.Reference ? PageFacts.Held : PageFacts.None;
        return facts;
    }

    private static PageFacts OfBuffers(Machine m, in Page p)
    {
        if (!p.Has(PageFlags.Private))
            return PageFacts.None;
        PageFacts facts = PageFacts.Buffers;
        try
        {
            foreach (BhId buffer in new BufferRing(m, p))
            {
                BufferHead head = m.Buffers[buffer.Value];
                facts |= head.Count > 0 || (head.State & (BufferFlags.Lock | BufferFlags.Dirty)) != 0 ? PageFacts.BusyBuffers : 0;
            }
        }
        catch (KernelBugException)
        {
            // An illegal scenario may point anywhere; what comes of it is the run's to say.
        }
        return facts;
    }

    /// <summary>How many frames somebody holds.</summary>
    internal static int InUse(Machine m)
    {
        int inUse = 0;
        foreach (ref Page page in m.Pages.Rows)
            inUse += page.Count > 0 ? 1 : 0;
        return inUse;
    }

    private static int Length(Machine m, ListId list)
    {
        int length = 0;
        for (int page = m.Lists[list.Value].Next; page >= 0; page = m.Pages[page].Next)
            length++;
        return length;
    }

    private static string Word(PageFacts fact)
    {
        string name = $"{fact}";
        return char.ToLowerInvariant(name[0]) + name[1..];
    }
}
