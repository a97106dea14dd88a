namespace MigrationConformance.Core;

// Swap, files, processes and VMAs.
internal ref partial struct ScenarioParser
{
    private ScenarioSwap ReadSwap()
    {
        int? slots = null;
        bool writable = true, preloadFails = false;
        SwapWriteMode write = SwapWriteMode.Asynchronous;
        int completes = Until.Waited;
        ValueList<ScenarioSlotUse> map = [];
        ValueList<ScenarioSlotContents> contents = [];
        ulong seen = 0;
        BeginObject();
        while (NextMember(Names.Swap, ref seen) is { } name)
        {
            switch (name)
            {
                case "slots": slots = ReadInt(0, ScenarioLimits.SwapSlots); break;
                case "writable": writable = ReadBool(); break;
                case "write": write = (SwapWriteMode)ReadWord(Names.SwapWrites); break;
                case "completes": completes = ReadUntil(); break;
                case "radixPreloadFails": preloadFails = ReadBool(); break;
                case "map": map = ReadList(static (ref ScenarioParser p) => p.ReadSlotUse()); break;
                default: contents = ReadList(static (ref ScenarioParser p) => p.ReadSlotContents()); break;
            }
        }
        return new ScenarioSwap
        {
            Slots = slots,
            Writable = writable,
            Write = write,
            Completes = completes,
            RadixPreloadFails = preloadFails,
            Map = map,
            Contents = contents,
        };
    }

    private int ReadSlot() => ReadInt(1, ScenarioLimits.SwapSlots);

    private ScenarioSlotUse ReadSlotUse()
    {
        int slot = 0, users = 0;
        bool bad = false;
        int? count = null;
        ulong seen = 0;
        BeginObject();
        while (NextMember(Names.SlotUse, ref seen) is { } name)
        {
            switch (name)
            {
                case "slot": slot = ReadSlot(); break;
                case "users": users = ReadInt(0, SwapArea.MapMax); break;
                case "bad": bad = ReadBool(); break;
                default: count = ReadInt(0, ushort.MaxValue); break;
            }
        }
        Require(Names.SlotUse, seen, "slot");
        if (System.Numerics.BitOperations.PopCount(seen) != 2)
            throw Wrong($"{System.Numerics.BitOperations.PopCount(seen) - 1} of \"users\", \"bad\" and \"count\"", "one of them");
        return new ScenarioSlotUse(slot, users, bad, count);
    }

    private ScenarioSlotContents ReadSlotContents()
    {
        int slot = 0;
        ulong contents = 0, seen = 0;
        BeginObject();
        while (NextMember(Names.SlotContents, ref seen) is { } name)
        {
            if (name == "slot")
                slot = ReadSlot();
            else
                contents = ReadULong();
        }
        Require(Names.SlotContents, seen, "slot");
        Require(Names.SlotContents, seen, "contents");
        return new ScenarioSlotContents(slot, contents);
    }

    private ScenarioFile ReadFile()
    {
        string? label = null;
        MappingKind kind = MappingKind.Regular;
        WritepageMode? writepage = null;
        ReleasepageMode releasepage = ReleasepageMode.Absent;
        MigratepageMode? migratepage = null;
        bool? nobuffers = null, accountsDirty = null;
        int completes = Until.Waited, truncateCount = 0;
        ulong? size = null;
        MappingFlags flags = MappingFlags.None;
        bool segmentLocked = false;
        ValueList<ScenarioBlock> blocks = [];
        ValueList<ScenarioSwapped> swapped = [];
        ulong seen = 0;
        BeginObject();
        while (NextMember(Names.File, ref seen) is { } name)
        {
            switch (name)
            {
                case "name": label = ReadString("a string"); break;
                case "kind": kind = (MappingKind)(ReadWord(Names.Kinds) + 1); break;
                case "writepage": writepage = (WritepageMode)ReadWord(Names.Writepages); break;
                case "releasepage": releasepage = (ReleasepageMode)ReadWord(Names.Releasepages); break;
                case "migratepage": migratepage = (MigratepageMode)ReadWord(Names.Migratepages); break;
                case "setPageDirty": nobuffers = ReadWord(Names.SetPageDirties) == 1; break;
                case "accountsDirty": accountsDirty = ReadBool(); break;
                case "completes": completes = ReadUntil(); break;
                case "size": size = ReadULong(); break;
                case "flags": flags = ReadFileFlags(); break;
                case "segmentLocked": segmentLocked = ReadBool(); break;
                case "truncateCount": truncateCount = ReadInt(0, int.MaxValue); break;
                case "blocks": blocks = ReadList(static (ref ScenarioParser p) => p.ReadBlock()); break;
                default: swapped = ReadList(static (ref ScenarioParser p) => p.ReadSwapped()); break;
            }
        }
        return new ScenarioFile
        {
            Name = label,
            Kind = kind,
            Writepage = writepage,
            Releasepage = releasepage,
            Migratepage = migratepage,
            SetPageDirtyNobuffers = nobuffers,
            AccountsDirty = accountsDirty,
            Completes = completes,
            Size = size,
            Flags = flags,
            SegmentLocked = segmentLocked,
            TruncateCount = truncateCount,
            Blocks = blocks,
            Swapped = swapped,
        };
    }

    private ScenarioBlock ReadBlock()
    {
        ulong index = 0, contents = 0, seen = 0;
        BeginObject();
        while (NextMember(Names.Block, ref seen) is { } name)
        {
            if (name == "index")
                index = ReadULong();
            else
                contents = ReadULong();
        }
        Require(Names.Block, seen, "index");
        Require(Names.Block, seen, "contents");
        return new ScenarioBlock(index, contents);
    }

    private ScenarioSwapped ReadSwapped()
    {
        ulong index = 0, seen = 0;
        int slot = 0;
        BeginObject();
        while (NextMember(Names.Swapped, ref seen) is { } name)
        {
            if (name == "index")
                index = ReadULong();
            else
                slot = ReadSlot();
        }
        Require(Names.Swapped, seen, "index");
        Require(Names.Swapped, seen, "slot");
        return new ScenarioSwapped(index, slot);
    }

    private ScenarioProcess ReadProcess()
    {
        string? label = null;
        int hiwaterRss = 0;
        bool? onMmlist = null, capSysNice = null;
        int? uid = null, euid = null, suid = null;
        ValueList<int>? mems = null;
        ulong seen = 0;
        BeginObject();
        while (NextMember(Names.Process, ref seen) is { } name)
        {
            switch (name)
            {
                case "name": label = ReadString("a string"); break;
                case "hiwaterRss": hiwaterRss = ReadInt(0, int.MaxValue); break;
                case "onMmlist": onMmlist = ReadBool(); break;
                case "uid": uid = ReadInt(0, int.MaxValue); break;
                case "euid": euid = ReadInt(0, int.MaxValue); break;
                case "suid": suid = ReadInt(0, int.MaxValue); break;
                case "capSysNice": capSysNice = ReadBool(); break;
                default: mems = ReadNodes(); break;
            }
        }
        return new ScenarioProcess
        {
            Name = label,
            HiwaterRss = hiwaterRss,
            OnMmlist = onMmlist,
            Uid = uid,
            Euid = euid,
            Suid = suid,
            CapSysNice = capSysNice,
            Mems = mems,
        };
    }
}
