using System.Collections;
using System.Reflection;
using System.Text.RegularExpressions;

namespace MigrationConformance.Specs;

/// <summary>Everything that is true of a machine, each fact with a name in the kernel's words.</summary>
/// <remarks>
/// Structs are read by reflection, so a new field is a new fact and cannot be forgotten. Links and nodes are read
/// as what they mean: lists, trees, page tables. Left out is only what says where a task stands in its own code.
/// </remarks>
internal static class Facts
{
    // Links that are read as lists and trees, hints of allocators, and locals that only say where a task stands.
    private static readonly string[] Unread =
    [
        "Page.Next", "Page.Prev", "Page.flags",
        "AddressSpace.PageTree", "AddressSpace.Immap", "AddressSpace.ImmapNonlinear", "Mm.PageTable", "VmArea.SharedNext", "VmArea.AnonNext",
        "AnonVma.Head", "MachineGlobals.NodeHint", "MachineGlobals.HoldHint", "MachineGlobals.HoldsOfPage", "SwapArea.LowestFree",
        "Zone.ActiveList", "Zone.InactiveList", "Zone.FreeHint",
        "KernelTask.Step", "KernelTask.Page", "KernelTask.Page2", "KernelTask.Mapping", "KernelTask.RadixPointer", "KernelTask.Rc",
        "KernelTask.Reason", "KernelTask.ReasonStep", "KernelTask.HoldsPageLock", "KernelTask.HoldsNewpageLock", "KernelTask.UnmapPhase",
        "KernelTask.UnmapVma", "KernelTask.UnmapResult", "KernelTask.UnmapMapcount", "KernelTask.Cursor", "KernelTask.MaxNlCursor",
        "PolicyCall.Nodes", "PolicyCall.Start", "PolicyCall.End", "PolicyCall.Address", "PolicyCall.Vma", "PolicyCall.Prev", "PolicyCall.First",
        "PolicyCall.At", "PolicyCall.DrainCpu",
        "KernelTask.MaxNlSize", "KernelTask.SwapwriteSetHere", "KernelTask.WaitsFor", "KernelTask.WaitsForNumber", "KernelTask.NrRefs",
        "KernelTask.Local0", "KernelTask.Local1",
    ];

    public static SortedDictionary<string, string> Of(Machine m)
    {
        var facts = new SortedDictionary<string, string>(StringComparer.Ordinal);
        ReadFields("bug", m.Bug, facts);
        ReadFields("global", m.Globals, facts);
        ReadFields("swap", m.Swap, facts);
        ReadRows("task", m.Tasks, facts);
        ReadRows("call", m.PolicyCalls, facts);
        ReadRows("cred", m.Creds, facts);
        ReadRows("zone", m.Zones, facts);
        ReadRows("anon_vma", m.AnonVmas, facts);
        ReadRows("vma", m.Vmas, facts);
        ReadRows("process", m.Mms, facts);
        for (int row = 0; row < m.Buffers.Count; row++)
        {
            BufferHead bh = m.Buffers[row];
            if (bh.InUse != 0)
                facts[$"buffer {row}"] = $"of {bh.Page}, {bh.State}, next {bh.ThisPage.Value}{(bh.Count == 0 ? "" : $", count {bh.Count}")}";
        }
        for (int row = 0; row < m.Holds.Count; row++)
        {
            Hold hold = m.Holds[row];
            if (hold.Kind != HoldKind.None)
                facts[$"hold {row}"] = $"{hold.Kind} of {hold.Page}{(hold.Fails == 0 ? "" : ", fails")}";
        }
        for (int pfn = 0; pfn < m.Pages.Count; pfn++)
            ReadPage(m.Pages[pfn], $"page {pfn}", facts);
        ReadLists(m, facts);
        for (int i = 0; i < m.Mappings.Count; i++)
            ReadMapping(m, new MappingId(i), facts);
        for (int i = 0; i < m.Mms.Count; i++)
        {
            foreach ((ulong address, Pte pte) in PageTables.Entries(m, new MmId(i)))
                facts[$"process {i}: {address:x}"] = Text(pte);
        }
        for (int slot = 1; slot < m.SwapMap.Count; slot++)
        {
            facts[$"slot {slot}: swap_map"] = $"{m.SwapMap[slot]}";
            facts[$"slot {slot}: contents"] = $"{m.SwapContents[slot]}";
        }
        foreach (Block block in m.Blocks.Rows)
            facts[$"{new MappingId((int)block.Mapping)}: block {block.Index}"] = $"{block.Contents}";
        foreach (ShmemSwapEntry entry in m.ShmemSwap.Rows)
            facts[$"{new MappingId((int)entry.Mapping)}: swap vector {entry.Index}"] = entry.Entry.ToString();
        return facts;
    }

    private static void ReadPage(Page page, string name, SortedDictionary<string, string> facts)
    {
        ReadFields(name, page, facts);
        foreach (PageFlags flag in Enum.GetValues<PageFlags>())
        {
            if (flag is not (PageFlags.None or PageFlags.All) && page.Has(flag))
                facts[$"{name}: PG_{flag.ToString().ToLowerInvariant()}"] = "";
        }
    }

    private static void ReadLists(Machine m, SortedDictionary<string, string> facts)
    {
        for (int list = 0; list < m.Lists.Count; list++)
            facts[$"{ListName(m, list)}"] = Numbers(PageList.Walk(m, new ListId(list)).Select(page => page.Value));
        for (int cpu = 0; cpu < m.Pagevecs.Count; cpu++)
        {
            ref CpuPagevecs pagevecs = ref m.Pagevecs[cpu];
            facts[$"cpu {cpu}: lru_add"] = Numbers(pagevecs.LruAdd.Pages[..pagevecs.LruAdd.Nr].ToArray());
            facts[$"cpu {cpu}: lru_add_active"] = Numbers(pagevecs.LruAddActive.Pages[..pagevecs.LruAddActive.Nr].ToArray());
        }
    }

    private static string ListName(Machine m, int list)
    {
        for (int zone = 0; zone < m.Zones.Count; zone++)
        {
            if (m.Zones[zone].ActiveList.Value == list)
                return $"zone {zone}: active_list";
            if (m.Zones[zone].InactiveList.Value == list)
                return $"zone {zone}: inactive_list";
        }
        if (m.Tasks.Count == 0)
            return $"list {list}";
        ref KernelTask t = ref m.Tasks[0];
        return list == t.From.Value ? "from" : list == t.To.Value ? "to" : list == t.Moved.Value ? "moved" : list == t.Failed.Value ? "failed" : $"list {list}";
    }

    private static void ReadMapping(Machine m, MappingId id, SortedDictionary<string, string> facts)
    {
        ref AddressSpace space = ref m.Mappings[id.Value];
        ReadFields(id.ToString(), space, facts);
        facts[$"{id}: height"] = $"{space.PageTree.Height}";
        int[] item = new int[1];
        ulong[] index = new ulong[1];
        for (ulong next = 0; RadixTree.GangLookup(m, space.PageTree, next, item, index) == 1; next = index[0] + 1)
        {
            facts[$"{id}: [{index[0]}]"] = $"page {item[0]}";
            foreach (PagecacheTag tag in Enum.GetValues<PagecacheTag>())
            {
                if (RadixTree.TagGet(m, space.PageTree, index[0], tag))
                    facts[$"{id}: [{index[0]}] {tag.ToString().ToUpperInvariant()}"] = "";
            }
            if (index[0] == ulong.MaxValue)
                break;
        }
        facts[$"{id}: nodes"] = space.PageTree.Rnode == 0 ? "0" : NodesBelow(m, space.PageTree.Rnode - 1, space.PageTree.Height);
    }

    // Counts and tags of inner nodes follow from the leaves; where they do not, the fact says so.
    private static string NodesBelow(Machine m, int node, int height)
    {
        int nodes = 1;
        ref RadixNode row = ref m.Nodes[node];
        int used = 0;
        for (int slot = 0; slot < m.FanOut; slot++)
        {
            int link = m.Slots[node * m.FanOut + slot];
            used += link == 0 ? 0 : 1;
            if (height == 1 || link == 0)
                continue;
            string below = NodesBelow(m, link - 1, height - 1);
            if (!int.TryParse(below, out int count))
                return below;
            nodes += count;
            foreach (PagecacheTag tag in Enum.GetValues<PagecacheTag>())
            {
                if (((row.Tags(tag) >> slot) & 1) != (m.Nodes[link - 1].Tags(tag) == 0 ? 0UL : 1UL))
                    return $"node {node} has a wrong {tag} tag at slot {slot}";
            }
        }
        return used == row.Count ? $"{nodes}" : $"node {node} has count {row.Count} with {used} used slots";
    }

    private static void ReadRows<T>(string table, Table<T> rows, SortedDictionary<string, string> facts)
        where T : unmanaged
    {
        for (int row = 0; row < rows.Count; row++)
            ReadFields($"{table} {row}", rows[row], facts);
    }

    private static void ReadFields<T>(string name, T row, SortedDictionary<string, string> facts)
        where T : unmanaged
    {
        foreach (FieldInfo field in FieldsOf<T>.All)
            facts[$"{name}: {KernelName(field.Name)}"] = Text(field.GetValue(row)!, field.Name);
    }

    private static string Text(object value, string field) => value switch
    {
        MappingPtr pointer => pointer.ToString(),
        Pte pte => Text(pte),
        AnonVmaId anonVma => anonVma.IsNone ? "none" : $"anon_vma {anonVma.Value}",
        MmId mm => $"process {mm.Value}",
        int owner when field.EndsWith("Lock", StringComparison.Ordinal) =>
            owner == 0 ? "free" : owner == Machine.LockedByOthers ? "others" : $"task {owner - 1}",
        _ => value.ToString()!,
    };

    private static string Text(Pte pte) =>
        pte.IsPresent
            ? $"page {pte.Page.Value}{(pte.IsYoung ? " young" : "")}{(pte.IsDirty ? " dirty" : "")}{(pte.IsWrite ? " write" : "")}"
            : pte.IsSwap ? pte.SwapEntry.ToString() : pte.IsFile ? $"file offset {pte.FileOffset}" : "none";

    private static string Numbers(IEnumerable<int> numbers) => string.Join(' ', numbers) is { Length: > 0 } text ? text : "empty";

    private static string KernelName(string field) =>
        Regex.Replace(field, "(?<=[a-z])(?=[A-Z])", "_").ToLowerInvariant();

    private static class FieldsOf<T>
    {
        public static readonly FieldInfo[] All = [.. typeof(T).GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
            .Where(field => !field.Name.StartsWith("unused", StringComparison.Ordinal) && !Unread.Contains($"{typeof(T).Name}.{field.Name}"))];
    }
}
