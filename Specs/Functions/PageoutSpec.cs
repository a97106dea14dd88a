namespace MigrationConformance.Specs;

/// <summary>pageout(), condition by condition: its four results, and in what state each leaves the page.</summary>
[TestFixture, KernelFunction("pageout"), PatchLines(PatchLinesAttribute.Vmscan, 908, 924)]
public sealed class PageoutSpec
{
    private static readonly ScenarioPage DirtyPage = new() { File = 0, Index = 7, Flags = PageFlags.Uptodate | PageFlags.Dirty };

    [TestCase(2, false, true)]
    [TestCase(1, false, false)]
    [TestCase(3, false, false)]
    [TestCase(3, true, true)]
    [TestCase(2, true, false)]
    [TestCase(4, true, false)]
    [KernelFunction("is_page_cache_freeable")]
    public void Only_isolation_tree_and_buffers_may_hold_the_page(int count, bool buffers, bool freeable)
    {
        var page = new Page { Count = count, Flags = buffers ? PageFlags.Private : PageFlags.None };

        Assert.That(Pageout.IsPageCacheFreeable(page), Is.EqualTo(freeable));
    }

    [TestCase(1, 0)]
    [TestCase(0, 1)]
    [Reason(BackOutReason.PageoutNotFreeable)]
    public void PAGE_KEEP_for_a_page_with_an_entry_or_a_reference_which_stays_dirty_and_mapped(int mappedBy, int references)
    {
        Attempt.Before(MigrationStep.Pageout, new() { Pages = [DirtyPage with { MappedBy = mappedBy, References = references == 0 ? [] : [Until.Never] }] })
            .ChangesNothing()
            .BackedOut(BackOutReason.PageoutNotFreeable)
            .Changes("page 0: -PG_locked", "page 1: -PG_locked");
    }

    [Test, Reason(BackOutReason.PageoutNotFreeable)]
    public void The_references_are_tested_before_the_method()
    {
        Attempt.Before(MigrationStep.Pageout, new() { Files = [new() { Writepage = WritepageMode.Absent }], Pages = [DirtyPage with { MappedBy = 1 }] })
            .ChangesNothing()
            .BackedOut(BackOutReason.PageoutNotFreeable);
    }

    [Test, Reason(BackOutReason.PageoutNoWritepage)]
    public void PAGE_ACTIVATE_without_a_writepage_method()
    {
        Attempt.Before(MigrationStep.Pageout, With(WritepageMode.Absent))
            .ChangesNothing()
            .BackedOut(BackOutReason.PageoutNoWritepage)
            .Changes("page 0: -PG_locked", "page 1: -PG_locked");
    }

    [Test]
    public void PAGE_CLEAN_when_PG_dirty_is_gone_by_now_and_the_page_migrates()
    {
        Attempt.Before(MigrationStep.Pageout, With(WritepageMode.Asynchronous))
            .Meanwhile(other => other.Page(0).Clear(PageFlags.Dirty))
            .ChangesNothing()
            .StandsBefore(MigrationStep.CheckReferences);
    }

    [Test]
    public void PAGE_CLEAN_with_buffers_goes_on_to_release_them()
    {
        Attempt.Before(MigrationStep.Pageout, new() { Pages = [DirtyPage with { Buffers = [new()] }] })
            .Meanwhile(other => other.Page(0).Clear(PageFlags.Dirty))
            .ChangesNothing()
            .StandsBefore(MigrationStep.ReleaseBuffers);
    }

    [Test, KernelFunction("clear_page_dirty_for_io")]
    public void Clears_PG_dirty_but_not_its_tag_before_the_write()
    {
        Attempt.Before(MigrationStep.Pageout, With(WritepageMode.Asynchronous))
            .Changes("page 0: -PG_dirty", "global: nr_dirty 1 -> 0")
            .StandsBefore(MigrationStep.Writepage);
    }

    [Test, Reason(BackOutReason.PageoutSuccess)]
    public void PAGE_SUCCESS_of_a_write_under_way_leaves_the_page_unlocked_and_unlocks_the_new_page()
    {
        Attempt.Before(MigrationStep.Writepage, With(WritepageMode.Asynchronous))
            .Changes("page 0: -PG_locked", "page 0: +PG_reclaim", "page 0: +PG_writeback", "file 0: -[7] DIRTY", "file 0: +[7] WRITEBACK", "global: nr_writeback 0 -> 1",
                "hold 0 none -> Writeback of page 0", "page 1: -PG_locked")
            .BackedOut(BackOutReason.PageoutSuccess, next: MigrationStep.FinishPage)
            .Changes("task 0: retry 0 -> 1");
    }

    [Test, Reason(BackOutReason.PageoutSuccess)]
    public void PAGE_SUCCESS_of_a_synchronous_write_leaves_no_PG_reclaim_but_the_DIRTY_tag()
    {
        Attempt.Before(MigrationStep.Writepage, With(WritepageMode.Synchronous))
            .Changes("page 0: -PG_locked", "file 0: block 7 none -> 1", "page 1: -PG_locked")
            .BackedOut(BackOutReason.PageoutSuccess, next: MigrationStep.FinishPage);
    }

    [Test, Reason(BackOutReason.PageoutSuccess), KernelFunction("handle_write_error")]
    public void PAGE_SUCCESS_of_a_failed_write_records_the_error_and_drops_the_dirty_bit()
    {
        Attempt.Before(MigrationStep.Writepage, With(WritepageMode.Failing))
            .Changes("page 0: -PG_locked", "page 0: +PG_reclaim")
            .StandsBefore(MigrationStep.HandleWriteError)
            .Changes("file 0: flags AccountsDirty -> AsEio, AccountsDirty", "page 0: -PG_reclaim", "page 1: -PG_locked")
            .BackedOut(BackOutReason.PageoutSuccess, next: MigrationStep.FinishPage);
    }

    [Test, KernelFunction("handle_write_error")]
    public void The_error_is_not_recorded_when_the_page_has_another_mapping_by_now()
    {
        Attempt.Before(MigrationStep.HandleWriteError, With(WritepageMode.Failing))
            .Meanwhile(truncation => truncation.Page(0).Mapping = MappingPtr.Null)
            .Changes("page 0: -PG_reclaim", "page 1: -PG_locked");
    }

    [Test, KernelFunction("handle_write_error")]
    public void Recording_the_error_waits_for_the_page_lock()
    {
        Attempt.Before(MigrationStep.HandleWriteError, With(WritepageMode.Failing))
            .Meanwhile(other => other.Page(0).Set(PageFlags.Locked))
            .Waits(WaitKind.PageLock, 0);
    }

    [Test, KernelFunction("handle_write_error")]
    public void A_full_device_is_recorded_as_such()
    {
        Machine m = ScenarioBuilder.Build(new() { Pages = [DirtyPage] }).Machine;

        Assert.That(Pageout.HandleWriteError(m, new Pfn(0), new MappingId(1), -Errno.ENOSPC), Is.True);
        Assert.That(m.Mappings[1].Flags, Is.EqualTo(MappingFlags.AsEnospc | MappingFlags.AccountsDirty));
        Assert.That(m.Pages[0].Has(PageFlags.Locked), Is.False);
    }

    [Test, Reason(BackOutReason.PageoutActivate)]
    public void PAGE_ACTIVATE_of_the_method_leaves_the_page_locked_and_dirty_again()
    {
        Attempt.Before(MigrationStep.Writepage, With(WritepageMode.Activate))
            .Changes("page 0: +PG_dirty", "global: nr_dirty 0 -> 1", "file 0: flags AccountsDirty -> AccountsDirty, InodeDirty")
            .BackedOut(BackOutReason.PageoutActivate)
            .Changes("page 0: -PG_locked", "page 1: -PG_locked");
    }

    [Test]
    public void Without_mapping_a_page_whose_buffers_can_be_freed_is_CLEAN()
    {
        Machine m = WithoutMapping([new()]);

        Assert.That(Pageout.Start(m, new Pfn(0), MappingId.None), Is.EqualTo(PageoutStart.CleanWithoutMapping));
        Assert.That((m.Pages[0].Has(PageFlags.Dirty | PageFlags.Private), m.Pages[0].Has(PageFlags.Locked)), Is.EqualTo((false, true)));
    }

    [TestCase(false)]
    [TestCase(true)]
    public void Without_mapping_a_page_without_buffers_or_with_busy_ones_is_KEEP(bool busy)
    {
        Machine m = WithoutMapping(busy ? [new() { Users = [Until.Never] }] : []);
        var before = new Machine(m);

        Assert.That(Pageout.Start(m, new Pfn(0), MappingId.None), Is.EqualTo(PageoutStart.NoMapping));
        Changes.AssertExactly(before, m);
    }

    private static Scenario With(WritepageMode mode) => new() { Files = [new() { Writepage = mode }], Pages = [DirtyPage] };

    // A truncated page that isolation, buffers and one other reference hold, so that it counts as freeable.
    private static Machine WithoutMapping(ValueList<ScenarioBuffer> buffers)
    {
        Machine m = ScenarioBuilder.Build(new()
        {
            Pages = [new() { Buffers = buffers, References = [Until.Never], List = PagePlace.Isolated, Flags = PageFlags.Dirty }],
        }).Machine;
        m.Pages[0].Set(PageFlags.Locked);
        return m;
    }
}
