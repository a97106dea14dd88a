namespace MigrationConformance.Properties.Naive;

/// <summary>The member machine: pages, trees and lists.</summary>
internal sealed partial class Rendering
{
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
        Owner(page.Owner);
        _json.WriteNumber("index", page.Index);
        _json.WriteNumber("private", page.Buffers is { } ring ? (ulong)ring[0].Number + 1 : page.Private);
        Array("buffers", page.Buffers ?? [], Buffer);
        _json.WriteNumber("contents", page.Contents);
        _json.WriteNumber("zone", page.Zone);
        _json.WriteString("list", ListOf(page));
        _json.WriteEndObject();
    }

    private void Owner(object? owner)
    {
        if (owner is null)
        {
            _json.WriteNull("mapping");
            return;
        }

        _json.WriteStartObject("mapping");
        if (owner is Mapping file)
        {
            _json.WriteNumber("file", file.Number);
        }
        else
        {
            _json.WriteNumber("anonVma", ((AnonVma)owner).Number);
        }

        _json.WriteEndObject();
    }

    private void Buffer(Buffer buffer)
    {
        (bool Set, string Name)[] flags =
        [
            (buffer.Uptodate, "uptodate"), (buffer.Dirty, "dirty"), (buffer.Locked, "lock"), (buffer.Mapped, "mapped"),
            (buffer.WriteEio, "writeEio"), (buffer.LockedByWrite, "asyncWrite"), (buffer.Associated, "associated"),
        ];
        _json.WriteStartObject();
        Array("flags", flags.Where(flag => flag.Set), flag => _json.WriteStringValue(flag.Name));
        _json.WriteNumber("count", buffer.Count);
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
        MappingNumber("mapping", mapping.Number);
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
}
