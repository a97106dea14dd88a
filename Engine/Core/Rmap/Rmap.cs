using System.Runtime.CompilerServices;

namespace MigrationConformance.Core;

/// <summary>Adding, removing and looking at the mappings of a page.</summary>
/// <remarks>Kernel: mm/rmap.c. The caller holds, or has seen free, the page_table_lock.</remarks>
public static class Rmap
{
    /// <summary>vma_address(): where a VMA would map a page.</summary>
    /// <param name="vma">The VMA.</param>
    /// <param name="index">page->index.</param>
    /// <param name="address">The address, in bytes; no meaning when the answer is false.</param>
    /// <returns>False when the offset lies outside the VMA: −EFAULT.</returns>
    /// <remarks>Kernel: mm/rmap.c vma_address(). Its BUG for file pages cannot fire: the prio tree yields only VMAs that cover the offset.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool VmaAddress(in VmArea vma, Pgoff index, out ulong address)
    {
        ulong offset = unchecked(index.Value - vma.Pgoff.Value);
        address = unchecked(vma.Start + (offset << Machine.PageShift));
        return index.Value >= vma.Pgoff.Value && offset < vma.Pages;
    }

    /// <summary>page_check_address(): the entry that maps a page at an address.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="page">The page.</param>
    /// <param name="mm">The process.</param>
    /// <param name="address">The address, in bytes.</param>
    /// <returns>The row of <see cref="Machine.Ptes"/>, or −1 when the page is not mapped there.</returns>
    /// <remarks>Kernel: mm/rmap.c page_check_address().</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int PageCheckAddress(Machine m, Pfn page, MmId mm, ulong address)
    {
        int row = PageTables.Find(m, mm, address);
        if (row < 0)
            return -1;
        Pte pte = m.Ptes[row];
        return pte.IsPresent && pte.Page == page ? row : -1;
    }

    /// <summary>page_add_anon_rmap(): one mapping more; the first one sets mapping and index.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="page">The page.</param>
    /// <param name="vma">The VMA that maps it.</param>
    /// <param name="address">Where, in bytes.</param>
    /// <exception cref="KernelBugException">The VMA has no anon_vma.</exception>
    /// <remarks>Kernel: mm/rmap.c page_add_anon_rmap().</remarks>
    public static void PageAddAnonRmap(Machine m, Pfn page, in VmArea vma, ulong address)
    {
        ref Page p = ref m.Pages[page.Value];
        if (p.Mapcount++ != 0)
            return;
        if (vma.AnonVma.IsNone)
            KernelBugException.Throw(BugCheck.PageAddAnonRmapNoAnonVma, page);
        p.Mapping = MappingPtr.Anon(vma.AnonVma);
        p.Index = vma.LinearPageIndex(address);
        m.Globals.NrMapped++;
    }

    /// <summary>unuse_pte(): a swap entry becomes a present one, which is old, clean and read-only.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="page">The page of the entry's slot.</param>
    /// <param name="vma">The VMA that has the entry.</param>
    /// <param name="address">Where, in bytes.</param>
    /// <param name="entry">The entry.</param>
    /// <remarks>
    /// Kernel: mm/swapfile.c unuse_pte(). Why: the write bit is not restored, since nobody remembers it; the next write
    /// faults, and copies the page if it is locked then or shared.
    /// </remarks>
    public static void UnusePte(Machine m, Pfn page, in VmArea vma, ulong address, SwpEntry entry)
    {
        m.Mms[vma.Mm.Value].AnonRss++;
        PageRefs.GetPage(m, page);
        PageTables.Set(m, vma.Mm, address, Pte.Present(page, write: false, dirty: false, young: false));
        PageAddAnonRmap(m, page, vma, address);
        SwapFile.SwapFree(m, entry);
        Lru.ActivatePage(m, page);
    }

    /// <summary>page_add_file_rmap(): one mapping more of a file page.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="page">The page.</param>
    /// <exception cref="KernelBugException">The page is anonymous.</exception>
    /// <remarks>Kernel: mm/rmap.c page_add_file_rmap().</remarks>
    public static void PageAddFileRmap(Machine m, Pfn page)
    {
        ref Page p = ref m.Pages[page.Value];
        if (p.IsAnon)
            KernelBugException.Throw(BugCheck.PageAddFileRmapAnonPage, page);
        if (p.Mapcount++ == 0)
            m.Globals.NrMapped++;
    }

    /// <summary>page_dup_rmap(): one mapping more, at fork.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="page">A mapped page.</param>
    /// <remarks>Kernel: include/linux/rmap.h page_dup_rmap().</remarks>
    public static void PageDupRmap(Machine m, Pfn page) => m.Pages[page.Value].Mapcount++;

    /// <summary>page_remove_rmap(): one mapping less. Mapping and index stay as they are.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="page">The page.</param>
    /// <exception cref="KernelBugException">The page was not mapped.</exception>
    /// <remarks>Kernel: mm/rmap.c page_remove_rmap().</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void PageRemoveRmap(Machine m, Pfn page)
    {
        ref Page p = ref m.Pages[page.Value];
        int left = --p.Mapcount;
        if (left > 0)
            return;
        if (left < 0)
            KernelBugException.Throw(BugCheck.PageRemoveRmapNegative, page);
        m.Globals.NrMapped--;
    }
}
