namespace MigrationConformance.Specs;

/// <summary>The fix of 24 February 2006: what try_to_unmap answers is looked at, and a page of a VM_LOCKED VMA fails at once and for good.</summary>
[TestFixture, Step("B5"), KernelFunction("migrate_page_remove_references")]
public sealed class L08_MlockedFails
{
    private const PatchLevel Level = PatchLevel.MlockedFails, Before = PatchLevel.ChunkedAllocation;

    private const VmFlags Locked = VmFlags.Read | VmFlags.Locked;

    [Test, Reason(BackOutReason.VmLocked)]
    public void A_page_of_a_locked_VMA_backs_out_with_EPERM_after_step_5()
    {
        Attempt.Before(MigrationStep.CheckUnmapped, Mapped(Locked) with { Patch = Level })
            .ChangesNothing()
            .BackedOut(BackOutReason.VmLocked, -Errno.EPERM);
    }

    [Test, Reason(BackOutReason.VmLocked)]
    public void It_goes_to_failed_in_the_first_pass_where_it_was_retried_to_the_last()
    {
        Outcome.Of(Mapped(Locked) with { Patch = Before }).NeverMigrated(BackOutReason.StillMapped);

        Outcome.Of(Mapped(Locked) with { Patch = Level })
            .Returned(1, passes: 1, from: [], to: [1], moved: [], failed: [0])
            .Ended(0, PageFate.Failed, BackOutReason.VmLocked, 0);
    }

    [Test, Reason(BackOutReason.VmLocked)]
    public void Entries_that_the_walk_passed_before_are_gone_all_the_same()
    {
        Attempt attempt = Attempt.Before(MigrationStep.FinishPage, Mapped(VmFlags.Read, Locked) with { Patch = Level });

        Assert.That((attempt.Page(0).Mapcount, attempt.Task.Reason), Is.EqualTo((1, BackOutReason.VmLocked)));
        Assert.That(PageTables.Get(attempt.Machine, new MmId(0), 0x10000000).IsNone, Is.True);
    }

    [TestCase(SwapResult.Success, 1, BackOutReason.StillMapped, -Errno.EAGAIN)]
    [TestCase(SwapResult.Again, 1, BackOutReason.StillMapped, -Errno.EAGAIN)]
    [TestCase(SwapResult.Fail, 1, BackOutReason.VmLocked, -Errno.EPERM)]
    [TestCase(SwapResult.Fail, 0, BackOutReason.VmLocked, -Errno.EPERM)]
    public void The_answer_decides_before_the_mapcount(SwapResult answer, int mapcount, BackOutReason reason, int rc)
    {
        // With an answer of SWAP_FAIL the mapcount can only be 0 when somebody else unmapped the page since.
        Attempt.Before(MigrationStep.CheckUnmapped, Mapped(VmFlags.Read) with { Patch = Level })
            .Meanwhile(other => (other.Task.UnmapResult, other.Page(0).Mapcount) = ((int)answer, mapcount))
            .ChangesNothing()
            .BackedOut(reason, rc);
    }

    [TestCase(SwapResult.Success)]
    [TestCase(SwapResult.Again)]
    public void Any_other_answer_without_entries_goes_on(SwapResult answer)
    {
        Attempt.Before(MigrationStep.CheckUnmapped, Mapped(VmFlags.Read) with { Patch = Level })
            .Meanwhile(other => other.Task.UnmapResult = (int)answer)
            .ChangesNothing()
            .StandsBefore(MigrationStep.TakeTreeLock);
    }

    [Test]
    public void Below_the_level_SWAP_FAIL_without_entries_goes_on()
    {
        Attempt.Before(MigrationStep.CheckUnmapped, Mapped(VmFlags.Read) with { Patch = Before })
            .Meanwhile(other => other.Task.UnmapResult = (int)SwapResult.Fail)
            .ChangesNothing()
            .StandsBefore(MigrationStep.TakeTreeLock);
    }

    [Test, Reason(BackOutReason.VmLocked)]
    public void A_file_whose_non_linear_VMAs_are_all_locked_fails_for_good_too()
    {
        Outcome.Of(Mapped(VmFlags.Read | VmFlags.Shared | VmFlags.MayShare | VmFlags.Nonlinear | VmFlags.Locked) with { Patch = Level })
            .Ended(0, PageFate.Failed, BackOutReason.VmLocked, 0);
    }

    [Test]
    public void A_page_that_no_locked_VMA_maps_ends_as_it_did()
    {
        TwoLevels.Agree(Mapped(VmFlags.Read), Before, Level);
        TwoLevels.Agree(Mapped(VmFlags.Read, VmFlags.Read), Before, Level);
    }

    private static Scenario Mapped(params VmFlags[] vmas) => Given.FilePage().MappedBy(vmas.Length).Scenario with
    {
        Vmas = [.. vmas.Select((flags, i) => new ScenarioVma { Process = i, Start = 0x10000000, Pages = 1, File = 0, Flags = flags })],
    };
}
