using System.Text.Json;

namespace MigrationConformance.Core;

// Pages and what belongs to them.
internal ref partial struct ScenarioParser
{
    private ScenarioPage ReadPage()
    {
        int repeat = 1, swapCache = 0, zone = 0, cpu = 0, mappedBy = 0, swappedBy = 0;
        int? file = null, anonVma = null, locked = null;
        ulong index = 0;
        ulong? contents = null;
        PageFlags? flags = null;
        ValueList<ScenarioPte> ptes = [];
        ValueList<ScenarioSwapPte> swapPtes = [];
        ValueList<ScenarioBuffer> buffers = [];
        ValueList<int> references = [];
        ScenarioWriteback? writeback = null;
        PagePlace? list = null;
        bool? dirtyTag = null;
        ScenarioRawPage? raw = null;
        ulong seen = 0;
        BeginObject();
        while (NextMember(Names.Page, ref seen) is { } name)
        {
            switch (name)
            {
                case "repeat": repeat = ReadInt(1, ScenarioLimits.Frames); break;
                case "file": file = ReadOwner(); break;
                case "anonVma": anonVma = ReadOwner(); break;
                case "index": index = ReadULong(); break;
                case "swapCache": swapCache = ReadSlot(); break;
                case "flags": flags = ReadPageFlags(); break;
                case "contents": contents = ReadULong(); break;
                case "zone": zone = ReadInt(0, ScenarioLimits.ZonesAndCpus - 1); break;
                case "mappedBy": mappedBy = ReadInt(0, ScenarioLimits.Owners); break;
                case "ptes": ptes = ReadList(static (ref ScenarioParser p) => p.ReadPte()); break;
                case "swapPtes" when json.TokenType == JsonTokenType.StartArray:
                    swapPtes = ReadList(static (ref ScenarioParser p) => p.ReadSwapPte());
                    break;
                case "swapPtes": swappedBy = ReadInt(0, ScenarioLimits.Owners); break;
                case "buffers": buffers = ReadBuffers(); break;
                case "references": references = ReadUntils(); break;
                case "locked": locked = ReadUntil(); break;
                case "writeback": writeback = ReadWriteback(); break;
                case "list": list = (PagePlace)ReadWord(Names.Places); break;
                case "cpu": cpu = ReadInt(0, ScenarioLimits.ZonesAndCpus - 1); break;
                case "dirtyTag": dirtyTag = ReadBool(); break;
                default: raw = ReadRaw(raw ?? new ScenarioRawPage(), name); break;
            }
        }
        return new ScenarioPage
        {
            Repeat = repeat,
            File = file,
            AnonVma = anonVma,
            Index = index,
            SwapCache = swapCache,
            Flags = flags,
            Contents = contents,
            Zone = zone,
            MappedBy = mappedBy,
            Ptes = ptes,
            SwappedBy = swappedBy,
            SwapPtes = swapPtes,
            Buffers = buffers,
            References = references,
            Locked = locked,
            Writeback = writeback,
            List = list,
            Cpu = cpu,
            DirtyTag = dirtyTag,
            Raw = raw,
        };
    }

    private ScenarioRawPage ReadRaw(ScenarioRawPage raw, string name) => name switch
    {
        "count" => raw with { Count = ReadInt(0, ScenarioLimits.RawCount) },
        "mapcount" => raw with { Mapcount = ReadInt(0, ScenarioLimits.RawCount) },
        "private" => raw with { Private = ReadULong() },
        _ => raw with { Mapping = ReadMapping() },
    };

    private ScenarioMapping ReadMapping()
    {
        if (json.TokenType == JsonTokenType.Null)
            return default;
        int? file = null, anonVma = null;
        ulong seen = 0;
        BeginObject("null or an object");
        while (NextMember(Names.Mapping, ref seen) is { } name)
        {
            if (name == "file")
                file = ReadOwner();
            else
                anonVma = ReadOwner();
        }
        if ((file is null) == (anonVma is null))
            throw Wrong(file is null ? "neither \"file\" nor \"anonVma\"" : "both \"file\" and \"anonVma\"", "one of them");
        return new ScenarioMapping(file, anonVma);
    }

    private ScenarioPte ReadPte()
    {
        int? vma = null;
        ulong? address = null;
        bool young = false, dirty = false;
        bool? write = null;
        ulong seen = 0;
        BeginObject();
        while (NextMember(Names.Pte, ref seen) is { } name)
        {
            switch (name)
            {
                case "vma": vma = ReadInt(0, ScenarioLimits.Vmas - 1); break;
                case "address": address = ReadAddress(); break;
                case "young": young = ReadBool(); break;
                case "dirty": dirty = ReadBool(); break;
                default: write = ReadBool(); break;
            }
        }
        return new ScenarioPte { Vma = vma, Address = address, Young = young, Dirty = dirty, Write = write ?? dirty };
    }

    private ScenarioSwapPte ReadSwapPte()
    {
        int? vma = null;
        ulong? address = null;
        ulong seen = 0;
        BeginObject();
        while (NextMember(Names.SwapPte, ref seen) is { } name)
        {
            if (name == "vma")
                vma = ReadInt(0, ScenarioLimits.Vmas - 1);
            else
                address = ReadAddress();
        }
        return new ScenarioSwapPte(vma, address);
    }

    private ValueList<ScenarioBuffer> ReadBuffers()
    {
        if (json.TokenType == JsonTokenType.StartArray)
            return ReadList(static (ref ScenarioParser p) => p.ReadBuffer());
        int number = ReadInt(0, ScenarioLimits.BuffersOfPage);
        return ScenarioBuffer.Defaults(number);
    }

    private ScenarioBuffer ReadBuffer()
    {
        bool uptodate = true, mapped = true, dirty = false, writeEio = false, associated = false;
        ValueList<int> users = [];
        int? locked = null;
        ulong seen = 0;
        BeginObject();
        while (NextMember(Names.Buffer, ref seen) is { } name)
        {
            switch (name)
            {
                case "uptodate": uptodate = ReadBool(); break;
                case "mapped": mapped = ReadBool(); break;
                case "dirty": dirty = ReadBool(); break;
                case "writeEio": writeEio = ReadBool(); break;
                case "associated": associated = ReadBool(); break;
                case "users": users = ReadUntils(); break;
                default: locked = ReadUntil(); break;
            }
        }
        return new ScenarioBuffer
        {
            Uptodate = uptodate,
            Mapped = mapped,
            Dirty = dirty,
            WriteEio = writeEio,
            Associated = associated,
            Users = users,
            Locked = locked,
        };
    }

    private ScenarioWriteback ReadWriteback()
    {
        if (json.TokenType != JsonTokenType.StartObject)
            return new ScenarioWriteback { Until = ReadUntil() };
        int until = 0;
        bool fails = false;
        ulong? contents = null;
        ulong seen = 0;
        BeginObject();
        while (NextMember(Names.Writeback, ref seen) is { } name)
        {
            switch (name)
            {
                case "until": until = ReadUntil(); break;
                case "fails": fails = ReadBool(); break;
                default: contents = ReadULong(); break;
            }
        }
        Require(Names.Writeback, seen, "until");
        return new ScenarioWriteback { Until = until, Fails = fails, Contents = contents };
    }
}
