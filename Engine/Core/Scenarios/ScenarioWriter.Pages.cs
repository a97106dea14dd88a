using System.Text.Json;

namespace MigrationConformance.Core;

// Pages and what belongs to them.
public static partial class ScenarioWriter
{
    private static void WritePage(Utf8JsonWriter json, ScenarioPage page)
    {
        json.WriteStartObject();
        WriteNumber(json, "repeat"u8, page.Repeat, 1);
        WriteNumber(json, "file"u8, page.File, null);
        WriteNumber(json, "anonVma"u8, page.AnonVma, null);
        WriteNumber(json, "index"u8, page.Index == 0 ? null : page.Index);
        WriteNumber(json, "swapCache"u8, page.SwapCache, 0);
        if (page.Flags is { } flags)
            ResultWriter.WriteBits(json, "flags"u8, (uint)flags, Names.PageFlags);
        WriteNumber(json, "contents"u8, page.Contents);
        WriteNumber(json, "zone"u8, page.Zone, 0);
        WriteNumber(json, "mappedBy"u8, page.MappedBy, 0);
        if (page.Ptes.Count > 0)
            WriteList(json, "ptes"u8, page.Ptes, WritePte);
        if (page.SwapPtes.Count > 0)
            WriteList(json, "swapPtes"u8, page.SwapPtes, WriteSwapPte);
        else
            WriteNumber(json, "swapPtes"u8, page.SwappedBy, 0);
        WriteBuffers(json, page.Buffers);
        WriteUntils(json, "references"u8, page.References);
        WriteUntil(json, "locked"u8, page.Locked, null);
        WriteWriteback(json, page.Writeback);
        WriteWord(json, "list"u8, Names.Places, (int?)page.List, null);
        WriteNumber(json, "cpu"u8, page.Cpu, 0);
        WriteBool(json, "dirtyTag"u8, page.DirtyTag, null);
        if (page.Raw is { } raw)
            WriteRaw(json, raw);
        json.WriteEndObject();
    }

    private static void WriteRaw(Utf8JsonWriter json, ScenarioRawPage raw)
    {
        WriteNumber(json, "count"u8, raw.Count, null);
        WriteNumber(json, "mapcount"u8, raw.Mapcount, null);
        WriteNumber(json, "private"u8, raw.Private);
        if (raw.Mapping is not { } mapping)
            return;
        if (mapping == default)
        {
            json.WriteNull("mapping"u8);
            return;
        }
        json.WriteStartObject("mapping"u8);
        WriteNumber(json, "file"u8, mapping.File, null);
        WriteNumber(json, "anonVma"u8, mapping.AnonVma, null);
        json.WriteEndObject();
    }

    private static void WritePte(Utf8JsonWriter json, ScenarioPte pte)
    {
        json.WriteStartObject();
        WriteNumber(json, "vma"u8, pte.Vma, null);
        WriteAddress(json, "address"u8, pte.Address);
        WriteBool(json, "young"u8, pte.Young, false);
        WriteBool(json, "dirty"u8, pte.Dirty, false);
        WriteBool(json, "write"u8, pte.Write, pte.Dirty);
        json.WriteEndObject();
    }

    private static void WriteSwapPte(Utf8JsonWriter json, ScenarioSwapPte pte)
    {
        json.WriteStartObject();
        WriteNumber(json, "vma"u8, pte.Vma, null);
        WriteAddress(json, "address"u8, pte.Address);
        json.WriteEndObject();
    }

    private static void WriteBuffers(Utf8JsonWriter json, ValueList<ScenarioBuffer> buffers)
    {
        if (buffers.Count == 0)
            return;
        if (buffers.Count <= ScenarioLimits.BuffersOfPage && buffers.Equals(ScenarioBuffer.Defaults(buffers.Count)))
            json.WriteNumber("buffers"u8, buffers.Count);
        else
            WriteList(json, "buffers"u8, buffers, WriteBuffer);
    }

    private static void WriteBuffer(Utf8JsonWriter json, ScenarioBuffer buffer)
    {
        json.WriteStartObject();
        WriteBool(json, "uptodate"u8, buffer.Uptodate, true);
        WriteBool(json, "mapped"u8, buffer.Mapped, true);
        WriteBool(json, "dirty"u8, buffer.Dirty, false);
        WriteBool(json, "writeEio"u8, buffer.WriteEio, false);
        WriteBool(json, "associated"u8, buffer.Associated, false);
        WriteUntils(json, "users"u8, buffer.Users);
        WriteUntil(json, "locked"u8, buffer.Locked, null);
        json.WriteEndObject();
    }

    private static void WriteWriteback(Utf8JsonWriter json, ScenarioWriteback? writeback)
    {
        if (writeback is null)
            return;
        if (!writeback.Fails && writeback.Contents is null)
        {
            ResultWriter.WriteUntil(json, "writeback"u8, writeback.Until);
            return;
        }
        json.WriteStartObject("writeback"u8);
        ResultWriter.WriteUntil(json, "until"u8, writeback.Until);
        WriteBool(json, "fails"u8, writeback.Fails, false);
        WriteNumber(json, "contents"u8, writeback.Contents);
        json.WriteEndObject();
    }
}
