using System.Text.Json;
using static MigrationConformance.Properties.Naive.Json;

namespace MigrationConformance.Properties.Naive;

/// <summary>VMAs, and the entries in them.</summary>
internal sealed partial class Loading
{
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
                Reserved = flags.Contains("reserved"),
                Nonlinear = flags.Contains("nonlinear"),
                Cursor = Number(element, "cursor", 0),
            };
            _world.Vmas.Add(vma);
            foreach (JsonElement entry in Items(element, "entries"))
            {
                ulong address = Number(entry, "address", 0);
                vma.Mm.Enter(address, Optional(entry, "slot") is { } slot
                    ? new Pte { Kind = PteKind.Swap, Value = Number(slot) }
                    : new Pte { Kind = PteKind.File, Value = Number(entry, "fileOffset", 0) });
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
            mm.Enter(address, new Pte
            {
                Kind = PteKind.Present,
                Page = page,
                Young = given is { } withYoung && Bool(withYoung, "young", false),
                Dirty = dirty,
                Write = given is { } withWrite ? Bool(withWrite, "write", dirty) : dirty,
            });
            page.Mapcount++;
            page.Count++;
        }

        foreach (JsonElement? given in SwapPtesOf(entry))
        {
            (Mm mm, ulong address) = Place(given);
            mm.Enter(address, new Pte { Kind = PteKind.Swap, Value = page.Private });
        }
    }
}
