namespace MigrationConformance.Core;

/// <summary>Sums over one machine that several invariants need, beside how the run began. Reused from state to state.</summary>
public sealed class Survey
{
    private ushort[] hiddenUsers = [];

    /// <summary>Notes how a run begins.</summary>
    /// <param name="start">The machine before its first step; it is copied.</param>
    public Survey(Machine start)
    {
        Start = new Machine(start);
        HasTo = Grow<bool>([], start.Pages.Count);
        Input = new bool[start.Pages.Count];
        Take(start);
        hiddenUsers = new ushort[start.SwapMap.Count];
        for (int slot = 0; slot < hiddenUsers.Length; slot++)
        {
            int hidden = (start.SwapMap[slot] & SwapArea.MapMax) - SlotUsers[slot];
            hiddenUsers[slot] = (ushort)Math.Max(0, start.SwapMap[slot] >= SwapArea.MapMax ? 0 : hidden);
        }
        StartList = new int[start.Pages.Count];
        foreach (ref KernelTask task in start.Tasks.Rows)
        {
            if (task.Kind is not (TaskKind.Migration or TaskKind.Isolation))
                continue;
            Mark(start, task.From, Input);
            Mark(start, task.To, HasTo);
        }
        Memory = new GhostMemory(start);
        Take(start);
    }

    /// <summary>The machine as the run began.</summary>
    public Machine Start { get; }

    /// <summary>For each page, whether it was on <c>from</c> of a migration at the start.</summary>
    public bool[] Input { get; }

    /// <summary>For each page, whether it was on <c>to</c> of a migration at the start.</summary>
    public bool[] HasTo { get; }

    /// <summary>For each page, the list of a migration that it was on at the start, + 1; 0 for none.</summary>
    public int[] StartList { get; }

    /// <summary>What every process and every file reads, as the run began.</summary>
    public GhostMemory Memory { get; }

    /// <summary>For each page, how many units of its count have a holder.</summary>
    public int[] Units { get; private set; } = [];

    /// <summary>For each page, how many present entries name it.</summary>
    public int[] Entries { get; private set; } = [];

    /// <summary>For each swap slot, how many users the machine shows: entries, swap cache, tmpfs vectors, counts that tasks hold.</summary>
    public int[] SlotUsers { get; private set; } = [];

    /// <summary>For each page, whether it is on an LRU list (1 inactive, 2 active), on a private list (4) or in a pagevec (8).</summary>
    public byte[] Places { get; private set; } = [];

    /// <summary>Users of a slot that the scenario gave without showing them.</summary>
    /// <param name="slot">The slot.</param>
    /// <returns>Their number.</returns>
    public int HiddenUsers(int slot) => slot < hiddenUsers.Length ? hiddenUsers[slot] : 0;

    /// <summary>Counts a machine.</summary>
    /// <param name="m">The machine.</param>
    public void Take(Machine m)
    {
        Units = Grow(Units, m.Pages.Count);
        Entries = Grow(Entries, m.Pages.Count);
        SlotUsers = Grow(SlotUsers, m.SwapMap.Count);
        Places = Grow(Places, m.Pages.Count);
        var sums = new Sums { Units = Units, Entries = Entries, SlotUsers = SlotUsers };
        Ledger.Walk(m, ref sums);
        CountSlots(m);
    }

    private void CountSlots(Machine m)
    {
        for (int mm = 0; mm < m.Mms.Count; mm++)
        {
            var entries = new EntryCursor(m, new MmId(mm));
            while (entries.Next())
            {
                if (entries.Pte.IsSwap)
                    AddUser(entries.Pte.SwapEntry);
            }
        }
        foreach (ref ShmemSwapEntry row in m.ShmemSwap.Rows)
            AddUser(row.Entry);
        foreach (ref KernelTask task in m.Tasks.Rows)
        {
            if (task.Kind is TaskKind.Migration || TaskLocals.Reclaims(task))
                AddUser(task.Entry);
        }
    }

    private void AddUser(SwpEntry entry)
    {
        if (!entry.IsNone && entry.Value < (ulong)SlotUsers.Length)
            SlotUsers[(int)entry.Value]++;
    }

    private void Mark(Machine m, ListId list, bool[] pages)
    {
        if (list.IsNone)
            return;
        foreach (Pfn page in PageList.Walk(m, list))
        {
            pages[page.Value] = true;
            StartList[page.Value] = list.Value + 1;
        }
    }

    private static T[] Grow<T>(T[] array, int length)
    {
        if (array.Length < length)
            return new T[length];
        Array.Clear(array);
        return array;
    }

    private struct Sums : IHolderSink
    {
        public int[] Units, Entries, SlotUsers;

        public readonly void Unit(int page, in Holder holder)
        {
            if (page < 0 || page >= Units.Length)
                return;
            Units[page]++;
            if (holder.Kind == HolderKind.Pte)
                Entries[page]++;
            if (holder.Kind == HolderKind.Tree && holder.Number == MappingId.Swapper.Value && holder.Where < (ulong)SlotUsers.Length)
                SlotUsers[(int)holder.Where]++;
        }
    }
}
