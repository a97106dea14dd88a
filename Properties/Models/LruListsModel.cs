using CsCheck;
using MigrationConformance.Core;

namespace MigrationConformance.Properties;

/// <summary>LRU lists, pagevecs and isolation against plain lists.</summary>
[TestFixture]
public sealed class LruListsModel
{
    // More than a pagevec holds, so that one fills.
    private const int Pages = 20;

    private static readonly Gen<int> Page = Gen.Int[0, Pages - 1];

    // A page that nobody has yet enters by a pagevec; any other one is where it is.
    private static readonly GenOperation<Lists, Model> Enter = Page.Operation<Lists, Model>(page => $"page {page} enters, inactive",
        (lists, page) => lists.Enter(page, active: false), (model, page) => model.Enter(page, active: false));

    private static readonly GenOperation<Lists, Model> EnterActive = Page.Operation<Lists, Model>(page => $"page {page} enters, active",
        (lists, page) => lists.Enter(page, active: true), (model, page) => model.Enter(page, active: true));

    private static readonly GenOperation<Lists, Model> Isolate = Page.Operation<Lists, Model>(page => $"isolate page {page}",
        (lists, page) => lists.Isolate(page), (model, page) => model.Isolate(page));

    private static readonly GenOperation<Lists, Model> MoveToLru = Page.Operation<Lists, Model>(page => $"move page {page} to the LRU",
        (lists, page) => lists.MoveToLru(page), (model, page) => model.MoveToLru(page));

    private static readonly GenOperation<Lists, Model> Drain = Gen.Operation<Lists, Model>("drain", lists => Lru.LruAddDrain(lists.Machine, 0), model => model.Drain());

    [Exercises(
        "A1", "A4", "isolate_lru_page", "move_to_lru", "lru_cache_add", "lru_cache_add_active", "lru_add_drain", "pagevec_add", "__pagevec_lru_add",
        "__pagevec_lru_add_active", "add_page_to_active_list", "add_page_to_inactive_list", "del_page_from_active_list", "del_page_from_inactive_list")]
    [Test]
    public void Are_plain_lists() => Property.Sampled(() =>
        Gen.Const(0).Select(_ => (new Lists(), new Model()))
            .SampleModelBased([Enter, Enter, EnterActive, EnterActive, Isolate, Isolate, MoveToLru, Drain], (lists, model) => $"{lists}" == $"{model}",
                iter: Knobs.Iterations(6_000), threads: 1, printActual: lists => $"{lists}", printModel: model => $"{model}"));

    /// <summary>The engine's lists.</summary>
    private sealed class Lists
    {
        public readonly Machine Machine = new(8);
        private readonly ListId isolated;
        private readonly HashSet<int> known = [];
        private int answer;

        public Lists()
        {
            Machine.AddFrames(Pages);
            isolated = Machine.AddList();
        }

        public void Enter(int page, bool active)
        {
            if (!known.Add(page))
                return;
            Machine.Pages[page].Count = 1;
            if (active)
                Lru.LruCacheAddActive(Machine, 0, new Pfn(page));
            else
                Lru.LruCacheAdd(Machine, 0, new Pfn(page));
        }

        public void Isolate(int page)
        {
            answer = LruIsolation.IsolateLruPage(Machine, new Pfn(page));
            if (answer == 1)
                PageList.Add(Machine, new Pfn(page), isolated);
        }

        public void MoveToLru(int page)
        {
            if (PageList.Walk(Machine, isolated).Contains(new Pfn(page)))
                LruIsolation.MoveToLru(Machine, 0, new Pfn(page));
        }

        public override string ToString()
        {
            ref Zone zone = ref Machine.Zones[0];
            ref CpuPagevecs pagevecs = ref Machine.Pagevecs[0];
            return Text(Walk(zone.ActiveList), zone.NrActive, Walk(zone.InactiveList), zone.NrInactive,
                pagevecs.LruAddActive.Pages[..pagevecs.LruAddActive.Nr].ToArray(), pagevecs.LruAdd.Pages[..pagevecs.LruAdd.Nr].ToArray(), Walk(isolated), answer);
        }

        private IEnumerable<int> Walk(ListId list) => PageList.Walk(Machine, list).Select(page => page.Value);
    }

    /// <summary>Plain lists; the first page is nearest the head, or oldest in a pagevec.</summary>
    private sealed class Model
    {
        private readonly List<int> active = [], inactive = [], addActive = [], add = [], isolated = [];
        private readonly HashSet<int> known = [], isActive = [];
        private int answer;

        public void Enter(int page, bool active)
        {
            if (known.Add(page))
                Queue(page, active);
        }

        public void Isolate(int page)
        {
            bool wasActive = active.Remove(page), was = wasActive | inactive.Remove(page);
            answer = was ? 1 : 0;
            if (!was)
                return;
            isolated.Insert(0, page);
            if (wasActive)
                isActive.Add(page);
        }

        public void MoveToLru(int page)
        {
            if (isolated.Remove(page))
                Queue(page, isActive.Remove(page));
        }

        public void Drain()
        {
            Empty(add, inactive);
            Empty(addActive, active);
        }

        public override string ToString() => Text(active, active.Count, inactive, inactive.Count, addActive, add, isolated, answer);

        // A pagevec that is full drains itself, alone.
        private void Queue(int page, bool toActive)
        {
            List<int> pagevec = toActive ? addActive : add;
            pagevec.Add(page);
            if (pagevec.Count == Pagevec.Size)
                Empty(pagevec, toActive ? active : inactive);
        }

        private static void Empty(List<int> pagevec, List<int> list)
        {
            foreach (int page in pagevec)
                list.Insert(0, page);
            pagevec.Clear();
        }
    }

    private static string Text(
        IEnumerable<int> active, int nrActive, IEnumerable<int> inactive, int nrInactive, IEnumerable<int> addActive, IEnumerable<int> add, IEnumerable<int> isolated, int answer) =>
        $"active {nrActive}: {string.Join(' ', active)}; inactive {nrInactive}: {string.Join(' ', inactive)}; lru_add_active: {string.Join(' ', addActive)}; "
            + $"lru_add: {string.Join(' ', add)}; isolated: {string.Join(' ', isolated)}; isolate_lru_page answered {answer}";
}
