namespace MigrationConformance.Core;

/// <summary>PG_lru says that a page is on an LRU list, PG_active on which; the zones count them; pagevecs hold pages without PG_lru.</summary>
internal static class EachPageOnOneList
{
    public const string Name = "each page is on one list";

    public static Violation? Check(Machine m, Survey survey)
    {
        Span<byte> places = survey.Places;
        for (int zone = 0; zone < m.Zones.Count; zone++)
        {
            ref Zone z = ref m.Zones[zone];
            if (Walk(m, z.InactiveList.Value, places, 1, zone) != z.NrInactive)
                return new Violation(Name, $"the inactive list of zone {zone} has not nr_inactive {z.NrInactive} pages", Pfn.None);
            if (Walk(m, z.ActiveList.Value, places, 2, zone) != z.NrActive)
                return new Violation(Name, $"the active list of zone {zone} has not nr_active {z.NrActive} pages", Pfn.None);
        }
        for (int list = 2 * m.Zones.Count; list < m.Lists.Count; list++)
        {
            if (Walk(m, list, places, 4, -1) < 0)
                return new Violation(Name, $"the links of list {list} are broken", Pfn.None);
        }
        for (int page = 0; page < m.Pages.Count; page++)
        {
            ref Page p = ref m.Pages[page];
            int wanted = !p.Has(PageFlags.Lru) ? 0 : p.Has(PageFlags.Active) ? 2 : 1;
            if ((places[page] & 3) != wanted)
                return new Violation(Name, $"page {page} is {Place(places[page])}, its flags are {p.Flags}", new Pfn(page));
            if (places[page] == 0 && p.Next != ListHead.Unlinked)
                return new Violation(Name, $"page {page} has links but is on no list", new Pfn(page));
        }
        return Pagevecs(m);
    }

    private static Violation? Pagevecs(Machine m)
    {
        for (int cpu = 0; cpu < m.Pagevecs.Count; cpu++)
        {
            foreach (int page in m.Pagevecs[cpu].LruAdd.Pages[..m.Pagevecs[cpu].LruAdd.Nr])
            {
                if (m.Pages[page].Has(PageFlags.Lru | PageFlags.Active))
                    return new Violation(Name, $"page {page} waits in a pagevec of cpu {cpu} for the inactive list, its flags are {m.Pages[page].Flags}", new Pfn(page));
            }
            foreach (int page in m.Pagevecs[cpu].LruAddActive.Pages[..m.Pagevecs[cpu].LruAddActive.Nr])
            {
                if (m.Pages[page].Has(PageFlags.Lru | PageFlags.Active))
                    return new Violation(Name, $"page {page} waits in a pagevec of cpu {cpu} for the active list, its flags are {m.Pages[page].Flags}", new Pfn(page));
            }
        }
        return null;
    }

    // The number of pages, or −1 when a link does not lead back or the zone is another one.
    private static int Walk(Machine m, int list, Span<byte> places, byte place, int zone)
    {
        int count = 0, before = ~list;
        for (int page = m.Lists[list].Next; page >= 0; page = m.Pages[page].Next)
        {
            if (m.Pages[page].Prev != before || places[page] != 0 || (zone >= 0 && m.Pages[page].Zone != zone))
                return -1;
            places[page] = place;
            before = page;
            count++;
        }
        return m.Lists[list].Prev == before ? count : -1;
    }

    private static string Place(byte place) => place switch
    {
        0 => "on no list",
        1 => "on the inactive list",
        2 => "on the active list",
        _ => "on a private list",
    };
}
