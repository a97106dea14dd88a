namespace MigrationConformance.Specs;

/// <summary>3/5: step 18 has code, and as merged it does nothing, since page_lock_anon_vma refuses a page that nothing maps.</summary>
[TestFixture, Step("B18"), KernelFunction("remove_from_swap")]
public sealed class L03_RemoveFromSwap
{
    private const PatchLevel Level = PatchLevel.RemoveFromSwap, Before = PatchLevel.V9;

    private static readonly GivenPages Shared = Given.AnonPage(index: 1).InSwapCache(3).WithPte(young: true).WithPte(dirty: false);

    [Test]
    public void A_page_that_nothing_maps_is_left_in_the_swap_cache_with_its_swap_entries()
    {
        Attempt.Before(MigrationStep.RemoveFromSwap, Shared.At(Level)).ChangesNothing().StandsBefore(MigrationStep.DropLocks);
    }

    [Test]
    public void Does_not_even_look_at_the_lock_of_the_anon_vma()
    {
        Attempt.Before(MigrationStep.RemoveFromSwap, Shared.At(Level))
            .Meanwhile(other => other.Machine.AnonVmas[0].Lock = Machine.LockedByOthers)
            .ChangesNothing().StandsBefore(MigrationStep.DropLocks);
    }

    [Test]
    public void A_mapped_page_would_be_restored()
    {
        // Illegal: a locked page of the swap cache cannot be mapped meanwhile. It shows which test refuses.
        Attempt.Before(MigrationStep.RemoveFromSwap, Shared.At(Level))
            .Meanwhile(other => other.Page(1).Mapcount = 1)
            .Changes("anon_vma 0: lock free -> task 0")
            .StandsBefore(MigrationStep.RestoreEntries);
    }

    [TestCase(PatchLevel.V9)]
    [TestCase(PatchLevel.RemoveFromSwap)]
    public void Every_kind_of_page_ends_as_it_did_without_it(PatchLevel level)
    {
        foreach (Scenario scenario in new Scenario[] { Shared, Given.FilePage().WithPte(dirty: true), Given.AnonPage().MappedBy(1), Given.AnonPage().InSwapCache().MappedBy(1).NoTo() })
        {
            Outcome outcome = Outcome.Of(scenario with { Patch = level });

            Changes.AssertExactly(Outcome.Of(scenario).Machine, outcome.Machine, level == PatchLevel.V9 ? [] : [$"global: patch {Before} -> {Level}"]);
        }
    }
}
