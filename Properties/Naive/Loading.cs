using System.Text.Json;
using static MigrationConformance.Properties.Naive.Json;

namespace MigrationConformance.Properties.Naive;

/// <summary>Reads a scenario into objects, filling in what it leaves out. The scenario is taken to be valid.</summary>
internal sealed partial class Loading
{
    private readonly JsonElement _root;
    private readonly List<PageEntry> _pages = [];
    private readonly World _world;
    private readonly int _fanOut;

    /// <summary>How many buffers have been numbered, in the order of the pages.</summary>
    private int _buffers;

    private Loading(JsonElement root)
    {
        _root = root;
        _fanOut = (int)Number(root, "fanOut", 64);
        _world = new World { Swapper = new Mapping(Mapping.SwapperNumber, _fanOut) };
    }

    /// <summary>One frame of <c>pages</c>: its element, and how far a repeat has counted.</summary>
    private sealed record PageEntry(Page Page, JsonElement Element, ulong Step)
    {
        public int? File => Optional(Element, "file") is { } file ? (int)Number(file) : null;

        public int? AnonVma => Optional(Element, "anonVma") is { } anonVma ? (int)Number(anonVma) : null;

        public ulong? Slot => Optional(Element, "swapCache") is { } slot ? Number(slot) + Step : null;

        public ulong Index => Number(Element, "index", 0) + Step;
    }

    public static World Load(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return new Loading(document.RootElement).Load();
    }

    private World Load()
    {
        _world.Title = Optional(_root, "title")?.GetString();
        _world.Level = Levels.Of(Text(_root, "patch", "v9"));
        for (ulong zone = 0; zone < Number(_root, "zones", 1); zone++)
        {
            _world.Zones.Add(new Zone());
        }

        for (ulong cpu = 0; cpu < Number(_root, "cpus", 1); cpu++)
        {
            _world.Cpus.Add(new Cpu());
        }

        foreach (JsonElement element in Items(_root, "pages"))
        {
            for (ulong step = 0; step < Number(element, "repeat", 1); step++)
            {
                var page = new Page(_world.Pages.Count);
                _world.Pages.Add(page);
                _pages.Add(new PageEntry(page, element, step));
            }
        }

        MakeFiles();
        MakeAnonVmas();
        MakeProcesses();
        MakeVmas();
        MakeSwap();
        foreach (PageEntry entry in _pages)
        {
            FillPage(entry);
        }

        foreach (PageEntry entry in _pages)
        {
            PlaceEntries(entry);
        }

        MakeCall();
        MakeLists();
        ApplyRawFields();
        CountEverything();
        MakeBackingStores();
        MakeLocks();
        return _world;
    }
}
