using System.Text.Json;

namespace MigrationConformance.Core;

// The member machine: processes, VMAs, swap, files.
public static partial class ResultWriter
{
    private static void WriteProcesses(Utf8JsonWriter json, Machine m)
    {
        json.WriteStartArray("processes"u8);
        for (int process = 0; process < m.Mms.Count; process++)
        {
            ref Mm mm = ref m.Mms[process];
            json.WriteStartObject();
            json.WriteNumber("process"u8, process);
            json.WriteNumber("anonRss"u8, mm.AnonRss);
            json.WriteNumber("fileRss"u8, mm.FileRss);
            json.WriteNumber("hiwaterRss"u8, mm.HiwaterRss);
            json.WriteStartArray("entries"u8);
            foreach ((ulong address, Pte pte) in PageTables.Entries(m, new MmId(process)))
                WriteEntry(json, address, pte);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("mmlist"u8);
        int left = m.Mms.Count;
        for (int process = m.Globals.MmlistHead; process >= 0 && left > 0; process = m.Mms[process].MmlistNext, left--)
            json.WriteNumberValue(process);
        json.WriteEndArray();
    }

    private static void WriteEntry(Utf8JsonWriter json, ulong address, Pte pte)
    {
        json.WriteStartObject();
        json.WriteNumber("address"u8, address);
        if (pte.IsPresent)
        {
            json.WriteNumber("page"u8, pte.Page.Value);
            json.WriteBoolean("young"u8, pte.IsYoung);
            json.WriteBoolean("dirty"u8, pte.IsDirty);
            json.WriteBoolean("write"u8, pte.IsWrite);
        }
        else if (pte.IsSwap)
        {
            json.WriteNumber("slot"u8, pte.SwapEntry.Value);
        }
        else
        {
            json.WriteNumber("fileOffset"u8, pte.FileOffset.Value);
        }
        json.WriteEndObject();
        FlushWhenLong(json);
    }

    private static void WriteVmas(Utf8JsonWriter json, Machine m)
    {
        json.WriteStartArray("vmas"u8);
        for (int vma = 0; vma < m.Vmas.Count; vma++)
        {
            if (!m.Vmas[vma].Has(VmFlags.Nonlinear))
                continue;
            json.WriteStartObject();
            json.WriteNumber("vma"u8, vma);
            json.WriteNumber("cursor"u8, m.Vmas[vma].Cursor);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteSwap(Utf8JsonWriter json, Machine m)
    {
        json.WriteStartObject("swap"u8);
        json.WriteNumber("free"u8, m.Swap.NrSwapPages);
        json.WriteStartArray("slots"u8);
        for (int slot = 1; slot < m.SwapMap.Count; slot++)
        {
            if (m.SwapMap[slot] == 0 && m.SwapContents[slot] == 0)
                continue;
            json.WriteStartObject();
            json.WriteNumber("slot"u8, slot);
            json.WriteNumber("count"u8, m.SwapMap[slot]);
            json.WriteNumber("contents"u8, m.SwapContents[slot]);
            json.WriteEndObject();
            FlushWhenLong(json);
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteFiles(Utf8JsonWriter json, Machine m)
    {
        int block = 0, swapped = 0;
        json.WriteStartArray("files"u8);
        for (int mapping = 1; mapping < m.Mappings.Count; mapping++)
        {
            ref AddressSpace file = ref m.Mappings[mapping];
            json.WriteStartObject();
            json.WriteNumber("file"u8, mapping - 1);
            json.WriteStartArray("flags"u8);
            for (int bit = 0; bit < Names.FileFlagBits.Length; bit++)
            {
                if (file.Has(Names.FileFlagBits[bit]))
                    json.WriteStringValue(Names.FileFlags.Encoded[bit]);
            }
            json.WriteEndArray();
            json.WriteNumber("truncateCount"u8, file.TruncateCount);
            json.WriteBoolean("onShmemSwaplist"u8, file.Has(MappingFlags.OnShmemSwaplist));
            json.WriteStartArray("blocks"u8);
            for (; block < m.Blocks.Count && m.Blocks[block].Mapping <= mapping; block++)
                WriteBlock(json, m.Blocks[block]);
            json.WriteEndArray();
            json.WriteStartArray("swapped"u8);
            for (; swapped < m.ShmemSwap.Count && m.ShmemSwap[swapped].Mapping <= mapping; swapped++)
                WriteSwapped(json, m.ShmemSwap[swapped]);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteBlock(Utf8JsonWriter json, in Block block)
    {
        if (block.Contents == 0)
            return;
        json.WriteStartObject();
        json.WriteNumber("index"u8, block.Index);
        json.WriteNumber("contents"u8, block.Contents);
        json.WriteEndObject();
        FlushWhenLong(json);
    }

    private static void WriteSwapped(Utf8JsonWriter json, in ShmemSwapEntry entry)
    {
        json.WriteStartObject();
        json.WriteNumber("index"u8, entry.Index);
        json.WriteNumber("slot"u8, entry.Entry.Value);
        json.WriteEndObject();
        FlushWhenLong(json);
    }
}
