using System.Text.Json;

namespace MigrationConformance.Core;

// The scenario itself, its lists and locks.
internal ref partial struct ScenarioParser
{
    private Scenario ReadScenario()
    {
        string? title = null;
        PatchLevel patch = PatchSet.Default;
        bool illegal = false;
        int fanOut = 64, zones = 1, cpus = 1;
        ScenarioSwap swap = ScenarioSwap.Default;
        ValueList<ScenarioFile>? files = null;
        ValueList<ScenarioProcess>? processes = null;
        ValueList<ScenarioVma>? vmas = null;
        ValueList<ScenarioPage> pages = [];
        ValueList<int>? from = null;
        ScenarioTo to = ScenarioTo.AsManyAsFrom;
        ValueList<CallerAction> before = [], after = [];
        ValueList<ScenarioLock> locks = [];
        ScenarioCall? call = null;
        ulong seen = 0;
        BeginObject("a scenario, which is an object");
        while (NextMember(Names.Scenario, ref seen) is { } name)
        {
            switch (name)
            {
                case "title": title = ReadString("a string"); break;
                case "patch": patch = (PatchLevel)ReadWord(Names.Patches); break;
                case "illegal": illegal = ReadBool(); break;
                case "fanOut": fanOut = ReadFanOut(); break;
                case "zones": zones = ReadInt(1, ScenarioLimits.ZonesAndCpus); break;
                case "cpus": cpus = ReadInt(1, ScenarioLimits.ZonesAndCpus); break;
                case "swap": swap = ReadSwap(); break;
                case "files": files = ReadList(static (ref ScenarioParser p) => p.ReadFile()); break;
                case "processes": processes = ReadList(static (ref ScenarioParser p) => p.ReadProcess()); break;
                case "vmas": vmas = ReadList(static (ref ScenarioParser p) => p.ReadVma()); break;
                case "pages": pages = ReadList(static (ref ScenarioParser p) => p.ReadPage()); break;
                case "from": from = ReadPageNumbers("an array of page numbers"); break;
                case "to": to = ReadTo(); break;
                case "before": before = ReadList(static (ref ScenarioParser p) => p.ReadAction(CallerAction.Putback)); break;
                case "after": after = ReadList(static (ref ScenarioParser p) => p.ReadAction(CallerAction.Isolate)); break;
                case "locks": locks = ReadList(static (ref ScenarioParser p) => p.ReadLock()); break;
                default: call = ReadCall(); break;
            }
        }
        return new Scenario
        {
            Title = title,
            Patch = patch,
            Illegal = illegal,
            FanOut = fanOut,
            Zones = zones,
            Cpus = cpus,
            Swap = swap,
            Files = files,
            Processes = processes,
            Vmas = vmas,
            Pages = pages,
            From = from,
            To = to,
            Before = before,
            After = after,
            Locks = locks,
            Call = call,
        };
    }

    private readonly int ReadFanOut() =>
        TryReadNumber(out ulong fanOut) && fanOut is 8 or 16 or 64 ? (int)fanOut : throw Unexpected("8, 16 or 64");

    private ValueList<int> ReadPageNumbers(string expected) =>
        ReadList(static (ref ScenarioParser p) => p.ReadInt(0, ScenarioLimits.Frames - 1), expected);

    private ScenarioTo ReadTo()
    {
        const string expected = "a number of new frames, an array of page numbers, or null";
        return json.TokenType switch
        {
            JsonTokenType.Null => ScenarioTo.SwapOut,
            JsonTokenType.StartArray => ScenarioTo.List(ReadPageNumbers(expected)),
            JsonTokenType.Number or JsonTokenType.String => ScenarioTo.Frames(ReadInt(0, ScenarioLimits.Frames)),
            _ => throw Unexpected(expected),
        };
    }

    private CallerAction ReadAction(CallerAction refused)
    {
        var action = (CallerAction)ReadWord(Names.Actions);
        return action != refused ? action : throw Unexpected(refused == CallerAction.Putback ? "\"drain\" or \"isolate\"" : "\"putback\" or \"drain\"");
    }

    private ScenarioLock ReadLock()
    {
        int kind = -1, number = 0;
        ulong seen = 0;
        string? given = null;
        BeginObject();
        while (NextMember(Names.Lock, ref seen) is { } name)
        {
            if (name == "lock")
            {
                kind = ReadWord(Names.Locks);
                continue;
            }
            if (given is not null)
                throw Wrong($"\"{name}\" beside \"{given}\"", "one of them");
            given = name;
            bool swapper = name == "file" && json.TokenType == JsonTokenType.String && json.ValueTextEquals("swapper"u8);
            number = swapper ? ScenarioLock.Swapper : ReadInt(0, ScenarioLimits.Owners - 1);
        }
        Require(Names.Lock, seen, "lock");
        string? needed = NumberOf((ScenarioLockKind)kind);
        if (given != needed)
            throw Wrong(given is null ? "no number" : $"\"{given}\"",
                needed is null ? "no number, since there is one such lock" : $"\"{needed}\" for \"{Names.Locks.Words[kind]}\"");
        if (number == ScenarioLock.Swapper && kind != (int)ScenarioLockKind.Tree)
            throw Wrong("\"swapper\"", "the number of a file, since only the lock \"tree\" is used of swapper_space");
        return new ScenarioLock((ScenarioLockKind)kind, number);
    }

    /// <summary>The member that says which of several locks of one kind is meant.</summary>
    /// <param name="kind">The kind.</param>
    /// <returns>The member's name, or null when there is one such lock.</returns>
    public static string? NumberOf(ScenarioLockKind kind) => kind switch
    {
        ScenarioLockKind.Tree or ScenarioLockKind.Immap or ScenarioLockKind.Private => "file",
        ScenarioLockKind.AnonVma => "anonVma",
        ScenarioLockKind.PageTable or ScenarioLockKind.MmapSem => "process",
        ScenarioLockKind.Lru => "zone",
        _ => null,
    };
}
