using System.Globalization;

namespace MigrationConformance.Core;

/// <summary>How a run ended, in values that can be told apart from those of another run: for each page, and for the call.</summary>
internal sealed class RunEnd
{
    /// <summary>What a value is where there is nothing to say.</summary>
    public const string Nothing = "nothing";

    private const string LruAddActive = "lru_add_active";

    private readonly StartOf began;
    private readonly LevelRun run;
    private readonly Machine m;
    private readonly Machine start;
    private readonly ScenarioMachine call;
    private readonly string[] places;
    private readonly int[] units;

    /// <summary>Looks at a run.</summary>
    /// <param name="began">The machine before the run.</param>
    /// <param name="run">The run.</param>
    public RunEnd(StartOf began, LevelRun run)
    {
        this.began = began;
        this.run = run;
        start = began.Machine;
        m = run.Result.Run.Machine;
        call = run.Result.Run;
        places = Places();
        var counter = new UnitCounter { Units = new int[m.Pages.Count] };
        Ledger.Walk(m, ref counter);
        units = counter.Units;
        Rule = began.Survey is not { } survey || call.Scenario.After.Count > 0 || m.Bug.Check != BugCheck.None ? Nothing : FirstBroken(survey);
    }

    /// <summary>The first invariant that does not hold any more, asked of small machines. After a BUG none has to, and those of the lists only until the pages are put back.</summary>
    public string Rule { get; }

    /// <summary>The values of a page of <c>from</c>, one for each aspect that has one value.</summary>
    /// <param name="number">Its place on <c>from</c>.</param>
    /// <param name="into">Receives an aspect and its value.</param>
    public void OfPage(int number, List<(Aspect Aspect, string Value)> into)
    {
        PageOutcome outcome = OutcomeOf(number);
        Pfn holder = HolderOf(outcome);
        Page old = start.Pages[outcome.Page.Value], p = m.Pages[holder.Value];
        into.Add((Aspect.Fate, Fate(outcome)));
        into.Add((Aspect.Reason, outcome.Reason == BackOutReason.None ? Nothing : $"{outcome.Reason}"));
        into.Add((Aspect.Count, Number(p.Count - units[holder.Value])));
        into.Add((Aspect.List, places[holder.Value]));
        into.Add((Aspect.Tree, Tree(holder, p)));
        into.Add((Aspect.Identity, (p.Mapping == old.Mapping ? "same mapping" : $"mapping {(p.Mapping.IsNull ? "NULL" : "changed")}") + (p.Index == old.Index ? "" : ", index changed")));
        into.Add((Aspect.Buffers, BuffersOf(holder, p)));
        into.Add((Aspect.Contents, p.Contents == old.Contents ? "same" : "changed"));
        into.Add((Aspect.Stored, StoredOf(old, p)));
    }

    /// <summary>The numbers of a page, of which only fewer and more are told apart.</summary>
    public void NumbersOfPage(int number, List<(Aspect Aspect, string Name, long Value)> into)
    {
        PageOutcome outcome = OutcomeOf(number);
        into.Add((Aspect.Pass, "", outcome.Pass));
        into.Add((Aspect.SwapWrites, "", run.SwapWrites(outcome.Page)));
        into.Add((Aspect.FileWrites, "", run.FileWrites(outcome.Page)));
    }

    /// <summary>What is left in the frame of a page that migrated; empty when that is as it should be, null when it did not migrate.</summary>
    public string? LeftBehind(int number)
    {
        PageOutcome outcome = OutcomeOf(number);
        if (outcome.Fate != PageFate.Migrated)
            return null;
        Page p = m.Pages[outcome.Page.Value];
        const PageFlags Gone = PageFlags.Locked | PageFlags.Dirty | PageFlags.Private | PageFlags.SwapCache | PageFlags.Writeback | PageFlags.Active;
        return ((p.Flags & Gone) == 0 ? "" : $"flags {RenderWords.Flags(p.Flags & Gone)} ")
            + (p.Mapcount == 0 ? "" : "entries ") + (p.Mapping.IsNull ? "" : "mapping ") + (p.Private == 0 ? "" : "private ")
            + (p.Count == units[outcome.Page.Value] ? "" : "references ");
    }

    /// <summary>The flags of the page that holds the data. A page that waits to become active counts as active; PG_lru is a matter of lists.</summary>
    public PageFlags Flags(int number)
    {
        PageOutcome outcome = OutcomeOf(number);
        Pfn holder = HolderOf(outcome);
        PageFlags flags = m.Pages[holder.Value].Flags & ~PageFlags.Lru;
        return places[holder.Value] == LruAddActive ? flags | PageFlags.Active : flags;
    }

    /// <summary>An entry that named a page or its slot at the start, as it is now.</summary>
    /// <param name="number">The page's place on <c>from</c>.</param>
    /// <param name="row">The row of <see cref="Machine.Ptes"/>.</param>
    public string Entry(int number, int row)
    {
        PageOutcome outcome = OutcomeOf(number);
        Pte pte = m.Ptes[row];
        if (!pte.IsPresent)
            return pte.IsNone ? "none" : pte.IsSwap ? "swap" : "file";
        string what = pte.Page == HolderOf(outcome) ? "present"
            : pte.Page == outcome.Page ? "the old page" : "another page";
        return what + (pte.IsYoung ? " young" : "") + (pte.IsDirty ? " dirty" : "") + (pte.IsWrite ? " writable" : "");
    }

    /// <summary>The frame that a page moved to; none where it did not.</summary>
    public Pfn MovedTo(int number) => OutcomeOf(number) is { Fate: PageFate.Migrated } outcome ? outcome.Newpage : Pfn.None;

    /// <summary>The values of the call.</summary>
    public void OfCall(List<(Aspect Aspect, string Value)> into)
    {
        MigrationResult result = run.Result;
        into.Add((Aspect.End, result.End switch
        {
            StepResult.Finished => "returns",
            StepResult.Blocked => $"blocks for {result.Task.WaitsFor} at {StepName(result.Task.Step)}",
            _ => $"BUG {m.Bug.Check} at {StepName(m.Bug.Step)}",
        }));
        bool returned = result.Call is null ? result.Task.Step == (int)MigrationStep.Finished : result.End == StepResult.Finished;
        into.Add((Aspect.Result, !returned ? Nothing : result.Task.Result < 0 ? $"-{Errno.Name(-result.Task.Result)}" : Number(result.Task.Result)));
        into.Add((Aspect.Rule, Rule));
        into.Add((Aspect.Locks, LocksLeft()));
        for (int mapping = 0; mapping < m.Mappings.Count; mapping++)
        {
            MappingFlags changed = m.Mappings[mapping].Flags ^ start.Mappings[mapping].Flags;
            into.Add((Aspect.Mappings, changed == 0 ? "as they were" : $"{changed}"));
        }
    }

    /// <summary>The numbers of the call, of which only fewer and more are told apart.</summary>
    public void NumbersOfCall(List<(Aspect Aspect, string Name, long Value)> into)
    {
        into.Add((Aspect.Passes, "", run.Result.Passes));
        into.Add((Aspect.Chunks, "", run.Result.Call?.Chunks.Length ?? 0));
        into.Add((Aspect.To, "", call.To.IsNone ? 0 : LengthOf(call.To)));
        into.Add((Aspect.SwapSlots, "", m.Swap.NrSwapPages));
        into.Add((Aspect.Counters, "nr_mapped ", m.Globals.NrMapped));
        into.Add((Aspect.Counters, "nr_dirty ", m.Globals.NrDirty));
        into.Add((Aspect.Counters, "nr_writeback ", m.Globals.NrWriteback));
        into.Add((Aspect.Counters, "nr_pagecache ", m.Globals.NrPagecache));
        foreach (ref Zone zone in m.Zones.Rows)
        {
            into.Add((Aspect.Counters, "nr_active ", zone.NrActive));
            into.Add((Aspect.Counters, "nr_inactive ", zone.NrInactive));
        }
        foreach (ref Mm mm in m.Mms.Rows)
        {
            into.Add((Aspect.Rss, "anon_rss ", mm.AnonRss));
            into.Add((Aspect.Rss, "file_rss ", mm.FileRss));
            into.Add((Aspect.Rss, "hiwater_rss ", mm.HiwaterRss));
            into.Add((Aspect.Mmlist, "", mm.MmlistNext != Mm.NotOnMmlist ? 1 : 0));
        }
        PolicyCall locals = run.Result.Call?.Locals ?? default;
        into.Add((Aspect.Chunks, "pages found ", locals.NrFound));
        into.Add((Aspect.Chunks, "pages isolated ", locals.NrIsolated));
        into.Add((Aspect.Chunks, "pages put back ", locals.NrPutBack));
        into.Add((Aspect.Chunks, "new pages on newlist ", NewPages()));
        long held = 0, writing = 0;
        foreach (ref Hold hold in m.Holds.Rows)
        {
            held += hold.Kind is not (HoldKind.None or HoldKind.Writeback) ? 1 : 0;
            writing += hold.Kind == HoldKind.Writeback ? 1 : 0;
        }
        into.Add((Aspect.Held, "by others ", held));
        into.Add((Aspect.Held, "writes in flight ", writing));
    }

    /// <summary>The numbers of the pages on every list, in its order.</summary>
    public string Lists()
    {
        var text = new System.Text.StringBuilder();
        for (int list = 0; list < m.Lists.Count; list++)
        {
            text.Append('|');
            int left = m.Pages.Count;
            for (int page = m.Lists[list].Next; page >= 0 && left-- > 0; page = m.Pages[page].Next)
                text.Append(page).Append(' ');
        }
        return text.ToString();
    }

    private string FirstBroken(Survey survey)
    {
        survey.Take(m);
        for (int rule = 0; rule < InvariantList.All.Length; rule++)
        {
            if (began.Holds[rule] && InvariantList.All[rule].Check(m, survey) is not null)
                return InvariantList.All[rule].Name;
        }
        return Nothing;
    }

    // One walk of every list; asking for each page would walk them for each page.
    private string[] Places()
    {
        string[] names = new string[m.Lists.Count];
        Array.Fill(names, "others");
        foreach (ref Zone zone in m.Zones.Rows)
            (names[zone.ActiveList.Value], names[zone.InactiveList.Value]) = ("active", "inactive");
        foreach ((ListId list, string name) in ((ListId, string)[])[(call.From, "from"), (call.To, "to"), (call.Moved, "moved"), (call.Failed, "failed")])
        {
            if (!list.IsNone)
                names[list.Value] = name;
        }
        string[] found = new string[m.Pages.Count];
        Array.Fill(found, "none");
        for (int list = 0; list < m.Lists.Count; list++)
        {
            int left = m.Pages.Count;
            for (int page = m.Lists[list].Next; page >= 0 && left-- > 0; page = m.Pages[page].Next)
                found[page] = names[list];
        }
        foreach (ref CpuPagevecs cpu in m.Pagevecs.Rows)
        {
            foreach (int page in cpu.LruAdd.Pages[..cpu.LruAdd.Nr])
                found[page] = "lru_add";
            foreach (int page in cpu.LruAddActive.Pages[..cpu.LruAddActive.Nr])
                found[page] = LruAddActive;
        }
        return found;
    }

    private PageOutcome OutcomeOf(int number) => run.OutcomeOf(number, began.Pages[number]);

    // The frame that has the page's data at the end.
    private static Pfn HolderOf(in PageOutcome outcome) => outcome.Fate == PageFate.Migrated ? outcome.Newpage : outcome.Page;

    private static string Fate(in PageOutcome outcome) => outcome.Fate switch
    {
        PageFate.Migrated => "migrated",
        PageFate.SwappedOut => "swapped out",
        PageFate.Freed => "freed",
        PageFate.Retry => "left",
        PageFate.Failed => $"failed -{Errno.Name(-outcome.Rc)}",
        PageFate.NotReached => "not reached",
        PageFate.UnderWay => "under way",
        _ => "not isolated",
    };

    private string Tree(Pfn holder, in Page p)
    {
        MappingId mapping = p.PageMapping;
        if (mapping.IsNone)
            return "none";
        ref RadixRoot tree = ref m.Mappings[mapping.Value].PageTree;
        if (RadixTree.Lookup(m, tree, p.PageIndex) != holder.Value)
            return "not found in its tree";
        return (mapping == MappingId.Swapper ? "swap cache" : "page cache")
            + (RadixTree.TagGet(m, tree, p.PageIndex, PagecacheTag.Dirty) ? " dirty" : "")
            + (RadixTree.TagGet(m, tree, p.PageIndex, PagecacheTag.Writeback) ? " writeback" : "");
    }

    private string BuffersOf(Pfn holder, in Page p)
    {
        if (!p.Has(PageFlags.Private))
            return "none";
        string text = "";
        try
        {
            foreach (BhId buffer in new BufferRing(m, p))
            {
                BufferHead head = m.Buffers[buffer.Value];
                string state = ((head.State & BufferFlags.Dirty) != 0 ? "dirty" : "clean") + ((head.State & BufferFlags.Lock) != 0 ? " locked" : "")
                    + (head.Count > 0 ? " in use" : "") + (head.Page == holder ? "" : " of another page");
                if (!text.Contains(state, StringComparison.Ordinal))
                    text += (text.Length > 0 ? ", " : "") + state;
            }
        }
        catch (KernelBugException)
        {
            return "broken";
        }
        return text;
    }

    // For a file the block at its index; for anonymous memory the slot, if it has one.
    private string StoredOf(in Page old, in Page p)
    {
        if (p.Has(PageFlags.SwapCache) && p.Private < (ulong)m.SwapContents.Count)
            return m.SwapContents[(int)p.Private] == old.Contents ? "in swap" : "not in swap";
        if (old.IsAnon || old.Mapping.IsNull || old.Has(PageFlags.SwapCache))
            return Nothing;
        int mapping = old.Mapping.Mapping.Value;
        return m.Mappings[mapping].Kind == MappingKind.Regular && BackingStore.Read(m, new MappingId(mapping), old.Index.Value) == old.Contents ? "in the file" : "not in the file";
    }

    private string LocksLeft()
    {
        string text = m.Tasks[run.Result.Run.Migration.Value].PfSwapwrite != 0 && run.Result.End == StepResult.Finished ? "PF_SWAPWRITE " : "";
        int locked = 0;
        foreach (ref Page page in m.Pages.Rows)
            locked += page.Has(PageFlags.Locked) ? 1 : 0;
        text += locked == 0 ? "" : $"{locked} page locks ";
        foreach (ref AddressSpace mapping in m.Mappings.Rows)
            text += (mapping.TreeLock != 0 ? "tree_lock " : "") + (mapping.ImmapLock != 0 ? "i_mmap_lock " : "") + (mapping.PrivateLock != 0 ? "private_lock " : "");
        foreach (ref AnonVma anonVma in m.AnonVmas.Rows)
            text += anonVma.Lock != 0 ? "anon_vma lock " : "";
        foreach (ref Mm mm in m.Mms.Rows)
            text += mm.PageTableLock != 0 ? "page_table_lock " : "";
        return text.Length == 0 ? Nothing : text.TrimEnd();
    }

    private long NewPages()
    {
        long pages = 0;
        foreach (CallChunk chunk in run.Result.Call?.Chunks ?? [])
            pages += chunk.NewPages;
        return pages;
    }

    private long LengthOf(ListId list)
    {
        long length = 0;
        for (int page = m.Lists[list.Value].Next; page >= 0; page = m.Pages[page].Next)
            length++;
        return length;
    }

    private static string StepName(int step) => Enum.IsDefined((MigrationStep)step) ? $"{(MigrationStep)step}" : $"{(PolicyStep)step}";

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private struct UnitCounter : IHolderSink
    {
        public int[] Units;

        public readonly void Unit(int page, in Holder holder)
        {
            if ((uint)page < (uint)Units.Length)
                Units[page]++;
        }
    }
}
