using System.Runtime.CompilerServices;

namespace MigrationConformance.Core;

/// <summary>References to pages, and what happens when the last one goes.</summary>
/// <remarks>Kernel: include/linux/mm.h, mm/swap.c, mm/page_alloc.c. Compound pages never come here: they are not on the LRU.</remarks>
public static class PageRefs
{
    /// <summary>get_page(): one reference more.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="page">The page.</param>
    /// <remarks>Kernel: include/linux/mm.h get_page().</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void GetPage(Machine m, Pfn page) => m.Pages[page.Value].Count++;

    /// <summary>__put_page(): one reference less; never frees.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="page">The page.</param>
    /// <remarks>Kernel: include/linux/mm.h __put_page().</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void PutPageNoFree(Machine m, Pfn page) => m.Pages[page.Value].Count--;

    /// <summary>get_page_testone(): one reference more, and whether there was none before.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="page">The page.</param>
    /// <returns>True when the count was 0: somebody else is freeing the page.</returns>
    /// <remarks>Kernel: include/linux/mm.h get_page_testone().</remarks>
    public static bool GetPageTestone(Machine m, Pfn page) => m.Pages[page.Value].Count++ == 0;

    /// <summary>put_page(): one reference less; the last one frees the page.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="page">The page.</param>
    /// <exception cref="KernelBugException">The count is 0 already, or the freed page is in a bad state.</exception>
    /// <remarks>Kernel: mm/swap.c put_page(), __page_cache_release().</remarks>
    public static void PutPage(Machine m, Pfn page)
    {
        ref Page p = ref m.Pages[page.Value];
        if (p.Count == 0)
            KernelBugException.Throw(BugCheck.PutPageTestzeroZero, page);
        if (--p.Count == 0)
            PageCacheRelease(m, page);
    }

    private static void PageCacheRelease(Machine m, Pfn page)
    {
        ref Page p = ref m.Pages[page.Value];
        if (p.TestClear(PageFlags.Lru))
            Lru.DelPageFromLru(m, page);
        FreeHotColdPage(m, page);
    }

    /// <summary>free_hot_cold_page(): the frame is free. PG_dirty is dropped silently; other flags stay until the frame is used again.</summary>
    /// <exception cref="KernelBugException">bad_page(): the page still looks used.</exception>
    private static void FreeHotColdPage(Machine m, Pfn page)
    {
        const PageFlags Bad = PageFlags.Lru | PageFlags.Private | PageFlags.Locked | PageFlags.Active | PageFlags.Reclaim
            | PageFlags.Slab | PageFlags.SwapCache | PageFlags.Writeback | PageFlags.Reserved;
        ref Page p = ref m.Pages[page.Value];
        if (p.IsAnon)
            p.Mapping = MappingPtr.Null;
        if (p.Mapcount != 0 || !p.Mapping.IsNull || p.Count != 0 || p.Has(Bad))
            KernelBugException.Throw(BugCheck.BadPageAtFree, page);
        p.Clear(PageFlags.Dirty);
        ref int hint = ref m.Zones[p.Zone].FreeHint;
        hint = Math.Min(hint, page.Value);
    }
}
