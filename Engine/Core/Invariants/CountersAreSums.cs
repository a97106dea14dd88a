namespace MigrationConformance.Core;

/// <summary>nr_mapped, nr_dirty, nr_writeback and nr_pagecache count what they say.</summary>
internal static class CountersAreSums
{
    public const string Name = "counters are sums";

    public static Violation? Check(Machine m, Survey survey)
    {
        int mapped = 0, dirty = 0, writeback = 0, cached = 0;
        for (int page = 0; page < m.Pages.Count; page++)
        {
            ref Page p = ref m.Pages[page];
            mapped += p.Mapcount > 0 ? 1 : 0;
            writeback += p.Has(PageFlags.Writeback) ? 1 : 0;
            MappingId mapping = p.PageMapping;
            dirty += p.Has(PageFlags.Dirty) && !mapping.IsNone && m.Mappings[mapping.Value].Has(MappingFlags.AccountsDirty) ? 1 : 0;
        }
        for (int mapping = 0; mapping < m.Mappings.Count; mapping++)
            cached += m.Mappings[mapping].Nrpages;
        ref MachineGlobals g = ref m.Globals;
        return Wrong("nr_mapped", g.NrMapped, mapped) ?? Wrong("nr_dirty", g.NrDirty, dirty)
            ?? Wrong("nr_writeback", g.NrWriteback, writeback) ?? Wrong("nr_pagecache", g.NrPagecache, cached);
    }

    private static Violation? Wrong(string counter, int value, int sum) =>
        value == sum ? null : new Violation(Name, $"{counter} is {value}, the sum is {sum}", Pfn.None);
}
