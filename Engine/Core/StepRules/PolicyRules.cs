using System.Linq;
using static MigrationConformance.Core.PolicyStep;

namespace MigrationConformance.Core;

/// <summary>The steps of a system call around migrate_pages as rules over machines, and which may follow which.</summary>
internal static class PolicyRules
{
    private const PolicyStep Returned = (PolicyStep)MigrationStep.Finished, Calls = (PolicyStep)MigrationStep.Begin;

    /// <summary>In the order of the steps.</summary>
    public static readonly StepRule[] All =
    [
        Rule("CALL-CHECKED", "A call is refused, or goes on with nothing but its flags and nodes changed.", CheckArguments,
            s => Next(s) == TakeMmapSem || (Next(s) == Finished && s.To.Result <= 0)),
        Rule("CALL-ISOLATES", "One entry, one page: on the wrong node, mapped by nobody else unless all may move; it comes off the LRU to the end of pagelist.", CheckEntry,
            s => Locals(s).NrIsolated == LocalsBefore(s).NrIsolated ? SameLength(s, s.From.From) : Isolates(s)),
        Rule("CALL-DRAINS", "A CPU's pagevecs are empty when it is drained.", DrainPagevecs,
            s => s.After.Pagevecs[LocalsBefore(s).DrainCpu].LruAdd.Nr == 0 && s.After.Pagevecs[LocalsBefore(s).DrainCpu].LruAddActive.Nr == 0),
        Rule("CALL-ALLOCATES", "A new page is listed behind the others, one for each old one up to a full chunk; without one the call goes on to free what it has. Before the fixes of February 2006: in front, and one a call.", AllocateNewPage,
            s => Locals(s).Err == 0 ? Locals(s).NrPages == LocalsBefore(s).NrPages + 1 && Locals(s).NrPages <= Locals(s).NrIsolated && AllocatesInOrder(s) : Next(s) == FreeNewPage),
        Rule("CALL-RETURNS", "Only migrate_pages itself moved pages; what it left is as it left it.", Returned,
            s => s.After.Pages.Rows.ToArray().SequenceEqual(s.Before.Pages.Rows.ToArray(), PageEquality.Instance)),
        Rule("CALL-GIVES-BACK", "A page that is given back goes from its list to the pagevec of the list that PG_active names, which takes over the reference.", PutBackMoved, s => GivesBack(s, s.From.Moved)),
        Rule("CALL-GIVES-BACK-FAILED", "So does one that failed for good.", PutBackFailed, s => GivesBack(s, s.From.Failed)),
        Rule("CALL-GIVES-BACK-REST", "So does one that stayed.", PutBackRest, s => GivesBack(s, s.From.From)),
        Rule("CALL-FREES", "A new page that was not needed is free again.", FreeNewPage,
            s => PageList.First(s.Before, LocalsBefore(s).NewList) is { IsNone: true } ? Next(s) == SpliceFailed
                : s.After.Pages[PageList.First(s.Before, LocalsBefore(s).NewList).Value].Count == 0),
        Rule("CALL-SPLICES", "What failed stands in front of what was retried, in its order.", SpliceFailed,
            s => Pages(s.After, s.To.From).SequenceEqual(Pages(s.Before, s.From.Failed).Concat(Pages(s.Before, s.From.From))) && PageList.IsEmpty(s.After, s.To.Failed)),
        Rule("CALL-ENDS", "Nothing is on a list of a call that drops mmap_sem.", ReleaseMmapSem,
            s => PageList.IsEmpty(s.After, s.To.From) && PageList.IsEmpty(s.After, s.To.Moved) && PageList.IsEmpty(s.After, s.To.Failed) && PageList.IsEmpty(s.After, Locals(s).NewList)),
        Rule("CALL-ORDER", "The steps of a call follow each other as its code has them.", 0, s => Successors((PolicyStep)s.From.Step).Contains(Next(s))),
    ];

    /// <summary>Whether a task stands at a step of the call, not of migrate_pages.</summary>
    /// <param name="t">The task.</param>
    /// <returns>True when it does.</returns>
    public static bool IsAbout(in KernelTask t) => t.Call != 0 && (t.Step >= (int)CheckArguments || t.Step == (int)Returned);

    private static PolicyStep[] Successors(PolicyStep step) => step switch
    {
        CheckArguments => [TakeMmapSem, Finished],
        TakeMmapSem => [ChooseNodes],
        ChooseNodes => [DrainPagevecs, CheckEntry, ReleaseMmapSem],
        DrainPagevecs => [DrainPagevecs, CheckEntry],
        CheckEntry => [CheckEntry, AllocateNewPage, Calls, ChooseNodes, PutBackRest, ReleaseMmapSem],
        AllocateNewPage => [AllocateNewPage, Calls, FreeNewPage],
        Returned => [PutBackFailed, PutBackMoved],
        PutBackFailed => [PutBackFailed, PutBackMoved],
        PutBackMoved => [PutBackMoved, AllocateNewPage, FreeNewPage, PutBackRest],
        FreeNewPage => [FreeNewPage, SpliceFailed],
        SpliceFailed => [PutBackRest],
        PutBackRest => [PutBackRest, ChooseNodes, ReleaseMmapSem],
        ReleaseMmapSem => [Finished],
        _ => [],
    };

    private static StepRule Rule(string id, string quote, PolicyStep step, Func<Transition, bool> then) => new(id, quote, (MigrationStep)step, then) { OfCall = true };

    private static PolicyStep Next(in Transition s) => (PolicyStep)s.To.Step;

    private static PolicyCall Locals(in Transition s) => s.After.PolicyCalls[s.To.Call - 1];

    private static PolicyCall LocalsBefore(in Transition s) => s.Before.PolicyCalls[s.From.Call - 1];

    private static IEnumerable<Pfn> Pages(Machine m, ListId list) => PageList.Walk(m, list);

    private static bool SameLength(in Transition s, ListId list) => Pages(s.After, list).Count() == Pages(s.Before, list).Count();

    private static bool Isolates(in Transition s)
    {
        Pfn page = Pages(s.After, s.To.From).Except(Pages(s.Before, s.From.From)).Single();
        PolicyCall call = Locals(s);
        ref Page was = ref s.Before.Pages[page.Value];
        ref Page now = ref s.After.Pages[page.Value];
        bool end = page == (PatchSet.ListsPagesInOrder(s.After) ? PageList.Last(s.After, s.To.From) : PageList.First(s.After, s.To.From));
        return end && was.Has(PageFlags.Lru) && !now.Has(PageFlags.Lru) && now.Count == was.Count + 1 && now.Mapcount == was.Mapcount
            && now.Has(PageFlags.Active) == was.Has(PageFlags.Active)
            && ((call.Flags & MpolFlags.MoveAll) != 0 ? was.Mapcount >= 1 : was.Mapcount == 1)
            && call.Nodes.Has(was.Zone) == (call.Kind == PolicyCallKind.MigratePages);
    }

    private static bool AllocatesInOrder(in Transition s)
    {
        bool inOrder = s.Has(PatchLevel.NewPageOrder);
        ListId list = Locals(s).NewList;
        Pfn old = inOrder ? PageList.First(s.Before, list) : PageList.Last(s.Before, list);
        Pfn now = inOrder ? PageList.First(s.After, list) : PageList.Last(s.After, list);
        bool full = PageList.Next(s.Before, LocalsBefore(s).At).IsNone || Locals(s).NrPages > 256 || !s.Has(PatchLevel.ChunkedAllocation);
        return (old.IsNone || old == now) && full == (Next(s) == Calls);
    }

    // The pagevec of the list that PG_active names ends with the page.
    private static bool Waits(in Transition s, Pfn page)
    {
        bool active = s.Before.Pages[page.Value].Has(PageFlags.Active);
        ref Pagevec pagevec = ref active ? ref s.After.Pagevecs[s.From.Cpu].LruAddActive : ref s.After.Pagevecs[s.From.Cpu].LruAdd;
        return pagevec.Nr > 0 && pagevec.Pages[pagevec.Nr - 1] == page.Value;
    }

    private static bool GivesBack(in Transition s, ListId list)
    {
        Pfn page = PageList.First(s.Before, list);
        if (page.IsNone)
            return SameLength(s, list) && Locals(s).NrPutBack == LocalsBefore(s).NrPutBack;
        ref Page was = ref s.Before.Pages[page.Value];
        ref Page now = ref s.After.Pages[page.Value];
        bool drained = now.Has(PageFlags.Lru) || now.Count == 0;
        return Pages(s.After, list).SequenceEqual(Pages(s.Before, list).Skip(1)) && (drained || (now.Count == was.Count && now.Next == ListHead.Unlinked && Waits(s, page)));
    }

    private sealed class PageEquality : IEqualityComparer<Page>
    {
        public static readonly PageEquality Instance = new();

        public bool Equals(Page x, Page y) => x.Count == y.Count && x.Mapcount == y.Mapcount && x.Flags == y.Flags && x.Next == y.Next && x.Prev == y.Prev && x.Contents == y.Contents;

        public int GetHashCode(Page page) => page.Count;
    }
}
