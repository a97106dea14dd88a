using System.Text;
using System.Text.Json;

namespace MigrationConformance.Properties.Naive;

/// <summary>Writes the result document: every key, always in the same order.</summary>
internal sealed partial class Rendering
{
    /// <summary>The documented steps by number, from 1.</summary>
    private static readonly string[] DocumentedSteps =
    [
        "LockPage", "WaitOnWriteback", "AddToSwap", "PrepareNewPage", "TryToUnmap",
        "TakeTreeLock", "CheckCount", "CheckSlot", "CheckMapping", "EstablishNewPage",
        "SwitchSlot", "DropTreeReference", "DropTreeLock", "CopyContents", "CopyFlags",
        "ClearOldPage", "EndNewPageWriteback", "RemoveFromSwap", "DropLocks", "MoveToLru",
    ];

    private static readonly Dictionary<string, string> WaitKinds = new()
    {
        ["page"] = "PageLock",
        ["writeback"] = "Writeback",
        ["tree"] = "TreeLock",
        ["immap"] = "ImmapLock",
        ["private"] = "PrivateLock",
        ["anonVma"] = "AnonVmaLock",
        ["pageTable"] = "PageTableLock",
        ["mmapSem"] = "MmapSem",
        ["swap"] = "SwapLock",
        ["mmlist"] = "MmlistLock",
        ["lru"] = "LruLock",
        ["buffer"] = "BufferLock",
    };

    private readonly World _world;
    private readonly Utf8JsonWriter _json;

    private Rendering(World world, Utf8JsonWriter json)
    {
        _world = world;
        _json = json;
    }

    public static string Render(World world, Kernel kernel, BlockedException? blocked, KernelBugException? bug)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            new Rendering(world, json).Result(kernel, blocked, bug);
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private void Result(Kernel kernel, BlockedException? blocked, KernelBugException? bug)
    {
        _json.WriteStartObject();
        if (_world.Title is not null)
        {
            _json.WriteString("title", _world.Title);
        }

        _json.WriteString("patch", Levels.Word(_world.Level));
        _json.WriteString("outcome", blocked is not null ? "blocked" : bug is not null ? "bug" : "returned");
        Number("return", _world.Returned);
        SystemCall();
        Blocked(kernel, blocked);
        Bug(kernel, bug);
        _json.WriteNumber("passes", _world.Passes);
        Array("from", _world.Attempts, Attempt);
        Machine();
        _json.WriteEndObject();
    }

    private void Blocked(Kernel kernel, BlockedException? blocked)
    {
        if (blocked is null)
        {
            _json.WriteNull("blocked");
            return;
        }

        _json.WriteStartObject("blocked");
        Number("page", kernel.Current?.Number);
        _json.WriteNumber("pass", kernel.Pass);
        _json.WriteString("step", kernel.Step);
        _json.WriteString("waitsFor", WaitKinds[blocked.WaitsFor]);
        switch (blocked.WaitsFor)
        {
            case "swap" or "mmlist":
                _json.WriteNull("number");
                break;
            case "tree" or "immap" or "private":
                MappingNumber("number", blocked.Number);
                break;
            default:
                _json.WriteNumber("number", blocked.Number);
                break;
        }

        _json.WriteEndObject();
    }

    private void Bug(Kernel kernel, KernelBugException? bug)
    {
        if (bug is null)
        {
            _json.WriteNull("bug");
            return;
        }

        _json.WriteStartObject("bug");
        _json.WriteString("check", bug.Check);
        _json.WriteString("function", bug.Function);
        _json.WriteNumber("page", bug.Page.Number);
        _json.WriteNumber("pass", kernel.Pass);
        _json.WriteString("step", kernel.Step);
        _json.WriteEndObject();
    }

    private void Attempt(Attempt attempt)
    {
        int documented = System.Array.IndexOf(DocumentedSteps, attempt.Step) + 1;
        _json.WriteStartObject();
        _json.WriteNumber("page", attempt.Page.Number);
        _json.WriteString("outcome", attempt.Outcome);
        Number("newpage", attempt.Newpage?.Number);
        Number("pass", attempt.Pass);
        _json.WriteString("step", attempt.Step);
        Number("documentedStep", documented == 0 ? null : documented);
        _json.WriteString("reason", attempt.Reason);
        Number("rc", attempt.Rc);
        _json.WriteEndObject();
    }

    private void Array<T>(string name, IEnumerable<T> items, Action<T> write)
    {
        _json.WriteStartArray(name);
        foreach (T item in items)
        {
            write(item);
        }

        _json.WriteEndArray();
    }

    private void Numbers(string name, IEnumerable<Page> pages) => Numbers(name, pages.Select(page => page.Number));

    private void Numbers(string name, IEnumerable<int> numbers) =>
        Array(name, numbers, number => _json.WriteNumberValue(number));

    /// <summary>The number of a file, or "swapper".</summary>
    private void MappingNumber(string name, int number)
    {
        if (number == Mapping.SwapperNumber)
        {
            _json.WriteString(name, "swapper");
        }
        else
        {
            _json.WriteNumber(name, number);
        }
    }

    private void Number(string name, int? value)
    {
        if (value is { } number)
        {
            _json.WriteNumber(name, number);
        }
        else
        {
            _json.WriteNull(name);
        }
    }

    internal static string Camel(string name) => char.ToLowerInvariant(name[0]) + name[1..];
}
