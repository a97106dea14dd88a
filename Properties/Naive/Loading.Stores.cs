using System.Text.Json;
using static MigrationConformance.Properties.Naive.Json;

namespace MigrationConformance.Properties.Naive;

/// <summary>Swap, backing stores, locks, and what is counted from all the rest.</summary>
internal sealed partial class Loading
{
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
        _world.Swapper.Migratepage = MigratepageMethod.MigratePage;
        for (ulong slot = 0; slot <= slots; slot++)
        {
            _world.Slots.Add(new SwapSlot());
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
}
