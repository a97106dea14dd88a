namespace MigrationConformance.Specs;

/// <summary>The LRU lists, the pagevecs in front of them, and vmscan's own isolation.</summary>
[TestFixture]
public sealed class LruSpec
{
    [Test, KernelFunction("add_page_to_active_list"), KernelFunction("add_page_to_inactive_list"), KernelFunction("del_page_from_active_list"), KernelFunction("del_page_from_inactive_list")]
    public void Pages_are_added_at_the_head_and_each_list_has_its_counter()
    {
        Machine m = Build(3);
        Lru.AddPageToActiveList(m, new Pfn(0));
        Lru.AddPageToActiveList(m, new Pfn(1));
        Lru.AddPageToInactiveList(m, new Pfn(2));

        Assert.That(PageList.Walk(m, m.Zones[0].ActiveList), Is.EqualTo(new[] { new Pfn(1), new Pfn(0) }));
        Assert.That((m.Zones[0].NrActive, m.Zones[0].NrInactive), Is.EqualTo((2, 1)));
        Lru.DelPageFromActiveList(m, new Pfn(0));
        Lru.DelPageFromInactiveList(m, new Pfn(2));
        Assert.That((m.Zones[0].NrActive, m.Zones[0].NrInactive), Is.EqualTo((1, 0)));
    }

    [Test]
    public void Each_zone_has_lists_of_its_own()
    {
        Machine m = ScenarioBuilder.Build(new() { Zones = 2, Pages = [new() { File = 0, List = PagePlace.Lru }, new() { File = 0, Index = 1, Zone = 1, List = PagePlace.Lru }] }).Machine;

        Assert.That((m.Zones[0].NrInactive, m.Zones[1].NrInactive), Is.EqualTo((1, 1)));
        Assert.That(PageList.First(m, m.Zones[1].InactiveList), Is.EqualTo(new Pfn(1)));
    }

    [TestCase(true)]
    [TestCase(false)]
    [KernelFunction("del_page_from_lru")]
    public void A_page_leaves_the_list_that_PG_active_names_and_loses_PG_active(bool active)
    {
        Machine m = ScenarioBuilder.Build(new() { Pages = [new() { File = 0, List = PagePlace.Lru, Flags = active ? PageFlags.Active : PageFlags.None }] }).Machine;

        Lru.DelPageFromLru(m, new Pfn(0));

        Assert.That((m.Zones[0].NrActive, m.Zones[0].NrInactive, m.Pages[0].Has(PageFlags.Active)), Is.EqualTo((0, 0, false)));
    }

    [TestCase(false)]
    [TestCase(true)]
    [KernelFunction("lru_cache_add"), KernelFunction("lru_cache_add_active")]
    public void A_pagevec_holds_one_reference_a_page_until_it_is_drained(bool active)
    {
        Machine m = Build(1);
        if (active)
            Lru.LruCacheAddActive(m, 0, new Pfn(0));
        else
            Lru.LruCacheAdd(m, 0, new Pfn(0));
        Assert.That((m.Pages[0].Count, m.Pages[0].Has(PageFlags.Lru)), Is.EqualTo((2, false)));

        Lru.LruAddDrain(m, 0);

        Assert.That((m.Pages[0].Count, m.Pages[0].Has(PageFlags.Lru), m.Pages[0].Has(PageFlags.Active)), Is.EqualTo((1, true, active)));
        Assert.That((m.Zones[0].NrActive, m.Zones[0].NrInactive), Is.EqualTo(active ? (1, 0) : (0, 1)));
    }

    [TestCase(13, 13, 0)]
    [TestCase(14, 0, 14)]
    [TestCase(15, 1, 14)]
    [KernelFunction("lru_cache_add"), KernelFunction("__pagevec_lru_add")]
    public void A_pagevec_of_fourteen_is_drained_at_once(int pages, int waiting, int listed)
    {
        Machine m = Build(pages);
        for (int pfn = 0; pfn < pages; pfn++)
        {
            Assert.That(Lru.NextAddDrains(m, 0, active: false), Is.EqualTo(pfn % 14 == 13));
            Lru.LruCacheAdd(m, 0, new Pfn(pfn));
        }

        Assert.That(((int)m.Pagevecs[0].LruAdd.Nr, m.Zones[0].NrInactive), Is.EqualTo((waiting, listed)));
    }

    [Test, KernelFunction("__pagevec_lru_add_active")]
    public void The_active_pagevec_is_drained_at_fourteen_too()
    {
        Machine m = Build(14);
        for (int pfn = 0; pfn < 14; pfn++)
        {
            Assert.That(Lru.NextAddDrains(m, 0, active: true), Is.EqualTo(pfn == 13));
            Lru.LruCacheAddActive(m, 0, new Pfn(pfn));
        }

        Assert.That((m.Pagevecs[0].LruAddActive.Nr, m.Zones[0].NrActive), Is.EqualTo((0, 14)));
    }

    [Test, KernelFunction("lru_add_drain")]
    public void Draining_one_CPU_leaves_the_others_alone()
    {
        Machine m = OnTwoCpus();

        Lru.LruAddDrain(m, 0);

        Assert.That((m.Pages[0].Has(PageFlags.Lru), m.Pages[1].Has(PageFlags.Lru)), Is.EqualTo((true, false)));
    }

    [Test, KernelFunction("lru_add_drain_all")]
    public void Draining_all_empties_every_CPUs_pagevecs()
    {
        Machine m = OnTwoCpus();

        Lru.LruAddDrainAll(m);

        Assert.That((m.Pages[0].Has(PageFlags.Lru), m.Pages[1].Has(PageFlags.Lru)), Is.EqualTo((true, true)));
    }

    [Test, KernelFunction("release_pages")]
    public void A_page_whose_last_reference_the_pagevec_held_is_freed_when_it_is_drained()
    {
        Machine m = Build(1);
        Lru.LruCacheAdd(m, 0, new Pfn(0));
        PageRefs.PutPage(m, new Pfn(0));

        Lru.LruAddDrain(m, 0);

        Assert.That((m.Pages[0].Count, m.Pages[0].Has(PageFlags.Lru), m.Zones[0].NrInactive), Is.EqualTo((0, false, 0)));
    }

    [TestCase(false, PageFlags.Lru, BugCheck.PagevecLruAddAlreadyLru)]
    [TestCase(true, PageFlags.Lru, BugCheck.PagevecLruAddActiveAlreadyLru)]
    [TestCase(true, PageFlags.Active, BugCheck.PagevecLruAddActiveAlreadyActive)]
    [KernelFunction("__pagevec_lru_add"), KernelFunction("__pagevec_lru_add_active")]
    public void A_page_that_is_on_the_LRU_already_is_a_BUG(bool active, PageFlags flag, BugCheck check)
    {
        Machine m = Build(1);
        if (active)
            Lru.LruCacheAddActive(m, 0, new Pfn(0));
        else
            Lru.LruCacheAdd(m, 0, new Pfn(0));
        m.Pages[0].Set(flag);

        Bugs.AssertHit(check, () => Lru.LruAddDrain(m, 0));
    }

    [Test, KernelFunction("activate_page")]
    public void Activating_moves_an_inactive_page_to_the_head_of_the_active_list()
    {
        Machine m = ScenarioBuilder.Build(new() { Pages = [new() { File = 0, List = PagePlace.Lru }] }).Machine;
        var before = new Machine(m);

        Lru.ActivatePage(m, new Pfn(0));

        Changes.AssertExactly(before, m, "page 0: +PG_active", "zone 0: active_list empty -> 0", "zone 0: inactive_list 0 -> empty",
            "zone 0: nr_active 0 -> 1", "zone 0: nr_inactive 1 -> 0");
    }

    [TestCase(PagePlace.Isolated, PageFlags.None)]
    [TestCase(PagePlace.Lru, PageFlags.Active)]
    [KernelFunction("activate_page")]
    public void Activating_an_isolated_or_an_active_page_changes_nothing(PagePlace place, PageFlags flags)
    {
        Machine m = ScenarioBuilder.Build(new() { Pages = [new() { File = 0, List = place, Flags = flags }] }).Machine;
        var before = new Machine(m);

        Lru.ActivatePage(m, new Pfn(0));

        Changes.AssertExactly(before, m);
    }

    [TestCase(PagePlace.Lru, PageFlags.None, PageFlags.Referenced)]
    [TestCase(PagePlace.Lru, PageFlags.Referenced, PageFlags.Active)]
    [TestCase(PagePlace.Lru, PageFlags.Active, PageFlags.Active | PageFlags.Referenced)]
    [TestCase(PagePlace.Lru, PageFlags.Active | PageFlags.Referenced, PageFlags.Active | PageFlags.Referenced)]
    [TestCase(PagePlace.Isolated, PageFlags.None, PageFlags.Referenced)]
    [TestCase(PagePlace.Isolated, PageFlags.Referenced, PageFlags.Referenced)]
    [KernelFunction("mark_page_accessed")]
    public void A_use_makes_a_page_referenced_then_active_if_it_is_on_the_LRU(PagePlace place, PageFlags before, PageFlags after)
    {
        Machine m = ScenarioBuilder.Build(new() { Pages = [new() { File = 0, List = place, Flags = before }] }).Machine;

        Lru.MarkPageAccessed(m, new Pfn(0));

        Assert.That(m.Pages[0].Flags & (PageFlags.Active | PageFlags.Referenced), Is.EqualTo(after));
    }

    [Test, KernelFunction("rotate_reclaimable_page")]
    public void Rotation_moves_an_inactive_page_to_the_tail_and_ends_its_writeback()
    {
        Machine m = ScenarioBuilder.Build(new()
        {
            Pages = [new() { File = 0, List = PagePlace.Lru, Writeback = new() { Until = Until.Never } }, new() { File = 0, Index = 1, List = PagePlace.Lru }],
        }).Machine;

        Assert.That(Lru.RotateReclaimablePage(m, new Pfn(0)), Is.EqualTo(0));
        Assert.That(PageList.Last(m, m.Zones[0].InactiveList), Is.EqualTo(new Pfn(0)));
        Assert.That((m.Pages[0].Has(PageFlags.Writeback), m.Zones[0].NrInactive), Is.EqualTo((false, 2)));
    }

    [TestCase(PageFlags.Locked)]
    [TestCase(PageFlags.Dirty)]
    [TestCase(PageFlags.Active)]
    [TestCase(PageFlags.Lru)]
    [KernelFunction("rotate_reclaimable_page")]
    public void Rotation_does_nothing_for_a_locked_dirty_active_or_isolated_page(PageFlags flag)
    {
        Machine m = ScenarioBuilder.Build(new() { Pages = [new() { File = 0, List = PagePlace.Lru, Writeback = new() { Until = Until.Never } }] }).Machine;
        if (flag == PageFlags.Lru)
            m.Pages[0].Clear(flag);
        else
            m.Pages[0].Set(flag);
        var before = new Machine(m);

        Assert.That(Lru.RotateReclaimablePage(m, new Pfn(0)), Is.EqualTo(1));
        Changes.AssertExactly(before, m);
    }

    [Test, KernelFunction("rotate_reclaimable_page")]
    public void Rotation_of_a_page_that_is_not_being_written_is_a_BUG()
    {
        Machine m = ScenarioBuilder.Build(new() { Pages = [new() { File = 0, List = PagePlace.Lru }] }).Machine;

        Bugs.AssertHit(BugCheck.EndPageWritebackNotSet, () => Lru.RotateReclaimablePage(m, new Pfn(0)));
    }

    [TestCase(1, 1)]
    [TestCase(2, 2)]
    [TestCase(9, 3)]
    [KernelFunction("isolate_lru_pages")]
    public void Reclaim_takes_pages_from_the_tail_with_a_reference_each(int scan, int taken)
    {
        Machine m = ScenarioBuilder.Build(new() { Pages = [new() { File = 0, Repeat = 3, List = PagePlace.Lru }] }).Machine;
        ListId mine = m.AddList();

        Assert.That(LruIsolation.IsolateLruPages(m, m.Zones[0].InactiveList, mine, scan), Is.EqualTo(taken));
        Assert.That(PageList.Last(m, mine), Is.EqualTo(new Pfn(2)), "the tail of the LRU came first");
        Assert.That((m.Pages[2].Count, m.Pages[2].Has(PageFlags.Lru)), Is.EqualTo((2, false)));
    }

    [Test, KernelFunction("isolate_lru_pages"), KernelFunction("get_page_testone")]
    public void Reclaim_puts_a_page_that_is_being_freed_back_at_the_head()
    {
        Machine m = ScenarioBuilder.Build(new() { Pages = [new() { File = 0, Repeat = 2, List = PagePlace.Lru }] }).Machine;
        m.Pages[1].Count = 0;
        ListId mine = m.AddList();

        Assert.That(LruIsolation.IsolateLruPages(m, m.Zones[0].InactiveList, mine, 1), Is.EqualTo(0));
        Assert.That(PageList.First(m, m.Zones[0].InactiveList), Is.EqualTo(new Pfn(1)));
        Assert.That((m.Pages[1].Count, m.Pages[1].Has(PageFlags.Lru)), Is.EqualTo((0, true)));
    }

    [Test, KernelFunction("isolate_lru_pages")]
    public void A_page_on_the_list_without_PG_lru_is_a_BUG()
    {
        Machine m = ScenarioBuilder.Build(new() { Pages = [new() { File = 0, List = PagePlace.Lru }] }).Machine;
        m.Pages[0].Clear(PageFlags.Lru);

        Bugs.AssertHit(BugCheck.IsolateLruPagesNotLru, () => LruIsolation.IsolateLruPages(m, m.Zones[0].InactiveList, m.AddList(), 1));
    }

    private static Machine OnTwoCpus() => ScenarioBuilder.Build(new()
    {
        Cpus = 2,
        Pages = [new() { File = 0, List = PagePlace.LruAdd }, new() { File = 0, Index = 1, List = PagePlace.LruAddActive, Cpu = 1 }],
    }).Machine;

    // Frames of count 1 on no list.
    private static Machine Build(int pages) => ScenarioBuilder.Build(new() { Pages = [new() { Repeat = pages, List = PagePlace.None, References = [Until.Never] }] }).Machine;
}
