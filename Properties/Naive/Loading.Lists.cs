using System.Text.Json;
using static MigrationConformance.Properties.Naive.Json;

namespace MigrationConformance.Properties.Naive;

/// <summary>Which list each page is on, and what the caller does.</summary>
internal sealed partial class Loading
{
    /// <summary>Pages are on the LRU when the run begins, and are isolated by the caller.</summary>
    private bool CallerIsolates =>
        CallElement is not null || Items(_root, "before").Any(action => action.GetString() == "isolate");

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
            if (!fromGiven && CallElement is null && (CallerIsolates ? list is "lru" or "lruAdd" or "lruAddActive" : list == "isolated"))
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
        if (CallElement is not null)
        {
            // The list of new pages is empty until the call allocates some, and before the policy layer there is none.
            _world.To = _world.Level >= Level.PolicyLayer ? [] : null;
            return;
        }

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
}
