using System.Numerics;

namespace MigrationConformance.Core;

/// <summary>Where a run began, looked at once for all levels.</summary>
internal sealed class StartOf
{
    private const int MostPagesForRules = 1000;

    private readonly ScenarioMachine start;
    private readonly int[] firstEntry, entryRows;

    /// <summary>Looks at a machine before its run.</summary>
    public StartOf(ScenarioMachine start)
    {
        this.start = start;
        Pages = start.Scenario.Call is null ? start.FromPages : HeldPages(start.Machine);
        Survey = start.Machine.Pages.Count <= MostPagesForRules ? new Survey(start.Machine) : null;
        Holds = new bool[InvariantList.All.Length];
        for (int rule = 0; Survey is not null && rule < Holds.Length; rule++)
            Holds[rule] = InvariantList.All[rule].Check(start.Machine, Survey) is null;
        Call = PageFactsOf.OfCall(start);
        (firstEntry, entryRows) = Entries();
    }

    /// <summary>The pages that the run is about: those of <c>from</c>, or every page in use where a system call collects them.</summary>
    public Pfn[] Pages { get; }

    /// <summary>Counts machines of this run for the invariants; null for a large machine, which they would take too long for.</summary>
    public Survey? Survey { get; }

    /// <summary>For each invariant, whether it holds before the run. One that does not can tell nothing of its end.</summary>
    public bool[] Holds { get; }

    /// <summary>The facts of the call.</summary>
    public PageFacts Call { get; }

    /// <summary>The machine before the run.</summary>
    public Machine Machine => start.Machine;

    /// <summary>The facts of a page, those of the call among them.</summary>
    /// <param name="number">Its place on <c>from</c>.</param>
    public PageFacts FactsOf(int number) => Call | PageFactsOf.OfPage(start.Machine, Pages[number], EntriesOf(number));

    /// <summary>The rows of the entries that name a page or its slot.</summary>
    public ReadOnlySpan<int> EntriesOf(int number) => entryRows.AsSpan(firstEntry[number]..firstEntry[number + 1]);

    private static Pfn[] HeldPages(Machine m)
    {
        var pages = new List<Pfn>();
        for (int page = 0; page < m.Pages.Count; page++)
        {
            if (m.Pages[page].Count > 0)
                pages.Add(new Pfn(page));
        }
        return [.. pages];
    }

    // One walk of all page tables for all pages: first how many each has, then which.
    private (int[] First, int[] Rows) Entries()
    {
        Machine m = start.Machine;
        int[] numberOf = new int[m.Pages.Count], ofSlot = new int[m.SwapMap.Count];
        for (int number = 0; number < Pages.Length; number++)
        {
            numberOf[Pages[number].Value] = number + 1;
            ref Page p = ref m.Pages[Pages[number].Value];
            if (p.Has(PageFlags.SwapCache) && p.Private < (ulong)ofSlot.Length)
                ofSlot[p.Private] = number + 1;
        }
        int[] first = new int[Pages.Length + 1];
        var found = new List<(int Number, int Row)>();
        for (int row = 0; row < m.Ptes.Count; row++)
        {
            Pte pte = m.Ptes[row];
            int number = pte.IsPresent && pte.Page.Value < numberOf.Length ? numberOf[pte.Page.Value]
                : pte.IsSwap && pte.SwapEntry.Value < (ulong)ofSlot.Length ? ofSlot[pte.SwapEntry.Value] : 0;
            if (number == 0)
                continue;
            found.Add((number - 1, row));
            first[number]++;
        }
        for (int number = 1; number < first.Length; number++)
            first[number] += first[number - 1];
        int[] rows = new int[found.Count], next = first[..^1];
        foreach ((int number, int row) in found)
            rows[next[number]++] = row;
        return (first, rows);
    }
}

/// <summary>The ends of one machine at two levels, and in what they differ.</summary>
internal sealed class EndPair(StartOf start, RunEnd before, RunEnd after)
{
    private readonly List<(Aspect Aspect, string Value)> valuesBefore = [], valuesAfter = [];
    private readonly List<(Aspect Aspect, string Name, long Value)> numbersBefore = [], numbersAfter = [];

    /// <summary>In what the call differs.</summary>
    public List<EndDifference> OfCall()
    {
        Clear();
        before.OfCall(valuesBefore);
        after.OfCall(valuesAfter);
        before.NumbersOfCall(numbersBefore);
        after.NumbersOfCall(numbersAfter);
        var found = new List<EndDifference>();
        Values(found);
        return found;
    }

    /// <summary>In what a page differs.</summary>
    /// <param name="number">Its place on <c>from</c>.</param>
    public List<EndDifference> OfPage(int number)
    {
        Clear();
        before.OfPage(number, valuesBefore);
        after.OfPage(number, valuesAfter);
        before.NumbersOfPage(number, numbersBefore);
        after.NumbersOfPage(number, numbersAfter);
        var found = new List<EndDifference>();
        Values(found);
        Flags(found, Aspect.Flags, before.Flags(number), after.Flags(number));
        bool wasMoved = !before.MovedTo(number).IsNone, isMoved = !after.MovedTo(number).IsNone;
        if (wasMoved != isMoved)
            Flags(found, Aspect.Copied, wasMoved ? before.Flags(number) : PageFlags.None, isMoved ? after.Flags(number) : PageFlags.None);
        if (wasMoved && isMoved && before.MovedTo(number) != after.MovedTo(number))
            found.Add(new EndDifference(Aspect.Order, "", "another frame"));
        foreach (int row in start.EntriesOf(number))
            Add(found, new EndDifference(Aspect.Entries, before.Entry(number, row), after.Entry(number, row)));
        Add(found, new EndDifference(Aspect.OldPage, before.LeftBehind(number) ?? "", after.LeftBehind(number) ?? ""));
        return found;
    }

    /// <summary>
    /// Leaves out what only follows: all but the end itself where the runs do not end in the same way, and sums where
    /// what they are summed from differs. That sums are right is a rule of its own.
    /// </summary>
    /// <param name="found">The differences of a page with those of its call.</param>
    public static void LeaveOutWhatFollows(List<EndDifference> found)
    {
        if (found.Exists(difference => difference.Aspect == Aspect.End))
            found.RemoveAll(difference => difference.Aspect is not (Aspect.End or Aspect.Fate or Aspect.Reason or Aspect.SwapWrites));
        else if (found.Exists(difference => difference.Aspect < Aspect.Passes))
            found.RemoveAll(difference => difference.Aspect is >= Aspect.Passes and <= Aspect.Held and not (Aspect.Mappings or Aspect.Order or Aspect.Chunks));
    }

    /// <summary>Whether every list has the same pages in the same order.</summary>
    public bool SameOrder() => before.Lists() == after.Lists();

    private void Clear()
    {
        valuesBefore.Clear();
        valuesAfter.Clear();
        numbersBefore.Clear();
        numbersAfter.Clear();
    }

    private void Values(List<EndDifference> found)
    {
        for (int i = 0; i < valuesBefore.Count; i++)
            Add(found, new EndDifference(valuesBefore[i].Aspect, valuesBefore[i].Value, valuesAfter[i].Value));
        for (int i = 0; i < numbersBefore.Count; i++)
        {
            (Aspect aspect, string name, long value) = numbersBefore[i];
            long now = numbersAfter[i].Value;
            string word = aspect == Aspect.Pass ? (now < value ? "earlier" : "later") : name + (now < value ? "fewer" : "more");
            if (now != value)
                Add(found, new EndDifference(aspect, "", word));
        }
    }

    private static void Flags(List<EndDifference> found, Aspect aspect, PageFlags was, PageFlags now)
    {
        for (uint changed = (uint)(was ^ now); changed != 0; changed &= changed - 1)
        {
            var flag = (PageFlags)(1u << BitOperations.TrailingZeroCount(changed));
            string name = RenderWords.Flags(flag);
            found.Add((now & flag) != 0 ? new EndDifference(aspect, "", name) : new EndDifference(aspect, name, ""));
        }
    }

    private static void Add(List<EndDifference> found, EndDifference difference)
    {
        if (difference.Before != difference.After && !found.Contains(difference))
            found.Add(difference);
    }
}
