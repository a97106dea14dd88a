using System.Text.Json;
using static MigrationConformance.Properties.Naive.Json;

namespace MigrationConformance.Properties.Naive;

/// <summary>Page frames, with what others hold of them.</summary>
internal sealed partial class Loading
{
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
                OfMigration = false,
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

    private void FillBuffers(Page page, JsonElement element)
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
            page.Buffers.Add(new Buffer(_buffers++));
        }

        foreach (JsonElement item in items)
        {
            var buffer = new Buffer(_buffers++)
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
}
