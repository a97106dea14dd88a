namespace MigrationConformance.Specs;

/// <summary>Whole migrations, with the counts, flags and look-ups that are true between the steps.</summary>
[TestFixture, KernelFunction("migrate_pages")]
public sealed class TracesSpec
{
    private const PageFlags Dirty = PageFlags.Uptodate | PageFlags.Dirty;

    // step that was just made: old page's lock, new page's lock, count, mapcount, new page's count, look-up
    private static readonly (MigrationStep Next, bool Lock, bool NewLock, int Count, int Mapcount, int NewCount, int Lookup)[] AfterEachStep =
    [
        (MigrationStep.LockPage, false, false, 4, 2, 1, 0),
        (MigrationStep.WaitOnWriteback, true, false, 4, 2, 1, 0),
        (MigrationStep.PrepareNewPage, true, false, 4, 2, 1, 0),
        (MigrationStep.CheckPageMapping, true, true, 4, 2, 1, 0),
        (MigrationStep.CheckReferences, true, true, 4, 2, 1, 0),
        (MigrationStep.CheckUnmapped, true, true, 2, 0, 1, 0),
        (MigrationStep.CheckMapping, true, true, 2, 0, 1, 0),
        (MigrationStep.EstablishNewPage, true, true, 2, 0, 1, 0),
        (MigrationStep.SwitchSlot, true, true, 2, 0, 2, 0),
        (MigrationStep.DropTreeReference, true, true, 2, 0, 2, 1),
        (MigrationStep.DropTreeLock, true, true, 1, 0, 2, 1),
        (MigrationStep.CopyContents, true, true, 1, 0, 2, 1),
        (MigrationStep.CopyFlags, true, true, 1, 0, 2, 1),
        (MigrationStep.ClearOldPage, true, true, 1, 0, 2, 1),
        (MigrationStep.EndNewPageWriteback, true, true, 1, 0, 2, 1),
        (MigrationStep.RemoveFromSwap, true, true, 1, 0, 2, 1),
        (MigrationStep.DropLocks, true, true, 1, 0, 2, 1),
        (MigrationStep.MoveToLru, false, false, 1, 0, 2, 1),
        (MigrationStep.FinishPage, false, false, 1, 0, 2, 1),
    ];

    [TestCase(false)]
    [TestCase(true)]
    [Step("B1"), Step("B2"), Step("B4"), Step("B5"), Step("B6"), Step("B7"), Step("B8"), Step("B9"), Step("B10"), Step("B11"), Step("B12"), Step("B13")]
    [Step("B14"), Step("B15"), Step("B16"), Step("B17"), Step("B18"), Step("B19"), Step("B20")]
    public void Locks_counts_and_look_ups_after_each_step(bool swapCache)
    {
        Attempt attempt = Attempt.Of(new() { Pages = [swapCache ? new() { AnonVma = 0, Index = 7, SwapCache = 3, MappedBy = 2 } : new() { File = 0, Index = 7, MappedBy = 2 }] });
        (MappingId mapping, ulong index) = swapCache ? (MappingId.Swapper, 3UL) : (new MappingId(1), 7UL);

        foreach (var expected in AfterEachStep)
        {
            attempt.GoesTo(expected.Next);
            Page old = attempt.Page(0), fresh = attempt.Page(1);
            Assert.That((expected.Next, old.Has(PageFlags.Locked), fresh.Has(PageFlags.Locked), old.Count, old.Mapcount, fresh.Count, attempt.Lookup(mapping, index)), Is.EqualTo(expected));
        }
    }

    [Test, Step("A1"), Step("A4"), Step("B20")]
    public void References_from_isolation_to_the_freeing_of_the_old_page()
    {
        ScenarioMachine run = ScenarioBuilder.Build(Given.FilePage().MappedBy(3));
        Machine m = run.Machine;
        Assert.That((m.Pages[0].Count, m.Pages[1].Count), Is.EqualTo((3 + 2, 1)), "isolated; new page allocated");

        MigratePages.Run(m, run.Migration);
        Assert.That((m.Pages[0].Count, m.Pages[1].Count), Is.EqualTo((1, 2)), "migrated; the pagevec holds the new page");

        Lru.LruAddDrain(m, 0);
        Assert.That((m.Pages[0].Count, m.Pages[1].Count), Is.EqualTo((1, 1)), "drained");

        LruIsolation.PutbackLruPages(m, 0, run.Moved);
        Assert.That((m.Pages[0].Count, m.Pages[1].Count), Is.EqualTo((1, 1)), "put back: the pagevec holds the old page");

        Lru.LruAddDrain(m, 0);
        Assert.That((m.Pages[0].Count, m.Pages[1].Count), Is.EqualTo((0, 1)), "the old page is free");
    }

    [Test, Step("B15"), Step("B16")]
    public void A_clean_active_file_page_with_a_dirty_entry()
    {
        Attempt attempt = Attempt.Before(MigrationStep.TakeTreeLock, new()
        {
            Pages = [new() { File = 0, Index = 7, Flags = PageFlags.Uptodate | PageFlags.Referenced | PageFlags.Active, Ptes = [new() { Dirty = true }] }],
        });
        Assert.That((attempt.Page(0).Has(PageFlags.Dirty), attempt.Machine.Globals.NrDirty, attempt.Page(0).Count), Is.EqualTo((true, 1, 2)));

        attempt.Returns(0, from: [], to: [], moved: [0], failed: []);

        Assert.That(attempt.Page(1).Flags, Is.EqualTo(Dirty | PageFlags.Referenced));
        Assert.That(attempt.Page(0).Flags, Is.EqualTo(PageFlags.Uptodate | PageFlags.Referenced));
        Assert.That(attempt.Machine.Pagevecs[0].LruAddActive.Nr, Is.EqualTo(1));
        Assert.That((attempt.Machine.Globals.NrDirty, RadixTree.TagGet(attempt.Machine, attempt.File().PageTree, 7, PagecacheTag.Dirty)), Is.EqualTo((1, true)));
    }

    [Test, Step("B5"), Step("B18")]
    public void A_clean_swap_cache_page_of_two_processes_one_entry_young_and_dirty()
    {
        Outcome outcome = Outcome.Of(new()
        {
            Pages = [new() { AnonVma = 0, Index = 2, SwapCache = 1, Ptes = [new() { Young = true, Dirty = true }, new()] }],
            After = [CallerAction.Drain],
        });

        Assert.That(outcome.Result.Task.Result, Is.EqualTo(0));
        Page fresh = outcome.Page(1);
        Assert.That((fresh.Count, fresh.Flags, fresh.Private, fresh.Index, fresh.Mapping),
            Is.EqualTo((1, Dirty | PageFlags.SwapCache | PageFlags.Lru, 1UL, new Pgoff(2), MappingPtr.Anon(new AnonVmaId(0)))));
        Assert.That((outcome.Machine.SwapMap[1], outcome.Page(0).Count), Is.EqualTo(((ushort)3, 1)));
        Assert.That(outcome.Machine.Mms.Rows.ToArray().Select(mm => (mm.AnonRss, mm.MmlistNext != Mm.NotOnMmlist)), Is.All.EqualTo((0, true)));
    }

    [Test, Step("B3"), Step("A4")]
    public void A_fresh_anonymous_page_is_stuck_and_goes_back_to_the_LRU_as_dirty_swap_cache()
    {
        Outcome outcome = Outcome.Of(new() { Pages = [new() { AnonVma = 0, MappedBy = 1 }], After = [CallerAction.Putback, CallerAction.Drain] });

        Assert.That((outcome.Result.Task.Result, outcome.Page(0).Count, outcome.Page(0).Flags, outcome.Machine.SwapMap[1]),
            Is.EqualTo((1, 2, Dirty | PageFlags.SwapCache | PageFlags.Lru, (ushort)1)));
        Assert.That(outcome.Page(0).Mapcount, Is.EqualTo(1));
    }

    [Test]
    public void A_dirty_file_page_with_four_dirty_buffers_is_written_then_its_buffers_go_then_it_migrates()
    {
        Attempt attempt = Attempt.Before(MigrationStep.FinishPass, new()
        {
            Pages = [new() { File = 0, Index = 7, Flags = Dirty, Buffers = [new() { Dirty = true }, new() { Dirty = true }, new() { Dirty = true }, new() { Dirty = true }] }],
        }, pass: 0);
        Assert.That(attempt.Page(0).Flags, Is.EqualTo(PageFlags.Uptodate | PageFlags.Private | PageFlags.Writeback | PageFlags.Reclaim));
        Assert.That((attempt.Page(0).Count, attempt.Machine.Globals.NrDirty), Is.EqualTo((3, 0)));

        attempt.GoesTo(MigrationStep.ReleaseBuffers, pass: 1);
        Assert.That(attempt.Page(0).Flags, Is.EqualTo(PageFlags.Uptodate | PageFlags.Private | PageFlags.Locked), "the write is over; isolated, so not rotated");

        attempt.GoesTo(MigrationStep.CheckReferences);
        Assert.That((attempt.Page(0).Count, attempt.Machine.Buffers.Rows.ToArray().Sum(bh => bh.InUse)), Is.EqualTo((2, 0)));
        attempt.Returns(0, from: [], to: [], moved: [0], failed: []);
        Assert.That(BackingStore.Read(attempt.Machine, new MappingId(1), 7), Is.EqualTo(1));
    }

    [Test]
    public void Without_to_an_anonymous_page_with_a_young_entry_takes_three_passes()
    {
        Attempt attempt = Attempt.Of(Given.AnonPage().Holding(9).WithPte(young: true, dirty: true).NoTo());

        attempt.GoesTo(MigrationStep.FinishPass, pass: 0);
        Assert.That((attempt.Task.Reason, attempt.Page(0).Mapcount, attempt.Machine.SwapMap[1]), Is.EqualTo((BackOutReason.SwapPageStillMapped, 1, (ushort)1)));
        attempt.GoesTo(MigrationStep.FinishPass, pass: 1);
        Assert.That((attempt.Task.Reason, attempt.Page(0).Mapcount, attempt.Machine.SwapMap[1]), Is.EqualTo((BackOutReason.SwapPageSuccess, 0, (ushort)2)));
        attempt.Returns(0, from: [], to: [], moved: [0], failed: []);
        Assert.That((attempt.Task.Pass, attempt.Page(0).Count, attempt.Machine.SwapMap[1], attempt.Machine.SwapContents[1]), Is.EqualTo((2, 1, (ushort)1, 9UL)));
    }

    [Test, Reason(BackOutReason.PageFreed)]
    public void A_page_that_was_truncated_after_its_isolation_is_freed()
    {
        Attempt.Of(Given.FilePage(index: 7))
            .Meanwhile(truncation =>
            {
                truncation.Page(0).Set(PageFlags.Locked);
                Filemap.RemoveFromPageCache(truncation.Machine, new Pfn(0));
                PageRefs.PutPage(truncation.Machine, new Pfn(0));
                PageLock.UnlockPage(truncation.Machine, new Pfn(0));
            })
            .Returns(0, from: [], to: [1], moved: [0], failed: []);
    }

    [Test, Reason(BackOutReason.ReferencesRemain)]
    public void A_fault_between_unmapping_and_the_tree_lock_costs_a_pass()
    {
        Attempt attempt = Attempt.Before(MigrationStep.TakeTreeLock, Given.FilePage(index: 7).MappedBy(1))
            .Meanwhile(fault => Filemap.FindGetPage(fault.Machine, new MappingId(1), 7))
            .GoesTo(MigrationStep.BeginPass, pass: 1)
            .Meanwhile(fault =>
            {
                Rmap.PageAddFileRmap(fault.Machine, new Pfn(0));
                PageTables.Set(fault.Machine, new MmId(0), 0x10007000, Pte.Present(new Pfn(0), false, false, young: true));
                fault.Machine.Mms[0].FileRss++;
            });
        Assert.That((attempt.Page(0).Count, attempt.Page(0).Mapcount), Is.EqualTo((3, 1)));

        attempt.Returns(0, from: [], to: [], moved: [0], failed: []);
    }

    [Test, Step("B13"), Step("B14")]
    public void A_reader_that_comes_after_the_switch_finds_the_new_page_and_reads_it_once_it_is_unlocked()
    {
        Attempt attempt = Attempt.Before(MigrationStep.CopyContents, Given.FilePage(index: 7).Holding(9));
        Pfn found = Filemap.FindGetPage(attempt.Machine, new MappingId(1), 7);
        Assert.That((found, attempt.Page(1).Count, attempt.Page(1).Has(PageFlags.Uptodate), PageLock.TryLock(attempt.Machine, found)), Is.EqualTo((new Pfn(1), 3, false, false)));

        attempt.Returns(0, from: [], to: [], moved: [0], failed: []);

        Assert.That((PageLock.TryLock(attempt.Machine, found), attempt.Page(1).Has(PageFlags.Uptodate), attempt.Page(1).Contents), Is.EqualTo((true, true, 9UL)));
    }
}
