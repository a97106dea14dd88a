namespace MigrationConformance.Specs;

/// <summary>Entering and leaving a file's page cache, its buffers, and the writepage methods of the modelled filesystems.</summary>
[TestFixture]
public sealed class PageCacheSpec
{
    [Test, KernelFunction("add_to_page_cache")]
    public void A_page_enters_the_page_cache_locked_and_with_one_reference_more()
    {
        Machine m = Build(new() { List = PagePlace.None, References = [Until.Never] });
        var before = new Machine(m);

        Assert.That(Filemap.AddToPageCache(m, new Pfn(0), new MappingId(1), new Pgoff(7)), Is.EqualTo(0));
        Changes.AssertExactly(before, m, "page 0: +PG_locked", "page 0: count 1 -> 2", "page 0: mapping NULL -> file 0", "page 0: index 0 -> 7",
            "file 0: [7] none -> page 0", "file 0: nrpages 0 -> 1", "file 0: height 0 -> 1", "file 0: nodes 0 -> 1", "global: nr_pagecache 0 -> 1");
    }

    [Test, KernelFunction("add_to_page_cache")]
    public void A_taken_index_and_missing_memory_are_errors_that_change_nothing()
    {
        Machine m = ScenarioBuilder.Build(new() { Pages = [new() { File = 0, Index = 7 }, new() { List = PagePlace.None, References = [Until.Never] }] }).Machine;
        var before = new Machine(m);

        Assert.That(Filemap.AddToPageCache(m, new Pfn(1), new MappingId(1), new Pgoff(7)), Is.EqualTo(-Errno.EEXIST));
        Changes.AssertExactly(before, m);
        m.Swap.RadixPreloadFails = 1;
        Assert.That(Filemap.AddToPageCache(m, new Pfn(1), new MappingId(1), new Pgoff(8)), Is.EqualTo(-Errno.ENOMEM));
    }

    [Test, KernelFunction("remove_from_page_cache"), KernelFunction("__remove_from_page_cache")]
    public void A_page_leaves_the_page_cache_without_mapping_but_with_its_reference_and_index()
    {
        Machine m = Locked(new() { File = 0, Index = 7 });
        var before = new Machine(m);

        Filemap.RemoveFromPageCache(m, new Pfn(0));

        Changes.AssertExactly(before, m, "page 0: mapping file 0 -> NULL", "file 0: [7] page 0 -> none", "file 0: nrpages 1 -> 0",
            "file 0: height 1 -> 0", "file 0: nodes 1 -> 0", "global: nr_pagecache 1 -> 0");
    }

    [Test, KernelFunction("remove_from_page_cache")]
    public void Removing_a_page_that_is_not_locked_is_a_BUG() =>
        Bugs.AssertHit(BugCheck.RemoveFromPageCachePageNotLocked, () => Filemap.RemoveFromPageCache(Build(new() { File = 0 }), new Pfn(0)));

    [Test, KernelFunction("find_get_page")]
    public void A_look_up_takes_a_reference_and_needs_no_lock_of_the_page()
    {
        Machine m = Locked(new() { File = 0, Index = 7 });
        var before = new Machine(m);

        Assert.That(Filemap.FindGetPage(m, new MappingId(1), 7), Is.EqualTo(new Pfn(0)));
        Changes.AssertExactly(before, m, "page 0: count 2 -> 3");
        Assert.That(Filemap.FindGetPage(m, new MappingId(1), 8), Is.EqualTo(Pfn.None));
    }

    [Test, KernelFunction("create_empty_buffers")]
    public void Buffers_are_attached_as_a_ring_and_hold_one_reference_together()
    {
        Machine m = Build(new() { File = 0 });
        var before = new Machine(m);

        Assert.That(Buffers.AttachPageBuffers(m, new Pfn(0), [BufferFlags.Mapped, BufferFlags.Dirty]), Is.EqualTo(new BhId(0)));
        Changes.AssertExactly(before, m, "page 0: +PG_private", "page 0: private 0 -> 1", "page 0: count 2 -> 3",
            "buffer 0 none -> of page 0, Mapped, next 1", "buffer 1 none -> of page 0, Dirty, next 0");
    }

    [TestCase(0, BufferFlags.Uptodate | BufferFlags.Mapped, false)]
    [TestCase(1, BufferFlags.Uptodate, true)]
    [TestCase(0, BufferFlags.Dirty, true)]
    [TestCase(0, BufferFlags.Lock, true)]
    [KernelFunction("buffer_busy")]
    public void A_buffer_is_busy_when_it_is_used_dirty_or_locked(int count, BufferFlags state, bool busy) =>
        Assert.That(Buffers.BufferBusy(new BufferHead { Count = count, State = state }), Is.EqualTo(busy));

    [Test, KernelFunction("try_to_release_page"), KernelFunction("try_to_free_buffers"), KernelFunction("drop_buffers")]
    public void Idle_buffers_go_all_at_once_with_their_reference()
    {
        Machine m = Locked(new() { File = 0, Buffers = [new(), new()] });
        var before = new Machine(m);

        Assert.That(Buffers.TryToReleasePage(m, new Pfn(0)), Is.True);
        Changes.AssertExactly(before, m, "page 0: -PG_private", "page 0: private 1 -> 0", "page 0: count 3 -> 2",
            "buffer 0 of page 0, Uptodate, Mapped, next 1 -> none", "buffer 1 of page 0, Uptodate, Mapped, next 0 -> none");
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(2)]
    [KernelFunction("drop_buffers")]
    public void One_busy_buffer_anywhere_in_the_ring_keeps_them_all(int busy)
    {
        Machine m = Locked(new() { File = 0, Buffers = [.. Enumerable.Range(0, 3).Select(i => new ScenarioBuffer { Users = i == busy ? [Until.Never] : [] })] });
        var before = new Machine(m);

        Assert.That(Buffers.TryToReleasePage(m, new Pfn(0)), Is.False);
        Changes.AssertExactly(before, m);
    }

    /// <summary>No scenario can say it: the kernel would go round such a ring for ever.</summary>
    [Test, KernelFunction("drop_buffers")]
    public void A_ring_that_does_not_come_back_is_a_kernel_BUG()
    {
        Machine m = Locked(new() { File = 0, Buffers = [new(), new()] });
        m.Buffers[1].ThisPage = new BhId(1);

        Bugs.AssertHit(BugCheck.PageBuffersBadPointer, () => Buffers.TryToReleasePage(m, new Pfn(0)));
    }

    [TestCase(0, true)]
    [TestCase(1, false)]
    [KernelFunction("drop_buffers")]
    public void A_write_error_seen_before_the_busy_buffer_is_recorded(int busy, bool recordedOnlyIfFirst)
    {
        // The second buffer has the error: it is seen only when the first one is not busy.
        Machine m = Locked(new() { File = 0, Buffers = [new() { Users = busy == 0 ? [Until.Never] : [] }, new() { WriteEio = true, Users = [Until.Never] }] });

        Assert.That(Buffers.TryToReleasePage(m, new Pfn(0)), Is.False);
        Assert.That(m.Mappings[1].Has(MappingFlags.AsEio), Is.EqualTo(!recordedOnlyIfFirst));
    }

    [Test, KernelFunction("try_to_free_buffers")]
    public void A_dirty_page_whose_buffers_are_all_clean_becomes_clean()
    {
        Machine m = Locked(new() { File = 0, Index = 7, Flags = PageFlags.Dirty, Buffers = [new()] });

        Assert.That(Buffers.TryToFreeBuffers(m, new Pfn(0)), Is.True);
        Assert.That((m.Pages[0].Has(PageFlags.Dirty), m.Globals.NrDirty, RadixTree.TagGet(m, m.Mappings[1].PageTree, 7, PagecacheTag.Dirty)), Is.EqualTo((false, 0, false)));
    }

    [Test, KernelFunction("try_to_free_buffers")]
    public void A_page_without_mapping_keeps_PG_dirty()
    {
        Machine m = Locked(new() { List = PagePlace.Isolated, Flags = PageFlags.Dirty, Buffers = [new()] });

        Assert.That(Buffers.TryToFreeBuffers(m, new Pfn(0)), Is.True);
        Assert.That(m.Pages[0].Has(PageFlags.Dirty), Is.True);
    }

    [Test, KernelFunction("try_to_release_page"), KernelFunction("try_to_free_buffers")]
    public void A_page_under_writeback_keeps_its_buffers()
    {
        Machine m = Locked(new() { File = 0, Buffers = [new()], Writeback = new() { Until = Until.Never } });

        Assert.That((Buffers.TryToReleasePage(m, new Pfn(0)), Buffers.TryToFreeBuffers(m, new Pfn(0))), Is.EqualTo((false, false)));
    }

    [TestCase(ReleasepageMode.Absent, true)]
    [TestCase(ReleasepageMode.FreesBuffers, true)]
    [TestCase(ReleasepageMode.Refuses, false)]
    [KernelFunction("try_to_release_page")]
    public void The_releasepage_method_decides_when_there_is_one(ReleasepageMode mode, bool released)
    {
        Machine m = ScenarioBuilder.Build(new() { Files = [new() { Releasepage = mode }], Pages = [new() { File = 0, Buffers = [new()] }] }).Machine;
        m.Pages[0].Set(PageFlags.Locked);

        Assert.That(Buffers.TryToReleasePage(m, new Pfn(0)), Is.EqualTo(released));
    }

    [Test, KernelFunction("try_to_release_page"), KernelFunction("try_to_free_buffers")]
    public void Releasing_has_its_BUGs()
    {
        Machine unlocked = Build(new() { File = 0, Buffers = [new()] });

        Bugs.AssertHit(BugCheck.TryToReleasePageNotLocked, () => Buffers.TryToReleasePage(unlocked, new Pfn(0)));
        Bugs.AssertHit(BugCheck.TryToFreeBuffersPageNotLocked, () => Buffers.TryToFreeBuffers(unlocked, new Pfn(0)));
    }

    [Test, KernelFunction("block_write_full_page")]
    public void An_asynchronous_write_locks_the_dirty_buffers_that_nobody_else_has_locked_and_its_end_unlocks_them()
    {
        Machine m = Written(WritepageMode.Asynchronous, [new() { Dirty = true }, new(), new() { Dirty = true, Locked = Until.Never }]);

        Assert.That(FileWritepage.Writepage(m, new Pfn(0), new MappingId(1)), Is.EqualTo(0));
        Assert.That(m.Buffers.Rows.ToArray().Select(bh => bh.State), Is.EqualTo(new[]
        {
            BufferFlags.Uptodate | BufferFlags.Mapped | BufferFlags.Lock | BufferFlags.AsyncWrite,
            BufferFlags.Uptodate | BufferFlags.Mapped,
            BufferFlags.Uptodate | BufferFlags.Mapped | BufferFlags.Lock | BufferFlags.Dirty,
        }));
        Assert.That((m.Pages[0].Has(PageFlags.Writeback), m.Pages[0].Has(PageFlags.Locked)), Is.EqualTo((true, false)));

        Others.EndWriteback(m, new Pfn(0));
        Assert.That((m.Buffers[0].State, m.Buffers[2].State & BufferFlags.Lock), Is.EqualTo((BufferFlags.Uptodate | BufferFlags.Mapped, BufferFlags.Lock)));
    }

    [TestCase(WritepageMode.Asynchronous, 9UL, false)]
    [TestCase(WritepageMode.AsynchronousFailing, 0UL, true)]
    public void The_store_has_what_was_submitted_once_the_write_completes_unless_it_fails(WritepageMode mode, ulong stored, bool error)
    {
        Machine m = Written(mode, []);
        FileWritepage.Writepage(m, new Pfn(0), new MappingId(1));
        m.Pages[0].Contents = 10;
        Assert.That(BackingStore.Read(m, new MappingId(1), 7), Is.EqualTo(0));

        Others.EndWriteback(m, new Pfn(0));

        Assert.That((BackingStore.Read(m, new MappingId(1), 7), m.Pages[0].Has(PageFlags.Error)), Is.EqualTo((stored, error)));
    }

    [Test]
    public void A_synchronous_write_stores_at_once_and_cleans_the_buffers()
    {
        Machine m = Written(WritepageMode.Synchronous, [new() { Dirty = true }]);

        Assert.That(FileWritepage.Writepage(m, new Pfn(0), new MappingId(1)), Is.EqualTo(0));
        Assert.That((BackingStore.Read(m, new MappingId(1), 7), m.Buffers[0].State, m.Pages[0].Has(PageFlags.Writeback)),
            Is.EqualTo((9UL, BufferFlags.Uptodate | BufferFlags.Mapped, false)));
    }

    [TestCase(WritepageMode.Failing, -Errno.EIO, false, false)]
    [TestCase(WritepageMode.Activate, FileWritepage.AopWritepageActivate, true, true)]
    public void A_write_that_fails_at_once_loses_the_dirty_bit_and_one_that_answers_ACTIVATE_keeps_it_and_the_lock(WritepageMode mode, int answer, bool dirty, bool locked)
    {
        Machine m = Written(mode, []);

        Assert.That(FileWritepage.Writepage(m, new Pfn(0), new MappingId(1)), Is.EqualTo(answer));
        Assert.That((m.Pages[0].Has(PageFlags.Dirty), m.Pages[0].Has(PageFlags.Locked), BackingStore.Read(m, new MappingId(1), 7)), Is.EqualTo((dirty, locked, 0UL)));
    }

    private static Machine Build(ScenarioPage page) => ScenarioBuilder.Build(new() { Files = [new()], Pages = [page] }).Machine;

    private static Machine Locked(ScenarioPage page)
    {
        Machine m = Build(page);
        m.Pages[0].Set(PageFlags.Locked);
        return m;
    }

    // A dirty page of contents 9 at index 7, as pageout hands it to writepage.
    private static Machine Written(WritepageMode mode, ValueList<ScenarioBuffer> buffers)
    {
        Machine m = ScenarioBuilder.Build(new()
        {
            Files = [new() { Writepage = mode }],
            Pages = [new() { File = 0, Index = 7, Contents = 9, Flags = PageFlags.Uptodate | PageFlags.Dirty, Buffers = buffers }],
        }).Machine;
        m.Pages[0].Set(PageFlags.Locked);
        Dirty.ClearPageDirtyForIo(m, new Pfn(0));
        return m;
    }
}
