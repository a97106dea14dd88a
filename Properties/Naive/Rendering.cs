using System.Text;
using System.Text.Json;

namespace MigrationConformance.Properties.Naive;

/// <summary>Writes the result document: every key, always in the same order.</summary>
internal sealed class Rendering
{
    /// <summary>The documented steps by number, from 1.</summary>
    private static readonly string[] DocumentedSteps =
    [
        "LockPage", "WaitOnWriteback", "AddToSwap", "PrepareNewPage", "TryToUnmap",
        "TakeTreeLock", "CheckCount", "CheckSlot", "CheckMapping", "EstablishNewPage",
        "SwitchSlot", "DropTreeReference", "DropTreeLock", "CopyContents", "CopyFlags",
        "ClearOldPage", "EndNewPageWriteback", "RemoveFromSwap", "DropLocks", "MoveToLru",
    ];

    private static readonly string[] LockKinds =
        ["tree", "immap", "private", "anonVma", "pageTable", "mmapSem", "lru", "swap", "mmlist"];

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

        _json.WriteString("patch", _world.PatchName);
        _json.WriteString("outcome", blocked is not null ? "blocked" : bug is not null ? "bug" : "returned");
        Number("return", _world.Returned);
        if (blocked is null)
        {
            _json.WriteNull("blocked");
        }
        else
        {
            _json.WriteStartObject("blocked");
            Number("page", kernel.Current?.Number);
            _json.WriteNumber("pass", kernel.Pass);
            _json.WriteString("step", kernel.Step);
            bool spinLock = blocked.WaitsFor is not ("page" or "writeback" or "mmapSem");
            _json.WriteString("waitsFor", spinLock ? blocked.WaitsFor + "Lock" : blocked.WaitsFor);
            if (blocked is { WaitsFor: "tree", Number: Mapping.SwapperNumber })
            {
                _json.WriteString("number", "swapper");
            }
            else if (blocked.WaitsFor is "swap" or "mmlist")
            {
                _json.WriteNull("number");
            }
            else
            {
                _json.WriteNumber("number", blocked.Number);
            }

            _json.WriteEndObject();
        }

        if (bug is null)
        {
            _json.WriteNull("bug");
        }
        else
        {
            _json.WriteStartObject("bug");
            _json.WriteString("check", bug.Check);
            _json.WriteString("function", bug.Function);
            _json.WriteNumber("page", bug.Page.Number);
            _json.WriteNumber("pass", kernel.Pass);
            _json.WriteString("step", kernel.Step);
            _json.WriteEndObject();
        }

        _json.WriteNumber("passes", _world.Passes);
        Array("from", _world.Attempts, Attempt);
        Machine();
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

    private void Machine()
    {
        _json.WriteStartObject("machine");
        Array("pages", _world.Pages, Page);
        Array("trees", [_world.Swapper, .. _world.Files], Tree);
        Lists();
        Array("processes", _world.Processes, Process);
        Numbers("mmlist", _world.Mmlist.Select(mm => mm.Number));
        Array("vmas", _world.Vmas.Where(vma => vma.Nonlinear), vma =>
        {
            _json.WriteStartObject();
            _json.WriteNumber("vma", vma.Number);
            _json.WriteNumber("cursor", vma.Cursor);
            _json.WriteEndObject();
        });
        Swap();
        Array("files", _world.Files, File);
        Locks();
        Holds();
        _json.WriteStartObject("counters");
        _json.WriteNumber("nrMapped", _world.NrMapped);
        _json.WriteNumber("nrDirty", _world.NrDirty);
        _json.WriteNumber("nrWriteback", _world.Pages.Count(page => page.Has(Flag.Writeback)));
        _json.WriteNumber("nrPagecache", _world.Swapper.Tree.Count + _world.Files.Sum(file => file.Tree.Count));
        _json.WriteEndObject();
        _json.WriteEndObject();
    }

    private void Page(Page page)
    {
        _json.WriteStartObject();
        _json.WriteNumber("page", page.Number);
        _json.WriteNumber("count", page.Count);
        _json.WriteNumber("mapcount", page.Mapcount);
        Array("flags", Enum.GetValues<Flag>().Where(flag => flag != Flag.None && page.Has(flag)),
            flag => _json.WriteStringValue(Camel(flag.ToString())));
        switch (page.Owner)
        {
            case null:
                _json.WriteNull("mapping");
                break;
            case Mapping file:
                _json.WriteStartObject("mapping");
                _json.WriteNumber("file", file.Number);
                _json.WriteEndObject();
                break;
            case AnonVma anonVma:
                _json.WriteStartObject("mapping");
                _json.WriteNumber("anonVma", anonVma.Number);
                _json.WriteEndObject();
                break;
        }

        _json.WriteNumber("index", page.Index);
        _json.WriteNumber("private", page.Private);
        if (page.Buffers is null)
        {
            _json.WriteNull("buffers");
        }
        else
        {
            Array("buffers", page.Buffers, Buffer);
        }

        _json.WriteNumber("contents", page.Contents);
        _json.WriteNumber("zone", page.Zone);
        _json.WriteString("list", ListOf(page));
        _json.WriteEndObject();
    }

    private void Buffer(Buffer buffer)
    {
        _json.WriteStartObject();
        _json.WriteBoolean("uptodate", buffer.Uptodate);
        _json.WriteBoolean("mapped", buffer.Mapped);
        _json.WriteBoolean("dirty", buffer.Dirty);
        _json.WriteBoolean("writeEio", buffer.WriteEio);
        _json.WriteBoolean("associated", buffer.Associated);
        _json.WriteNumber("users", buffer.Users.Count);
        _json.WriteBoolean("locked", buffer.Locked);
        _json.WriteEndObject();
    }

    private string? ListOf(Page page)
    {
        Zone zone = _world.Zones[page.Zone];
        return _world.From.Contains(page) ? "from"
            : _world.To?.Contains(page) == true ? "to"
            : _world.Moved.Contains(page) ? "moved"
            : _world.Failed.Contains(page) ? "failed"
            : zone.Active.Contains(page) ? "active"
            : zone.Inactive.Contains(page) ? "inactive"
            : _world.Cpus.Any(cpu => cpu.LruAdd.Contains(page)) ? "lruAdd"
            : _world.Cpus.Any(cpu => cpu.LruAddActive.Contains(page)) ? "lruAddActive"
            : _world.Others.Contains(page) ? "others"
            : null;
    }

    private void Tree(Mapping mapping)
    {
        _json.WriteStartObject();
        if (mapping.IsSwapper)
        {
            _json.WriteString("mapping", "swapper");
        }
        else
        {
            _json.WriteStartObject("mapping");
            _json.WriteNumber("file", mapping.Number);
            _json.WriteEndObject();
        }

        _json.WriteNumber("height", mapping.Height);
        _json.WriteNumber("nrpages", mapping.Tree.Count);
        Array("items", mapping.Tree, item =>
        {
            _json.WriteStartObject();
            _json.WriteNumber("index", item.Key);
            _json.WriteNumber("page", item.Value.Number);
            _json.WriteBoolean("dirty", mapping.DirtyTag.Contains(item.Key));
            _json.WriteBoolean("writeback", mapping.WritebackTag.Contains(item.Key));
            _json.WriteEndObject();
        });
        _json.WriteEndObject();
    }

    private void Lists()
    {
        _json.WriteStartObject("lists");
        Numbers("from", _world.From);
        if (_world.To is null)
        {
            _json.WriteNull("to");
        }
        else
        {
            Numbers("to", _world.To);
        }

        Numbers("moved", _world.Moved);
        Numbers("failed", _world.Failed);
        Numbers("others", _world.Others);
        Array("zones", _world.Zones, zone =>
        {
            _json.WriteStartObject();
            Numbers("active", zone.Active);
            Numbers("inactive", zone.Inactive);
            _json.WriteNumber("nrActive", zone.Active.Count);
            _json.WriteNumber("nrInactive", zone.Inactive.Count);
            _json.WriteEndObject();
        });
        Array("cpus", _world.Cpus, cpu =>
        {
            _json.WriteStartObject();
            Numbers("lruAdd", cpu.LruAdd);
            Numbers("lruAddActive", cpu.LruAddActive);
            _json.WriteEndObject();
        });
        _json.WriteEndObject();
    }

    private void Process(Mm mm)
    {
        _json.WriteStartObject();
        _json.WriteNumber("process", mm.Number);
        _json.WriteNumber("anonRss", mm.AnonRss);
        _json.WriteNumber("fileRss", mm.FileRss);
        _json.WriteNumber("hiwaterRss", mm.HiwaterRss);
        Array("entries", mm.Entries, entry =>
        {
            _json.WriteStartObject();
            _json.WriteNumber("address", entry.Key);
            switch (entry.Value.Kind)
            {
                case PteKind.Present:
                    _json.WriteNumber("page", entry.Value.Page!.Number);
                    _json.WriteBoolean("young", entry.Value.Young);
                    _json.WriteBoolean("dirty", entry.Value.Dirty);
                    _json.WriteBoolean("write", entry.Value.Write);
                    break;
                case PteKind.Swap:
                    _json.WriteNumber("slot", entry.Value.Value);
                    break;
                case PteKind.File:
                    _json.WriteNumber("fileOffset", entry.Value.Value);
                    break;
            }

            _json.WriteEndObject();
        });
        _json.WriteEndObject();
    }

    private void Swap()
    {
        _json.WriteStartObject("swap");
        _json.WriteNumber("free", _world.Slots.Skip(1).Count(slot => slot.Count == 0));
        _json.WriteStartArray("slots");
        for (int number = 1; number < _world.Slots.Count; number++)
        {
            SwapSlot slot = _world.Slots[number];
            if (slot.Count != 0 || slot.Contents != 0)
            {
                _json.WriteStartObject();
                _json.WriteNumber("slot", number);
                _json.WriteNumber("count", slot.Count);
                _json.WriteNumber("contents", slot.Contents);
                _json.WriteEndObject();
            }
        }

        _json.WriteEndArray();
        _json.WriteEndObject();
    }

    private void File(Mapping file)
    {
        _json.WriteStartObject();
        _json.WriteNumber("file", file.Number);
        _json.WriteStartArray("flags");
        if (file.Eio)
        {
            _json.WriteStringValue("eio");
        }

        if (file.Enospc)
        {
            _json.WriteStringValue("enospc");
        }

        if (file.InodeDirty)
        {
            _json.WriteStringValue("inodeDirty");
        }

        _json.WriteEndArray();
        _json.WriteNumber("truncateCount", file.TruncateCount);
        _json.WriteBoolean("onShmemSwaplist", file.OnShmemSwaplist);
        Array("blocks", file.Blocks.Where(block => block.Value != 0), block =>
        {
            _json.WriteStartObject();
            _json.WriteNumber("index", block.Key);
            _json.WriteNumber("contents", block.Value);
            _json.WriteEndObject();
        });
        Array("swapped", file.Swapped, swapped =>
        {
            _json.WriteStartObject();
            _json.WriteNumber("index", swapped.Key);
            _json.WriteNumber("slot", swapped.Value);
            _json.WriteEndObject();
        });
        _json.WriteEndObject();
    }

    private void Locks()
    {
        _json.WriteStartArray("locks");
        foreach (Page page in _world.Pages.Where(page => page.Lock != PageLock.Free))
        {
            _json.WriteStartObject();
            _json.WriteString("lock", "page");
            _json.WriteNumber("page", page.Number);
            _json.WriteString("owner", Camel(page.Lock.ToString()));
            _json.WriteEndObject();
        }

        IEnumerable<(LockName Name, string Owner)> held =
        [
            .. _world.LocksOfOthers.Select(name => (name, "others")),
            .. _world.LocksOfMigration.Select(name => (name, "migration")),
        ];
        foreach ((LockName name, string owner) in held
            .OrderBy(item => System.Array.IndexOf(LockKinds, item.Name.Kind)).ThenBy(item => item.Name.Number))
        {
            _json.WriteStartObject();
            _json.WriteString("lock", name.Kind);
            switch (name.Kind)
            {
                case "tree" when name.Number == Mapping.SwapperNumber:
                    _json.WriteString("file", "swapper");
                    break;
                case "tree" or "immap" or "private":
                    _json.WriteNumber("file", name.Number);
                    break;
                case "anonVma":
                    _json.WriteNumber("anonVma", name.Number);
                    break;
                case "pageTable" or "mmapSem":
                    _json.WriteNumber("process", name.Number);
                    break;
                case "lru":
                    _json.WriteNumber("zone", name.Number);
                    break;
            }

            _json.WriteString("owner", owner);
            _json.WriteEndObject();
        }

        _json.WriteEndArray();
    }

    /// <summary>Page by page, in the order in which they end.</summary>
    private void Holds()
    {
        _json.WriteStartArray("holds");
        foreach (Page page in _world.Pages)
        {
            if (page.LockHold is { } lockHold)
            {
                Hold(page, "lock", null, lockHold);
            }

            foreach (Until reference in page.References)
            {
                Hold(page, "reference", null, reference);
            }

            if (page.Write is { } write)
            {
                Hold(page, "writeback", null, write.Until, write);
            }

            List<Buffer> buffers = page.Buffers ?? [];
            for (int number = 0; number < buffers.Count; number++)
            {
                foreach (Until user in buffers[number].Users)
                {
                    Hold(page, "bufferUser", number, user);
                }
            }

            for (int number = 0; number < buffers.Count; number++)
            {
                if (buffers[number].LockedByOthers is { } locked)
                {
                    Hold(page, "bufferLock", number, locked);
                }
            }
        }

        _json.WriteEndArray();
    }

    private void Hold(Page page, string kind, int? buffer, Until until, Write? write = null)
    {
        _json.WriteStartObject();
        _json.WriteNumber("page", page.Number);
        _json.WriteString("hold", kind);
        if (buffer is { } number)
        {
            _json.WriteNumber("buffer", number);
        }

        if (until.Pass is { } pass)
        {
            _json.WriteNumber("until", pass);
        }
        else
        {
            _json.WriteString("until", until.Never ? "never" : "waited");
        }

        if (write is not null)
        {
            _json.WriteBoolean("fails", write.Fails);
            _json.WriteNumber("contents", write.Contents);
        }

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

    private static string Camel(string name) => char.ToLowerInvariant(name[0]) + name[1..];
}
