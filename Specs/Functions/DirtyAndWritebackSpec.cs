namespace MigrationConformance.Specs;

/// <summary>PG_dirty and PG_writeback with their tags and counters.</summary>
[TestFixture]
public sealed class DirtyAndWritebackSpec
{
    [Test, KernelFunction("set_page_dirty"), KernelFunction("__set_page_dirty_buffers")]
    public void A_file_page_gets_bit_tag_counter_and_a_dirty_inode() =>
        AssertChanges(new() { File = 0, Index = 7 }, m => Dirty.SetPageDirty(m, new Pfn(0)),
            "page 0: +PG_dirty", "file 0: +[7] DIRTY", "global: nr_dirty 0 -> 1", "file 0: flags AccountsDirty -> AccountsDirty, InodeDirty");

    [Test, KernelFunction("set_page_dirty"), KernelFunction("__set_page_dirty_buffers")]
    public void Every_buffer_becomes_dirty_even_when_the_page_was() =>
        AssertChanges(new() { File = 0, Flags = PageFlags.Dirty, Buffers = [new(), new() { Uptodate = false }] }, m => Dirty.SetPageDirty(m, new Pfn(0)),
            "buffer 0 of page 0, Uptodate, Mapped, next 1 -> of page 0, Uptodate, Dirty, Mapped, next 1",
            "buffer 1 of page 0, Mapped, next 0 -> of page 0, Dirty, Mapped, next 0");

    [Test, KernelFunction("set_page_dirty")]
    public void A_page_that_is_dirty_already_is_not_counted_twice() =>
        AssertChanges(new() { File = 0, Flags = PageFlags.Dirty }, m => Dirty.SetPageDirty(m, new Pfn(0)));

    [Test, KernelFunction("set_page_dirty"), KernelFunction("__set_page_dirty_nobuffers")]
    public void A_swap_cache_page_gets_bit_and_tag_at_its_entry_only() =>
        AssertChanges(new() { AnonVma = 0, Index = 7, SwapCache = 3 }, m => Dirty.SetPageDirty(m, new Pfn(0)), "page 0: +PG_dirty", "swapper_space: +[3] DIRTY");

    [Test, KernelFunction("__set_page_dirty_nobuffers")]
    public void A_swap_cache_page_whose_bit_was_set_without_tag_stays_without()
    {
        AssertChanges(new() { AnonVma = 0, SwapCache = 3, Flags = PageFlags.Dirty }, m => Dirty.SetPageDirty(m, new Pfn(0)));
    }

    [Test, KernelFunction("set_page_dirty")]
    public void A_page_without_mapping_gets_the_bit_only() =>
        AssertChanges(new() { List = PagePlace.Isolated, References = [Until.Never] }, m => Dirty.SetPageDirty(m, new Pfn(0)), "page 0: +PG_dirty");

    [Test, KernelFunction("set_page_dirty")]
    public void An_anonymous_page_outside_the_swap_cache_gets_the_bit_only() =>
        AssertChanges(new() { AnonVma = 0, MappedBy = 1 }, m => Dirty.SetPageDirty(m, new Pfn(0)), "page 0: +PG_dirty");

    [Test, KernelFunction("set_page_dirty"), KernelFunction("__set_page_dirty_nobuffers")]
    public void A_tmpfs_page_is_tagged_and_not_counted() =>
        AssertChanges(new() { File = 0, Index = 7 }, m => Dirty.SetPageDirty(m, new Pfn(0)), MappingKind.Tmpfs,
            "page 0: +PG_dirty", "file 0: +[7] DIRTY", "file 0: flags SetPageDirtyNobuffers -> InodeDirty, SetPageDirtyNobuffers");

    [Test, KernelFunction("clear_page_dirty_for_io")]
    public void Clearing_for_IO_leaves_the_tag() =>
        AssertChanges(new() { File = 0, Index = 7, Flags = PageFlags.Dirty }, m => Assert.That(Dirty.ClearPageDirtyForIo(m, new Pfn(0)), Is.True),
            "page 0: -PG_dirty", "global: nr_dirty 1 -> 0");

    [Test, KernelFunction("clear_page_dirty_for_io"), KernelFunction("test_clear_page_dirty")]
    public void Clearing_a_clean_page_changes_nothing() =>
        AssertChanges(new() { File = 0 }, m => Assert.That(Dirty.ClearPageDirtyForIo(m, new Pfn(0)) || Dirty.TestClearPageDirty(m, new Pfn(0)), Is.False));

    [Test, KernelFunction("test_clear_page_dirty")]
    public void Clearing_for_good_clears_the_tag_too() =>
        AssertChanges(new() { File = 0, Index = 7, Flags = PageFlags.Dirty }, m => Assert.That(Dirty.TestClearPageDirty(m, new Pfn(0)), Is.True),
            "page 0: -PG_dirty", "file 0: -[7] DIRTY", "global: nr_dirty 1 -> 0");

    [Test, KernelFunction("test_set_page_writeback")]
    public void Writeback_of_a_clean_page_swaps_the_tags() =>
        AssertChanges(new() { File = 0, Index = 7, DirtyTag = true }, m => Assert.That(Writeback.TestSetPageWriteback(m, new Pfn(0)), Is.False),
            "page 0: +PG_writeback", "file 0: +[7] WRITEBACK", "file 0: -[7] DIRTY", "global: nr_writeback 0 -> 1");

    [Test, KernelFunction("test_set_page_writeback")]
    public void Writeback_of_a_page_that_is_dirty_again_keeps_the_DIRTY_tag() =>
        AssertChanges(new() { File = 0, Index = 7, Flags = PageFlags.Dirty }, m => Writeback.TestSetPageWriteback(m, new Pfn(0)),
            "page 0: +PG_writeback", "file 0: +[7] WRITEBACK", "global: nr_writeback 0 -> 1");

    [Test, KernelFunction("test_set_page_writeback")]
    public void Writeback_that_is_set_already_is_not_counted_twice() =>
        AssertChanges(new() { File = 0, Writeback = new() { Until = Until.Never } }, m => Assert.That(Writeback.TestSetPageWriteback(m, new Pfn(0)), Is.True));

    [Test, KernelFunction("test_clear_page_writeback")]
    public void Clearing_writeback_clears_its_tag() =>
        AssertChanges(new() { File = 0, Index = 7, Writeback = new() { Until = Until.Never } }, m => Assert.That(Writeback.TestClearPageWriteback(m, new Pfn(0)), Is.True),
            "page 0: -PG_writeback", "file 0: -[7] WRITEBACK", "global: nr_writeback 1 -> 0");

    [Test, KernelFunction("test_clear_page_writeback")]
    public void Clearing_writeback_that_is_not_set_changes_nothing() =>
        AssertChanges(new() { File = 0 }, m => Assert.That(Writeback.TestClearPageWriteback(m, new Pfn(0)), Is.False));

    [Test, KernelFunction("end_page_writeback")]
    public void The_end_of_writeback_without_PG_writeback_is_a_BUG() =>
        Bugs.AssertHit(BugCheck.EndPageWritebackNotSet, () => Writeback.EndPageWriteback(Build(new() { File = 0 }, MappingKind.Regular), new Pfn(0)));

    [Test, KernelFunction("end_page_writeback")]
    public void The_end_of_writeback_of_an_isolated_page_only_clears_PG_reclaim() =>
        AssertChanges(new() { File = 0, Index = 7, Flags = PageFlags.Reclaim, Writeback = new() { Until = Until.Never } }, m => Writeback.EndPageWriteback(m, new Pfn(0)),
            "page 0: -PG_reclaim", "page 0: -PG_writeback", "file 0: -[7] WRITEBACK", "global: nr_writeback 1 -> 0");

    [Test, KernelFunction("end_page_writeback"), KernelFunction("rotate_reclaimable_page")]
    public void The_end_of_writeback_rotates_a_page_of_the_LRU_that_is_to_be_reclaimed()
    {
        Machine m = ScenarioBuilder.Build(new()
        {
            Pages =
            [
                new() { File = 0, Flags = PageFlags.Reclaim, List = PagePlace.Lru, Writeback = new() { Until = Until.Never } },
                new() { File = 0, Index = 1, List = PagePlace.Lru },
            ],
        }).Machine;

        Writeback.EndPageWriteback(m, new Pfn(0));

        Assert.That(PageList.Walk(m, m.Zones[0].InactiveList), Is.EqualTo(new[] { new Pfn(1), new Pfn(0) }));
        Assert.That(m.Pages[0].Has(PageFlags.Writeback | PageFlags.Reclaim), Is.False);
    }

    private static void AssertChanges(ScenarioPage page, Action<Machine> call, params string[] changes) => AssertChanges(page, call, MappingKind.Regular, changes);

    private static void AssertChanges(ScenarioPage page, Action<Machine> call, MappingKind kind, params string[] changes)
    {
        Machine m = Build(page, kind);
        var before = new Machine(m);
        call(m);
        Changes.AssertExactly(before, m, changes);
    }

    private static Machine Build(ScenarioPage page, MappingKind kind) => ScenarioBuilder.Build(new() { Files = [new() { Kind = kind }], Pages = [page] }).Machine;
}
