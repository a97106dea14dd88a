namespace MigrationConformance.Specs;

/// <summary>The fix of April 2006: do_swap_page that finds its page gone from the swap cache ends, and the fault is taken again with the entry read anew.</summary>
[TestFixture, KernelFunction("do_swap_page")]
public sealed class L12_FaultStartsAgain
{
    private const PatchLevel Level = PatchLevel.FaultStartsAgain, Before = PatchLevel.SwapRequired;

    [Test]
    public void The_entry_is_read_anew_with_mmap_sem_given_back_in_between()
    {
        (Attempt attempt, TaskId fault) = Slept(Level);

        Assert.That(Tasks.Advance(attempt.Machine, fault), Is.EqualTo(StepResult.Ran), "the page is not in the swap cache any more");
        Assert.That((Tasks.StepName(attempt.Machine.Tasks[fault.Value]), attempt.Machine.Tasks[fault.Value].Pass), Is.EqualTo(("HandlePteFault", 0)));
        Assert.That((attempt.Page(2).Has(PageFlags.Locked), attempt.Machine.Tasks[fault.Value].Local1), Is.EqualTo((false, 0)), "unlocked, and let go");
    }

    [Test]
    public void Below_the_level_the_stale_entry_is_looked_up_again()
    {
        (Attempt attempt, TaskId fault) = Slept(Before);

        Assert.That(Tasks.Advance(attempt.Machine, fault), Is.EqualTo(StepResult.Ran));
        Assert.That((Tasks.StepName(attempt.Machine.Tasks[fault.Value]), attempt.Machine.Tasks[fault.Value].Pass), Is.EqualTo(("SwapLookup", 1)));
    }

    [TestCase(Before, 1)]
    [TestCase(Level, 0)]
    public void A_third_page_that_has_the_slot_by_now_is_only_touched_below_the_level(PatchLevel level, int references)
    {
        // Known defect below the level: the slot of the entry was freed and taken by another page since.
        (Attempt attempt, TaskId fault) = Slept(level);
        SwpEntry taken = SwapFile.GetSwapPage(attempt.Machine);
        Assert.That(taken, Is.EqualTo(new SwpEntry(1)), "the lowest slot that is free");
        attempt.Machine.Pages[3].Count = 1;
        attempt.Machine.Pages[3].Set(PageFlags.Uptodate);
        SwapState.AddToSwapCacheLocked(attempt.Machine, new Pfn(3), taken);
        PageLock.UnlockPage(attempt.Machine, new Pfn(3));
        int count = attempt.Page(3).Count;

        Tasks.Advance(attempt.Machine, fault);
        Tasks.Advance(attempt.Machine, fault);

        Assert.That(attempt.Page(3).Count - count, Is.EqualTo(references), "what would make a migration of the third page back out");
        attempt.GoesOn(fault);
        Assert.That(PageTables.Get(attempt.Machine, new MmId(0), 0x10001000).Page, Is.EqualTo(new Pfn(2)), "in the end both read their own page");
    }

    [TestCase(Before)]
    [TestCase(Level)]
    public void The_fault_ends_with_the_restored_entry_either_way(PatchLevel level)
    {
        (Attempt attempt, TaskId fault) = Slept(level);

        attempt.GoesOn(fault);

        Assert.That(PageTables.Get(attempt.Machine, new MmId(0), 0x10001000).Page, Is.EqualTo(new Pfn(2)));
        attempt.Returns(0, from: [], to: [], moved: [0], failed: []);
    }

    [Test]
    public void Get_user_pages_keeps_mmap_sem_and_looks_again()
    {
        (Attempt attempt, TaskId pin) = Slept(Level, TaskKind.GetUserPages);

        Tasks.Advance(attempt.Machine, pin);

        Assert.That((Tasks.StepName(attempt.Machine.Tasks[pin.Value]), attempt.Machine.Tasks[pin.Value].Pass), Is.EqualTo(("FollowPage", 1)));
    }

    [Test]
    public void A_page_that_is_in_the_swap_cache_still_is_mapped_as_before()
    {
        foreach (PatchLevel level in new[] { Before, Level })
        {
            // The reference of the fault makes the attempt back out at step 7, and the page stays in the swap cache.
            Attempt attempt = Attempt.Before(MigrationStep.CheckUnmapped, Scenario(level));
            TaskId fault = attempt.Machine.AddTask(Tasks.Access(TaskKind.Fault, new MmId(0), 0x10001000));
            attempt.GoesOn(fault, StepResult.Blocked, WaitKind.PageLock);
            attempt.GoesTo(MigrationStep.FinishPage).GoesOn(fault);

            Assert.That(PageTables.Get(attempt.Machine, new MmId(0), 0x10001000).Page, Is.EqualTo(new Pfn(0)));
        }
    }

    // A fault that looked the new page up before step 18 and sleeps on its lock; then the page left the swap cache and was unlocked.
    private static (Attempt Attempt, TaskId Task) Slept(PatchLevel level, TaskKind kind = TaskKind.Fault)
    {
        Attempt attempt = Attempt.Before(MigrationStep.CopyContents, Scenario(level));
        TaskId task = attempt.Machine.AddTask(Tasks.Access(kind, new MmId(0), 0x10001000));
        attempt.GoesOn(task, StepResult.Blocked, WaitKind.PageLock);
        attempt.GoesTo(MigrationStep.FinishPage);
        Assert.That((Tasks.Advance(attempt.Machine, task), Tasks.StepName(attempt.Machine.Tasks[task.Value])), Is.EqualTo((StepResult.Ran, "SwapRecheck")));
        return (attempt, task);
    }

    private static Scenario Scenario(PatchLevel level) =>
        Given.AnonPage(index: 1).InSwapCache(1).MappedBy(1).And.Page(new() { List = PagePlace.Free }).From(0).At(level).To(1).WithSwap(new() { Slots = 4 });
}
