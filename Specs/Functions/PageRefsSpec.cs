namespace MigrationConformance.Specs;

/// <summary>References and the page lock: get_page(), put_page(), what freeing checks, and who may unlock.</summary>
[TestFixture]
public sealed class PageRefsSpec
{
    [Test, KernelFunction("get_page"), KernelFunction("__put_page"), KernelFunction("get_page_testone")]
    public void References_are_counted_up_and_down()
    {
        Machine m = One(new() { File = 0 });

        PageRefs.GetPage(m, new Pfn(0));
        Assert.That(m.Pages[0].Count, Is.EqualTo(3));
        Assert.That(PageRefs.GetPageTestone(m, new Pfn(0)), Is.False);
        Assert.That(m.Pages[0].Count, Is.EqualTo(4));
        PageRefs.PutPageNoFree(m, new Pfn(0));
        Assert.That(m.Pages[0].Count, Is.EqualTo(3));
    }

    [Test, KernelFunction("get_page_testone")]
    public void Taking_a_reference_tells_when_there_was_none()
    {
        Machine m = One(new() { List = PagePlace.Free });

        Assert.That(PageRefs.GetPageTestone(m, new Pfn(0)), Is.True);
        Assert.That(m.Pages[0].Count, Is.EqualTo(1));
    }

    [Test, KernelFunction("__put_page")]
    public void The_bare_decrement_never_frees()
    {
        Machine m = One(new() { File = 0 });
        m.Pages[0].Count = 1;

        PageRefs.PutPageNoFree(m, new Pfn(0));

        Assert.That((m.Pages[0].Count, m.Pages[0].Mapping.IsNull), Is.EqualTo((0, false)));
    }

    [Test, KernelFunction("put_page")]
    public void Putting_a_reference_that_is_not_the_last_only_counts()
    {
        Machine m = One(new() { File = 0 });
        var before = new Machine(m);

        PageRefs.PutPage(m, new Pfn(0));

        Changes.AssertExactly(before, m, "page 0: count 2 -> 1");
    }

    [Test, KernelFunction("put_page"), KernelFunction("put_page_testzero")]
    public void Putting_a_reference_that_is_not_there_is_a_BUG() =>
        Bugs.AssertHit(BugCheck.PutPageTestzeroZero, () => PageRefs.PutPage(One(new() { List = PagePlace.Free }), new Pfn(0)));

    [TestCase(false, "inactive")]
    [TestCase(true, "active")]
    [KernelFunction("__page_cache_release")]
    public void The_last_reference_takes_the_page_off_the_LRU(bool active, string list)
    {
        Machine m = One(new() { List = PagePlace.Lru, References = [Until.Never], Flags = active ? PageFlags.Active : PageFlags.None });
        var before = new Machine(m);

        PageRefs.PutPage(m, new Pfn(0));

        string[] off = active ? ["page 0: -PG_active"] : [];
        Changes.AssertExactly(before, m, ["page 0: count 1 -> 0", "page 0: -PG_lru", $"zone 0: {list}_list 0 -> empty", $"zone 0: nr_{list} 1 -> 0", .. off]);
    }

    [Test, KernelFunction("free_hot_cold_page")]
    public void A_freed_anonymous_page_loses_its_mapping_and_PG_dirty_and_keeps_harmless_flags()
    {
        Machine m = One(new() { AnonVma = 0, Index = 3, Flags = PageFlags.Uptodate | PageFlags.Dirty | PageFlags.Referenced, List = PagePlace.None, References = [Until.Never] });
        var before = new Machine(m);

        PageRefs.PutPage(m, new Pfn(0));

        Changes.AssertExactly(before, m, "page 0: count 1 -> 0", "page 0: mapping anon_vma 0 -> NULL", "page 0: -PG_dirty");
    }

    [TestCase(PageFlags.Private)]
    [TestCase(PageFlags.Locked)]
    [TestCase(PageFlags.Active)]
    [TestCase(PageFlags.Reclaim)]
    [TestCase(PageFlags.Slab)]
    [TestCase(PageFlags.SwapCache)]
    [TestCase(PageFlags.Writeback)]
    [TestCase(PageFlags.Reserved)]
    [KernelFunction("free_hot_cold_page")]
    public void A_flag_that_says_the_page_is_used_makes_freeing_a_bad_page(PageFlags flag) => AssertBadPage(m => m.Pages[0].Set(flag));

    [Test, KernelFunction("free_hot_cold_page")]
    public void A_mapping_makes_freeing_a_bad_page() => AssertBadPage(m => m.Pages[0].Mapping = MappingPtr.File(new MappingId(1)));

    [Test, KernelFunction("free_hot_cold_page")]
    public void A_mapcount_makes_freeing_a_bad_page() => AssertBadPage(m => m.Pages[0].Mapcount = 1);

    [Test, KernelFunction("TestSetPageLocked"), KernelFunction("lock_page")]
    public void The_page_lock_is_taken_once()
    {
        Machine m = One(new() { File = 0 });

        Assert.That(PageLock.TryLock(m, new Pfn(0)), Is.True);
        Assert.That(PageLock.TryLock(m, new Pfn(0)), Is.False);
        Assert.That(PageLock.LockPage(m, new Pfn(0)), Is.False, "nobody lets go by being waited for");
    }

    [TestCase(Until.Waited, true)]
    [TestCase(7, true)]
    [TestCase(Until.Never, false)]
    [KernelFunction("lock_page")]
    public void Waiting_for_the_lock_ends_what_ends_by_it(int until, bool taken)
    {
        Machine m = One(new() { File = 0, Locked = until });

        Assert.That(PageLock.LockPage(m, new Pfn(0)), Is.EqualTo(taken));
        Assert.That(m.Pages[0].Has(PageFlags.Locked), Is.True);
    }

    [Test, KernelFunction("unlock_page")]
    public void Unlocking_clears_the_bit_and_a_second_time_is_a_BUG()
    {
        Machine m = One(new() { File = 0 });
        PageLock.TryLock(m, new Pfn(0));
        var before = new Machine(m);

        PageLock.UnlockPage(m, new Pfn(0));

        Changes.AssertExactly(before, m, "page 0: -PG_locked");
        Bugs.AssertHit(BugCheck.UnlockPageNotLocked, () => PageLock.UnlockPage(m, new Pfn(0)));
    }

    private static void AssertBadPage(Action<Machine> spoil)
    {
        Machine m = One(new() { List = PagePlace.None, References = [Until.Never], Flags = PageFlags.None });
        spoil(m);

        Bugs.AssertHit(BugCheck.BadPageAtFree, () => PageRefs.PutPage(m, new Pfn(0)));
    }

    private static Machine One(ScenarioPage page) => ScenarioBuilder.Build(new() { Files = [new()], Pages = [page] }).Machine;
}
