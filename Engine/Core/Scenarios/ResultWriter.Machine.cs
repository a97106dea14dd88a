using System.Text.Json;

namespace MigrationConformance.Core;

// The member machine: pages, trees, lists.
public static partial class ResultWriter
{
    private static void WriteMachine(Utf8JsonWriter json, ScenarioMachine scenario, Machine m)
    {
        byte[] places = FindPlaces(scenario, m);
        json.WriteStartArray("pages"u8);
        for (int page = 0; page < m.Pages.Count; page++)
            WritePage(json, m, page, places[page]);
        json.WriteEndArray();
        json.WriteStartArray("trees"u8);
        for (int mapping = 0; mapping < m.Mappings.Count; mapping++)
            WriteTree(json, m, mapping);
        json.WriteEndArray();
        WriteLists(json, scenario, m);
        WriteProcesses(json, m);
        WriteVmas(json, m);
        WriteSwap(json, m);
        WriteFiles(json, m);
        WriteLocks(json, scenario, m);
        WriteHolds(json, m);
        json.WriteStartObject("counters"u8);
        json.WriteNumber("nrMapped"u8, m.Globals.NrMapped);
        json.WriteNumber("nrDirty"u8, m.Globals.NrDirty);
        json.WriteNumber("nrWriteback"u8, m.Globals.NrWriteback);
        json.WriteNumber("nrPagecache"u8, m.Globals.NrPagecache);
        json.WriteEndObject();
    }

    private static readonly NameTable Places = new("none from to moved failed active inactive lruAdd lruAddActive others");

    // For each page the list it is on; a page in a pagevec and on a list counts as being on the list.
    private static byte[] FindPlaces(ScenarioMachine scenario, Machine m)
    {
        var places = new byte[m.Pages.Count];
        foreach (ref CpuPagevecs cpu in m.Pagevecs.Rows)
        {
            foreach (int page in cpu.LruAdd.Pages[..cpu.LruAdd.Nr])
                places[page] = 7;
            foreach (int page in cpu.LruAddActive.Pages[..cpu.LruAddActive.Nr])
                places[page] = 8;
        }
        foreach (ref Zone zone in m.Zones.Rows)
        {
            MarkPlaces(m, zone.ActiveList, places, 5);
            MarkPlaces(m, zone.InactiveList, places, 6);
        }
        MarkPlaces(m, scenario.From, places, 1);
        MarkPlaces(m, scenario.To, places, 2);
        MarkPlaces(m, scenario.Moved, places, 3);
        MarkPlaces(m, scenario.Failed, places, 4);
        MarkPlaces(m, scenario.Others, places, 9);
        return places;
    }

    private static void MarkPlaces(Machine m, ListId list, byte[] places, byte place)
    {
        if (list.IsNone)
            return;
        int left = m.Pages.Count;
        for (int link = m.Lists[list.Value].Next; link >= 0 && left > 0; link = m.Pages[link].Next, left--)
            places[link] = place;
    }

    private static void WritePage(Utf8JsonWriter json, Machine m, int number, byte place)
    {
        ref Page page = ref m.Pages[number];
        json.WriteStartObject();
        json.WriteNumber("page"u8, number);
        json.WriteNumber("count"u8, page.Count);
        json.WriteNumber("mapcount"u8, page.Mapcount);
        WriteBits(json, "flags"u8, (uint)page.Flags, Names.PageFlags);
        WriteMapping(json, page.Mapping);
        json.WriteNumber("index"u8, page.Index.Value);
        json.WriteNumber("private"u8, page.Private);
        WriteBuffers(json, m, page);
        json.WriteNumber("contents"u8, page.Contents);
        json.WriteNumber("zone"u8, page.Zone);
        if (place == 0)
            json.WriteNull("list"u8);
        else
            json.WriteString("list"u8, Places.Encoded[place]);
        json.WriteEndObject();
        FlushWhenLong(json);
    }

    internal static void WriteBits(Utf8JsonWriter json, ReadOnlySpan<byte> name, uint bits, NameTable names)
    {
        json.WriteStartArray(name);
        for (; bits != 0; bits &= bits - 1)
            json.WriteStringValue(names.Encoded[System.Numerics.BitOperations.TrailingZeroCount(bits)]);
        json.WriteEndArray();
    }

    private static void WriteMapping(Utf8JsonWriter json, MappingPtr mapping)
    {
        if (mapping.IsNull)
        {
            json.WriteNull("mapping"u8);
            return;
        }
        json.WriteStartObject("mapping"u8);
        if (mapping.IsAnon)
            json.WriteNumber("anonVma"u8, mapping.AnonVma.Value);
        else
            WriteMappingNumber(json, "file"u8, mapping.Mapping.Value);
        json.WriteEndObject();
    }

    private static readonly NameTable BufferFlagNames = new("uptodate dirty lock mapped writeEio asyncWrite associated");

    // The ring from its first buffer; an end is put to one that is broken.
    private static void WriteBuffers(Utf8JsonWriter json, Machine m, in Page page)
    {
        json.WriteStartArray("buffers"u8);
        if (page.Has(PageFlags.Private) && page.FirstBuffer.Value >= 0 && page.FirstBuffer.Value < m.Buffers.Count)
        {
            BhId buffer = page.FirstBuffer;
            for (int left = ScenarioLimits.BuffersOfPage; left > 0; left--)
            {
                ref BufferHead bh = ref m.Buffers[buffer.Value];
                json.WriteStartObject();
                WriteBits(json, "flags"u8, (uint)bh.State, BufferFlagNames);
                json.WriteNumber("count"u8, bh.Count);
                json.WriteEndObject();
                buffer = bh.ThisPage;
                if (buffer == page.FirstBuffer)
                    break;
            }
        }
        json.WriteEndArray();
    }

    private static void WriteTree(Utf8JsonWriter json, Machine m, int mapping)
    {
        const int batch = 64;
        Span<int> items = stackalloc int[batch];
        Span<ulong> indexes = stackalloc ulong[batch];
        ref AddressSpace space = ref m.Mappings[mapping];
        json.WriteStartObject();
        WriteMappingNumber(json, "mapping"u8, mapping);
        json.WriteNumber("height"u8, space.PageTree.Height);
        json.WriteNumber("nrpages"u8, space.Nrpages);
        json.WriteStartArray("items"u8);
        for (ulong first = 0; ;)
        {
            int found = RadixTree.GangLookup(m, space.PageTree, first, items, indexes);
            for (int i = 0; i < found; i++)
                WriteItem(json, m, space.PageTree, items[i], indexes[i]);
            if (found < batch || indexes[found - 1] == ulong.MaxValue)
                break;
            first = indexes[found - 1] + 1;
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteItem(Utf8JsonWriter json, Machine m, in RadixRoot tree, int item, ulong index)
    {
        json.WriteStartObject();
        json.WriteNumber("index"u8, index);
        json.WriteNumber("page"u8, item);
        json.WriteBoolean("dirty"u8, RadixTree.TagGet(m, tree, index, PagecacheTag.Dirty));
        json.WriteBoolean("writeback"u8, RadixTree.TagGet(m, tree, index, PagecacheTag.Writeback));
        json.WriteEndObject();
        FlushWhenLong(json);
    }

    private static void WriteLists(Utf8JsonWriter json, ScenarioMachine scenario, Machine m)
    {
        json.WriteStartObject("lists"u8);
        WriteList(json, "from"u8, m, scenario.From);
        WriteList(json, "to"u8, m, scenario.To);
        WriteList(json, "moved"u8, m, scenario.Moved);
        WriteList(json, "failed"u8, m, scenario.Failed);
        WriteList(json, "others"u8, m, scenario.Others);
        json.WriteStartArray("zones"u8);
        foreach (ref Zone zone in m.Zones.Rows)
        {
            json.WriteStartObject();
            WriteList(json, "active"u8, m, zone.ActiveList);
            WriteList(json, "inactive"u8, m, zone.InactiveList);
            json.WriteNumber("nrActive"u8, zone.NrActive);
            json.WriteNumber("nrInactive"u8, zone.NrInactive);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("cpus"u8);
        foreach (ref CpuPagevecs cpu in m.Pagevecs.Rows)
        {
            json.WriteStartObject();
            WriteNumbers(json, "lruAdd"u8, cpu.LruAdd.Pages[..cpu.LruAdd.Nr]);
            WriteNumbers(json, "lruAddActive"u8, cpu.LruAddActive.Pages[..cpu.LruAddActive.Nr]);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteList(Utf8JsonWriter json, ReadOnlySpan<byte> name, Machine m, ListId list)
    {
        if (list.IsNone)
        {
            json.WriteNull(name);
            return;
        }
        json.WriteStartArray(name);
        int left = m.Pages.Count;
        for (int link = m.Lists[list.Value].Next; link >= 0 && left > 0; link = m.Pages[link].Next, left--)
        {
            json.WriteNumberValue(link);
            FlushWhenLong(json);
        }
        json.WriteEndArray();
    }

    private static void WriteNumbers(Utf8JsonWriter json, ReadOnlySpan<byte> name, ReadOnlySpan<int> numbers)
    {
        json.WriteStartArray(name);
        foreach (int number in numbers)
            json.WriteNumberValue(number);
        json.WriteEndArray();
    }
}
