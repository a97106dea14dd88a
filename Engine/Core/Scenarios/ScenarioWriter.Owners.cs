using System.Text.Json;

namespace MigrationConformance.Core;

// Swap, files, processes and VMAs.
public static partial class ScenarioWriter
{
    private static void WriteSwap(Utf8JsonWriter json, ScenarioSwap swap)
    {
        json.WriteStartObject("swap"u8);
        WriteNumber(json, "slots"u8, swap.Slots, null);
        WriteBool(json, "writable"u8, swap.Writable, true);
        WriteWord(json, "write"u8, Names.SwapWrites, (int)swap.Write, (int)SwapWriteMode.Asynchronous);
        WriteUntil(json, "completes"u8, swap.Completes, Until.Waited);
        WriteBool(json, "radixPreloadFails"u8, swap.RadixPreloadFails, false);
        if (swap.Map.Count > 0)
            WriteList(json, "map"u8, swap.Map, WriteSlotUse);
        if (swap.Contents.Count > 0)
            WriteList(json, "contents"u8, swap.Contents, WriteSlotContents);
        json.WriteEndObject();
    }

    private static void WriteSlotUse(Utf8JsonWriter json, ScenarioSlotUse use)
    {
        json.WriteStartObject();
        json.WriteNumber("slot"u8, use.Slot);
        if (use.Count is { } count)
            json.WriteNumber("count"u8, count);
        else if (use.Bad)
            json.WriteBoolean("bad"u8, true);
        else
            json.WriteNumber("users"u8, use.Users);
        json.WriteEndObject();
    }

    private static void WriteSlotContents(Utf8JsonWriter json, ScenarioSlotContents stored)
    {
        json.WriteStartObject();
        json.WriteNumber("slot"u8, stored.Slot);
        json.WriteNumber("contents"u8, stored.Contents);
        json.WriteEndObject();
    }

    private static void WriteFile(Utf8JsonWriter json, ScenarioFile file)
    {
        json.WriteStartObject();
        WriteString(json, "name"u8, file.Name);
        WriteWord(json, "kind"u8, Names.Kinds, (int)file.Kind - 1, 0);
        WriteWord(json, "writepage"u8, Names.Writepages, (int?)file.Writepage, null);
        WriteWord(json, "releasepage"u8, Names.Releasepages, (int)file.Releasepage, (int)ReleasepageMode.Absent);
        WriteWord(json, "migratepage"u8, Names.Migratepages, (int?)file.Migratepage, null);
        WriteWord(json, "setPageDirty"u8, Names.SetPageDirties, file.SetPageDirtyNobuffers is { } nobuffers ? (nobuffers ? 1 : 0) : null, null);
        WriteBool(json, "accountsDirty"u8, file.AccountsDirty, null);
        WriteUntil(json, "completes"u8, file.Completes, Until.Waited);
        WriteNumber(json, "size"u8, file.Size);
        WriteFileFlags(json, file.Flags);
        WriteBool(json, "segmentLocked"u8, file.SegmentLocked, false);
        WriteNumber(json, "truncateCount"u8, file.TruncateCount, 0);
        if (file.Blocks.Count > 0)
            WriteList(json, "blocks"u8, file.Blocks, WriteBlock);
        if (file.Swapped.Count > 0)
            WriteList(json, "swapped"u8, file.Swapped, WriteSwapped);
        json.WriteEndObject();
    }

    private static void WriteFileFlags(Utf8JsonWriter json, MappingFlags flags)
    {
        if (flags == MappingFlags.None)
            return;
        json.WriteStartArray("flags"u8);
        for (int bit = 0; bit < Names.FileFlagBits.Length; bit++)
        {
            if ((flags & Names.FileFlagBits[bit]) != 0)
                json.WriteStringValue(Names.FileFlags.Encoded[bit]);
        }
        json.WriteEndArray();
    }

    private static void WriteBlock(Utf8JsonWriter json, ScenarioBlock block)
    {
        json.WriteStartObject();
        json.WriteNumber("index"u8, block.Index);
        json.WriteNumber("contents"u8, block.Contents);
        json.WriteEndObject();
    }

    private static void WriteSwapped(Utf8JsonWriter json, ScenarioSwapped swapped)
    {
        json.WriteStartObject();
        json.WriteNumber("index"u8, swapped.Index);
        json.WriteNumber("slot"u8, swapped.Slot);
        json.WriteEndObject();
    }

    private static void WriteProcess(Utf8JsonWriter json, ScenarioProcess process)
    {
        json.WriteStartObject();
        WriteString(json, "name"u8, process.Name);
        WriteNumber(json, "hiwaterRss"u8, process.HiwaterRss, 0);
        WriteBool(json, "onMmlist"u8, process.OnMmlist, null);
        WriteNumber(json, "uid"u8, process.Uid, null);
        WriteNumber(json, "euid"u8, process.Euid, null);
        WriteNumber(json, "suid"u8, process.Suid, null);
        WriteBool(json, "capSysNice"u8, process.CapSysNice, null);
        if (process.Mems is { } mems)
            WriteNumbers(json, "mems"u8, mems);
        json.WriteEndObject();
    }

    private static void WriteVma(Utf8JsonWriter json, ScenarioVma vma)
    {
        json.WriteStartObject();
        json.WriteNumber("process"u8, vma.Process);
        WriteAddress(json, "start"u8, vma.Start);
        json.WriteNumber("pages"u8, vma.Pages);
        WriteNumber(json, "file"u8, vma.File, null);
        WriteNumber(json, "anonVma"u8, vma.AnonVma, null);
        WriteNumber(json, "pgoff"u8, vma.Pgoff == 0 ? null : vma.Pgoff);
        if (vma.Flags != ScenarioVma.DefaultFlags)
            ResultWriter.WriteBits(json, "flags"u8, (uint)vma.Flags, Names.VmFlags);
        WriteNumber(json, "cursor"u8, vma.Cursor == 0 ? null : vma.Cursor);
        if (vma.Entries.Count > 0)
            WriteList(json, "entries"u8, vma.Entries, WriteEntry);
        json.WriteEndObject();
    }

    private static void WriteEntry(Utf8JsonWriter json, ScenarioEntry entry)
    {
        json.WriteStartObject();
        WriteAddress(json, "address"u8, entry.Address);
        if (entry.Slot != 0)
            json.WriteNumber("slot"u8, entry.Slot);
        else
            json.WriteNumber("fileOffset"u8, entry.FileOffset);
        json.WriteEndObject();
    }
}
