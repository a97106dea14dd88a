namespace MigrationConformance.Core;

// Lists, pagevecs and the task.
public sealed partial class ScenarioBuilder
{
    private Pfn[] fromPages = [];
    private int newFrames;

    // The frames of a to that is a number: behind those of the scenario.
    private void AddNewFrames()
    {
        FindFrom();
        newFrames = s.To.IsSwapOut || s.To.Pages is not null ? 0 : s.To.NewFrames ?? fromPages.Length;
        if (newFrames > ScenarioLimits.Frames - frames)
            throw Wrong("$.to", $"{newFrames} new frames beside {frames} of \"pages\"", $"at most {ScenarioLimits.Frames} frames");
        m.AddFrames(newFrames);
        for (int frame = frames; frame < frames + newFrames; frame++)
        {
            m.Pages[frame].Contents = (ulong)frame + 1;
            m.Pages[frame].Count = 1;
        }
    }

    private void FindFrom()
    {
        if (s.Call is not null)
            return;
        if (s.From is { } given)
        {
            fromPages = new Pfn[given.Count];
            for (int i = 0; i < given.Count; i++)
                fromPages[i] = new Pfn(given[i]);
            return;
        }
        fromPages = new Pfn[frames];
        int found = 0;
        for (int item = 0; item < s.Pages.Count; item++)
        {
            ScenarioPage page = s.Pages[item];
            PagePlace place = page.List ?? (!isolates ? PagePlace.Isolated : page.HasOwner ? PagePlace.Lru : PagePlace.Free);
            bool goes = isolates ? place is PagePlace.Lru or PagePlace.LruAdd or PagePlace.LruAddActive : place == PagePlace.Isolated;
            for (int nth = 0; goes && nth < page.Repeat; nth++)
                fromPages[found++] = new Pfn(firstFrames[item] + nth);
        }
        Array.Resize(ref fromPages, found);
    }

    private ScenarioMachine Lists()
    {
        KernelTask migration = s.Call is { } call ? CallTask(call) : NewMigration();
        (ListId from, ListId to) = (migration.From, migration.To);
        ListId others = m.AddList();
        if (!isolates)
            LinkFrom(from);
        if (s.To.Pages is { } given)
            LinkTo(to, given);
        for (int frame = frames; frame < frames + newFrames; frame++)
            PageList.AddTail(m, new Pfn(frame), to);
        LinkPages(others);
        TaskId task = m.AddTask(migration);
        return new ScenarioMachine
        {
            Scenario = s,
            Machine = m,
            Migration = task,
            From = from,
            To = to,
            Moved = migration.Moved,
            Failed = migration.Failed,
            Others = others,
            FromPages = fromPages,
        };
    }

    private KernelTask NewMigration()
    {
        ListId from = m.AddList();
        ListId to = s.To.IsSwapOut ? ListId.None : m.AddList();
        return MigratePages.NewTask(from, to, m.AddList(), m.AddList());
    }

    private void LinkFrom(ListId list)
    {
        for (int i = 0; i < fromPages.Length; i++)
        {
            PagePlace place = s.From is null ? PagePlace.Isolated : PlaceOf(fromPages[i]);
            if (!(place == PagePlace.Isolated || (s.Illegal && place is (PagePlace.None or PagePlace.Free))))
                throw OnTwoLists($"$.from[{i}]", fromPages[i], place, "a page whose \"list\" is \"isolated\", or \"before\" with \"isolate\"");
            PageList.AddTail(m, fromPages[i], list);
        }
    }

    private void LinkTo(ListId list, ValueList<int> pages)
    {
        for (int i = 0; i < pages.Count; i++)
        {
            var page = new Pfn(pages[i]);
            PagePlace place = PlaceOf(page);
            if (!(place == PagePlace.New || (s.Illegal && place is (PagePlace.None or PagePlace.Free))))
                throw OnTwoLists($"$.to[{i}]", page, place, "a page whose \"list\" is \"new\"");
            PageList.AddTail(m, page, list);
        }
    }

    private static ScenarioException OnTwoLists(string place, Pfn page, PagePlace list, string expected) =>
        Wrong(place, $"{page}, which is \"{Names.Places.Words[(int)list]}\"", expected);

    private PagePlace PlaceOf(Pfn page)
    {
        int item = Array.BinarySearch(firstFrames, page.Value);
        return PlaceOf(s.Pages[item < 0 ? ~item - 1 : item], page.Value);
    }

    // Zones, pagevecs and the list of others, in page order.
    private void LinkPages(ListId others)
    {
        ReadOnlySpan<ScenarioPage> pages = s.Pages.AsSpan();
        for (int item = 0; item < pages.Length; item++)
        {
            ScenarioPage page = pages[item];
            if (page.List is PagePlace.New or PagePlace.None or PagePlace.Free)
                continue;
            for (int nth = 0; nth < page.Repeat; nth++)
            {
                int frame = firstFrames[item] + nth;
                Link(item, page, new Pfn(frame), PlaceOf(page, frame), others);
            }
        }
    }

    private void Link(int item, ScenarioPage page, Pfn frame, PagePlace place, ListId others)
    {
        ref Zone zone = ref m.Zones[page.Zone];
        switch (place)
        {
            case PagePlace.Isolated when m.Pages[frame.Value].Next == ListHead.Unlinked:
                PageList.AddTail(m, frame, others);
                break;
            case PagePlace.Lru when m.Pages[frame.Value].Has(PageFlags.Active):
                PageList.AddTail(m, frame, zone.ActiveList);
                zone.NrActive++;
                break;
            case PagePlace.Lru:
                PageList.AddTail(m, frame, zone.InactiveList);
                zone.NrInactive++;
                break;
            case PagePlace.LruAdd:
                Append(item, ref m.Pagevecs[page.Cpu].LruAdd, frame);
                break;
            case PagePlace.LruAddActive:
                Append(item, ref m.Pagevecs[page.Cpu].LruAddActive, frame);
                break;
        }
    }

    private static void Append(int item, ref Pagevec pagevec, Pfn frame)
    {
        if (pagevec.Nr == ScenarioLimits.PagevecPages)
            throw Wrong($"$.pages[{item}].list",
                $"page {frame.Value} for a pagevec with {pagevec.Nr} pages", $"at most {ScenarioLimits.PagevecPages} pages in a pagevec");
        pagevec.Pages[pagevec.Nr++] = frame.Value;
    }
}
