namespace MigrationConformance.Core;

/// <summary>Where a system call of the policy layer stands, outside migrate_pages: the step that it makes next.</summary>
/// <remarks>
/// The numbers begin where those of <see cref="MigrationStep"/> have long ended: a task holds one or the other, and between
/// <see cref="MigrationStep.Begin"/> and <see cref="MigrationStep.Finished"/> it is a migration like any other.
/// </remarks>
public enum PolicyStep
{
    /// <summary>sys_migrate_pages, do_mbind: arguments and permissions.</summary>
    CheckArguments = 128,

    /// <summary>mmap_sem is taken, for reading by migrate_pages, for writing by mbind.</summary>
    TakeMmapSem = 129,

    /// <summary>do_migrate_pages: the next node to leave, and the one to go to; mbind has one range only.</summary>
    ChooseNodes = 130,

    /// <summary>check_range: lru_add_drain_all, one CPU a step.</summary>
    DrainPagevecs = 131,

    /// <summary>check_range: the next present page table entry; its page may be isolated, under the page table lock.</summary>
    CheckEntry = 132,

    /// <summary>migrate_pages_to: one new page for the list of new ones.</summary>
    AllocateNewPage = 133,

    /// <summary>putback_lru_pages on <c>failed</c>, one page a step: what callers did before the policy layer.</summary>
    PutBackFailed = 134,

    /// <summary>putback_lru_pages on <c>moved</c>, one page a step.</summary>
    PutBackMoved = 135,

    /// <summary>migrate_pages_to: a new page that was not needed is freed, one a step.</summary>
    FreeNewPage = 136,

    /// <summary>migrate_pages_to: <c>failed</c> is spliced to the head of pagelist, and what is there is counted.</summary>
    SpliceFailed = 137,

    /// <summary>putback_lru_pages on pagelist, one page a step.</summary>
    PutBackRest = 138,

    /// <summary>mmap_sem is dropped; the call knows its answer.</summary>
    ReleaseMmapSem = 139,

    /// <summary>The call has returned.</summary>
    Finished = 140,
}
