using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>An entry that an attempt may have changed: its VMA, its address, its row.</summary>
public readonly record struct Place(int Vma, ulong Address, int Row);

/// <summary>Which entries an attempt may have changed, found without looking at what it did wherever the walk's order says it.</summary>
public static class Places
{
    /// <summary>The entries of the machine before that step 5 takes away, or makes old.</summary>
    /// <param name="a">The attempt.</param>
    /// <param name="e">The machine before, as far as it was brought by then.</param>
    /// <param name="gone">True for those that go, false for those that lose the young bit and stay.</param>
    public static IEnumerable<Place> Left(BackedOut a, Machine e, bool gone)
    {
        bool migrates = a.Made(MigrationStep.TryToUnmap) || a.Made(MigrationStep.UnmapBeforeWriting);
        bool ignoresReferences = migrates || PatchSet.SwapPageIgnoresReferences(e);
        if (!migrates && !a.Made(MigrationStep.SwapPageUnmap))
            yield break;
        Page p = e.Pages[a.Page.Value];
        int left = a.Before.Pages[a.Page.Value].Mapcount;
        // swap_page does not unmap what has no mapping.
        if (left == 0 || (!migrates && p.PageMapping.IsNone))
            yield break;
        int vma = p.IsAnon ? e.AnonVmas[p.Mapping.AnonVma.Value].Head : e.Mappings[p.Mapping.Mapping.Value].Immap;
        for (; vma >= 0 && left > 0; vma = p.IsAnon ? e.Vmas[vma].AnonNext : e.Vmas[vma].SharedNext)
        {
            if (!Rmap.VmaAddress(e.Vmas[vma], p.Index, out ulong address))
                continue;
            int row = PageTables.Find(e, e.Vmas[vma].Mm, address);
            // The entry of the machine before; in e it may have been changed by now.
            if (row < 0 || !a.Before.Ptes[row].IsPresent || a.Before.Ptes[row].Page != a.Page)
                continue;
            bool locked = e.Vmas[vma].Has(VmFlags.Locked), young = !ignoresReferences && a.Before.Ptes[row].IsYoung;
            if (!locked && young == !gone)
                yield return new Place(vma, address, row);
            // The first entry that cannot go ends the walk.
            if (locked || young)
                yield break;
            left--;
        }
        if (p.IsAnon || left == 0)
            yield break;
        foreach (Place place in Swept(a, e, gone))
            yield return place;
    }

    // A sweep takes whatever old entries it meets, how far it comes depends on the cursors of earlier ones: here what
    // happened decides which entries went, and only how they went is fixed.
    private static IEnumerable<Place> Swept(BackedOut a, Machine e, bool gone)
    {
        for (int vma = e.Mappings[e.Pages[a.Page.Value].Mapping.Mapping.Value].ImmapNonlinear; vma >= 0; vma = e.Vmas[vma].SharedNext)
        {
            VmArea area = e.Vmas[vma];
            for (ulong address = area.Start; !area.Has(VmFlags.Locked) && address < area.End; address += Machine.PageSize)
            {
                int row = PageTables.Find(e, area.Mm, address);
                if (row < 0 || !a.Before.Ptes[row].IsPresent || a.Before.Ptes[row] == a.After.Ptes[row])
                    continue;
                // A second round of the sweep takes an entry that the first one made old.
                if (gone != a.After.Ptes[row].IsPresent)
                    yield return new Place(vma, address, row);
            }
        }
    }
}
