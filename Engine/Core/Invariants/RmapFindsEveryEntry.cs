namespace MigrationConformance.Core;

/// <summary>Each present entry is where the page's reverse mapping looks for it.</summary>
internal static class RmapFindsEveryEntry
{
    public const string Name = "rmap finds every entry";

    public static Violation? Check(Machine m, Survey survey)
    {
        for (int mm = 0; mm < m.Mms.Count; mm++)
        {
            var entries = new EntryCursor(m, new MmId(mm));
            while (entries.Next())
            {
                if (entries.Pte.IsPresent && !Found(m, new MmId(mm), entries.Address, entries.Pte.Page))
                    return new Violation(Name, $"the entry of process {mm} at 0x{entries.Address:x} names page {entries.Pte.Page.Value}, whose mapping does not lead there", entries.Pte.Page);
            }
        }
        return null;
    }

    private static bool Found(Machine m, MmId mm, ulong address, Pfn page)
    {
        int vma = Actor.FindVma(m, mm, address);
        if (vma < 0)
            return TaskLocals.Unmapping(m, mm, address);
        ref VmArea area = ref m.Vmas[vma];
        ref Page p = ref m.Pages[page.Value];
        // Invalidation does not look at the count at this patch: a fault that has looked the page up maps it without mapping.
        if (p.Mapping.IsNull && TaskLocals.Invalidates(m, area.File))
            return true;
        bool linear = Rmap.VmaAddress(area, p.Index, out ulong where) && where == address;
        return p.IsAnon
            ? p.Mapping.AnonVma == area.AnonVma && linear
            : !p.Mapping.IsNull && p.Mapping.Mapping == area.File && (linear || area.Has(VmFlags.Nonlinear));
    }
}
