namespace MigrationConformance.Specs;

/// <summary>What a page looks like after one attempt that backed out, for each kind of back-out: what stays, and what is lost for good.</summary>
[TestFixture, KernelFunction("migrate_pages")]
public sealed class BackOutResidueSpec
{
    private const PageFlags Dirty = PageFlags.Uptodate | PageFlags.Dirty;

    [TestCaseSource(nameof(WithoutResidue))]
    public void Nothing_of_the_page_changes(string which, Scenario scenario, BackOutReason reason)
    {
        AssertResidue(scenario, reason);
    }

    [Test, Reason(BackOutReason.PageoutNotFreeable)]
    public void The_slot_of_an_anonymous_page_stays() =>
        AssertResidue(Given.AnonPage().MappedBy(1), BackOutReason.PageoutNotFreeable,
            "page 0: count 2 -> 3", "page 0: private 0 -> 1", "page 0: +PG_swapcache", "page 0: +PG_dirty", "slot 1: swap_map 0 -> 1", "swap: nr_swap_pages 1 -> 0",
            "swapper_space: [1] none -> page 0", "swapper_space: nrpages 0 -> 1", "swapper_space: height 0 -> 1", "swapper_space: nodes 0 -> 1", "global: nr_pagecache 0 -> 1");

    [Test, Reason(BackOutReason.PageoutActivate)]
    public void A_page_whose_writepage_answers_ACTIVATE_is_dirty_again() =>
        AssertResidue(With(WritepageMode.Activate, new() { File = 0, Flags = Dirty }), BackOutReason.PageoutActivate,
            "file 0: flags AccountsDirty -> AccountsDirty, InodeDirty");

    [Test, Reason(BackOutReason.PageoutSuccess)]
    public void A_write_is_under_way() =>
        AssertResidue(With(WritepageMode.Asynchronous, new() { File = 0, Index = 7, Flags = Dirty }), BackOutReason.PageoutSuccess,
            "page 0: -PG_dirty", "page 0: +PG_writeback", "page 0: +PG_reclaim", "file 0: -[7] DIRTY", "file 0: +[7] WRITEBACK",
            "global: nr_dirty 1 -> 0", "global: nr_writeback 0 -> 1", "hold 0 none -> Writeback of page 0");

    [Test, Reason(BackOutReason.ReferencesBeforeUnmap)]
    public void Buffers_that_were_dropped_stay_dropped() =>
        AssertResidue(Given.FilePage().WithBuffers().Pinned(), BackOutReason.ReferencesBeforeUnmap,
            "page 0: count 4 -> 3", "page 0: -PG_private", "page 0: private 1 -> 0", "buffer 0 of page 0, Uptodate, Mapped, next 0 -> none");

    [Test, Reason(BackOutReason.StillMapped)]
    public void Entries_before_a_locked_VMA_stay_removed() =>
        AssertResidue(new()
        {
            Vmas =
            [
                new() { Process = 0, Start = 0x10000000, Pages = 1, File = 0 },
                new() { Process = 1, Start = 0x10000000, Pages = 1, File = 0, Flags = VmFlags.Read | VmFlags.Locked },
            ],
            Pages = [new() { File = 0, Ptes = [new() { Young = true, Dirty = true }, new()] }],
        }, BackOutReason.StillMapped,
            "process 0: 10000000 page 0 young dirty write -> none", "process 0: file_rss 1 -> 0", "process 0: hiwater_rss 0 -> 1", "page 0: mapcount 2 -> 1",
            "page 0: count 4 -> 3", "page 0: +PG_dirty", "file 0: +[0] DIRTY", "global: nr_dirty 0 -> 1", "file 0: flags AccountsDirty -> AccountsDirty, InodeDirty");

    [Test, Reason(BackOutReason.ReferencesRemain)]
    public void All_entries_stay_converted_and_the_young_bit_is_lost()
    {
        Attempt attempt = Attempt.Of(Given.AnonPage().InSwapCache().WithPte(young: true));
        var start = new Machine(attempt.Machine);
        attempt.GoesTo(MigrationStep.TakeTreeLock).Meanwhile(reader => reader.Page(0).Count++).GoesTo(MigrationStep.FinishPage);
        attempt.Page(0).Count--;

        Changes.AssertExactly(start, attempt.Machine, "process 0: 10000000 page 0 young -> slot 1", "slot 1: swap_map 1 -> 2", "page 0: mapcount 1 -> 0", "page 0: count 3 -> 2",
            "process 0: anon_rss 1 -> 0", "process 0: hiwater_rss 0 -> 1", "process 0: mmlist_next -2 -> -1", "global: mmlist_head -1 -> 0", "global: nr_mapped 1 -> 0",
            "task 0: newpage none -> page 1", "task 0: pf_swapwrite 0 -> 1");
    }

    private static IEnumerable<TestCaseData> WithoutResidue()
    {
        yield return Case("page locked", Given.FilePage().MappedBy(1).LockedUntil(Until.Never), BackOutReason.PageLocked);
        yield return Case("under writeback", Given.FilePage().MappedBy(1).UnderWritebackUntil(Until.Never), BackOutReason.UnderWriteback);
        yield return Case("no slot", new() { Swap = new() { Slots = 0 }, Pages = [new() { AnonVma = 0, MappedBy = 1 }] }, BackOutReason.NoSwapSlot);
        yield return Case("no memory for the swap cache", new() { Swap = new() { RadixPreloadFails = true }, Pages = [new() { AnonVma = 0, MappedBy = 1 }] }, BackOutReason.NoSwapCacheMemory);
        yield return Case("no mapping", Given.TruncatedPage().Pinned(), BackOutReason.NoMapping);
        yield return Case("KEEP", Given.FilePage().MappedBy(1).Dirty(), BackOutReason.PageoutNotFreeable);
        yield return Case("ACTIVATE without a method", With(WritepageMode.Absent, new() { File = 0, Flags = Dirty }), BackOutReason.PageoutNoWritepage);
        yield return Case("busy buffers", Given.FilePage().MappedBy(1).WithBuffer(new() { Users = [Until.Never] }), BackOutReason.BuffersBusy);
        yield return Case("a reference", Given.FilePage().MappedBy(1).Pinned(), BackOutReason.ReferencesBeforeUnmap);

        static TestCaseData Case(string which, Scenario scenario, BackOutReason reason) => new TestCaseData(which, scenario, reason).SetArgDisplayNames(which);
    }

    // One attempt in pass 0; the new page must be as it was in every case.
    private static void AssertResidue(Scenario scenario, BackOutReason reason, params string[] residue)
    {
        Attempt attempt = Attempt.Of(scenario);
        var start = new Machine(attempt.Machine);
        attempt.GoesTo(MigrationStep.FinishPage, pass: 0);

        Assert.That(attempt.Task.Reason, Is.EqualTo(reason));
        bool tookNewPage = !attempt.Task.Newpage.IsNone;
        Changes.AssertExactly(start, attempt.Machine, ["task 0: pf_swapwrite 0 -> 1", .. tookNewPage ? ["task 0: newpage none -> page 1"] : Array.Empty<string>(), .. residue]);
    }

    private static Scenario With(WritepageMode mode, ScenarioPage page) => new() { Files = [new() { Writepage = mode }], Pages = [page] };
}
