using System;
using System.IO;
using System.Text;
using MigrationConformance.Core;

namespace MigrationConformance.Cli;

/// <summary>Writes a capture as a scenario: one file, VMA or run of pages a line, nothing kept in memory.</summary>
internal sealed class CaptureWriter
{
    private static readonly (PageFlags Flag, byte[] Name)[] FlagNames = NamesOfFlags();

    private readonly CaptureDocument document;
    private readonly JsonText json;

    private CaptureWriter(CaptureDocument document, JsonText json)
    {
        this.document = document;
        this.json = json;
    }

    /// <summary>Writes the whole document.</summary>
    /// <param name="document">The capture; its pages are made while they are written.</param>
    /// <param name="stream">Where it goes; it stays open.</param>
    public static void Write(CaptureDocument document, Stream stream)
    {
        using JsonText json = new(stream);
        CaptureWriter writer = new(document, json);
        json.Open("{"u8);
        json.Name("\"title\":"u8);
        json.Text(document.Title);
        writer.Files();
        writer.Processes();
        writer.Vmas();
        writer.Pages();
        json.Close("\n}\n"u8);
    }

    private void Files()
    {
        json.Item();
        json.Open("\n \"files\":["u8);
        foreach (CaptureFile file in document.Files)
        {
            json.Line();
            json.Open("{"u8);
            if (file.Name is not null)
            {
                json.Name("\"name\":"u8);
                json.Text(file.Name);
            }
            if (file.IsTmpfs)
                json.Name("\"kind\":\"tmpfs\""u8);
            json.Close("}"u8);
        }
        json.Close("]"u8);
    }

    private void Processes()
    {
        json.Item();
        json.Open("\n \"processes\":["u8);
        foreach (RawProcess process in document.Processes)
        {
            json.Line();
            json.Open("{"u8);
            if (process.Name is not null)
            {
                json.Name("\"name\":"u8);
                json.Text(process.Name);
            }
            json.Close("}"u8);
        }
        json.Close("]"u8);
    }

    private void Vmas()
    {
        json.Item();
        json.Open("\n \"vmas\":["u8);
        foreach (CaptureVma vma in document.Vmas)
            Vma(vma);
        json.Close("]"u8);
    }

    private void Vma(CaptureVma vma)
    {
        json.Line();
        json.Open("{"u8);
        json.Number("\"process\":"u8, (ulong)vma.Raw.Process);
        json.Name("\"start\":"u8);
        json.Address(vma.Raw.Start);
        json.Number("\"pages\":"u8, (vma.Raw.End - vma.Raw.Start) >> 12);
        if (vma.File >= 0)
            json.Number("\"file\":"u8, (ulong)vma.File);
        if (vma.AnonVma >= 0)
            json.Number("\"anonVma\":"u8, (ulong)vma.AnonVma);
        json.Number("\"pgoff\":"u8, vma.Pgoff);
        VmaFlags(vma.Raw);
        SwapEntries(vma.Raw);
        json.Close("}"u8);
    }

    private void VmaFlags(RawVma vma)
    {
        json.Item();
        json.Open("\"flags\":["u8);
        if (vma.Has(RawVmaFlags.Read))
            json.Name("\"read\""u8);
        if (vma.Has(RawVmaFlags.Write))
            json.Name("\"write\""u8);
        if (vma.Has(RawVmaFlags.Shared))
            json.Name("\"shared\""u8);
        if (vma.Has(RawVmaFlags.MayShare))
            json.Name("\"mayShare\""u8);
        if (vma.Has(RawVmaFlags.Locked))
            json.Name("\"locked\""u8);
        json.Close("]"u8);
    }

    private void SwapEntries(RawVma vma)
    {
        bool any = false;
        for (int at = vma.FirstEntry; at < vma.FirstEntry + vma.EntryCount; at++)
        {
            RawEntry entry = document.Raw.Entries[at];
            if (entry.IsPresent || !document.Slots.TryGetValue(entry.SwapEntry, out int slot))
                continue;
            json.Item();
            if (!any)
                json.Open("\"entries\":["u8);
            else
                json.Raw("\n   "u8);
            any = true;
            json.Open("{"u8);
            json.Name("\"address\":"u8);
            json.Address(entry.Page << 12);
            json.Number("\"slot\":"u8, (ulong)slot);
            json.Close("}"u8);
        }
        if (any)
            json.Close("]"u8);
    }

    private void Pages()
    {
        json.Item();
        json.Open("\n \"pages\":["u8);
        document.MakePages(Page);
        json.Close("]"u8);
    }

    private void Page(in PageRun run, ReadOnlySpan<CapturePte> ptes)
    {
        json.Line();
        json.Open("{"u8);
        if (run.Repeat > 1)
            json.Number("\"repeat\":"u8, (ulong)run.Repeat);
        if (run.File >= 0)
            json.Number("\"file\":"u8, (ulong)run.File);
        else
            json.Number("\"anonVma\":"u8, (ulong)run.AnonVma);
        json.Number("\"index\":"u8, run.Index);
        if (run.SwapSlot > 0)
            json.Number("\"swapCache\":"u8, (ulong)run.SwapSlot);
        if (run.Flags != PageFlags.Uptodate)
            Flags(run.Flags);
        Ptes(ptes);
        if (run.Buffer)
            json.Name((run.Flags & PageFlags.Dirty) != 0 ? "\"buffers\":[{\"dirty\":true}]"u8 : "\"buffers\":1"u8);
        if (run.References > 0)
            References(run.References);
        if (run.Locked)
            json.Name("\"locked\":\"waited\""u8);
        if (run.Writeback)
            json.Name("\"writeback\":\"waited\""u8);
        json.Close("}"u8);
    }

    private void Flags(PageFlags flags)
    {
        json.Item();
        json.Open("\"flags\":["u8);
        foreach ((PageFlags flag, byte[] name) in FlagNames)
        {
            if ((flags & flag) != 0)
                json.Name(name);
        }
        json.Close("]"u8);
    }

    private void Ptes(ReadOnlySpan<CapturePte> ptes)
    {
        json.Item();
        json.Open("\"ptes\":["u8);
        foreach (CapturePte pte in ptes)
        {
            json.Item();
            json.Open("{"u8);
            json.Number("\"vma\":"u8, (ulong)pte.Vma);
            if (pte.Dirty)
                json.Name("\"dirty\":true"u8);
            if (pte.Write && !pte.Dirty)
                json.Name("\"write\":true"u8);
            json.Close("}"u8);
        }
        json.Close("]"u8);
    }

    private void References(int count)
    {
        json.Item();
        json.Open("\"references\":["u8);
        for (int at = 0; at < count; at++)
            json.Name("\"never\""u8);
        json.Close("]"u8);
    }

    private static (PageFlags Flag, byte[] Name)[] NamesOfFlags()
    {
        PageFlags[] flags = Array.FindAll(Enum.GetValues<PageFlags>(), flag => System.Numerics.BitOperations.IsPow2((uint)flag));
        return Array.ConvertAll(flags, flag =>
        {
            string name = flag.ToString();
            return (flag, Encoding.ASCII.GetBytes($"\"{char.ToLowerInvariant(name[0])}{name[1..]}\""));
        });
    }
}
