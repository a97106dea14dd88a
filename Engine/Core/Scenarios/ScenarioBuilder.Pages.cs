namespace MigrationConformance.Core;

// The page frames: flags, counts, trees, buffers, and what others hold.
public sealed partial class ScenarioBuilder
{
    // Which frames are on from and on to; empty when neither is given.
    private byte[] marks = [];

    private const byte OnFrom = 1, OnTo = 2;

    // For each item of pages the first frame that it stands for.
    private int[] firstFrames = [];

    // Whether two pages claim one place in a tree, which only an illegal scenario can.
    private bool doubleClaims;

    private void AddPages()
    {
        Mark();
        firstFrames = new int[s.Pages.Count];
        ReadOnlySpan<ScenarioPage> pages = s.Pages.AsSpan();
        int frame = 0;
        for (int item = 0; item < pages.Length; item++)
        {
            ScenarioPage page = pages[item];
            firstFrames[item] = frame;
            CheckPage(item, page);
            var checkedPlace = (PagePlace)byte.MaxValue;
            for (int nth = 0; nth < page.Repeat; nth++, frame++)
            {
                PagePlace place = PlaceOf(page, frame);
                if (place != checkedPlace)
                    CheckPlace(item, page, checkedPlace = place);
                AddPage(item, page, frame, nth, place);
            }
        }
    }

    private PagePlace PlaceOf(ScenarioPage page, int frame)
    {
        if (page.List is { } place)
            return place;
        bool from = s.From is null || (marks[frame] & OnFrom) != 0;
        return from && !isolates ? PagePlace.Isolated : page.HasOwner ? PagePlace.Lru : PagePlace.Free;
    }

    private void Mark()
    {
        if (s.From is null && s.To.Pages is null)
            return;
        marks = new byte[frames];
        Mark("from", s.From, OnFrom);
        Mark("to", s.To.Pages, OnTo);
    }

    private void Mark(string list, ValueList<int>? pages, byte mark)
    {
        for (int i = 0; i < pages?.Count; i++)
        {
            int page = pages[i];
            if (page < 0 || page >= frames)
                throw Dangling($"$.{list}[{i}]", page, "pages", frames);
            if (marks[page] != 0)
                throw Wrong($"$.{list}[{i}]",
                    $"page {page}, which is on \"{(marks[page] == OnFrom ? "from" : "to")}\" already", "another page");
            marks[page] = mark;
        }
    }

    private void AddPage(int item, ScenarioPage page, int frame, int nth, PagePlace place)
    {
        int firstBuffer = AddBuffers(page, frame);
        ref Page p = ref m.Pages[frame];
        p.Zone = page.Zone;
        p.Contents = page.Contents is { } contents ? unchecked(contents + (ulong)nth) : (ulong)frame + 1;
        p.Index = new Pgoff(page.Index + (ulong)nth);
        p.Flags = FlagsOf(page, place);
        p.Private = page.SwapCache != 0 ? (ulong)(page.SwapCache + nth) : firstBuffer >= 0 ? (ulong)firstBuffer + 1 : 0;
        p.Mapping = page.File is { } file ? MappingPtr.File(ScenarioMachine.MappingOf(file))
            : page.AnonVma is { } anonVma ? MappingPtr.Anon(new AnonVmaId(anonVma)) : MappingPtr.Null;
        p.Mapcount = page.PresentEntries;
        p.Count = CountOf(page, place);
        if (page.File is not null)
            AddToTree(item, page, ScenarioMachine.MappingOf(page.File.Value), p.Index.Value, frame);
        if (page.SwapCache != 0)
            AddToTree(item, page, MappingId.Swapper, (ulong)(page.SwapCache + nth), frame);
        if (page.Raw is { } raw)
            SetRaw(item, page, raw, ref p);
        AddHolds(page, frame, firstBuffer);
        CountPage(p);
    }

    private static PageFlags FlagsOf(ScenarioPage page, PagePlace place)
    {
        PageFlags flags = page.Flags ?? (place is PagePlace.New or PagePlace.Free ? PageFlags.None : PageFlags.Uptodate);
        if (page.Locked is not null)
            flags |= PageFlags.Locked;
        if (page.Writeback is not null)
            flags |= PageFlags.Writeback;
        if (page.SwapCache != 0)
            flags |= PageFlags.SwapCache;
        if (page.Buffers.Count > 0)
            flags |= PageFlags.Private;
        if (place == PagePlace.Lru)
            flags |= PageFlags.Lru;
        return flags;
    }

    private static int CountOf(ScenarioPage page, PagePlace place)
    {
        int count = page.PresentEntries + page.References.Count;
        count += page.File is null ? 0 : 1;
        count += page.SwapCache == 0 ? 0 : 1;
        count += page.Buffers.Count == 0 ? 0 : 1;
        count += place is PagePlace.Isolated or PagePlace.New or PagePlace.LruAdd or PagePlace.LruAddActive ? 1 : 0;
        return count;
    }

    private void AddToTree(int item, ScenarioPage page, MappingId id, ulong index, int frame)
    {
        ref AddressSpace mapping = ref m.Mappings[id.Value];
        if (RadixTree.Insert(m, ref mapping.PageTree, index, frame) == 0)
        {
            mapping.Nrpages++;
            m.Globals.NrPagecache++;
        }
        else
        {
            TakeOver(item, id, index, frame);
        }
        if (m.Slots.Count > ScenarioLimits.NodeSlots)
            throw TooSparse($"$.pages[{item}]");
        bool dirty = page.DirtyTag ?? (id != MappingId.Swapper && ((page.Flags ?? 0) & PageFlags.Dirty) != 0);
        if (dirty)
            RadixTree.TagSet(m, ref mapping.PageTree, index, PagecacheTag.Dirty);
        if (page.Writeback is not null)
            RadixTree.TagSet(m, ref mapping.PageTree, index, PagecacheTag.Writeback);
    }

    private void TakeOver(int item, MappingId id, ulong index, int frame)
    {
        ref AddressSpace mapping = ref m.Mappings[id.Value];
        int row = RadixTree.LookupSlot(m, mapping.PageTree, index);
        if (!s.Illegal)
        {
            bool swapper = id == MappingId.Swapper;
            throw Contradiction($"$.pages[{item}].{(swapper ? "swapCache" : "index")}",
                $"{(swapper ? $"slot {index}" : $"{index} of file {id.Value - 1}")}, which page {m.Slots[row] - 1} has already", "another one");
        }
        doubleClaims = true;
        m.Slots[row] = frame + 1;
        RadixTree.TagClear(m, ref mapping.PageTree, index, PagecacheTag.Dirty);
        RadixTree.TagClear(m, ref mapping.PageTree, index, PagecacheTag.Writeback);
    }

    private static ScenarioException TooSparse(string place) =>
        Wrong(place,
            $"offsets and addresses so far apart that their trees need more than {ScenarioLimits.NodeSlots} slots",
            "offsets and addresses closer together");

    private void SetRaw(int item, ScenarioPage page, ScenarioRawPage raw, ref Page p)
    {
        p.Count = raw.Count ?? p.Count;
        p.Mapcount = raw.Mapcount ?? p.Mapcount;
        p.Private = raw.Private ?? p.Private;
        if (raw.Mapping is { } mapping)
        {
            CheckRawMapping(item, mapping);
            p.Mapping = mapping.File is { } file ? MappingPtr.File(ScenarioMachine.MappingOf(file))
                : mapping.AnonVma is { } anonVma ? MappingPtr.Anon(new AnonVmaId(anonVma)) : MappingPtr.Null;
        }
        CheckRange(p.Count, 0, ScenarioLimits.RawCount, item, "count");
        CheckRange(p.Mapcount, 0, ScenarioLimits.RawCount, item, "mapcount");
    }

    private static void CheckRange(int value, int least, int most, int item, string name)
    {
        if (value < least || value > most)
            throw Wrong($"$.pages[{item}].{name}", $"{value}", $"a number from {least} to {most}");
    }

    // The counters follow the fields of the pages, raw ones included.
    private void CountPage(in Page p)
    {
        if (p.IsMapped)
            m.Globals.NrMapped++;
        if (p.Has(PageFlags.Writeback))
            m.Globals.NrWriteback++;
        MappingId mapping = p.PageMapping;
        if (p.Has(PageFlags.Dirty) && !mapping.IsNone && m.Mappings[mapping.Value].Has(MappingFlags.AccountsDirty))
            m.Globals.NrDirty++;
    }
}
