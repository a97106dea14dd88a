using System.Text.Json;
using static MigrationConformance.Properties.Naive.Json;

namespace MigrationConformance.Properties.Naive;

/// <summary>Files, anon_vmas and processes.</summary>
internal sealed partial class Loading
{
    private void MakeFiles()
    {
        List<JsonElement> files = Items(_root, "files");
        int named = files.Count;
        foreach (PageEntry entry in _pages)
        {
            named = Math.Max(named, (entry.File ?? -1) + 1);
            if (Optional(entry.Element, "mapping") is { } raw && Optional(raw, "file") is { } file)
            {
                named = Math.Max(named, (int)Number(file) + 1);
            }
        }

        foreach (JsonElement vma in Items(_root, "vmas"))
        {
            named = Math.Max(named, Optional(vma, "file") is { } file ? (int)Number(file) + 1 : 0);
        }

        foreach (JsonElement held in Items(_root, "locks"))
        {
            if (Optional(held, "file") is { ValueKind: JsonValueKind.Number } file)
            {
                named = Math.Max(named, (int)Number(file) + 1);
            }
        }

        using JsonDocument empty = JsonDocument.Parse("{}");
        for (int number = 0; number < named; number++)
        {
            JsonElement element = number < files.Count ? files[number] : empty.RootElement;
            bool tmpfs = Text(element, "kind", "regular") == "tmpfs";
            var file = new Mapping(number, _fanOut)
            {
                IsTmpfs = tmpfs,
                Writepage = tmpfs
                    ? WritepageMethod.Tmpfs
                    : Enum.Parse<WritepageMethod>(Text(element, "writepage", "asynchronous"), ignoreCase: true),
                Releasepage = Enum.Parse<ReleasepageMethod>(Text(element, "releasepage", "absent"), ignoreCase: true),
                Migratepage = Enum.Parse<MigratepageMethod>(
                    Text(element, "migratepage", tmpfs ? "absent" : "bufferMigratePage"), ignoreCase: true),
                SetPageDirtyWithBuffers = Text(element, "setPageDirty", tmpfs ? "nobuffers" : "buffers") == "buffers",
                AccountsDirty = Bool(element, "accountsDirty", !tmpfs),
                Completes = UntilOf(Optional(element, "completes")),
                SegmentLocked = Bool(element, "segmentLocked", false),
                TruncateCount = Number(element, "truncateCount", 0),
            };
            foreach (JsonElement flag in Items(element, "flags"))
            {
                file.Eio |= flag.GetString() == "eio";
                file.Enospc |= flag.GetString() == "enospc";
                file.InodeDirty |= flag.GetString() == "inodeDirty";
            }

            foreach (JsonElement swapped in Items(element, "swapped"))
            {
                file.Swapped.Add(Number(swapped, "index", 0), Number(swapped, "slot", 0));
                file.OnShmemSwaplist = true;
            }

            _world.Files.Add(file);
        }
    }

    private void MakeAnonVmas()
    {
        int named = 0;
        foreach (JsonElement vma in Items(_root, "vmas"))
        {
            named = Math.Max(named, Optional(vma, "anonVma") is { } anonVma ? (int)Number(anonVma) + 1 : 0);
        }

        foreach (PageEntry entry in _pages)
        {
            named = Math.Max(named, (entry.AnonVma ?? -1) + 1);
            if (Optional(entry.Element, "mapping") is { } raw && Optional(raw, "anonVma") is { } anonVma)
            {
                named = Math.Max(named, (int)Number(anonVma) + 1);
            }
        }

        // How many exist beyond those that are named makes no difference to anything.
        for (int number = 0; number < named; number++)
        {
            _world.AnonVmas.Add(new AnonVma(number));
        }
    }

    private void MakeProcesses()
    {
        List<JsonElement> processes = Items(_root, "processes");
        int needed = Math.Max(processes.Count, ProcessesOfCall());
        if (Optional(_root, "vmas") is null)
        {
            needed = Math.Max(needed, _pages.Select(EntriesWanted).DefaultIfEmpty(0).Max());
        }

        foreach (JsonElement vma in Items(_root, "vmas"))
        {
            needed = Math.Max(needed, (int)Number(vma, "process", 0) + 1);
        }

        foreach (JsonElement held in Items(_root, "locks"))
        {
            needed = Math.Max(needed, Optional(held, "process") is { } process ? (int)Number(process) + 1 : 0);
        }

        for (int number = 0; number < needed; number++)
        {
            var mm = new Mm(number, _fanOut);
            if (number < processes.Count)
            {
                mm.HiwaterRss = (long)Number(processes[number], "hiwaterRss", 0);
                Identify(mm, processes[number]);
            }

            _world.Processes.Add(mm);
        }
    }
}
