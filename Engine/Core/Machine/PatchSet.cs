namespace MigrationConformance.Core;

/// <summary>What the code of each patch level does differently: one member a difference, and every difference is asked for here.</summary>
public static class PatchSet
{
    /// <summary>The level that runs unless another one is asked for: the patch itself.</summary>
    public const PatchLevel Default = PatchLevel.V9;

    /// <summary>The last level: the whole series with every fix that is modelled.</summary>
    public const PatchLevel Last = PatchLevel.UnmappedBeforeWritten;

    /// <summary>The word for a level in scenarios and on the command line: its name in camelCase.</summary>
    /// <param name="level">The level.</param>
    /// <returns>The word.</returns>
    public static string Word(PatchLevel level)
    {
        string name = $"{level}";
        return char.ToLowerInvariant(name[0]) + name[1..];
    }

    /// <summary>The level of a word.</summary>
    /// <param name="word">The word, in camelCase.</param>
    /// <returns>The level, or null when there is none of that name.</returns>
    public static PatchLevel? Find(string word)
    {
        foreach (PatchLevel level in Enum.GetValues<PatchLevel>())
        {
            if (Word(level) == word)
                return level;
        }
        return null;
    }

    /// <summary>The words of all levels, in their order.</summary>
    /// <param name="separator">What stands between two.</param>
    /// <returns>The words.</returns>
    public static string Words(string separator) => string.Join(separator, Array.ConvertAll(Enum.GetValues<PatchLevel>(), Word));

    /// <summary>1/5: do_swap_page, shmem_getpage and try_to_unuse test PG_swapcache once more under the page lock.</summary>
    /// <param name="m">The machine.</param>
    /// <returns>Whether its code does.</returns>
    public static bool ChecksSwapCacheAgain(Machine m) => m.Globals.Patch >= PatchLevel.SwapCacheCheck;

    /// <summary>2/5: migrate_pages moves pages to those of <c>to</c>.</summary>
    /// <param name="m">The machine.</param>
    /// <returns>Whether its code does.</returns>
    public static bool MovesDirectly(Machine m) => m.Globals.Patch >= PatchLevel.V9;

    /// <summary>3/5: migrate_page ends with remove_from_swap, the code of step 18.</summary>
    /// <param name="m">The machine.</param>
    /// <returns>Whether its code does.</returns>
    public static bool RemovesFromSwap(Machine m) => m.Globals.Patch >= PatchLevel.RemoveFromSwap;

    /// <summary>27 February 2006: remove_from_swap takes the anon_vma from page->mapping, where page_lock_anon_vma refuses a page that nothing maps.</summary>
    /// <param name="m">The machine.</param>
    /// <returns>Whether its code does.</returns>
    public static bool FindsAnonVmaOfUnmappedPages(Machine m) => m.Globals.Patch >= PatchLevel.EntriesRestored;

    /// <summary>5/5: migrate_pages calls the mapping's migratepage method, if it has one, instead of writing the page and dropping its buffers first.</summary>
    /// <param name="m">The machine.</param>
    /// <returns>Whether its code does.</returns>
    public static bool CallsMigratepageMethods(Machine m) => m.Globals.Patch >= PatchLevel.MigratepageMethod;

    /// <summary>24 February 2006: what try_to_unmap answers is looked at; SWAP_FAIL, a VM_LOCKED VMA, is −EPERM.</summary>
    /// <param name="m">The machine.</param>
    /// <returns>Whether its code does.</returns>
    public static bool LooksAtSwapFail(Machine m) => m.Globals.Patch >= PatchLevel.MlockedFails;

    /// <summary>March 2006: swap_page unmaps with ignore_refs 1, so that a young entry costs it no pass.</summary>
    /// <param name="m">The machine.</param>
    /// <returns>Whether its code does.</returns>
    public static bool SwapPageIgnoresReferences(Machine m) => m.Globals.Patch >= PatchLevel.SwapPageIgnoresReferences;

    /// <summary>April 2006: do_swap_page gives up on a page that left the swap cache, and the fault is taken again; before, it looks the same entry up once more.</summary>
    /// <param name="m">The machine.</param>
    /// <returns>Whether its code does.</returns>
    public static bool FaultStartsAgain(Machine m) => m.Globals.Patch >= PatchLevel.FaultStartsAgain;

    /// <summary>28 April 2006: a page whose mapping has no method is unmapped before PG_dirty is looked at.</summary>
    /// <param name="m">The machine.</param>
    /// <returns>Whether its code does.</returns>
    public static bool UnmapsBeforeWriting(Machine m) => m.Globals.Patch >= PatchLevel.UnmappedBeforeWritten;

    /// <summary>4/5: mbind and sys_migrate_pages allocate new pages and pass them to migrate_pages; before, they have it swap pages out.</summary>
    /// <param name="m">The machine.</param>
    /// <returns>Whether its code does.</returns>
    public static bool AllocatesNewPages(Machine m) => m.Globals.Patch >= PatchLevel.PolicyLayer;

    /// <summary>pagelist and newlist grow at their tail, and new pages of a VMA are allocated for rising addresses; before, at their head, and all for one address.</summary>
    /// <param name="m">The machine.</param>
    /// <returns>Whether its code does.</returns>
    public static bool ListsPagesInOrder(Machine m) => m.Globals.Patch >= PatchLevel.NewPageOrder;

    /// <summary>migrate_pages_to allocates new pages for a whole chunk; before, a stray semicolon ends each chunk with its first page.</summary>
    /// <param name="m">The machine.</param>
    /// <returns>Whether its code does.</returns>
    public static bool AllocatesChunks(Machine m) => m.Globals.Patch >= PatchLevel.ChunkedAllocation;

    /// <summary>A call that would move pages fails with −ENODEV when no swap slot is free.</summary>
    /// <param name="m">The machine.</param>
    /// <returns>Whether its code does.</returns>
    public static bool RequiresSwap(Machine m) => m.Globals.Patch >= PatchLevel.SwapRequired;
}
