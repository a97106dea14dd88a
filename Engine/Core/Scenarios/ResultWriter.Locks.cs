using System.Text.Json;

namespace MigrationConformance.Core;

// The member machine: locks, and what others hold.
public static partial class ResultWriter
{
    private static void WriteLocks(Utf8JsonWriter json, ScenarioMachine scenario, Machine m)
    {
        int task = scenario.Migration.Value;
        json.WriteStartArray("locks"u8);
        WritePageLocks(json, m, m.Tasks[task]);
        for (int mapping = 0; mapping < m.Mappings.Count; mapping++)
            WriteLock(json, "tree"u8, "file"u8, mapping, m.Mappings[mapping].TreeLock, task);
        for (int mapping = 1; mapping < m.Mappings.Count; mapping++)
            WriteLock(json, "immap"u8, "file"u8, mapping, m.Mappings[mapping].ImmapLock, task);
        for (int mapping = 1; mapping < m.Mappings.Count; mapping++)
            WriteLock(json, "private"u8, "file"u8, mapping, m.Mappings[mapping].PrivateLock, task);
        for (int anonVma = 0; anonVma < m.AnonVmas.Count; anonVma++)
            WriteLock(json, "anonVma"u8, "anonVma"u8, anonVma, m.AnonVmas[anonVma].Lock, task);
        for (int process = 0; process < m.Mms.Count; process++)
            WriteLock(json, "pageTable"u8, "process"u8, process, m.Mms[process].PageTableLock, task);
        for (int process = 0; process < m.Mms.Count; process++)
            WriteLock(json, "mmapSem"u8, "process"u8, process, MmapSemOwner(m, process), task);
        for (int zone = 0; zone < m.Zones.Count; zone++)
            WriteLock(json, "lru"u8, "zone"u8, zone, m.Zones[zone].LruLock, task);
        WriteLock(json, "swap"u8, default, 0, m.Globals.SwapLock, task);
        WriteLock(json, "mmlist"u8, default, 0, m.Globals.MmlistLock, task);
        json.WriteEndArray();
    }

    private static void WritePageLocks(Utf8JsonWriter json, Machine m, in KernelTask task)
    {
        for (int page = 0; page < m.Pages.Count; page++)
        {
            if (!m.Pages[page].Has(PageFlags.Locked))
                continue;
            bool migration = (task.HoldsPageLock != 0 && task.Page.Value == page) || (task.HoldsNewpageLock != 0 && task.Newpage.Value == page);
            json.WriteStartObject();
            json.WriteString("lock"u8, "page"u8);
            json.WriteNumber("page"u8, page);
            json.WriteString("owner"u8, migration ? "migration"u8 : "others"u8);
            json.WriteEndObject();
            FlushWhenLong(json);
        }
    }

    // Who has it for writing, or else the first that has it for reading: the lock itself knows writers only.
    private static int MmapSemOwner(Machine m, int process) =>
        m.Mms[process].MmapSem != 0 ? Math.Abs(m.Mms[process].MmapSem) : Locks.MmapSemReader(m, new MmId(process)) + 1;

    // A lock field holds the owner's task number + 1.
    private static void WriteLock(Utf8JsonWriter json, ReadOnlySpan<byte> kind, ReadOnlySpan<byte> of, int number, int field, int task)
    {
        if (field == 0)
            return;
        json.WriteStartObject();
        json.WriteString("lock"u8, kind);
        if (of.SequenceEqual("file"u8))
            WriteMappingNumber(json, of, number);
        else if (!of.IsEmpty)
            json.WriteNumber(of, number);
        json.WriteString("owner"u8, field == task + 1 ? "migration"u8 : "others"u8);
        json.WriteEndObject();
    }

    private static void WriteHolds(Utf8JsonWriter json, Machine m)
    {
        json.WriteStartArray("holds"u8);
        Hold[] holds = m.Holds.Rows.ToArray();
        if (!IsSorted(holds))
            Array.Sort(holds, default(ByPage));
        foreach (ref readonly Hold hold in holds.AsSpan())
        {
            if (hold.Kind != HoldKind.None)
                WriteHold(json, hold);
        }
        json.WriteEndArray();
    }

    private static bool IsSorted(Hold[] holds)
    {
        for (int i = 1; i < holds.Length; i++)
        {
            if (default(ByPage).Compare(holds[i - 1], holds[i]) > 0)
                return false;
        }
        return true;
    }

    private static void WriteHold(Utf8JsonWriter json, in Hold hold)
    {
        json.WriteStartObject();
        json.WriteString("kind"u8, EnumNames.Hold(hold.Kind));
        json.WriteNumber("page"u8, hold.Page.Value);
        WriteNumber(json, "buffer"u8, hold.Buffer.IsNone ? null : hold.Buffer.Value);
        WriteUntil(json, "until"u8, hold.Until);
        if (hold.Kind == HoldKind.Writeback)
        {
            json.WriteNumber("contents"u8, hold.Contents);
            json.WriteBoolean("fails"u8, hold.Fails != 0);
            json.WriteString("owner"u8, hold.Submitted != 0 ? "migration"u8 : "others"u8);
        }
        json.WriteEndObject();
        FlushWhenLong(json);
    }

    internal static void WriteUntil(Utf8JsonWriter json, ReadOnlySpan<byte> name, int until)
    {
        if (until is Until.Waited or Until.Never)
            json.WriteString(name, Names.Untils.Encoded[until == Until.Waited ? 0 : 1]);
        else
            json.WriteNumber(name, until);
    }

    private readonly struct ByPage : IComparer<Hold>
    {
        public int Compare(Hold x, Hold y)
        {
            int byPage = x.Page.Value.CompareTo(y.Page.Value);
            int byKind = byPage != 0 ? byPage : x.Kind.CompareTo(y.Kind);
            int byBuffer = byKind != 0 ? byKind : x.Buffer.Value.CompareTo(y.Buffer.Value);
            return byBuffer != 0 ? byBuffer : x.Until.CompareTo(y.Until);
        }
    }
}
