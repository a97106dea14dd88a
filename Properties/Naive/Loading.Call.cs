using System.Text.Json;
using static MigrationConformance.Properties.Naive.Json;

namespace MigrationConformance.Properties.Naive;

/// <summary>The system call, and who the processes are.</summary>
internal sealed partial class Loading
{
    private JsonElement? CallElement => Optional(_root, "call");

    /// <summary>The member of the call that names it, and what is in it.</summary>
    private (string Name, JsonElement Element)? NamedCall =>
        CallElement is { } call && call.EnumerateObject().First() is var member ? (member.Name, member.Value) : null;

    /// <summary>How many processes the call needs.</summary>
    private int ProcessesOfCall()
    {
        if (NamedCall is not { } call)
        {
            return 0;
        }

        int process = IsNull(call.Element, "process") ? -1 : (int)Number(call.Element, "process", 0);
        return Math.Max(process, (int)Number(call.Element, "caller", 0)) + 1;
    }

    private static bool IsNull(JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Null;

    private void MakeCall()
    {
        if (NamedCall is not { } named)
        {
            return;
        }

        JsonElement element = named.Element;
        Mm? process = IsNull(element, "process") ? null : _world.Processes[(int)Number(element, "process", 0)];
        List<string?> flags = Optional(element, "flags") is null ? ["move"] : [.. Items(element, "flags").Select(flag => flag.GetString())];
        Vma? lowest = _world.Vmas.Where(vma => vma.Mm == process).MinBy(vma => vma.Start);
        ulong start = Number(element, "start", lowest?.Start ?? 0);
        _world.Call = new Call
        {
            Name = named.Name,
            Process = process,
            Caller = Optional(element, "caller") is { } caller ? _world.Processes[(int)Number(caller)] : process!,
            From = Nodes(element, "from"),
            To = Nodes(element, "to"),
            Start = start,
            End = Optional(element, "pages") is { } pages ? start + Number(pages) * Vma.PageSize : lowest?.End ?? start,
            Interleave = Text(element, "policy", "bind") == "interleave",
            Nodes = Nodes(element, "nodes"),
            Flags = (flags.Contains("strict") ? Mpol.Strict : 0) | (flags.Contains("move") ? Mpol.Move : 0)
                | (flags.Contains("moveAll") ? Mpol.MoveAll : 0),
        };
    }

    private static SortedSet<int> Nodes(JsonElement element, string name) =>
        [.. Items(element, name).Select(node => (int)Number(node))];

    private static void Identify(Mm mm, JsonElement process)
    {
        mm.Uid = (int)Number(process, "uid", Mm.OrdinaryUser);
        mm.Euid = (int)Number(process, "euid", (ulong)mm.Uid);
        mm.Suid = (int)Number(process, "suid", (ulong)mm.Uid);
        mm.CapSysNice = Bool(process, "capSysNice", mm.Euid == 0);
        mm.Mems = Optional(process, "mems") is null ? null : Nodes(process, "mems");
    }
}
