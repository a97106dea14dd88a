namespace MigrationConformance.Core;

/// <summary>How often a page was used since the last look.</summary>
/// <remarks>Kernel: mm/rmap.c page_referenced(). Non-linear VMAs are not looked at; no process holds the swap token.</remarks>
public static class PageReferenced
{
    /// <summary>page_referenced(): counts and clears PG_referenced and the young bits.</summary>
    /// <param name="m">The machine.</param>
    /// <param name="page">The page.</param>
    /// <param name="isLocked">Whether the caller holds the page lock; without it a file page that is locked counts 1.</param>
    /// <returns>The number of signs of use.</returns>
    /// <remarks>Kernel: mm/rmap.c page_referenced(). Locks: the anon_vma's lock or i_mmap_lock, then page_table_lock.</remarks>
    public static int Count(Machine m, Pfn page, bool isLocked)
    {
        ref Page p = ref m.Pages[page.Value];
        int referenced = p.TestClear(PageFlags.Referenced) ? 1 : 0;
        if (!p.IsMapped || p.Mapping.IsNull)
            return referenced;
        if (p.IsAnon)
            return referenced + CountAnon(m, page);
        if (isLocked)
            return referenced + CountFile(m, page);
        if (!PageLock.TryLock(m, page))
            return referenced + 1;
        referenced += CountFile(m, page);
        PageLock.UnlockPage(m, page);
        return referenced;
    }

    private static int CountAnon(Machine m, Pfn page)
    {
        int referenced = 0, mapcount = m.Pages[page.Value].Mapcount;
        int vma = m.AnonVmas[m.Pages[page.Value].Mapping.AnonVma.Value].Head;
        for (; vma >= 0 && mapcount > 0; vma = m.Vmas[vma].AnonNext)
            referenced += CountOne(m, page, vma, ref mapcount);
        return referenced;
    }

    private static int CountFile(Machine m, Pfn page)
    {
        int referenced = 0, mapcount = m.Pages[page.Value].Mapcount;
        int vma = m.Mappings[m.Pages[page.Value].Mapping.Mapping.Value].Immap;
        for (; vma >= 0 && mapcount > 0; vma = m.Vmas[vma].SharedNext)
        {
            if (!Rmap.VmaAddress(m.Vmas[vma], m.Pages[page.Value].Index, out _))
                continue;
            // A shared mapping that is locked in memory counts as one use and ends the walk.
            if ((m.Vmas[vma].Flags & (VmFlags.Locked | VmFlags.MayShare)) == (VmFlags.Locked | VmFlags.MayShare))
                return referenced + 1;
            referenced += CountOne(m, page, vma, ref mapcount);
        }
        return referenced;
    }

    private static int CountOne(Machine m, Pfn page, int vma, ref int mapcount)
    {
        ref VmArea area = ref m.Vmas[vma];
        if (!Rmap.VmaAddress(area, m.Pages[page.Value].Index, out ulong address))
            return 0;
        int row = Rmap.PageCheckAddress(m, page, area.Mm, address);
        if (row < 0)
            return 0;
        mapcount--;
        bool young = m.Ptes[row].IsYoung;
        m.Ptes[row] = m.Ptes[row].MkOld();
        return young ? 1 : 0;
    }
}
