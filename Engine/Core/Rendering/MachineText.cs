namespace MigrationConformance.Core;

/// <summary>A whole machine as text: one page, tree slot, entry, swap slot, buffer or hold a line, each named by what stays the same.</summary>
/// <remarks>No line stands below another, so two of these texts can be compared line by line: that is how a trace finds out what a step changed.</remarks>
public static class MachineText
{
    private static readonly string[] BufferFlagNames = ["uptodate", "dirty", "lock", "mapped", "write_eio", "async_write", "associated"];
    private static readonly string[] MappingFlagNames = ["eio", "enospc", "accounts_dirty", "inode_dirty", "nobuffers", "segment_locked", "on_swaplist"];

    /// <summary>The whole machine. Free frames that nobody ever used are left out.</summary>
    /// <param name="view">The machine.</param>
    /// <returns>Lines that end in a line feed.</returns>
    public static string Of(MachineView view)
    {
        var lines = new TextLines();
        Pages(lines, view);
        Mappings(lines, view);
        Processes(lines, view);
        Swap(lines, view);
        Buffers(lines, view.Machine);
        Holds(lines, view);
        OtherTasks(lines, view);
        Counters(lines, view);
        return lines.ToString();
    }

    private static void Pages(TextLines lines, MachineView view)
    {
        for (int pfn = 0; pfn < view.Machine.Pages.Count; pfn++)
        {
            Page p = view.Machine.Pages[pfn];
            if (p.Count != 0 || p.Flags != 0 || p.Next != ListHead.Unlinked)
                lines.Raw(0, PageText.Line(view, new Pfn(pfn)));
        }
    }

    private static void Mappings(TextLines lines, MachineView view)
    {
        Machine m = view.Machine;
        int[] item = new int[1];
        ulong[] index = new ulong[1];
        for (int number = 0; number < m.Mappings.Count; number++)
        {
            var id = new MappingId(number);
            AddressSpace mapping = m.Mappings[number];
            string name = MachineView.Mapping(id), label = view.FileLabel(id);
            string locks = Lock(m, "tree_lock", mapping.TreeLock) + Lock(m, "i_mmap_lock", mapping.ImmapLock) + Lock(m, "private_lock", mapping.PrivateLock);
            lines.Line(0, $"{name}{label}: height {mapping.PageTree.Height}, nrpages {mapping.Nrpages}, state {RenderWords.Join(MappingFlagNames, (ulong)mapping.Flags)}, truncate_count {mapping.TruncateCount}{locks}");
            for (ulong first = 0; RadixTree.GangLookup(m, mapping.PageTree, first, item, index) == 1; first = index[0] + 1)
            {
                lines.Line(0, $"{name} [0x{index[0]:x}]: {view.Page(new Pfn(item[0]))}, tags {Tags(m, mapping.PageTree, index[0])}");
                if (index[0] == ulong.MaxValue)
                    break;
            }
            foreach (Block block in m.Blocks.Rows)
            {
                if (block.Mapping == number)
                    lines.Line(0, $"{name} block 0x{block.Index:x}: contents 0x{block.Contents:x}");
            }
            foreach (ShmemSwapEntry entry in m.ShmemSwap.Rows)
            {
                if (entry.Mapping == number)
                    lines.Line(0, $"{name} swapped 0x{entry.Index:x}: slot {entry.Entry.Value}");
            }
        }
        for (int number = 0; number < m.AnonVmas.Count; number++)
        {
            if (m.AnonVmas[number].Lock != 0)
                lines.Raw(0, FormattableString.Invariant($"anon_vma {number}: ") + Lock(m, "lock", m.AnonVmas[number].Lock)[2..]);
        }
    }

    private static string Tags(Machine m, in RadixRoot tree, ulong index)
    {
        ulong bits = (RadixTree.TagGet(m, tree, index, PagecacheTag.Dirty) ? 1UL : 0)
            | (RadixTree.TagGet(m, tree, index, PagecacheTag.Writeback) ? 2UL : 0);
        return RenderWords.Join(["dirty", "writeback"], bits);
    }

    private static void Processes(TextLines lines, MachineView view)
    {
        Machine m = view.Machine;
        for (int process = 0; process < m.Mms.Count; process++)
        {
            var mm = new MmId(process);
            lines.Raw(0, PageTablesText.Process(view, mm) + Lock(m, "page_table_lock", m.Mms[process].PageTableLock));
            foreach ((ulong address, Pte pte) in PageTables.Entries(m, mm))
                lines.Line(0, $"process {process} at 0x{address:x}: {PageTablesText.Entry(view, pte)}");
        }
        for (int number = 0; number < m.Vmas.Count; number++)
        {
            VmArea vma = m.Vmas[number];
            if (vma.InUse != 0 && vma.Has(VmFlags.Nonlinear))
                lines.Line(0, $"vma {number}: cursor 0x{vma.Cursor:x}");
        }
    }

    private static void Swap(TextLines lines, MachineView view)
    {
        if (view.Machine.SwapMap.Count == 1)
            return;
        lines.Raw(0, SwapText.Head(view.Machine) + Lock(view.Machine, "swap_lock", view.Machine.Globals.SwapLock));
        for (int slot = 1; slot < view.Machine.SwapMap.Count; slot++)
        {
            if (SwapText.IsUsed(view.Machine, slot))
                lines.Raw(0, SwapText.Slot(view, slot));
        }
    }

    private static void Buffers(TextLines lines, Machine m)
    {
        for (int number = 0; number < m.Buffers.Count; number++)
        {
            BufferHead buffer = m.Buffers[number];
            if (buffer.InUse != 0)
                lines.Line(0, $"buffer {number}: of page {buffer.Page.Value}, b_count {buffer.Count}, bits {RenderWords.Join(BufferFlagNames, (ulong)buffer.State)}");
        }
    }

    private static void Holds(TextLines lines, MachineView view)
    {
        for (int row = 0; row < view.Machine.Holds.Count; row++)
        {
            Hold hold = view.Machine.Holds[row];
            string what = hold.Kind switch
            {
                HoldKind.PageLock => "page lock",
                HoldKind.Reference => "reference",
                HoldKind.Writeback => hold.Fails != 0 ? "write that fails" : "write",
                HoldKind.Gather => FormattableString.Invariant($"gather of task {hold.Submitted - 1}"),
                HoldKind.BufferCount => FormattableString.Invariant($"use of buffer {hold.Buffer.Value}"),
                _ => FormattableString.Invariant($"lock of buffer {hold.Buffer.Value}"),
            };
            if (hold.Kind != HoldKind.None)
                lines.Line(0, $"hold {row}: {view.Page(hold.Page)}, what {what}, until {RenderWords.UntilWhen(hold.Until)}");
        }
    }

    // Where the migration stands is what a trace tells by its lines.
    private static void OtherTasks(TextLines lines, MachineView view)
    {
        for (int task = 0; task < view.Machine.Tasks.Count; task++)
        {
            KernelTask t = view.Machine.Tasks[task];
            if (t.Kind is not (TaskKind.None or TaskKind.Migration))
                lines.Line(0, $"task {task}: kind {t.Kind}, step {Tasks.StepName(t)}, page {view.Page(t.Page)}");
        }
    }

    private static void Counters(TextLines lines, MachineView view)
    {
        Machine m = view.Machine;
        MachineGlobals g = m.Globals;
        for (int zone = 0; zone < m.Zones.Count; zone++)
            lines.Line(0, $"zone {zone}: nr_active {m.Zones[zone].NrActive}, nr_inactive {m.Zones[zone].NrInactive}{Lock(m, "lru_lock", m.Zones[zone].LruLock)}");
        lines.Line(0, $"counters: nr_mapped {g.NrMapped}, nr_dirty {g.NrDirty}, nr_writeback {g.NrWriteback}, nr_pagecache {g.NrPagecache}");
        if (m.Bug.Check != BugCheck.None)
            lines.Raw(0, $"bug: check {m.Bug.Check}, in {KernelBugChecks.Function(m.Bug.Check)}, on {view.Page(m.Bug.Page)}");
    }

    private static string Lock(Machine m, string name, int owner) =>
        owner == 0 ? "" : $", {name} " + (owner == Machine.LockedByOthers ? "others"
            : m.Tasks[owner - 1].Kind == TaskKind.Migration ? "migration" : FormattableString.Invariant($"task {owner - 1}"));
}
