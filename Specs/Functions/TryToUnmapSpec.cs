namespace MigrationConformance.Specs;

/// <summary>try_to_unmap(), try_to_unmap_anon(), try_to_unmap_file() and try_to_unmap_one(), condition by condition.</summary>
[TestFixture, KernelFunction("try_to_unmap"), KernelFunction("try_to_unmap_one"), KernelFunction("try_to_unmap_anon"), KernelFunction("try_to_unmap_file")]
[PatchLines(PatchLinesAttribute.Rmap, 545, 570), PatchLines(PatchLinesAttribute.Rmap, 704, 715), PatchLines(PatchLinesAttribute.Rmap, 732, 746)]
[PatchLines(PatchLinesAttribute.Rmap, 831, 840), PatchLines(PatchLinesAttribute.RmapHeader, 94)]
public sealed class TryToUnmapSpec
{
    private const ulong Start = 0x10000000;

    [Test]
    public void A_page_that_is_not_locked_is_a_BUG() =>
        Unmapping.Of(FilePage(new ScenarioPte()), ignoreRefs: true).But(m => m.Pages[0].Clear(PageFlags.Locked)).HitsBug(BugCheck.TryToUnmapPageNotLocked);

    [Test]
    public void A_file_page_without_mapping_dereferences_NULL() =>
        Unmapping.Of(Given.SwapCachePage(), ignoreRefs: true).HitsBug(BugCheck.TryToUnmapFileNullMapping);

    [Test]
    public void A_mapped_anonymous_page_outside_the_swap_cache_is_a_BUG() =>
        Unmapping.Of(Given.AnonPage().MappedBy(1), ignoreRefs: true).HitsBug(BugCheck.TryToUnmapOneNotSwapCache);

    [TestCase(false)]
    [TestCase(true)]
    public void An_unmapped_page_succeeds_without_a_change(bool anonymous) =>
        Unmapping.Of(new() { Pages = [anonymous ? new() { AnonVma = 0, SwapCache = 1, SwappedBy = 1 } : new() { File = 0 }] }, ignoreRefs: false)
            .Answers(SwapResult.Success);

    [TestCase(false)]
    [TestCase(true)]
    public void An_old_entry_goes_whether_references_are_ignored_or_not(bool ignoreRefs) =>
        Unmapping.Of(FilePage(new ScenarioPte()), ignoreRefs)
            .Answers(SwapResult.Success, "process 0: 10000000 page 0 -> none", "page 0: mapcount 1 -> 0", "page 0: count 3 -> 2",
                "process 0: file_rss 1 -> 0", "process 0: hiwater_rss 0 -> 1", "global: nr_mapped 1 -> 0");

    [Test]
    public void A_young_entry_stays_and_becomes_old_when_references_count() =>
        Unmapping.Of(FilePage(new ScenarioPte { Young = true, Dirty = true }), ignoreRefs: false)
            .Answers(SwapResult.Fail, "process 0: 10000000 page 0 young dirty write -> page 0 dirty write");

    [Test]
    public void A_young_entry_goes_when_references_are_ignored() =>
        Unmapping.Of(FilePage(new ScenarioPte { Young = true }), ignoreRefs: true)
            .Answers(SwapResult.Success, "process 0: 10000000 page 0 young -> none", "page 0: mapcount 1 -> 0", "page 0: count 3 -> 2",
                "process 0: file_rss 1 -> 0", "process 0: hiwater_rss 0 -> 1", "global: nr_mapped 1 -> 0");

    [Test]
    public void A_young_entry_goes_at_the_second_call_when_references_count()
    {
        Unmapping call = Unmapping.Of(FilePage(new ScenarioPte { Young = true }), ignoreRefs: false);

        Assert.That((call.Result(), call.Result()), Is.EqualTo((SwapResult.Fail, SwapResult.Success)));
    }

    [TestCase(false)]
    [TestCase(true)]
    public void An_entry_of_a_locked_VMA_stays_and_stays_young(bool ignoreRefs) =>
        Unmapping.Of(InVmas([VmFlags.Locked], new ScenarioPte { Young = true }), ignoreRefs).Answers(SwapResult.Fail);

    [Test]
    public void A_dirty_entry_makes_the_page_dirty_with_tag_counter_and_inode() =>
        Unmapping.Of(FilePage(new ScenarioPte { Dirty = true }), ignoreRefs: true)
            .Answers(SwapResult.Success, "process 0: 10000000 page 0 dirty write -> none", "page 0: mapcount 1 -> 0", "page 0: count 3 -> 2",
                "process 0: file_rss 1 -> 0", "process 0: hiwater_rss 0 -> 1", "global: nr_mapped 1 -> 0", "page 0: +PG_dirty",
                "file 0: +[0] DIRTY", "global: nr_dirty 0 -> 1", "file 0: flags AccountsDirty -> AccountsDirty, InodeDirty");

    [Test]
    public void A_dirty_entry_makes_the_buffers_dirty_too()
    {
        Unmapping call = Unmapping.Of(new() { Pages = [new() { File = 0, Ptes = [new() { Dirty = true }], Buffers = [new(), new()] }] }, ignoreRefs: true);

        Assert.That(call.Result(), Is.EqualTo(SwapResult.Success));
        Assert.That(call.Machine.Buffers.Rows.ToArray().Select(bh => bh.State & BufferFlags.Dirty), Is.All.EqualTo(BufferFlags.Dirty));
    }

    [Test]
    public void All_VMAs_are_visited_and_each_process_counts_for_itself()
    {
        Unmapping call = Unmapping.Of(InVmas([VmFlags.None, VmFlags.None, VmFlags.None], new ScenarioPte()), ignoreRefs: false);

        Assert.That(call.Result(), Is.EqualTo(SwapResult.Success));
        Assert.That(call.Machine.Mms.Rows.ToArray().Select(mm => (mm.FileRss, mm.HiwaterRss)), Is.All.EqualTo((0, 1)));
    }

    [TestCase(0, 3)]
    [TestCase(1, 2)]
    [TestCase(2, 1)]
    public void A_locked_VMA_ends_the_walk_and_those_before_it_stay_unmapped(int locked, int left)
    {
        VmFlags[] flags = [.. Enumerable.Range(0, 3).Select(vma => vma == locked ? VmFlags.Locked : VmFlags.None)];
        Unmapping call = Unmapping.Of(InVmas(flags, new ScenarioPte()), ignoreRefs: true);

        Assert.That((call.Result(), call.Page.Mapcount), Is.EqualTo((SwapResult.Fail, left)));
        Assert.That(Enumerable.Range(0, 3).Select(process => call.Entry(process, Start).IsPresent), Is.EqualTo(Enumerable.Range(0, 3).Select(vma => vma >= locked)));
    }

    [Test]
    public void The_walk_ends_as_soon_as_no_mapping_is_left()
    {
        // A second entry that the mapcount does not know of: the walk does not come to it.
        Unmapping call = Unmapping.Of(InVmas([VmFlags.None, VmFlags.None], new ScenarioPte()), ignoreRefs: true)
            .But(m => m.Pages[0].Mapcount = 1);

        Assert.That(call.Result(), Is.EqualTo(SwapResult.Success));
        Assert.That(call.Entry(1, Start).IsPresent, Is.True);
    }

    [Test]
    public void A_mapping_that_no_VMA_of_the_file_shows_is_missed() =>
        Unmapping.Of(Given.FilePage(), ignoreRefs: true)
            .But(m => m.Pages[0].Mapcount = 1)
            .Answers(SwapResult.Again);

    [Test]
    public void A_VMA_that_does_not_cover_the_page_is_passed_over()
    {
        Unmapping call = Unmapping.Of(new()
        {
            Vmas = [new() { Process = 0, Start = Start, Pages = 7, File = 0 }, new() { Process = 1, Start = Start, Pages = 8, File = 0 }],
            Pages = [new() { File = 0, Index = 7, Ptes = [new() { Vma = 1 }] }],
        }, ignoreRefs: true);

        Assert.That(call.Result(), Is.EqualTo(SwapResult.Success));
    }

    [Test]
    public void An_address_that_maps_another_page_by_now_is_passed_over()
    {
        // A private write replaced the file page in process 0 by an anonymous one.
        Unmapping call = Unmapping.Of(new()
        {
            Vmas = [new() { Process = 0, Start = Start, Pages = 1, File = 0, AnonVma = 0 }, new() { Process = 1, Start = Start, Pages = 1, File = 0 }],
            Pages = [new() { File = 0, Ptes = [new() { Vma = 1 }] }, new() { AnonVma = 0, Ptes = [new() { Vma = 0 }], List = PagePlace.Lru }],
            From = [0],
        }, ignoreRefs: true);

        Assert.That(call.Result(), Is.EqualTo(SwapResult.Success));
        Assert.That(call.Entry(0, Start).Page, Is.EqualTo(new Pfn(1)));
    }

    [Test]
    public void An_anonymous_entry_becomes_a_swap_entry_and_its_slot_gets_one_user_more() =>
        Unmapping.Of(AnonPage(2), ignoreRefs: true)
            .Answers(SwapResult.Success, "process 0: 10005000 page 0 -> slot 9", "process 1: 10005000 page 0 -> slot 9", "slot 9: swap_map 1 -> 3",
                "page 0: mapcount 2 -> 0", "page 0: count 4 -> 2", "process 0: anon_rss 1 -> 0", "process 1: anon_rss 1 -> 0",
                "process 0: hiwater_rss 0 -> 1", "process 1: hiwater_rss 0 -> 1", "global: nr_mapped 1 -> 0",
                "global: mmlist_head -1 -> 1", "process 0: mmlist_next -2 -> -1", "process 1: mmlist_next -2 -> 0");

    [Test]
    public void An_mm_that_is_on_the_mmlist_already_stays_where_it_is()
    {
        Unmapping call = Unmapping.Of(AnonPage(2) with { Processes = [new() { OnMmlist = true }, new() { OnMmlist = true }] }, ignoreRefs: true);
        int head = call.Machine.Globals.MmlistHead;

        Assert.That(call.Result(), Is.EqualTo(SwapResult.Success));
        Assert.That(call.Machine.Globals.MmlistHead, Is.EqualTo(head));
    }

    [Test]
    public void A_young_anonymous_entry_of_the_second_VMA_stays_when_references_count()
    {
        Unmapping call = Unmapping.Of(Given.AnonPage().InSwapCache(9).WithPte().WithPte(young: true), ignoreRefs: false);

        Assert.That((call.Result(), call.Page.Mapcount, call.Machine.SwapMap[9]), Is.EqualTo((SwapResult.Fail, 1, (ushort)2)));
        Assert.That((call.Entry(0, Start).IsSwap, call.Entry(1, Start).IsPresent, call.Entry(1, Start).IsYoung), Is.EqualTo((true, true, false)));
    }

    [Test]
    public void A_dirty_anonymous_entry_dirties_the_page_and_tags_swapper_space()
    {
        Unmapping call = Unmapping.Of(Given.AnonPage().InSwapCache(9).WithPte(dirty: true), ignoreRefs: true);

        Assert.That(call.Result(), Is.EqualTo(SwapResult.Success));
        Assert.That(call.Page.Has(PageFlags.Dirty), Is.True);
        Assert.That(RadixTree.TagGet(call.Machine, call.Machine.Mappings[0].PageTree, 9, PagecacheTag.Dirty), Is.True);
        Assert.That(call.Machine.Globals.NrDirty, Is.EqualTo(0), "swapper_space does not account dirty pages");
    }

    [TestCase(0, 1)]
    [TestCase(1, 1)]
    [TestCase(7, 7)]
    public void Hiwater_rss_is_raised_to_the_rss_before_the_drop_and_never_lowered(int before, int after)
    {
        Unmapping call = Unmapping.Of(FilePage(new ScenarioPte()) with { Processes = [new() { HiwaterRss = before }] }, ignoreRefs: true);

        Assert.That(call.Result(), Is.EqualTo(SwapResult.Success));
        Assert.That(call.Machine.Mms[0].HiwaterRss, Is.EqualTo(after));
    }

    [TestCase(false)]
    [TestCase(true)]
    public void The_walks_lock_is_free_afterwards(bool fails)
    {
        Unmapping file = Unmapping.Of(InVmas([VmFlags.None, fails ? VmFlags.Locked : VmFlags.None], new ScenarioPte()), ignoreRefs: true);
        Unmapping anon = Unmapping.Of(AnonPage(2), ignoreRefs: true);

        Assert.That((file.Result(), anon.Result()), Is.EqualTo((fails ? SwapResult.Fail : SwapResult.Success, SwapResult.Success)));
        Assert.That((file.Machine.Mappings[1].ImmapLock, anon.Machine.AnonVmas[0].Lock), Is.EqualTo((0, 0)));
    }

    private static Scenario FilePage(params ScenarioPte[] ptes) => new() { Pages = [new() { File = 0, Ptes = [.. ptes] }] };

    private static Scenario AnonPage(int mappedBy) => Given.AnonPage(index: 5).InSwapCache(9).MappedBy(mappedBy);

    private static Scenario InVmas(VmFlags[] flags, ScenarioPte each) => new()
    {
        Vmas = [.. flags.Select((flag, process) => new ScenarioVma { Process = process, Start = Start, Pages = 1, File = 0, Flags = VmFlags.Read | flag })],
        Pages = [new() { File = 0, Ptes = [.. flags.Select(_ => each)] }],
    };
}
