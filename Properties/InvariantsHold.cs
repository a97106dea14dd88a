using CsCheck;
using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>Every invariant holds at every step: of a migration alone, and with one to three actors between its steps.</summary>
[TestFixture]
public sealed class InvariantsHold
{
    [Test]
    public void At_every_step_of_a_migration_alone()
    {
        (long runs, long steps) = Property.HoldsRules(MachineGen.Scenarios.Select(scenario => new Interleaved(scenario, [], [])), 6_000);

        Assert.That(Knobs.IsShort || steps > 60 * runs, $"{steps} steps in {runs} runs");
    }

    [Exercises(
        "do_wp_page", "do_anonymous_page", "anon_vma_prepare", "try_to_unuse", "shrink_cache", "handle_pte_fault", "follow_page", "get_user_pages", "do_mlock", "filemap_nopage",
        "dup_mmap", "copy_page_range", "copy_one_pte", "do_swap_page", "swapin_readahead", "read_swap_cache_async", "__find_get_block_slow", "lock_buffer", "__brelse",
        "do_no_page", "zap_pte_range", "free_swap_and_cache", "free_page_and_swap_cache", "vmtruncate", "find_get_page", "find_lock_page",
        "do_generic_mapping_read", "do_munmap", "unmap_vmas", "free_pgtables", "mpage_writepages", "end_buffer_async_write", "end_page_writeback",
        "shrink_list", "isolate_lru_pages", "page_referenced", "page_dup_rmap", "page_add_anon_rmap", "page_add_file_rmap", "lookup_swap_cache",
        "add_to_swap_cache", "can_share_swap_page", "activate_page", "mark_page_accessed", "add_to_page_cache", "get_page_testone",
        "del_page_from_lru", "release_pages", "page_mapping_inuse", "vm_swap_full", "delete_from_swap_cache",
        "exit_mmap", "mmput", "unmap_region", "move_vma", "move_page_tables", "move_ptes", "msync_pte_range", "shmem_getpage", "shmem_swapin",
        "move_from_swap_cache", "shmem_swp_entry", "shmem_swp_set", "shmem_unuse", "shmem_truncate_range", "truncate_partial_page",
        "unmap_mapping_range", "truncate_inode_pages_range", "truncate_complete_page", "block_invalidatepage", "invalidate_mapping_pages",
        "invalidate_complete_page", "invalidate_inode_pages2", "pagevec_release", "isolate_lru_page", "lru_add_drain_all")]
    [Test]
    public void At_every_step_with_one_to_three_actors_between()
    {
        (long runs, long steps) = Property.HoldsRules(ActorGen.Interleaved, 14_000);

        // Migrations that end at once would make the property empty: 20,000 machines are to have more than a million steps.
        Assert.That(Knobs.IsShort || steps > 80 * runs, $"{steps} steps in {runs} runs");
    }
}
