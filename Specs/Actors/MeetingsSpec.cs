namespace MigrationConformance.Specs;

/// <summary>
/// Where an actor meets an attempt to migrate its page: before the entries are unmapped, while they are, before the tree lock is
/// taken, under it, while the new page is filled, and after. What the attempt sees of it, and what the actor ends with.
/// </summary>
[TestFixture, KernelFunction("migrate_page_remove_references"), KernelFunction("do_swap_page"), KernelFunction("do_no_page")]
public sealed class MeetingsSpec
{
    private const ulong Address = 0x10007000;

    private static readonly MmId First = new(0), Second = new(1);

    // Clean in the swap cache; process 0 has it swapped out, process 1 maps it.
    private static readonly GivenPages HalfSwapped = Given.AnonPage(index: 7).InSwapCache(3).With(page => page with { MappedBy = 1, SwapPtes = [new() { Vma = 1, Address = Address }] })
        .From(0).To(1).WithSwap(new() { Slots = 8 })
        .WithVma(new() { Process = 0, Start = 0x10000000, Pages = 8, AnonVma = 0 }).WithVma(new() { Process = 1, Start = 0x10000000, Pages = 8, AnonVma = 0 });

    private static readonly GivenPages Cached = Given.AnonPage(index: 7).InSwapCache(3).MappedBy(1).From(0).To(1).WithSwap(new() { Slots = 8 });
    private static readonly GivenPages Shared = Given.AnonPage(index: 7).InSwapCache(3).MappedBy(2).From(0).To(1).WithSwap(new() { Slots = 8 });
    private static readonly GivenPages File = Given.FilePage(index: 7).MappedBy(1).From(0).To(1);
    private static readonly GivenPages Unmapped = Given.FilePage(index: 7).From(0).To(1).WithVma(new() { Process = 0, Start = 0x10000000, Pages = 8, File = 0 });

    [Test, Reason(BackOutReason.ReferencesBeforeUnmap)]
    public void A_swap_fault_before_step_5_sleeps_on_the_page_and_the_attempt_backs_out_with_every_entry_in_place()
    {
        Attempt attempt = Attempt.Before(MigrationStep.CheckReferences, HalfSwapped);
        TaskId fault = attempt.Machine.AddTask(Tasks.Access(TaskKind.Fault, Second, Address));

        attempt.GoesOn(fault, StepResult.Blocked, WaitKind.PageLock);
        attempt.ChangesNothing().BackedOut(BackOutReason.ReferencesBeforeUnmap).GoesTo(MigrationStep.FinishPage).GoesOn(fault);

        Assert.That((Entry(attempt, First).Page.Value, Entry(attempt, Second).Page.Value, attempt.Page(0).Mapcount), Is.EqualTo((0, 0, 2)));
        attempt.Returns(0, from: [], to: [], moved: [0], failed: []);
    }

    [Test, Reason(BackOutReason.ReferencesRemain)]
    public void A_swap_fault_between_steps_5_and_6_sleeps_on_the_page_and_maps_it_again_when_the_attempt_has_backed_out()
    {
        Attempt attempt = Attempt.Before(MigrationStep.TakeTreeLock, Cached);
        TaskId fault = attempt.Machine.AddTask(Tasks.Access(TaskKind.Fault, First, Address));

        attempt.GoesOn(fault, StepResult.Blocked, WaitKind.PageLock);
        attempt.GoesTo(MigrationStep.CheckCount).Changes("swapper_space: tree_lock task 0 -> free").BackedOut(BackOutReason.ReferencesRemain);

        attempt.GoesTo(MigrationStep.FinishPage).GoesOn(fault);
        Assert.That((Entry(attempt, First).Page.Value, attempt.Page(0).Mapcount), Is.EqualTo((0, 1)));
    }

    [TestCase(MigrationStep.CheckCount)]
    [TestCase(MigrationStep.EstablishNewPage)]
    [TestCase(MigrationStep.SwitchSlot)]
    [TestCase(MigrationStep.DropTreeReference)]
    [TestCase(MigrationStep.DropTreeLock)]
    public void A_swap_fault_under_the_tree_lock_spins_finds_the_new_page_and_sleeps_on_that(MigrationStep step)
    {
        Attempt attempt = Attempt.Before(step, Cached);
        TaskId fault = attempt.Machine.AddTask(Tasks.Access(TaskKind.Fault, First, Address));

        attempt.GoesOn(fault, StepResult.Blocked, WaitKind.TreeLock);
        attempt.GoesTo(MigrationStep.CopyContents).GoesOn(fault, StepResult.Blocked, WaitKind.PageLock);
        attempt.Returns(0, from: [], to: [], moved: [0], failed: []).GoesOn(fault);

        Assert.That((Entry(attempt, First).Page.Value, attempt.Page(1).Contents), Is.EqualTo((1, 1UL)));
        Assert.That(attempt.Machine.SwapMap[3], Is.EqualTo(1), "the entry is no user of the slot any more");
    }

    // What is set on the new page before the flags are copied stays set.
    [Test]
    public void A_mark_on_the_new_page_survives_the_copying_of_flags()
    {
        Attempt attempt = Attempt.Before(MigrationStep.CopyContents, Cached);

        attempt.GoesOn(attempt.Machine.AddTask(Tasks.Access(TaskKind.Fault, First, Address)), StepResult.Blocked, WaitKind.PageLock);

        Assert.That((attempt.Page(0).Has(PageFlags.Referenced), attempt.Page(1).Has(PageFlags.Referenced)), Is.EqualTo((false, true)));
        attempt.GoesTo(MigrationStep.FinishPage);
        Assert.That(attempt.Page(1).Has(PageFlags.Referenced), Is.True);
    }

    [Test, Reason(BackOutReason.StillMapped)]
    public void A_file_fault_after_step_5_takes_no_lock_and_maps_the_page_again_in_time_for_the_test_for_remaining_entries()
    {
        Attempt attempt = Attempt.Before(MigrationStep.CheckUnmapped, File);

        attempt.Comes(Tasks.Access(TaskKind.Fault, First, Address));

        attempt.ChangesNothing().BackedOut(BackOutReason.StillMapped);
        Assert.That(Entry(attempt, First).Page.Value, Is.EqualTo(0));
    }

    [Test, Reason(BackOutReason.ReferencesRemain)]
    public void A_file_fault_after_that_test_is_seen_by_its_reference()
    {
        Attempt attempt = Attempt.Before(MigrationStep.TakeTreeLock, File);

        attempt.Comes(Tasks.Access(TaskKind.Fault, First, Address));

        attempt.GoesTo(MigrationStep.CheckCount).Changes("file 0: tree_lock task 0 -> free").BackedOut(BackOutReason.ReferencesRemain);
    }

    [Test, Reason(BackOutReason.ReferencesBeforeUnmap)]
    public void A_file_fault_between_its_look_up_and_its_entry_is_seen_before_step_5_and_not_when_it_is_over()
    {
        Attempt attempt = Attempt.Before(MigrationStep.CheckReferences, Unmapped);
        TaskId fault = attempt.Machine.AddTask(Tasks.Access(TaskKind.Fault, First, Address));

        GoesTo(attempt, fault, "FileInstall");
        attempt.ChangesNothing().BackedOut(BackOutReason.ReferencesBeforeUnmap).GoesOn(fault);

        attempt.Returns(0, from: [], to: [], moved: [0], failed: []);
        Assert.That(Entry(attempt, First).IsNone, Is.True, "the entry balanced its reference, and was unmapped in pass 1");
    }

    [TestCase(MigrationStep.CopyContents, true)]
    [TestCase(MigrationStep.CopyFlags, true)]
    [TestCase(MigrationStep.ClearOldPage, false)]
    public void A_file_fault_sleeps_on_the_new_page_until_it_is_uptodate_and_then_maps_it_locked_as_it_is(MigrationStep step, bool sleeps)
    {
        Attempt attempt = Attempt.Before(step, File);
        TaskId fault = attempt.Machine.AddTask(Tasks.Access(TaskKind.Fault, First, Address));

        attempt.GoesOn(fault, sleeps ? StepResult.Blocked : StepResult.Finished, sleeps ? WaitKind.PageLock : WaitKind.None);
        if (sleeps)
            attempt.GoesTo(MigrationStep.MoveToLru).GoesOn(fault);
        else
            Assert.That(attempt.Page(1).Has(PageFlags.Locked), Is.True, "mapped, and locked still");

        Assert.That((Entry(attempt, First).Page.Value, attempt.Page(1).Mapcount), Is.EqualTo((1, 1)));
        attempt.Returns(0, from: [], to: [], moved: [0], failed: []);
    }

    [Test, Reason(BackOutReason.ReferencesBeforeUnmap), KernelFunction("get_user_pages")]
    public void A_pin_before_step_5_makes_every_pass_back_out_with_the_entry_in_place_until_it_goes()
    {
        Attempt attempt = Attempt.Before(MigrationStep.CheckReferences, File);
        TaskId pin = attempt.Machine.AddTask(Tasks.Access(TaskKind.GetUserPages, First, Address));

        GoesTo(attempt, pin, "Unpin");
        attempt.ChangesNothing().BackedOut(BackOutReason.ReferencesBeforeUnmap);
        attempt.GoesTo(MigrationStep.CheckReferences, pass: 1).ChangesNothing().BackedOut(BackOutReason.ReferencesBeforeUnmap).GoesOn(pin);

        attempt.Returns(0, from: [], to: [], moved: [0], failed: []);
    }

    // Process 0's entry is gone, process 1 pins the page through its own, and lets go in time: what it wrote is in the page that moves.
    [Test, KernelFunction("follow_page")]
    public void A_pin_that_comes_while_entries_go_and_is_over_before_step_7_does_no_harm()
    {
        Attempt attempt = Attempt.Before(MigrationStep.TryToUnmap, Given.FilePage(index: 7).MappedBy(2).From(0).To(1));
        attempt.Changes("file 0: immap_lock free -> task 0", "process 0: 10007000 page 0 -> none", "page 0: mapcount 2 -> 1", "page 0: count 4 -> 3", "process 0: file_rss 1 -> 0", "process 0: hiwater_rss 0 -> 1");

        attempt.Comes(Tasks.Access(TaskKind.GetUserPages, Second, Address));

        attempt.GoesTo(MigrationStep.CheckSlot).Returns(0, from: [], to: [], moved: [0], failed: []);
    }

    [Test, Reason(BackOutReason.ReferencesBeforeUnmap), KernelFunction("do_wp_page")]
    public void A_write_to_the_locked_page_copies_it_and_the_attempt_goes_on_in_the_next_pass_with_an_entry_less()
    {
        Attempt attempt = Attempt.Before(MigrationStep.CheckReferences, Shared.And.Page(new() { List = PagePlace.Free }));
        TaskId fault = attempt.Machine.AddTask(Tasks.Access(TaskKind.Fault, First, Address, write: true));

        GoesTo(attempt, fault, "WpInstall");
        attempt.ChangesNothing().BackedOut(BackOutReason.ReferencesBeforeUnmap).GoesOn(fault);

        Assert.That((attempt.Page(0).Mapcount, Entry(attempt, First).Page.Value), Is.EqualTo((1, 1)));
        attempt.Returns(0, from: [], to: [], moved: [0], failed: []);
    }

    [Test, Reason(BackOutReason.ReferencesBeforeUnmap), KernelFunction("zap_pte_range")]
    public void A_munmap_between_entry_and_flush_is_seen_before_step_5()
    {
        Attempt attempt = Attempt.Before(MigrationStep.CheckReferences, Shared);
        TaskId munmap = attempt.Machine.AddTask(Tasks.OnProcess(TaskKind.Munmap, First, Address));

        GoesTo(attempt, munmap, "FinishMmu");
        attempt.ChangesNothing().BackedOut(BackOutReason.ReferencesBeforeUnmap).GoesOn(munmap);

        attempt.Returns(0, from: [], to: [], moved: [0], failed: []);
    }

    // The munmap won the entry; its gather is let go while the migration has page lock and tree lock, just before step 7 counts.
    [TestCase(MigrationStep.CheckCount, true)]
    [TestCase(MigrationStep.DropLocks, false)]
    [KernelFunction("free_page_and_swap_cache")]
    public void A_gather_that_is_flushed_under_the_tree_lock_is_in_time_for_step_7_and_later_it_is_not(MigrationStep flush, bool moves)
    {
        Attempt attempt = Attempt.Before(MigrationStep.TryToUnmap, Cached);
        TaskId munmap = attempt.Machine.AddTask(Tasks.OnProcess(TaskKind.Munmap, First, Address));

        GoesTo(attempt, munmap, "FinishMmu");
        attempt.GoesTo(flush).GoesOn(munmap);

        Assert.That(attempt.Task.Reason, Is.EqualTo(moves ? BackOutReason.None : BackOutReason.ReferencesRemain));
        if (moves)
            attempt.GoesTo(MigrationStep.SwitchSlot).Returns(0, from: [], to: [], moved: [0], failed: []);
    }

    // find_trylock_page fails on the locked new page: it stays in the swap cache with nobody else at its slot.
    [TestCase(MigrationStep.CopyContents)]
    [TestCase(MigrationStep.EndNewPageWriteback)]
    [KernelFunction("free_swap_and_cache")]
    public void A_swap_entry_that_goes_while_the_new_page_is_locked_leaves_that_page_to_reclaim(MigrationStep step)
    {
        Attempt attempt = Attempt.Before(step, Cached);

        attempt.Comes(Tasks.OnProcess(TaskKind.Munmap, First, Address));

        attempt.Returns(0, from: [], to: [], moved: [0], failed: []);
        Assert.That((attempt.Machine.SwapMap[3], attempt.Page(1).Has(PageFlags.SwapCache), attempt.Page(1).Mapcount), Is.EqualTo((1, true, 0)));
    }

    [TestCase(1, false)]
    [TestCase(2, true)]
    public void A_swap_entry_can_go_under_the_tree_lock_when_its_slot_has_another_user(int processes, bool goes)
    {
        Attempt attempt = Attempt.Before(MigrationStep.SwitchSlot, Given.AnonPage(index: 7).InSwapCache(3).MappedBy(processes).From(0).To(1).WithSwap(new() { Slots = 8 }));
        TaskId munmap = attempt.Machine.AddTask(Tasks.OnProcess(TaskKind.Munmap, First, Address));

        attempt.GoesOn(munmap, goes ? StepResult.Finished : StepResult.Blocked, goes ? WaitKind.None : WaitKind.TreeLock);
        Assert.That(attempt.Machine.SwapMap[3], Is.EqualTo(2));
    }

    [Test, Reason(BackOutReason.ReferencesBeforeUnmap), KernelFunction("copy_one_pte")]
    public void A_fork_half_way_through_an_entry_is_seen_before_step_5_and_a_whole_one_is_not()
    {
        Attempt attempt = Attempt.Before(MigrationStep.CheckReferences, File);
        TaskId fork = attempt.Machine.AddTask(Tasks.OnProcess(TaskKind.Fork, First));

        GoesTo(attempt, fork, "CopyDup");
        attempt.ChangesNothing().BackedOut(BackOutReason.ReferencesBeforeUnmap).GoesOn(fork);

        attempt.GoesTo(MigrationStep.CheckReferences, pass: 1).ChangesNothing().StandsBefore(MigrationStep.TryToUnmap);
        Assert.That(attempt.Page(0).Mapcount, Is.EqualTo(2));
    }

    // The child's VMA is linked after the walk, or before it and then walked over: either way no entry is missed.
    [TestCase(true)]
    [TestCase(false)]
    [KernelFunction("dup_mmap")]
    public void A_fork_around_the_walk_of_step_5_leaves_no_entry_behind(bool linksFirst)
    {
        Attempt attempt = Attempt.Before(MigrationStep.TryToUnmap, Shared);
        TaskId fork = attempt.Machine.AddTask(Tasks.OnProcess(TaskKind.Fork, First));

        GoesTo(attempt, fork, linksFirst ? "Copy" : "LinkVma");
        attempt.GoesTo(MigrationStep.CheckUnmapped).GoesOn(fork);

        attempt.ChangesNothing().StandsBefore(MigrationStep.TakeTreeLock).Returns(0, from: [], to: [], moved: [0], failed: []);
        Assert.That((PageTables.Get(attempt.Machine, new MmId(2), Address).IsSwap, attempt.Machine.SwapMap[3]), Is.EqualTo((true, 4)));
    }

    [Test]
    public void A_fork_copies_swap_entries_all_through_the_tree_lock()
    {
        Attempt attempt = Attempt.Before(MigrationStep.SwitchSlot, Cached);

        attempt.Comes(Tasks.OnProcess(TaskKind.Fork, First));

        Assert.That(attempt.Machine.SwapMap[3], Is.EqualTo(3));
        attempt.Returns(0, from: [], to: [], moved: [0], failed: []);
    }

    [Test, Reason(BackOutReason.StillMapped), KernelFunction("do_mlock")]
    public void An_mlock_before_the_walk_comes_by_keeps_the_entry_in_every_pass()
    {
        Attempt attempt = Attempt.Before(MigrationStep.TryToUnmap, File);

        attempt.Comes(Tasks.Access(TaskKind.Mlock, First, Address));

        attempt.GoesTo(MigrationStep.CheckUnmapped).ChangesNothing().BackedOut(BackOutReason.StillMapped).Returns(1, from: [0], to: [1], moved: [], failed: []);
        Assert.That(Entry(attempt, First).Page.Value, Is.EqualTo(0));
    }

    private static Pte Entry(Attempt attempt, MmId process) => PageTables.Get(attempt.Machine, process, Address);

    private static void GoesTo(Attempt attempt, TaskId task, string step)
    {
        for (int steps = 0; Tasks.StepName(attempt.Machine.Tasks[task.Value]) != step && steps < 1000; steps++)
            Assert.That(Tasks.Advance(attempt.Machine, task), Is.EqualTo(StepResult.Ran), $"on the way to {step}\n{attempt.Machine.Dump()}");
        Assert.That(Tasks.StepName(attempt.Machine.Tasks[task.Value]), Is.EqualTo(step));
    }
}
