using MigrationConformance.Core;

namespace MigrationConformance.Scenarios;

/// <summary>What is left out is computed: the machine is consistent, and holds what the scenario says.</summary>
[TestFixture]
public sealed class BuiltMachine
{
    [Test]
    public void The_shortest_scenario_is_a_clean_mapped_page_with_one_new_page()
    {
        ScenarioMachine built = Sentence.Build("""{ "pages": [ { "file": 0, "index": 7, "mappedBy": 1 } ] }""");

        Machine m = built.Machine;
        Page page = m.Pages[0];
        Assert.That((page.Count, page.Mapcount, page.Flags, page.Index, page.Contents), Is.EqualTo((3, 1, PageFlags.Uptodate, new Pgoff(7), 1UL)));
        Assert.That(page.Mapping, Is.EqualTo(MappingPtr.File(new MappingId(1))));
        Assert.That(PageTables.Get(m, new MmId(0), 0x10007000), Is.EqualTo(Pte.Present(new Pfn(0), write: false, dirty: false, young: false)));
        Assert.That((m.Pages[1].Count, m.Pages[1].Flags, m.Pages[1].Contents), Is.EqualTo((1, PageFlags.None, 2UL)));
        Assert.That(On(m, built.From), Is.EqualTo(new[] { 0 }));
        Assert.That(On(m, built.To), Is.EqualTo(new[] { 1 }));
        Assert.That(m.Mappings[1].SizePages, Is.EqualTo(8));
        Assert.That((m.Blocks.Count, m.Blocks[0].Mapping, m.Blocks[0].Index, m.Blocks[0].Contents), Is.EqualTo((1, 1L, 7UL, 1UL)));
        Assert.That((m.Mms[0].FileRss, m.Mms[0].AnonRss, m.Globals.NrMapped, m.Globals.NrPagecache), Is.EqualTo((1, 0, 1, 1)));
    }

    // Each row adds one holder to a page.
    [TestCase("'file':0", 1)]
    [TestCase("'anonVma':0", 0)]
    [TestCase("'anonVma':0,'swapCache':3", 1)]
    [TestCase("'swapCache':3", 1)]
    [TestCase("'file':0,'mappedBy':3", 4)]
    [TestCase("'file':0,'buffers':4", 2)]
    [TestCase("'file':0,'references':[0,'never']", 3)]
    [TestCase("'anonVma':0,'swapCache':3,'mappedBy':2,'swapPtes':5", 3)]
    [TestCase("'references':[1]", 1)]
    public void The_count_is_the_number_of_holders(string members, int holders)
    {
        string page = members.Replace('\'', '"');

        Assert.That(Count($$"""{"pages":[{{{page}},"list":"isolated"}]}"""), Is.EqualTo(holders + 1));
        Assert.That(Count($$"""{"from":[],"pages":[{{{page}},"list":"none"}]}"""), Is.EqualTo(holders));
        Assert.That(Count($$"""{"pages":[{{{page}},"list":"lruAdd"}]}"""), Is.EqualTo(holders + 1));
        Assert.That(holders == 0 || Count($$"""{"pages":[{{{page}},"list":"lru"}]}""") == holders, Is.True);
    }

    [Test]
    public void A_default_list_follows_from_and_owner()
    {
        Assert.That(Places("""{"pages":[{"file":0},{}]}"""), Is.EqualTo("from from"));
        Assert.That(Places("""{"from":[1],"pages":[{"file":0},{"file":0,"index":1},{}]}"""), Is.EqualTo("inactive from -"));
        Assert.That(Places("""{"from":[],"pages":[{"file":0,"list":"isolated"},{"anonVma":0,"mappedBy":1,"flags":["active"]},{"swapCache":1}]}"""),
            Is.EqualTo("others active inactive"));
    }

    [Test]
    public void Lists_and_pagevecs_are_in_page_order()
    {
        ScenarioMachine built = Sentence.Build("""
            {"cpus":2,"zones":2,"from":[4,3],"to":[9,8],"pages":[
              {"file":0,"index":0},{"file":0,"index":1,"flags":["active"]},{"file":0,"index":2},{"file":0,"index":3},{"file":0,"index":4},
              {"file":0,"index":5,"list":"lruAdd","cpu":1},{"file":0,"index":6,"list":"lruAddActive","cpu":1},{"file":0,"index":7,"list":"lruAdd","cpu":1},
              {"list":"new"},{"list":"new"},{"file":0,"index":8,"zone":1},{"file":0,"index":9,"list":"isolated"}]}
            """);

        Machine m = built.Machine;
        Assert.That(On(m, m.Zones[0].InactiveList), Is.EqualTo(new[] { 0, 2 }));
        Assert.That(On(m, m.Zones[0].ActiveList), Is.EqualTo(new[] { 1 }));
        Assert.That(On(m, m.Zones[1].InactiveList), Is.EqualTo(new[] { 10 }));
        Assert.That(On(m, built.From), Is.EqualTo(new[] { 4, 3 }));
        Assert.That(On(m, built.To), Is.EqualTo(new[] { 9, 8 }));
        Assert.That(On(m, built.Others), Is.EqualTo(new[] { 11 }));
        Assert.That(m.Pagevecs[1].LruAdd.Pages[..m.Pagevecs[1].LruAdd.Nr].ToArray(), Is.EqualTo(new[] { 5, 7 }));
        Assert.That(m.Pagevecs[1].LruAddActive.Pages[..1].ToArray(), Is.EqualTo(new[] { 6 }));
        Assert.That((m.Zones[0].NrActive, m.Zones[0].NrInactive, m.Zones[1].NrInactive), Is.EqualTo((1, 2, 1)));
        Assert.That(m.Pages[0].Has(PageFlags.Lru) && !m.Pages[5].Has(PageFlags.Lru) && !m.Pages[11].Has(PageFlags.Lru), Is.True);
    }

    [Test]
    public void Pages_that_the_run_isolates_are_where_they_would_be_without_it()
    {
        ScenarioMachine built = Sentence.Build("""{"before":["isolate"],"pages":[{"file":0},{},{"file":0,"index":1,"list":"lruAdd"},{"file":0,"index":2,"list":"isolated"}]}""");

        Assert.That(built.FromPages.Select(page => page.Value), Is.EqualTo(new[] { 0, 2 }));
        Assert.That(On(built.Machine, built.From), Is.Empty);
        Assert.That(On(built.Machine, built.To), Is.EqualTo(new[] { 4, 5 }));
        Assert.That(On(built.Machine, built.Machine.Zones[0].InactiveList), Is.EqualTo(new[] { 0 }));
        Assert.That(On(built.Machine, built.Others), Is.EqualTo(new[] { 3 }));
    }

    [Test]
    public void VMAs_are_made_for_every_process_file_and_anon_vma()
    {
        Machine m = Sentence.Build("""{"pages":[{"anonVma":1,"index":5,"mappedBy":2},{"file":0,"index":"0x10000"},{"file":2,"index":3}]}""").Machine;

        IEnumerable<string> made = m.Vmas.Rows.ToArray().Select(vma =>
            $"{vma.Mm.Value} {vma.File.Value} {vma.AnonVma.Value} {vma.Start:x} {vma.End:x} {vma.Pgoff.Value}");
        Assert.That(made, Is.EqualTo(new[]
        {
            "0 1 -1 10000000 20001000 0", "0 3 -1 20001000 20005000 0", "0 -1 1 30000000 30006000 0",
            "1 1 -1 10000000 20001000 0", "1 3 -1 20001000 20005000 0", "1 -1 1 30000000 30006000 0",
        }));
        Assert.That((m.Mappings.Count, m.AnonVmas.Count, m.Mms.Count), Is.EqualTo((4, 2, 2)));
        Assert.That((m.Mappings[1].Immap, m.Vmas[0].SharedNext, m.Vmas[3].SharedNext), Is.EqualTo((0, 3, -1)));
        Assert.That((m.AnonVmas[1].Head, m.Vmas[2].AnonNext, m.Vmas[5].AnonNext), Is.EqualTo((2, 5, -1)));
    }

    [Test]
    public void Entries_take_the_VMAs_that_cover_the_page_in_order()
    {
        Machine m = Sentence.Build("""
            {"vmas":[{"process":0,"start":4096,"pages":4,"anonVma":0},{"process":1,"start":8192,"pages":9,"anonVma":0,"pgoff":4},
                     {"process":1,"start":"0x40000","pages":4,"anonVma":0,"pgoff":3},{"process":2,"start":0,"pages":9,"anonVma":0}],
             "pages":[{"anonVma":0,"index":3,"swapCache":5,"ptes":[{"young":true},{"vma":2},{"dirty":true}]},
                      {"anonVma":0,"index":5,"swapCache":6,"mappedBy":1,"swapPtes":2}]}
            """).Machine;

        Assert.That(Entries(m), Is.EqualTo(new[]
        {
            "0: 4000 page 0 young", "1: 3000 page 1", "1: 40000 page 0", "1: 42000 slot 6", "2: 3000 page 0 dirty", "2: 5000 slot 6",
        }));
        Assert.That(m.Mms.Rows.ToArray().Select(mm => mm.AnonRss), Is.EqualTo(new[] { 1, 2, 1 }));
        Assert.That(m.SwapMap[6], Is.EqualTo(3));
        Assert.That((m.Globals.MmlistHead, m.Mms[1].MmlistNext, m.Mms[2].MmlistNext, m.Mms[0].MmlistNext), Is.EqualTo((1, 2, -1, Mm.NotOnMmlist)));
    }

    [Test]
    public void Entries_of_many_VMAs_are_those_of_a_search_through_all_of_them()
    {
        var random = new Random(7);
        ScenarioVma[] vmas = [.. Enumerable.Range(0, 300).Select(i => new ScenarioVma
        {
            Process = i,
            Start = 0x1000,
            Pages = (ulong)random.Next(1, 40),
            Pgoff = (ulong)random.Next(100),
            File = i % 7 == 0 ? 1 : 0,
        })];
        ScenarioPage[] pages = [.. Enumerable.Range(0, 120).Select(i =>
        {
            ulong index = (ulong)(i * 37 % 120);
            int covering = vmas.Count(vma => vma.File == 0 && index >= vma.Pgoff && index - vma.Pgoff < vma.Pages);
            return new ScenarioPage { File = 0, Index = index, MappedBy = random.Next(covering + 1) };
        })];

        Machine m = ScenarioBuilder.Build(new Scenario { Vmas = [.. vmas], Pages = [.. pages] }).Machine;

        for (int page = 0; page < pages.Length; page++)
        {
            ulong index = pages[page].Index;
            IEnumerable<int> expected = Enumerable.Range(0, vmas.Length)
                .Where(i => vmas[i].File == 0 && index >= vmas[i].Pgoff && index - vmas[i].Pgoff < vmas[i].Pages).Take(pages[page].MappedBy);
            IEnumerable<int> mapped = Enumerable.Range(0, vmas.Length)
                .Where(i => PageTables.Entries(m, new MmId(i)).Any(entry => entry.Pte.Page.Value == page));
            Assert.That(mapped, Is.EqualTo(expected), $"page {page} at {index}");
        }
    }

    [Test]
    public void Repeat_counts_up_index_slot_contents_and_addresses()
    {
        Machine m = Sentence.Build("""
            {"vmas":[{"process":0,"start":4096,"pages":9,"anonVma":0}],
             "pages":[{},{"repeat":3,"anonVma":0,"index":2,"swapCache":4,"contents":"0xfffffffffffffffe","ptes":[{"vma":0,"address":"0x3000"}]}]}
            """).Machine;

        Page[] pages = m.Pages.Rows[1..4].ToArray();
        Assert.That(pages.Select(page => page.Index.Value), Is.EqualTo(new[] { 2, 3, 4 }));
        Assert.That(pages.Select(page => page.Private), Is.EqualTo(new[] { 4, 5, 6 }));
        Assert.That(pages.Select(page => page.Contents), Is.EqualTo(new[] { ulong.MaxValue - 1, ulong.MaxValue, 0UL }));
        Assert.That(Entries(m), Is.EqualTo(new[] { "0: 3000 page 1", "0: 4000 page 2", "0: 5000 page 3" }));
        Assert.That(m.SwapMap.Count - 1, Is.EqualTo(6 + 4), "the highest slot and the frames of pages");
    }

    [Test]
    public void Tags_follow_the_flags_but_in_swapper_space_DIRTY_does_not()
    {
        Machine m = Sentence.Build("""
            {"pages":[{"file":0,"index":0,"flags":["dirty"]},{"file":0,"index":1,"writeback":"never"},{"file":0,"index":2,"dirtyTag":true},
                      {"file":0,"index":3,"flags":["dirty"],"dirtyTag":false},
                      {"swapCache":1,"flags":["dirty"],"writeback":0},{"swapCache":2,"dirtyTag":true}]}
            """).Machine;

        Assert.That(Tags(m, 1, 0, 1, 2, 3), Is.EqualTo("D W D ."));
        Assert.That(Tags(m, 0, 1, 2), Is.EqualTo("W D"));
        Assert.That((m.Globals.NrDirty, m.Globals.NrWriteback, m.Globals.NrPagecache), Is.EqualTo((2, 2, 6)));
    }

    [Test]
    public void Swap_counts_every_user_and_hands_out_the_lowest_free_slot()
    {
        Machine m = Sentence.Build("""
            {"swap":{"slots":7,"map":[{"slot":1,"users":3},{"slot":2,"bad":true}],"contents":[{"slot":3,"contents":77},{"slot":7,"contents":5}]},
             "files":[{"kind":"tmpfs","swapped":[{"index":9,"slot":4},{"index":2,"slot":1}]}],
             "vmas":[{"process":0,"start":0,"pages":9,"anonVma":0,"entries":[{"address":0,"slot":4}]}],
             "pages":[{"swapCache":3,"contents":8},{"anonVma":0,"swapCache":1,"contents":9},{"swapCache":6,"flags":["dirty"]}]}
            """).Machine;

        Assert.That(m.SwapMap.Rows.ToArray(), Is.EqualTo(new ushort[] { SwapArea.MapBad, 5, SwapArea.MapBad, 1, 2, 0, 1, 0 }));
        Assert.That(m.SwapContents.Rows.ToArray(), Is.EqualTo(new ulong[] { 0, 9, 0, 77, 0, 0, 0, 5 }));
        Assert.That((m.Swap.NrSwapPages, m.Swap.LowestFree), Is.EqualTo((2, 5)));
        Assert.That(m.ShmemSwap.Rows.ToArray().Select(row => (row.Index, row.Entry.Value)), Is.EqualTo(new[] { (2UL, 1UL), (9UL, 4UL) }));
        Assert.That(m.Mappings[1].Has(MappingFlags.OnShmemSwaplist), Is.True);
        Assert.That(m.Mappings[1].SizePages, Is.EqualTo(10));
    }

    [Test]
    public void A_slot_sticks_at_the_largest_count()
    {
        Machine m = Sentence.Build("""{"swap":{"map":[{"slot":1,"users":32767}]},"pages":[{"anonVma":0,"swapCache":1,"swapPtes":2}]}""").Machine;

        Assert.That(m.SwapMap[1], Is.EqualTo(SwapArea.MapMax));
    }

    [Test]
    public void Blocks_are_given_or_those_of_clean_pages()
    {
        Machine m = Sentence.Build("""
            {"files":[{"blocks":[{"index":9,"contents":4},{"index":1,"contents":0},{"index":0,"contents":6}]},{},{"kind":"tmpfs"}],
             "pages":[{"file":1,"index":5},{"file":0,"index":1},{"file":0,"index":4},{"file":0,"index":3,"flags":["uptodate","dirty"]},
                      {"file":0,"index":2,"flags":[]},{"file":2},{"file":0,"index":6,"contents":0},{"file":0,"index":9}]}
            """).Machine;

        Assert.That(m.Blocks.Rows.ToArray().Select(block => (block.Mapping, block.Index, block.Contents)),
            Is.EqualTo(new[] { (1L, 0UL, 6UL), (1L, 4UL, 3UL), (1L, 9UL, 4UL), (2L, 5UL, 1UL) }));
    }

    [Test]
    public void Holds_are_one_row_each_and_chained_by_page()
    {
        Machine m = Sentence.Build("""
            {"pages":[{"file":0,"references":[3,"never"],"locked":"waited","writeback":{"until":2,"fails":true,"contents":99},
                       "buffers":[{"users":[1],"locked":4,"dirty":true},{"uptodate":false}]},{"file":1,"writeback":5}]}
            """).Machine;

        Assert.That(m.Holds.Rows.ToArray().Select(hold => $"{hold.Kind} {hold.Page.Value} {hold.Buffer.Value} {hold.Until} {hold.Contents} {hold.Fails} {hold.Next}"),
            Is.EqualTo(new[]
            {
                "PageLock 0 -1 1000 0 0 1", "Reference 0 -1 3 0 0 2", "Reference 0 -1 1001 0 0 3", "Writeback 0 -1 2 99 1 4",
                "BufferCount 0 0 1 0 0 5", "BufferLock 0 0 4 0 0 -1", "Writeback 1 -1 5 2 0 -1",
            }));
        Assert.That(m.Pages[0].Flags, Is.EqualTo(PageFlags.Uptodate | PageFlags.Locked | PageFlags.Writeback | PageFlags.Private));
        Assert.That(m.Pages[0].FirstBuffer, Is.EqualTo(new BhId(0)));
        Assert.That(m.Buffers.Rows.ToArray().Select(buffer => $"{buffer.ThisPage.Value} {buffer.Count} {buffer.State}"),
            Is.EqualTo(new[] { "1 1 Uptodate, Dirty, Lock, Mapped", "0 0 Mapped" }));
    }

    [Test]
    public void Holds_are_those_that_the_engine_itself_would_note()
    {
        Machine built = Sentence.Build("""{"pages":[{"file":0,"references":[3,"never",0]},{"file":1,"locked":1,"references":[2]}]}""").Machine;
        var noted = new Machine(built);
        Hold[] holds = built.Holds.Rows.ToArray();
        noted.Holds.Count = 0;
        noted.Globals.HoldHint = 0;
        noted.Globals.HoldsOfPage = default;

        foreach (Hold hold in holds)
            Others.Add(noted, hold);

        Assert.That(noted.Holds.Rows.ToArray(), Is.EqualTo(holds));
        Assert.That(noted.Globals.HoldHint, Is.EqualTo(built.Globals.HoldHint));
    }

    [Test]
    public void Files_have_the_methods_and_the_accounting_of_their_kind()
    {
        Machine m = Sentence.Build("""
            {"files":[{},{"kind":"tmpfs","segmentLocked":true},{"writepage":"absent","releasepage":"refuses","setPageDirty":"nobuffers","accountsDirty":false,
                      "completes":3,"size":44,"flags":["enospc","inodeDirty"],"truncateCount":2}]}
            """).Machine;

        Assert.That(m.Mappings[1].Flags, Is.EqualTo(MappingFlags.AccountsDirty));
        Assert.That(m.Mappings[2].Flags, Is.EqualTo(MappingFlags.SetPageDirtyNobuffers | MappingFlags.SegmentLocked));
        AddressSpace file = m.Mappings[3];
        Assert.That(file.Flags, Is.EqualTo(MappingFlags.SetPageDirtyNobuffers | MappingFlags.AsEnospc | MappingFlags.InodeDirty));
        Assert.That((file.Writepage, file.Releasepage, file.WritesComplete, file.SizePages, file.TruncateCount),
            Is.EqualTo((WritepageMode.Absent, ReleasepageMode.Refuses, 3, 44UL, 2)));
    }

    [Test]
    public void Locks_of_others_are_held()
    {
        Machine m = Sentence.Build("""
            {"files":[{}],"processes":[{}],"locks":[{"lock":"tree","file":"swapper"},{"lock":"tree","file":0},{"lock":"immap","file":0},{"lock":"private","file":0},
             {"lock":"anonVma","anonVma":1},{"lock":"pageTable","process":0},{"lock":"mmapSem","process":0},{"lock":"lru","zone":0},{"lock":"swap"},{"lock":"mmlist"}]}
            """).Machine;

        const int held = Machine.LockedByOthers;
        Assert.That((m.Mappings[0].TreeLock, m.Mappings[1].TreeLock, m.Mappings[1].ImmapLock, m.Mappings[1].PrivateLock), Is.EqualTo((held, held, held, held)));
        Assert.That((m.AnonVmas[0].Lock, m.AnonVmas[1].Lock, m.Mms[0].PageTableLock, m.Mms[0].MmapSem), Is.EqualTo((0, held, held, -held)));
        Assert.That((m.Zones[0].LruLock, m.Globals.SwapLock, m.Globals.MmlistLock), Is.EqualTo((held, held, held)));
    }

    [Test]
    public void An_illegal_machine_is_what_it_says()
    {
        Machine m = Sentence.Build("""
            {"illegal":true,"pages":[{"file":0,"index":7,"flags":["dirty"]},{"file":0,"index":7,"count":9,"mapcount":4,"mapping":{"anonVma":1},"private":6},
             {"anonVma":0,"ptes":[{"vma":0,"address":"0x10000000"}]},{"anonVma":0,"ptes":[{"vma":0,"address":"0x10000000"}]}]}
            """).Machine;

        Assert.That(RadixTree.Lookup(m, m.Mappings[1].PageTree, 7), Is.EqualTo(1), "the last claim wins");
        Assert.That(RadixTree.TagGet(m, m.Mappings[1].PageTree, 7, PagecacheTag.Dirty), Is.False);
        Assert.That((m.Mappings[1].Nrpages, m.Globals.NrPagecache, m.Pages[0].Count), Is.EqualTo((1, 1, 2)));
        Assert.That((m.Pages[1].Count, m.Pages[1].Mapcount, m.Pages[1].Private, m.Pages[1].Mapping), Is.EqualTo((9, 4, 6UL, MappingPtr.Anon(new AnonVmaId(1)))));
        Assert.That(Entries(m), Is.EqualTo(new[] { "0: 10000000 page 3" }));
        Assert.That((m.Mms[0].AnonRss, m.Pages[2].Mapcount, m.Pages[3].Mapcount), Is.EqualTo((1, 1, 1)));
    }

    [Test]
    public void A_million_VMAs_of_one_file_take_no_million_looks_each()
    {
        const int many = 200_000;
        ScenarioVma[] vmas = [.. Enumerable.Range(0, many).Select(i =>
        {
            ulong page = (ulong)((long)i * 77_777 % many);
            return new ScenarioVma { Process = 0, Start = page << 12, Pages = 1, File = 0, Pgoff = page };
        })];
        ScenarioPage[] pages = [.. Enumerable.Range(0, many).Select(i => new ScenarioPage { File = 0, Index = (ulong)i, MappedBy = 1 })];
        var watch = System.Diagnostics.Stopwatch.StartNew();

        Machine m = ScenarioBuilder.Build(new Scenario { Vmas = [.. vmas], Pages = [.. pages] }).Machine;

        // A look at each VMA for each page would take minutes.
        Assert.That(watch.Elapsed, Is.LessThan(TimeSpan.FromSeconds(20)));
        Assert.That(m.Mms[0].FileRss, Is.EqualTo(many));
    }

    private static int Count(string text) => Sentence.Build(text).Machine.Pages[0].Count;

    private static IEnumerable<int> On(Machine m, ListId list) => PageList.Walk(m, list).Select(page => page.Value);

    private static string Places(string text)
    {
        ScenarioMachine built = Sentence.Build(text);
        Machine m = built.Machine;
        (string Name, ListId List)[] lists =
            [("from", built.From), ("others", built.Others), ("active", m.Zones[0].ActiveList), ("inactive", m.Zones[0].InactiveList)];
        int frames = built.Scenario.Pages.Count;
        return string.Join(' ', Enumerable.Range(0, frames).Select(page => lists.FirstOrDefault(list => On(m, list.List).Contains(page)).Name ?? "-"));
    }

    private static IEnumerable<string> Entries(Machine m) =>
        from mm in Enumerable.Range(0, m.Mms.Count)
        from entry in PageTables.Entries(m, new MmId(mm))
        select $"{mm}: {entry.Address:x} {(entry.Pte.IsSwap ? entry.Pte.SwapEntry : entry.Pte.Page)}{(entry.Pte.IsYoung ? " young" : "")}{(entry.Pte.IsDirty ? " dirty" : "")}";

    private static string Tags(Machine m, int mapping, params ulong[] indexes) => string.Join(' ', indexes.Select(index =>
        RadixTree.TagGet(m, m.Mappings[mapping].PageTree, index, PagecacheTag.Dirty) ? "D"
        : RadixTree.TagGet(m, m.Mappings[mapping].PageTree, index, PagecacheTag.Writeback) ? "W" : "."));
}
