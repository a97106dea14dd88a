using CsCheck;
using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>The caller of migrate_pages as actions of a spec: it drains the pagevecs, isolates, calls, and puts everything back.</summary>
public static class CallerSpec
{
    public const string Drain = "drain", Isolate = "isolate", PutBack = "put back";

    /// <summary>A spec over a machine whose pages are on the LRU; the migration, task 0, begins when they are isolated.</summary>
    /// <param name="start">The machine.</param>
    /// <param name="isolate">Isolates the next page; null for the engine's own way.</param>
    public static Spec<State> Of(Machine start, Func<Machine, Machine>? isolate = null)
    {
        Spec<State> spec = Spec.From(new State(start, new Survey(start), default(EngineStepper)))
            .Action(Drain, s => Begins(s.Machine) && Waiting(s.Machine), s => s.With(Drained(s.Machine)))
            .Action(Isolate, s => Begins(s.Machine) && !Waiting(s.Machine) && Isolates(s.Machine), s =>
            {
                Machine m = (isolate ?? Isolated)(s.Machine);
                return s.With(m, new Survey(m));
            })
            .Action(MigrationSpec.Action(0), s => (!Begins(s.Machine) || Ready(s.Machine)) && s.Can(0), s => s.After(0))
            .Action(PutBack, s => s.Machine.Tasks[0].Step == (int)MigrationStep.Finished, s =>
            {
                Machine m = PutEverythingBack(s.Machine);
                return s.With(m, new Survey(m));
            });
        for (int task = 1; task < start.Tasks.Count; task++)
        {
            int mine = task;
            spec = spec.Action(MigrationSpec.Action(mine), s => s.Can(mine), s => s.After(mine));
        }
        return MigrationSpec.WithRules(spec)
            .Rule("A1-DRAIN", "After the drain no page waits in a pagevec.", Drain, (before, after) => !Waiting(after.Machine))
            .Rule("A1", "An isolated page is held by its isolation and by what keeps it alive, keeps its flags but PG_lru, and is the last on from.", Isolate,
                (before, after) => IsolatedAlive(before.Machine, after.Machine))
            .Rule("A4", "What is put back is in the pagevec of the list that PG_active names, and no page stays on a private list.", PutBack,
                (before, after) => EverythingIsBack(before.Machine, after.Machine))
            .Terminal(s => s.IsOver);
    }

    /// <summary>The first page that is on an LRU list, or none.</summary>
    public static Pfn NextOnLru(Machine m)
    {
        for (int page = 0; page < m.Pages.Count; page++)
        {
            if (m.Pages[page].Has(PageFlags.Lru))
                return new Pfn(page);
        }
        return Pfn.None;
    }

    private static bool Begins(Machine m) => m.Tasks[0].Step == (int)MigrationStep.Begin && m.Tasks[0].Kind == TaskKind.Migration;

    private static bool Ready(Machine m) => !Waiting(m) && !Isolates(m);

    // A caller that does it in two halves remembers its page in Page2, which the migration does not use yet.
    private static bool Isolates(Machine m) => !NextOnLru(m).IsNone || !m.Tasks[0].Page2.IsNone;

    private static bool Waiting(Machine m) => m.Pagevecs[0].LruAdd.Nr + m.Pagevecs[0].LruAddActive.Nr > 0;

    private static Machine Drained(Machine before)
    {
        var m = new Machine(before);
        Lru.LruAddDrainAll(m);
        return m;
    }

    private static Machine Isolated(Machine before)
    {
        var m = new Machine(before);
        Pfn page = NextOnLru(m);
        if (LruIsolation.IsolateLruPage(m, page) == 1)
            PageList.AddTail(m, page, m.Tasks[0].From);
        return m;
    }

    private static Machine PutEverythingBack(Machine before)
    {
        var m = new Machine(before);
        KernelTask t = m.Tasks[0];
        m.Tasks[0] = default;
        foreach (ListId list in new[] { t.Moved, t.Failed, t.From })
            LruIsolation.PutbackLruPages(m, 0, list);
        // New pages that were not used are the caller's to free.
        while (!t.To.IsNone && PageList.First(m, t.To) is { IsNone: false } page)
        {
            PageList.Del(m, page);
            PageRefs.PutPage(m, page);
        }
        return m;
    }

    private static bool IsolatedAlive(Machine before, Machine after)
    {
        Pfn page = PageList.Last(after, after.Tasks[0].From);
        if (page.IsNone || !before.Pages[page.Value].Has(PageFlags.Lru) && before.Pages[page.Value].Count > 0)
            return page.IsNone;
        ref Page now = ref after.Pages[page.Value], then = ref before.Pages[page.Value];
        return then.Count > 0 && now.Count == then.Count + 1 && now.Flags == (then.Flags & ~PageFlags.Lru);
    }

    private static bool EverythingIsBack(Machine before, Machine after)
    {
        for (int list = 2 * after.Zones.Count; list < after.Lists.Count; list++)
        {
            if (!PageList.IsEmpty(after, new ListId(list)))
                return false;
        }
        foreach (ListId list in new[] { before.Tasks[0].Moved, before.Tasks[0].Failed, before.Tasks[0].From })
        {
            foreach (Pfn page in PageList.Walk(before, list))
            {
                ref Pagevec wanted = ref before.Pages[page.Value].Has(PageFlags.Active) ? ref after.Pagevecs[0].LruAddActive : ref after.Pagevecs[0].LruAdd;
                if (after.Pages[page.Value].Count > 0 && !wanted.Pages[..wanted.Nr].Contains(page.Value))
                    return false;
            }
        }
        return true;
    }
}
