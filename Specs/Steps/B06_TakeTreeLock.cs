namespace MigrationConformance.Specs;

/// <summary>Step B6: the write side of the tree_lock is taken; until step B13 nobody can look the page up. The slot is looked up under it.</summary>
[TestFixture, Step("B6"), KernelFunction("migrate_page_remove_references"), KernelFunction("radix_tree_lookup_slot")]
[PatchLines(PatchLinesAttribute.Documentation, 92), PatchLines(PatchLinesAttribute.Vmscan, 718, 722)]
public sealed class B06_TakeTreeLock
{
    [Test]
    public void Takes_the_files_tree_lock_and_changes_nothing_else()
    {
        Attempt.Before(MigrationStep.TakeTreeLock, Given.FilePage())
            .Changes("file 0: tree_lock free -> task 0")
            .StandsBefore(MigrationStep.CheckMapping);
    }

    [Test]
    public void Takes_the_tree_lock_of_swapper_space_for_a_swap_cache_page()
    {
        Attempt.Before(MigrationStep.TakeTreeLock, Given.AnonPage().InSwapCache().MappedBy(1))
            .Changes("swapper_space: tree_lock free -> task 0");
    }

    [Test]
    public void Waits_while_somebody_else_has_the_tree_lock()
    {
        Attempt.Before(MigrationStep.TakeTreeLock, new() { Pages = [new() { File = 0 }], Locks = [new(ScenarioLockKind.Tree, 0)] })
            .Waits(WaitKind.TreeLock, 1);
    }

    [Test]
    public void Finds_the_slot_of_a_swap_cache_page_by_its_entry_and_not_by_its_index()
    {
        // Another page sits in swapper_space's tree at the number that is page 0's index.
        Attempt attempt = Attempt.Before(MigrationStep.CheckMapping, new()
        {
            Pages = [new() { AnonVma = 0, Index = 5, SwapCache = 9, MappedBy = 1 }, new() { AnonVma = 0, Index = 6, SwapCache = 5, List = PagePlace.Lru }],
            From = [0],
        });

        Assert.That(attempt.Task.RadixPointer, Is.EqualTo(RadixTree.LookupSlot(attempt.Machine, attempt.Swapper.PageTree, 9)));
        Assert.That(attempt.Machine.Slots[attempt.Task.RadixPointer], Is.EqualTo(0 + 1));
    }

    [Test]
    public void The_lock_is_held_before_each_of_the_steps_to_13()
    {
        Attempt attempt = Attempt.Before(MigrationStep.CheckMapping, Given.FilePage());
        foreach (MigrationStep step in new[]
        {
            MigrationStep.CheckMapping, MigrationStep.CheckCount, MigrationStep.CheckSlot, MigrationStep.EstablishNewPage,
            MigrationStep.SwitchSlot, MigrationStep.DropTreeReference, MigrationStep.DropTreeLock,
        })
        {
            attempt.GoesTo(step);
            Assert.That(attempt.File().TreeLock, Is.EqualTo(1), $"before {step}");
        }
    }
}
