using System.Text.Json;

namespace MigrationConformance.Core;

// The system call.
internal ref partial struct ScenarioParser
{
    private ScenarioCall ReadCall()
    {
        ScenarioCall? call = null;
        ulong seen = 0;
        BeginObject();
        while (NextMember(Names.Call, ref seen) is { } name)
        {
            if (call is not null)
                throw Wrong("a second call", "one");
            call = name == "mbind" ? ReadMbind() : ReadMigratePages();
        }
        return call ?? throw Wrong("neither \"migratePages\" nor \"mbind\"", "one of them");
    }

    private ScenarioCall ReadMigratePages()
    {
        int? process = 0, caller = null;
        ValueList<int> from = [], to = [];
        ulong seen = 0;
        BeginObject();
        while (NextMember(Names.MigratePages, ref seen) is { } name)
        {
            switch (name)
            {
                case "process": process = json.TokenType == JsonTokenType.Null ? null : ReadOwner(); break;
                case "caller": caller = ReadOwner(); break;
                case "from": from = ReadNodes(); break;
                default: to = ReadNodes(); break;
            }
        }
        Require(Names.MigratePages, seen, "from");
        Require(Names.MigratePages, seen, "to");
        return new ScenarioCall { Kind = PolicyCallKind.MigratePages, Process = process, Caller = caller, From = from, To = to };
    }

    private ScenarioCall ReadMbind()
    {
        int process = 0;
        ulong? start = null, pages = null;
        MpolMode policy = MpolMode.Bind;
        ValueList<int> nodes = [];
        MpolFlags flags = ScenarioCall.DefaultFlags;
        ulong seen = 0;
        BeginObject();
        while (NextMember(Names.Mbind, ref seen) is { } name)
        {
            switch (name)
            {
                case "process": process = ReadOwner(); break;
                case "start": start = ReadAddress(); break;
                case "pages": pages = ReadNumber(0, ScenarioLimits.AddressEnd >> Machine.PageShift); break;
                case "policy": policy = (MpolMode)(ReadWord(Names.Policies) + (int)MpolMode.Bind); break;
                case "nodes": nodes = ReadNodes(); break;
                default: flags = (MpolFlags)ReadBits(Names.MpolFlags); break;
            }
        }
        Require(Names.Mbind, seen, "nodes");
        return new ScenarioCall
        {
            Kind = PolicyCallKind.Mbind,
            Process = process,
            Start = start,
            Pages = pages,
            Policy = policy,
            Nodes = nodes,
            Flags = flags,
        };
    }

    private ValueList<int> ReadNodes() =>
        ReadList(static (ref ScenarioParser p) => p.ReadInt(0, NodeMask.MaxNodes - 1), "an array of node numbers");
}
