using System.Globalization;
using System.Text.Json;

namespace MigrationConformance.Properties.Naive;

/// <summary>Reads a scenario into objects, filling in what it leaves out. The scenario is taken to be valid.</summary>
internal sealed class Loading
{
    private readonly JsonElement _root;
    private readonly List<PageEntry> _pages = [];
    private readonly World _world;
    private readonly int _fanOut;

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
        _world.PatchName = Text(_root, "patch", "v9");
        _world.BeforePatch = _world.PatchName is "before" or "swapCacheCheck";
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

        MakeLists();
        ApplyRawFields();
        CountEverything();
        MakeBackingStores();
        MakeLocks();
        return _world;
    }

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
        int needed = processes.Count;
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
            var mm = new Mm(number);
            if (number < processes.Count)
            {
                mm.HiwaterRss = (long)Number(processes[number], "hiwaterRss", 0);
            }

            _world.Processes.Add(mm);
        }
    }

    private void MakeVmas()
    {
        if (Optional(_root, "vmas") is null)
        {
            MakeDefaultVmas();
            return;
        }

        foreach (JsonElement element in Items(_root, "vmas"))
        {
            List<string?> flags = Optional(element, "flags") is null
                ? ["read", "write"]
                : [.. Items(element, "flags").Select(flag => flag.GetString())];
            var vma = new Vma(_world.Vmas.Count)
            {
                Mm = _world.Processes[(int)Number(element, "process", 0)],
                Start = Number(element, "start", 0),
                Pages = Number(element, "pages", 0),
                Pgoff = Number(element, "pgoff", 0),
                File = Optional(element, "file") is { } file ? _world.Files[(int)Number(file)] : null,
                AnonVma = Optional(element, "anonVma") is { } anonVma ? _world.AnonVmas[(int)Number(anonVma)] : null,
                Locked = flags.Contains("locked"),
                Nonlinear = flags.Contains("nonlinear"),
                Cursor = Number(element, "cursor", 0),
            };
            _world.Vmas.Add(vma);
            foreach (JsonElement entry in Items(element, "entries"))
            {
                ulong address = Number(entry, "address", 0);
                vma.Mm.Entries[address] = Optional(entry, "slot") is { } slot
                    ? new Pte { Kind = PteKind.Swap, Value = Number(slot) }
                    : new Pte { Kind = PteKind.File, Value = Number(entry, "fileOffset", 0) };
            }
        }
    }

    /// <summary>Every process maps every file and anon_vma that pages name, from 0 to the highest index.</summary>
    private void MakeDefaultVmas()
    {
        int wanted = _pages.Select(EntriesWanted).DefaultIfEmpty(0).Max();
        for (int process = 0; process < wanted; process++)
        {
            ulong end = 0;
            ulong made = 0;
            void Add(Mapping? file, AnonVma? anonVma, ulong highest)
            {
                var vma = new Vma(_world.Vmas.Count)
                {
                    Mm = _world.Processes[process],
                    Start = Math.Max(0x10000000 * (made + 1), end),
                    Pages = highest + 1,
                    Pgoff = 0,
                    File = file,
                    AnonVma = anonVma,
                };
                _world.Vmas.Add(vma);
                end = vma.End;
                made++;
            }

            foreach (Mapping file in _world.Files)
            {
                List<PageEntry> named = [.. _pages.Where(entry => entry.File == file.Number)];
                if (named.Count > 0)
                {
                    Add(file, null, named.Max(entry => entry.Index));
                }
            }

            foreach (AnonVma anonVma in _world.AnonVmas)
            {
                List<PageEntry> named = [.. _pages.Where(entry => entry.AnonVma == anonVma.Number)];
                if (named.Count > 0)
                {
                    Add(null, anonVma, named.Max(entry => entry.Index));
                }
            }
        }
    }

    private static int EntriesWanted(PageEntry entry) => PtesOf(entry).Count + SwapPtesOf(entry).Count;

    private static List<JsonElement?> PtesOf(PageEntry entry)
    {
        List<JsonElement?> ptes = [];
        for (ulong n = 0; n < Number(entry.Element, "mappedBy", 0); n++)
        {
            ptes.Add(null);
        }

        ptes.AddRange(Items(entry.Element, "ptes").Select(item => (JsonElement?)item));
        return ptes;
    }

    private static List<JsonElement?> SwapPtesOf(PageEntry entry)
    {
        List<JsonElement?> ptes = [];
        if (Optional(entry.Element, "swapPtes") is not { } given)
        {
            return ptes;
        }

        if (given.ValueKind == JsonValueKind.Array)
        {
            ptes.AddRange(given.EnumerateArray().Select(item => (JsonElement?)item));
        }
        else
        {
            for (ulong n = 0; n < Number(given); n++)
            {
                ptes.Add(null);
            }
        }

        return ptes;
    }

    private void MakeSwap()
    {
        JsonElement? swap = Optional(_root, "swap");
        List<ulong> named = [];
        named.AddRange(_pages.Where(entry => entry.Slot is not null).Select(entry => entry.Slot!.Value));
        named.AddRange(_world.Processes.SelectMany(mm => mm.Entries.Values)
            .Where(pte => pte.Kind == PteKind.Swap).Select(pte => pte.Value));
        named.AddRange(_world.Files.SelectMany(file => file.Swapped.Values));
        List<JsonElement> map = swap is { } withMap ? Items(withMap, "map") : [];
        List<JsonElement> contents = swap is { } withContents ? Items(withContents, "contents") : [];
        named.AddRange(map.Select(item => Number(item, "slot", 0)));
        named.AddRange(contents.Select(item => Number(item, "slot", 0)));

        ulong slots = named.DefaultIfEmpty(0ul).Max() + (ulong)_pages.Count;
        if (swap is { } device)
        {
            slots = Number(device, "slots", slots);
            _world.SwapWrite = Text(device, "write", "asynchronous");
            _world.RadixPreloadFails = Bool(device, "radixPreloadFails", false);
            _world.Swapper.Completes = UntilOf(Optional(device, "completes"));
        }

        _world.SwapWritable = swap is not { } writable || Bool(writable, "writable", true);
        _world.Swapper.Writepage = WritepageMethod.Swap;
        for (ulong slot = 0; slot <= slots; slot++)
        {
            _world.Slots.Add(new SwapSlot());
        }
    }

    private void FillPage(PageEntry entry)
    {
        Page page = entry.Page;
        JsonElement element = entry.Element;
        page.Index = entry.Index;
        page.Contents = Optional(element, "contents") is { } contents
            ? unchecked(Number(contents) + entry.Step)
            : (ulong)page.Number + 1;
        page.Zone = (int)Number(element, "zone", 0);

        string list = ListOf(entry);
        if (Optional(element, "flags") is not null)
        {
            foreach (JsonElement flag in Items(element, "flags"))
            {
                page.Set(Enum.Parse<Flag>(flag.GetString()!, ignoreCase: true));
            }
        }
        else if (list is not ("new" or "free"))
        {
            page.Set(Flag.Uptodate);
        }

        if (entry.File is { } file)
        {
            page.Owner = _world.Files[file];
            Enter(_world.Files[file], page.Index, page, Bool(element, "dirtyTag", page.Has(Flag.Dirty)));
        }
        else if (entry.AnonVma is { } anonVma)
        {
            page.Owner = _world.AnonVmas[anonVma];
        }

        if (entry.Slot is { } slot)
        {
            page.Set(Flag.SwapCache);
            page.Private = slot;
            Enter(_world.Swapper, slot, page, entry.File is null && Bool(element, "dirtyTag", false));
            _world.Slots[(int)slot].Count++;
        }

        FillBuffers(page, element);
        foreach (JsonElement reference in Items(element, "references"))
        {
            page.References.Add(UntilOf(reference));
            page.Count++;
        }

        if (Optional(element, "locked") is { } locked)
        {
            page.Set(Flag.Locked);
            page.Lock = PageLock.Others;
            page.LockHold = UntilOf(locked);
        }

        if (Optional(element, "writeback") is { } writeback)
        {
            bool detailed = writeback.ValueKind == JsonValueKind.Object;
            Mapping? target = page.Has(Flag.SwapCache) ? _world.Swapper : page.Owner as Mapping;
            page.Set(Flag.Writeback);
            page.Write = new Write
            {
                Until = UntilOf(detailed ? Optional(writeback, "until") : writeback),
                Fails = detailed && Bool(writeback, "fails", false),
                Contents = detailed ? Number(writeback, "contents", page.Contents) : page.Contents,
                Target = target,
                Index = page.Has(Flag.SwapCache) ? page.Private : page.Index,
            };
            target?.WritebackTag.Add(page.Write.Index);
        }
    }

    private static void Enter(Mapping mapping, ulong index, Page page, bool dirtyTag)
    {
        mapping.Insert(index, page);
        page.Count++;
        if (dirtyTag)
        {
            mapping.DirtyTag.Add(index);
        }
    }

    private static void FillBuffers(Page page, JsonElement element)
    {
        if (Optional(element, "buffers") is not { } given)
        {
            return;
        }

        List<JsonElement> items = given.ValueKind == JsonValueKind.Array ? [.. given.EnumerateArray()] : [];
        ulong plain = given.ValueKind == JsonValueKind.Array ? 0 : Number(given);
        if (items.Count == 0 && plain == 0)
        {
            return;
        }

        page.Buffers = [];
        page.Set(Flag.Private);
        page.Count++;
        for (ulong n = 0; n < plain; n++)
        {
            page.Buffers.Add(new Buffer());
        }

        foreach (JsonElement item in items)
        {
            var buffer = new Buffer
            {
                Uptodate = Bool(item, "uptodate", true),
                Mapped = Bool(item, "mapped", true),
                Dirty = Bool(item, "dirty", false),
                WriteEio = Bool(item, "writeEio", false),
                Associated = Bool(item, "associated", false),
                LockedByOthers = Optional(item, "locked") is { } locked ? UntilOf(locked) : null,
            };
            buffer.Users.AddRange(Items(item, "users").Select(user => UntilOf(user)));
            page.Buffers.Add(buffer);
        }
    }

    /// <summary>Present entries, then swap entries: the i-th takes the i-th VMA that covers the page.</summary>
    private void PlaceEntries(PageEntry entry)
    {
        Page page = entry.Page;
        List<Vma> covering =
        [
            .. _world.Vmas.Where(vma => vma.CoversOffset(page.Index)
                && ((entry.File is { } file && vma.File?.Number == file)
                    || (entry.AnonVma is { } anonVma && vma.AnonVma?.Number == anonVma))),
        ];
        int position = 0;
        (Mm Mm, ulong Address) Place(JsonElement? given)
        {
            Vma vma = given is { } withVma && Optional(withVma, "vma") is { } number
                ? _world.Vmas[(int)Number(number)]
                : covering[position];
            ulong address = given is { } withAddress && Optional(withAddress, "address") is { } at
                ? Number(at) + entry.Step * Vma.PageSize
                : vma.AddressOf(page.Index);
            position++;
            return (vma.Mm, address);
        }

        foreach (JsonElement? given in PtesOf(entry))
        {
            (Mm mm, ulong address) = Place(given);
            bool dirty = given is { } withDirty && Bool(withDirty, "dirty", false);
            mm.Entries[address] = new Pte
            {
                Kind = PteKind.Present,
                Page = page,
                Young = given is { } withYoung && Bool(withYoung, "young", false),
                Dirty = dirty,
                Write = given is { } withWrite ? Bool(withWrite, "write", dirty) : dirty,
            };
            page.Mapcount++;
            page.Count++;
        }

        foreach (JsonElement? given in SwapPtesOf(entry))
        {
            (Mm mm, ulong address) = Place(given);
            mm.Entries[address] = new Pte { Kind = PteKind.Swap, Value = page.Private };
        }
    }

    private bool CallerIsolates => Items(_root, "before").Any(action => action.GetString() == "isolate");

    private string ListOf(PageEntry entry)
    {
        if (Optional(entry.Element, "list") is { } list)
        {
            return list.GetString()!;
        }

        bool onFrom = Optional(_root, "from") is null
            || Items(_root, "from").Any(number => (int)Number(number) == entry.Page.Number);
        if (onFrom && !CallerIsolates)
        {
            return "isolated";
        }

        return entry.File is not null || entry.AnonVma is not null || entry.Slot is not null ? "lru" : "free";
    }

    private void MakeLists()
    {
        bool fromGiven = Optional(_root, "from") is not null;
        List<int> from = [.. Items(_root, "from").Select(number => (int)Number(number))];
        foreach (PageEntry entry in _pages)
        {
            Page page = entry.Page;
            int cpu = (int)Number(entry.Element, "cpu", 0);
            string list = ListOf(entry);
            if (!fromGiven && (CallerIsolates ? list is "lru" or "lruAdd" or "lruAddActive" : list == "isolated"))
            {
                from.Add(page.Number);
            }

            switch (list)
            {
                case "isolated":
                    page.Count++;
                    if (CallerIsolates || !from.Contains(page.Number))
                    {
                        _world.Others.Add(page);
                    }

                    break;
                case "lru":
                    page.Set(Flag.Lru);
                    Zone zone = _world.Zones[page.Zone];
                    (page.Has(Flag.Active) ? zone.Active : zone.Inactive).Add(page);
                    break;
                case "new":
                    page.Count++;
                    break;
                case "lruAdd":
                    page.Count++;
                    _world.Cpus[cpu].LruAdd.Add(page);
                    break;
                case "lruAddActive":
                    page.Count++;
                    _world.Cpus[cpu].LruAddActive.Add(page);
                    break;
            }
        }

        _world.Attempts.AddRange(from.Select(number => new Attempt(_world.Pages[number])));
        if (!CallerIsolates)
        {
            _world.From.AddRange(_world.Attempts.Select(attempt => attempt.Page));
        }

        MakeTo();
        _world.Before.AddRange(Items(_root, "before").Select(item => item.GetString()!));
        _world.After.AddRange(Items(_root, "after").Select(item => item.GetString()!));
    }

    private void MakeTo()
    {
        ulong frames = (ulong)_world.Attempts.Count;
        if (_root.TryGetProperty("to", out JsonElement to))
        {
            switch (to.ValueKind)
            {
                case JsonValueKind.Null:
                    return;
                case JsonValueKind.Array:
                    _world.To = [.. to.EnumerateArray().Select(number => _world.Pages[(int)Number(number)])];
                    return;
                default:
                    frames = Number(to);
                    break;
            }
        }

        _world.To = [];
        for (ulong n = 0; n < frames; n++)
        {
            var page = new Page(_world.Pages.Count) { Count = 1 };
            page.Contents = (ulong)page.Number + 1;
            _world.Pages.Add(page);
            _world.To.Add(page);
        }
    }

    private void ApplyRawFields()
    {
        foreach (PageEntry entry in _pages)
        {
            JsonElement element = entry.Element;
            Page page = entry.Page;
            page.Count = Optional(element, "count") is { } count ? (int)Signed(count) : page.Count;
            page.Mapcount = Optional(element, "mapcount") is { } mapcount ? (int)Signed(mapcount) : page.Mapcount;
            page.Private = Optional(element, "private") is { } raw ? Number(raw) : page.Private;
            if (element.TryGetProperty("mapping", out JsonElement mapping))
            {
                page.Owner = mapping.ValueKind == JsonValueKind.Null ? null
                    : Optional(mapping, "file") is { } file ? _world.Files[(int)Number(file)]
                    : _world.AnonVmas[(int)Number(mapping, "anonVma", 0)];
            }
        }
    }

    private void CountEverything()
    {
        foreach (Mm mm in _world.Processes)
        {
            foreach (Pte pte in mm.Entries.Values)
            {
                switch (pte.Kind)
                {
                    case PteKind.Present when pte.Page!.IsAnon:
                        mm.AnonRss++;
                        break;
                    case PteKind.Present:
                        mm.FileRss++;
                        break;
                    case PteKind.Swap:
                        _world.Slots[(int)pte.Value].Count++;
                        break;
                }
            }

            bool hasSwapEntry = mm.Entries.Values.Any(pte => pte.Kind == PteKind.Swap);
            List<JsonElement> processes = Items(_root, "processes");
            if (mm.Number < processes.Count ? Bool(processes[mm.Number], "onMmlist", hasSwapEntry) : hasSwapEntry)
            {
                _world.Mmlist.Add(mm);
            }
        }

        foreach (ulong slot in _world.Files.SelectMany(file => file.Swapped.Values))
        {
            _world.Slots[(int)slot].Count++;
        }

        if (Optional(_root, "swap") is { } swap)
        {
            foreach (JsonElement item in Items(swap, "map"))
            {
                SwapSlot slot = _world.Slots[(int)Number(item, "slot", 0)];
                slot.Count = Math.Min(SwapSlot.Max, slot.Count + (int)Number(item, "users", 0));
                slot.Count = Bool(item, "bad", false) ? SwapSlot.Bad : slot.Count;
                slot.Count = Optional(item, "count") is { } count ? (int)Number(count) : slot.Count;
            }
        }

        _world.NrMapped = _world.Pages.Count(page => page.IsMapped);
        _world.NrDirty = _world.Pages.Count(page =>
            page.Has(Flag.Dirty) && !page.Has(Flag.SwapCache) && page.Owner is Mapping { AccountsDirty: true });
    }

    private void MakeBackingStores()
    {
        foreach (PageEntry entry in _pages)
        {
            Page page = entry.Page;
            // tmpfs has no backing store but swap.
            bool clean = !page.Has(Flag.Dirty);
            if (entry.File is { } file && !_world.Files[file].IsTmpfs && clean && page.Has(Flag.Uptodate))
            {
                _world.Files[file].Blocks[page.Index] = page.Contents;
            }

            if (entry.Slot is { } slot && clean)
            {
                _world.Slots[(int)slot].Contents = page.Contents;
            }
        }

        List<JsonElement> files = Items(_root, "files");
        for (int number = 0; number < files.Count; number++)
        {
            foreach (JsonElement block in Items(files[number], "blocks"))
            {
                _world.Files[number].Blocks[Number(block, "index", 0)] = Number(block, "contents", 0);
            }
        }

        if (Optional(_root, "swap") is { } swap)
        {
            foreach (JsonElement item in Items(swap, "contents"))
            {
                _world.Slots[(int)Number(item, "slot", 0)].Contents = Number(item, "contents", 0);
            }
        }
    }

    private void MakeLocks()
    {
        foreach (JsonElement held in Items(_root, "locks"))
        {
            string kind = Text(held, "lock", "");
            int number = kind switch
            {
                "tree" or "immap" or "private" => Optional(held, "file") is { ValueKind: JsonValueKind.String } swapper
                    && swapper.GetString() == "swapper" ? Mapping.SwapperNumber : (int)Number(held, "file", 0),
                "anonVma" => (int)Number(held, "anonVma", 0),
                "pageTable" or "mmapSem" => (int)Number(held, "process", 0),
                "lru" => (int)Number(held, "zone", 0),
                _ => 0,
            };
            _world.LocksOfOthers.Add(new LockName(kind, number));
        }
    }

    private static Until UntilOf(JsonElement? element)
    {
        if (element is not { } until)
        {
            return new Until(null, Never: false);
        }

        return until.ValueKind == JsonValueKind.String && until.GetString() is "waited" or "never"
            ? new Until(null, until.GetString() == "never")
            : new Until((int)Number(until), Never: false);
    }

    /// <summary>The member, or nothing when it is left out or null.</summary>
    private static JsonElement? Optional(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement value)
            && value.ValueKind != JsonValueKind.Null
            ? value
            : null;

    private static List<JsonElement> Items(JsonElement element, string name) =>
        Optional(element, name) is { ValueKind: JsonValueKind.Array } array ? [.. array.EnumerateArray()] : [];

    private static ulong Number(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.String)
        {
            return value.GetUInt64();
        }

        string text = value.GetString()!;
        return ulong.Parse(text[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
    }

    private static long Signed(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number ? value.GetInt64() : (long)Number(value);

    private static ulong Number(JsonElement element, string name, ulong otherwise) =>
        Optional(element, name) is { } value ? Number(value) : otherwise;

    private static bool Bool(JsonElement element, string name, bool otherwise) =>
        Optional(element, name) is { } value ? value.GetBoolean() : otherwise;

    private static string Text(JsonElement element, string name, string otherwise) =>
        Optional(element, name)?.GetString() ?? otherwise;
}
