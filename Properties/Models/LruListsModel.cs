using CsCheck;
using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>LRU lists, pagevecs and isolation against plain lists.</summary>
[TestFixture]
public sealed class LruListsModel
{
    private const int Pages = 20;

    private sealed class Model
    {
        public readonly List<int> Active = [], Inactive = [], AddActive = [], Add = [], Isolated = [];

        public void Drain()
        {
            foreach (int page in Add)
                Inactive.Insert(0, page);
            foreach (int page in AddActive)
                Active.Insert(0, page);
            Add.Clear();
            AddActive.Clear();
        }
    }

    [Exercises(
        "A1", "A4", "isolate_lru_page", "move_to_lru", "lru_cache_add", "lru_cache_add_active", "lru_add_drain", "pagevec_add", "__pagevec_lru_add",
        "__pagevec_lru_add_active", "add_page_to_active_list", "add_page_to_inactive_list", "del_page_from_active_list", "del_page_from_inactive_list")]
    [Test]
    public void Are_plain_lists() =>
        Gen.Select(Gen.Int[0, 5], Gen.Int[0, Pages - 1], Gen.Bool).Array[1, 120].Sample(operations =>
        {
            var m = new Machine(8);
            m.AddFrames(Pages);
            ListId isolated = m.AddList();
            var model = new Model();
            foreach ((int what, int page, bool active) in operations)
            {
                Apply(m, isolated, model, what, page, active);
                Compare(m, isolated, model);
            }
        }, iter: Knobs.Iterations(3_000), threads: 1);

    private static void Apply(Machine m, ListId isolated, Model model, int what, int page, bool active)
    {
        bool known = model.Active.Contains(page) || model.Inactive.Contains(page) || model.Add.Contains(page)
            || model.AddActive.Contains(page) || model.Isolated.Contains(page);
        var pfn = new Pfn(page);
        switch (what)
        {
            case 0 or 1 when !known:
                m.Pages[page].Count = 1;
                Enter(m, model, page, active);
                break;
            case 2 or 3:
                bool onLru = model.Active.Remove(page) | model.Inactive.Remove(page);
                int answer = LruIsolation.IsolateLruPage(m, pfn);
                if (answer != (onLru ? 1 : 0))
                    throw new InvalidOperationException($"isolating page {page} answered {answer}");
                if (onLru)
                {
                    PageList.Add(m, pfn, isolated);
                    model.Isolated.Insert(0, page);
                }
                break;
            case 4 when model.Isolated.Contains(page):
                bool wasActive = m.Pages[page].Has(PageFlags.Active);
                model.Isolated.Remove(page);
                Queue(model, page, wasActive);
                LruIsolation.MoveToLru(m, 0, pfn);
                break;
            case 5:
                model.Drain();
                Lru.LruAddDrain(m, 0);
                break;
        }
    }

    private static void Enter(Machine m, Model model, int page, bool active)
    {
        Queue(model, page, active);
        if (active)
            Lru.LruCacheAddActive(m, 0, new Pfn(page));
        else
            Lru.LruCacheAdd(m, 0, new Pfn(page));
    }

    // A pagevec that is full drains itself, alone.
    private static void Queue(Model model, int page, bool active)
    {
        List<int> pagevec = active ? model.AddActive : model.Add;
        pagevec.Add(page);
        if (pagevec.Count < Pagevec.Size)
            return;
        foreach (int queued in pagevec)
            (active ? model.Active : model.Inactive).Insert(0, queued);
        pagevec.Clear();
    }

    private static void Compare(Machine m, ListId isolated, Model model)
    {
        Same(PageList.Walk(m, m.Zones[0].ActiveList), model.Active, "active");
        Same(PageList.Walk(m, m.Zones[0].InactiveList), model.Inactive, "inactive");
        Same(PageList.Walk(m, isolated), model.Isolated, "isolated");
        if (m.Zones[0].NrActive != model.Active.Count || m.Zones[0].NrInactive != model.Inactive.Count)
            throw new InvalidOperationException("nr_active or nr_inactive is wrong");
    }

    private static void Same(IEnumerable<Pfn> found, List<int> expected, string list)
    {
        if (!found.Select(page => page.Value).SequenceEqual(expected))
            throw new InvalidOperationException($"{list}: found {string.Join(' ', found.Select(p => p.Value))}, expected {string.Join(' ', expected)}");
    }
}
