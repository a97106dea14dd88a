namespace MigrationConformance.Core;

// Files and processes: what pages and VMAs belong to.
public sealed partial class ScenarioBuilder
{
    private void AddFiles()
    {
        m.Swap.WriteOk = s.Swap.Writable ? 1 : 0;
        m.Swap.WritesComplete = s.Swap.Completes;
        m.Swap.WriteMode = (int)s.Swap.Write;
        m.Swap.RadixPreloadFails = s.Swap.RadixPreloadFails ? 1 : 0;
        m.Mappings[MappingId.Swapper.Value].WritesComplete = s.Swap.Completes;
        for (int number = 0; number < files; number++)
            AddFile(number, s.Files?[number] ?? ScenarioFile.Default);
        for (int number = 0; number < anonVmas; number++)
            m.AddAnonVma();
    }

    private void AddFile(int number, ScenarioFile file)
    {
        bool tmpfs = file.Kind == MappingKind.Tmpfs;
        CheckFile(number, file, tmpfs);
        MappingFlags flags = file.Flags;
        if (file.SetPageDirtyNobuffers ?? tmpfs)
            flags |= MappingFlags.SetPageDirtyNobuffers;
        if (file.AccountsDirty ?? !tmpfs)
            flags |= MappingFlags.AccountsDirty;
        if (file.SegmentLocked)
            flags |= MappingFlags.SegmentLocked;
        if (file.Swapped.Count > 0)
            flags |= MappingFlags.OnShmemSwaplist;
        m.AddMapping(new AddressSpace
        {
            Kind = file.Kind,
            Writepage = file.Writepage ?? WritepageMode.Asynchronous,
            Releasepage = file.Releasepage,
            Migratepage = file.Migratepage ?? (tmpfs ? MigratepageMode.Absent : MigratepageMode.BufferMigratePage),
            SizePages = file.Size ?? SizeOf(number, file),
            WritesComplete = file.Completes,
            TruncateCount = file.TruncateCount,
            Flags = flags,
        });
    }

    private static void CheckFile(int number, ScenarioFile file, bool tmpfs)
    {
        if (file.Kind is not (MappingKind.Regular or MappingKind.Tmpfs))
            throw Wrong($"$.files[{number}].kind", $"{file.Kind}", "\"regular\" or \"tmpfs\"");
        if (tmpfs && file.Writepage is not null)
            throw Wrong($"$.files[{number}].writepage", "a method for a tmpfs file", "none, since tmpfs has its own");
        if (tmpfs && file.Migratepage is not (null or MigratepageMode.Absent))
            throw Wrong($"$.files[{number}].migratepage", "a method for a tmpfs file", "\"absent\", since tmpfs has none yet");
        if (tmpfs && file.Blocks.Count > 0)
            throw Wrong($"$.files[{number}].blocks", "blocks of a tmpfs file", "none, since tmpfs has no backing store");
        if (!tmpfs && file.SegmentLocked)
            throw Wrong($"$.files[{number}].segmentLocked", "true for a regular file", "\"kind\": \"tmpfs\"");
        if (!tmpfs && file.Swapped.Count > 0)
            throw Wrong($"$.files[{number}].swapped", "entries for a regular file", "\"kind\": \"tmpfs\"");
        if ((file.Flags & ~ScenarioFile.GivenFlags) != 0)
            throw Wrong($"$.files[{number}].flags", $"{file.Flags}", "\"eio\", \"enospc\" and \"inodeDirty\" only");
        if (file.TruncateCount < 0)
            throw Wrong($"$.files[{number}].truncateCount", $"{file.TruncateCount}", "0 or more");
        if (!IsUntil(file.Completes))
            throw WrongUntil($"$.files[{number}].completes", file.Completes);
    }

    private ulong SizeOf(int number, ScenarioFile file)
    {
        ulong size = fileEnds[number];
        foreach (ScenarioBlock block in file.Blocks)
            size = Math.Max(size, block.Index == ulong.MaxValue ? block.Index : block.Index + 1);
        foreach (ScenarioSwapped swapped in file.Swapped)
            size = Math.Max(size, swapped.Index == ulong.MaxValue ? swapped.Index : swapped.Index + 1);
        return size;
    }

    private void AddProcesses()
    {
        if (s.Vmas is null && entriesOfPage > processes)
            throw Wrong("$.processes",
                $"{processes} processes", $"{entriesOfPage}, since a page asks for {entriesOfPage} entries and there are no \"vmas\"");
        for (int number = 0; number < processes; number++)
        {
            MmId mm = m.AddMm();
            int hiwater = s.Processes?[number].HiwaterRss ?? 0;
            if (hiwater < 0)
                throw Wrong($"$.processes[{number}].hiwaterRss", $"{hiwater}", "0 or more");
            m.Mms[mm.Value].HiwaterRss = hiwater;
        }
    }

    private void LinkMmlist()
    {
        int last = -1;
        for (int number = 0; number < processes; number++)
        {
            bool swapped = swappedProcesses[number];
            bool listed = s.Processes?[number].OnMmlist ?? swapped;
            if (swapped && !listed && !s.Illegal)
                throw Contradiction($"$.processes[{number}].onMmlist", "false for a process with swap entries", "true");
            if (!listed)
                continue;
            if (last < 0)
                m.Globals.MmlistHead = number;
            else
                m.Mms[last].MmlistNext = number;
            m.Mms[number].MmlistNext = -1;
            last = number;
        }
    }

    private void HoldLocks()
    {
        for (int i = 0; i < s.Locks.Count; i++)
        {
            ScenarioLock held = s.Locks[i];
            LockField(i, held) = held.Kind == ScenarioLockKind.MmapSem ? -Machine.LockedByOthers : Machine.LockedByOthers;
        }
    }

    private ref int LockField(int i, ScenarioLock held)
    {
        int number = held.Number;
        if (number < 0 && !(held.Kind == ScenarioLockKind.Tree && number == ScenarioLock.Swapper))
            throw Wrong($"$.locks[{i}]", $"{number}", "the number of what is locked");
        switch (held.Kind)
        {
            case ScenarioLockKind.Tree:
                return ref m.Mappings[Existing(i, "file", number, files) + 1].TreeLock;
            case ScenarioLockKind.Immap:
                return ref m.Mappings[Existing(i, "file", number, files) + 1].ImmapLock;
            case ScenarioLockKind.Private:
                return ref m.Mappings[Existing(i, "file", number, files) + 1].PrivateLock;
            case ScenarioLockKind.AnonVma:
                return ref m.AnonVmas[number].Lock;
            case ScenarioLockKind.PageTable:
                return ref m.Mms[Existing(i, "process", number, processes)].PageTableLock;
            case ScenarioLockKind.MmapSem:
                return ref m.Mms[Existing(i, "process", number, processes)].MmapSem;
            case ScenarioLockKind.Lru:
                return ref m.Zones[Existing(i, "zone", number, s.Zones)].LruLock;
            case ScenarioLockKind.Swap:
                return ref m.Globals.SwapLock;
            default:
                return ref m.Globals.MmlistLock;
        }
    }

    private static int Existing(int i, string name, int number, int count)
    {
        if (number >= count)
            throw Dangling($"$.locks[{i}].{name}", number, name == "process" ? "processes" : name + "s", count);
        return number;
    }
}
