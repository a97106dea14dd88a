namespace MigrationConformance.Specs;

/// <summary>Which locks a step waits for, and that it waits for no other: a lock that others hold for ever stops the run at that step.</summary>
[TestFixture, KernelFunction("migrate_pages")]
public sealed class WaitsSpec
{
    private static readonly ScenarioLock SwapperTree = new(ScenarioLockKind.Tree, ScenarioLock.Swapper), FileTree = new(ScenarioLockKind.Tree, 0),
        Private = new(ScenarioLockKind.Private, 0), SwapLock = new(ScenarioLockKind.Swap);

    private static readonly ScenarioBuffer Busy = new() { Users = [Until.Never] };

    [TestCaseSource(nameof(WaitingSteps))]
    public void A_step_waits(string which, MigrationStep step, Scenario scenario, ScenarioLock held, WaitKind kind, int number)
    {
        Attempt attempt = Attempt.Before(step, scenario with { Locks = [held] });
        if (step == MigrationStep.TryToUnmap)
            attempt.Changes(attempt.Page(0).IsAnon ? "anon_vma 0: lock free -> task 0" : "file 0: immap_lock free -> task 0");

        attempt.Waits(kind, number);
    }

    [TestCaseSource(nameof(FreeSteps))]
    public void A_step_does_not_wait(string which, MigrationStep step, Scenario scenario, ScenarioLock held)
    {
        Attempt attempt = Attempt.Before(step, scenario with { Locks = [held] });
        MigrationStep before = attempt.Next;

        Assert.That(MigratePages.Advance(attempt.Machine, new TaskId(0)), Is.EqualTo(StepResult.Ran));
        Assert.That(attempt.Next, Is.Not.EqualTo(before));
    }

    private static IEnumerable<TestCaseData> WaitingSteps()
    {
        GivenPages dirtyFile = Given.FilePage().Dirty(), dirtySwap = Given.AnonPage().InSwapCache().SwappedOutBy(1).Dirty(), tmpfs = Tmpfs(dirtyFile);
        yield return Case("unmapping a dirty entry: tree_lock", MigrationStep.TryToUnmap, Given.FilePage().WithPte(dirty: true), FileTree, WaitKind.TreeLock, 1);
        yield return Case("unmapping a dirty entry: private_lock", MigrationStep.TryToUnmap, Given.FilePage().WithPte(dirty: true), Private, WaitKind.PrivateLock, 1);
        yield return Case("unmapping an anonymous entry: swap_lock", MigrationStep.TryToUnmap, Given.AnonPage().InSwapCache().MappedBy(1), SwapLock, WaitKind.SwapLock, 0);
        yield return Case("unmapping the first anonymous entry: mmlist_lock", MigrationStep.TryToUnmap, Given.AnonPage().InSwapCache().MappedBy(1), new(ScenarioLockKind.Mmlist), WaitKind.MmlistLock, 0);
        yield return Case("unmapping: page_table_lock", MigrationStep.TryToUnmap, Given.AnonPage().InSwapCache().MappedBy(1), new(ScenarioLockKind.PageTable, 0), WaitKind.PageTableLock, 0);
        yield return Case("sweeping a window: page_table_lock", MigrationStep.TryToUnmap, Nonlinear(dirty: false), new(ScenarioLockKind.PageTable, 0), WaitKind.PageTableLock, 0);
        yield return Case("sweeping a dirty entry: tree_lock", MigrationStep.TryToUnmap, Nonlinear(dirty: true), FileTree, WaitKind.TreeLock, 1);
        yield return Case("writing a file page: tree_lock", MigrationStep.Writepage, dirtyFile, FileTree, WaitKind.TreeLock, 1);
        yield return Case("writing a swap cache page: tree_lock", MigrationStep.Writepage, dirtySwap, SwapperTree, WaitKind.TreeLock, 0);
        yield return Case("writing a swap cache page: swap_lock", MigrationStep.Writepage, dirtySwap, SwapLock, WaitKind.SwapLock, 0);
        yield return Case("writing a tmpfs page: swap_lock", MigrationStep.Writepage, tmpfs, SwapLock, WaitKind.SwapLock, 0);
        yield return Case("writing a tmpfs page: swapper_space's tree_lock", MigrationStep.Writepage, tmpfs, SwapperTree, WaitKind.TreeLock, 0);
        yield return Case("writing a tmpfs page: its file's tree_lock", MigrationStep.Writepage, tmpfs, FileTree, WaitKind.TreeLock, 1);
        yield return Case("redirtying after ACTIVATE: tree_lock", MigrationStep.Writepage, dirtyFile.WithFile(new() { Writepage = WritepageMode.Activate }), FileTree, WaitKind.TreeLock, 1);
        yield return Case("releasing buffers: private_lock", MigrationStep.ReleaseBuffers, Given.FilePage().WithBuffers(), Private, WaitKind.PrivateLock, 1);
        yield return Case("releasing idle buffers: tree_lock", MigrationStep.ReleaseBuffers, Given.FilePage().WithBuffers(), FileTree, WaitKind.TreeLock, 1);
        yield return Case("removing a file page from its tree: tree_lock", MigrationStep.SwapPageRemoveMapping, Given.FilePage().NoTo(), FileTree, WaitKind.TreeLock, 1);
        yield return Case("removing a page from the swap cache: tree_lock", MigrationStep.SwapPageRemoveMapping, Given.AnonPage().InSwapCache().SwappedOutBy(1).NoTo(), SwapperTree, WaitKind.TreeLock, 0);
        yield return Case("removing a page from the swap cache: swap_lock", MigrationStep.SwapPageRemoveMapping, Given.AnonPage().InSwapCache().SwappedOutBy(1).NoTo(), SwapLock, WaitKind.SwapLock, 0);
        yield return Case("swap_page releasing buffers: private_lock", MigrationStep.SwapPageReleaseBuffers, Given.FilePage().WithBuffers().NoTo(), Private, WaitKind.PrivateLock, 1);
        yield return Case("swap_page unmapping: i_mmap_lock", MigrationStep.SwapPageUnmap, Given.FilePage().MappedBy(1).NoTo(), new(ScenarioLockKind.Immap, 0), WaitKind.ImmapLock, 1);

        static TestCaseData Case(string which, MigrationStep step, Scenario scenario, ScenarioLock held, WaitKind kind, int number) =>
            new TestCaseData(which, step, scenario, held, kind, number).SetArgDisplayNames(which);
    }

    private static IEnumerable<TestCaseData> FreeSteps()
    {
        yield return Case("unmapping a clean file entry: tree_lock", MigrationStep.TryToUnmap, Given.FilePage().MappedBy(1), FileTree);
        yield return Case("unmapping a dirty entry of a page that is dirty: tree_lock", MigrationStep.TryToUnmap,
            Given.FilePage().Dirty().WithPte(dirty: true).At(PatchLevel.MigratepageMethod), FileTree);
        yield return Case("unmapping a dirty entry of a dirty page, which is tagged already: tree_lock", MigrationStep.SwapPageUnmap, Given.FilePage().Dirty().WithPte(dirty: true).NoTo(), FileTree);
        yield return Case("unmapping a file entry: swap_lock", MigrationStep.TryToUnmap, Given.FilePage().MappedBy(1), SwapLock);
        yield return Case("writing synchronously: tree_lock", MigrationStep.Writepage, Given.FilePage().Dirty().WithFile(new() { Writepage = WritepageMode.Synchronous }), FileTree);
        yield return Case("writing a tmpfs page without memory for the tree: swapper_space's tree_lock", MigrationStep.Writepage,
            Tmpfs(Given.FilePage().Dirty()).WithSwap(new() { RadixPreloadFails = true }), SwapperTree);
        yield return Case("finding buffers busy: tree_lock", MigrationStep.ReleaseBuffers, Given.FilePage().WithBuffer(Busy), FileTree);
        yield return Case("releasepage that refuses: private_lock", MigrationStep.ReleaseBuffers, Given.FilePage().WithBuffers().WithFile(new() { Releasepage = ReleasepageMode.Refuses }), Private);
        yield return Case("the test before unmapping: tree_lock", MigrationStep.CheckReferences, Given.FilePage().Pinned(), FileTree);
        yield return Case("tree_lock of another file", MigrationStep.TakeTreeLock, Given.FilePage().And.FilePage(1), new ScenarioLock(ScenarioLockKind.Tree, 1));
        yield return Case("the lru_lock while the pagevec has room", MigrationStep.MoveToLru, Given.FilePage(), new ScenarioLock(ScenarioLockKind.Lru, 0));

        static TestCaseData Case(string which, MigrationStep step, Scenario scenario, ScenarioLock held) =>
            new TestCaseData(which, step, scenario, held).SetArgDisplayNames(which);
    }

    private static GivenPages Nonlinear(bool dirty) => Given.FilePage().WithPte(vma: 0, address: 0x10000000, dirty: dirty)
        .WithVma(new() { Process = 0, Start = 0x10000000, Pages = 4, File = 0, Flags = VmFlags.Read | VmFlags.Nonlinear });

    private static GivenPages Tmpfs(GivenPages pages) => pages.WithFile(new() { Kind = MappingKind.Tmpfs });
}
