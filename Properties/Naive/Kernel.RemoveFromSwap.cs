namespace MigrationConformance.Properties.Naive;

/// <summary>remove_from_swap: swap entries of an anonymous page that has moved become present entries again.</summary>
internal sealed partial class Kernel
{
    private void RemoveFromSwap(Page page)
    {
        At("RemoveFromSwap");
        if (!page.IsAnon || !page.Has(Flag.SwapCache))
        {
            return;
        }

        // As merged the anon_vma is asked of page_lock_anon_vma, for a page that nothing maps.
        AnonVma? anonVma = _world.Level >= Level.EntriesRestored ? (AnonVma)page.Owner! : AnonVmaOfMapped(page);
        if (anonVma is null)
        {
            return;
        }

        Take("anonVma", anonVma.Number);
        foreach (Vma vma in _world.Vmas.Where(vma => vma.AnonVma == anonVma))
        {
            RemoveVmaSwap(vma, page);
        }

        Drop("anonVma", anonVma.Number);
        At("DeleteFromSwapCache");
        DeleteFromSwapCache(page);
    }

    /// <summary>The anon_vma that page_lock_anon_vma finds: none for a page without entries.</summary>
    private static AnonVma? AnonVmaOfMapped(Page page) => page.IsMapped ? page.Owner as AnonVma : null;

    /// <summary>Where the VMA has the page's swap entry at the page's address, the page is mapped, old and clean.</summary>
    private void RemoveVmaSwap(Vma vma, Page page)
    {
        if (!vma.CoversOffset(page.Index) || !vma.Mm.HasPageTable(vma.AddressOf(page.Index)))
        {
            return;
        }

        ulong address = vma.AddressOf(page.Index);
        At("RestoreEntries");
        Need("pageTable", vma.Mm.Number);
        if (!vma.Mm.Entries.TryGetValue(address, out Pte? pte) || pte.Kind != PteKind.Swap || pte.Value != page.Private)
        {
            return;
        }

        vma.Mm.AnonRss++;
        page.Count++;

        // Read-only: anonymous pages are in private VMAs, whose protection leaves the first write to a fault.
        vma.Mm.Entries[address] = new Pte { Kind = PteKind.Present, Page = page };
        PageAddAnonRmap(page, vma);
        SwapFree(page.Private);
        ActivatePage(page);
    }

    private void PageAddAnonRmap(Page page, Vma vma)
    {
        page.Mapcount++;
        if (page.Mapcount == 1)
        {
            BugIf(vma.AnonVma is null, "PageAddAnonRmapNoAnonVma", "page_add_anon_rmap", page);
            page.Owner = vma.AnonVma;
            _world.NrMapped++;
        }
    }

    private void DeleteFromSwapCache(Page page)
    {
        ulong entry = page.Private;
        NeedTree(_world.Swapper);
        DeleteFromSwapCacheLocked(page);
        SwapFree(entry);
        PutPage(page);
    }
}
