namespace MigrationConformance.Specs;

/// <summary>Swap slots, the swap cache and the way to the swap device.</summary>
[TestFixture]
public sealed class SwapSpec
{
    private const PageFlags Dirty = PageFlags.Uptodate | PageFlags.Dirty;

    [Test, KernelFunction("get_swap_page")]
    public void The_lowest_free_slot_is_taken_with_one_user()
    {
        Machine m = Slots(new(1, Users: 1), new(3, Users: 1));
        var before = new Machine(m);

        Assert.That(SwapFile.GetSwapPage(m), Is.EqualTo(new SwpEntry(2)));
        Changes.AssertExactly(before, m, "slot 2: swap_map 0 -> 1", "swap: nr_swap_pages 2 -> 1");
        Assert.That(SwapFile.GetSwapPage(m), Is.EqualTo(new SwpEntry(4)));
        Assert.That(SwapFile.GetSwapPage(m).IsNone, Is.True, "none is left");
    }

    [Test, KernelFunction("get_swap_page")]
    public void No_slot_is_handed_out_by_a_device_that_is_not_writable()
    {
        Machine m = ScenarioBuilder.Build(new() { Swap = new() { Slots = 4, Writable = false }, Pages = [] }).Machine;

        Assert.That((SwapFile.GetSwapPage(m).IsNone, m.Swap.NrSwapPages), Is.EqualTo((true, 4)));
    }

    [Test, KernelFunction("get_swap_page")]
    public void A_bad_slot_is_not_handed_out()
    {
        Machine m = Slots(new ScenarioSlotUse(1, Bad: true));

        Assert.That(SwapFile.GetSwapPage(m), Is.EqualTo(new SwpEntry(2)));
    }

    /// <summary>Only an illegal machine has such a slot; add_to_swap would be given it again and again.</summary>
    [Test, KernelFunction("get_swap_page"), KernelFunction("add_to_swap")]
    public void A_free_slot_at_which_a_page_sits_is_passed_over()
    {
        Machine m = ScenarioBuilder.Build(new() { Illegal = true, Swap = new() { Slots = 3, Map = [new(1, Count: 0)] }, Pages = [new() { AnonVma = 0, SwapCache = 1 }] }).Machine;

        Assert.That(SwapFile.GetSwapPage(m), Is.EqualTo(new SwpEntry(2)));
    }

    [TestCase(1, true, 2)]
    [TestCase(0x7ffe, true, 0x7fff)]
    [TestCase(0x7fff, true, 0x7fff)]
    [TestCase(0x8000, false, 0x8000)]
    [TestCase(0, false, 0)]
    [KernelFunction("swap_duplicate")]
    public void One_user_more_for_a_slot_in_use_up_to_the_maximum(int before, bool answer, int after)
    {
        Machine m = Slots();
        m.SwapMap[2] = (ushort)before;

        Assert.That((SwapFile.SwapDuplicate(m, new SwpEntry(2)), (int)m.SwapMap[2]), Is.EqualTo((answer, after)));
    }

    [TestCase(0UL)]
    [TestCase(5UL)]
    [KernelFunction("swap_duplicate"), KernelFunction("swap_free")]
    public void A_slot_that_does_not_exist_is_refused(ulong slot)
    {
        Machine m = Slots();
        var before = new Machine(m);

        Assert.That((SwapFile.SwapDuplicate(m, new SwpEntry(slot)), SwapFile.SwapFree(m, new SwpEntry(slot))), Is.EqualTo((false, 0)));
        Changes.AssertExactly(before, m);
    }

    [TestCase(2, 1, 4)]
    [TestCase(1, 0, 5)]
    [TestCase(0, 0, 4)]
    [TestCase(0x7fff, 0x7fff, 4)]
    [KernelFunction("swap_free"), KernelFunction("swap_entry_free")]
    public void One_user_less_and_the_last_one_frees_the_slot(int before, int after, int free)
    {
        Machine m = Slots();
        m.SwapMap[2] = (ushort)before;

        SwapFile.SwapFree(m, new SwpEntry(2));

        Assert.That(((int)m.SwapMap[2], m.Swap.NrSwapPages), Is.EqualTo((after, free)));
    }

    [TestCase(1, false)]
    [TestCase(2, false)]
    [TestCase(3, true)]
    [KernelFunction("vm_swap_full")]
    public void Swap_is_full_when_more_than_half_is_used(int used, bool full)
    {
        Machine m = Slots([.. Enumerable.Range(1, used).Select(slot => new ScenarioSlotUse(slot, Users: 1))]);

        Assert.That(SwapFile.VmSwapFull(m), Is.EqualTo(full));
    }

    [TestCase(1, 0, true)]
    [TestCase(1, 1, false)]
    [TestCase(2, 0, false)]
    [TestCase(0, 1, true)]
    [KernelFunction("can_share_swap_page")]
    public void A_page_can_be_shared_by_nobody_when_mapping_and_slot_have_one_user_together(int mapped, int swapped, bool exclusive)
    {
        Machine m = Locked(new() { AnonVma = 0, SwapCache = 1, MappedBy = mapped, SwappedBy = swapped });

        Assert.That(SwapFile.CanShareSwapPage(m, new Pfn(0)), Is.EqualTo(exclusive));
    }

    [Test, KernelFunction("remove_exclusive_swap_page")]
    public void A_page_whose_slot_nobody_else_uses_leaves_the_swap_cache_dirty_and_the_slot_is_free()
    {
        Machine m = Locked(new() { AnonVma = 0, SwapCache = 1 });
        var before = new Machine(m);

        Assert.That(SwapFile.RemoveExclusiveSwapPage(m, new Pfn(0)), Is.True);
        Changes.AssertExactly(before, m, "page 0: count 2 -> 1", "page 0: private 1 -> 0", "page 0: -PG_swapcache", "page 0: +PG_dirty",
            "swapper_space: [1] page 0 -> none", "swapper_space: nrpages 1 -> 0", "swapper_space: height 1 -> 0", "swapper_space: nodes 1 -> 0",
            "global: nr_pagecache 1 -> 0", "slot 1: swap_map 1 -> 0", $"swap: nr_swap_pages {before.Swap.NrSwapPages} -> {before.Swap.NrSwapPages + 1}");
    }

    [TestCase(1, 0, 0)]
    [TestCase(0, 1, 0)]
    [TestCase(0, 0, 1)]
    [KernelFunction("remove_exclusive_swap_page")]
    public void A_mapping_a_swap_entry_or_a_reference_keeps_the_page_in_the_swap_cache(int mapped, int swapped, int references)
    {
        Machine m = Locked(new() { AnonVma = 0, SwapCache = 1, MappedBy = mapped, SwappedBy = swapped, References = references == 0 ? [] : [Until.Never] });
        var before = new Machine(m);

        Assert.That(SwapFile.RemoveExclusiveSwapPage(m, new Pfn(0)), Is.False);
        Changes.AssertExactly(before, m);
    }

    [Test, KernelFunction("remove_exclusive_swap_page")]
    public void Writeback_and_absence_from_the_swap_cache_keep_it_too()
    {
        Machine written = Locked(new() { AnonVma = 0, SwapCache = 1, Writeback = new() { Until = Until.Never } });
        Machine file = Locked(new() { File = 0 });

        Assert.That((SwapFile.RemoveExclusiveSwapPage(written, new Pfn(0)), SwapFile.RemoveExclusiveSwapPage(file, new Pfn(0))), Is.EqualTo((false, false)));
    }

    [TestCase(PageFlags.Locked, BugCheck.CanShareSwapPageNotLocked)]
    [TestCase(PageFlags.Private, BugCheck.RemoveExclusiveSwapPagePrivate)]
    [TestCase(PageFlags.Locked | PageFlags.SwapCache, BugCheck.RemoveExclusiveSwapPageNotLocked)]
    [KernelFunction("can_share_swap_page"), KernelFunction("remove_exclusive_swap_page")]
    public void Wrong_flags_are_BUGs(PageFlags wrong, BugCheck check)
    {
        Machine m = Locked(new() { AnonVma = 0, SwapCache = 1 });
        if (wrong == PageFlags.Private)
            m.Pages[0].Set(wrong);
        else
            m.Pages[0].Clear(PageFlags.Locked);

        Bugs.AssertHit(check, () => _ = check == BugCheck.CanShareSwapPageNotLocked ? SwapFile.CanShareSwapPage(m, new Pfn(0)) : SwapFile.RemoveExclusiveSwapPage(m, new Pfn(0)));
    }

    [Test, KernelFunction("__add_to_swap_cache")]
    public void Entering_the_swap_cache_takes_a_reference_and_the_lock_and_leaves_swap_map_alone()
    {
        Machine m = ScenarioBuilder.Build(new() { Pages = [new() { AnonVma = 0, Index = 5, MappedBy = 1 }] }).Machine;
        var before = new Machine(m);

        Assert.That(SwapState.AddToSwapCacheLocked(m, new Pfn(0), new SwpEntry(1)), Is.EqualTo(0));
        Changes.AssertExactly(before, m, "page 0: +PG_locked", "page 0: +PG_swapcache", "page 0: private 0 -> 1", "page 0: count 2 -> 3",
            "swapper_space: [1] none -> page 0", "swapper_space: nrpages 0 -> 1", "swapper_space: height 0 -> 1", "swapper_space: nodes 0 -> 1", "global: nr_pagecache 0 -> 1");
    }

    [TestCase(PageFlags.SwapCache, BugCheck.AddToSwapCacheAlreadySwapCache)]
    [TestCase(PageFlags.Private, BugCheck.AddToSwapCachePrivate)]
    [KernelFunction("__add_to_swap_cache")]
    public void Entering_the_swap_cache_twice_or_with_buffers_is_a_BUG(PageFlags flag, BugCheck check)
    {
        Machine m = ScenarioBuilder.Build(new() { Pages = [new() { AnonVma = 0, MappedBy = 1 }] }).Machine;
        m.Pages[0].Set(flag);

        Bugs.AssertHit(check, () => SwapState.AddToSwapCacheLocked(m, new Pfn(0), new SwpEntry(1)));
    }

    [TestCase(PageFlags.Locked, false, BugCheck.DeleteFromSwapCachePageNotLocked)]
    [TestCase(PageFlags.SwapCache, false, BugCheck.DeleteFromSwapCacheNotSwapCache)]
    [TestCase(PageFlags.Writeback, true, BugCheck.DeleteFromSwapCacheWriteback)]
    [TestCase(PageFlags.Private, true, BugCheck.DeleteFromSwapCachePrivate)]
    [KernelFunction("__delete_from_swap_cache")]
    public void Leaving_the_swap_cache_has_its_BUGs(PageFlags flag, bool set, BugCheck check)
    {
        Machine m = Locked(new() { AnonVma = 0, SwapCache = 1 });
        if (set)
            m.Pages[0].Set(flag);
        else
            m.Pages[0].Clear(flag);

        Bugs.AssertHit(check, () => SwapState.DeleteFromSwapCacheLocked(m, new Pfn(0)));
    }

    [Test, KernelFunction("delete_from_swap_cache")]
    public void Leaving_the_swap_cache_drops_a_user_of_the_slot_and_a_reference()
    {
        Machine m = Locked(new() { AnonVma = 0, SwapCache = 1, SwappedBy = 1 });

        SwapState.DeleteFromSwapCache(m, new Pfn(0));

        Assert.That((m.Pages[0].Count, m.SwapMap[1], m.Pages[0].Has(PageFlags.SwapCache)), Is.EqualTo((1, (ushort)1, false)));
    }

    [Test, KernelFunction("lookup_swap_cache")]
    public void A_look_up_by_entry_takes_a_reference()
    {
        Machine m = Locked(new() { AnonVma = 0, SwapCache = 1 });

        Assert.That((SwapState.LookupSwapCache(m, new SwpEntry(1)), m.Pages[0].Count), Is.EqualTo((new Pfn(0), 3)));
        Assert.That(SwapState.LookupSwapCache(m, new SwpEntry(2)), Is.EqualTo(Pfn.None));
    }

    [TestCase(0, -Errno.ENOENT, 0)]
    [TestCase(1, 0, 2)]
    [KernelFunction("add_to_swap_cache")]
    public void Reading_from_swap_needs_a_slot_in_use(int users, int answer, int after)
    {
        Machine m = Slots(new ScenarioSlotUse(1, Users: users));
        Pfn page = m.AddFrames(1);

        Assert.That((SwapState.AddToSwapCache(m, page, new SwpEntry(1)), (int)m.SwapMap[1]), Is.EqualTo((answer, after)));
    }

    [Test, KernelFunction("swap_writepage")]
    public void A_page_that_only_the_swap_cache_knows_is_unlocked_without_a_write()
    {
        Machine m = Locked(new() { AnonVma = 0, SwapCache = 1 });

        Assert.That(SwapWritepage.Writepage(m, new Pfn(0)), Is.EqualTo(0));
        Assert.That(m.Pages[0].Flags, Is.EqualTo(Dirty));
        Assert.That((m.Holds.Count, m.Pages[0].Count), Is.EqualTo((0, 1)));
    }

    [Test, KernelFunction("swap_writepage")]
    public void Another_page_is_submitted_and_unlocked()
    {
        Machine m = Locked(new() { AnonVma = 0, SwapCache = 1, SwappedBy = 1 });
        var before = new Machine(m);

        Assert.That(SwapWritepage.Writepage(m, new Pfn(0)), Is.EqualTo(0));
        Changes.AssertExactly(before, m, "page 0: -PG_locked", "page 0: +PG_writeback", "swapper_space: +[1] WRITEBACK", "global: nr_writeback 0 -> 1",
            "hold 0 none -> Writeback of page 0");
    }

    [Test, KernelFunction("swap_writepage")]
    public void Without_memory_for_the_write_the_page_is_dirty_again_and_unlocked()
    {
        Machine m = Locked(new() { AnonVma = 0, SwapCache = 1, SwappedBy = 1 }, SwapWriteMode.NoMemory);

        Assert.That(SwapWritepage.Writepage(m, new Pfn(0)), Is.EqualTo(-Errno.ENOMEM));
        Assert.That(m.Pages[0].Flags, Is.EqualTo(Dirty | PageFlags.SwapCache));
    }

    [TestCase(SwapWriteMode.Asynchronous, 9UL, false)]
    [TestCase(SwapWriteMode.AsynchronousFailing, 0UL, true)]
    [KernelFunction("swap_writepage")]
    public void The_device_has_the_contents_once_the_write_completes_unless_it_fails(SwapWriteMode mode, ulong stored, bool error)
    {
        Machine m = Locked(new() { AnonVma = 0, SwapCache = 1, SwappedBy = 1, Contents = 9, Flags = Dirty }, mode);
        m.Pages[0].Clear(PageFlags.Dirty);
        SwapWritepage.Writepage(m, new Pfn(0));
        m.Pages[0].Contents = 10;

        Assert.That(Others.EndWriteback(m, new Pfn(0)), Is.True);
        Assert.That((m.SwapContents[1], m.Pages[0].Has(PageFlags.Error), m.Pages[0].Has(PageFlags.Writeback)), Is.EqualTo((stored, error, false)));
    }

    [Test, KernelFunction("shmem_writepage"), KernelFunction("move_to_swap_cache")]
    public void A_tmpfs_page_moves_to_the_swap_cache_and_the_swap_vector_remembers_the_slot()
    {
        Machine m = Tmpfs(new() { File = 0, Index = 7 });
        var before = new Machine(m);

        Assert.That(Shmem.Writepage(m, new Pfn(0)), Is.EqualTo(0));
        Changes.AssertExactly(before, m,
            "page 0: -PG_locked", "page 0: +PG_swapcache", "page 0: +PG_dirty", "page 0: private 0 -> 1", "page 0: mapping file 0 -> NULL",
            "swapper_space: [1] none -> page 0", "swapper_space: nrpages 0 -> 1", "swapper_space: height 0 -> 1", "swapper_space: nodes 0 -> 1",
            "file 0: [7] page 0 -> none", "file 0: nrpages 1 -> 0", "file 0: height 1 -> 0", "file 0: nodes 1 -> 0",
            "file 0: swap vector 7 none -> slot 1", "file 0: flags SetPageDirtyNobuffers -> SetPageDirtyNobuffers, OnShmemSwaplist",
            "slot 1: swap_map 0 -> 2", "swap: nr_swap_pages 1 -> 0");
    }

    [Test, KernelFunction("move_from_swap_cache"), KernelFunction("shmem_swp_entry"), KernelFunction("shmem_swp_set")]
    public void A_tmpfs_page_comes_back_from_the_swap_cache_dirty_and_the_vector_forgets_the_slot()
    {
        Machine m = Tmpfs(new() { File = 0, Index = 7 });
        Shmem.Writepage(m, new Pfn(0));
        m.Pages[0].Set(PageFlags.Locked);
        SwpEntry entry = Shmem.SwapEntryAt(m, new MappingId(1), 7);

        Assert.That(entry, Is.EqualTo(new SwpEntry(1)));
        Assert.That(Shmem.MoveFromSwapCache(m, new Pfn(0), new MappingId(1), new Pgoff(7), entry), Is.EqualTo(0));
        Assert.That((m.Pages[0].PageMapping, m.Pages[0].Index, m.Pages[0].Private, m.Pages[0].Flags), Is.EqualTo((new MappingId(1), new Pgoff(7), 0UL, Dirty | PageFlags.Locked)));
        // The vector's use of the slot is the caller's to drop.
        Assert.That((m.SwapMap[1], m.ShmemSwap.Count, Shmem.SwapEntryAt(m, new MappingId(1), 7).IsNone), Is.EqualTo(((ushort)1, 0, true)));
    }

    [TestCase(true, 1, false)]
    [TestCase(false, 0, false)]
    [TestCase(false, 1, true)]
    [KernelFunction("shmem_writepage")]
    public void A_locked_segment_no_slot_or_no_memory_answer_ACTIVATE_with_the_page_dirty_and_locked(bool segmentLocked, int slots, bool noMemory)
    {
        Machine m = Tmpfs(new() { File = 0, Index = 7 }, segmentLocked, slots, noMemory);

        Assert.That(Shmem.Writepage(m, new Pfn(0)), Is.EqualTo(FileWritepage.AopWritepageActivate));
        Assert.That((m.Pages[0].Flags, m.Pages[0].Count, m.Swap.NrSwapPages), Is.EqualTo((Dirty | PageFlags.Locked, 2, slots)));
    }

    [Test, KernelFunction("shmem_writepage")]
    public void A_tmpfs_page_that_is_mapped_or_not_locked_is_a_BUG()
    {
        Machine mapped = Tmpfs(new() { File = 0, MappedBy = 1 }), unlocked = Tmpfs(new() { File = 0 });
        unlocked.Pages[0].Clear(PageFlags.Locked);

        Bugs.AssertHit(BugCheck.ShmemWritepagePageMapped, () => Shmem.Writepage(mapped, new Pfn(0)));
        Bugs.AssertHit(BugCheck.ShmemWritepagePageNotLocked, () => Shmem.Writepage(unlocked, new Pfn(0)));
    }

    private static Machine Slots(params ScenarioSlotUse[] map) => ScenarioBuilder.Build(new() { Swap = new() { Slots = 4, Map = [.. map] }, Pages = [] }).Machine;

    private static Machine Locked(ScenarioPage page, SwapWriteMode write = SwapWriteMode.Asynchronous)
    {
        Machine m = ScenarioBuilder.Build(new() { Swap = new() { Write = write }, Pages = [page] }).Machine;
        m.Pages[0].Set(PageFlags.Locked);
        return m;
    }

    private static Machine Tmpfs(ScenarioPage page, bool segmentLocked = false, int slots = 1, bool noMemory = false)
    {
        Machine m = ScenarioBuilder.Build(new()
        {
            Files = [new() { Kind = MappingKind.Tmpfs, SegmentLocked = segmentLocked }],
            Swap = new() { Slots = slots, RadixPreloadFails = noMemory },
            Pages = [page],
        }).Machine;
        m.Pages[0].Set(PageFlags.Locked);
        return m;
    }
}
