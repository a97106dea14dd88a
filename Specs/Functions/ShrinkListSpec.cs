namespace MigrationConformance.Specs;

/// <summary>shrink_list() around the call that the patch changes: its decisions stay what they were, since it hands ignore_refs 0.</summary>
[TestFixture, KernelFunction("shrink_list"), PatchLines(PatchLinesAttribute.Vmscan, 486)]
public sealed class ShrinkListSpec
{
    private const PageFlags Dirty = PageFlags.Uptodate | PageFlags.Dirty;

    private enum Fate
    {
        Freed,
        Kept,
        Activated,
    }

    [Test]
    public void A_clean_unmapped_file_page_is_freed() => AssertFate(Fate.Freed, new() { File = 0 });

    [Test]
    public void A_locked_page_is_kept() => AssertFate(Fate.Kept, new() { File = 0, Locked = Until.Never });

    [Test]
    public void An_active_page_is_a_BUG()
    {
        Machine m = Build(new() { File = 0, Flags = PageFlags.Uptodate | PageFlags.Active });

        Assert.That(Run(m, ScanControl.All), Is.EqualTo(StepResult.Bug));
        Assert.That(m.Bug.Check, Is.EqualTo(BugCheck.ShrinkListPageActive));
    }

    [Test]
    public void A_page_under_writeback_is_kept() => AssertFate(Fate.Kept, new() { File = 0, Writeback = new() { Until = Until.Never } });

    [Test, KernelFunction("page_referenced")]
    public void A_mapped_page_that_was_used_is_activated_and_its_entry_is_old() =>
        AssertFate(Fate.Activated, new() { File = 0, Ptes = [new() { Young = true }] }, mapcount: 1);

    [Test]
    public void An_unmapped_page_that_was_used_is_freed_when_nobody_maps_its_file() =>
        AssertFate(Fate.Freed, new() { File = 0, Flags = PageFlags.Uptodate | PageFlags.Referenced });

    [Test, KernelFunction("page_mapping_inuse")]
    public void An_unmapped_page_that_was_used_is_activated_when_somebody_maps_its_file()
    {
        Machine m = ScenarioBuilder.Build(new()
        {
            Vmas = [new() { Process = 0, Start = 0x10000000, Pages = 4, File = 0 }],
            Pages = [new() { File = 0, Flags = PageFlags.Uptodate | PageFlags.Referenced }],
        }).Machine;

        Assert.That(Run(m, ScanControl.All), Is.EqualTo(StepResult.Finished));
        Assert.That(m.Pages[0].Has(PageFlags.Active), Is.True);
    }

    [Test]
    public void An_anonymous_page_is_kept_without_may_swap() =>
        AssertFate(Fate.Kept, new() { AnonVma = 0, MappedBy = 1 }, ScanControl.All & ~ScanControl.MaySwap, mapcount: 1);

    [Test, KernelFunction("add_to_swap")]
    public void An_anonymous_page_without_a_slot_is_activated() =>
        AssertFate(Fate.Activated, new() { AnonVma = 0, MappedBy = 1 }, slots: 0, mapcount: 1);

    [Test]
    public void A_fresh_anonymous_page_is_unmapped_written_and_kept_for_the_end_of_the_write()
    {
        Machine m = Build(new() { AnonVma = 0, MappedBy = 1 });

        Assert.That(Run(m, ScanControl.All), Is.EqualTo(StepResult.Finished));
        Assert.That((m.Pages[0].Mapcount, m.Pages[0].Has(PageFlags.Writeback), m.SwapMap[1]), Is.EqualTo((0, true, (ushort)2)));
        Assert.That(PageList.First(m, m.Tasks[1].Moved), Is.EqualTo(new Pfn(0)));
    }

    [Test]
    public void A_mapped_file_page_is_kept_without_may_swap() =>
        AssertFate(Fate.Kept, new() { File = 0, MappedBy = 1 }, ScanControl.All & ~ScanControl.MaySwap, mapcount: 1);

    [Test, KernelFunction("try_to_unmap")]
    public void SWAP_SUCCESS_goes_on_to_free_the_page() => AssertFate(Fate.Freed, new() { File = 0, MappedBy = 2 });

    [Test, KernelFunction("try_to_unmap")]
    public void SWAP_FAIL_activates_since_the_VMA_is_locked() => AssertFateInVma(Fate.Activated, VmFlags.Locked, new ScenarioPte());

    [Test, KernelFunction("try_to_unmap")]
    public void SWAP_AGAIN_keeps() => AssertFateInVma(Fate.Kept, VmFlags.Nonlinear, new ScenarioPte { Address = 0x10000000, Young = true });

    [Test]
    public void A_dirty_page_that_was_used_is_kept_and_not_written() =>
        AssertFate(Fate.Kept, new() { File = 0, Flags = Dirty | PageFlags.Referenced });

    [TestCase(ScanControl.All & ~ScanControl.GfpFs)]
    [TestCase(ScanControl.All & ~ScanControl.MayWritepage)]
    public void A_dirty_file_page_is_kept_when_the_caller_may_not_write(ScanControl allowed) =>
        AssertFate(Fate.Kept, new ScenarioPage { File = 0, Flags = Dirty }, allowed);

    [Test]
    public void A_dirty_swap_cache_page_may_be_written_with_GFP_IO_alone()
    {
        Machine m = Build(new() { AnonVma = 0, SwapCache = 1, SwappedBy = 1, Flags = Dirty });

        Assert.That(Run(m, ScanControl.All & ~ScanControl.GfpFs), Is.EqualTo(StepResult.Finished));
        Assert.That(m.Pages[0].Has(PageFlags.Writeback), Is.True);
    }

    [Test, KernelFunction("pageout")]
    public void PAGE_KEEP_keeps() => AssertFate(Fate.Kept, new() { File = 0, Flags = Dirty, References = [Until.Never] });

    [TestCase(WritepageMode.Absent)]
    [TestCase(WritepageMode.Activate)]
    [KernelFunction("pageout")]
    public void PAGE_ACTIVATE_activates(WritepageMode mode) => AssertFate(Fate.Activated, new() { File = 0, Flags = Dirty }, mode: mode);

    [Test, KernelFunction("pageout")]
    public void PAGE_SUCCESS_of_a_synchronous_write_locks_the_page_again_and_frees_it() =>
        AssertFate(Fate.Freed, new() { File = 0, Flags = Dirty }, mode: WritepageMode.Synchronous);

    [Test, KernelFunction("pageout"), KernelFunction("handle_write_error")]
    public void PAGE_SUCCESS_of_a_failed_write_frees_the_page_too() =>
        AssertFate(Fate.Freed, new() { File = 0, Flags = Dirty }, mode: WritepageMode.Failing);

    [Test, KernelFunction("try_to_release_page")]
    public void Busy_buffers_activate() => AssertFate(Fate.Activated, new() { File = 0, Buffers = [new() { Users = [Until.Never] }] });

    [Test, KernelFunction("try_to_release_page")]
    public void Idle_buffers_are_released_and_the_page_is_freed() => AssertFate(Fate.Freed, new() { File = 0, Buffers = [new()] });

    [TestCase(ScenarioLockKind.Private, WaitKind.PrivateLock)]
    [TestCase(ScenarioLockKind.Tree, WaitKind.TreeLock)]
    public void Buffers_stay_until_the_locks_that_their_release_takes_are_free(ScenarioLockKind held, WaitKind waits)
    {
        Machine m = ScenarioBuilder.Build(new() { Files = [new()], Pages = [new() { File = 0, Buffers = [new()] }], Locks = [new(held, 0)] }).Machine;

        Assert.That(Run(m, ScanControl.All), Is.EqualTo(StepResult.Blocked));
        Assert.That((m.Tasks[1].Step, m.Tasks[1].WaitsFor), Is.EqualTo(((int)ReclaimStep.ReleaseBuffers, waits)));
        Assert.That((m.Pages[0].Has(PageFlags.Private), m.Pages[0].Has(PageFlags.Locked)), Is.EqualTo((true, true)));
    }

    [Test]
    public void A_truncated_page_that_only_its_buffers_kept_is_freed() => AssertFate(Fate.Freed, new() { List = PagePlace.Isolated, Buffers = [new()] });

    [Test, KernelFunction("remove_mapping")]
    public void A_page_that_others_hold_is_kept() => AssertFate(Fate.Kept, new() { File = 0, References = [Until.Never] });

    [TestCase(false, 1)]
    [TestCase(true, 2)]
    public void A_mapped_page_counts_twice_as_scanned(bool mapped, int scanned)
    {
        Machine m = Build(new() { File = 0, MappedBy = mapped ? 1 : 0 });

        Assert.That(Run(m, ScanControl.All), Is.EqualTo(StepResult.Finished));
        Assert.That((m.Tasks[1].Local1, m.Tasks[1].Result), Is.EqualTo((scanned, 1)));
    }

    private static void AssertFate(
        Fate fate, ScenarioPage page, ScanControl allowed = ScanControl.All, WritepageMode mode = WritepageMode.Asynchronous, int slots = 1, int mapcount = 0)
    {
        Machine m = Build(page, mode, slots);
        AssertFate(fate, m, allowed);
        Assert.That(m.Pages[0].Mapcount, Is.EqualTo(mapcount));
    }

    private static void AssertFateInVma(Fate fate, VmFlags flags, ScenarioPte pte)
    {
        AssertFate(fate, ScenarioBuilder.Build(new()
        {
            Vmas = [new() { Process = 0, Start = 0x10000000, Pages = 4, File = 0, Flags = VmFlags.Read | flags }],
            Pages = [new() { File = 0, Ptes = [pte] }],
        }).Machine, ScanControl.All);
    }

    private static void AssertFate(Fate fate, Machine m, ScanControl allowed)
    {
        bool lockedByOthers = m.Pages[0].Has(PageFlags.Locked);

        Assert.That(Run(m, allowed), Is.EqualTo(StepResult.Finished), m.Dump());
        Fate actual = PageList.IsEmpty(m, m.Tasks[1].Moved) ? Fate.Freed : m.Pages[0].Has(PageFlags.Active) ? Fate.Activated : Fate.Kept;
        Assert.That(actual, Is.EqualTo(fate));
        Assert.That(m.Pages[0].Has(PageFlags.Locked), Is.EqualTo(lockedByOthers));
        if (fate == Fate.Freed)
            Assert.That((m.Pages[0].Count, m.Pages[0].Mapping), Is.EqualTo((0, MappingPtr.Null)));
    }

    private static Machine Build(ScenarioPage page, WritepageMode mode = WritepageMode.Asynchronous, int slots = 1) =>
        ScenarioBuilder.Build(new() { Files = [new() { Writepage = mode }], Swap = new() { Slots = slots }, Pages = [page] }).Machine;

    // The list `from` of the unused migration is what the reclaim takes its pages from.
    private static StepResult Run(Machine m, ScanControl allowed)
    {
        TaskId task = m.AddTask(ShrinkList.NewTask(m.Tasks[0].From, m.AddList(), allowed));
        StepResult result;
        do
            result = ShrinkList.Advance(m, task);
        while (result == StepResult.Ran);
        return result;
    }
}
